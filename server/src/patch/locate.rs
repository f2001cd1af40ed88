//! Finds the place of every hunk in a file, or says why there is none.
//!
//! Lines are compared exactly at first, then ever more loosely; a looser pass
//! is only asked when a stricter one found nothing, and the last one, which
//! forgives context that has changed, only when no other did. Several places are
//! narrowed down by what the patch says (its `@@` lines, its line numbers, the
//! order of its hunks), never by taking the first.

mod compare;
mod fuzzy;
mod index;
mod order;
mod scope;

use std::{ops::Range, rc::Rc};

use super::{
    Hunk, HunkLine, LineKind,
    lines::{BOM, Lines},
};
use compare::PASSES;
use index::Finder;

/// Where a hunk goes; lines are 0-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placement {
    /// Index of the hunk.
    pub(super) hunk: usize,
    /// Old lines at its front that count as missing.
    pub(super) skipped: usize,
    /// Line that its first old line behind those matched.
    pub(super) start: usize,
    /// First line between its outer context lines …
    pub(super) core_start: usize,
    /// … and the line after the last.
    pub(super) core_end: usize,
    /// The line after the last that matched.
    pub(super) end: usize,
}

/// Whether context may be other than a hunk has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leniency {
    /// Every line has to be there.
    Strict,
    /// Where they are not all there, the one place that is clearly meant counts.
    Fuzzy,
}

/// Why a hunk has no place; hunks are indices.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// Its lines are not there; `nearest` is the line where most of them are.
    NoMatch { hunk: usize, nearest: usize },
    /// It could begin at any of these lines.
    Ambiguous { hunk: usize, places: Vec<usize> },
    /// It fits at this line, but an earlier hunk is there or behind.
    OutOfOrder { hunk: usize, line: usize },
}

/// What a hunk wants of the file.
struct Wanted<'a> {
    index: usize,
    hunk: &'a Hunk,
    /// Without those that count as missing.
    old: Vec<&'a HunkLine>,
    skipped: usize,
    /// Old lines before the first change, and up to the last.
    core: (usize, usize),
    places: Places,
}

/// Lines where a hunk could begin, ascending. Hunks with the same lines share them.
#[derive(Debug, Clone)]
struct Places {
    all: Rc<[usize]>,
    range: Range<usize>,
}

impl Places {
    fn lines(&self) -> &[usize] {
        &self.all[self.range.clone()]
    }
}

impl From<Rc<[usize]>> for Places {
    fn from(all: Rc<[usize]>) -> Self {
        Self { range: 0..all.len(), all }
    }
}

impl From<Vec<usize>> for Places {
    fn from(all: Vec<usize>) -> Self {
        Self::from(Rc::from(all))
    }
}

/// In the order of the file. `leniency` says what a place may be.
pub(super) fn place(
    lines: &Lines<'_>,
    hunks: &[Hunk],
    leniency: Leniency,
) -> Result<Vec<Placement>, Misfit> {
    let finder = Finder::new(lines, hunks, leniency);
    let wanted = hunks.iter().enumerate().map(|(index, hunk)| Wanted::new(index, hunk, &finder));
    order::choose(wanted.collect::<Result<_, _>>()?)
}

impl<'a> Wanted<'a> {
    fn new(index: usize, hunk: &'a Hunk, finder: &Finder<'a>) -> Result<Self, Misfit> {
        let all: Vec<&HunkLine> = hunk.old().collect();
        let mut wanted = Self {
            index,
            hunk,
            core: core(hunk),
            old: all,
            skipped: 0,
            places: Places::from(Vec::new()),
        };
        if wanted.old.is_empty() {
            wanted.places = Places::from(pure_addition(finder, hunk));
        } else {
            wanted.search(finder)?;
        }
        if wanted.places.lines().is_empty() {
            let texts: Vec<&str> = match wanted.old.as_slice() {
                [] => hunk.scope.last().map(String::as_str).into_iter().collect(),
                old => old.iter().map(|line| line.text.as_str()).collect(),
            };
            let nearest = compare::nearest(finder.lines, &texts);
            return Err(Misfit::NoMatch { hunk: index, nearest });
        }
        Ok(wanted)
    }

