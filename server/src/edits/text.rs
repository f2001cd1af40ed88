//! The edits that lead from one text to another.

use super::{TextEdit, lines};
use crate::documents::{LineIndex, PositionEncoding, Range};

/// Few, in order, apart from each other. They begin and end at the beginning of
/// a line, which no encoding can get wrong; only at the end of a text without a
/// final newline an edit has to end in a column.
pub(super) fn edits(base: &str, result: &str, encoding: PositionEncoding) -> Vec<TextEdit> {
    let index = LineIndex::new(base);
    let place = |offset: usize| index.position(base, offset, encoding);
    lines::runs(base, result)
        .into_iter()
        .map(|run| TextEdit {
            range: Range { start: place(run.old.start), end: place(run.old.end) },
            new_text: result[run.new].to_owned(),
        })
        .collect()
}
