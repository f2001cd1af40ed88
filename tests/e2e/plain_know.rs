//! What a person knows and changes without a plugin: grants, checkpoints, the
//! status, the model, the settings.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client},
    model::{Gate, Turn},
    profile::Profile,
};

use crate::{
    plain_approvals::{actions, choose},
    plain_client::run,
    stage::{ASKING, AUTOMATIC, Stage, calls, command, patch},
};

/// The next message to the person with this in it.
fn said(client: &Client, what: &str) -> String {
    let params = client.next_where("window/showMessage", |params| {
        params["message"].as_str().is_some_and(|text| text.contains(what))
    });
    params["message"].as_str().unwrap().to_owned()
}

fn refused(client: &Client, name: &str, arguments: Value) -> String {
    let params = json!({"command": name, "arguments": arguments});
    let error = client.call("workspace/executeCommand", params).unwrap_err();
    assert_eq!(error.code, -32602, "{name}: {}", error.message);
    error.message
}

/// The buttons of a question.
fn buttons(question: &tiro_tests::client::ServerRequest) -> Vec<&str> {
    let actions = question.params["actions"].as_array().unwrap().iter();
    actions.map(|action| action["title"].as_str().unwrap()).collect()
}

fn touches(id: &str) -> Turn {
    calls(id, "shell", command(&["touch", "made.txt"]))
}

/// Allows `touch made.txt` for the session.
fn allowed_stage(rest: impl IntoIterator<Item = Turn>) -> Stage {
    let turns = [touches("c1"), Turn::say("done")].into_iter().chain(rest);
    Stage::new(ASKING, &[("chat.tiro.md", "")], turns.collect::<Vec<_>>())
}

fn allow(client: &Client) {
    run(client, "tiro.ask", json!(["go"]));
    let question = client.next_request("window/showMessageRequest");
    client.answer(&question, json!({"title": "Run always here"}));
}

#[test]
fn what_was_allowed_is_listed_and_taken_back_in_every_client() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let stage = allowed_stage([touches("c2"), Turn::say("done again")]);
        let client = stage.plain(profile);
        run(&client, "tiro.grants", json!([]));
        said(&client, "nothing is allowed for this session");
        allow(&client);
        stage.model.request(2);
        run(&client, "tiro.grants", json!([]));
        let question = client.next_request("window/showMessageRequest");
        let message = question.params["message"].as_str().unwrap();
        assert!(message.contains("1. `touch made.txt` in "), "{name}: {message}");
        assert!(message.contains("runs without asking, in the sandbox."), "{name}: {message}");
        assert_eq!(buttons(&question), ["Take back: touch made.txt", "Keep all"], "{name}");
        client.answer(&question, json!({"title": "Take back: touch made.txt"}));
        said(&client, "taken back: `touch made.txt`");
        // The next time it is asked about again.
        run(&client, "tiro.ask", json!(["again"]));
        let question = client.next_request("window/showMessageRequest");
        client.answer(&question, json!({"title": "Stop"}));
        client.finish();
    }
}

#[test]
fn a_grant_is_taken_back_by_number_or_in_a_chat() {
    for by_number in [true, false] {
        let stage = allowed_stage([]);
        let client = stage.plain(Profile::helix());
        refused(&client, "tiro.revoke", json!([{"number": 1}]));
        refused(&client, "tiro.revoke", json!([]));
        refused(&client, "tiro.revoke", json!([{"grant": {"type": "everything"}}]));
        allow(&client);
        answered(&client, "done");
        // An answer that is none keeps everything.
        client.on("window/showMessageRequest", |_| Answer::Result(json!({"title": "Perhaps"})));
        run(&client, "tiro.grants", json!([]));
        said(&client, "none of the answers");
        if by_number {
            run(&client, "tiro.revoke", json!(["1"]));
        } else {
            client.open(&stage.project.path("chat.tiro.md"));
            let offered = actions(&stage, &client, "chat.tiro.md");
            choose(&client, &offered, "Tiro: take back touch made.txt");
        }
        said(&client, "taken back: `touch made.txt`");
        run(&client, "tiro.grants", json!([]));
        said(&client, "nothing is allowed");
        client.finish();
    }
}

fn edits(stage_files: &[(&str, &str)]) -> Stage {
    let turns = [
        calls("p1", "apply_patch", patch("*** Update File: a.txt\n@@\n-one\n+two")),
        Turn::say("the number is another one now"),
    ];
    Stage::new(AUTOMATIC, stage_files, turns)
}

