//! A client that never heard of Tiro: everything goes through standard LSP, and
//! nothing that such a client would log as noise is sent. (The in-memory editor
//! objects to every `tiro/` message; [`Client::finish`] checks that.)

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client},
    model::{Gate, Turn},
    profile::Profile,
    uri,
};

use crate::stage::{ASKING, AUTOMATIC, Stage, calls, command};

pub(crate) fn run(client: &Client, name: &str, arguments: Value) {
    let params = json!({"command": name, "arguments": arguments});
    if let Err(error) = client.call("workspace/executeCommand", params) {
        client.fail(&format!("{name} was refused: {error:?}"));
    }
}

/// The text of the document that the server shows next.
fn shown(client: &Client) -> String {
    let request = client.next_request("window/showDocument");
    let path = uri::to_path(request.params["uri"].as_str().unwrap()).expect("a file is shown");
    #[expect(clippy::disallowed_methods, reason = "the file that the editor would show")]
    let text = std::fs::read_to_string(path).expect("the file that is shown exists");
    text
}

#[test]
fn an_approval_is_asked_by_message_and_the_answer_is_shown() {
    let script = [
        calls("c1", "shell", command(&["touch", "made.txt"])),
        Turn::say("I made the file you wanted."),
    ];
    let stage = Stage::new(ASKING, &[], script);
    let client = stage.plain(Profile::vscode());
    run(&client, "tiro.ask", json!(["make a file"]));

    let question = client.next_request("window/showMessageRequest");
    let message = question.params["message"].as_str().unwrap().to_owned();
    assert!(message.contains("touch made.txt"), "{message}");
    assert!(!stage.project.has("made.txt"), "it ran before it was approved");
    client.answer(&question, question.params["actions"][0].clone());

    assert!(shown(&client).contains("I made the file you wanted."));
    assert!(stage.project.has("made.txt"));
    client.finish();
    stage.model.finish();
}

#[test]
fn what_the_sandbox_stopped_is_allowed_by_a_button_that_says_what() {
    let stage = Stage::new(&ASKING.replace("unless-allow-listed", "on-failure"), &[], []);
    let file = stage.project.outside().join("made.txt");
    stage.model.then([
        calls("c1", "shell", command(&["touch", file.to_str().unwrap()])),
        Turn::say("I made it."),
    ]);
    let client = stage.plain(Profile::vscode());
    run(&client, "tiro.ask", json!(["make a file"]));
    let question = client.next_request("window/showMessageRequest");
    let allow = format!("Allow writing {}", stage.project.outside().display());
    let titles: Vec<&str> = question.params["actions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|action| action["title"].as_str())
        .collect();
    let for_session = format!("{allow} for this session");
    assert_eq!(titles, [allow.as_str(), for_session.as_str(), "Don't allow", "Stop"]);
    client.answer(&question, question.params["actions"][0].clone());
    assert!(shown(&client).contains("I made it."));
    assert!(file.exists());
    client.finish();
    stage.model.finish();
}

#[test]
fn every_client_learns_the_answer() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let shows = profile.declares("/window/showDocument/support");
        let stage = Stage::new(AUTOMATIC, &[], [Turn::say("The answer is 42.")]);
        let client = stage.plain(profile);
        run(&client, "tiro.ask", json!(["what is the answer?"]));
        if shows {
            assert!(shown(&client).contains("The answer is 42."), "{name}");
        } else {
            client.next_where("window/showMessage", |params| {
                params["message"].as_str().is_some_and(|text| text.contains("The answer is 42."))
            });
        }
        client.finish();
    }
}

#[test]
fn a_dismissed_question_is_not_an_answer() {
    no_answer(Value::Null);
}

#[test]
fn a_choice_that_was_not_offered_is_not_an_answer() {
    for unknown in
        [json!({"title": "Run everything"}), json!({"title": 1}), json!("Run once"), json!([])]
    {
        no_answer(unknown);
    }
}

