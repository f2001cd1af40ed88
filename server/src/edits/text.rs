//! The edits that lead from one text to another.

use super::{TextEdit, lines};
use crate::documents::{LineIndex, Position, PositionEncoding, Range};

/// Few, in order, apart from each other. They begin and end at the beginning of
/// a line, which no encoding can get wrong; only at the end of a text without a
/// final newline an edit has to end in a column.
pub(super) fn edits(base: &str, result: &str, encoding: PositionEncoding) -> Vec<TextEdit> {
    let (mut at, mut line) = (0, 0);
    // Lines are counted from edit to edit: an index of a large text takes longer
    // than all the rest.
    let mut place = |offset: usize| {
        line += lines::count_endings(&base[at..offset]);
        at = offset;
        let last = &base[lines::line_start(base, offset)..offset];
        let end = LineIndex::new(last).position(last, last.len(), encoding);
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), character: end.character }
    };
    lines::runs(base, result)
        .into_iter()
        .map(|run| TextEdit {
            range: Range { start: place(run.old.start), end: place(run.old.end) },
            new_text: result[run.new].to_owned(),
        })
        .collect()
}
