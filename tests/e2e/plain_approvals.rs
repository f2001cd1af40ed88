//! What a person decides without a plugin: by dialog, by code action, by command;
//! and that nothing but an answer is one.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client},
    model::{Gate, Turn},
    profile::Profile,
};

use crate::{
    plain_client::run,
    plain_know::answered,
    stage::{ASKING, Stage, calls, command},
};

fn touches(name: &str) -> Turn {
    calls(&format!("call-{name}"), "shell", command(&["touch", name]))
}

/// The code actions at the beginning of an open document, as title and command.
pub(crate) fn actions(stage: &Stage, client: &Client, path: &str) -> Vec<(String, Value)> {
    let start = json!({"line": 0, "character": 0});
    let uri = client.editor().uri_of(&stage.project.path(path));
    let params = json!({
        "textDocument": {"uri": uri},
        "range": {"start": start, "end": start},
        "context": {"diagnostics": []},
    });
    let actions = client.call("textDocument/codeAction", params).unwrap();
    let named = |action: &Value| {
        // As a command, or as an action that has one.
        let command = if action["command"].is_object() { &action["command"] } else { action };
        (action["title"].as_str().unwrap().to_owned(), command.clone())
    };
    actions.as_array().unwrap().iter().map(named).collect()
}

/// Does what a client does with the action of this title.
pub(crate) fn choose(client: &Client, actions: &[(String, Value)], title: &str) {
    let (_, command) = actions
        .iter()
        .find(|(offered, _)| offered == title)
        .unwrap_or_else(|| client.fail(&format!("{title:?} is not offered: {actions:#?}")));
    run(client, command["command"].as_str().unwrap(), command["arguments"].clone());
}

fn titles(actions: &[(String, Value)]) -> Vec<&str> {
    actions.iter().map(|(title, _)| title.as_str()).collect()
}

#[test]
fn the_dialog_names_command_directory_and_what_always_covers() {
    let stage = Stage::new(ASKING, &[], [touches("a"), touches("a"), Turn::say("done")]);
    let client = stage.plain(Profile::sublime());
    run(&client, "tiro.ask", json!(["go"]));
    let question = client.next_request("window/showMessageRequest");
    let message = question.params["message"].as_str().unwrap();
    let root = stage.project.root().display().to_string();
    assert!(message.contains(&format!("Run `touch a` in {root}?")), "{message}");
    assert!(message.contains("this very command in this very directory, in the sandbox"));
    let offered: Vec<_> = question.params["actions"].as_array().unwrap().iter().collect();
    let offered: Vec<_> = offered.iter().map(|it| it["title"].as_str().unwrap()).collect();
    assert_eq!(offered, ["Run once", "Run always here", "Don't run", "Stop"]);
    client.answer(&question, json!({"title": "Run always here"}));
    // The second time nobody is asked.
    stage.model.request(3);
    assert_eq!(client.all("window/showMessageRequest").len(), 1);
    client.finish();
    stage.model.finish();
}

/// In every client, a dialog that brings no answer leaves code actions that do.
#[test]
fn without_an_answer_the_choices_are_code_actions() {
    let other = [
        Answer::Result(json!({"title": "Perhaps"})),
        Answer::Result(json!(17)),
        Answer::Error(-32603, "no dialogs here".to_owned()),
        Answer::Hold,
    ];
    for profile in Profile::all() {
        let others: &[Answer] = if profile.name == "bare" { &other } else { &[] };
        for no_answer in [&[Answer::Result(Value::Null)], others].concat() {
            let name = format!("{} {no_answer:?}", profile.name);
            let stage = Stage::new(ASKING, &[("a.rs", "")], [touches("made"), Turn::say("done")]);
            let client = stage.plain(profile.clone());
            let answers = no_answer.clone();
            client.on("window/showMessageRequest", move |_| answers.clone());
            client.open(&stage.project.path("a.rs"));
            run(&client, "tiro.ask", json!(["go"]));
            client.next_request("window/showMessageRequest");
            if !matches!(no_answer, Answer::Hold) {
                client.next_where("window/logMessage", |params| {
                    let text = params["message"].as_str().unwrap();
                    text.contains("still waits for a decision") && text.contains("tiro.approve")
                });
            }
            let offered = actions(&stage, &client, "a.rs");
            assert_eq!(
                titles(&offered),
                [
                    "Tiro: Run once – touch made",
                    "Tiro: Run always here – touch made",
                    "Tiro: Don't run – touch made",
                    "Tiro: stop"
                ],
                "{name}"
            );
            assert!(!stage.project.has("made"), "{name}: it ran before it was approved");
            choose(&client, &offered, "Tiro: Run once – touch made");
            stage.model.request(2);
            assert!(stage.project.has("made"), "{name}");
            let left = actions(&stage, &client, "a.rs");
            assert!(!left.iter().any(|(title, _)| title.contains("touch")), "{name}: {left:?}");
            client.finish();
        }
    }
}

