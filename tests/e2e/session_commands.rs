//! What a command may do and what comes back from it.

use serde_json::{Value, json};
use tiro_tests::{lifeline::Lifeline, model::Turn};

use crate::stage::{Stage, calls, command, script};

/// Runs one command under `never` and returns what the model was told, and the
/// event of its end.
fn run(stage: &Stage, arguments: Value) -> (String, Value) {
    stage.model.then([calls("c1", "shell", arguments), Turn::say("done")]);
    let pipe = stage.pipe("never");
    pipe.say("go");
    let end = pipe.next("exec_command_end");
    pipe.next("task_complete");
    assert_eq!(pipe.finish().code(), Some(0));
    (stage.model.request(2).tool_output("c1"), end["msg"].clone())
}

#[test]
fn both_streams_and_the_exit_code_come_back() {
    let stage = Stage::new("", &[], []);
    let (told, end) = run(&stage, script("echo out; echo err >&2; exit 3"));
    assert_eq!(end["exit_code"], 3);
    assert_eq!((&end["stdout"], &end["stderr"]), (&json!("out\n"), &json!("err\n")));
    assert!(told.contains("out") && told.contains("err") && told.contains('3'), "{told}");
}

#[test]
fn output_is_streamed_while_the_command_runs() {
    let stage = Stage::new("", &[], []);
    let lifeline = Lifeline::new(&stage.project.path("pipe"));
    stage.model.then([calls(
        "c1",
        "shell",
        script("echo early; exec 3>pipe; echo up >&3; sleep 600"),
    )]);
    let pipe = stage.pipe("never");
    pipe.say("go");
    let delta = pipe.next("exec_command_output_delta");
    assert_eq!(delta["msg"]["stream"], "stdout");
    assert_eq!(delta["msg"]["chunk"], "early\n");
    lifeline.started();
    pipe.submit(json!({"type": "interrupt"}));
    pipe.next("task_complete");
    lifeline.gone();
}

#[test]
fn a_timeout_keeps_what_was_written_and_kills_everything() {
    let stage = Stage::new("", &[], []);
    let lifeline = Lifeline::new(&stage.project.path("pipe"));
    let hold = "exec 3>pipe; echo up >&3; echo partial; sleep 600 & sleep 600";
    let (told, end) = run(&stage, json!({"command": ["sh", "-c", hold], "timeout_ms": 2000}));
    assert_eq!(end["exit_code"], 124);
    assert!(told.contains("partial") && told.contains("124"), "{told}");
    lifeline.gone();
}

#[test]
fn a_grandchild_that_holds_the_output_does_not_hang_the_task() {
    let stage = Stage::new("", &[], []);
    let (told, end) = run(&stage, script("sleep 600 & echo done"));
    assert_eq!(end["exit_code"], 0);
    assert!(told.contains("done"), "{told}");
}

#[test]
fn of_long_output_the_head_and_the_tail_are_kept() {
    let stage = Stage::new("", &[], []);
    let (told, end) = run(&stage, script("echo FIRST; seq 1 400000; echo LAST"));
    assert_eq!(end["exit_code"], 0);
    assert!(told.contains("FIRST") && told.contains("LAST"), "head and tail are kept");
    assert!(told.len() < 200_000, "{} bytes went to the model", told.len());
    assert!(end["stdout"].as_str().unwrap().len() < 2_000_000);
}

#[test]
fn keys_never_reach_a_command() {
    let mut stage = Stage::new("", &[], []);
    stage.project = stage
        .project
        .with_variable("OPENAI_API_KEY", "sk-secret-1")
        .with_variable("GITHUB_TOKEN", "ghp-secret-2")
        .with_variable("SOME_PASSWORD", "secret-3");
    let (told, end) = run(&stage, command(&["env"]));
    assert_eq!(end["exit_code"], 0);
    assert!(!told.contains("secret"), "{told}");
    assert!(told.contains("PATH="), "{told}");
}

#[test]
fn nothing_is_written_outside_and_nothing_reaches_the_network() {
    let stage = Stage::new("", &[], []);
    let outside = stage.project.outside().join("escaped");
    let port = stage.model.base_url().replace("http://127.0.0.1:", "").replace("/v1", "");
    let attempt = format!(
        "touch {}; echo x > inside; \
         (exec 3<>/dev/tcp/127.0.0.1/{port}) && echo CONNECTED; exit 0",
        outside.display()
    );
    let (told, _) = run(&stage, command(&["bash", "-c", &attempt]));
    assert!(!outside.exists());
    assert_eq!(stage.project.read("inside"), "x\n");
    assert!(!told.contains("CONNECTED"), "{told}");
}

#[test]
fn a_command_without_permissions_reads_only() {
    let stage = Stage::new("", &[("a.txt", "one\n")], []);
    stage.model.then([calls("c1", "shell", script("cat a.txt; touch b")), Turn::say("done")]);
    let pipe = tiro_tests::pipe::Pipe::configured(
        &stage.project,
        "never",
        json!(["disk-full-read-access"]),
    );
    pipe.say("go");
    pipe.next("task_complete");
    assert!(stage.model.request(2).tool_output("c1").contains("one"));
    assert!(!stage.project.has("b"));
}

#[test]
fn a_command_that_does_not_exist_is_said_so() {
    let stage = Stage::new("", &[], []);
    stage.model.then([calls("c1", "shell", command(&["no-such-program-here"])), Turn::say("done")]);
    let pipe = stage.pipe("never");
    pipe.say("go");
    pipe.next("task_complete");
    let told = stage.model.request(2).tool_output("c1");
    assert!(told.contains("no-such-program-here"), "{told}");
    pipe.finish();
}

#[test]
fn a_command_runs_in_the_directory_it_names() {
    let stage = Stage::new("", &[("sub/x", "")], []);
    let (told, _) = run(&stage, json!({"command": ["pwd"], "workdir": "sub"}));
    assert!(told.contains(stage.project.path("sub").to_str().unwrap()), "{told}");
}
