//! What is not saved, and the commands that would not see it.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client},
    model::Turn,
    profile::Profile,
};

use crate::stage::{AUTOMATIC, Stage, ask, calls, patch, say, script};

/// Asks about what the sandbox stops, and about what is not saved.
const ASKING: &str = "approval_policy = \"on-failure\"\n\
    sandbox_permissions = [\"disk-full-read-access\", \"disk-write-cwd\"]";

/// A task that runs `cat a.txt` as often as this.
fn stage(config: &str, commands: usize) -> Stage {
    let mut turns: Vec<Turn> = (1..=commands)
        .map(|number| calls(&format!("c{number}"), "shell", script("cat a.txt")))
        .collect();
    turns.push(Turn::say("done"));
    Stage::new(config, &[("a.txt", "old\n")], turns)
}

/// A client that opted in to events alone, with something typed in `a.txt`.
fn typed(stage: &Stage, profile: Profile, saves: bool) -> Client {
    let options = json!({"tiro": {"events": true, "saveDocuments": saves}});
    let client = Client::ready(&stage.project, profile, options);
    client.next("tiro/sessionConfigured");
    let path = stage.project.path("a.txt");
    client.open(&path);
    client.edit(|editor| editor.type_over(&path, "old", "typed"));
    client
}

fn question(client: &Client) -> tiro_tests::client::ServerRequest {
    client.next_request("window/showMessageRequest")
}

const OLDER: &str = "older text";

#[test]
fn what_is_typed_is_saved_before_a_command_where_the_client_can() {
    for profile in Profile::all() {
        let stage = stage(ASKING, 1);
        let client = typed(&stage, profile, true);
        ask(&client, "go");
        let told = stage.model.request(2).tool_output("c1");
        assert!(told.contains("typed") && !told.contains(OLDER), "{told}");
        assert_eq!(client.all("tiro/saveDocuments").len(), 1);
        assert!(client.all("window/showMessageRequest").is_empty());
        client.finish();
    }
}

#[test]
fn a_person_is_asked_once_a_task_and_the_model_is_told_each_time() {
    for profile in Profile::all() {
        let stage = stage(ASKING, 2);
        let client = typed(&stage, profile, false);
        let task = say(&client, "go");
        let asked = question(&client);
        expect_test::expect![[
            r#""Tiro: 1 file has unsaved changes: a.txt. The command `sh -c 'cat a.txt'` would see the older text. Save to go on.""#
        ]]
        .assert_eq(&asked.params["message"].to_string());
        client.answer(&asked, asked.params["actions"][0].clone());
        client.next_where("tiro/taskComplete", |params| params["id"] == task.as_str());
        for call in ["c1", "c2"] {
            let told = stage.model.request(3).tool_output(call);
            assert!(told.contains("old\n") && told.contains(OLDER), "{told}");
            assert!(told.contains("a.txt"), "{told}");
        }
        assert_eq!(client.all("window/showMessageRequest").len(), 1);
        client.finish();
    }
}

#[test]
fn a_command_that_is_not_wanted_does_not_run() {
    let stage = stage(ASKING, 1);
    let client = typed(&stage, Profile::helix(), false);
    say(&client, "go");
    let asked = question(&client);
    client.answer(&asked, asked.params["actions"][1].clone());
    client.next("tiro/taskComplete");
    let told = stage.model.request(2).tool_output("c1");
    assert!(told.contains("did not let it run") && !told.contains("old\n"), "{told}");
    client.finish();
}

#[test]
fn saving_goes_on_also_when_the_question_was_dismissed() {
    for dismissed in [true, false] {
        let stage = stage(ASKING, 1);
        let client = typed(&stage, Profile::neovim(), false);
        say(&client, "go");
        let asked = question(&client);
        if dismissed {
            client.answer(&asked, Value::Null);
        }
        client.edit(|editor| editor.save(&stage.project.path("a.txt")));
        client.next("tiro/taskComplete");
        let told = stage.model.request(2).tool_output("c1");
        assert!(told.contains("typed") && !told.contains(OLDER), "{told}");
        client.finish();
    }
}

#[test]
fn closing_without_saving_goes_on_too() {
    let stage = stage(ASKING, 1);
    let client = typed(&stage, Profile::neovim(), false);
    say(&client, "go");
    question(&client);
    client.edit(|editor| editor.close(&stage.project.path("a.txt")));
    client.next("tiro/taskComplete");
    let told = stage.model.request(2).tool_output("c1");
    assert!(told.contains("old\n") && !told.contains(OLDER), "{told}");
    client.finish();
}

