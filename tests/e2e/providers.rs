//! Which provider is found, and what a person is told when none is.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, opted_in, says},
    model::{Model, Port, Turn},
    pipe::{Pipe, tiro},
    profile::Profile,
    project::Project,
};

use crate::stage::{ask, say};

/// The servers that are looked for on this machine.
const LOCAL: [&str; 4] = ["ollama", "llama.cpp", "lmstudio", "vllm"];

/// A project where each of them is looked for at a port that is closed.
pub(crate) fn nothing_answers() -> (Project, Vec<Port>) {
    let ports: Vec<Port> = LOCAL.iter().map(|_| Port::closed()).collect();
    let project = Project::new(&[]);
    project.config(&table(LOCAL.iter().zip(&ports).map(|(name, port)| (*name, port.base_url()))));
    (project, ports)
}

/// The same, but one of them is at an address where something may answer.
pub(crate) fn only(name: &str, base_url: &str) -> (Project, Vec<Port>) {
    let (project, ports) = nothing_answers();
    let addresses = LOCAL.iter().zip(&ports).map(|(other, port)| {
        (*other, if *other == name { base_url.to_owned() } else { port.base_url() })
    });
    project.config(&table(addresses));
    (project, ports)
}

fn table<'a>(addresses: impl Iterator<Item = (&'a str, String)>) -> String {
    addresses
        .map(|(name, url)| format!("[model_providers.\"{name}\"]\nbase_url = \"{url}\"\n"))
        .collect()
}

