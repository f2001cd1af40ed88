//! Changes: hunk by hunk while typing, undone, and taken back with their task.

use serde_json::json;
use tiro_tests::model::Turn;

use super::Terminal;
use crate::{
    job::Editor,
    jobs::{LINES, TWO_HUNKS},
};

fn two_hunks() -> Turn {
    Turn::new().call("patch_1", "apply_patch", &json!({"input": TWO_HUNKS}))
}

/// One is accepted, something is typed above, one is rejected; one undo takes the
/// accepted one back.
pub(super) fn review(editor: Editor) {
    let script = [two_hunks(), Turn::say("As you wish.")];
    let Some(terminal) = Terminal::open(editor, &[("lines.txt", LINES)], script) else { return };
    terminal.runs("Tiro ask make some of it loud");
    terminal.shows("review-question", "change files?");
    terminal.types("]h");
    terminal.shows("review-first", "2 changes");
    // What goes and what comes is told by colours, here and there.
    let [plain, goes, comes] = ["one", "two", "TWO"].map(|line| terminal.colours_of(line));
    assert!(plain != goes && plain != comes && goes != comes, "{plain} {goes} {comes}");
    terminal.types("\\hy");
    terminal.shows("review-accepted", "1 change");
    terminal.types("ggOzero");
    terminal.shows("review-typing", "zero");
    terminal.keys("Escape");
    terminal.shows("review-typed", "zero");
    terminal.types("]h");
    terminal.shows("review-second", "1 change");
    terminal.types("\\hn");
    terminal.shows("review-decided", "As you wish.");
    terminal.types("u");
    terminal.shows("review-undone", "two");
    terminal.quits();
}

/// What a task changed is taken back: chosen from the list of `vim.ui.select`.
pub(super) fn restore(editor: Editor) {
    let script = [two_hunks(), Turn::say("Loud.")];
    let Some(terminal) = Terminal::open(editor, &[("lines.txt", LINES)], script) else { return };
    terminal.runs("Tiro ask make some of it loud");
    terminal.sees("change files?");
    terminal.types("\\tqa");
    terminal.shows("restore-applied", "Loud.");
    terminal.runs("Tiro restore");
    terminal.shows("restore-choice", "Go back to before which task?");
    terminal.types("1");
    terminal.keys("Enter");
    terminal.shows("restore", "went back");
    assert_eq!(terminal.project.read("lines.txt"), LINES);
    terminal.quits();
}
