//! Models that answer what nobody can use, or nothing.

use serde_json::json;
use tiro_tests::{
    client::{Client, opted_in},
    model::{Turn, Wire},
    profile::Profile,
    project::Project,
};

use super::usable;
use crate::stage::{AUTOMATIC, NO_RETRIES, Stage, ask, calls, command};

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
