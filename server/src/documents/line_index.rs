//! Where lines begin, and places in lines as byte offsets and back.
//!
//! A line ends with `\n`, `\r\n` or a lone `\r`, as LSP says.

use std::ops::Range as Span;

use super::{Position, PositionEncoding};

/// The byte offsets at which the lines of one text begin. The methods that take
/// a text want the one that the index was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    /// Ascending; the first is 0.
    starts: Vec<usize>,
}

impl LineIndex {
    /// Reads a text once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        // Grown step by step, the index of a large text would be copied several times.
        let mut starts = Vec::with_capacity(bytes.len() / 32 + 1);
        starts.push(0);
        let endings = memchr::memchr2_iter(b'\n', b'\r', bytes).map(|at| at + 1);
        starts.extend(endings.filter(|&offset| begins_line(text, offset)));
        Self { starts }
    }

    /// How many lines there are: one more than there are line endings.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// Brings the index up to date after the bytes `old` were replaced by
    /// `inserted` bytes, which gave `text`.
    ///
    /// Whether a line begins at an offset depends on the bytes on both of its
    /// sides only, so just the offsets that touch the new bytes are looked at.
    pub fn replaced(&mut self, text: &str, old: Span<usize>, inserted: usize) {
        let first = self.starts.partition_point(|&start| start < old.start.max(1));
        let last = self.starts.partition_point(|&start| start <= old.end).max(first);
        let end = old.start + inserted;
        for start in &mut self.starts[last..] {
            *start = *start - old.end + end;
        }
        let new = (old.start.max(1)..=end).filter(|&offset| begins_line(text, offset));
        self.starts.splice(first..last, new);
    }

    /// The same after several replacements at once: bytes of the old text, each
    /// with the number of those that came in their place; ascending and apart.
    pub fn replaced_all(&mut self, text: &str, replaced: &[(Span<usize>, usize)]) {
        let inserted: usize = replaced.iter().map(|(_, inserted)| inserted).sum();
        let mut starts = Vec::with_capacity(self.starts.len() + inserted / 32 + 1);
        let mut rest = self.starts.as_slice();
        // Where the last replacement ended, before and after.
        let (mut old_end, mut end) = (0, 0);
        for (old, inserted) in replaced {
            let (kept, touched) =
                rest.split_at(rest.partition_point(|&start| start < old.start.max(1)));
            starts.extend(kept.iter().map(|start| start - old_end + end));
            rest = &touched[touched.partition_point(|&start| start <= old.end)..];
            let begin = old.start - old_end + end;
            (old_end, end) = (old.end, begin + inserted);
            let known = starts.last().map_or(0, |last| last + 1);
            let new = (begin.max(known).max(1)..=end).filter(|&offset| begins_line(text, offset));
            starts.extend(new);
        }
        starts.extend(rest.iter().map(|start| start - old_end + end));
        self.starts = starts;
    }

    /// The byte offset of a place. Beyond the end of a line it is the end of
    /// that line, beyond the last line the end of the text, and inside a
    /// character the beginning of that character.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position, encoding: PositionEncoding) -> usize {
        let Some(span) = self.content(text, position.line as usize) else {
            return text.len();
        };
        let line = &text[span.clone()];
        let column = position.character as usize;
        let within = match encoding {
            PositionEncoding::Utf8 => floor_char_boundary(line, column),
            PositionEncoding::Utf16 | PositionEncoding::Utf32 => {
                let mut units = 0;
                line.char_indices()
                    .find(|(_, letter)| {
                        units += width(*letter, encoding);
                        units > column
                    })
                    .map_or(line.len(), |(at, _)| at)
            }
        };
        span.start + within
    }

    /// The place of a byte offset. Inside a character it is the beginning of
    /// that character, inside a line ending the end of the line, and beyond the
    /// text the end of the text.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize, encoding: PositionEncoding) -> Position {
        let offset = floor_char_boundary(text, offset);
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let start = self.starts[line];
        let end = self.content(text, line).map_or(text.len(), |span| span.end);
        let before = &text[start..offset.min(end)];
        let character = match encoding {
            PositionEncoding::Utf8 => before.len(),
            PositionEncoding::Utf16 | PositionEncoding::Utf32 => {
                before.chars().map(|letter| width(letter, encoding)).sum()
            }
        };
        Position { line: saturate(line), character: saturate(character) }
    }

    /// The bytes of a line without its ending.
    fn content(&self, text: &str, line: usize) -> Option<Span<usize>> {
        let start = *self.starts.get(line)?;
        let end = match self.starts.get(line + 1) {
            None => text.len(),
            Some(&next) if text[start..next].ends_with("\r\n") => next - 2,
            Some(&next) => next - 1,
        };
        Some(start..end)
    }
}

/// `offset` is not 0.
fn begins_line(text: &str, offset: usize) -> bool {
    let bytes = text.as_bytes();
    match bytes[offset - 1] {
        b'\n' => true,
        b'\r' => bytes.get(offset) != Some(&b'\n'),
        _ => false,
    }
}

fn width(letter: char, encoding: PositionEncoding) -> usize {
    match encoding {
        PositionEncoding::Utf8 => letter.len_utf8(),
        PositionEncoding::Utf16 => letter.len_utf16(),
        PositionEncoding::Utf32 => 1,
    }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// LSP counts in 32 bits; a text beyond that never gets here.
fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
