//! Sessions that go on, servers that fail, and the end.

use rustix::process::{Signal, kill_process};
use serde_json::json;
use tiro_tests::model::{Gate, Turn};

use super::{Terminal, processes};
use crate::{job::Editor, jobs::LINES};

/// A session of an earlier server goes on: chosen from a list, shown, known to the model.
pub(super) fn resume(editor: Editor) {
    let script = [Turn::say("The last line."), Turn::say("The one before.")];
    let Some(terminal) = Terminal::open(editor, &[("lines.txt", LINES)], script) else { return };
    terminal.runs("Tiro ask what is twelve?");
    terminal.sees("The last line.");
    terminal.runs("Tiro! stop");
    terminal.shows("resume-stopped", "The last line.");
    // The list stands still: what comes while it is there is not drawn.
    terminal.runs("Tiro! chat");
    terminal.shows("resume-started", "15 tokens");
    terminal.runs("Tiro sessions");
    terminal.shows("resume-choice", "Go on with which session?");
    terminal.types("1");
    terminal.keys("Enter");
    terminal.shows("resume", "This goes on now.");
    terminal.runs("Tiro ask and eleven?");
    terminal.shows("resume-answered", "The one before.");
    let request = terminal.model.request(2).body.to_string();
    assert!(request.contains("what is twelve?") && request.contains("The last line."), "{request}");
    terminal.quits();
}

/// The server is killed in the middle of an answer: it is said, it is there again.
pub(super) fn crash(editor: Editor) {
    let gate = Gate::new();
    let script = [Turn::new().text("I begin").wait(&gate), Turn::say("I am here again.")];
    let Some(terminal) = Terminal::open(editor, &[("lines.txt", LINES)], script) else { return };
    terminal.runs("Tiro ask begin");
    terminal.sees("I begin");
    let running = processes::of(&terminal.project);
    let server = running.iter().find(|running| running.command.contains("tiro lsp"));
    let server = server.unwrap_or_else(|| panic!("no server in {running:?}"));
    kill_process(server.pid, Signal::KILL).expect("it runs");
    terminal.shows("crash", "signal 9");
    gate.open();
    terminal.runs("Tiro ask are you there?");
    terminal.shows("crash-again", "I am here again.");
    terminal.quits();
}

/// `:qall!` while a command runs: neither it nor the server is left.
pub(super) fn quit_in_the_middle_of_a_command(editor: Editor) {
    let run = json!({"command": ["sh", "-c", "echo it runs; exec sleep 98765"]});
    let script = [Turn::new().call("run_1", "shell", &run)];
    let Some(terminal) = Terminal::open(editor, &[("lines.txt", LINES)], script) else { return };
    terminal.runs("Tiro ask run it");
    terminal.sees("run a command?");
    terminal.types("\\tqa");
    terminal.shows("quit", "$ echo it runs");
    let running = processes::of(&terminal.project);
    assert!(running.iter().any(|it| it.command.contains("sleep 98765")), "{running:?}");
    terminal.quits();
}
