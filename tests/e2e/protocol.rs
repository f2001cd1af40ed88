//! Every op on both fronts, and what a client is told when it gets one wrong.

use serde_json::{Value, json};
use tiro_tests::{
    client::says,
    model::{Gate, Turn},
    pipe::{Pipe, tiro},
    profile::Profile,
};

use crate::stage::{ASKING, AUTOMATIC, NO_RETRIES, Stage, ask, calls, command, patch, say};

const OPS: [&str; 5] =
    ["configure_session", "interrupt", "user_input", "exec_approval", "patch_approval"];

#[test]
fn the_server_mirrors_what_it_supports() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = tiro_tests::client::Client::start(&stage.project, Profile::vscode());
    let result = client.initialize(Value::Null);
    let tiro = &result["capabilities"]["experimental"]["tiro"];
    for op in OPS {
        assert!(tiro["ops"].as_array().unwrap().contains(&json!(op)), "{tiro}");
    }
    for event in ["task_started", "task_complete", "exec_approval_request", "error"] {
        assert!(tiro["events"].as_array().unwrap().contains(&json!(event)), "{tiro}");
    }
    let commands = &result["capabilities"]["executeCommandProvider"]["commands"];
    assert!(commands.as_array().unwrap().contains(&json!("tiro.ask")), "{commands}");
    assert!(commands.as_array().unwrap().contains(&json!("tiro.stop")), "{commands}");
    client.notify("initialized", json!({}));
    client.finish();
}

#[test]
fn every_op_over_lsp_is_answered_at_once_with_its_id() {
    let gate = Gate::new();
    let script = [
        Turn::new().wait(&gate).call("c1", "shell", &command(&["touch", "a"])),
        calls("c2", "apply_patch", patch("*** Add File: b\n+b")),
        Turn::say("done"),
    ];
    let stage = Stage::new(ASKING, &[], script);
    let client = stage.client(Profile::vscode());

    let mut params = says("hi");
    params["id"] = json!("mine");
    // Answered while the model still says nothing.
    assert_eq!(client.call("tiro/userInput", params), Ok(json!({"id": "mine"})));
    gate.reached();
    gate.open();

    let asked = client.next("tiro/execApprovalRequest");
    assert_eq!(asked["id"], "mine");
    let answer = json!({"id": asked["call_id"], "decision": "approved"});
    assert!(client.call("tiro/execApproval", answer).unwrap()["id"].is_string());
    let asked = client.next("tiro/applyPatchApprovalRequest");
    let change = &asked["changes"][stage.project.path("b").to_str().unwrap()];
    assert_eq!(change, &json!({"add": {"content": "b\n"}}));
    let answer = json!({"id": asked["call_id"], "decision": "approved"});
    assert!(client.call("tiro/patchApproval", answer).unwrap()["id"].is_string());
    assert_eq!(client.next("tiro/taskComplete")["id"], "mine");
    assert!(stage.project.has("a"));

    assert!(client.call("tiro/interrupt", Value::Null).unwrap()["id"].is_string());
    assert!(client.call("tiro/interrupt", json!({})).unwrap()["id"].is_string());
    let configure = json!({
        "model": "scripted", "instructions": null, "approval_policy": "never",
        "sandbox_policy": {"permissions": ["disk-full-read-access"]},
    });
    assert!(client.call("tiro/configureSession", configure).unwrap()["id"].is_string());
    assert_eq!(client.next("tiro/sessionConfigured")["model"], "scripted");
    client.finish();
    stage.model.finish();
}

#[test]
fn a_bad_request_is_told_what_is_wrong() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("fine")]);
    let client = stage.client(Profile::vscode());
    for (method, params, names) in [
        ("tiro/userInput", json!({}), "items"),
        ("tiro/userInput", json!({"items": [{"type": "smell"}]}), "smell"),
        ("tiro/execApproval", json!({"id": "x", "decision": "maybe"}), "maybe"),
        ("tiro/execApproval", json!({"decision": "approved"}), "id"),
        ("tiro/execApproval", json!({"id": "x", "decision": "approved"}), "x"),
        ("tiro/patchApproval", json!({"id": "x", "decision": "denied"}), "x"),
        ("tiro/configureSession", json!({"model": "m"}), "approval_policy"),
    ] {
        let error = client.call(method, params.clone()).unwrap_err();
        assert_eq!(error.code, -32602, "{method} {params}: {}", error.message);
        assert!(error.message.contains(names), "{method} {params}: {}", error.message);
    }
    assert_eq!(client.call("tiro/noSuchOp", json!({})).unwrap_err().code, -32601);
    ask(&client, "still there?");
    client.finish();
}

#[test]
fn seq_counts_up_over_the_whole_connection() {
    let script = [calls("c1", "shell", command(&["echo", "hi"])), Turn::say("a"), Turn::say("b")];
    let stage = Stage::new(AUTOMATIC, &[], script);
    let client = stage.client(Profile::vscode());
    let first = ask(&client, "one");
    let second = ask(&client, "two");
    assert_ne!(first, second);
    let events: Vec<Value> = client
        .log()
        .iter()
        .filter(|message| message.from_server && message.value.get("id").is_none())
        .filter(|message| message.method().is_some_and(|method| method.starts_with("tiro/")))
        .map(|message| message.value["params"].clone())
        .collect();
    let numbers: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(numbers.len() > 8, "{numbers:?}");
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    assert!(events.iter().all(|event| event["id"].is_string()), "{events:?}");
    client.finish();
}

