//! A text as lines, and the text that comes of hunks which have their place.
//!
//! Lines that no hunk touches come out byte for byte; context lines are the
//! file's own. What is put in gets the line ending that most lines have, unless
//! the patch states endings and they agree with the file's.

use super::{Hunk, HunkLine, LineKind, locate::Placement};

pub(super) const BOM: char = '\u{feff}';

/// A line without and with its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line<'a> {
    text: &'a str,
    /// `\n`, `\r\n`, or nothing at the end of the text.
    ending: &'a str,
}

/// A text taken apart. Only `\n` and `\r\n` end lines here: to diff and git a
/// lone `\r` is a character like any other.
#[derive(Debug)]
pub(super) struct FileLines<'a> {
    source: &'a str,
    bom: bool,
    lines: Vec<Line<'a>>,
}

impl<'a> FileLines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let rest = text.strip_prefix(BOM);
        // A lone mark is a line to diff and git.
        let alone = rest.is_some_and(str::is_empty).then_some(Line { text: "", ending: "" });
        let lines = rest.unwrap_or(text).split_inclusive('\n').map(|line| {
            let text = line.strip_suffix('\n').unwrap_or(line);
            let text = match line.len() - text.len() {
                0 => text,
                _ => text.strip_suffix('\r').unwrap_or(text),
            };
            Line { text, ending: &line[text.len()..] }
        });
        Self { source: text, bom: rest.is_some(), lines: alone.into_iter().chain(lines).collect() }
    }

    pub(super) fn texts(&self) -> Vec<&'a str> {
        self.lines.iter().map(|line| line.text).collect()
    }

    /// `placements` are in the order of the file and do not overlap.
    pub(super) fn apply(&self, hunks: &[Hunk], placements: &[Placement]) -> String {
        if self.bom && placements.iter().any(|placement| moves_mark(hunks, placement)) {
            return self.with_mark_in_line().apply(hunks, placements);
        }
        let majority = self.majority();
        let mut out: Vec<Line<'_>> = Vec::with_capacity(self.lines.len());
        let mut bom = self.bom;
        let mut final_newline = self.lines.last().is_none_or(|line| !line.ending.is_empty());
        let mut cursor = 0;
        for placement in placements {
            let hunk = &hunks[placement.hunk];
            let meant = hunk.endings_meant && self.agrees(hunk, placement.start);
            out.extend(&self.lines[cursor..placement.core_start]);
            let mut at = placement.start;
            for line in &hunk.lines {
                match line.kind {
                    LineKind::Insert => out.push(inserted(line, meant, majority)),
                    LineKind::Context => {
                        if (placement.core_start..placement.core_end).contains(&at) {
                            out.push(self.lines[at]);
                        }
                        at += 1;
                    }
                    LineKind::Delete => {
                        bom &= at != 0 || !line.text.starts_with(BOM);
                        at += 1;
                    }
                }
            }
            cursor = placement.core_end;
            if at >= self.lines.len() {
                final_newline = hunk.final_newline.unwrap_or(final_newline);
            }
        }
        out.extend(&self.lines[cursor..]);
        join(&out, bom, final_newline, majority)
    }

    /// The same lines, with the mark as a character of the first.
    fn with_mark_in_line(&self) -> Self {
        let mut lines = self.lines.clone();
        if let Some(first) = lines.first_mut() {
            first.text = &self.source[..BOM.len_utf8() + first.text.len()];
        }
        Self { source: self.source, bom: false, lines }
    }

    /// Whether the old lines of a hunk end as the lines of the file do.
    fn agrees(&self, hunk: &Hunk, start: usize) -> bool {
        hunk.old().zip(self.lines.iter().skip(start)).all(|(old, line)| match line.ending {
            "" => true,
            ending => old.crlf == (ending == "\r\n"),
        })
    }

    fn majority(&self) -> &'static str {
        let crlf = self.lines.iter().filter(|line| line.ending == "\r\n").count();
        let lf = self.lines.iter().filter(|line| line.ending == "\n").count();
        if crlf > lf { "\r\n" } else { "\n" }
    }
}

/// Whether a hunk shows the mark and puts lines before it.
fn moves_mark(hunks: &[Hunk], placement: &Placement) -> bool {
    let lines = &hunks[placement.hunk].lines;
    let first = lines.iter().position(|line| line.kind != LineKind::Insert);
    placement.start == 0
        && first.is_some_and(|first| {
            let line = &lines[first];
            first > 0 && line.kind == LineKind::Context && line.text.starts_with(BOM)
        })
}

fn inserted<'a>(line: &'a HunkLine, meant: bool, majority: &'static str) -> Line<'a> {
    let ending = match (meant, line.crlf) {
        (false, _) => majority,
        (true, true) => "\r\n",
        (true, false) => "\n",
    };
    Line { text: &line.text, ending }
}

fn join(lines: &[Line<'_>], bom: bool, final_newline: bool, majority: &str) -> String {
    let mut text = String::new();
    // A line that was put in first may bring its own.
    if bom && !lines.first().is_some_and(|line| line.text.starts_with(BOM)) {
        text.push(BOM);
    }
    for (index, line) in lines.iter().enumerate() {
        text.push_str(line.text);
        if index + 1 < lines.len() || final_newline {
            text.push_str(if line.ending.is_empty() { majority } else { line.ending });
        }
    }
    text
}
