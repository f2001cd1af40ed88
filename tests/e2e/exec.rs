//! `tiro exec`: one task without a person.

use serde_json::Value;
use tiro_tests::{
    model::{Turn, Wire},
    pipe::{tiro, tiro_reading},
};

use crate::stage::{ASKING, AUTOMATIC, NO_RETRIES, Stage, calls, command, patch, script};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("tiro writes UTF-8")
}

/// The events of a run with `--json`.
fn events(output: &[u8]) -> Vec<Value> {
    text(output).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn the_answer_is_all_that_goes_to_standard_output() {
    let turns = [
        Turn::new().text("I look.").call("c1", "shell", &command(&["ls"])),
        calls("c2", "apply_patch", patch("*** Update File: a.txt\n@@\n-one\n+two")),
        Turn::new().text("It is ").text("done."),
    ];
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], turns);
    let output = tiro(&stage.project, &["exec", "change it"]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    assert_eq!(text(&output.stdout), "I look.\nIt is done.\n");
    for part in ["model scripted of scripted", "$ ls", "exit code 0", "-one\n+two"] {
        assert!(errors.contains(part), "{part:?} is not in {errors}");
    }
    assert_eq!(stage.project.read("a.txt"), "two\n");
    stage.model.finish();
}

#[test]
fn the_prompt_can_come_from_standard_input() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("read")]);
    let output = tiro_reading(&stage.project, &["exec", "-"], "first line\nsecond é 😀\n");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(stage.model.request(1).last_user_text(), "first line\nsecond é 😀\n");
}

#[test]
fn an_empty_prompt_is_refused() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    for (argument, input) in [("", ""), ("  \n", ""), ("-", ""), ("-", " \n\n")] {
        let output = tiro_reading(&stage.project, &["exec", argument], input);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("the prompt is empty"), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    assert!(stage.model.requests().is_empty());
}

#[test]
fn a_failure_of_the_model_is_one_of_exec() {
    let faults = [
        (Turn::status(401, "this key is not valid"), "this key is not valid"),
        (Turn::status(500, "on fire"), "on fire"),
        (Turn::new().text("I beg").drop_stream(), "dropped the connection"),
    ];
    for (turn, says) in faults {
        let stage = Stage::on(Wire::Chat, AUTOMATIC, NO_RETRIES, &[], [turn.clone()]);
        let output = tiro(&stage.project, &["exec", "hi"]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(says), "{says:?}: {}", text(&output.stderr));

        stage.model.then([turn]);
        let output = tiro(&stage.project, &["exec", "--json", "hi"]);
        assert_eq!(output.status.code(), Some(1));
        let events = events(&output.stdout);
        let count = |kind: &str| events.iter().filter(|it| it["msg"]["type"] == kind).count();
        assert_eq!((count("error"), count("task_complete")), (1, 1), "{events:?}");
    }
}

#[test]
fn a_command_that_fails_is_no_failure_of_exec() {
    let turns = [calls("c1", "shell", script("exit 3")), Turn::say("It failed.")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let output = tiro(&stage.project, &["exec", "hi"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("exit code 3"));
}

#[test]
fn full_auto_writes_and_without_it_nothing_does() {
    let touch = || [calls("c1", "shell", command(&["touch", "made"])), Turn::say("done")];
    let stage = Stage::new("", &[], touch());
    let output = tiro(&stage.project, &["exec", "make it"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(!stage.project.has("made"), "the default is to read only");

    stage.model.then(touch());
    let output = tiro(&stage.project, &["exec", "--full-auto", "--json", "make it"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(stage.project.has("made"));
    let events = events(&output.stdout);
    let end = events.iter().find(|event| event["msg"]["type"] == "exec_command_end").unwrap();
    assert_eq!(end["msg"]["exit_code"], 0);
    stage.model.finish();
}

#[test]
fn full_auto_stays_in_the_workspace() {
    let stage = Stage::new("", &[], []);
    let outside = stage.project.outside().join("escaped");
    let touch = script(&format!("touch {}", outside.display()));
    stage.model.then([calls("c1", "shell", touch), Turn::say("done")]);
    let output = tiro(&stage.project, &["exec", "--full-auto", "go"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(!outside.exists());
    assert!(stage.model.request(2).tool_output("c1").contains("outside the writable roots"));
}

#[test]
fn nobody_is_asked() {
    // The file says that a person is asked; there is none.
    let turns = [calls("c1", "shell", command(&["touch", "made"])), Turn::say("done")];
    let stage = Stage::new(ASKING, &[], turns.clone());
    let output = tiro(&stage.project, &["exec", "--json", "make it"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(stage.project.has("made"), "the sandbox is what keeps it in bounds");

    // Who says so on the command line gets denials.
    let stage = Stage::new(ASKING, &[], turns);
    let wants = ["exec", "-c", "approval_policy=unless-allow-listed", "make it"];
    let output = tiro(&stage.project, &wants);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(!stage.project.has("made"));
}

#[test]
fn another_folder_and_another_model_can_be_named() {
    let turns = [calls("c1", "read_file", serde_json::json!({"path": "x"})), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &[("sub/x", "in sub\n")], turns);
    let output = tiro(&stage.project, &["exec", "-C", "sub", "-c", "model=other", "read x"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(stage.model.request(1).body["model"], "other");
    assert!(stage.model.request(2).tool_output("c1").contains("in sub"));

    let output = tiro(&stage.project, &["exec", "-C", "nowhere", "hi"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("nowhere"), "{}", text(&output.stderr));
}