#[test]
fn a_pipe_takes_every_op() {
    let script = [
        calls("c1", "shell", command(&["touch", "a"])),
        calls("c2", "apply_patch", patch("*** Add File: b\n+b")),
        Turn::say("done"),
    ];
    let stage = Stage::new("", &[], script);
    let pipe = stage.pipe("unless-allow-listed");
    let id = pipe.say("go");
    assert_eq!(pipe.next("task_started")["id"], id.as_str());
    let asked = pipe.next("exec_approval_request");
    pipe.submit(
        json!({"type": "exec_approval", "id": asked["msg"]["call_id"], "decision": "approved"}),
    );
    let asked = pipe.next("apply_patch_approval_request");
    // The id of the event is as good as that of the call.
    pipe.submit(json!({"type": "patch_approval", "id": asked["id"], "decision": "approved"}));
    assert_eq!(pipe.next("agent_message")["msg"]["message"], "done");
    assert_eq!(pipe.next("task_complete")["id"], id.as_str());
    pipe.submit(json!({"type": "interrupt"}));
    assert_eq!(stage.project.read("b"), "b\n");
    assert_eq!(pipe.finish().code(), Some(0));
    assert_eq!((pipe.count("task_started"), pipe.count("task_complete")), (1, 1));
    stage.model.finish();
}

#[test]
fn a_line_that_does_not_parse_gets_an_error_with_its_id() {
    let stage = Stage::new("", &[], [Turn::say("fine")]);
    let pipe = stage.pipe("never");
    pipe.line("{\"id\": \"x1\", \"op\": {\"type\": \"explode\"}}");
    let error = pipe.next("error");
    assert_eq!(error["id"], "x1");
    assert!(error["msg"]["message"].as_str().unwrap().contains("explode"), "{error}");
    pipe.line("{\"id\": \"x2\", \"op\": {\"type\": \"user_input\"}}");
    let error = pipe.next("error");
    assert_eq!(error["id"], "x2");
    assert!(error["msg"]["message"].as_str().unwrap().contains("items"), "{error}");
    pipe.line("{broken");
    assert!(pipe.next("error")["id"].is_string());
    pipe.submit(json!({"type": "exec_approval", "id": "nobody", "decision": "approved"}));
    assert!(pipe.next("error")["msg"]["message"].as_str().unwrap().contains("nobody"));
    pipe.say("still there?");
    pipe.next("task_complete");
    assert_eq!(pipe.finish().code(), Some(0));
}

#[test]
fn unknown_fields_are_ignored() {
    let stage = Stage::new("", &[], [Turn::say("fine")]);
    let pipe = stage.pipe("never");
    pipe.submit(json!({"type": "user_input", "mood": "good", "items": [{"type": "text", "text": "hi", "x": 1}]}));
    pipe.next("task_complete");
    assert_eq!(pipe.count("error"), 0);
}

#[test]
fn the_first_op_configures() {
    let stage = Stage::new("", &[], []);
    let pipe = Pipe::start(&stage.project);
    let id = pipe.say("hi");
    let error = pipe.next("error");
    assert_eq!(error["id"], id.as_str());
    assert!(error["msg"]["message"].as_str().unwrap().contains("configure_session"), "{error}");
    assert!(stage.model.requests().is_empty());
    assert_eq!(pipe.finish().code(), Some(0));
}

#[test]
fn the_end_of_the_input_lets_the_running_task_finish() {
    let gate = Gate::new();
    let stage = Stage::new("", &[], [Turn::new().wait(&gate).text("to the end")]);
    let pipe = stage.pipe("never");
    pipe.say("go");
    gate.reached();
    pipe.process().input().close();
    gate.open();
    assert_eq!(pipe.finish().code(), Some(0));
    assert_eq!(pipe.next("agent_message")["msg"]["message"], "to the end");
    assert_eq!(pipe.count("task_complete"), 1);
}

#[test]
fn exec_does_one_task_and_its_status_says_how_it_went() {
    let script = [calls("c1", "shell", command(&["touch", "made"])), Turn::say("I made it.")];
    let stage = Stage::new(AUTOMATIC, &[], script);
    let output = tiro(&stage.project, &["exec", "make it"]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("I made it."), "{stdout}");
    assert!(stage.project.has("made"));

    let stage = Stage::on(
        tiro_tests::model::Wire::Chat,
        AUTOMATIC,
        NO_RETRIES,
        &[],
        [Turn::status(401, "this key is not valid")],
    );
    let output = tiro(&stage.project, &["exec", "make it"]);
    assert_ne!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("this key is not valid"));
}

#[test]
fn exec_in_json_writes_one_event_a_line() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("hello")]);
    let output = tiro(&stage.project, &["exec", "--json", "hi"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let kinds: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"))
        .map(|event| event["msg"]["type"].as_str().unwrap().to_owned())
        .collect();
    for kind in ["session_configured", "task_started", "agent_message", "task_complete"] {
        assert_eq!(kinds.iter().filter(|it| *it == kind).count(), 1, "{kinds:?}");
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_event_carries_the_id_of_the_submission_that_began_the_task() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("a")]);
    let client = stage.client(Profile::vscode());
    let id = say(&client, "hi");
    for method in
        ["tiro/taskStarted", "tiro/agentMessageDelta", "tiro/agentMessage", "tiro/taskComplete"]
    {
        assert_eq!(client.next(method)["id"], id.as_str(), "{method}");
    }
    client.finish();
}
