//! The last way to find a hunk: where its context has changed since it was read.
//!
//! What a hunk takes out must be there; of its context most lines must be, the
//! innermost and those between two changes at least nearly, and only the outer
//! ones may be missing. Every place of the file is a rival, also one where the
//! hunk could never go: where one comes close, nothing is guessed.

use std::ops::Range;

use super::{
    Finder,
    compare::{Pass, likeness},
};
use crate::patch::{HunkLine, LineKind};

/// How alike a changed line of context must be, of 100.
const ALIKE: usize = 60;
/// Context lines that may be missing on either side, as long as one is there.
const MISSING: usize = 2;
/// Places that are looked at; a hunk with more has nothing of its own.
const LOOKED_AT: usize = 4096;
/// What a line that is the same counts.
const SAME: usize = 4;
/// What one that is alike counts.
const NEARLY: usize = 2;

#[derive(Debug)]
pub(super) enum Found {
    /// The line that the first of the old lines that are kept matches.
    One { start: usize, kept: Range<usize> },
    /// Several are about as good; lines.
    Several(Vec<usize>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Same,
    Alike,
    Different,
}

/// A place, with the line at which the first old line would be; that can be
/// before the file.
struct Candidate {
    origin: isize,
    score: usize,
    kept: Option<Range<usize>>,
}

/// `core`: old lines before the first change and up to the last.
pub(super) fn find(finder: &Finder<'_>, old: &[&HunkLine], core: (usize, usize)) -> Option<Found> {
    // Brackets and empty lines are everywhere.
    let counts = |line: &HunkLine| line.text.chars().filter(|it| it.is_alphanumeric()).count() > 1;
    let total = old.iter().filter(|line| counts(line)).count();
    if total < 2 {
        return None;
    }
    let mut candidates: Vec<Candidate> = origins(finder, old)?
        .into_iter()
        .map(|origin| candidate(finder, old, core, origin))
        .collect();
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.score));
    let best = candidates.first()?.score;
    // Clearly better is better by more than three lines, or half of a small hunk:
    // a twin of the place that was meant may look more like it than it does itself.
    let margin = (SAME * 3).min(old.len() * SAME / 2);
    let close: Vec<&Candidate> =
        candidates.iter().take_while(|candidate| candidate.score + margin >= best).collect();
    match close.as_slice() {
        [Candidate { origin, kept: Some(kept), .. }] => {
            let start = origin.saturating_add_unsigned(kept.start);
            Some(Found::One { start: start.unsigned_abs(), kept: kept.clone() })
        }
        [_, _, ..] if close.iter().all(|candidate| candidate.kept.is_some()) => {
            let mut places: Vec<usize> =
                close.iter().map(|candidate| candidate.origin.max(0).unsigned_abs()).collect();
            places.sort_unstable();
            Some(Found::Several(places))
        }
        _ => None,
    }
}

/// Where at least one line is that counts.
fn origins(finder: &Finder<'_>, old: &[&HunkLine]) -> Option<Vec<isize>> {
    let index = finder.index(Pass::Folded);
    let mut origins = Vec::new();
    let mut known = 0;
    for (offset, line) in old.iter().enumerate() {
        let positions = index.positions(&line.text);
        if positions.len() > LOOKED_AT {
            continue;
        }
        known += 1;
        let before = offset.cast_signed();
        origins.extend(positions.iter().map(|line| line.cast_signed() - before));
    }
    origins.sort_unstable();
    origins.dedup();
    (known > 0 && origins.len() <= LOOKED_AT).then_some(origins)
}

fn candidate(
    finder: &Finder<'_>,
    old: &[&HunkLine],
    core: (usize, usize),
    origin: isize,
) -> Candidate {
    let matches: Vec<Match> = old
        .iter()
        .enumerate()
        .map(|(offset, line)| {
            let at = usize::try_from(origin.saturating_add_unsigned(offset)).ok();
            let there = at.filter(|at| *at < finder.lines.len()).map(|at| finder.lines.text(at));
            match there {
                Some(there) if Pass::Folded.same(&line.text, there) => Match::Same,
                Some(there) if likeness(&line.text, there) >= ALIKE => Match::Alike,
                _ => Match::Different,
            }
        })
        .collect();
    let score = matches.iter().map(|it| match it {
        Match::Same => SAME,
        Match::Alike => NEARLY,
        Match::Different => 0,
    });
    Candidate { origin, score: score.sum(), kept: kept(old, core, &matches) }
}

/// The old lines that are there, when the hunk can go there.
fn kept(old: &[&HunkLine], core: (usize, usize), matches: &[Match]) -> Option<Range<usize>> {
    let inner = core.0..core.1;
    let fits = |at: usize| match old[at].kind {
        LineKind::Context => matches[at] != Match::Different,
        LineKind::Delete | LineKind::Insert => matches[at] == Match::Same,
    };
    if !inner.clone().all(fits) {
        return None;
    }
    let present = |at: &usize| matches[*at] != Match::Different;
    let before = (0..inner.start).rev().take_while(present).count();
    let after = (inner.end..old.len()).take_while(present).count();
    let missing =
        |there: usize, wanted: usize| wanted > 0 && there == 0 || wanted - there > MISSING;
    if missing(before, inner.start) || missing(after, old.len() - inner.end) {
        return None;
    }
    // Nothing that goes proves the place: what it stands between has to.
    if !old.iter().any(|line| line.kind == LineKind::Delete) {
        let same = |at: Option<usize>| at.is_none_or(|at| matches[at] == Match::Same);
        let behind = (inner.end < old.len()).then_some(inner.end);
        if !same(inner.start.checked_sub(1)) || !same(behind) {
            return None;
        }
    }
    let same = matches.iter().filter(|it| **it == Match::Same).count();
    (same * 3 >= old.len() * 2).then(|| inner.start - before..inner.end + after)
}
