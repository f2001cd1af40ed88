//! The same for an editor with a plugin: after a reload, while a task runs, with
//! what was allowed; and the models there are to choose from.

use serde_json::{Value, json};
use tiro_tests::{
    client::Client,
    model::{Gate, Turn},
    profile::Profile,
};

use crate::stage::{ASKING, AUTOMATIC, NO_RETRIES, Stage, ask, calls, command, say};
use tiro_tests::model::Wire;

fn list(client: &Client) -> Vec<Value> {
    let id = client.call("tiro/listSessions", json!({})).expect("taken")["id"].clone();
    let listed = client.next_where("tiro/sessionList", |params| params["id"] == id);
    listed["sessions"].as_array().unwrap().clone()
}

fn resume(client: &Client, params: Value) -> Value {
    let id = client.call("tiro/resumeSession", params).expect("taken")["id"].clone();
    client.next_where("tiro/sessionResumed", |params| params["id"] == id)
}

#[test]
fn an_editor_that_was_reloaded_goes_on() {
    let stage = Stage::new(AUTOMATIC, &[("a.rs", "fn a() {}\n")], ["a", "b"].map(Turn::say));
    let client = stage.client(Profile::vscode());
    let path = stage.project.path("a.rs");
    client.open(&path);
    let context = json!({"openFiles": [stage.project.uri("a.rs")]});
    client.edit(|editor| editor.knows(context, json!([])));
    ask(&client, "what is this?");
    assert!(stage.model.request(1).last_user_text().contains("Open files: a.rs"));
    client.finish();

    let client = stage.client(Profile::vscode());
    let listed = list(&client);
    assert_eq!(listed[0]["title"], "what is this?", "what the editor added is no title");
    let resumed = resume(&client, json!({"session": listed[0]["id"]}));
    assert_eq!(resumed["events"][0]["msg"]["message"], "what is this?");
    assert_eq!(resumed["events"][1]["msg"]["message"], "a");
    ask(&client, "and?");
    let items = stage.model.request(1).items().to_vec();
    assert_eq!(stage.model.request(2).items()[..items.len()], items);
    client.finish();
    stage.model.finish();
}

#[test]
fn while_a_task_runs_nothing_is_resumed() {
    let gate = Gate::new();
    let stage = Stage::new(AUTOMATIC, &[], [Turn::new().wait(&gate).text("a"), Turn::say("b")]);
    let client = stage.client(Profile::vscode());
    let id = say(&client, "go");
    gate.reached();
    let own = list(&client)[0]["id"].clone();
    let refused = client.call("tiro/resumeSession", json!({"session": own, "turns": 0}));
    let refused = refused.expect_err("a task is running");
    assert_eq!(refused.code, -32803, "{}", refused.message);
    gate.open();
    client.next_where("tiro/taskComplete", |params| params["id"] == id.as_str());
    assert_eq!(resume(&client, json!({"session": own, "turns": 0}))["cut"], 1);
    let bad = client.call("tiro/resumeSession", json!({"turns": 1}));
    assert_eq!(bad.expect_err("it names none").code, -32602);
    ask(&client, "anew");
    assert_eq!(stage.model.request(2).user_texts(), ["anew"]);
    client.finish();
}

#[test]
fn what_was_allowed_is_asked_about_again() {
    let touch = |id: &str| calls(id, "shell", command(&["touch", "made.txt"]));
    let turns = [touch("c1"), Turn::say("a"), touch("c2"), Turn::say("b")];
    let stage = Stage::new(ASKING, &[], turns);
    let client = stage.client(Profile::vscode());
    let answer = |decision: &str| {
        let asked = client.next("tiro/execApprovalRequest");
        let params = json!({"id": asked["call_id"], "decision": decision});
        client.call("tiro/execApproval", params).expect("taken");
    };
    say(&client, "go");
    answer("approved_for_session");
    client.next("tiro/taskComplete");
    let own = list(&client)[0]["id"].clone();
    resume(&client, json!({"session": own}));
    assert_eq!(client.next("tiro/grantList")["grants"], json!([]));
    say(&client, "again");
    answer("denied");
    client.next("tiro/taskComplete");
    client.finish();
    stage.model.finish();
}

#[test]
fn the_models_are_told_when_the_provider_has_answered() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    let models = client.call("tiro/models", json!({})).expect("the provider answers");
    assert_eq!(
        models,
        json!({"provider": "scripted", "models": ["scripted"], "current": "scripted"})
    );
    client.finish();

    let stage = Stage::on(Wire::Chat, AUTOMATIC, NO_RETRIES, &[], []);
    stage.project.config(
        "model = \"m\"\nmodel_provider = \"p\"\n[model_providers.p]\n\
         base_url = \"http://127.0.0.1:9/v1\"",
    );
    let client = stage.client(Profile::vscode());
    let error = client.call("tiro/models", json!({})).expect_err("nothing answers");
    assert_eq!(error.code, -32803);
    assert!(error.message.contains("no models can be listed"), "{}", error.message);
    client.finish();
}
