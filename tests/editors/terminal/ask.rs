//! Asking, and what the agent asks back.

use serde_json::json;
use tiro_tests::model::{Gate, Turn};

use super::Terminal;
use crate::{
    job::Editor,
    jobs::{LINES, SOURCE, TEST, patch, shell},
};

/// An answer streams in, a command is allowed with a key, its output is a fold.
pub(super) fn ask_and_approve(editor: Editor) {
    let gate = Gate::new();
    let first = Turn::new().text("I look at what the test ").wait(&gate).text("says.");
    let first = first.call("run_1", "shell", &json!({"command": ["sh", "test.sh"]}));
    let script = [first, Turn::say("The sign is **wrong**:\n\n- `add` subtracts")];
    let files = [("add.sh", SOURCE), ("test.sh", TEST)];
    let Some(terminal) = Terminal::open(editor, &files, script) else { return };
    terminal.runs("Tiro ask why does the test fail?");
    terminal.shows("ask-streams", "I look at what the test");
    gate.open();
    terminal.shows("ask-question", "run a command?");
    terminal.types("\\tq");
    terminal.shows("ask-question-entered", "run a command?");
    terminal.types("a");
    terminal.shows("ask-answered", "The sign is wrong");
    terminal.keys("C-w l");
    terminal.types("gg/▸");
    terminal.keys("Enter");
    terminal.types("zo");
    terminal.shows("ask-fold-open", "FAIL");
    terminal.quits();
}

/// A command, then a patch: neither is done, and the chat says so.
pub(super) fn deny(editor: Editor) {
    let script = [shell("run_1"), patch("patch_1"), Turn::say("Then I cannot help.")];
    let files = [("add.sh", SOURCE), ("test.sh", TEST)];
    let Some(terminal) = Terminal::open(editor, &files, script) else { return };
    terminal.runs("Tiro ask why does the test fail?");
    terminal.sees("run a command?");
    terminal.types("\\tqd");
    terminal.sees("change files?");
    terminal.types("\\tqd");
    terminal.shows("deny", "Then I cannot help.");
    let last = terminal.model.request(3);
    assert!(last.tool_output("run_1").contains("does not want"), "{}", last.tool_output("run_1"));
    assert_eq!(terminal.project.read("add.sh"), SOURCE);
    terminal.quits();
}

/// A task is ended in the chat, in the middle of its answer; the next is answered.
pub(super) fn interrupt(editor: Editor) {
    let gate = Gate::new();
    let script = [Turn::new().text("I begin").wait(&gate), Turn::say("I am here again.")];
    let Some(terminal) = Terminal::open(editor, &[("lines.txt", LINES)], script) else { return };
    terminal.runs("Tiro ask begin");
    terminal.sees("I begin");
    terminal.keys("C-w l");
    // Neovim forgets what was typed before a CTRL-C and not yet read.
    terminal.shows("interrupt-in-chat", "I begin");
    terminal.keys("C-c");
    terminal.shows("interrupt", "I begin");
    gate.open();
    terminal.types("i");
    terminal.sees("-- INSERT --");
    terminal.types("are you there?");
    terminal.shows("interrupt-writing", "are you there?");
    terminal.keys("C-s");
    terminal.shows("interrupt-again", "I am here again.");
    terminal.keys("Escape");
    terminal.shows("interrupt-normal", "I am here again.");
    terminal.quits();
}

/// A question comes up while the person types: the keys go on into the file.
pub(super) fn a_question_does_not_take_the_cursor(editor: Editor) {
    let gate = Gate::new();
    let first = Turn::new().text("Wait.").wait(&gate);
    let first = first.call("run_1", "shell", &json!({"command": ["sh", "test.sh"]}));
    let files = [("add.sh", SOURCE), ("test.sh", TEST)];
    let Some(terminal) = Terminal::open(editor, &files, [first, Turn::say("Done.")]) else {
        return;
    };
    terminal.runs("Tiro ask why does the test fail?");
    terminal.sees("Wait.");
    terminal.types("jo# typed ");
    terminal.sees("# typed");
    gate.open();
    terminal.sees("run a command?");
    terminal.types("a dAq on");
    terminal.shows("typing", "# typed a dAq on");
    terminal.keys("Escape");
    terminal.shows("typing-normal", "# typed a dAq on");
    terminal.types("\\tqd");
    terminal.sees("Done.");
    terminal.quits();
}
