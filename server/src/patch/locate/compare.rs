//! When two lines count as the same, and how alike they are if they do not.

use std::borrow::Cow;

use crate::patch::lines::Lines;

/// Ways to compare lines, from strict to loose.
pub(super) const PASSES: [Pass; 4] =
    [Pass::Exact, Pass::TrailingSpace, Pass::SurroundingSpace, Pass::Folded];

#[derive(Debug, Clone, Copy)]
pub(super) enum Pass {
    Exact,
    TrailingSpace,
    SurroundingSpace,
    /// Typographic punctuation counts as the plain one.
    Folded,
}

impl Pass {
    /// What lines that are the same have in common.
    pub(super) fn key(self, line: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => Cow::Borrowed(line),
            Self::TrailingSpace => Cow::Borrowed(line.trim_end()),
            Self::SurroundingSpace => Cow::Borrowed(line.trim()),
            Self::Folded if line.is_ascii() => Cow::Borrowed(line.trim()),
            Self::Folded => Cow::Owned(line.trim().chars().map(folded).collect()),
        }
    }

    pub(super) fn same(self, one: &str, other: &str) -> bool {
        self.key(one) == self.key(other)
    }
}

fn folded(letter: char) -> char {
    match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2018}'..='\u{201b}' => '\'',
        '\u{201c}'..='\u{201f}' => '"',
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// Lines that are compared to find the nearest place.
const COMPARED: usize = 24;

/// The line where `wanted` would fit best; 0 when nothing is alike.
pub(super) fn nearest(lines: &Lines<'_>, wanted: &[&str]) -> usize {
    let wanted = &wanted[..wanted.len().min(COMPARED)];
    let texts: Vec<&str> = lines.texts().collect();
    let score = |start: usize| -> usize {
        wanted.iter().zip(&texts[start..]).map(|(one, other)| likeness(one, other)).sum()
    };
    let best = (0..texts.len()).map(|start| (score(start), std::cmp::Reverse(start))).max();
    best.map_or(0, |(_, start)| start.0)
}

/// From 0 to 100: how much of the lines their common ends are.
pub(super) fn likeness(one: &str, other: &str) -> usize {
    let (one, other) = (one.trim().as_bytes(), other.trim().as_bytes());
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let front = one.iter().zip(other).take_while(same).count();
    let back = one[front..].iter().rev().zip(other[front..].iter().rev()).take_while(same).count();
    (front + back) * 100 / one.len().max(other.len())
}