/// Waits until the answer of the task was shown, in whichever way.
pub(crate) fn answered(client: &Client, text: &str) {
    client.wait("the answer", |log| {
        log.iter().find(|message| {
            let said = message.value["params"]["message"].as_str().unwrap_or_default();
            let shows = message.method() == Some("window/showDocument");
            message.from_server
                && (shows || message.method() == Some("window/showMessage") && said.contains(text))
        })?;
        Some(())
    });
}

#[test]
fn a_person_goes_back_to_before_a_task_in_every_client() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let stage = edits(&[("a.txt", "one\n")]);
        let client = stage.plain(profile);
        run(&client, "tiro.restore", json!([]));
        said(&client, "there is nothing to go back to");
        run(&client, "tiro.ask", json!(["change the number"]));
        answered(&client, "is another one now");
        assert_eq!(stage.project.read("a.txt"), "two\n", "{name}");
        run(&client, "tiro.restore", json!([]));
        let question = client.next_request("window/showMessageRequest");
        let expected = ["just now: change the number (a.txt)", "Change nothing"];
        assert_eq!(buttons(&question), expected, "{name}");
        client.answer(&question, json!({"title": expected[0]}));
        let told = said(&client, "restored; as before: ");
        assert!(told.ends_with("/a.txt"), "{name}: {told}");
        assert_eq!(stage.project.read("a.txt"), "one\n", "{name}");
        client.finish();
    }
}

#[test]
fn a_checkpoint_can_be_named_and_what_is_none_changes_nothing() {
    let stage = edits(&[("a.txt", "one\n")]);
    let client = stage.plain(Profile::sublime());
    refused(&client, "tiro.restore", json!([{"paths": ["a.txt"]}]));
    refused(&client, "tiro.restore", json!([{"checkpoint": 7}]));
    run(&client, "tiro.ask", json!(["change the number"]));
    answered(&client, "is another one now");
    for no_choice in [
        Answer::Result(Value::Null),
        Answer::Result(json!({"title": "Change nothing"})),
        Answer::Error(-32601, "no dialogs".to_owned()),
        Answer::Hold,
    ] {
        client.on("window/showMessageRequest", move |_| no_choice.clone());
        run(&client, "tiro.restore", json!([]));
        client.next_request("window/showMessageRequest");
    }
    let hint = said(&client, "the editor could not ask");
    let (_, example) = hint.split_once("tiro.restore: ").expect("an example");
    let mut argument: Value = serde_json::from_str(example).expect("JSON");
    assert_eq!(stage.project.read("a.txt"), "two\n");
    // What a person changed since, in the same lines, is not lost.
    stage.project.write("a.txt", b"three\n");
    run(&client, "tiro.restore", json!([argument]));
    said(&client, "nothing was restored. ");
    stage.project.write("a.txt", b"two\n");
    argument["paths"] = json!(["a.txt"]);
    run(&client, "tiro.restore", json!([argument]));
    said(&client, "restored; as before: ");
    assert_eq!(stage.project.read("a.txt"), "one\n");
    run(&client, "tiro.restore", json!([{"checkpoint": "nope"}]));
    said(&client, "nope");
    client.finish();
}

#[test]
fn the_status_is_said_in_words() {
    for profile in Profile::all() {
        let gate = Gate::new();
        let stage =
            Stage::new(AUTOMATIC, &[("a.txt", "one\n")], [Turn::new().text("hm").wait(&gate)]);
        let client = stage.plain(profile);
        client.next_where("window/logMessage", |params| {
            params["message"].as_str().is_some_and(|text| text.contains("uses the model"))
        });
        client.open(&stage.project.path("a.txt"));
        client.edit(|editor| editor.type_over(&stage.project.path("a.txt"), "one", "two"));
        run(&client, "tiro.status", json!([]));
        let idle = said(&client, "model: ");
        for part in [
            "Tiro: ready\n",
            "model: scripted of ",
            "asks about nothing; what the sandbox stops is not done",
            "commands may do this unasked: reading every file, writing the workspace",
            "not saved: ",
        ] {
            assert!(idle.contains(part), "{part:?} is not in {idle}");
        }
        run(&client, "tiro.ask", json!(["go"]));
        gate.reached();
        run(&client, "tiro.status", json!([]));
        said(&client, "a task is running");
        gate.open();
        client.finish();
    }
}

