//! Bad input: each gives one clear error where the person looks, leaves every file
//! as it was, and leaves the session usable.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk")]

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, opted_in},
    model::{Turn, Wire},
    profile::Profile,
    project::Project,
};

use crate::stage::{AUTOMATIC, NO_RETRIES, Stage, ask, calls, command, patch};

fn frame(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn error_without_request(client: &Client, code: i64) -> String {
    client.wait(&format!("an error {code}"), |log| {
        let error = log.iter().find(|message| {
            message.from_server
                && message.value["id"].is_null()
                && message.value["error"]["code"] == code
        })?;
        Some(error.value["error"]["message"].to_string())
    })
}

/// The session still does what it is asked.
fn usable(stage: &Stage, client: &Client) {
    stage.model.then([Turn::say("still here")]);
    ask(client, "still there?");
    let said = client.all("tiro/agentMessage");
    assert_eq!(said.last().unwrap()["message"], "still here");
}

#[test]
fn broken_json() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    client.send_raw(frame("{\"jsonrpc\": \"2.0\", \"id\": 77, \"method\": "));
    error_without_request(&client, -32700);
    client.send_raw(frame("[]"));
    client.send_raw(frame("{\"jsonrpc\": \"2.0\"}"));
    error_without_request(&client, -32600);
    usable(&stage, &client);
    client.finish();
}

#[test]
fn unknown_methods_and_wrong_params() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    assert_eq!(client.call("textDocument/nonsense", json!({})).unwrap_err().code, -32601);
    let wrong = client.call("workspace/executeCommand", json!({"no": "command"})).unwrap_err();
    assert_eq!(wrong.code, -32602, "{wrong:?}");
    // Notifications have no answer; they must do no harm.
    client.notify("textDocument/didChange", json!({"textDocument": 7}));
    client.notify("textDocument/nonsense", json!({}));
    client.notify("$/optional", json!({}));
    usable(&stage, &client);
    client.finish();
}

#[test]
fn a_message_above_the_cap() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    let text = "x".repeat(33 * 1024 * 1024);
    let body = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":\"big\",\"method\":\"tiro/userInput\",\"params\":{{\"t\":\"{text}\"}}}}"
    );
    client.send_raw(frame(&body));
    let message = client.wait("the refusal", |log| {
        let answer =
            log.iter().find(|message| message.from_server && message.value["id"] == "big")?;
        Some(answer.value["error"]["message"].to_string())
    });
    assert!(message.contains("32 MiB"), "the cap is named: {message}");
    usable(&stage, &client);
    client.finish();
}

#[test]
fn a_request_before_initialize() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = Client::start(&stage.project, Profile::vscode());
    let error = client.call("tiro/userInput", json!({"items": []})).unwrap_err();
    assert_eq!(error.code, -32002, "{error:?}");
    client.notify("textDocument/didOpen", json!({}));
    client.initialize(opted_in(json!({})));
    client.notify("initialized", json!({}));
    client.next("tiro/sessionConfigured");
    usable(&stage, &client);
    client.finish();
}

/// A patch that must not be applied: the model is told what is wrong, one line for
/// the person too, and nothing is written.
fn refused(stage: &Stage, client: &Client, body: &str, names: &str) {
    let before = stage.model.requests().len();
    let id = format!("c{before}");
    stage.model.then([calls(&id, "apply_patch", patch(body)), Turn::say("a pity")]);
    ask(client, "patch");
    let told = stage.model.request(before + 2).tool_output(&id);
    assert!(told.contains(names), "{body}\nshould name {names:?}: {told}");
    assert!(client.all("workspace/applyEdit").is_empty(), "{body}");
}

#[test]
fn a_file_that_is_not_utf8() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let bytes = b"caf\xe9\nline\n";
    stage.project.write("latin1.txt", bytes);
    let client = stage.client(Profile::vscode());
    refused(&stage, &client, "*** Update File: latin1.txt\n@@\n-line\n+other", "UTF-8");
    assert_eq!(std::fs::read(stage.project.path("latin1.txt")).unwrap(), bytes);
    usable(&stage, &client);
    client.finish();
}

#[test]
fn a_path_outside_of_the_root() {
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], []);
    let outside = stage.project.outside();
    std::os::unix::fs::symlink(&outside, stage.project.path("link")).unwrap();
    let absolute = outside.join("x.txt").display().to_string();
    let client = stage.client(Profile::vscode());
    let paths = ["../home/x.txt", "link/x.txt", "sub/../../home/x.txt", absolute.as_str()];
    for (at, path) in paths.into_iter().enumerate() {
        stage.model.then([
            calls(&format!("c{at}"), "apply_patch", patch(&format!("*** Add File: {path}\n+x"))),
            Turn::say("a pity"),
        ]);
        ask(&client, "patch");
        let told = stage.model.request(2 * at + 2).tool_output(&format!("c{at}"));
        assert!(told.contains("x.txt") && told.contains("outside"), "{path}: {told}");
        assert!(!outside.join("x.txt").exists(), "{path}");
    }
    // Nor is a file moved out.
    stage.model.then([
        calls(
            "m",
            "apply_patch",
            patch("*** Update File: a.txt\n*** Move to: ../home/x.txt\n@@\n-one\n+two"),
        ),
        Turn::say("a pity"),
    ]);
    ask(&client, "move");
    assert_eq!(stage.project.read("a.txt"), "one\n");
    assert!(!outside.join("x.txt").exists());
    usable(&stage, &client);
    client.finish();
}

