//! What is configured, and what a workspace may not configure.

use serde_json::json;
use tiro_tests::{
    client::{Client, opted_in},
    model::{Model, Turn, Wire},
    profile::Profile,
    project::Project,
};

use crate::stage::{ASKING, AUTOMATIC, Stage, ask, calls, command, say, script};

#[test]
fn what_the_editor_says_comes_before_the_file() {
    let stage = Stage::new(
        ASKING,
        &[],
        [calls("c1", "shell", command(&["touch", "a"])), Turn::say("done")],
    );
    let options = opted_in(json!({"approval_policy": "never", "model": "other"}));
    let client = Client::ready(&stage.project, Profile::vscode(), options);
    assert_eq!(client.next("tiro/sessionConfigured")["model"], "other");
    ask(&client, "go");
    assert!(stage.project.has("a"));
    assert_eq!(stage.model.request(1).body["model"], "other");
    client.finish();
}

#[test]
fn a_workspace_file_only_tightens() {
    let loosens = "approval_policy = \"never\"\n\
        sandbox_permissions = [\"disk-full-read-access\", \"disk-full-write-access\", \"network-full-access\"]\n";
    let stage = Stage::new(ASKING, &[(".tiro/config.toml", loosens)], []);
    let outside = stage.project.outside().join("escaped");
    let touch = script(&format!("touch {}", outside.display()));
    stage.model.then([calls("c1", "shell", touch), Turn::say("done")]);
    let client = stage.client(Profile::vscode());
    say(&client, "go");
    let asked = client.next("tiro/execApprovalRequest");
    let answer = json!({"id": asked["call_id"], "decision": "approved"});
    client.call("tiro/execApproval", answer).unwrap();
    client.wait("the command or a second question", |log| {
        log.iter().find(|message| {
            message.method() == Some("tiro/taskComplete")
                || message.method() == Some("tiro/execApprovalRequest")
                    && message.value["params"]["seq"] != asked["seq"]
        })?;
        Some(())
    });
    assert!(!outside.exists(), "approved was the command in its sandbox");
    client.finish();
}

#[test]
fn a_key_goes_to_its_provider_and_nowhere_else() {
    for wire in [Wire::Chat, Wire::Responses] {
        let model = Model::start([calls("c1", "shell", command(&["env"])), Turn::say("done")]);
        let project = Project::new(&[])
            .configured(&model.base_url(), wire, AUTOMATIC, "env_key = \"MY_MODEL_KEY\"")
            .with_variable("MY_MODEL_KEY", "sk-very-secret");
        let client = Client::ready(&project, Profile::vscode(), opted_in(json!({})));
        client.next("tiro/sessionConfigured");
        ask(&client, "go");
        let request = model.request(2);
        assert_eq!(request.header("authorization"), Some("Bearer sk-very-secret"));
        assert!(!request.tool_output("c1").contains("sk-very-secret"));
        let log = client.log().iter().map(ToString::to_string).collect::<String>();
        assert!(!log.contains("sk-very-secret"), "the client never sees it");
        client.finish();
    }
}

#[test]
fn a_missing_key_is_named() {
    // The key is looked for before the address is.
    let address = "https://model.invalid/v1";
    let project =
        Project::new(&[]).configured(address, Wire::Chat, AUTOMATIC, "env_key = \"MY_MODEL_KEY\"");
    let client = Client::ready(&project, Profile::vscode(), opted_in(json!({})));
    let error = client.next("tiro/error")["message"].to_string();
    assert!(error.contains("MY_MODEL_KEY"), "{error}");
    client.finish();
}

#[test]
fn a_provider_is_found_by_its_key() {
    let model = Model::start([Turn::say("hello")]);
    let project = Project::new(&[])
        .with_variable("OPENAI_API_KEY", "sk-found")
        .with_variable("OPENAI_BASE_URL", &model.base_url());
    let client = Client::ready(&project, Profile::vscode(), opted_in(json!({})));
    client.next("tiro/sessionConfigured");
    ask(&client, "hi");
    assert_eq!(model.request(1).header("authorization"), Some("Bearer sk-found"));
    assert_eq!(client.all("tiro/agentMessage")[0]["message"], "hello");
    let told: String =
        client.all("tiro/backgroundEvent").iter().map(|it| it["message"].to_string()).collect();
    assert!(
        told.contains("OPENAI_API_KEY"),
        "which provider was picked, and why, is shown: {told}"
    );
    client.finish();
}

#[test]
fn a_misspelled_key_is_pointed_out() {
    let stage = Stage::new("aproval_policy = \"never\"", &[], []);
    let client = stage.client(Profile::vscode());
    client.wait("the warning", |log| {
        log.iter().find(|message| {
            let text = message.value["params"]["message"].as_str().unwrap_or_default();
            message.from_server
                && text.contains("aproval_policy")
                && text.contains("`approval_policy`")
        })?;
        Some(())
    });
    client.finish();
}
