//! One place for each hunk, out of all that it fits.

use super::{Misfit, Placement, Places, Wanted};

/// In the order of the file.
pub(super) fn choose(mut wanted: Vec<Wanted<'_>>) -> Result<Vec<Placement>, Misfit> {
    let alone: Vec<Placement> = wanted.iter().filter_map(Wanted::only).collect();
    match keep_order(&mut wanted) {
        Ok(()) => one_each(&wanted),
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

impl Wanted<'_> {
    fn only(&self) -> Option<Placement> {
        match self.places.lines() {
            [start] => Some(self.at(*start)),
            _ => None,
        }
    }

    /// Whether `next` at `after` can follow this one at `start`: if it can, it can
    /// at any later line too.
    fn before(&self, start: usize, next: &Self, after: usize) -> bool {
        let twice = start == after
            && self.core == next.core
            && !self.old.is_empty()
            && self.old.iter().map(|line| &line.text).eq(next.old.iter().map(|line| &line.text));
        !twice && self.at(start).core_end <= next.at(after).core_start
    }

    /// Of the places of `next`, those that are possible with this one at `start`.
    fn leaves(&self, start: usize, next: &Self) -> Places {
        let Places { all, range } = &next.places;
        let places = next.places.lines();
        let first = places.partition_point(|at| !self.before(start, next, *at));
        Places { all: all.clone(), range: range.start + first..range.end }
    }
}

/// Drops the places that no order of all hunks allows.
fn keep_order(wanted: &mut [Wanted<'_>]) -> Result<(), Misfit> {
    for next in 1..wanted.len() {
        let (previous, hunk) = (&wanted[next - 1], &wanted[next]);
        let kept = previous.leaves(previous.places.lines()[0], hunk);
        if kept.lines().is_empty() {
            let line = hunk.places.lines()[0];
            return Err(Misfit::OutOfOrder { hunk: hunk.index, line });
        }
        wanted[next].places = kept;
    }
    for index in (1..wanted.len()).rev() {
        let (hunk, next) = (&wanted[index - 1], &wanted[index]);
        let Some(latest) = next.places.lines().last().copied() else { continue };
        let possible = hunk.places.lines().partition_point(|at| hunk.before(*at, next, latest));
        let range = &mut wanted[index - 1].places.range;
        range.end = range.start + possible;
    }
    Ok(())
}

fn one_each(wanted: &[Wanted<'_>]) -> Result<Vec<Placement>, Misfit> {
    let mut chosen: Vec<Placement> = Vec::with_capacity(wanted.len());
    // How far the file has moved away from the line numbers of the patch.
    let mut drift = 0_isize;
    for (index, hunk) in wanted.iter().enumerate() {
        let places = match chosen.last() {
            Some(last) => wanted[index - 1].leaves(last.start, hunk),
            None => hunk.places.clone(),
        };
        let written = hunk.hint_line();
        let start = match (places.lines(), written) {
            ([start], _) => Some(*start),
            (_, None) => None,
            (places, Some(line)) => nearest_place(places, line.saturating_add_signed(drift)),
        };
        let Some(start) = start else {
            return Err(Misfit::Ambiguous { hunk: hunk.index, places: places.lines().to_vec() });
        };
        if let Some(line) = written {
            drift = start.cast_signed().saturating_sub(line.cast_signed());
        }
        chosen.push(hunk.at(start));
    }
    Ok(chosen)
}

/// The place that a line number means: the closest one, if it is closer than
/// the next by far. Models make line numbers up, so "closer" alone would often
/// be the first place of the file.
fn nearest_place(places: &[usize], line: usize) -> Option<usize> {
    let behind = places.partition_point(|at| *at < line);
    // The closest and the next are among the two on either side.
    let mut near = places[behind.saturating_sub(2)..(behind + 2).min(places.len())].to_vec();
    near.sort_by_key(|at| at.abs_diff(line));
    let [closest, next, ..] = near.as_slice() else { return near.first().copied() };
    (closest.abs_diff(line).saturating_mul(4) <= next.abs_diff(line)).then_some(*closest)
}
