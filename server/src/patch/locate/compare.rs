//! When two lines count as the same, and how alike they are if they do not.

use crate::patch::file::BOM;

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
    pub(super) fn same(self, one: &str, other: &str) -> bool {
        match self {
            Self::Exact => one == other,
            Self::TrailingSpace => one.trim_end() == other.trim_end(),
            Self::SurroundingSpace => one.trim() == other.trim(),
            Self::Folded => folded(one).eq(folded(other)),
        }
    }
}

fn folded(line: &str) -> impl Iterator<Item = char> {
    line.trim().chars().map(|letter| match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2018}'..='\u{201b}' => '\'',
        '\u{201c}'..='\u{201f}' => '"',
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    })
}

/// The first line of a patch may have the mark; that of a file here never has.
pub(super) fn without_bom(line: &str, at: usize) -> &str {
    match at {
        0 => line.strip_prefix(BOM).unwrap_or(line),
        _ => line,
    }
}

/// Lines that are compared to find the nearest place.
const COMPARED: usize = 24;

/// The line where `wanted` would fit best; 0 when nothing is alike.
pub(super) fn nearest(lines: &[&str], wanted: &[&str]) -> usize {
    let wanted = &wanted[..wanted.len().min(COMPARED)];
    let score = |start: usize| -> usize {
        wanted.iter().zip(&lines[start..]).map(|(one, other)| likeness(one, other)).sum()
    };
    let best = (0..lines.len()).map(|start| (score(start), std::cmp::Reverse(start))).max();
    best.map_or(0, |(_, start)| start.0)
}

/// From 0 to 100: how much of the lines their common ends are.
fn likeness(one: &str, other: &str) -> usize {
    let (one, other) = (one.trim().as_bytes(), other.trim().as_bytes());
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let front = one.iter().zip(other).take_while(same).count();
    let back = one[front..].iter().rev().zip(other[front..].iter().rev()).take_while(same).count();
    (front + back) * 100 / one.len().max(other.len())
}
