//! Finds the comments in code: what is in a string is none. One pass, bytes
//! only; every mark in the tables is ASCII, so what is found begins and ends
//! between characters. `literals` has what tables cannot say.

use std::ops::Range;

use memchr::{memchr, memchr2, memchr3, memmem};

use super::syntax::{Block, Escape, Line, Quote, Special, Syntax, Where};

mod literals;

/// A comment as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    /// With its marks.
    pub(super) span: Range<usize>,
    /// Without them.
    pub(super) inner: Range<usize>,
    /// Up to the end of its line.
    pub(super) line: bool,
}

/// Finds the comments between two places in code, those that begin before `until`.
/// Gives where it stopped: there, or before `stop`, where that stands outside of
/// strings and comments.
pub(super) fn comments(
    text: &str,
    within: Range<usize>,
    until: usize,
    syntax: &Syntax,
    stop: Option<&str>,
    found: &mut Vec<Raw>,
) -> usize {
    let bytes = &text.as_bytes()[..within.end];
    let mut lexer = Lexer {
        bytes,
        at: within.start,
        syntax,
        stop: stop.map(str::as_bytes),
        looked_at: looked_at(syntax, stop),
        last: b'\n',
        heredocs: Vec::new(),
        lost_heredocs: 0,
        templates: Vec::new(),
        found,
    };
    lexer.run(until);
    lexer.at
}

/// The end of the line that a place is in, before its line ending.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |length| at + length)
}

struct Lexer<'a> {
    /// Up to where it reads.
    bytes: &'a [u8],
    at: usize,
    syntax: &'a Syntax,
    stop: Option<&'a [u8]>,
    /// Bytes with which something may begin.
    looked_at: [bool; 256],
    /// The last byte of code that is no blank.
    last: u8,
    /// Words that end texts which begin on the next line.
    heredocs: Vec<Range<usize>>,
    /// Those of which no end was found.
    lost_heredocs: usize,
    /// Open braces within each `${` that is open.
    templates: Vec<usize>,
    found: &'a mut Vec<Raw>,
}

fn looked_at(syntax: &Syntax, stop: Option<&str>) -> [bool; 256] {
    let mut looked_at = [false; 256];
    let lines = syntax.line.iter().map(|line| line.marker);
    let blocks = syntax.block.iter().map(|block| block.open);
    let quotes = syntax.quotes.iter().map(|quote| quote.open);
    for mark in lines.chain(blocks).chain(quotes).chain(stop) {
        for byte in mark.bytes().take(1) {
            looked_at[usize::from(byte.to_ascii_lowercase())] = true;
            looked_at[usize::from(byte.to_ascii_uppercase())] = true;
        }
    }
    for special in syntax.special {
        let bytes: &[u8] = match special {
            Special::Characters => b"'",
            Special::Backslash => b"\\",
            Special::Prefix(byte) => std::slice::from_ref(byte),
            Special::HashedString(_)
            | Special::DelimitedString
            | Special::VerbatimString
            | Special::QuoteComment => b"\"",
            Special::Template => b"`{}",
            Special::Regex => b"/",
            Special::LongBrackets => b"[",
            Special::Heredoc(_) => b"<\n",
        };
        bytes.iter().for_each(|byte| looked_at[usize::from(*byte)] = true);
    }
    looked_at
}

