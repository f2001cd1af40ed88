//! The edits that lead from one text to another.

use super::{TextEdit, lines};
use crate::{
    documents::{LineIndex, Position, PositionEncoding, Range},
    patch::{Replaced, line_start},
};

/// Few, in order, apart from each other. They begin and end at the beginning of
/// a line, which no encoding can get wrong; only at the end of a text without a
/// final newline an edit has to end in a column.
///
/// `replaced` is what is different between the two texts: nothing is compared
/// here, and neither text is read from end to end.
pub(super) fn edits(
    base: &str,
    result: &str,
    replaced: &[Replaced],
    encoding: PositionEncoding,
) -> Vec<TextEdit> {
    let mut place =
        Places { base, encoding, recount: lines::has_lone_returns(base), at: 0, line: 0 };
    lines::canonical(base, result, replaced)
        .into_iter()
        .map(|run| TextEdit {
            range: Range {
                start: place.of(run.old.start, run.lines.start),
                end: place.of(run.old.end, run.lines.end),
            },
            new_text: result[run.new].to_owned(),
        })
        .collect()
}

struct Places<'a> {
    base: &'a str,
    encoding: PositionEncoding,
    /// A lone `\r` ends a line for an editor and none for a patch: the lines are
    /// counted from place to place.
    recount: bool,
    at: usize,
    line: usize,
}

impl Places<'_> {
    /// `line` is how many lines a patch has before the offset, the last of which
    /// may be without an ending.
    fn of(&mut self, offset: usize, line: usize) -> Position {
        let last = &self.base[line_start(self.base, offset)..offset];
        if self.recount {
            self.line += lines::count_endings(&self.base[self.at..offset]);
            self.at = offset;
        } else {
            self.line = line - usize::from(!last.is_empty());
        }
        let end = LineIndex::new(last).position(last, last.len(), self.encoding);
        Position { line: u32::try_from(self.line).unwrap_or(u32::MAX), character: end.character }
    }
}
