//! Finds the place of every hunk in a file, or says why there is none.
//!
//! Lines are compared exactly at first, then ever more loosely; a looser pass
//! is only asked when a stricter one found nothing. Several places are narrowed
//! down by what the patch says (its `@@` lines, its line numbers, the order of
//! its hunks), never by taking the first.

mod compare;
mod scope;

use super::{Hunk, HunkLine, LineKind};
use compare::PASSES;

/// Where a hunk goes; lines are 0-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placement {
    /// Index of the hunk.
    pub(super) hunk: usize,
    /// Line that its first old line matched.
    pub(super) start: usize,
    /// First line between its outer context lines …
    pub(super) core_start: usize,
    /// … and the line after the last.
    pub(super) core_end: usize,
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
    old: Vec<&'a HunkLine>,
    /// Old lines before the first change, and up to the last.
    core: (usize, usize),
    /// Lines where it could begin, ascending.
    places: Vec<usize>,
}

/// In the order of the file.
pub(super) fn place(lines: &[&str], hunks: &[Hunk]) -> Result<Vec<Placement>, Misfit> {
    let mut wanted = Vec::with_capacity(hunks.len());
    for (index, hunk) in hunks.iter().enumerate() {
        wanted.push(Wanted::new(index, hunk, lines)?);
    }
    let alone: Vec<Placement> = wanted.iter().filter_map(Wanted::only).collect();
    match keep_order(&mut wanted) {
        Ok(()) => choose(&wanted),
        // Each has one place and they do not meet: the order does not matter.
        Err(misfit) if alone.len() < wanted.len() => Err(misfit),
        Err(misfit) => {
            let mut sorted = alone;
            sorted.sort_by_key(|placement| (placement.core_start, placement.core_end));
            let apart = sorted.windows(2).all(|pair| {
                pair[0].core_end <= pair[1].core_start && pair[0].start != pair[1].start
            });
            if apart { Ok(sorted) } else { Err(misfit) }
        }
    }
}

impl<'a> Wanted<'a> {
    fn new(index: usize, hunk: &'a Hunk, lines: &[&str]) -> Result<Self, Misfit> {
        let mut old: Vec<&HunkLine> = hunk.old().collect();
        let mut places = search(lines, &old);
        // Writers add an empty line at the end that the file does not have.
        let blank = |line: &&HunkLine| line.kind == LineKind::Context && line.text.is_empty();
        while places.is_empty()
            && old.len() > 1
            && hunk.lines.last().is_some_and(|line| blank(&line))
            && old.last().is_some_and(blank)
        {
            old.pop();
            places = search(lines, &old);
        }
        if old.is_empty() {
            places = pure_addition(lines, hunk);
        } else {
            if hunk.at_end && places.contains(&lines.len().saturating_sub(old.len())) {
                places = vec![lines.len() - old.len()];
            }
            if hunk.hint.is_none() {
                places = scope::narrow(lines, &hunk.scope, places);
            }
        }
        if places.is_empty() {
            let texts: Vec<&str> = match old.as_slice() {
                [] => hunk.scope.last().map(String::as_str).into_iter().collect(),
                old => old.iter().map(|line| line.text.as_str()).collect(),
            };
            return Err(Misfit::NoMatch { hunk: index, nearest: compare::nearest(lines, &texts) });
        }
        let core = core(hunk, old.len());
        Ok(Self { index, hunk, old, core, places })
    }

    fn at(&self, start: usize) -> Placement {
        Placement {
            hunk: self.index,
            start,
            core_start: start + self.core.0,
            core_end: start + self.core.1,
        }
    }

    fn only(&self) -> Option<Placement> {
        match self.places.as_slice() {
            [start] => Some(self.at(*start)),
            _ => None,
        }
    }

    /// Whether `next` at `after` can follow this one at `start`.
    fn before(&self, start: usize, next: &Self, after: usize) -> bool {
        let twice = start == after
            && !self.old.is_empty()
            && self.old.iter().map(|line| &line.text).eq(next.old.iter().map(|line| &line.text));
        !twice && self.at(start).core_end <= next.at(after).core_start
    }
}