    fn search(&mut self, finder: &Finder<'a>) -> Result<(), Misfit> {
        let all = self.old.len();
        let mut places = search(finder, &self.old);
        // Writers add empty lines at the end that the file does not have.
        let blank = |line: &&HunkLine| line.kind == LineKind::Context && line.text.is_empty();
        let blanks = self.hunk.lines.iter().rev().take_while(blank).count();
        for _ in 0..blanks.min(all.saturating_sub(1)) {
            if !places.is_empty() {
                break;
            }
            self.old.pop();
            places = search(finder, &self.old);
        }
        if places.is_empty() {
            self.old = self.hunk.old().take(all).collect();
            return match finder.leniency {
                Leniency::Strict => Ok(()),
                Leniency::Fuzzy => self.search_fuzzily(finder),
            };
        }
        self.core = (self.core.0.min(self.old.len()), self.core.1.min(self.old.len()));
        let last = finder.lines.len() - self.old.len();
        if self.hunk.at_end && places.last() == Some(&last) {
            places = Rc::from([last]);
        }
        self.places = Places::from(places);
        if self.hunk.hint.is_none() {
            self.places = scope::narrow(finder, &self.hunk.scope, self.places.clone());
        }
        Ok(())
    }

    fn search_fuzzily(&mut self, finder: &Finder<'a>) -> Result<(), Misfit> {
        match fuzzy::find(finder, &self.old, self.core) {
            None => Ok(()),
            Some(fuzzy::Found::Several(places)) => {
                Err(Misfit::Ambiguous { hunk: self.index, places })
            }
            Some(fuzzy::Found::One { start, kept }) => {
                self.old = self.old[kept.clone()].to_vec();
                self.core = (self.core.0 - kept.start, self.core.1 - kept.start);
                self.skipped = kept.start;
                self.places = Places::from(vec![start]);
                Ok(())
            }
        }
    }

    fn at(&self, start: usize) -> Placement {
        Placement {
            hunk: self.index,
            skipped: self.skipped,
            start,
            core_start: start + self.core.0,
            core_end: start + self.core.1,
            end: start + self.old.len(),
        }
    }

    /// The 0-based line that the patch gives.
    fn hint_line(&self) -> Option<usize> {
        let hint = self.hunk.hint?;
        let first = if self.old.is_empty() { hint.start } else { hint.start.saturating_sub(1) };
        Some(first.saturating_add(self.skipped))
    }
}

/// The old lines of a hunk before its first change, and up to its last.
fn core(hunk: &Hunk) -> (usize, usize) {
    let (mut at, mut first, mut last) = (0, None, 0);
    for line in &hunk.lines {
        let begin = at;
        at += usize::from(line.kind != LineKind::Insert);
        if line.kind != LineKind::Context {
            first.get_or_insert(begin);
            last = at;
        }
    }
    (first.unwrap_or(last), last)
}

/// Every line where all of `old` match, in the strictest pass that has one.
fn search(finder: &Finder<'_>, old: &[&HunkLine]) -> Rc<[usize]> {
    let lines = finder.lines;
    if old.len() > lines.len() {
        return Rc::from([]);
    }
    // The first line of a patch may have the mark; that of a file never has here.
    let unmarked = old.first().and_then(|line| line.text.strip_prefix(BOM));
    for pass in PASSES {
        let mut places = finder.search(pass, old);
        if let Some(first) = unmarked {
            let texts = std::iter::once(first).chain(old[1..].iter().map(|line| &*line.text));
            let fits = texts.zip(lines.texts()).all(|(one, other)| pass.same(one, other));
            if fits && places.first() != Some(&0) {
                places = std::iter::once(0).chain(places.iter().copied()).collect();
            }
        }
        if !places.is_empty() {
            return places;
        }
    }
    Rc::from([])
}

/// Nothing to match: behind the `@@` line, at the line number, or at the end.
fn pure_addition<'a>(finder: &Finder<'a>, hunk: &'a Hunk) -> Vec<usize> {
    let lines = finder.lines;
    match hunk.hint {
        Some(hint) if hint.start <= lines.len() => vec![hint.start],
        Some(_) => Vec::new(),
        None if hunk.scope.is_empty() => vec![lines.len()],
        None => scope::anchors(finder, &hunk.scope).into_iter().map(|line| line + 1).collect(),
    }
}
