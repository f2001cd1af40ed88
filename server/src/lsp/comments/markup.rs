//! Finds the comments in texts with tags: `<!-- -->`, those of a template
//! language, and those of the code in `<script>`, `<style>` and `<?php ?>`; and in
//! Markdown, where code that is quoted does not count.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

use super::{
    languages::{PHP, SCRIPT, STYLE},
    lexer::{self, Raw, line_end},
    syntax::{Block, Syntax},
};

const COMMENT: Block = super::syntax::block("<!--", "-->");

/// The comments of a text with tags.
pub(super) fn comments(text: &str, blocks: &[Block], found: &mut Vec<Raw>) {
    let bytes = text.as_bytes();
    let mut looked_at = [false; 256];
    looked_at[usize::from(b'<')] = true;
    blocks.iter().for_each(|block| looked_at[usize::from(block.open.as_bytes()[0])] = true);
    // A quote that is open to the end is none: somebody is about to type its end.
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if !looked_at[usize::from(byte)] {
            at += 1;
            continue;
        }
        let comment = blocks.iter().chain([&COMMENT]).find_map(|block| closed(bytes, at, block));
        at = if let Some(comment) = comment {
            let end = comment.span.end;
            found.push(comment);
            end
        } else if byte == b'<' {
            tag(text, at, found)
        } else {
            at + 1
        };
    }
}

/// The comment that begins at a place; without an end it goes to that of the text.
fn closed(bytes: &[u8], at: usize, block: &Block) -> Option<Raw> {
    let rest = bytes[at..].strip_prefix(block.open.as_bytes())?;
    let inner = at + block.open.len();
    let length = memmem::find(rest, block.close.as_bytes());
    let inner_end = length.map_or(bytes.len(), |length| inner + length);
    let end = length.map_or(bytes.len(), |_| inner_end + block.close.len());
    Some(Raw { span: at..end, inner: inner..inner_end, line: false })
}

/// Goes behind what a `<` begins, and takes the code in it along.
fn tag(text: &str, at: usize, found: &mut Vec<Raw>) -> usize {
    let bytes = text.as_bytes();
    let rest = &bytes[at + 1..];
    if rest.starts_with(b"?php") || rest.starts_with(b"?=") {
        let end = lexer::comments(text, at + 2..bytes.len(), bytes.len(), &PHP, Some("?>"), found);
        return (end + 2).min(bytes.len());
    }
    if !rest.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'/') {
        return at + 1;
    }
    let end = tag_end(bytes, at + 1);
    match embedded(rest) {
        Some((name, syntax)) if !bytes[..end].ends_with(b"/>") => {
            let close = element_end(bytes, end, name);
            lexer::comments(text, end..close, close, syntax, None, found);
            close
        }
        _ => end,
    }
}

/// The code that an element has.
fn embedded(tag: &[u8]) -> Option<(&'static str, &'static Syntax)> {
    let is = |name: &&(&'static str, &'static Syntax)| {
        let length = name.0.len();
        tag.len() > length
            && tag[..length].eq_ignore_ascii_case(name.0.as_bytes())
            && !tag[length].is_ascii_alphanumeric()
            && tag[length] != b'-'
    };
    [("script", &SCRIPT), ("style", &STYLE)].iter().find(is).copied()
}

/// Behind the `>` of a tag; what stands in quotes is passed over within its tag.
/// A `<` or the end of the text ends a tag that nobody closed.
fn tag_end(bytes: &[u8], from: usize) -> usize {
    const LONGEST: usize = 1 << 16;
    let limit = bytes.len().min(from + LONGEST);
    let mut at = from;
    while at < limit {
        match bytes[at] {
            b'>' => return at + 1,
            b'<' => return at,
            quote @ (b'"' | b'\'') => match memchr(quote, &bytes[at + 1..limit]) {
                Some(length) => at += length + 2,
                None => return at + 1,
            },
            _ => at += 1,
        }
    }
    at
}

/// The `</name` that ends an element, or the end of the text.
fn element_end(bytes: &[u8], from: usize, name: &str) -> usize {
    let mut ends = memmem::find_iter(&bytes[from..], b"</").map(|at| from + at);
    let is_end = |at: &usize| {
        let rest = &bytes[at + 2..];
        rest.len() >= name.len() && rest[..name.len()].eq_ignore_ascii_case(name.as_bytes())
    };
    ends.find(is_end).unwrap_or(bytes.len())
}

/// The comments of Markdown.
pub(super) fn markdown_comments(text: &str, found: &mut Vec<Raw>) {
    let bytes = text.as_bytes();
    let mut fence: Option<Range<usize>> = None;
    let mut at = 0;
    while at < bytes.len() {
        let end = line_end(bytes, at);
        let line = bytes[at..end].trim_ascii_start();
        let start = end - line.len();
        let mark = fence_mark(line);
        match (&fence, mark) {
            (None, 3..) => fence = Some(start..start + mark),
            (Some(open), 3..) if line[0] == bytes[open.start] && mark >= open.len() => fence = None,
            (Some(_), _) => {}
            (None, _) => {
                at = prose(bytes, at, end, found);
                continue;
            }
        }
        at = end + 1;
    }
}

/// How many of the marks that open and close quoted code begin a line.
fn fence_mark(line: &[u8]) -> usize {
    let mark = line.first().copied().filter(|byte| matches!(byte, b'`' | b'~'));
    mark.map_or(0, |mark| line.iter().take_while(|byte| **byte == mark).count())
}

/// Reads a line up to its end, or further where a comment goes on.
fn prose(bytes: &[u8], from: usize, end: usize, found: &mut Vec<Raw>) -> usize {
    let mut at = from;
    while let Some(length) = memchr2(b'<', b'`', &bytes[at..end]) {
        at += length;
        if bytes[at] == b'`' {
            let marks = bytes[at..end].iter().take_while(|byte| **byte == b'`').count();
            let after = at + marks;
            let close = memmem::find(&bytes[after..end], &bytes[at..after]);
            at = close.map_or(after, |length| after + length + marks);
        } else if let Some(comment) = closed(bytes, at, &COMMENT) {
            let after = comment.span.end;
            found.push(comment);
            if after > end {
                return after;
            }
            at = after;
        } else {
            at += 1;
        }
    }
    end + 1
}
