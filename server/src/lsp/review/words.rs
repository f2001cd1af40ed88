//! What a person reads of a hunk. The first line says what would happen, as
//! many clients show no more; what a model wrote is shown so that it cannot pass
//! for something else. Pure.

use std::{fmt::Write, path::Path};

use tiro_protocol::{ProposedFile, ProposedHunk, ProposedKind};

use super::mark::Reader;
use crate::lsp::prompt::{beginning, visible};

/// Lines that are quoted.
const LINES: usize = 8;

/// Lines that are quoted of what conflicts.
const CONFLICT_LINES: usize = 10;

/// Characters of a line that is quoted.
const WIDTH: usize = 120;

/// Characters of a line in the title of an action.
const TITLE_WIDTH: usize = 40;

/// What a hunk would change.
pub(super) fn proposed(file: &ProposedFile, hunk: &ProposedHunk) -> String {
    let (old, new) = (hunk.deleted_lines.len(), hunk.inserted_lines.len());
    let these = if old == 1 { "this line".to_owned() } else { format!("these {old} lines") };
    let side = if hunk.orig_index <= 1 { "before" } else { "after" };
    let what = match (file.kind, old, new) {
        (ProposedKind::Add, _, 0) => "a new file, empty".to_owned(),
        (ProposedKind::Add, _, _) => format!("a new file, {}", count(new)),
        (ProposedKind::Delete, ..) => "delete this file".to_owned(),
        (ProposedKind::Update, 0, 0) => match &file.move_path {
            Some(to) => format!("move this file to {}", path(to)),
            None => "change who can execute this file".to_owned(),
        },
        (ProposedKind::Update, 0, 1) => format!("insert {side} this line"),
        (ProposedKind::Update, 0, _) => format!("insert {} {side} this line", count(new)),
        (ProposedKind::Update, _, 0) => format!("delete {these}"),
        (ProposedKind::Update, _, 1) => format!("replace {these} with"),
        (ProposedKind::Update, _, _) => format!("replace {these} with {new}"),
    };
    let mut message = format!("Proposed: {what}");
    match hunk.inserted_lines.as_slice() {
        [] => {}
        [line] => {
            let _ = write!(message, ": {}", quoted(line, WIDTH).trim_start());
        }
        lines => {
            message.push(':');
            quote(&mut message, lines, LINES);
        }
    }
    if let Some(to) = file.move_path.as_deref().filter(|_| (old, new) != (0, 0)) {
        let _ = write!(message, "\nThe file moves to {}", path(to));
    }
    message
}

/// Why a hunk does not fit, and what can be done.
pub(super) fn conflict(
    proposal: &str,
    file: &ProposedFile,
    hunk: &ProposedHunk,
    reader: Reader,
) -> String {
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let reason = hunk.reason.as_deref().unwrap_or("the text is another one now");
    let mut message = format!(
        "your change and Tiro's proposal for {} overlap: {}.",
        visible(&name),
        visible(reason)
    );
    if !hunk.inserted_lines.is_empty() {
        message.push_str(" It proposes:");
        quote(&mut message, &hunk.inserted_lines, CONFLICT_LINES);
        message.push('\n');
    }
    message.push_str(" Take your change back here and accept ");
    match reader {
        Reader::Plain => message.push_str("this change, or reject it"),
        Reader::OptedIn => {
            let _ = write!(
                message,
                "the hunk, or reject it: tiro/acceptHunk, tiro/rejectHunk with proposal \
                 {proposal:?}, hunk {:?}",
                hunk.id
            );
        }
    }
    message
}

/// A hunk in a few words, to tell it from others in a list.
pub(super) fn brief(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    beginning(first.strip_prefix("Proposed: ").unwrap_or(first), TITLE_WIDTH)
}

/// `n` of something.
pub(super) fn plural(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn count(lines: usize) -> String {
    plural(lines, "line")
}

fn quote(message: &mut String, lines: &[String], most: usize) {
    for line in lines.iter().take(most) {
        let _ = write!(message, "\n  {}", quoted(line, WIDTH));
    }
    if lines.len() > most {
        message.push_str("\n  …");
    }
}

fn quoted(line: &str, width: usize) -> String {
    visible(&beginning(&line.replace('\t', "    "), width))
}

fn path(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use tiro_protocol::HunkState;

    use super::*;

    fn hunk(old: &[&str], new: &[&str]) -> ProposedHunk {
        let lines = |lines: &[&str]| lines.iter().map(ToString::to_string).collect();
        ProposedHunk {
            id: "h2".into(),
            orig_index: 3,
            deleted_lines: lines(old),
            inserted_lines: lines(new),
            state: HunkState::Pending,
            current_lines: None,
            reason: None,
        }
    }

    fn file(kind: ProposedKind, move_path: Option<&str>) -> ProposedFile {
        let move_path = move_path.map(Into::into);
        ProposedFile { path: "/w/a.rs".into(), move_path, kind, version: None, hunks: Vec::new() }
    }

    fn check(kind: ProposedKind, to: Option<&str>, old: &[&str], new: &[&str], said: &Expect) {
        said.assert_eq(&proposed(&file(kind, to), &hunk(old, new)));
    }

    #[test]
    fn the_first_line_says_what_would_happen() {
        use ProposedKind::{Add, Delete, Update};
        check(Update, None, &["a"], &["\tb"], &expect!["Proposed: replace this line with: b"]);
        check(
            Update,
            Some("/w/b.rs"),
            &["a", "b"],
            &["if x {", "\ty"],
            &expect![[r"
                Proposed: replace these 2 lines with 2:
                  if x {
                      y
                The file moves to /w/b.rs"]],
        );
        check(Update, None, &["a", "b"], &[], &expect!["Proposed: delete these 2 lines"]);
        check(Update, Some("/w/b.rs"), &[], &[], &expect!["Proposed: move this file to /w/b.rs"]);
        check(Update, None, &[], &[], &expect!["Proposed: change who can execute this file"]);
        check(Delete, None, &["a"], &[], &expect!["Proposed: delete this file"]);
        check(
            Add,
            None,
            &[],
            &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
            &expect![[r"
                Proposed: a new file, 9 lines:
                  1
                  2
                  3
                  4
                  5
                  6
                  7
                  8
                  …"]],
        );
    }

    #[test]
    fn nothing_hides_in_it_and_nothing_is_endless() {
        let long = format!("{}\u{202e}\u{1b}[2K", "x".repeat(200));
        let message = proposed(&file(ProposedKind::Update, None), &hunk(&["a"], &[&long]));
        assert!(message.chars().count() < 200 && message.ends_with("x…"), "{message}");
        let message = proposed(&file(ProposedKind::Update, None), &hunk(&["a"], &["\u{202e}b"]));
        assert_eq!(message, r"Proposed: replace this line with: \u{202e}b");
        assert_eq!(brief(&message), r"replace this line with: \u{202e}b");
    }

    #[test]
    fn a_conflict_says_what_can_be_done() {
        let (file, mut hunk) = (file(ProposedKind::Update, None), hunk(&["a"], &["b"]));
        hunk.reason = Some("the same lines were changed meanwhile".to_owned());
        expect![[r"
            your change and Tiro's proposal for a.rs overlap: the same lines were changed meanwhile. It proposes:
              b
             Take your change back here and accept this change, or reject it"]]
        .assert_eq(&conflict("c1", &file, &hunk, Reader::Plain));
        assert!(conflict("c1", &file, &hunk, Reader::OptedIn).ends_with(
            "the hunk, or reject it: tiro/acceptHunk, tiro/rejectHunk with proposal \"c1\", hunk \"h2\""
        ));
    }
}
