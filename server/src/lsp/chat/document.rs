//! A chat document as text: Markdown in which headings `## You` and `## Tiro`
//! begin the turns. Any text is one; nothing here fails. Pure.

use std::{ops::Range, path::Path};

/// How the name of a chat document ends.
pub(crate) const ENDING: &str = ".tiro.md";

/// Whether a document is a chat, by its name.
pub(crate) fn is_chat(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ENDING))
}

/// A longer line is no heading, so that a reader need not wait for its end.
pub(super) const LONGEST_HEADING: usize = 64;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// The person.
    You,
    /// The agent.
    Tiro,
}

impl Who {
    /// The line that begins a turn.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::You => "## You",
            Self::Tiro => "## Tiro",
        }
    }
}

/// From a heading to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    /// By the heading.
    pub(super) who: Who,
    /// 0-based line of the heading.
    pub(super) line: u32,
    /// The bytes below the heading.
    pub(super) body: Range<usize>,
}

impl Turn {
    /// What was said, without the blank lines around it.
    pub(super) fn said<'a>(&self, text: &'a str) -> &'a str {
        text[self.body.clone()].trim()
    }

    /// Where what was said ends, as a byte offset.
    pub(super) fn end(&self, text: &str) -> usize {
        self.body.start + text[self.body.clone()].trim_end().len()
    }
}

/// The turns, in order. What stands above the first heading is none.
pub(super) fn turns(text: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut fences = Fences::default();
    let mut at = 0;
    for (number, line) in lines(text).enumerate() {
        let end = at + line.len();
        if let (Line::Text, Some(who)) = (fences.line(line), heading(line)) {
            if let Some(last) = turns.last_mut() {
                last.body.end = at;
            }
            let line = u32::try_from(number).unwrap_or(u32::MAX);
            turns.push(Turn { who, line, body: end..text.len() });
        }
        at = end;
    }
    turns
}

/// The lines with their endings, which are those of LSP.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let found = memchr::memchr2(b'\n', b'\r', rest.as_bytes());
        let end = match found {
            None if rest.is_empty() => return None,
            None => rest.len(),
            Some(at) if rest[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
        };
        let (line, after) = rest.split_at(end);
        rest = after;
        Some(line)
    })
}

/// Whose turn a line begins, if it does.
pub(super) fn heading(line: &str) -> Option<Who> {
    let line = line.trim_end_matches(['\n', '\r']);
    let words = indented(line).filter(|_| line.len() <= LONGEST_HEADING)?.strip_prefix("##")?;
    let name = words.strip_prefix([' ', '\t'])?.trim();
    // Markdown lets a heading be closed with more of them.
    let open = name.trim_end_matches('#');
    let name = if open.len() == name.len() { name } else { open.trim_end() };
    let is = |who: &str| name.eq_ignore_ascii_case(who);
    is("you").then_some(Who::You).or_else(|| is("tiro").then_some(Who::Tiro))
}

/// The line behind an indentation that is none of code.
fn indented(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(' ');
    (line.len() - rest.len() <= 3).then_some(rest)
}

/// What a line is in Markdown, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// It begins a block of code.
    Opens,
    /// It is in one.
    Code,
    /// It ends one.
    Closes,
    /// Anything else.
    Text,
}

/// Fenced code, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fences {
    open: Option<(char, usize)>,
}

impl Fences {
    /// Takes the next line, with or without its ending.
    pub(super) fn line(&mut self, line: &str) -> Line {
        let fence = fence(line);
        match (self.open, fence) {
            (None, Some((sign, length, info))) if sign == '~' || !info.contains('`') => {
                self.open = Some((sign, length));
                Line::Opens
            }
            (None, _) => Line::Text,
            (Some((sign, length)), Some((own, own_length, info)))
                if own == sign && own_length >= length && info.trim().is_empty() =>
            {
                self.open = None;
                Line::Closes
            }
            (Some(_), _) => Line::Code,
        }
    }

    /// The line that ends the block that is open, if one is.
    pub(super) fn closing(&self) -> Option<String> {
        self.open.map(|(sign, length)| sign.to_string().repeat(length))
    }
}

/// The line that ends the code which a text leaves open, if it does.
pub(super) fn left_open(text: &str) -> Option<String> {
    let mut fences = Fences::default();
    for line in lines(text) {
        fences.line(line);
    }
    fences.closing()
}

fn fence(line: &str) -> Option<(char, usize, &str)> {
    let rest = indented(line)?;
    let sign = rest.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let info = rest.trim_start_matches(sign);
    let length = rest.len() - info.len();
    (length >= 3).then_some((sign, length, info))
}

/// A block of code in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// What stands behind the fence, such as a language.
    pub(super) info: &'a str,
    /// 0-based lines, fences included.
    pub(super) lines: Range<u32>,
}

/// The block of code that a line is in, if it is in one.
pub(super) fn block_at(text: &str, line: u32) -> Option<Block<'_>> {
    let mut fences = Fences::default();
    let mut open: Option<Block<'_>> = None;
    for (number, content) in lines(text).enumerate() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let what = fences.line(content);
        if what == Line::Opens {
            let info = fence(content).map_or("", |(_, _, info)| info.trim());
            open = Some(Block { info, lines: number..number });
        }
        if let Some(block) = &mut open {
            block.lines.end = number + 1;
        }
        if what == Line::Closes || what == Line::Text {
            if let Some(block) = open.take().filter(|block| block.lines.contains(&line)) {
                return Some(block);
            }
            if number > line {
                return None;
            }
        }
    }
    open.filter(|block| block.lines.contains(&line))
}

#[cfg(test)]
mod tests;
