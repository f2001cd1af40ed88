//! Several messages at once: to the same chat, to another one, beside a task that
//! no chat began; and messages that are commands.

use serde_json::json;
use tiro_tests::{
    model::{Gate, Turn},
    profile::Profile,
};

use super::helpers::{act, answered, chat, message, run, send, shown, until};
use crate::stage::{AUTOMATIC, Stage};

#[test]
fn a_message_to_a_second_chat_waits_for_the_first() {
    let gate = Gate::new();
    let turns = [Turn::new().text("I am A").wait(&gate).text("."), Turn::say("I am B.")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let client = stage.plain(Profile::vscode());
    let first = chat(&stage, &client, "a.tiro.md", "## You\n\none\n");
    let second = chat(&stage, &client, "b.tiro.md", "## You\n\ntwo\n");
    send(&client, &first);
    gate.reached();
    send(&client, &second);
    let waits = until(&client, &second, |text| text.contains("Another task runs."));
    assert!(!waits.contains("I am"), "{waits}");
    gate.open();
    assert_eq!(answered(&client, &first), "## You\n\none\n\n## Tiro\n\nI am A.\n\n## You\n\n\n");
    let text = answered(&client, &second);
    assert!(text.contains("\n\nI am B.\n\n## You\n"), "{text}");
    let told = stage.model.request(2).user_texts();
    assert!(told.iter().any(|text| text.contains("b.tiro.md")), "{told:?}");
    assert!(told.last().unwrap().ends_with("two"), "{told:?}");
    client.finish();
    stage.model.finish();
}

#[test]
fn a_message_waits_for_a_task_that_no_chat_began_and_can_be_taken_back() {
    let gate = Gate::new();
    let stage = Stage::new(AUTOMATIC, &[], [Turn::new().text("Asked").wait(&gate).text(".")]);
    let client = stage.plain(Profile::vscode());
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\nhi\n");
    run(&client, "tiro.ask", json!(["something"]));
    gate.reached();
    client.next_where("$/progress", |params| params["value"]["kind"] == "begin");
    send(&client, &path);
    until(&client, &path, |text| text.contains("Another task runs."));
    client.edit(|editor| {
        let end = editor.text(&path).len();
        editor.type_at(&path, end..end, "\n## You\n\n/stop\n");
    });
    send(&client, &path);
    until(&client, &path, |text| text.contains("The message that waited is not sent."));
    gate.open();
    shown(&client);
    assert_eq!(stage.model.requests().len(), 1);
    client.finish();
    stage.model.finish();
}

#[test]
fn a_message_to_the_chat_that_is_answered_steers_it() {
    let gate = Gate::new();
    let turns = [Turn::new().text("I begin").wait(&gate), Turn::say("I do it so.")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let client = stage.plain(Profile::helix());
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\ngo\n");
    send(&client, &path);
    gate.reached();
    until(&client, &path, |text| text.contains("I begin"));
    client.edit(|editor| {
        let end = editor.text(&path).len();
        editor.type_at(&path, end..end, "\n## You\n\ndo it so\n");
    });
    send(&client, &path);
    until(&client, &path, |text| text.ends_with("do it so\n\n## Tiro\n\n\n"));
    gate.open();
    let text = until(&client, &path, |text| text.contains("I do it so.\n\n## You"));
    assert_eq!(
        text,
        "## You\n\ngo\n\n## Tiro\n\nI begin\n\n## You\n\ndo it so\n\n## Tiro\n\nI do it so.\n\n## You\n\n\n"
    );
    assert_eq!(stage.model.request(2).last_user_text(), "do it so");
    client.finish();
    stage.model.finish();
}

#[test]
fn a_message_is_sent_once() {
    let gate = Gate::new();
    let stage = Stage::new(AUTOMATIC, &[], [Turn::new().text("One").wait(&gate)]);
    let client = stage.plain(Profile::eglot());
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\nhi\n");
    client.on("workspace/applyEdit", |_| tiro_tests::client::Answer::Hold);
    let argument = json!([{"uri": client.editor().document(&path).unwrap().uri}]);
    run(&client, "tiro.send", argument.clone());
    let held = client.next_request("workspace/applyEdit");
    assert_eq!(run(&client, "tiro.send", argument), serde_json::Value::Null);
    message(&client, "nothing was sent");
    client.on("workspace/applyEdit", |_| tiro_tests::client::Answer::Editor);
    client.perform(&held);
    gate.reached();
    gate.open();
    answered(&client, &path);
    assert_eq!(stage.model.requests().len(), 1);
    client.finish();
}

#[test]
fn commands_are_answered_in_the_document() {
    let gate = Gate::new();
    let stage = Stage::new(AUTOMATIC, &[], [Turn::new().text("I begin").wait(&gate)]);
    let client = stage.plain(Profile::sublime());
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\n/help\n");
    send(&client, &path);
    let text = answered(&client, &path);
    assert!(text.contains("- `/stop` ends the task that runs\n"), "{text}");
    let say = |said: &str| {
        client.edit(|editor| {
            let end = editor.text(&path).len();
            editor.type_at(&path, end - 1..end - 1, said);
        });
        act(&client, &path, "Tiro: send");
    };
    say("/nonsense");
    until(&client, &path, |text| text.contains("> There is no command `/nonsense`"));
    answered(&client, &path);
    say("/new");
    let (new, _) = shown(&client);
    assert!(new.starts_with(stage.project.path(".tiro/chats")));
    until(&client, &path, |text| text.contains("A new chat is opened.\n\n## You\n\n\n"));
    say("go");
    gate.reached();
    until(&client, &path, |text| text.contains("I begin"));
    client.edit(|editor| {
        let end = editor.text(&path).len();
        editor.type_at(&path, end..end, "\n## You\n\n/stop\n");
    });
    act(&client, &path, "Tiro: send");
    until(&client, &path, |text| text.ends_with("/stop\n\n## Tiro\n\nStopped.\n\n## You\n\n\n"));
    gate.open();
    assert_eq!(stage.model.requests().len(), 1);
    client.finish();
}

#[test]
fn an_error_of_the_model_is_in_the_document() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::status(401, "this key is not valid")]);
    let client = stage.plain(Profile::neovim());
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\nhi\n");
    send(&client, &path);
    let text = answered(&client, &path);
    assert!(text.contains("\n> **Error:** ") && text.contains("this key is not valid"), "{text}");
    client.finish();
}
