//! The comments in a text that are meant for the agent, and how one is taken out.
//! Pure.

use std::{ops::Range, path::Path};

use memchr::memchr2_iter;

use super::{
    languages::{self, Language},
    lexer::{self, Raw, line_end},
    markup,
};

/// What a comment wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `AI!`: do it.
    Do,
    /// `AI?`: answer it.
    Answer,
}

/// A comment for the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Its bytes, with the marks of every line of it.
    pub(crate) span: Range<usize>,
    /// Of these the sentence with the mark; what is above it may be there to stay.
    pub(crate) marked: Range<usize>,
    pub(crate) kind: Kind,
    /// What it says, without marks.
    pub(crate) words: String,
}

/// Whether there may be one. Cheap: it looks at every `!` and `?`.
pub(crate) fn may_have_some(text: &str) -> bool {
    last_mark(text).is_some()
}

/// Behind the last `AI!` or `AI?` in a text.
fn last_mark(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut marks = memchr2_iter(b'!', b'?', bytes);
    marks.rfind(|at| *at >= 2 && bytes[at - 2..*at].eq_ignore_ascii_case(b"ai")).map(|at| at + 1)
}

/// Every comment for the agent in a text, in order.
pub(crate) fn find(text: &str, language_id: &str, path: &Path) -> Vec<Comment> {
    let (Some(last), Some(language)) = (last_mark(text), languages::of(language_id, path)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    match language {
        Language::Code(syntax) => {
            lexer::comments(text, 0..text.len(), last, syntax, None, &mut found);
        }
        Language::Markup(blocks) => markup::comments(text, blocks, &mut found),
        Language::Markdown => markup::markdown_comments(text, &mut found),
    }
    found.retain(|raw| raw.span.start < last);
    together(text, &found)
}

/// Puts lines together that are one comment, and keeps what ends as it should.
fn together(text: &str, found: &[Raw]) -> Vec<Comment> {
    let mut comments = Vec::new();
    // The lines that go on from each other up to now.
    let mut lines: Vec<&Raw> = Vec::new();
    for raw in found {
        if lines.last().is_some_and(|last| !goes_on(text, last, raw)) {
            lines.clear();
        }
        lines.push(raw);
        let Some((kind, last_words)) = ending(&text[raw.inner.clone()]) else { continue };
        let before = lines[..lines.len() - 1].iter().map(|line| words(&text[line.inner.clone()]));
        let all: Vec<String> = before.chain([words(last_words)]).collect();
        let words = all.join("\n").trim().to_owned();
        if words.contains(char::is_alphanumeric) {
            let span = lines[0].span.start..raw.span.end;
            let marked = lines[own_sentence(text, &lines)].span.start..raw.span.end;
            comments.push(Comment { span, marked, kind, words });
        }
        lines.clear();
    }
    comments
}

/// The first of the lines that are one sentence with the last.
fn own_sentence(text: &str, lines: &[&Raw]) -> usize {
    let ends = |line: &&Raw| words(&text[line.inner.clone()]).ends_with(['.', '!', '?', ':', ';']);
    let above = &lines[..lines.len() - 1];
    above.iter().rposition(ends).map_or(0, |at| at + 1)
}

/// Whether two comments of a line each are one: each has its line for itself, the
/// marks are the same, and both say something.
fn goes_on(text: &str, before: &Raw, after: &Raw) -> bool {
    let mark = |raw: &Raw| {
        let own = &text[raw.span.start..raw.inner.start];
        let more = text[raw.inner.clone()].chars().take_while(|letter| "/!#;%".contains(*letter));
        (own.to_owned(), more.collect::<String>())
    };
    before.line
        && after.line
        && is_first(text, before.span.start)
        && between_lines(&text[before.span.end..after.span.start])
        && mark(before) == mark(after)
        && !words(&text[before.inner.clone()]).is_empty()
}

/// Whether there is one line ending, and blanks after it.
fn between_lines(between: &str) -> bool {
    let rest = between.strip_prefix("\r\n").or_else(|| between.strip_prefix(['\n', '\r']));
    rest.is_some_and(|rest| rest.bytes().all(|byte| matches!(byte, b' ' | b'\t')))
}

/// Whether only blanks are before a place in its line.
fn is_first(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with(['\n', '\r'])
}

/// What a comment wants, where it ends in `AI!` or `AI?`, and what is before that.
fn ending(inner: &str) -> Option<(Kind, &str)> {
    let inner = inner.trim_end_matches(|letter: char| {
        letter.is_whitespace() || matches!(letter, '*' | '-' | '#')
    });
    let kind = match inner.as_bytes().last()? {
        b'!' => Kind::Do,
        b'?' => Kind::Answer,
        _ => return None,
    };
    let rest = &inner[..inner.len() - 1];
    let words = rest.get(..rest.len().checked_sub(2)?)?;
    // Of a word, a name or an address it is the end: j'ai, open.ai, OpenAI.
    let within = |letter: char| letter.is_alphanumeric() || "_'’.-@/".contains(letter);
    (rest[words.len()..].eq_ignore_ascii_case("ai") && !words.ends_with(within))
        .then_some((kind, words))
}

/// The words of a comment without what decorates its lines.
fn words(inner: &str) -> String {
    let plain = |line: &str| {
        let line = line.trim().trim_start_matches(['/', '!', '#', ';', '%', '*', '-', '"']);
        line.trim().to_owned()
    };
    inner.lines().map(plain).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// What goes when a comment goes: whole lines where there is nothing else in
/// them, and with it the blanks before it where it ends a line.
pub(crate) fn removal(text: &str, span: &Range<usize>) -> Range<usize> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let bytes = text.as_bytes();
    let blanks_before = bytes[..span.start].iter().rev().take_while(|byte| is_blank(byte)).count();
    let blanks_after = bytes[span.end..].iter().take_while(|byte| is_blank(byte)).count();
    let (start, end) = (span.start - blanks_before, span.end + blanks_after);
    if end < bytes.len() && line_end(bytes, end) != end {
        // Something follows: one blank between the two is enough.
        let both = blanks_before > 0 && blanks_after > 0;
        return span.start..span.end + if both { blanks_after } else { 0 };
    }
    if !is_first(text, span.start) {
        return start..end;
    }
    let ending = if bytes[end..].starts_with(b"\r\n") { 2 } else { usize::from(end < bytes.len()) };
    start..end + ending
}

#[cfg(test)]
mod tests;
