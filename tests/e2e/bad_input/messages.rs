//! Messages that are none, and settings that make no sense.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, opted_in},
    profile::Profile,
    project::Project,
};

use super::usable;
use crate::stage::{AUTOMATIC, Stage};

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