/// The old lines of a hunk before its first change, and up to its last.
fn core(hunk: &Hunk, old: usize) -> (usize, usize) {
    let (mut at, mut first, mut last) = (0, None, 0);
    for line in &hunk.lines {
        match line.kind {
            LineKind::Context => at += 1,
            LineKind::Delete => {
                first.get_or_insert(at);
                at += 1;
                last = at;
            }
            LineKind::Insert => {
                first.get_or_insert(at);
                last = at;
            }
        }
    }
    (first.unwrap_or(last).min(old), last.min(old))
}

/// Every line where all of `old` match, in the strictest pass that has one.
fn search(lines: &[&str], old: &[&HunkLine]) -> Vec<usize> {
    if old.is_empty() || old.len() > lines.len() {
        return Vec::new();
    }
    let starts = 0..=lines.len() - old.len();
    PASSES
        .iter()
        .map(|pass| {
            let fits = |start: usize| {
                old.iter().enumerate().all(|(offset, line)| {
                    let at = start + offset;
                    pass.same(compare::without_bom(&line.text, at), lines[at])
                })
            };
            starts.clone().filter(|start| fits(*start)).collect::<Vec<_>>()
        })
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Nothing to match: behind the `@@` line, at the line number, or at the end.
fn pure_addition(lines: &[&str], hunk: &Hunk) -> Vec<usize> {
    match hunk.hint {
        Some(hint) if hint.start <= lines.len() => vec![hint.start],
        Some(_) => Vec::new(),
        None if hunk.scope.is_empty() => vec![lines.len()],
        None => scope::anchors(lines, &hunk.scope).into_iter().map(|line| line + 1).collect(),
    }
}

/// Drops the places that no order of all hunks allows.
fn keep_order(wanted: &mut [Wanted<'_>]) -> Result<(), Misfit> {
    for next in 1..wanted.len() {
        let (before, behind) = wanted.split_at_mut(next);
        let (previous, hunk) = (&before[next - 1], &mut behind[0]);
        let line = hunk.places[0];
        let earliest = previous.places[0];
        let places = std::mem::take(&mut hunk.places);
        let kept: Vec<usize> =
            places.into_iter().filter(|at| previous.before(earliest, hunk, *at)).collect();
        if kept.is_empty() {
            return Err(Misfit::OutOfOrder { hunk: hunk.index, line });
        }
        hunk.places = kept;
    }
    for index in (1..wanted.len()).rev() {
        let (before, behind) = wanted.split_at_mut(index);
        let (hunk, next) = (&mut before[index - 1], &behind[0]);
        let latest = next.places[next.places.len() - 1];
        let places = std::mem::take(&mut hunk.places);
        hunk.places = places.into_iter().filter(|at| hunk.before(*at, next, latest)).collect();
    }
    Ok(())
}

fn choose(wanted: &[Wanted<'_>]) -> Result<Vec<Placement>, Misfit> {
    let mut chosen: Vec<Placement> = Vec::with_capacity(wanted.len());
    // How far the file has moved away from the line numbers of the patch.
    let mut drift = 0_isize;
    for (index, hunk) in wanted.iter().enumerate() {
        let mut places = hunk.places.clone();
        if let (Some(last), Some(previous)) = (chosen.last(), wanted.get(index.wrapping_sub(1))) {
            places.retain(|at| previous.before(last.start, hunk, *at));
        }
        let written = hunk.hint_line();
        let start = match (places.as_slice(), written) {
            ([start], _) => Some(*start),
            (_, None) => None,
            (_, Some(line)) => nearest_place(&places, line.saturating_add_signed(drift)),
        };
        let Some(start) = start else {
            return Err(Misfit::Ambiguous { hunk: hunk.index, places });
        };
        if let Some(line) = written {
            drift = start.cast_signed() - line.cast_signed();
        }
        chosen.push(hunk.at(start));
    }
    Ok(chosen)
}

impl Wanted<'_> {
    fn hint_line(&self) -> Option<usize> {
        let hint = self.hunk.hint?;
        Some(if self.old.is_empty() { hint.start } else { hint.start.saturating_sub(1) })
    }
}

/// The place that a line number means: the closest one, if it is closer than
/// the next by far. Models make line numbers up, so "closer" alone would often
/// be the first place of the file.
fn nearest_place(places: &[usize], line: usize) -> Option<usize> {
    let mut sorted = places.to_vec();
    sorted.sort_by_key(|at| at.abs_diff(line));
    let [closest, next, ..] = sorted.as_slice() else { return sorted.first().copied() };
    (closest.abs_diff(line) * 4 <= next.abs_diff(line) && closest != next).then_some(*closest)
}
