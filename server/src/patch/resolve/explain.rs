//! Why a hunk has no place, for the writer of the patch.

use std::path::Path;

use crate::patch::{
    Hunk, HunkLine, LineKind, PatchError,
    error::{Ambiguous, NoMatch, Place, SHOWN_PLACES},
    lines::Lines,
    locate::Misfit,
};

/// Lines of the file that are shown around the nearest place.
const AROUND: usize = 2;

pub(super) fn explain(
    path: &Path,
    lines: &Lines<'_>,
    hunks: &[Hunk],
    done: usize,
    misfit: Misfit,
) -> PatchError {
    let path = path.to_owned();
    let excerpt = |first: usize, end: usize| {
        (first..end.min(lines.len())).map(|line| lines.text(line).to_owned()).collect()
    };
    match misfit {
        Misfit::OutOfOrder { hunk, line } => {
            PatchError::OutOfOrder { path, hunk: done + hunk + 1, line: line + 1 }
        }
        Misfit::Ambiguous { hunk, places } => {
            let count = places.len();
            let place = |line: usize| {
                let first = line.saturating_sub(1);
                Place { line: line + 1, first_shown: first + 1, shown: excerpt(first, line + 2) }
            };
            let places = places.into_iter().take(SHOWN_PLACES).map(place).collect();
            PatchError::Ambiguous(Ambiguous { path, hunk: done + hunk + 1, count, places })
        }
        Misfit::NoMatch { hunk, nearest } => {
            let (wanted, source) = (&hunks[hunk], lines.source().as_bytes());
            let mut looked_for: Vec<String> = wanted.old().map(|line| line.text.clone()).collect();
            if looked_for.is_empty() {
                looked_for.clone_from(&wanted.scope);
            }
            let line_number = wanted.hint.filter(|_| looked_for.is_empty()).map(|hint| hint.start);
            let first = nearest.saturating_sub(AROUND);
            let nearest = excerpt(first, nearest + looked_for.len() + AROUND);
            PatchError::NoMatch(Box::new(NoMatch {
                path,
                hunk: done + hunk + 1,
                applied_line: applied(lines, wanted).map(|line| line + 1),
                one_line: lines.len() == 1 && memchr::memchr(b'\r', source).is_some(),
                looked_for,
                line_number,
                nearest_line: first + 1,
                nearest,
            }))
        }
    }
}

/// Where the file has what the hunk leads to, though not what it starts from. Only
/// asked when its old lines are nowhere.
fn applied(lines: &Lines<'_>, hunk: &Hunk) -> Option<usize> {
    let says = |text: &str| text.chars().any(char::is_alphanumeric);
    let new: Vec<&str> = hunk
        .lines
        .iter()
        .filter(|line| line.kind != LineKind::Delete)
        .map(|line| line.text.trim_end())
        .collect();
    let inserts = hunk.lines.iter().any(|line| line.kind == LineKind::Insert && says(&line.text));
    // Where lines only go, what they stood between has to meet.
    let around = |line: Option<&HunkLine>| {
        line.is_some_and(|line| line.kind == LineKind::Context && says(&line.text))
    };
    let says_enough = inserts || around(hunk.lines.first()) && around(hunk.lines.last());
    // One line alone can be there for another reason.
    if new.len() < 2 || !says_enough {
        return None;
    }
    let there =
        |start: &usize| (*start..).zip(&new).all(|(at, new)| lines.text(at).trim_end() == *new);
    (0..(lines.len() + 1).saturating_sub(new.len())).find(there)
}
