//! The edits that lead from one text to another.

use similar::{Algorithm, DiffOp};

use super::TextEdit;
use crate::documents::{LineIndex, PositionEncoding, Range};

/// Few, in order, apart from each other. They begin and end at the beginning of
/// a line, which no encoding can get wrong; only at the end of a text without a
/// final newline an edit has to end in a column.
pub(super) fn edits(base: &str, result: &str, encoding: PositionEncoding) -> Vec<TextEdit> {
    let old: Vec<&str> = base.split_inclusive('\n').collect();
    let new: Vec<&str> = result.split_inclusive('\n').collect();
    let index = LineIndex::new(base);
    let starts = offsets(&old);
    let place = |line: usize| index.position(base, starts[line], encoding);
    changed(&similar::capture_diff_slices(Algorithm::Myers, &old, &new))
        .into_iter()
        .map(|(deleted, inserted)| TextEdit {
            range: Range { start: place(deleted.start), end: place(deleted.end) },
            new_text: new[inserted].concat(),
        })
        .collect()
}

/// Byte offsets at which the lines begin, and that of the end.
fn offsets(lines: &[&str]) -> Vec<usize> {
    let mut offset = 0;
    let mut offsets = vec![0];
    offsets.extend(lines.iter().map(|line| {
        offset += line.len();
        offset
    }));
    offsets
}

type Lines = std::ops::Range<usize>;

/// The runs of changed lines, old and new; runs that touch are one.
fn changed(ops: &[DiffOp]) -> Vec<(Lines, Lines)> {
    let mut runs: Vec<(Lines, Lines)> = Vec::new();
    for op in ops {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (op.old_range(), op.new_range());
        match runs.last_mut() {
            Some(last) if last.0.end == old.start && last.1.end == new.start => {
                last.0.end = old.end;
                last.1.end = new.end;
            }
            _ => runs.push((old, new)),
        }
    }
    runs
}