#[test]
fn an_interrupt_ends_the_waiting() {
    let stage = stage(ASKING, 1);
    let client = typed(&stage, Profile::helix(), false);
    say(&client, "go");
    question(&client);
    assert!(client.call("tiro/interrupt", Value::Null).is_ok());
    client.next("tiro/taskComplete");
    client.finish();
}

#[test]
fn nobody_is_asked_who_is_never_asked() {
    let stage = stage(AUTOMATIC, 1);
    let client = typed(&stage, Profile::sublime(), false);
    ask(&client, "go");
    let told = stage.model.request(2).tool_output("c1");
    assert!(told.contains(OLDER), "{told}");
    assert!(client.all("window/showMessageRequest").is_empty());
    client.finish();
}

#[test]
fn a_client_that_says_that_it_saved_and_did_not_is_not_believed() {
    for answer in [Value::Null, json!({"saved": true})] {
        let stage = stage(AUTOMATIC, 1);
        let client = typed(&stage, Profile::vscode(), true);
        client.on("tiro/saveDocuments", move |_| Answer::Result(answer.clone()));
        ask(&client, "go");
        let told = stage.model.request(2).tool_output("c1");
        assert!(told.contains(OLDER), "{told}");
        client.finish();
    }
}

#[test]
fn a_client_that_cannot_ask_anybody_does_not_hold_the_task_up() {
    let stage = stage(ASKING, 1);
    let client = typed(&stage, Profile::bare(), false);
    client.on("window/showMessageRequest", |_| Answer::Error(-32601, "no such method".into()));
    ask(&client, "go");
    assert!(stage.model.request(2).tool_output("c1").contains(OLDER));
    client.finish();
}

#[test]
fn files_outside_of_the_workspace_and_typing_that_was_taken_back_do_not_count() {
    let stage = stage(ASKING, 1);
    let outside = tiro_tests::project::Project::new(&[("b.txt", "old\n")]);
    let client = typed(&stage, Profile::vscode(), false);
    client.open(&outside.path("b.txt"));
    client.edit(|editor| editor.type_over(&outside.path("b.txt"), "old", "typed"));
    client.edit(|editor| editor.type_over(&stage.project.path("a.txt"), "typed", "old"));
    ask(&client, "go");
    assert!(!stage.model.request(2).tool_output("c1").contains(OLDER));
    assert!(client.all("window/showMessageRequest").is_empty());
    client.finish();
}

#[test]
fn what_the_agent_changed_in_the_editor_counts() {
    let body = "*** Update File: a.txt\n@@\n-old\n+new";
    let turns = [
        calls("p", "apply_patch", patch(body)),
        calls("c", "shell", script("cat a.txt")),
        Turn::say("done"),
    ];
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "old\n")], turns);
    let options = json!({"tiro": {"events": true}});
    let client = Client::ready(&stage.project, Profile::helix(), options);
    client.next("tiro/sessionConfigured");
    client.open(&stage.project.path("a.txt"));
    ask(&client, "go");
    let request = stage.model.request(3);
    assert!(request.tool_output("p").contains("not saved yet"));
    assert!(request.tool_output("c").contains(OLDER));
    client.finish();
}

#[test]
fn what_is_typed_stands_over_the_disk_in_instructions_reading_and_searching() {
    let read = |id: &str| Turn::new().call(id, "read_file", &json!({"path": "a.txt"}));
    let search =
        |turn: Turn, id: &str, pattern: &str| turn.call(id, "search", &json!({"pattern": pattern}));
    let turn = search(search(read("r"), "typed", "typed in a"), "saved", "saved in a");
    let files = [("AGENTS.md", "saved rule\n"), ("a.txt", "saved in a\n")];
    for profile in Profile::all() {
        let stage = Stage::new(AUTOMATIC, &files, [turn.clone(), Turn::say("done")]);
        let client = stage.client(profile);
        for name in ["AGENTS.md", "a.txt"] {
            let path = stage.project.path(name);
            client.open(&path);
            client.edit(|editor| editor.type_over(&path, "saved", "typed"));
        }
        ask(&client, "go");
        let instructions = stage.model.request(1).instructions();
        assert!(instructions.contains("typed rule") && !instructions.contains("saved rule"));
        let request = stage.model.request(2);
        let told = |id| request.tool_output(id);
        assert!(told("r").ends_with("typed in a\n") && told("r").contains("unsaved"));
        assert!(told("typed").contains("a.txt") && told("typed").contains("unsaved"));
        assert!(told("saved").contains("no match"), "{}", told("saved"));
        assert_eq!(stage.project.read("a.txt"), "saved in a\n");
        client.finish();
    }
}