#[test]
fn two_questions_are_answered_each_for_itself() {
    let both = Turn::new().call("one", "shell", &command(&["touch", "one"])).call(
        "two",
        "shell",
        &command(&["touch", "two"]),
    );
    let stage = Stage::new(ASKING, &[("chat.tiro.md", "")], [both, Turn::say("done")]);
    let client = stage.plain(Profile::helix());
    client.open(&stage.project.path("chat.tiro.md"));
    run(&client, "tiro.ask", json!(["go"]));
    let first = client.next_request("window/showMessageRequest");
    let second = client.next_request("window/showMessageRequest");
    let offered = actions(&stage, &client, "chat.tiro.md");
    choose(&client, &offered, "Tiro: Don't run – touch one");
    choose(&client, &offered, "Tiro: Run once – touch two");
    let request = stage.model.request(2);
    assert!(stage.project.has("two") && !stage.project.has("one"));
    assert!(request.tool_output("two").contains("exit code 0"));
    // What the dialogs say now comes too late, and changes nothing.
    client.answer(&first, json!({"title": "Run once"}));
    client.answer(&second, json!({"title": "Stop"}));
    client.finish();
    assert!(!stage.project.has("one"));
    stage.model.finish();
}

#[test]
fn the_command_answers_with_words_or_with_the_call() {
    let turns = [touches("a"), touches("b"), Turn::say("done")];
    let stage = Stage::new(ASKING, &[], turns);
    let client = stage.plain(Profile::bare());
    run(&client, "tiro.ask", json!(["go"]));
    client.next_request("window/showMessageRequest");
    for nonsense in [json!([]), json!(["perhaps"]), json!([{"call_id": "call-a"}]), json!([7])] {
        let params = json!({"command": "tiro.answer", "arguments": nonsense});
        let error = client.call("workspace/executeCommand", params).unwrap_err();
        assert!(error.code == -32602 && error.message.contains("approved"), "{error:?}");
    }
    let other = json!([{"call_id": "another", "decision": "approved"}]);
    let params = json!({"command": "tiro.answer", "arguments": other});
    let error = client.call("workspace/executeCommand", params).unwrap_err();
    assert!(error.message.contains("not under this id"), "{error:?}");
    run(&client, "tiro.answer", json!([{"call_id": "call-a", "decision": "approved"}]));
    client.next_request("window/showMessageRequest");
    assert!(stage.project.has("a"));
    run(&client, "tiro.answer", json!(["denied"]));
    stage.model.request(3);
    assert!(!stage.project.has("b"));
    client.finish();
    stage.model.finish();
}

#[test]
fn the_end_of_a_task_takes_its_question_along() {
    let gate = Gate::new();
    let turns = [touches("made"), Turn::new().text("again").wait(&gate)];
    let stage = Stage::new(ASKING, &[("a.rs", "")], turns);
    let client = stage.plain(Profile::eglot());
    client.open(&stage.project.path("a.rs"));
    run(&client, "tiro.ask", json!(["go"]));
    let question = client.next_request("window/showMessageRequest");
    choose(&client, &actions(&stage, &client, "a.rs"), "Tiro: stop");
    run(&client, "tiro.ask", json!(["go on"]));
    gate.reached();
    assert_eq!(titles(&actions(&stage, &client, "a.rs")), ["Tiro: stop"]);
    client.answer(&question, json!({"title": "Run once"}));
    gate.open();
    answered(&client, "again");
    assert!(!stage.project.has("made"));
    client.finish();
}