/// What was tried, and the next thing to type.
#[track_caller]
fn says_what_to_do(message: &str) {
    for part in [
        "no model provider was found",
        "OPENAI_API_KEY is not set",
        "ANTHROPIC_API_KEY is not set",
        "GEMINI_API_KEY is not set",
        "Ollama at http://127.0.0.1:",
        "llama.cpp at http://127.0.0.1:",
        "LM Studio at http://127.0.0.1:",
        "vLLM at http://127.0.0.1:",
        "nothing answers",
        "`ollama run ",
        "`tiro doctor`",
    ] {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
}

/// Everything that the server told in the background.
fn told(client: &Client) -> String {
    client.all("tiro/backgroundEvent").iter().map(|it| it["message"].to_string()).collect()
}

#[test]
fn without_a_provider_a_client_that_opted_in_is_told_and_a_server_that_comes_up_is_found() {
    let (project, mut ports) = nothing_answers();
    let client = Client::ready(&project, Profile::vscode(), opted_in(json!({})));
    says_what_to_do(client.next("tiro/error")["message"].as_str().unwrap());

    // Asked all the same: looked for again, and told again, for this input.
    let id = say(&client, "hi");
    let error = client.next("tiro/error");
    assert_eq!(error["id"], id.as_str());
    says_what_to_do(error["message"].as_str().unwrap());

    let model = Model::start_at(ports.remove(0), [Turn::say("hello")]);
    let id = ask(&client, "hi");
    assert_eq!(client.next("tiro/sessionConfigured")["model"], "scripted");
    assert!(told(&client).contains("Ollama answers at"), "{}", told(&client));
    let message = client.next("tiro/agentMessage");
    assert_eq!((&message["id"], &message["message"]), (&json!(id), &json!("hello")));
    assert_eq!(model.request(1).user_texts(), ["hi"], "what was refused is not kept");
    client.finish();
    model.finish();
}

#[test]
fn without_a_provider_a_plain_client_is_shown_a_message() {
    let (project, mut ports) = nothing_answers();
    let client = Client::ready(&project, Profile::helix(), Value::Null);
    let shown = |params: &Value| {
        params["type"] == 1
            && params["message"].as_str().is_some_and(|text| text.contains("no model provider"))
    };
    let message = client.next_where("window/showMessage", shown);
    says_what_to_do(message["message"].as_str().unwrap());

    let model = Model::start_at(ports.remove(3), [Turn::say("hello from vLLM")]);
    let ask = json!({"command": "tiro.ask", "arguments": ["hi"]});
    client.call("workspace/executeCommand", ask).unwrap();
    client.next_request("window/showDocument");
    model.finish();
    let log: String =
        client.all("window/logMessage").iter().map(|it| it["message"].to_string()).collect();
    assert!(log.contains("vLLM answers at"), "the pick is shown: {log}");
    client.finish();
}

#[test]
fn without_a_provider_a_pipe_and_exec_are_told() {
    let (project, mut ports) = nothing_answers();
    let pipe = Pipe::start(&project);
    let id = pipe.configure("never", json!(["disk-full-read-access"]));
    let error = pipe.next("error");
    assert_eq!(error["id"], id.as_str());
    says_what_to_do(error["msg"]["message"].as_str().unwrap());

    let output = tiro(&project, &["exec", "hi"]);
    assert_eq!(output.status.code(), Some(1));
    says_what_to_do(&String::from_utf8(output.stderr).unwrap());
    assert!(output.stdout.is_empty());

    let model = Model::start_at(ports.remove(1), [Turn::say("hello")]);
    let id = pipe.say("hi");
    assert_eq!(pipe.next("session_configured")["msg"]["model"], "scripted");
    assert_eq!(pipe.next("agent_message")["id"], id.as_str());
    pipe.next("task_complete");
    assert_eq!(pipe.finish().code(), Some(0));
    model.finish();
}

#[test]
fn inputs_that_come_while_a_provider_is_looked_for_wait_for_it() {
    let model = Model::start([Turn::say("hello")]);
    let (project, _ports) = only("llama.cpp", &model.base_url());
    let client = Client::ready(&project, Profile::vscode(), opted_in(json!({})));
    // Right behind `initialized`: the answer to the search is not there yet.
    client.call("tiro/userInput", says("hi")).unwrap();
    client.next("tiro/taskComplete");
    assert!(told(&client).contains("llama.cpp answers at"), "{}", told(&client));
    assert_eq!(model.request(1).user_texts(), ["hi"]);
    client.finish();
}

#[test]
fn a_server_on_this_machine_is_found_and_sees_no_key() {
    let model = Model::start([Turn::say("hello")]);
    for name in LOCAL {
        model.then([Turn::say("hello")]);
        let (project, _ports) = only(name, &model.base_url());
        // No provider's variable, but one that must not leak.
        let project = project.with_variable("MY_MODEL_KEY", "sk-very-secret");
        let output = tiro(&project, &["exec", "hi"]);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {errors}");
        assert!(errors.contains(&format!("of {name}, because ")), "the pick is shown: {errors}");
    }
    for request in model.requests() {
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.body["model"], "scripted", "the model that the server lists");
    }
}

#[test]
fn of_several_servers_the_first_is_taken() {
    let (first, second) = (Model::start([Turn::say("first")]), Model::start([]));
    let project = Project::new(&[]);
    let addresses = ["ollama", "vllm"].into_iter().zip([first.base_url(), second.base_url()]);
    let closed = Port::closed();
    let others = ["llama.cpp", "lmstudio"].map(|name| (name, closed.base_url()));
    project.config(&table(addresses.chain(others)));
    let output = tiro(&project, &["exec", "hi"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "first\n");
    assert!(second.requests().is_empty());
}

#[test]
fn a_key_comes_before_a_server_on_this_machine() {
    let (hosted, local) = (Model::start([Turn::say("hello")]), Model::start([]));
    let (project, _ports) = only("ollama", &local.base_url());
    let project = project
        .with_variable("OPENAI_API_KEY", "sk-found")
        .with_variable("OPENAI_BASE_URL", &hosted.base_url());
    let output = tiro(&project, &["exec", "hi"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{errors}");
    assert!(errors.contains("of openai, because OPENAI_API_KEY is set"), "{errors}");
    assert!(!errors.contains("sk-found"), "{errors}");
    assert_eq!(hosted.request(1).header("authorization"), Some("Bearer sk-found"));
    assert!(local.requests().is_empty());
}
