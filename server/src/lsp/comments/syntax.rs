//! How a language writes comments and what else may look like one: the shape of
//! the tables in `languages`, which `lexer` reads.

/// What the lexer has to know of a language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    /// Comments up to the end of the line.
    pub(super) line: &'static [Line],
    /// Comments with an end of their own; looked for before those of a line.
    pub(super) block: &'static [Block],
    /// Strings; where one opening begins another, the longer one is first.
    pub(super) quotes: &'static [Quote],
    /// What tables cannot say.
    pub(super) special: &'static [Special],
}

/// Nothing at all.
pub(super) const NONE: Syntax = Syntax { line: &[], block: &[], quotes: &[], special: &[] };

/// Where something counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Anywhere,
    /// At the beginning of a line, after blanks, and after what separates words.
    Word,
    /// At the beginning of a line and after blanks there.
    Line,
}

/// A comment up to the end of the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// In any case of its letters.
    pub(super) marker: &'static str,
    pub(super) at: Where,
    /// Something else, where this byte follows.
    pub(super) unless: Option<u8>,
}

pub(super) const fn any(marker: &'static str) -> Line {
    Line { marker, at: Where::Anywhere, unless: None }
}

pub(super) const fn word(marker: &'static str) -> Line {
    Line { marker, at: Where::Word, unless: None }
}

pub(super) const fn first(marker: &'static str) -> Line {
    Line { marker, at: Where::Line, unless: None }
}

/// A comment with an end of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// One in the other, each with its own end.
    pub(super) nests: bool,
    /// Both only at the very beginning of a line.
    pub(super) lines: bool,
}

pub(super) const fn block(open: &'static str, close: &'static str) -> Block {
    Block { open, close, nests: false, lines: false }
}

pub(super) const fn nesting(open: &'static str, close: &'static str) -> Block {
    Block { open, close, nests: true, lines: false }
}

/// A string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    pub(super) escape: Escape,
    /// It ends with its line at the latest.
    pub(super) one_line: bool,
    pub(super) at: Where,
}

/// What keeps the end of a string from being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    Nothing,
    /// This byte before it.
    Byte(u8),
    /// It stands there twice.
    Doubled,
}

/// `"…"` of one line, with backslashes: the usual one.
pub(super) const DOUBLE: Quote = quote("\"", Escape::Byte(b'\\'));
/// `'…'` likewise.
pub(super) const SINGLE: Quote = quote("'", Escape::Byte(b'\\'));

pub(super) const fn quote(mark: &'static str, escape: Escape) -> Quote {
    Quote { open: mark, close: mark, escape, one_line: true, at: Where::Anywhere }
}

pub(super) const fn long(mark: &'static str, escape: Escape) -> Quote {
    Quote { one_line: false, ..quote(mark, escape) }
}

/// What only a few languages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    /// `'x'` and `'\n'` are characters; any other `'` is none of our business.
    Characters,
    /// A backslash takes away the meaning of the byte after it.
    Backslash,
    /// So does this one, in front of a character: `$"`, `?"`.
    Prefix(u8),
    /// `r#"…"#`, the `r` being this byte; none where the `#` alone do it.
    HashedString(Option<u8>),
    /// `R"x(…)x"`.
    DelimitedString,
    /// `@"…"` with doubled quotes, over lines.
    VerbatimString,
    /// `` `…${…}…` ``.
    Template,
    /// `/…/` where a value can begin.
    Regex,
    /// `[==[…]==]`, and as a comment after `--`.
    LongBrackets,
    /// `<<WORD` up to a line with that word; with so many `<`.
    Heredoc(usize),
    /// A `"` that begins a line, or has no other after it there, is a comment.
    QuoteComment,
}
