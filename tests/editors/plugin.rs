//! tiro.nvim in a real Neovim with the real binary: the plugin's own specs talk to a
//! server that a spec plays.

use std::{fs, time::Instant};

use serde_json::json;
use tiro_tests::{
    log::DEADLINE,
    model::{Gate, Turn},
    process::run,
    project::Project,
};

use crate::{
    job::{Editor, Job, PLUGIN},
    jobs::{LINES, SOURCE, TEST, TWO_HUNKS, patch, shell},
};

/// Every job in every Neovim: a test each.
macro_rules! in_every_neovim {
    ($($job:ident)*) => {
        in_every_neovim! { @ Plugin the_usual $($job)* }
        in_every_neovim! { @ PluginInOldest the_oldest $($job)* }
        in_every_neovim! { @ PluginInNewest the_newest $($job)* }
    };
    (@ $editor:ident $name:ident $($job:ident)*) => {
        mod $name {
            $(#[test]
            fn $job() {
                super::$job(crate::job::Editor::$editor);
            })*
        }
    };
}

in_every_neovim! {
    main_job stop review restore resume crash quit unusual_names_and_a_read_only_buffer
}

/// A Neovim that is too old says which is needed, wherever it is used, and does nothing else.
#[test]
fn too_old() {
    let found = crate::editor("Neovim 0.7", "TIRO_NVIM_TOO_OLD", "nvim-bookworm/nvim");
    let Some(nvim) = found else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/editors/plugin/too_old.lua");
    let project = Project::new(&[]).with_variable("TIRO_PLUGIN", PLUGIN);
    let luafile = format!("luafile {script}");
    let output = run(&project.start(&nvim, &["--headless", "--clean", "-c", &luafile]), "");
    let output = output.expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Ask, stream, approve, deny, accept a change in the file, undo it.
fn main_job(editor: Editor) {
    let script =
        [shell("run_1"), patch("patch_1"), shell("run_2"), Turn::say("The sign was wrong.")];
    let job = Job::new(&[("add.sh", SOURCE), ("test.sh", TEST)], script);
    let Some(job) = job.done_in(editor, "main_job") else { return };
    let last = job.model.request(4);
    assert!(last.tool_output("run_1").contains("FAIL"));
    assert!(!last.tool_output("run_2").contains("PASS"), "it was refused");
    job.model.finish();
}

fn stop(editor: Editor) {
    let gate = Gate::new();
    let script = [Turn::new().text("I begin").wait(&gate), Turn::say("I am here again.")];
    let job = Job::new(&[("add.sh", SOURCE)], script).gate("stopped", &gate);
    let Some(job) = job.done_in(editor, "stop") else { return };
    job.model.finish();
}

fn two_hunks() -> Turn {
    Turn::new().call("patch_1", "apply_patch", &json!({"input": TWO_HUNKS}))
}

/// Hunk by hunk, with typing above and between; one undo.
fn review(editor: Editor) {
    let job = Job::new(&[("lines.txt", LINES)], [two_hunks(), Turn::say("As you wish.")]);
    let Some(job) = job.done_in(editor, "review") else { return };
    assert!(job.model.request(2).tool_output("patch_1").contains("reject"));
    job.model.finish();
}

fn restore(editor: Editor) {
    let job = Job::new(&[("lines.txt", LINES)], [two_hunks(), Turn::say("Loud.")]);
    let Some(job) = job.done_in(editor, "restore") else { return };
    job.model.finish();
}

/// A session of an earlier server is chosen, shown, and known to the model.
fn resume(editor: Editor) {
    let script = [Turn::say("The last line."), Turn::say("The one before.")];
    let job = Job::new(&[("lines.txt", LINES)], script);
    let Some(job) = job.done_in(editor, "resume") else { return };
    let offered = job.said.iter().find(|line| line.starts_with("offered"));
    assert!(offered.is_some_and(|line| line.contains("what is twelve?")), "{offered:?}");
    let request = job.model.request(2).body.to_string();
    assert!(request.contains("what is twelve?") && request.contains("The last line."), "{request}");
    job.model.finish();
}

/// The server is killed in the middle of a task: it is there again, and the text is.
fn crash(editor: Editor) {
    let gate = Gate::new();
    let script = [Turn::new().text("I begin").wait(&gate), Turn::say("I am here again.")];
    let job = Job::new(&[("lines.txt", LINES)], script).gate("crashed", &gate);
    let Some(job) = job.done_in(editor, "crash") else { return };
    // What was said before is known to the next server.
    let request = job.model.request(2).body.to_string();
    assert!(request.contains("begin"), "{request}");
    job.model.finish();
}

/// The command lines of all processes that can be seen.
fn command_lines() -> Vec<(String, String)> {
    let processes = fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let line = |entry: fs::DirEntry| {
        let text = fs::read_to_string(entry.path().join("cmdline")).ok()?;
        Some((entry.file_name().into_string().ok()?, text.replace('\0', " ")))
    };
    processes.filter_map(line).collect()
}

/// `:qall!` in the middle of a command: neither it nor the server is left.
fn quit(editor: Editor) {
    // A number that no other process has as its argument.
    let seconds = format!("98765.{}", std::process::id());
    let run = json!({"command": ["sh", "-c", format!("touch begun; exec sleep {seconds}")]});
    let script = [Turn::new().call("run_1", "shell", &run)];
    let job = Job::new(&[("lines.txt", LINES)], script);
    let Some(job) = job.done_in(editor, "quit") else { return };
    let said = job.said.iter().find_map(|line| line.trim().strip_prefix("server "));
    let server = said.expect("the script says it");
    let deadline = Instant::now() + DEADLINE;
    let is_left = |(pid, line): &(String, String)| {
        pid == server && line.contains("tiro") || line.contains(&seconds)
    };
    while let Some(left) = command_lines().into_iter().find(is_left) {
        assert!(Instant::now() < deadline, "this is still there: {left:?}");
        std::thread::yield_now();
    }
}

/// A name with a space and an umlaut, and a buffer that cannot be saved.
fn unusual_names_and_a_read_only_buffer(editor: Editor) {
    let run = Turn::new().call(
        "run_1",
        "shell",
        &json!({"command": ["sh", "-c", "cat two*/*; touch ran"]}),
    );
    let job = Job::new(&[("two words/ünd.txt", "one\n")], [run, Turn::say("Read.")]);
    let Some(job) = job.done_in(editor, "unusual") else { return };
    job.model.finish();
}
