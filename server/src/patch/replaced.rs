//! Which lines of a text are other lines in the text that comes of it.

mod runs;

use std::ops::Range;

use similar::{Algorithm, DiffTag};

/// Lines of one text, with the bytes that they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// 0-based; a line ends behind its `\n`.
    pub lines: Range<usize>,
    /// With line endings, and with the byte order mark.
    pub bytes: Range<usize>,
}

/// Lines that went, and those that came in their place; one side may be empty.
///
/// With every `old.bytes` of the text before replaced by `new.bytes` of the text
/// after it is the text after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// In the text before.
    pub old: Span,
    /// In the text after.
    pub new: Span,
}

/// Runs of lines larger than this on both sides are not compared line by line.
const COMPARED: usize = 20_000;

/// What is different between two texts, in order; found by comparing them. Where
/// the changes are known already this is not asked: it takes its time.
#[must_use]
pub fn between(base: &str, result: &str) -> Vec<Replaced> {
    let (mut old, mut new) = (Counted::default(), Counted::default());
    runs::runs(base, result)
        .into_iter()
        .map(|run| Replaced { old: old.span(base, run.old), new: new.span(result, run.new) })
        .collect()
}

/// Counts lines from one place of a text to the next.
#[derive(Default)]
struct Counted {
    line: usize,
    byte: usize,
}

impl Counted {
    fn to(&mut self, text: &str, byte: usize) -> usize {
        self.line += line_count(&text[self.byte..byte]);
        self.byte = byte;
        self.line
    }

    fn span(&mut self, text: &str, bytes: Range<usize>) -> Span {
        Span { lines: self.to(text, bytes.start)..self.to(text, bytes.end), bytes }
    }
}

/// Where the line begins that the byte at `offset` is in.
pub(crate) fn line_start(text: &str, offset: usize) -> usize {
    memchr::memrchr(b'\n', &text.as_bytes()[..offset]).map_or(0, |at| at + 1)
}

pub(super) fn line_count(text: &str) -> usize {
    let ended = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    ended + usize::from(!text.is_empty() && !text.ends_with('\n'))
}

/// Adds what is really different within a replacement.
pub(super) fn refine(base: &str, result: &str, whole: &Replaced, found: &mut Vec<Replaced>) {
    let old: Vec<&str> = base[whole.old.bytes.clone()].split_inclusive('\n').collect();
    let new: Vec<&str> = result[whole.new.bytes.clone()].split_inclusive('\n').collect();
    let front = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let back = old[front..].iter().rev().zip(new[front..].iter().rev());
    let back = back.take_while(|(old, new)| old == new).count();
    let (old_end, new_end) = (old.len() - back, new.len() - back);
    let (mut old_at, mut new_at) = (Cursor::at(&whole.old), Cursor::at(&whole.new));
    old_at.skip(&old[..front]);
    new_at.skip(&new[..front]);
    let (old, new) = (&old[front..old_end], &new[front..new_end]);
    if old.is_empty() && new.is_empty() {
        return;
    }
    let few = old.len() * new.len() < 64;
    let apart = old.is_empty()
        || new.is_empty()
        || old.len().min(new.len()) > COMPARED
        || few && !old.iter().any(|line| new.contains(line));
    if apart {
        found.push(Replaced { old: old_at.skip(old), new: new_at.skip(new) });
        return;
    }
    for op in similar::capture_diff_slices(Algorithm::Myers, old, new) {
        let old = old_at.skip(&old[op.old_range()]);
        let new = new_at.skip(&new[op.new_range()]);
        if op.tag() == DiffTag::Equal {
            continue;
        }
        match found.last_mut() {
            Some(last)
                if last.old.bytes.end == old.bytes.start
                    && last.new.bytes.end == new.bytes.start =>
            {
                (last.old.lines.end, last.old.bytes.end) = (old.lines.end, old.bytes.end);
                (last.new.lines.end, last.new.bytes.end) = (new.lines.end, new.bytes.end);
            }
            _ => found.push(Replaced { old, new }),
        }
    }
}

struct Cursor {
    line: usize,
    byte: usize,
}

impl Cursor {
    fn at(span: &Span) -> Self {
        Self { line: span.lines.start, byte: span.bytes.start }
    }

    fn skip(&mut self, lines: &[&str]) -> Span {
        let (line, byte) = (self.line, self.byte);
        self.line += lines.len();
        self.byte += lines.iter().map(|line| line.len()).sum::<usize>();
        Span { lines: line..self.line, bytes: byte..self.byte }
    }
}