fn no_answer(answer: Value) {
    let script = [calls("c1", "shell", command(&["touch", "made.txt"])), Turn::say("done")];
    let stage = Stage::new(ASKING, &[], script);
    let client = stage.plain(Profile::helix());
    run(&client, "tiro.ask", json!(["make a file"]));
    let question = client.next_request("window/showMessageRequest");
    client.answer(&question, answer);
    client.next_where("window/logMessage", |params| {
        params["message"].as_str().is_some_and(|said| said.contains("still waits for a decision"))
    });
    // Had it meant "denied", nothing would be pending now.
    run(&client, "tiro.approve", json!([]));
    stage.model.request(2);
    assert!(stage.project.has("made.txt"));
    shown(&client);
    client.finish();
}

#[test]
fn a_question_may_never_be_answered() {
    let script = [calls("c1", "shell", command(&["touch", "made.txt"])), Turn::say("stopped")];
    let stage = Stage::new(ASKING, &[], script);
    let client = stage.plain(Profile::vscode());
    run(&client, "tiro.ask", json!(["make a file"]));
    let question = client.next_request("window/showMessageRequest");
    run(&client, "tiro.stop", json!([]));
    run(&client, "tiro.ask", json!(["and now?"]));
    assert!(shown(&client).contains("stopped"));
    assert!(!stage.project.has("made.txt"));
    // An answer that comes when nobody waits does no harm.
    client.answer(&question, question.params["actions"][0].clone());
    client.finish();
    stage.model.finish();
}

fn stopped_by(stop: impl FnOnce(&Client, &Value)) {
    let gate = Gate::new();
    let script = [Turn::new().text("I begin").wait(&gate), Turn::say("I am here again.")];
    let stage = Stage::new(AUTOMATIC, &[], script);
    let client = stage.plain(Profile::vscode());
    run(&client, "tiro.ask", json!(["go"]));
    let begun = client.next_where("$/progress", |params| params["value"]["kind"] == "begin");
    assert_eq!(begun["value"]["cancellable"], true);
    gate.reached();

    stop(&client, &begun["token"]);
    client.next_where("$/progress", |params| {
        params["token"] == begun["token"] && params["value"]["kind"] == "end"
    });
    run(&client, "tiro.ask", json!(["go on"]));
    // So short a task may be over before the client has made its progress.
    while !shown(&client).contains("I am here again.") {}
    gate.open();
    stage.model.finish();
    client.finish();
}

#[test]
fn cancelling_the_progress_interrupts() {
    stopped_by(|client, token| {
        client.notify("window/workDoneProgress/cancel", json!({"token": token}));
    });
}

#[test]
fn the_stop_command_interrupts() {
    stopped_by(|client, _| run(client, "tiro.stop", json!([])));
}

#[test]
fn an_error_of_the_model_is_shown_to_the_person() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::status(401, "this key is not valid")]);
    let client = stage.plain(Profile::vscode());
    run(&client, "tiro.ask", json!(["hi"]));
    client.wait("the error", |log| {
        log.iter().find(|message| {
            message.from_server
                && matches!(
                    message.method(),
                    Some("window/showMessage" | "window/showMessageRequest")
                )
                && message.value["params"]["message"]
                    .as_str()
                    .is_some_and(|text| text.contains("this key is not valid"))
        })?;
        Some(())
    });
    client.finish();
}

#[test]
fn a_client_that_cannot_show_progress_is_shown_none() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("done")]);
    let client = stage.plain(Profile::bare());
    client.on("window/workDoneProgress/create", |_| Answer::Result(Value::Null));
    run(&client, "tiro.ask", json!([{"text": "hi"}]));
    client.next_where("window/showMessage", |params| {
        params["message"].as_str().is_some_and(|text| text.contains("done"))
    });
    assert!(client.all("$/progress").is_empty());
    assert!(client.all("window/workDoneProgress/create").is_empty());
    client.finish();
}

#[test]
fn a_command_that_makes_no_sense_is_refused() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.plain(Profile::vscode());
    for (name, arguments) in [
        ("tiro.ask", json!([])),
        ("tiro.ask", json!([7])),
        ("tiro.nope", json!([])),
        ("tiro.approve", json!([])),
    ] {
        let params = json!({"command": name, "arguments": arguments});
        let error = client.call("workspace/executeCommand", params).unwrap_err();
        assert_eq!(error.code, -32602, "{name}: {}", error.message);
    }
    client.finish();
}
