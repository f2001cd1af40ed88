//! Documents that are closed, deleted, renamed or broken by hand, and clients
//! that do not do what they say: nothing is lost, and it is said what is missing.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client, document},
    model::{Gate, Turn},
    profile::Profile,
};

use super::helpers::{answered, chat, eventually, message, run, send, shown, until};
use crate::stage::{AUTOMATIC, Stage};

const HI: &str = "## You\n\nhi\n";

/// A chat whose answer has begun, and the gate before the rest of it.
fn begun(profile: Profile) -> (Stage, Client, PathBuf, Gate) {
    let gate = Gate::new();
    let turn = Turn::new().text("I begin").wait(&gate).text(" and I end.");
    let stage = Stage::new(AUTOMATIC, &[], [turn]);
    let client = stage.plain(profile);
    let path = chat(&stage, &client, "a.tiro.md", HI);
    send(&client, &path);
    gate.reached();
    until(&client, &path, |text| text.contains("I begin"));
    (stage, client, path, gate)
}

/// The server has heard all that was told it: it answers in order. An edit of before
/// would cross with what was told.
fn heard(client: &Client, path: &Path) {
    let params = json!({"textDocument": document(path)});
    client.call("textDocument/codeLens", params).expect("an answer, if of nothing");
}

/// The task has ended, as the progress says.
fn ended(client: &Client) {
    client.next_where("$/progress", |params| params["value"]["kind"] == "end");
}

fn read(path: &Path) -> String {
    #[expect(clippy::disallowed_methods, reason = "the file that the editor would show")]
    std::fs::read_to_string(path).expect("the file that is shown exists")
}

#[test]
fn a_chat_that_is_saved_and_closed_is_completed_on_disk() {
    let (stage, client, path, gate) = begun(Profile::helix());
    client.edit(|editor| {
        editor.save(&path);
        editor.close(&path);
    });
    heard(&client, &path);
    gate.open();
    ended(&client);
    let text = eventually(|| {
        let text = stage.project.read("a.tiro.md");
        text.contains("end.").then_some(text)
    });
    assert_eq!(text, "## You\n\nhi\n\n## Tiro\n\nI begin and I end.\n\n## You\n\n\n");
    client.finish();
}

#[test]
fn a_chat_that_is_closed_without_saving_is_left_and_the_answer_is_shown() {
    let (stage, client, path, gate) = begun(Profile::vscode());
    client.edit(|editor| editor.close(&path));
    heard(&client, &path);
    gate.open();
    let (answer, _) = shown(&client);
    assert!(read(&answer).contains("I begin and I end."));
    assert_eq!(stage.project.read("a.tiro.md"), HI);
    client.finish();
}

#[test]
fn a_chat_that_is_deleted_does_not_come_back_and_the_answer_is_shown() {
    let (stage, client, path, gate) = begun(Profile::helix());
    client.edit(|editor| {
        editor.save(&path);
        editor.close(&path);
    });
    stage.project.remove("a.tiro.md");
    heard(&client, &path);
    gate.open();
    let (answer, _) = shown(&client);
    assert!(read(&answer).contains("I begin and I end."));
    assert!(!stage.project.has("a.tiro.md"));
    client.finish();
}

#[test]
fn a_chat_that_is_deleted_on_disk_goes_on_in_the_editor() {
    let (stage, client, path, gate) = begun(Profile::eglot());
    stage.project.remove("a.tiro.md");
    gate.open();
    assert!(answered(&client, &path).contains("I begin and I end."));
    client.finish();
}

#[test]
fn a_chat_that_is_renamed_goes_on_under_its_new_name() {
    for opens_first in [false, true] {
        let (stage, client, path, gate) = begun(Profile::vscode());
        let new = stage.project.path("b.tiro.md");
        client.edit(|editor| {
            let text = editor.text(&path).to_owned();
            if opens_first {
                editor.open_with(&new, text);
                editor.close(&path);
            } else {
                editor.close(&path);
                editor.open_with(&new, text);
            }
        });
        stage.project.remove("a.tiro.md");
        heard(&client, &path);
        gate.open();
        let text = answered(&client, &new);
        assert_eq!(text, "## You\n\nhi\n\n## Tiro\n\nI begin and I end.\n\n## You\n\n\n");
        client.finish();
    }
}

#[test]
fn a_chat_without_a_message_says_what_is_missing() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.plain(Profile::vscode());
    for (name, text, missing) in [
        ("a.tiro.md", "no heading\n", "this chat has no line `## You`"),
        ("b.tiro.md", "", "this chat has no line `## You`"),
        ("c.tiro.md", "## You\n\nhi\n\n## You\n\n", "there is no message under the last `## You`"),
        ("d.tiro.md", "## You\n\nhi\n\n## Tiro\n\nhello\n\nmore\n", "after the last answer"),
        ("e.tiro.md", "```\n## You\n\nhi\n", "this chat has no line `## You`"),
    ] {
        let path = chat(&stage, &client, name, text);
        let uri = client.editor().document(&path).unwrap().uri.clone();
        assert_eq!(run(&client, "tiro.send", json!([{"uri": uri}])), Value::Null);
        message(&client, missing);
        assert_eq!(client.editor().text(&path), text);
    }
    // Which of them is meant has to be said.
    let params = |arguments: Value| json!({"command": "tiro.send", "arguments": arguments});
    for arguments in [json!([]), json!(["file:///nowhere.tiro.md"]), json!([{"uri": 7}])] {
        let error = client.call("workspace/executeCommand", params(arguments)).unwrap_err();
        assert_eq!(error.code, -32602, "{}", error.message);
    }
    client.finish();
}

#[test]
fn a_broken_chat_sends_what_is_under_the_last_heading() {
    let said = "take this:\n\n```rust\nfn open() {\n";
    let text =
        format!("broken\n\n## You\n\nold\n\nits answer, without a heading\n\n## you ##\n\n{said}");
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("I see.\n## You\nnot you")]);
    let client = stage.plain(Profile::kakoune());
    let path = chat(&stage, &client, "a.tiro.md", &text);
    send(&client, &path);
    let whole = answered(&client, &path);
    // The code that was left open is closed, so that the answer is none of it.
    let answer = "\n```\n\n## Tiro\n\nI see.\n### You\nnot you\n\n## You\n\n\n";
    assert_eq!(whole, format!("{}{answer}", text.trim_end()));
    assert!(stage.model.request(1).last_user_text().ends_with(said.trim_end()));
    client.finish();
}

#[test]
fn a_client_that_says_it_did_and_did_not_is_shown_the_answer() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("The answer is 42.")]);
    let client = stage.plain(Profile::vscode().with(|quirks| quirks.lies = true));
    let path = chat(&stage, &client, "a.tiro.md", HI);
    send(&client, &path);
    let (answer, _) = shown(&client);
    assert!(read(&answer).contains("The answer is 42."));
    assert_eq!(client.editor().text(&path), HI);
    client.finish();
}

#[test]
fn a_client_that_refuses_is_shown_the_answer_with_what_was_done() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("The answer is 42.")]);
    let client = stage.plain(Profile::eglot());
    client.on("workspace/applyEdit", |_| Answer::Error(-32603, "the person said no".to_owned()));
    let path = chat(&stage, &client, "a.tiro.md", HI);
    send(&client, &path);
    let (answer, _) = shown(&client);
    assert!(read(&answer).contains("The answer is 42."));
    client.finish();
}