impl Lexer<'_> {
    fn run(&mut self, until: usize) {
        while let Some(&byte) = self.bytes.get(self.at).filter(|_| self.at < until) {
            if self.looked_at[usize::from(byte)] {
                if self.stop.is_some_and(|stop| self.starts_with(stop)) {
                    return;
                }
                let begun = self.at;
                if self.token() {
                    self.last = self.bytes[begun];
                    continue;
                }
            }
            if !byte.is_ascii_whitespace() {
                self.last = byte;
            }
            self.at += 1;
        }
    }

    /// Goes behind what begins here, if something does.
    fn token(&mut self) -> bool {
        let syntax = self.syntax;
        self.long_comment()
            || syntax.block.iter().any(|block| self.block(block))
            || syntax.line.iter().any(|line| self.line(line))
            || syntax.special.iter().any(|special| self.special(*special))
            || syntax.quotes.iter().any(|quote| self.quote(quote))
    }

    fn starts_with(&self, mark: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(mark)
    }

    /// Whether the place where it stands is one of these; `separators` are what may
    /// stand before a word, besides blanks.
    fn is_at(&self, place: Where, separators: &[u8]) -> bool {
        let before = self.bytes[..self.at].iter().rev();
        match place {
            Where::Anywhere => true,
            Where::Word => before
                .clone()
                .next()
                .is_none_or(|byte| byte.is_ascii_whitespace() || separators.contains(byte)),
            Where::Line => {
                let mut before = before.skip_while(|byte| matches!(byte, b' ' | b'\t'));
                before.next().is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
            }
        }
    }

    fn comment(&mut self, inner: Range<usize>, end: usize, line: bool) -> bool {
        self.found.push(Raw { span: self.at..end, inner, line });
        self.at = end;
        true
    }

    fn line(&mut self, line: &Line) -> bool {
        let rest = &self.bytes[self.at..];
        let length = line.marker.len();
        if rest.len() < length || !rest[..length].eq_ignore_ascii_case(line.marker.as_bytes()) {
            return false;
        }
        let next = rest.get(length).copied();
        let is_word = line.marker.ends_with(|letter: char| letter.is_alphabetic());
        if (next.is_some() && next == line.unless)
            || (is_word && next.is_some_and(|byte| !byte.is_ascii_whitespace()))
            || !self.is_at(line.at, b";)")
        {
            return false;
        }
        let inner = self.at + length;
        let mut end = line_end(self.bytes, inner);
        if let Some(stop) = self.stop {
            end = memmem::find(&self.bytes[inner..end], stop).map_or(end, |at| inner + at);
        }
        self.comment(inner..end, end, true)
    }

    fn block(&mut self, block: &Block) -> bool {
        let (open, close) = (block.open.as_bytes(), block.close.as_bytes());
        let begins_line = |at: usize| at == 0 || matches!(self.bytes[at - 1], b'\n' | b'\r');
        if !self.starts_with(open) || (block.lines && !begins_line(self.at)) {
            return false;
        }
        let inner = self.at + open.len();
        let ends: Option<usize> = if block.nests {
            nested_end(self.bytes, inner, open, close)
        } else {
            let mut ends = memmem::find_iter(&self.bytes[inner..], close).map(|at| inner + at);
            ends.find(|end| !block.lines || begins_line(*end))
        };
        let inner_end = ends.unwrap_or(self.bytes.len());
        let end = ends.map_or(self.bytes.len(), |end| end + close.len());
        self.comment(inner..inner_end, end, false)
    }

    fn quote(&mut self, quote: &Quote) -> bool {
        if !self.starts_with(quote.open.as_bytes()) || !self.is_at(quote.at, b"([{,;:=|&<>") {
            return false;
        }
        self.at = self.end_of_quote(self.at + quote.open.len(), quote);
        true
    }

    /// Where a string ends that is open at a place: behind its end, or where its
    /// line or the text ends.
    fn end_of_quote(&self, from: usize, quote: &Quote) -> usize {
        let bytes = self.bytes;
        let close = quote.close.as_bytes();
        let escape = match quote.escape {
            Escape::Byte(byte) => byte,
            Escape::Nothing | Escape::Doubled => close[0],
        };
        let newline = if quote.one_line { b'\n' } else { close[0] };
        let mut at = from;
        while let Some(length) = memchr3(close[0], escape, newline, &bytes[at..]) {
            at += length;
            if bytes[at..].starts_with(close) {
                at += close.len();
                if quote.escape != Escape::Doubled || !bytes[at..].starts_with(close) {
                    return at;
                }
                at += close.len();
            } else if quote.one_line && bytes[at] == b'\n' {
                return at;
            } else if quote.escape == Escape::Byte(bytes[at]) {
                at = (at + 2).min(bytes.len());
            } else {
                at += 1;
            }
        }
        bytes.len()
    }
}

/// Where the comment that was opened before `from` is closed, others in it aside.
fn nested_end(bytes: &[u8], from: usize, open: &[u8], close: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (from, 1_usize);
    loop {
        at += memchr2(open[0], close[0], &bytes[at..])?;
        if bytes[at..].starts_with(close) {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
            at += close.len();
        } else if bytes[at..].starts_with(open) {
            depth += 1;
            at += open.len();
        } else {
            at += 1;
        }
    }
}

/// The first place from `from` on where a byte stands alone at the beginning of a line.
fn find_byte(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    memchr(byte, &bytes[from..]).map(|at| from + at)
}
