//! What a person does in a chat, and what is looked at.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, document},
    log::DEADLINE,
    profile::Profile,
    uri,
};

use crate::stage::Stage;

/// Every profile that takes edits.
pub(super) fn editors() -> Vec<Profile> {
    let takes = |profile: &Profile| profile.declares("/workspace/applyEdit");
    Profile::all().into_iter().filter(takes).collect()
}

/// Runs a command of the server.
pub(super) fn run(client: &Client, name: &str, arguments: Value) -> Value {
    let params = json!({"command": name, "arguments": arguments});
    match client.call("workspace/executeCommand", params) {
        Ok(value) => value,
        Err(error) => client.fail(&format!("{name} was refused: {error:?}")),
    }
}

/// A chat of the project with this text, open in the editor.
pub(super) fn chat(stage: &Stage, client: &Client, name: &str, text: &str) -> PathBuf {
    stage.project.write(name, text.as_bytes());
    let path = stage.project.path(name);
    client.open(&path);
    path
}

/// The code actions in a line.
pub(super) fn actions(client: &Client, path: &Path, line: usize) -> Vec<Value> {
    let at = json!({"line": line, "character": 0});
    let params = json!({
        "textDocument": {"uri": client.editor().document(path).unwrap().uri},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": []},
    });
    let actions = client.call("textDocument/codeAction", params).unwrap();
    actions.as_array().cloned().unwrap_or_default()
}

/// Runs the code action with this title in the last line of a document.
pub(super) fn act(client: &Client, path: &Path, title: &str) -> Value {
    let lines = client.editor().text(path).lines().count();
    let offered = actions(client, path, lines);
    let Some(action) = offered.iter().find(|action| action["title"] == title) else {
        client.fail(&format!("no {title:?} in {offered:?}"));
    };
    let command = if action["command"].is_object() { &action["command"] } else { action };
    run(client, command["command"].as_str().unwrap(), command["arguments"].clone())
}

/// Sends what stands under the last heading.
pub(super) fn send(client: &Client, path: &Path) -> Value {
    act(client, path, "Tiro: send")
}

/// Adds text at the end of what stands in a document, before its last blank lines.
pub(super) fn write(client: &Client, path: &Path, text: &str) {
    client.edit(|editor| {
        let end = editor.text(path).len();
        // The cursor is in the last line but one.
        editor.type_at(path, end - 1..end - 1, text);
    });
}

/// Waits until the text of a document is so; gives it.
pub(super) fn until(client: &Client, path: &Path, holds: impl Fn(&str) -> bool) -> String {
    loop {
        let seen = client.log().len();
        let text = client.editor().text(path).to_owned();
        if holds(&text) {
            return text;
        }
        client.wait("the text of the chat", |log| (log.len() > seen).then_some(()));
    }
}

/// Waits until an answer is complete.
pub(super) fn answered(client: &Client, path: &Path) -> String {
    until(client, path, |text| text.ends_with("\n\n## You\n\n\n"))
}

/// Looks again and again, for what no message tells.
pub(super) fn eventually<R>(mut look: impl FnMut() -> Option<R>) -> R {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "looked for it in vain");
        std::thread::yield_now();
    }
}

/// What a client shows as a message next.
pub(super) fn message(client: &Client, part: &str) -> String {
    let shown = client.next_where("window/showMessage", |params| {
        params["message"].as_str().is_some_and(|text| text.contains(part))
    });
    shown["message"].as_str().unwrap().to_owned()
}

/// The path that the server asks the editor to show next, and the line.
pub(super) fn shown(client: &Client) -> (PathBuf, u64) {
    let request = client.next_request("window/showDocument");
    let path = uri::to_path(request.params["uri"].as_str().unwrap()).expect("a file is shown");
    (path, request.params["selection"]["start"]["line"].as_u64().unwrap_or_default())
}

/// What completion offers at a place: is it the whole list, and the labels.
pub(super) fn completion(client: &Client, path: &Path, line: usize, column: usize) -> Value {
    let params = json!({
        "textDocument": document(path),
        "position": {"line": line, "character": column},
    });
    client.call("textDocument/completion", params).unwrap()
}
