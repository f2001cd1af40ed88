//! Asking about a place with a client that never heard of Tiro: code actions on
//! selections, lines and diagnostics, and what the model is told.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, Message, opted_in},
    model::Turn,
    profile::Profile,
};

use crate::stage::{AUTOMATIC, Stage};

/// A place as LSP has it: (line, character) of both ends.
pub(crate) type Place = [(u32, u32); 2];

pub(crate) fn range([start, end]: Place) -> Value {
    let position = |(line, character)| json!({"line": line, "character": character});
    json!({"start": position(start), "end": position(end)})
}

/// The code actions at a place, under these diagnostics.
pub(crate) fn actions(
    client: &Client,
    stage: &Stage,
    file: &str,
    place: Place,
    diagnostics: Value,
) -> Vec<Value> {
    let uri = client.editor().uri_of(&stage.project.path(file));
    let params = json!({
        "textDocument": {"uri": uri},
        "range": range(place),
        "context": {"diagnostics": diagnostics},
    });
    match client.call("textDocument/codeAction", params) {
        Ok(Value::Array(actions)) => actions,
        other => client.fail(&format!("textDocument/codeAction was answered with {other:?}")),
    }
}

pub(crate) fn titles(actions: &[Value]) -> Vec<&str> {
    let titles = actions.iter().filter_map(|action| action["title"].as_str());
    titles.filter(|title| *title != "Tiro: open a chat").collect()
}

/// Does what the person chose, in either form of an action.
pub(crate) fn choose(client: &Client, actions: &[Value], title: &str) -> Value {
    let chosen = actions.iter().find(|action| action["title"] == title);
    let chosen =
        chosen.unwrap_or_else(|| client.fail(&format!("no {title:?} among {:?}", titles(actions))));
    let command = if chosen["command"].is_string() { chosen } else { &chosen["command"] };
    run(client, command["command"].as_str().unwrap(), command["arguments"].clone())
}

pub(crate) fn run(client: &Client, command: &str, arguments: Value) -> Value {
    let params = json!({"command": command, "arguments": arguments});
    client.call("workspace/executeCommand", params).unwrap_or_else(|error| {
        client.fail(&format!("{command} was refused: {error:?}"));
    })
}

/// Whether the server sent it, with this method.
pub(crate) fn is(message: &Message, method: &str) -> bool {
    message.from_server && message.method() == Some(method)
}

/// Waits until the person was shown an answer, in whichever way.
pub(crate) fn answered(client: &Client, times: usize) {
    client.wait("the answer", |log| {
        let shown = log.iter().filter(|message| {
            let params = &message.value["params"];
            let uri = params["uri"].as_str().unwrap_or_default();
            (is(message, "window/showDocument") && uri.contains("/answer-"))
                || (is(message, "window/showMessage") && params["type"] == 3)
        });
        (shown.count() >= times).then_some(())
    });
}

const CODE: &str = "fn double(n: i32) -> i32 {\n    n * 2\n}\n\nfn main() {}\n";

