//! Order, waiting and late answers.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client, opted_in},
    model::Turn,
    profile::Profile,
};

use crate::stage::{ASKING, AUTOMATIC, Stage, ask, calls, command, patch, say};

fn five_calls() -> Turn {
    (1..=5).fold(Turn::new(), |turn, number| {
        turn.call(&format!("c{number}"), "shell", &command(&["touch", &number.to_string()]))
    })
}

fn five_pending(stage: &Stage) -> (Client, Vec<Value>) {
    let client = stage.client(Profile::vscode());
    client.open(&stage.project.path("a.txt"));
    say(&client, "go");
    let asked = (0..5).map(|_| client.next("tiro/execApprovalRequest")).collect();
    (client, asked)
}

fn two_hundred_changes(stage: &Stage, client: &Client) {
    let path = stage.project.path("a.txt");
    for number in 1..=200 {
        let old = format!("<{}>", number - 1);
        client.edit(|editor| editor.type_over(&path, &old, &format!("<{number}>")));
    }
}

#[test]
fn five_pending_approvals_hold_up_neither_200_changes_nor_shutdown() {
    let stage = Stage::new(ASKING, &[("a.txt", "<0>\n")], [five_calls()]);
    let (client, _) = five_pending(&stage);
    two_hundred_changes(&stage, &client);
    client.finish();
}

#[test]
fn five_pending_dialogs_hold_up_neither_200_changes_nor_shutdown() {
    let stage = Stage::new(ASKING, &[("a.txt", "<0>\n")], [five_calls()]);
    let client = stage.plain(Profile::helix());
    client.open(&stage.project.path("a.txt"));
    let go = json!({"command": "tiro.ask", "arguments": ["go"]});
    client.call("workspace/executeCommand", go).unwrap();
    for _ in 0..5 {
        client.next_request("window/showMessageRequest");
    }
    two_hundred_changes(&stage, &client);
    client.finish();
}

#[test]
fn changes_are_seen_in_order_and_requests_are_answered_while_approvals_wait() {
    let read = calls("r1", "read_file", json!({"path": "a.txt"}));
    let stage = Stage::new(ASKING, &[("a.txt", "<0>\n")], [five_calls(), read, Turn::say("done")]);
    let (client, asked) = five_pending(&stage);
    two_hundred_changes(&stage, &client);
    let nobody = json!({"id": "nobody", "decision": "approved"});
    let requests: Vec<i64> =
        (0..50).map(|_| client.request("tiro/execApproval", nobody.clone())).collect();
    for id in requests {
        assert_eq!(client.response(id).unwrap_err().code, -32602);
    }
    for approval in asked.iter().rev() {
        let answer = json!({"id": approval["call_id"], "decision": "denied"});
        client.call("tiro/execApproval", answer).unwrap();
    }
    client.next("tiro/taskComplete");
    let read = stage.model.request(3).tool_output("r1");
    assert!(read.contains("<200>"), "{read}");
    client.finish();
    stage.model.finish();
}

#[test]
fn nothing_is_sent_before_initialize_is_answered() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    let log = client.log();
    let first = log.iter().find(|message| message.from_server).unwrap();
    assert!(first.value["result"]["capabilities"].is_object(), "{first}");
    client.finish();
}

#[test]
fn a_late_answer_ends_nothing() {
    let turns = [calls("c1", "shell", command(&["touch", "a"])), Turn::say("here")];
    let stage = Stage::new(ASKING, &[], turns);
    let client = stage.plain(Profile::vscode());
    let run = |name: &str| {
        let params = json!({"command": name, "arguments": ["go"]});
        client.call("workspace/executeCommand", params).unwrap();
    };
    run("tiro.ask");
    let question = client.next_request("window/showMessageRequest");
    run("tiro.stop");
    client.next_where("$/progress", |params| params["value"]["kind"] == "end");
    client.answer(&question, question.params["actions"][0].clone());
    client.answer(&question, Value::Null);
    run("tiro.ask");
    client.next_request("window/showDocument");
    assert!(!stage.project.has("a"));
    client.finish();
}

#[test]
fn answers_of_the_wrong_shape_end_nothing() {
    for wrong in [json!(17), json!({}), json!({"applied": "yes"}), Value::Null] {
        let change = patch("*** Update File: a.txt\n@@\n-one\n+two");
        let turns = [calls("c1", "apply_patch", change), Turn::say("done")];
        let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], turns);
        let client = stage.client(Profile::vscode());
        let path = stage.project.path("a.txt");
        client.open(&path);
        let answer = wrong.clone();
        client.on("workspace/applyEdit", move |_| Answer::Result(answer.clone()));
        ask(&client, "go");
        assert_eq!(client.next("tiro/patchApplyEnd")["success"], false, "{wrong}");
        assert_eq!(client.editor().text(&path), "one\n");
        assert_eq!(stage.project.read("a.txt"), "one\n");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn an_error_for_an_answer_is_reported_for_the_file() {
    let change = patch("*** Update File: a.txt\n@@\n-one\n+two");
    let turns = [calls("c1", "apply_patch", change), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], turns);
    let client = stage.client(Profile::vscode());
    client.open(&stage.project.path("a.txt"));
    client.on("workspace/applyEdit", |_| Answer::Error(-32603, "the buffer is locked".to_owned()));
    ask(&client, "go");
    let end = client.next("tiro/patchApplyEnd");
    assert_eq!(end["success"], false);
    let stderr = end["stderr"].as_str().unwrap();
    assert!(stderr.contains("a.txt") && stderr.contains("the buffer is locked"), "{stderr}");
    client.finish();
}

#[test]
fn opting_in_works_through_the_experimental_capabilities_too() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("hi")]);
    let options = opted_in(json!({}));
    let profile = Profile::vscode().declaring("experimental", options);
    let client = Client::start(&stage.project, profile);
    let mut result = client.initialize(json!({"tiro": {"events": true}}));
    assert!(result["capabilities"]["experimental"].take().is_object());
    client.notify("initialized", json!({}));
    client.next("tiro/sessionConfigured");
    client.finish();
}

#[test]
fn positions_are_utf8_only_where_that_is_offered() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let offers = profile.capability("/general/positionEncodings").clone();
        let offers_utf8 = offers.as_array().is_some_and(|all| all.contains(&json!("utf-8")));
        let stage = Stage::new(AUTOMATIC, &[], []);
        let client = Client::start(&stage.project, profile);
        let chosen = client.initialize(Value::Null)["capabilities"]["positionEncoding"].clone();
        client.notify("initialized", json!({}));
        if offers_utf8 {
            assert_eq!(chosen, "utf-8", "{name}");
        } else {
            assert!(chosen.is_null() || chosen == "utf-16", "{name}: {chosen}");
        }
        client.finish();
    }
}
