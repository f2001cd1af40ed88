//! `tiro proto --record` and `--replay`.

use serde_json::{Value, json};
use tiro_tests::{
    model::{Gate, Turn},
    pipe::Pipe,
};

use crate::stage::{Stage, calls, command};

fn job() -> [Turn; 3] {
    [
        calls("c1", "shell", command(&["touch", "made"])),
        Turn::say("I made it."),
        Turn::say("You are welcome."),
    ]
}

/// The types of events, but of those that have no fixed number or place: pieces of
/// text, and what is told in the background.
fn kinds(events: &[Value]) -> Vec<String> {
    let kinds = events.iter().filter_map(|event| event["msg"]["type"].as_str());
    let fixed = kinds.filter(|kind| !kind.ends_with("_delta") && *kind != "background_event");
    fixed.map(str::to_owned).collect()
}

/// Does a task with an approval and a second task, recorded to `recording`.
fn record(stage: &Stage) -> Vec<Value> {
    let pipe = Pipe::start_with(&stage.project, &["--record", "session.jsonl"]);
    pipe.configure("unless-allow-listed", json!(["disk-full-read-access", "disk-write-cwd"]));
    pipe.next("session_configured");
    pipe.say("make it");
    let asked = pipe.next("exec_approval_request");
    let approved = json!({"type": "exec_approval", "id": asked["msg"]["call_id"],
        "decision": "approved"});
    pipe.submit(approved);
    pipe.next("task_complete");
    pipe.say("thanks");
    pipe.next("task_complete");
    assert_eq!(pipe.finish().code(), Some(0));
    pipe.events()
}

#[test]
fn a_recording_has_what_went_over_the_pipe() {
    let stage = Stage::new("", &[], job());
    let events = record(&stage);
    let lines: Vec<Value> = stage
        .project
        .read("session.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let of = |key: &str| -> Vec<Value> {
        lines.iter().filter_map(|line| line.get(key)).cloned().collect()
    };
    assert_eq!(of("event"), events);
    let ops: Vec<Value> = of("submission").iter().map(|it| it["op"]["type"].clone()).collect();
    assert_eq!(ops, ["configure_session", "user_input", "exec_approval", "user_input"]);
    assert_eq!(of("submission").len() + of("event").len(), lines.len());
}

#[test]
fn a_recording_replays() {
    let stage = Stage::new("", &[], job());
    let recorded = record(&stage);

    // Somewhere else, with a model that says the same.
    let again = Stage::new("", &[], job());
    again.project.write("old.jsonl", stage.project.read("session.jsonl").as_bytes());
    let pipe =
        Pipe::start_with(&again.project, &["--replay", "old.jsonl", "--record", "new.jsonl"]);
    assert_eq!(pipe.finish().code(), Some(0));
    assert_eq!(kinds(&pipe.events()), kinds(&recorded));
    let ids = |events: &[Value]| -> Vec<Value> {
        let ends = events.iter().filter(|event| event["msg"]["type"] == "task_complete");
        ends.map(|event| event["id"].clone()).collect()
    };
    assert_eq!(ids(&pipe.events()), ids(&recorded));
    assert!(again.project.has("made"));
    again.model.finish();
    let submissions = |stage: &Stage, name: &str| -> Vec<String> {
        let text = stage.project.read(name);
        text.lines().filter(|line| line.contains("\"submission\"")).map(str::to_owned).collect()
    };
    assert_eq!(submissions(&again, "new.jsonl"), submissions(&stage, "session.jsonl"));
}

#[test]
fn a_replay_in_which_the_task_fails_ends_all_the_same() {
    let stage = Stage::new("", &[], job());
    record(&stage);
    // The approval that the recording answers is never asked for.
    let again = Stage::new("", &[], [Turn::status(401, "no"), Turn::say("fine")]);
    again.project.write("old.jsonl", stage.project.read("session.jsonl").as_bytes());
    let pipe = Pipe::start_with(&again.project, &["--replay", "old.jsonl"]);
    assert_eq!(pipe.finish().code(), Some(0));
    assert_eq!(pipe.count("task_complete"), 2);
    assert!(pipe.count("error") >= 2, "the failure, and the answer that fits nothing");
}

#[test]
fn what_was_said_in_between_is_replayed_too() {
    let gate = Gate::new();
    let stage = Stage::new("", &[], [Turn::new().wait(&gate).text("a"), Turn::say("b")]);
    let pipe = Pipe::start_with(&stage.project, &["--record", "session.jsonl"]);
    pipe.configure("never", json!(["disk-full-read-access"]));
    pipe.next("session_configured");
    pipe.say("go");
    gate.reached();
    pipe.say("and be quick");
    pipe.submit(json!({"type": "list_grants"}));
    pipe.next("grant_list");
    gate.open();
    pipe.next("task_complete");
    assert_eq!(pipe.finish().code(), Some(0));

    let again = Stage::new("", &[], [Turn::say("a"), Turn::say("b")]);
    again.project.write("old.jsonl", stage.project.read("session.jsonl").as_bytes());
    let pipe = Pipe::start_with(&again.project, &["--replay", "old.jsonl"]);
    assert_eq!(pipe.finish().code(), Some(0));
    for stage in [&stage, &again] {
        assert_eq!(stage.model.request(2).user_texts(), ["go", "and be quick"]);
        stage.model.finish();
    }
}

#[test]
fn a_file_that_is_no_recording_is_named_with_its_line() {
    let stage = Stage::new("", &[("old.jsonl", "{\"submission\": 7}\n")], []);
    for (file, names) in [("old.jsonl", "old.jsonl:1"), ("missing.jsonl", "missing.jsonl")] {
        let pipe = Pipe::start_with(&stage.project, &["--replay", file]);
        assert_eq!(pipe.finish().code(), Some(1));
        let errors = pipe.process().stderr();
        assert!(errors.contains(names), "{errors}");
        assert!(pipe.events().is_empty());
    }
}
