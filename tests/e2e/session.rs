//! The rules of a session: steering, interrupting, configuring, ending a task once.

use std::time::{Duration, Instant};

use serde_json::json;
use tiro_tests::{
    model::{Gate, Turn, Wire},
    pipe::Pipe,
    profile::Profile,
};

use crate::stage::{ASKING, AUTOMATIC, NO_RETRIES, Stage, ask, calls, command, say, script};

/// Far below what is interrupted, far above what a loaded machine adds to the
/// tenth of a second that is promised; the benchmarks measure that.
const BOUND: Duration = Duration::from_secs(10);

#[test]
fn what_is_said_while_a_task_runs_is_heard_at_its_next_model_call() {
    let gate = Gate::new();
    let turns =
        [Turn::new().wait(&gate).call("c1", "shell", &command(&["echo", "hi"])), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let client = stage.client(Profile::vscode());
    say(&client, "first");
    gate.reached();
    say(&client, "and this too");
    gate.open();
    client.next("tiro/taskComplete");
    assert_eq!(stage.model.request(1).last_user_text(), "first");
    assert_eq!(stage.model.request(2).last_user_text(), "and this too");
    assert_eq!(client.all("tiro/taskStarted").len(), 1, "it is one task");
    client.finish();
    stage.model.finish();
}

#[test]
fn what_is_said_too_late_for_a_task_is_heard_all_the_same() {
    let gate = Gate::new();
    let turns = [Turn::new().text("I am").wait(&gate).text(" done"), Turn::say("and again")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let client = stage.client(Profile::vscode());
    say(&client, "first");
    gate.reached();
    say(&client, "too late");
    gate.open();
    client.next_where("tiro/agentMessage", |params| params["message"] == "and again");
    client.wait("as many ends as beginnings", |log| {
        let count = |name: &str| log.iter().filter(|it| it.method() == Some(name)).count();
        (count("tiro/taskComplete") == count("tiro/taskStarted")).then_some(())
    });
    let request = stage.model.request(2);
    assert_eq!(request.user_texts(), ["first", "too late"]);
    assert_eq!(request.assistant_texts(), ["I am done"]);
    client.finish();
    stage.model.finish();
}

#[test]
fn the_history_is_kept_from_task_to_task() {
    for wire in [Wire::Chat, Wire::Responses] {
        let turns =
            [calls("c1", "shell", command(&["echo", "kept"])), Turn::say("one"), Turn::say("two")];
        let stage = Stage::on(wire, AUTOMATIC, "", &[], turns);
        let client = stage.client(Profile::vscode());
        ask(&client, "first");
        ask(&client, "second");
        let request = stage.model.request(3);
        assert_eq!(request.user_texts(), ["first", "second"]);
        assert!(request.tool_output("c1").contains("kept"));
        client.finish();
        stage.model.finish();
    }
}

fn interrupted(pipe: &Pipe) {
    let before = Instant::now();
    pipe.submit(json!({"type": "interrupt"}));
    pipe.next("task_complete");
    assert!(before.elapsed() < BOUND, "it took {:?}", before.elapsed());
}

/// Whatever was interrupted, the session is ready and its next request valid: the
/// model itself refuses a conversation with an unanswered call.
fn usable(stage: &Stage, pipe: &Pipe) {
    stage.model.then([Turn::say("ready")]);
    pipe.say("and now?");
    assert_eq!(pipe.next("agent_message")["msg"]["message"], "ready");
    pipe.next("task_complete");
    assert_eq!(pipe.count("task_started"), pipe.count("task_complete"));
    assert_eq!(pipe.finish().code(), Some(0));
    stage.model.finish();
}

#[test]
fn an_interrupt_ends_a_stream() {
    let gate = Gate::new();
    for wire in [Wire::Chat, Wire::Responses] {
        let stage = Stage::on(wire, "", "", &[], [Turn::new().text("I begin").wait(&gate)]);
        let pipe = stage.pipe("never");
        pipe.say("go");
        pipe.next("agent_message_delta");
        interrupted(&pipe);
        usable(&stage, &pipe);
    }
    gate.open();
}

#[test]
fn an_interrupt_ends_the_wait_for_a_model_that_says_nothing() {
    let stage = Stage::new("", &[], [Turn::silence()]);
    let pipe = stage.pipe("never");
    pipe.say("go");
    stage.model.request(1);
    interrupted(&pipe);
    usable(&stage, &pipe);
}

#[test]
fn an_interrupt_ends_the_pause_before_a_retry() {
    let stage = Stage::new("", &[], [Turn::status_retry_after(429, "later", 120)]);
    let pipe = stage.pipe("never");
    pipe.say("go");
    pipe.next("background_event");
    interrupted(&pipe);
    usable(&stage, &pipe);
}

#[test]
fn an_interrupt_ends_a_command_and_all_that_it_started() {
    let stage = Stage::new("", &[], []);
    let lifeline = tiro_tests::lifeline::Lifeline::new(&stage.project.path("pipe"));
    let hold = script("exec 3>pipe; sleep 600 & (sleep 600 &) ; echo up >&3; sleep 600");
    stage.model.then([calls("c1", "shell", hold)]);
    let pipe = stage.pipe("never");
    pipe.say("go");
    lifeline.started();
    interrupted(&pipe);
    lifeline.gone();
    usable(&stage, &pipe);
}

#[test]
fn an_interrupt_ends_the_wait_for_an_approval() {
    for wire in [Wire::Chat, Wire::Responses] {
        let two = Turn::new().call("c1", "shell", &command(&["touch", "a"])).call(
            "c2",
            "shell",
            &command(&["touch", "b"]),
        );
        let stage = Stage::on(wire, "", "", &[], [two]);
        let pipe = stage.pipe("unless-allow-listed");
        pipe.say("go");
        let asked = pipe.next("exec_approval_request");
        interrupted(&pipe);
        let late =
            json!({"type": "exec_approval", "id": asked["msg"]["call_id"], "decision": "approved"});
        pipe.submit(late);
        pipe.next("error");
        usable(&stage, &pipe);
        assert!(!stage.project.has("a") && !stage.project.has("b"));
    }
}

#[test]
fn a_task_that_fails_ends_once() {
    for turn in [Turn::status(400, "no"), Turn::status(500, "broken"), Turn::new().drop_stream()] {
        let stage = Stage::on(Wire::Chat, "", NO_RETRIES, &[], [turn]);
        let pipe = stage.pipe("never");
        pipe.say("go");
        pipe.next("error");
        pipe.next("task_complete");
        usable(&stage, &pipe);
        assert_eq!(pipe.count("task_complete"), 2);
    }
}

#[test]
fn configuring_again_ends_the_task_and_keeps_what_was_said_and_approved() {
    let gate = Gate::new();
    let touch = |id: &str| calls(id, "shell", command(&["touch", "a"]));
    let turns = [touch("c1"), Turn::new().text("half").wait(&gate), touch("c2"), Turn::say("end")];
    let stage = Stage::new("", &[], turns);
    let pipe = stage.pipe("unless-allow-listed");
    pipe.say("first");
    let asked = pipe.next("exec_approval_request");
    pipe.submit(json!({"type": "exec_approval", "id": asked["msg"]["call_id"], "decision": "approved_for_session"}));
    pipe.next("agent_message_delta");
    pipe.submit(json!({
        "type": "configure_session", "model": "other", "instructions": "Be brief.",
        "approval_policy": "unless-allow-listed",
        "sandbox_policy": {"permissions": ["disk-full-read-access", "disk-write-cwd"]},
    }));
    assert_eq!(pipe.next("session_configured")["msg"]["model"], "other");
    pipe.say("second");
    assert_eq!(pipe.next("agent_message")["msg"]["message"], "end");
    pipe.next("task_complete");
    gate.open();
    assert_eq!(
        pipe.count("exec_approval_request"),
        1,
        "what was approved for the session stays so"
    );
    assert_eq!((pipe.count("task_started"), pipe.count("task_complete")), (2, 2));
    let request = stage.model.request(4);
    assert_eq!(request.user_texts(), ["first", "second"]);
    assert_eq!(request.body["model"], "other");
    assert!(request.instructions().contains("Be brief."));
    pipe.finish();
    stage.model.finish();
}

#[test]
fn project_instructions_are_read_and_sent_each_time() {
    let files = [("AGENTS.md", "Always say please."), (".git/HEAD", "ref: refs/heads/main\n")];
    let stage = Stage::new(AUTOMATIC, &files, [Turn::say("a"), Turn::say("b")]);
    let client = stage.client(Profile::vscode());
    ask(&client, "one");
    ask(&client, "two");
    for number in [1, 2] {
        let request = stage.model.request(number);
        let everything = format!("{}{:?}", request.instructions(), request.user_texts());
        assert!(everything.contains("Always say please."), "{}", request.body);
    }
    client.finish();
}

#[test]
fn nothing_is_stored_when_that_is_asked_for() {
    for (config, store) in [("disable_response_storage = true", false), ("", true)] {
        let stage = Stage::on(Wire::Responses, config, "", &[], [Turn::say("a"), Turn::say("b")]);
        let client = stage.client(Profile::vscode());
        ask(&client, "one");
        ask(&client, "two");
        let body = stage.model.request(2).body;
        // Absent means true.
        assert_eq!(body["store"] != false, store, "{body}");
        if !store {
            assert!(body["previous_response_id"].is_null());
            assert_eq!(stage.model.request(2).user_texts(), ["one", "two"]);
        }
        client.finish();
    }
}

#[test]
fn a_plan_is_shown() {
    let plan = json!({"explanation": "first things first", "plan": [
        {"step": "look", "status": "completed"}, {"step": "leap", "status": "in_progress"},
    ]});
    let turns = [calls("c1", "update_plan", plan.clone()), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let client = stage.client(Profile::vscode());
    ask(&client, "plan");
    let shown = client.next("tiro/planUpdate");
    assert_eq!((&shown["plan"], &shown["explanation"]), (&plan["plan"], &plan["explanation"]));
    client.finish();
    stage.model.finish();
}

#[test]
fn tokens_are_counted() {
    let turn = |text: &str| Turn::say(text).usage(100, 20);
    for wire in [Wire::Chat, Wire::Responses] {
        let stage = Stage::on(wire, AUTOMATIC, "", &[], [turn("a"), turn("b")]);
        let client = stage.client(Profile::vscode());
        ask(&client, "one");
        ask(&client, "two");
        let count = client.all("tiro/tokenCount").pop().unwrap();
        assert_eq!((&count["input_tokens"], &count["output_tokens"]), (&json!(200), &json!(40)));
        client.finish();
    }
}

#[test]
fn pictures_reach_the_model() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("a dot")]);
    // The smallest GIF: one pixel.
    stage.project.write("dot.gif", b"GIF89a\x01\0\x01\0\0\xff\0,\0\0\0\0\x01\0\x01\0\0\x02\0;");
    let client = stage.client(Profile::vscode());
    let items = json!([
        {"type": "text", "text": "what is this?"},
        {"type": "image", "image_url": "data:image/png;base64,aGVsbG8="},
        {"type": "local_image", "path": stage.project.path("dot.gif")},
    ]);
    client.call("tiro/userInput", json!({"items": items})).unwrap();
    client.next("tiro/taskComplete");
    let sent = stage.model.request(1).body.to_string();
    assert!(sent.contains("aGVsbG8="), "{sent}");
    assert!(sent.contains("R0lGODlh"), "{sent}");
    client.finish();
}

#[test]
fn a_running_task_does_not_hold_up_shutdown() {
    let stage = Stage::new(ASKING, &[], [Turn::silence()]);
    let client = stage.client(Profile::vscode());
    say(&client, "go");
    stage.model.request(1);
    client.finish();
}
