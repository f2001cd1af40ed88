//! Literals that only a few languages have: each goes behind one, where one
//! begins.

use memchr::memmem;

use super::{Lexer, find_byte, line_end};
use crate::lsp::comments::syntax::{Escape, Special, Where, long};

/// A character between quotes is at most this long: `'\u{10ffff}'`.
const CHARACTER: usize = 12;

/// No longer expression is looked for: one that has no end is looked for often.
const REGEX: usize = 1000;

/// Texts that one line begins.
const HEREDOCS: usize = 8;

/// Texts without an end that are looked for, so that many of them cost no more
/// than a few passes.
const LOST_HEREDOCS: usize = 8;

impl Lexer<'_> {
    pub(super) fn special(&mut self, special: Special) -> bool {
        let byte = self.bytes[self.at];
        match special {
            Special::Characters => byte == b'\'' && self.character(),
            Special::Backslash => byte == b'\\' && self.skip(2),
            Special::Prefix(prefix) => byte == prefix && self.prefixed(),
            Special::HashedString(letter) => byte == b'"' && self.hashed_string(letter),
            Special::DelimitedString => byte == b'"' && self.delimited_string(),
            Special::VerbatimString => byte == b'"' && self.verbatim_string(),
            Special::Template => self.template(byte),
            Special::Regex => byte == b'/' && self.regex(),
            Special::LongBrackets => byte == b'[' && self.long_string(),
            Special::Heredoc(marks) => match byte {
                b'<' => self.heredoc(marks),
                b'\n' => self.heredoc_bodies(),
                _ => false,
            },
            Special::QuoteComment => byte == b'"' && self.quote_comment(),
        }
    }

    fn skip(&mut self, length: usize) -> bool {
        self.at = (self.at + length).min(self.bytes.len());
        true
    }

    fn before(&self, count: usize) -> Option<u8> {
        self.at.checked_sub(count).map(|at| self.bytes[at])
    }

    fn character(&mut self) -> bool {
        let rest = &self.bytes[self.at + 1..];
        let length = match rest.first() {
            Some(b'\\') => {
                let end = rest.iter().take(CHARACTER).skip(2).position(|byte| *byte == b'\'');
                end.map(|end| end + 2)
            }
            // The bytes that follow the first of a character begin with 10.
            Some(b'\'' | b'\n') | None => None,
            Some(_) => {
                let tail = rest[1..].iter().take_while(|byte| **byte & 0xc0 == 0x80).count();
                (rest.get(1 + tail) == Some(&b'\'')).then_some(1 + tail)
            }
        };
        self.skip(length.map_or(1, |length| length + 2))
    }

    /// What follows has no meaning of its own, unless the mark ends a word.
    fn prefixed(&mut self) -> bool {
        let is_word = self.before(1).is_some_and(|byte| byte.is_ascii_alphanumeric());
        !is_word && self.skip(if self.bytes.get(self.at + 1) == Some(&b'\\') { 3 } else { 2 })
    }

    fn hashed_string(&mut self, letter: Option<u8>) -> bool {
        let hashes = self.bytes[..self.at].iter().rev().take_while(|byte| **byte == b'#').count();
        if letter.map_or(hashes == 0, |letter| self.before(hashes + 1) != Some(letter)) {
            return false;
        }
        let mut from = self.at + 1;
        while let Some(end) = find_byte(self.bytes, from, b'"') {
            let after = &self.bytes[end + 1..];
            if after.len() >= hashes && after[..hashes].iter().all(|byte| *byte == b'#') {
                self.at = end + 1 + hashes;
                return true;
            }
            from = end + 1;
        }
        self.at = self.bytes.len();
        true
    }

    fn delimited_string(&mut self) -> bool {
        let rest = &self.bytes[self.at + 1..];
        let name = rest.iter().take(17).position(|byte| *byte == b'(');
        let (Some(b'R'), Some(name)) = (self.before(1), name) else { return false };
        let close = [b")", &rest[..name], b"\""].concat();
        let end = memmem::find(rest, &close).map_or(rest.len(), |at| at + close.len());
        self.skip(1 + end)
    }

    fn verbatim_string(&mut self) -> bool {
        let verbatim = self.before(1) == Some(b'@')
            || (self.before(1), self.before(2)) == (Some(b'$'), Some(b'@'));
        if verbatim {
            self.at = self.end_of_quote(self.at + 1, &long("\"", Escape::Doubled));
        }
        verbatim
    }

    fn template(&mut self, byte: u8) -> bool {
        match (byte, self.templates.last_mut()) {
            (b'`', _) => self.template_text(self.at + 1),
            (b'{', Some(open)) => {
                *open += 1;
                self.skip(1)
            }
            (b'}', Some(0)) => {
                self.templates.pop();
                self.template_text(self.at + 1)
            }
            (b'}', Some(open)) => {
                *open -= 1;
                self.skip(1)
            }
            _ => false,
        }
    }

    /// Goes on in the text of a template, up to its end or to code within it.
    fn template_text(&mut self, from: usize) -> bool {
        self.at = from;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.skip(2),
                b'`' => return self.skip(1),
                b'$' if self.bytes.get(self.at + 1) == Some(&b'{') => {
                    self.templates.push(0);
                    return self.skip(2);
                }
                _ => self.skip(1),
            };
        }
        true
    }

    /// After a value it is a division, and so is one without an end on its line.
    fn regex(&mut self) -> bool {
        if !b"(,=:[!&|?{};+-*%~^\n".contains(&self.last) {
            return false;
        }
        let mut in_class = false;
        let mut at = self.at + 1;
        while let Some(&byte) = self.bytes.get(at).filter(|_| at < self.at + REGEX) {
            match byte {
                b'\n' => return false,
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at = at + 1;
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// How many `=` stand between the brackets that open here.
    fn long_bracket(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..)?.strip_prefix(b"[")?;
        let level = rest.iter().take_while(|byte| **byte == b'=').count();
        (rest.get(level) == Some(&b'[')).then_some(level)
    }

    fn long_end(&self, from: usize, level: usize) -> Option<usize> {
        let close = [b"]", "=".repeat(level).as_bytes(), b"]"].concat();
        memmem::find(&self.bytes[from..], &close).map(|at| from + at)
    }

    fn long_string(&mut self) -> bool {
        let Some(level) = self.long_bracket(self.at) else { return false };
        let end = self.long_end(self.at + level + 2, level);
        self.at = end.map_or(self.bytes.len(), |end| end + level + 2);
        true
    }

    /// `--[[ … ]]`: looked for before the comments of a line.
    pub(super) fn long_comment(&mut self) -> bool {
        if !self.syntax.special.contains(&Special::LongBrackets) || !self.starts_with(b"--") {
            return false;
        }
        let Some(level) = self.long_bracket(self.at + 2) else { return false };
        let inner = self.at + level + 4;
        let end = self.long_end(inner, level);
        let after = end.map_or(self.bytes.len(), |end| end + level + 2);
        self.comment(inner..end.unwrap_or(self.bytes.len()), after, false)
    }

    /// Takes note of a text that begins on the next line, where it has an end.
    /// `1 << x` is none: a word in lower case needs quotes, or to stand there
    /// without a blank in front.
    fn heredoc(&mut self, marks: usize) -> bool {
        let rest = &self.bytes[self.at..];
        let count = rest.iter().take_while(|byte| **byte == b'<').count();
        if count != marks || self.lost_heredocs >= LOST_HEREDOCS || self.heredocs.len() >= HEREDOCS
        {
            return self.skip(count);
        }
        let mut at = self.at + count;
        at += usize::from(matches!(self.bytes.get(at), Some(b'-' | b'~')));
        let blanks = self.bytes[at..].iter().take_while(|byte| **byte == b' ').count();
        at += blanks;
        let quoted = matches!(self.bytes.get(at), Some(b'\'' | b'"'));
        at += usize::from(quoted);
        let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        let length = self.bytes[at..].iter().take_while(is_letter).count();
        let word = at..at + length;
        let begins = self.bytes.get(at).is_some_and(|byte| {
            byte.is_ascii_uppercase()
                || *byte == b'_'
                || (byte.is_ascii_lowercase() && (quoted || blanks == 0))
        });
        if length == 0 || !begins || self.heredoc_end(at, word.clone()).is_none() {
            self.lost_heredocs += usize::from(begins);
            return self.skip(count);
        }
        self.at = word.end + usize::from(quoted);
        self.heredocs.push(word);
        true
    }

    /// Behind the line after `from` that has the word alone.
    fn heredoc_end(&self, from: usize, word: std::ops::Range<usize>) -> Option<usize> {
        let word = &self.bytes[word];
        let mut at = from;
        loop {
            at = find_byte(self.bytes, at, b'\n')? + 1;
            let end = line_end(self.bytes, at);
            let line = self.bytes[at..end].trim_ascii();
            if line.strip_prefix(word).is_some_and(|rest| matches!(rest, b"" | b";" | b")" | b","))
            {
                return Some(end);
            }
        }
    }

    fn heredoc_bodies(&mut self) -> bool {
        if self.heredocs.is_empty() {
            return false;
        }
        for word in std::mem::take(&mut self.heredocs) {
            if let Some(end) = self.heredoc_end(self.at, word) {
                self.at = end;
            }
        }
        true
    }

    fn quote_comment(&mut self) -> bool {
        let end = line_end(self.bytes, self.at);
        let another = find_byte(&self.bytes[..end], self.at + 1, b'"');
        match another {
            Some(close) if !self.is_at(Where::Line, b"") => {
                self.at = close + 1;
                true
            }
            _ => self.comment(self.at + 1..end, end, true),
        }
    }
}
