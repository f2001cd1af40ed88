//! What no sensible client sends. Whatever it is, the answer is an error that says
//! so, and never the end of the program.

use serde_json::{Value, json};
use tiro_tests::{client::says, model::Turn, pipe::Pipe, profile::Profile};

use super::usable;
use crate::stage::{AUTOMATIC, Stage};

fn huge() -> String {
    "i".repeat(1 << 20)
}

const STRANGE: &str = "\u{0}\u{7}\u{1b}[31m\u{202e}\u{feff}é😀\u{10ffff}\"\\\n\r\n";

#[test]
fn over_lsp() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    for params in [
        json!({"items": []}),
        json!({"items": {}}),
        json!({"items": null}),
        json!({"items": [null]}),
        json!({"items": [{"type": "text"}]}),
        json!({"items": [{"type": "text", "text": 7}]}),
        json!({"items": [{"type": "image"}]}),
        json!([]),
        json!(7),
        json!("hi"),
        Value::Null,
    ] {
        let error = client.call("tiro/userInput", params.clone()).unwrap_err();
        assert!([-32602, -32803].contains(&error.code), "{params}: {error:?}");
        assert!(!error.message.is_empty());
    }
    let numbers = json!({"id": 7, "items": [{"type": "text", "text": "hi"}]});
    assert_eq!(client.call("tiro/userInput", numbers).unwrap_err().code, -32602);
    for id in [String::new(), huge(), STRANGE.to_owned()] {
        let decision = json!({"id": id, "decision": "approved"});
        let error = client.call("tiro/execApproval", decision).unwrap_err();
        assert_eq!(error.code, -32602);
    }
    usable(&stage, &client);
    client.finish();
}

#[test]
fn ids_and_texts_come_back_as_they_were_given() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    for id in [huge(), STRANGE.to_owned(), "../../etc/passwd".to_owned()] {
        stage.model.then([Turn::say(STRANGE)]);
        let mut params = says(STRANGE);
        params["id"] = json!(id);
        assert_eq!(client.call("tiro/userInput", params).unwrap()["id"], id.as_str());
        assert_eq!(client.next("tiro/agentMessage")["message"], STRANGE);
        assert_eq!(client.next("tiro/taskComplete")["id"], id.as_str());
    }
    assert_eq!(stage.model.request(1).last_user_text(), STRANGE);
    client.finish();
    stage.model.finish();
}

#[test]
fn pictures_that_are_none() {
    let stage = Stage::new(AUTOMATIC, &[("text.png", "no picture")], []);
    let client = stage.client(Profile::vscode());
    for item in [
        json!({"type": "local_image", "path": "/nonexistent/a.png"}),
        json!({"type": "local_image", "path": stage.project.path("text.png")}),
        json!({"type": "local_image", "path": stage.project.root()}),
        json!({"type": "local_image", "path": ""}),
        json!({"type": "image", "image_url": "no url at all"}),
        json!({"type": "image", "image_url": "data:;base64,%%%"}),
    ] {
        stage.model.then([Turn::say("I see nothing")]);
        client.call("tiro/userInput", json!({"items": [item]})).unwrap();
        client.next("tiro/taskComplete");
        stage.model.request(1);
    }
    usable(&stage, &client);
    client.finish();
}

#[test]
fn over_a_pipe() {
    let stage = Stage::new("", &[], []);
    let pipe = stage.pipe("never");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let strange = json!({"id": STRANGE, "op": {"type": STRANGE}}).to_string();
    let long_type = json!({"id": "t", "op": {"type": huge()}}).to_string();
    for (line, id) in [
        (r#"{"op": {"type": "interrupt"}}"#, ""),
        (r#"{"id": 7, "op": {"type": "interrupt"}}"#, ""),
        (r#"{"id": "a"}"#, "a"),
        (r#"{"id": "b", "op": null}"#, "b"),
        (r#"{"id": "c", "op": {}}"#, "c"),
        (r#"{"id": "d", "op": {"type": 7}}"#, "d"),
        (r#"{"id": "e", "op": {"type": "user_input", "items": []}}"#, "e"),
        (r#"{"id": "f", "op": {"type": "user_input", "items": [{"type": "text"}]}}"#, "f"),
        ("null", ""),
        ("[]", ""),
        ("7", ""),
        (deep.as_str(), ""),
        (strange.as_str(), STRANGE),
        (long_type.as_str(), "t"),
    ] {
        pipe.line(line);
        let error = pipe.next("error");
        assert_eq!(error["id"], id);
        let message = error["msg"]["message"].as_str().unwrap();
        assert!(!message.is_empty() && message.len() < 4096, "{} bytes", message.len());
    }
    // Lines of nothing say nothing, and get no answer.
    for blank in ["", "   ", "\t\r"] {
        pipe.line(blank);
    }
    works(&stage, &pipe);
}

#[test]
fn bytes_that_are_no_text() {
    let stage = Stage::new("", &[], []);
    let pipe = stage.pipe("never");
    pipe.process().input().write(b"{\"id\": \"x\", \"op\": \"\xff\xfe\"}\n".to_vec());
    assert!(!pipe.next("error")["msg"]["message"].as_str().unwrap().is_empty());
    works(&stage, &pipe);
}

#[test]
fn a_line_above_the_cap() {
    let stage = Stage::new("", &[], []);
    let pipe = stage.pipe("never");
    pipe.line(&format!(r#"{{"id": "big", "op": "{}"}}"#, "x".repeat(33 * 1024 * 1024)));
    let message = pipe.next("error")["msg"]["message"].to_string();
    assert!(message.contains("32 MiB"), "the cap is named: {message}");
    works(&stage, &pipe);
}

/// The session still does what it is asked, and ends in peace.
fn works(stage: &Stage, pipe: &Pipe) {
    stage.model.then([Turn::say("still here")]);
    pipe.say("still there?");
    assert_eq!(pipe.next("agent_message")["msg"]["message"], "still here");
    pipe.next("task_complete");
    assert_eq!(pipe.finish().code(), Some(0));
    assert!(!pipe.process().stderr().contains("panicked"), "{}", pipe.process().stderr());
}