#[test]
fn a_patch_that_does_not_fit() {
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], []);
    let client = stage.client(Profile::vscode());
    client.open(&stage.project.path("a.txt"));
    for (body, names) in [
        ("*** Update File: a.txt\n@@\n-no such line\n+x", "no such line"),
        ("*** Update File: missing.txt\n@@\n-one\n+x", "missing.txt"),
        ("*** Delete File: missing.txt", "missing.txt"),
        ("*** Dance File: a.txt", "line 2"),
    ] {
        refused(&stage, &client, body, names);
    }
    let before = stage.model.requests().len();
    stage.model.then([calls("e", "apply_patch", json!({"input": ""})), Turn::say("a pity")]);
    ask(&client, "patch");
    assert!(!stage.model.request(before + 2).tool_output("e").is_empty());
    assert_eq!(stage.project.read("a.txt"), "one\n");
    assert_eq!(client.editor().text(&stage.project.path("a.txt")), "one\n");
    usable(&stage, &client);
    client.finish();
}

#[test]
fn a_model_that_sends_malformed_tool_arguments() {
    for wire in [Wire::Chat, Wire::Responses] {
        let wrong = Turn::new()
            .call_raw("c1", "shell", "{\"command\": [\"touch\", ")
            .call("c2", "shell", &json!({"command": 7}))
            .call("c3", "no_such_tool", &json!({}))
            .call("c4", "shell", &json!({"command": []}))
            .call("c5", "read_file", &json!({"path": 7}));
        let stage = Stage::on(wire, AUTOMATIC, "", &[], [wrong, Turn::say("I will do better")]);
        let client = stage.client(Profile::vscode());
        ask(&client, "go");
        let request = stage.model.request(2);
        for call in ["c1", "c2", "c4", "c5"] {
            assert!(!request.tool_output(call).is_empty(), "{call}");
        }
        assert!(request.tool_output("c3").contains("no_such_tool"));
        assert!(!stage.project.has("a"));
        usable(&stage, &client);
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_model_that_uses_the_same_call_id_again_and_again() {
    let echo = |text: &str| calls("call_0", "shell", command(&["echo", text]));
    let twice = Turn::new().call("call_0", "shell", &command(&["echo", "three"])).call(
        "call_0",
        "shell",
        &command(&["echo", "four"]),
    );
    for wire in [Wire::Chat, Wire::Responses] {
        let turns = [echo("one"), echo("two"), twice.clone(), Turn::say("done")];
        let stage = Stage::on(wire, AUTOMATIC, "", &[], turns);
        let client = stage.client(Profile::vscode());
        ask(&client, "go");
        let outputs = stage.model.request(4).tool_outputs();
        for text in ["one", "two", "three", "four"] {
            assert_eq!(outputs.values().filter(|it| it.contains(text)).count(), 1, "{outputs:#?}");
        }
        client.finish();
        stage.model.finish();
    }
}

/// The one error of a task that fails.
fn the_error(stage: &Stage, client: &Client) -> String {
    ask(client, "go");
    let errors = client.all("tiro/error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    usable(stage, client);
    errors[0]["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_model_that_answers_401() {
    for wire in [Wire::Chat, Wire::Responses] {
        let stage =
            Stage::on(wire, AUTOMATIC, "", &[], [Turn::status(401, "this key is not valid")]);
        let client = stage.client(Profile::vscode());
        let error = the_error(&stage, &client);
        assert!(error.contains("401") && error.contains("this key is not valid"), "{error}");
        assert_eq!(stage.model.requests().len(), 2, "a refusal is not tried again");
        client.finish();
    }
}

#[test]
fn a_model_that_answers_429_or_500_is_asked_again() {
    for wire in [Wire::Chat, Wire::Responses] {
        let turns = [
            Turn::status_retry_after(429, "slow down", 0),
            Turn::status(503, "busy"),
            Turn::say("there you are"),
        ];
        let stage = Stage::on(wire, AUTOMATIC, "", &[], turns);
        let client = stage.client(Profile::vscode());
        ask(&client, "go");
        assert_eq!(client.all("tiro/agentMessage")[0]["message"], "there you are");
        let told: String =
            client.all("tiro/backgroundEvent").iter().map(|it| it["message"].to_string()).collect();
        assert!(told.contains("429") && told.contains("503"), "{told}");
        assert!(client.all("tiro/error").is_empty());
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_model_that_answers_500_to_the_end() {
    let turns = (0..3).map(|_| Turn::status(500, "something broke"));
    let stage = Stage::on(Wire::Chat, AUTOMATIC, "request_max_retries = 2", &[], turns);
    let client = stage.client(Profile::vscode());
    let error = the_error(&stage, &client);
    assert!(error.contains("500") && error.contains("something broke"), "{error}");
    client.finish();
    stage.model.finish();
}

#[test]
fn a_model_that_drops_the_stream_is_asked_again() {
    for wire in [Wire::Chat, Wire::Responses] {
        let turns = [Turn::new().text("half a sen").drop_stream(), Turn::say("a whole sentence")];
        let stage = Stage::on(wire, AUTOMATIC, "", &[], turns);
        let client = stage.client(Profile::vscode());
        ask(&client, "go");
        let said = client.all("tiro/agentMessage");
        assert_eq!(said.last().unwrap()["message"], "a whole sentence");
        assert!(!client.all("tiro/backgroundEvent").is_empty(), "a retry is told");
        assert_eq!(client.all("tiro/taskComplete").len(), 1);
        usable(&stage, &client);
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_model_that_drops_the_stream_in_a_tool_call_runs_nothing() {
    let half = Turn::new().raw(
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":\"function\",\
         \"function\":{\"name\":\"shell\",\"arguments\":\"{\\\"command\\\":[\\\"touch\\\",\\\"a\\\"]}\"}}]}}]}\n\n",
    );
    let stage = Stage::on(Wire::Chat, AUTOMATIC, NO_RETRIES, &[], [half.drop_stream()]);
    let client = stage.client(Profile::vscode());
    the_error(&stage, &client);
    assert!(!stage.project.has("a"));
    client.finish();
    stage.model.finish();
}

#[test]
fn a_model_that_sends_no_events_but_noise() {
    let noise = Turn::new().raw("data: {broken\n\n").raw("\u{0}\u{1}garbage\n\n").drop_stream();
    let stage = Stage::on(Wire::Chat, AUTOMATIC, NO_RETRIES, &[], [noise]);
    let client = stage.client(Profile::vscode());
    the_error(&stage, &client);
    client.finish();
}

#[test]
fn a_model_that_stops_in_the_middle() {
    let provider = "stream_idle_timeout_ms = 300\nrequest_max_retries = 0\nstream_max_retries = 0";
    for (wire, turn) in [
        (Wire::Chat, Turn::new().text("I was about to").stall()),
        (Wire::Responses, Turn::new().text("I was about to").stall()),
        (Wire::Chat, Turn::silence()),
    ] {
        let stage = Stage::on(wire, AUTOMATIC, provider, &[], [turn]);
        let client = stage.client(Profile::vscode());
        the_error(&stage, &client);
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_provider_that_is_not_there() {
    let stage = Stage::on(Wire::Chat, AUTOMATIC, NO_RETRIES, &[], []);
    // Nothing listens on the port that was just given back.
    let port = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    let project = Project::new(&[]).configured(
        &format!("http://127.0.0.1:{port}/v1"),
        Wire::Chat,
        AUTOMATIC,
        NO_RETRIES,
    );
    let client = Client::ready(&project, Profile::vscode(), opted_in(json!({})));
    client.next("tiro/sessionConfigured");
    ask(&client, "go");
    let error = client.next("tiro/error")["message"].to_string();
    assert!(error.contains(&format!("127.0.0.1:{port}")), "{error}");
    assert_eq!(client.all("tiro/taskComplete").len(), 1);
    client.finish();
    drop(stage);
}

#[test]
fn a_config_file_that_does_not_parse_is_shown_with_its_place() {
    for options in [opted_in(json!({})), Value::Null] {
        let project = Project::new(&[]);
        project.config("model = \"m\"\napproval_policy = sometimes\n");
        let client = Client::ready(&project, Profile::vscode(), options);
        client.wait("the complaint", |log| {
            log.iter().find(|message| {
                let text = message.value["params"]["message"].as_str().unwrap_or_default();
                message.from_server && text.contains("config.toml") && text.contains('2')
            })?;
            Some(())
        });
        client.finish();
    }
}

#[test]
fn settings_of_the_editor_that_make_no_sense_are_named() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let options = opted_in(json!({"approval_policy": "sometimes"}));
    let client = Client::ready(&stage.project, Profile::vscode(), options);
    client.wait("the complaint", |log| {
        log.iter().find(|message| {
            let text = message.value["params"]["message"].as_str().unwrap_or_default();
            message.from_server && text.contains("sometimes")
        })?;
        Some(())
    });
    client.finish();
}
