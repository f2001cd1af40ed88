//! The one form of a change that edits and hunks have, and how LSP counts lines.

use std::ops::Range;

use crate::patch::{self, Replaced, line_start};

/// Bytes of the old text that are other bytes in the new one: whole lines on
/// both sides, where the last line of a text may have no ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// In the old text.
    pub(super) old: Range<usize>,
    /// In the new text.
    pub(super) new: Range<usize>,
    /// 0-based lines of the old text; a line ends behind its `\n`.
    pub(super) lines: Range<usize>,
}

/// What differs between two texts: in order, with equal lines between any two.
pub(super) fn runs(old: &str, new: &str) -> Vec<Run> {
    canonical(old, new, &patch::between(old, new))
}

/// Lines that could stand before or after what was inserted or deleted are taken
/// to stand after it, so that one change has one form.
pub(super) fn canonical(old: &str, new: &str, replaced: &[Replaced]) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::with_capacity(replaced.len());
    for replaced in replaced {
        let mut run = Run {
            old: replaced.old.bytes.clone(),
            new: replaced.new.bytes.clone(),
            lines: replaced.old.lines.clone(),
        };
        let floor = found.last().map_or(0, |run| run.old.end);
        slide_up(old, new, &mut run, floor);
        match found.last_mut() {
            Some(last) if last.old.end == run.old.start && last.new.end == run.new.start => {
                last.old.end = run.old.end;
                last.new.end = run.new.end;
                last.lines.end = run.lines.end;
            }
            _ => found.push(run),
        }
    }
    found
}

/// Moves an insertion or a deletion up past lines that are its own last line,
/// but not above `floor`.
fn slide_up(old: &str, new: &str, run: &mut Run, floor: usize) {
    let (moved, text) = match (run.old.is_empty(), run.new.is_empty()) {
        (true, false) => (run.new.clone(), new),
        (false, true) => (run.old.clone(), old),
        _ => return,
    };
    let mut span = moved;
    while run.old.start > floor {
        let before = line_start(old, run.old.start - 1)..run.old.start;
        let line = &old[before.clone()];
        if !line.ends_with('\n') || !text[span.clone()].ends_with(line) {
            return;
        }
        // What remains of it has to begin where a line begins.
        let rest = span.end - line.len();
        if rest > span.start && text.as_bytes()[rest - 1] != b'\n' {
            return;
        }
        span = span.start - line.len()..rest;
        let len = line.len();
        run.old = run.old.start - len..run.old.end - len;
        run.new = run.new.start - len..run.new.end - len;
        run.lines = run.lines.start - 1..run.lines.end - 1;
    }
}

/// Line endings as LSP has them: `\n`, `\r\n`, and `\r` alone.
pub(super) fn count_endings(text: &str) -> usize {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\n', bytes).count() + lone_returns(bytes).count()
}

/// Whether LSP counts other lines in the text than diff and git do.
pub(super) fn has_lone_returns(text: &str) -> bool {
    lone_returns(text.as_bytes()).next().is_some()
}

fn lone_returns(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<(String, String)> {
        let runs = runs(old, new).into_iter();
        runs.map(|run| (old[run.old].to_owned(), new[run.new].to_owned())).collect()
    }

    #[test]
    fn an_insertion_stands_before_lines_that_could_be_its_own() {
        let inserted = ("".to_owned(), "}\n\nfn b() {\n".to_owned());
        assert_eq!(shown("fn a() {\n}\n", "fn a() {\n}\n\nfn b() {\n}\n"), [inserted]);
        assert_eq!(shown("x\nx\nx\n", "x\nx\n"), [("x\n".to_owned(), String::new())]);
    }
}
