//! Clients that do not do what they were asked, or not then: nothing is lost, and
//! what is reported is what happened.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client, ServerRequest},
    model::Turn,
    profile::Profile,
};

use super::usable;
use crate::stage::{AUTOMATIC, Stage, ask, calls, patch, say};

const BODY: &str = "*** Update File: a.txt\n@@\n-one\n+two";

/// A task that patches the open `a.txt` (and the closed `b.txt`), up to the edit
/// that the editor is asked for, which is held.
fn held(body: &str) -> (Stage, Client, ServerRequest) {
    let turns = [calls("c1", "apply_patch", patch(body)), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\nend\n"), ("b.txt", "one\n")], turns);
    let options = json!({"tiro": {"events": true}});
    let client = Client::ready(&stage.project, Profile::helix(), options);
    client.next("tiro/sessionConfigured");
    client.open(&stage.project.path("a.txt"));
    let mut first = true;
    client.on("workspace/applyEdit", move |_| {
        if std::mem::take(&mut first) { Answer::Hold } else { Answer::Editor }
    });
    say(&client, "go");
    let request = client.next_request("workspace/applyEdit");
    (stage, client, request)
}

/// Whether the task reports success; what the model is told names the file.
fn success(stage: &Stage, client: &Client) -> bool {
    client.next("tiro/taskComplete");
    let told = stage.model.request(2).tool_output("c1");
    assert!(told.contains("a.txt"), "{told}");
    client.next("tiro/patchApplyEnd")["success"] == true
}

fn text(stage: &Stage, client: &Client) -> String {
    client.editor().text(&stage.project.path("a.txt")).to_owned()
}

#[test]
fn an_answer_that_comes_late_or_twice() {
    for answers in 1..=3 {
        let (stage, client, request) = held(BODY);
        // Something else is answered meanwhile.
        assert!(client.call("tiro/listGrants", Value::Null).is_ok());
        client.perform(&request);
        for _ in 1..answers {
            client.answer(&request, json!({"applied": answers == 2}));
        }
        assert!(success(&stage, &client));
        assert_eq!(text(&stage, &client), "two\nend\n");
        usable(&stage, &client);
        client.finish();
    }
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for_when_the_text_does() {
    let (stage, client, _never) = held(BODY);
    client.edit(|editor| editor.type_over(&stage.project.path("a.txt"), "one", "two"));
    assert!(success(&stage, &client));
    usable(&stage, &client);
    client.finish();
}

#[test]
fn nothing_at_all_comes_and_the_person_interrupts() {
    let (stage, client, _never) = held(BODY);
    assert!(client.call("tiro/interrupt", Value::Null).is_ok());
    client.next("tiro/taskComplete");
    assert_eq!(text(&stage, &client), "one\nend\n");
    ask(&client, "what is next in the script");
    usable(&stage, &client);
    client.finish();
}

#[test]
fn answers_that_are_none() {
    for answer in [json!({"applied": true}), json!({}), json!(7), Value::Null] {
        let (stage, client, request) = held(BODY);
        client.answer(&request, answer);
        assert!(!success(&stage, &client));
        assert_eq!(text(&stage, &client), "one\nend\n");
        usable(&stage, &client);
        client.finish();
    }
}

#[test]
fn an_error_is_given_on_in_the_editors_words() {
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], []);
    let client = stage.client(Profile::eglot());
    client.open(&stage.project.path("a.txt"));
    client.on("workspace/applyEdit", |_| Answer::Error(-32603, "the buffer is locked".into()));
    stage.model.then([calls("c1", "apply_patch", patch(BODY)), Turn::say("a pity")]);
    say(&client, "go");
    assert!(!success(&stage, &client));
    assert!(stage.model.request(2).tool_output("c1").contains("the buffer is locked"));
    usable(&stage, &client);
    client.finish();
}

#[test]
fn the_document_is_closed_in_between() {
    for saved in [false, true] {
        let (stage, client, request) = held(BODY);
        let path = stage.project.path("a.txt");
        client.edit(|editor| {
            if saved {
                // It did what was asked, without telling.
                editor.type_over(&path, "one", "two");
                editor.save(&path);
                editor.take_outbox();
            }
            editor.close(&path);
        });
        client.answer(&request, json!({"applied": true}));
        assert_eq!(success(&stage, &client), saved);
        let expected = if saved { "two\nend\n" } else { "one\nend\n" };
        assert_eq!(stage.project.read("a.txt"), expected);
        usable(&stage, &client);
        client.finish();
    }
}

#[test]
fn typing_in_between_is_followed_and_both_files_are_changed() {
    let (stage, client, request) = held(&format!("{BODY}\n*** Update File: b.txt\n@@\n-one\n+two"));
    let path = stage.project.path("a.txt");
    client.edit(|editor| editor.type_over(&path, "end", "the end"));
    client.perform(&request);
    assert!(success(&stage, &client));
    assert_eq!(text(&stage, &client), "two\nthe end\n");
    assert_eq!(stage.project.read("b.txt"), "two\n");
    usable(&stage, &client);
    client.finish();
}

#[test]
fn a_change_under_another_spelling_of_the_uri_counts() {
    let stage = Stage::new(AUTOMATIC, &[("a b.txt", "one\n")], []);
    let client = stage.client(Profile::vscode());
    let path = stage.project.path("a b.txt");
    client.open(&path);
    let uri = client.editor().uri_of(&path);
    let other = uri.replace("a%20b", "%61%20%62");
    assert_ne!(uri, other);
    let document = json!({"uri": other, "version": 2});
    let params = json!({"textDocument": document, "contentChanges": [{"text": "typed\n"}]});
    client.notify("textDocument/didChange", params);
    stage.model.then([
        calls("r", "read_file", json!({"path": "a b.txt"})),
        Turn::say("read"),
        calls("s", "read_file", json!({"path": "a b.txt"})),
        Turn::say("read"),
    ]);
    say(&client, "read");
    client.next("tiro/taskComplete");
    assert!(stage.model.request(2).tool_output("r").contains("typed"));
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": other}}));
    say(&client, "read again");
    client.next("tiro/taskComplete");
    assert!(stage.model.request(4).tool_output("s").contains("one"));
    client.finish();
}

#[test]
fn a_server_that_was_killed_in_the_middle_tells_when_it_is_back() {
    let (stage, client, _held) = held(&format!("{BODY}\n*** Update File: b.txt\n@@\n-one\n+two"));
    client.process().kill();
    client.wait_exit();
    let told = |client: &Client| {
        client.next("tiro/sessionConfigured");
        let events = client.all("tiro/backgroundEvent").into_iter();
        let all: Vec<String> = events.map(|event| event["message"].to_string()).collect();
        all.join("\n")
    };
    let next = Client::ready(&stage.project, Profile::helix(), json!({"tiro": {"events": true}}));
    let message = told(&next);
    assert!(message.contains("b.txt (old)"), "{message}");
    assert!(message.contains("a.txt (in the editor"), "{message}");
    next.finish();
    let later = Client::ready(&stage.project, Profile::helix(), json!({"tiro": {"events": true}}));
    assert!(!told(&later).contains("b.txt"), "it is told once");
    later.finish();
}

#[test]
fn a_client_that_goes_away_in_the_middle_leaves_every_file_whole() {
    let (stage, client, _held) = held(&format!("{BODY}\n*** Update File: b.txt\n@@\n-one\n+two"));
    client.process().input().close();
    client.wait_exit();
    assert_eq!(stage.project.read("a.txt"), "one\nend\n");
    assert_eq!(stage.project.read("b.txt"), "one\n");
}