#[test]
fn without_a_model_the_status_says_why_and_the_doctor_what_to_do() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    stage.project.config("model_provider = \"openai\"\n");
    let client = stage.plain(Profile::bare());
    said(&client, "OPENAI_API_KEY");
    run(&client, "tiro.status", json!([]));
    said(&client, "not ready: ");
    run(&client, "tiro.model", json!([]));
    said(&client, "no models can be listed");
    run(&client, "tiro.doctor", json!([]));
    let report = said(&client, "next:");
    assert!(report.contains("config:") && report.contains("model:"), "{report}");
    client.finish();
}

#[test]
fn another_model_is_chosen_and_the_session_goes_on() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let turns = [Turn::say("one"), Turn::say("two"), Turn::say("three")];
        let stage = Stage::new(AUTOMATIC, &[], turns);
        let client = stage.plain(profile);
        run(&client, "tiro.ask", json!(["first"]));
        answered(&client, "one");
        run(&client, "tiro.model", json!([]));
        let question = client.next_request("window/showMessageRequest");
        assert_eq!(buttons(&question)[0], "scripted (now)", "{name}");
        client.answer(&question, Value::Null);
        refused(&client, "tiro.model", json!([" "]));
        refused(&client, "tiro.model", json!([{"model": 7}]));
        run(&client, "tiro.model", json!([{"model": "another"}]));
        said(&client, "uses the model another from now on");
        run(&client, "tiro.ask", json!(["second"]));
        let request = stage.model.request(2);
        assert_eq!(request.body["model"], "another", "{name}");
        assert_eq!(request.user_texts(), ["first", "second"], "{name}: the history is kept");
        assert!(
            request.instructions().contains("nobody can be asked"),
            "{name}: the policy is kept"
        );
        client.finish();
    }
}

#[test]
fn a_model_that_is_chosen_while_a_task_runs_waits_for_its_end() {
    let gate = Gate::new();
    let turns = [Turn::new().text("one").wait(&gate), Turn::say("two")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let client = stage.plain(Profile::neovim());
    run(&client, "tiro.ask", json!(["first"]));
    gate.reached();
    run(&client, "tiro.model", json!(["another"]));
    said(&client, "uses the model another when the task has ended");
    gate.open();
    client.next_where("window/logMessage", |params| {
        params["message"].as_str().is_some_and(|text| text.contains("uses the model another"))
    });
    run(&client, "tiro.ask", json!(["second"]));
    let request = stage.model.request(2);
    assert_eq!(request.body["model"], "another");
    assert_eq!(request.assistant_texts(), ["one"], "the task was not cut short");
    client.finish();
}

fn settings(config: Value) -> Value {
    json!({"settings": {"tiro": {"config": config}}})
}

#[test]
fn a_setting_that_is_pushed_holds_for_the_next_task() {
    let stage = Stage::new(ASKING, &[], [touches("c1"), Turn::say("done")]);
    let client = stage.plain(Profile::bare());
    let config = json!({"model": "pushed", "approval_policy": "never"});
    client.notify("workspace/didChangeConfiguration", settings(config));
    client.next_where("window/logMessage", |params| {
        params["message"].as_str().is_some_and(|text| text.contains("uses the model pushed"))
    });
    run(&client, "tiro.ask", json!(["go"]));
    let request = stage.model.request(2);
    assert_eq!(request.body["model"], "pushed");
    assert!(stage.project.has("made.txt"), "nobody was asked");
    client.finish();
    stage.model.finish();
}

#[test]
fn what_the_editor_answers_counts_over_its_options_and_before_the_first_task() {
    let stage = Stage::new(ASKING, &[], [touches("c1"), Turn::say("done")]);
    let client = Client::start(&stage.project, Profile::eglot());
    client.on("workspace/configuration", |params| {
        assert_eq!(params["items"], json!([{"section": "tiro"}]));
        Answer::Result(json!([{"config": {"approval_policy": "never"}}]))
    });
    let options = json!({"model": "option", "approval_policy": "unless-allow-listed"});
    client.initialize(json!({"tiro": {"config": options}}));
    client.notify("initialized", json!({}));
    run(&client, "tiro.ask", json!(["go"]));
    assert_eq!(stage.model.request(2).body["model"], "option");
    assert!(stage.project.has("made.txt"), "nobody was asked");
    // Told that something is another, it is asked again.
    client.on("workspace/configuration", |_| Answer::Result(json!([{"config": {"model": "b"}}])));
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    client.next_where("window/logMessage", |params| {
        params["message"].as_str().is_some_and(|text| text.contains("uses the model b"))
    });
    client.finish();
    stage.model.finish();
}

#[test]
fn a_client_that_never_says_its_settings_starts_all_the_same() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("done")]);
    for answer in [Answer::Hold, Answer::Error(-32603, "no".into()), Answer::Result(json!(7))] {
        let client = Client::start(&stage.project, Profile::eglot());
        client.on("workspace/configuration", move |_| answer.clone());
        client.initialize(Value::Null);
        client.notify("initialized", json!({}));
        client.next_where("window/logMessage", |params| {
            params["message"].as_str().is_some_and(|text| text.contains("uses the model"))
        });
        client.finish();
    }
}