#[test]
fn a_selection_is_explained() {
    for profile in Profile::all() {
        let stage = Stage::new(AUTOMATIC, &[("src/a.rs", CODE)], [Turn::say("It doubles.")]);
        let client = stage.plain(profile);
        client.open(&stage.project.path("src/a.rs"));
        let actions = actions(&client, &stage, "src/a.rs", [(0, 0), (3, 0)], json!([]));
        assert_eq!(
            titles(&actions),
            ["Ask Tiro about this…", "Tiro: explain this", "Tiro: write a test for this"]
        );
        choose(&client, &actions, "Tiro: explain this");
        answered(&client, 1);
        let told = stage.model.request(1).last_user_text();
        let place = "This is about src/a.rs, lines 1-3 (rust):\n\n```rust\nfn double(n: i32) -> i32 {\n    \
                     n * 2\n}\n```\n";
        assert!(told.starts_with(place) && told.contains("Explain this"), "{told}");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_test_is_asked_for_of_what_is_not_saved() {
    for profile in Profile::all() {
        let stage = Stage::new(AUTOMATIC, &[("a.rs", CODE)], [Turn::say("Here it is.")]);
        let client = stage.plain(profile);
        let path = stage.project.path("a.rs");
        client.open(&path);
        client.edit(|editor| editor.type_over(&path, "n * 2", "n + n /* 𝄞 */"));
        let actions = actions(&client, &stage, "a.rs", [(1, 4), (1, 4)], json!([]));
        choose(&client, &actions, "Tiro: write a test for this");
        answered(&client, 1);
        let told = stage.model.request(1).last_user_text();
        let place = "This is about a.rs, line 2 (rust), which has changes that are not saved. From \
                     line 1 on it says:\n";
        assert!(told.starts_with(place) && told.contains("    n + n /* 𝄞 */\n"), "{told}");
        assert!(told.contains("Write a test for this"), "{told}");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn each_diagnostic_of_another_server_can_be_fixed() {
    for profile in Profile::all() {
        let literals = profile.capability("/textDocument/codeAction").is_object();
        let stage = Stage::new(AUTOMATIC, &[("a.rs", CODE)], [Turn::say("Fixed.")]);
        let client = stage.plain(profile);
        client.open(&stage.project.path("a.rs"));
        let of = |source: &str, message: &str| {
            let place = range([(1, 4), (1, 5)]);
            json!({"range": place, "severity": 1, "code": "E0308", "source": source, "message": message})
        };
        let rustc = of("rustc", "mismatched types\nexpected `i32`");
        let diagnostics = json!([rustc, of("tiro", "a hunk"), of("clippy", "slow")]);
        let actions = actions(&client, &stage, "a.rs", [(1, 4), (1, 4)], diagnostics);
        assert_eq!(
            titles(&actions)[..3],
            ["Tiro: fix: mismatched types", "Tiro: fix: slow", "Ask Tiro about this…"]
        );
        if literals {
            let fix = actions.iter().find(|it| it["title"] == "Tiro: fix: mismatched types");
            let fix = fix.expect("it is offered");
            assert_eq!(fix["kind"], "quickfix");
            assert_eq!(fix["diagnostics"], json!([rustc]));
        }
        choose(&client, &actions, "Tiro: fix: mismatched types");
        answered(&client, 1);
        let told = stage.model.request(1).last_user_text();
        let problem = "The editor shows there:\n- line 2, error of rustc E0308: mismatched types\n  \
                       expected `i32`\n\nFix what the editor shows there";
        assert!(told.contains(problem) && !told.contains("slow"), "{told}");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_question_may_come_with_a_place() {
    let stage = Stage::new(AUTOMATIC, &[("a.rs", CODE)], [Turn::say("Because.")]);
    let client = stage.plain(Profile::helix());
    client.open(&stage.project.path("a.rs"));
    let place = range([(4, 0), (4, 0)]);
    let question =
        json!({"text": "why is it empty?", "uri": stage.project.uri("a.rs"), "range": place});
    run(&client, "tiro.ask", json!([question]));
    answered(&client, 1);
    let told = stage.model.request(1).last_user_text();
    assert!(told.starts_with("This is about a.rs, line 5 (rust)"), "{told}");
    assert!(told.ends_with("\nwhy is it empty?"), "{told}");
    client.finish();
    stage.model.finish();
}

#[test]
fn a_client_asks_for_the_kinds_that_it_shows() {
    let stage = Stage::new(AUTOMATIC, &[("a.rs", CODE)], []);
    let client = stage.plain(Profile::vscode());
    client.open(&stage.project.path("a.rs"));
    let of = |only: &str| {
        let uri = client.editor().uri_of(&stage.project.path("a.rs"));
        let params = json!({
            "textDocument": {"uri": uri},
            "range": range([(0, 0), (0, 0)]),
            "context": {"diagnostics": [], "only": [only]},
        });
        client.call("textDocument/codeAction", params).unwrap().as_array().map_or(0, Vec::len)
    };
    assert_eq!((of("refactor"), of("quickfix"), of("source.organizeImports")), (3, 0, 0));
    client.finish();
}

#[test]
fn what_cannot_be_asked_is_refused_and_says_why() {
    let stage = Stage::new(AUTOMATIC, &[("a.rs", CODE)], []);
    let client = stage.plain(Profile::bare());
    client.open(&stage.project.path("a.rs"));
    let place = range([(0, 0), (9, 9)]);
    for (name, argument, why) in [
        ("tiro.explain", Value::Null, "takes a place"),
        ("tiro.explain", json!({"uri": "file:///nowhere", "range": place}), "is not open here"),
        ("tiro.explain", json!({"uri": 7, "range": place}), "takes a place"),
        ("tiro.writeTest", json!({"uri": stage.project.uri("a.rs")}), "missing field `range`"),
        (
            "tiro.fix",
            json!({"uri": stage.project.uri("a.rs"), "range": place}),
            "needs the diagnostics",
        ),
        ("tiro.comments", json!({"uri": stage.project.uri("a.rs"), "line": 0}), "AI!"),
        ("tiro.comments", Value::Null, "AI!"),
    ] {
        let params = json!({"command": name, "arguments": [argument]});
        let error = client.call("workspace/executeCommand", params).unwrap_err();
        assert_eq!(error.code, -32602, "{name}");
        assert!(error.message.contains(why), "{}", error.message);
    }
    client.finish();
    stage.model.finish();
}

#[test]
fn a_client_with_an_interface_of_its_own_is_offered_nothing() {
    let stage = Stage::new(AUTOMATIC, &[("a.rs", "// do it AI!\n")], []);
    let client = Client::ready(&stage.project, Profile::vscode(), opted_in(json!({})));
    client.open(&stage.project.path("a.rs"));
    let actions = actions(&client, &stage, "a.rs", [(0, 0), (0, 0)], json!([]));
    assert_eq!(titles(&actions), [""; 0]);
    client.finish();
}
