//! What `@@ class A` says about the place of a hunk.

use super::{Finder, Places};
use crate::patch::lines::Lines;

/// The lines that a chain of scopes leads to, ascending. The last way to find a
/// scope is a line that contains it: writers cut them short.
pub(super) fn anchors<'a>(finder: &Finder<'a>, scope: &'a [String]) -> Vec<usize> {
    let mut found: Option<Vec<usize>> = None;
    for wanted in scope {
        let matching = finder.matching(wanted);
        found = Some(match found {
            None => matching.to_vec(),
            Some(outer) => {
                unite(outer.iter().map(|line| inside(finder.lines, *line, &matching, 1)))
            }
        });
    }
    found.unwrap_or_default()
}

/// Of the places where a hunk fits, those that its scope means. A scope that is
/// not in the file, or behind every place, says nothing.
pub(super) fn narrow<'a>(finder: &Finder<'a>, scope: &'a [String], places: Places) -> Places {
    if scope.is_empty() || places.lines().len() < 2 {
        return places;
    }
    let anchors = anchors(finder, scope);
    let inside = |line: &usize| inside(finder.lines, *line, places.lines(), 0);
    let meant = unite(anchors.iter().map(inside));
    if meant.is_empty() { places } else { Places::from(meant) }
}

/// The candidates in the block that a line opens; where the text has no such
/// block, the next one behind the line.
fn inside(lines: &Lines<'_>, opener: usize, candidates: &[usize], distance: usize) -> Vec<usize> {
    let first = candidates.partition_point(|at| *at < opener + distance);
    let end = block_end(lines, opener);
    let last = candidates.partition_point(|at| *at < end).max(first);
    let block = &candidates[first..last];
    match block {
        [] => candidates.get(first).copied().into_iter().collect(),
        block => block.to_vec(),
    }
}

/// The first line behind `opener` that is not indented deeper. The rest of a
/// signature (`) -> T {`, `{`) does not end a block.
fn block_end(lines: &Lines<'_>, opener: usize) -> usize {
    let depth = indentation(lines.text(opener));
    let ends = |line: &usize| {
        let line = lines.text(*line);
        let text = line.trim_start();
        !text.is_empty() && !text.starts_with(['{', ')']) && indentation(line) <= depth
    };
    (opener + 1..lines.len()).find(ends).unwrap_or(lines.len())
}

fn indentation(line: &str) -> usize {
    line.chars().take_while(|letter| letter.is_whitespace()).count()
}

fn unite(lists: impl Iterator<Item = Vec<usize>>) -> Vec<usize> {
    let mut all: Vec<usize> = lists.flatten().collect();
    all.sort_unstable();
    all.dedup();
    all
}