#[test]
fn a_setting_that_is_wrong_is_named_once() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.plain(Profile::bare());
    client.next_where("window/logMessage", |params| {
        params["message"].as_str().is_some_and(|text| text.contains("uses the model"))
    });
    let push = |config: Value| client.notify("workspace/didChangeConfiguration", settings(config));
    push(json!({"temperature": "hot", "model": 7}));
    let wrong = said(&client, "the changed settings have no effect");
    assert!(wrong.contains("`temperature`: ") && wrong.contains("`model`: "), "{wrong}");
    push(json!({"modle": "m"}));
    said(&client, "unknown key `modle` has no effect; did you mean `model`?");
    push(json!({"modle": "m", "temperature": 0.5, "command_max_tasks": 9}));
    said(&client, "`command_max_tasks`, `temperature` count after the server is restarted");
    let high = json!({"settings": {"tiro": {"model": "m"}}});
    client.notify("workspace/didChangeConfiguration", high);
    said(&client, "`tiro.model` has no effect: it goes below `tiro.config`");
    for (settings, problem) in [
        (json!({"tiro": 7}), "`tiro` has no effect"),
        (json!({"tiro": {"config": []}}), "`tiro.config` has no effect"),
    ] {
        client.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
        said(&client, problem);
    }
    let unknown = client.all("window/showMessage");
    let unknown = unknown.iter().filter(|it| it["message"].to_string().contains("modle")).count();
    assert_eq!(unknown, 1);
    client.finish();
}

/// A client that answers what the editor knows, and no more.
fn knowing(stage: &Stage) -> Client {
    let options = json!({"tiro": {"context": true, "diagnostics": true}});
    Client::ready(&stage.project, Profile::neovim(), options)
}

#[test]
fn the_model_is_told_what_the_editor_shows() {
    let stage = Stage::new(AUTOMATIC, &[("a.rs", "fn a() {}\n")], []);
    let client = knowing(&stage);
    let uri = stage.project.uri("a.rs");
    let start = json!({"line": 0, "character": 0});
    let diagnostic = json!({"range": {"start": start, "end": start}, "severity": 1,
        "source": "rustc", "message": "mismatched types"});
    client.editor().knows(
        json!({"openFiles": [uri], "activeFile": uri, "cursor": start}),
        json!([{"uri": uri, "diagnostics": [diagnostic]}]),
    );
    let parts = [
        "what is wrong?",
        "Open files: a.rs",
        "The cursor is in a.rs, line 1.",
        "- a.rs:1: error: mismatched types (rustc)",
    ];
    // On a machine with much to do an answer may be too late for a task; not for each.
    for task in 1.. {
        stage.model.then([Turn::say("done")]);
        run(&client, "tiro.ask", json!(["what is wrong?"]));
        let told = stage.model.request(task).last_user_text();
        client.next_request("window/showDocument");
        let Some(part) = parts.iter().find(|part| !told.contains(**part)) else { break };
        assert!(task < 20, "{part:?} is not in {told}");
    }
    client.finish();
    stage.model.finish();
}

#[test]
fn an_editor_that_does_not_say_what_it_shows_holds_nothing_up() {
    let gate = Gate::new();
    let turns = [Turn::new().text("one").wait(&gate), Turn::say("two")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let client = knowing(&stage);
    client.on("tiro/context", |_| Answer::Hold);
    client.on("tiro/diagnostics", |_| Answer::Result(json!({"not": "a list"})));
    let say = |text: &str| {
        client.request(
            "workspace/executeCommand",
            json!({"command": "tiro.ask", "arguments": [text]}),
        )
    };
    let ids = [say("first"), say("second")];
    for id in ids {
        client.response(id).unwrap();
    }
    gate.reached();
    gate.open();
    // What was said second came second, and did not wait for the editor again.
    assert_eq!(stage.model.request(2).user_texts(), ["first", "second"]);
    assert_eq!(client.all("tiro/context").len(), 1);
    client.finish();
    stage.model.finish();
}
