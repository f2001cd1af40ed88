//! What was found, written for the model: `path:line: text`, context as
//! `path-line- text`, and at the end how much there was. Bounded in lines and
//! in width.

use std::{collections::BTreeSet, fmt::Write as _};

use super::SearchArgs;
use crate::tools::read_file::cut;

/// Bytes of one line.
const MAX_WIDTH: usize = 400;
/// Bytes of all lines.
const MAX_BYTES: usize = 64 * 1024;

/// The matches in one file.
pub(super) struct Found<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    /// From 0, in order, at least one.
    pub(super) lines: Vec<usize>,
    pub(super) unsaved: bool,
}

pub(super) struct Output {
    text: String,
    max: usize,
    context: usize,
    shown: usize,
    found: usize,
    files_found: usize,
    files_looked_at: usize,
    unsaved: Vec<String>,
}

impl Output {
    pub(super) fn new(max: usize, context: usize) -> Self {
        Self {
            text: String::new(),
            max,
            context,
            shown: 0,
            found: 0,
            files_found: 0,
            files_looked_at: 0,
            unsaved: Vec::new(),
        }
    }

    fn has_room(&self) -> bool {
        self.shown < self.max && self.text.len() < MAX_BYTES
    }

    pub(super) fn looked_at(&mut self) {
        self.files_looked_at += 1;
    }

    /// The name of a file, in a listing.
    pub(super) fn name(&mut self, name: &str) {
        self.found += 1;
        if self.has_room() {
            self.shown += 1;
            self.text.push_str(name);
            self.text.push('\n');
        }
    }

    /// The matching lines of a file, with the lines around them.
    pub(super) fn matches(&mut self, file: &Found<'_>) {
        self.found += file.lines.len();
        self.files_found += 1;
        if !self.has_room() {
            return;
        }
        if file.unsaved {
            self.unsaved.push(file.name.to_owned());
        }
        let room = self.max - self.shown;
        let matching: BTreeSet<usize> = file.lines.iter().copied().take(room).collect();
        let around: BTreeSet<usize> = matching
            .iter()
            .flat_map(|&line| line.saturating_sub(self.context)..=line + self.context)
            .collect();
        let mut previous = None;
        for (number, line) in file.text.lines().enumerate().filter(|(it, _)| around.contains(it)) {
            if self.text.len() >= MAX_BYTES {
                return;
            }
            let apart = previous.is_none_or(|previous| previous + 1 != number);
            if self.context > 0 && apart && !self.text.is_empty() {
                self.text.push_str("--\n");
            }
            previous = Some(number);
            let sign = if matching.contains(&number) { ':' } else { '-' };
            if sign == ':' {
                self.shown += 1;
            }
            let line = cut(line, MAX_WIDTH);
            let _ = writeln!(self.text, "{}{sign}{}{sign} {line}", file.name, number + 1);
        }
    }

    /// The text for the model. `done` is false when time ran out.
    pub(super) fn finish(mut self, args: &SearchArgs, done: bool) -> String {
        let left_out = self.found - self.shown;
        let listing = args.pattern.is_empty();
        let count = |number: usize, thing: &str, things: &str| {
            format!("{number} {}", if number == 1 { thing } else { things })
        };
        let mut summary = match (listing, self.found) {
            (true, 0) => "no file fits".to_owned(),
            (true, found) => count(found, "file", "files"),
            (false, 0) => {
                let files = count(self.files_looked_at, "file", "files");
                format!("no match for {:?} in {files}", args.pattern)
            }
            (false, found) => format!(
                "{} in {}",
                count(found, "matching line", "matching lines"),
                count(self.files_found, "file", "files")
            ),
        };
        if left_out > 0 {
            let _ = write!(summary, ", {left_out} not shown: narrow the pattern, path or glob");
        }
        if !done {
            summary.push_str("; stopped before the end, so there may be more");
        }
        if !self.unsaved.is_empty() {
            let _ = write!(summary, "; unsaved in the editor: {}", self.unsaved.join(", "));
        }
        let _ = writeln!(self.text, "[{summary}]");
        self.text
    }
}
