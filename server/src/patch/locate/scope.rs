//! What `@@ class A` says about the place of a hunk.

use super::compare::PASSES;

/// The lines that a chain of scopes leads to, ascending. The last way to find a
/// scope is a line that contains it: writers cut them short.
pub(super) fn anchors(lines: &[&str], scope: &[String]) -> Vec<usize> {
    let mut found: Option<Vec<usize>> = None;
    for wanted in scope {
        let matching = matching(lines, wanted);
        found = Some(match found {
            None => matching,
            Some(outer) => unite(outer.iter().map(|line| inside(lines, *line, &matching, 1))),
        });
    }
    found.unwrap_or_default()
}

/// Of the places where a hunk fits, those that its scope means. A scope that is
/// not in the file, or behind every place, says nothing.
pub(super) fn narrow(lines: &[&str], scope: &[String], places: Vec<usize>) -> Vec<usize> {
    if scope.is_empty() || places.len() < 2 {
        return places;
    }
    let anchors = anchors(lines, scope);
    let meant = unite(anchors.iter().map(|line| inside(lines, *line, &places, 0)));
    if meant.is_empty() { places } else { meant }
}

fn matching(lines: &[&str], wanted: &str) -> Vec<usize> {
    let all = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..lines.len()).filter(|at| same(lines[*at])).collect()
    };
    PASSES
        .iter()
        .map(|pass| all(&|line| pass.same(wanted, line)))
        .find(|found| !found.is_empty())
        .unwrap_or_else(|| all(&|line| line.contains(wanted.trim())))
}

/// The candidates in the block that a line opens; where the text has no such
/// block, the next one behind the line.
fn inside(lines: &[&str], opener: usize, candidates: &[usize], distance: usize) -> Vec<usize> {
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
fn block_end(lines: &[&str], opener: usize) -> usize {
    let depth = indentation(lines[opener]);
    let ends = |line: &&str| {
        let text = line.trim_start();
        !text.is_empty() && !text.starts_with(['{', ')']) && indentation(line) <= depth
    };
    let behind = &lines[opener + 1..];
    opener + 1 + behind.iter().position(ends).unwrap_or(behind.len())
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
