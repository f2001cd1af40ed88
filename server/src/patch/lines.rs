//! A text as lines, without a copy of any of them.

use std::ops::Range;

pub(super) const BOM: char = '\u{feff}';

/// A text taken apart. Only `\n` and `\r\n` end lines here: to diff and git a
/// lone `\r` is a character like any other.
#[derive(Debug, Clone)]
pub(super) struct Lines<'a> {
    source: &'a str,
    /// The text opens with a mark that is no part of its first line.
    mark: bool,
    /// Where each line begins, and where the last one ends; bytes.
    bounds: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        // Grown step by step, a large file would be copied several times.
        let mut bounds = Vec::with_capacity(source.len() / 32 + 2);
        bounds.push(0);
        bounds.extend(memchr::memchr_iter(b'\n', source.as_bytes()).map(|at| at + 1));
        if bounds.last() != Some(&source.len()) {
            bounds.push(source.len());
        }
        Self { source, mark: source.starts_with(BOM), bounds }
    }

    /// The same lines, with the mark as a character of the first.
    pub(super) fn with_mark_in_line(&self) -> Self {
        Self { mark: false, ..self.clone() }
    }

    pub(super) fn source(&self) -> &'a str {
        self.source
    }

    pub(super) fn has_mark(&self) -> bool {
        self.mark
    }

    pub(super) fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    /// The bytes of some lines, with their endings and the mark.
    pub(super) fn bytes(&self, lines: &Range<usize>) -> Range<usize> {
        self.bounds[lines.start]..self.bounds[lines.end]
    }

    /// The line that a byte of the source is in.
    pub(super) fn line_at(&self, byte: usize) -> usize {
        self.bounds.partition_point(|bound| *bound <= byte).saturating_sub(1)
    }

    /// A line without its ending, and without the mark.
    pub(super) fn text(&self, line: usize) -> &'a str {
        let whole = &self.source[self.bounds[line]..self.bounds[line + 1]];
        let text = match whole.strip_suffix('\n') {
            Some(text) => text.strip_suffix('\r').unwrap_or(text),
            None => whole,
        };
        if self.mark && line == 0 { text.strip_prefix(BOM).unwrap_or(text) } else { text }
    }

    pub(super) fn texts(&self) -> impl DoubleEndedIterator<Item = &'a str> + '_ {
        (0..self.len()).map(|line| self.text(line))
    }

    /// `\n`, `\r\n`, or nothing at the end of the text.
    pub(super) fn ending(&self, line: usize) -> &'static str {
        let whole = &self.source.as_bytes()[self.bounds[line]..self.bounds[line + 1]];
        match whole {
            [.., b'\r', b'\n'] => "\r\n",
            [.., b'\n'] => "\n",
            _ => "",
        }
    }

    /// The ending that most lines have.
    pub(super) fn majority(&self) -> &'static str {
        if memchr::memchr(b'\r', self.source.as_bytes()).is_none() {
            return "\n";
        }
        let of = |ending: &str| (0..self.len()).filter(|line| self.ending(*line) == ending).count();
        if of("\r\n") > of("\n") { "\r\n" } else { "\n" }
    }
}
