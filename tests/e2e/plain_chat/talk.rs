//! A conversation from its beginning to its end, in every client.

use serde_json::{Value, json};
use tiro_tests::{
    client::document,
    model::{Gate, Turn},
    profile::Profile,
};

use super::helpers::{
    act, actions, answered, chat, completion, editors, eventually, message, run, send, shown,
    until, write,
};
use crate::stage::{ASKING, AUTOMATIC, Stage, calls, command, patch, script};

const HI: &str = "## You\n\nhi\n";

#[test]
fn every_editor_opens_a_chat_sends_and_sees_the_answer_stream() {
    for profile in editors() {
        let name = profile.name.clone();
        let shows = profile.declares("/window/showDocument/support");
        let gate = Gate::new();
        let stage = Stage::new(
            AUTOMATIC,
            &[("a.rs", "fn a() {}\n")],
            [Turn::new().text("I am ").wait(&gate).text("here."), Turn::say("And still.")],
        );
        let client = stage.plain(profile);
        client.open(&stage.project.path("a.rs"));
        // A code action is what every client has; any of its lines does.
        act(&client, &stage.project.path("a.rs"), "Tiro: open a chat");
        let path = if shows {
            let (path, line) = shown(&client);
            assert_eq!(line, 2, "{name}");
            path
        } else {
            let message = message(&client, ".tiro.md");
            let file = message.split_whitespace().find(|word| word.ends_with(".tiro.md"));
            stage.project.path(file.unwrap())
        };
        assert!(path.starts_with(stage.project.path(".tiro/chats")), "{name}");
        assert_eq!(stage.project.read(".tiro/chats/.gitignore"), "*\n");
        client.open(&path);
        write(&client, &path, "who are you?");
        send(&client, &path);
        gate.reached();
        let begun = until(&client, &path, |text| text.contains("I am"));
        assert_eq!(begun, "## You\n\nwho are you?\n\n## Tiro\n\nI am \n", "{name}");
        gate.open();
        let text = answered(&client, &path);
        assert_eq!(text, "## You\n\nwho are you?\n\n## Tiro\n\nI am here.\n\n## You\n\n\n");
        write(&client, &path, "still?");
        send(&client, &path);
        let text = until(&client, &path, |text| text.ends_with("And still.\n\n## You\n\n\n"));
        assert!(text.contains("## You\n\nstill?\n\n## Tiro\n\nAnd still."), "{name}: {text}");
        // The session knows the conversation: nothing of it is told twice.
        assert_eq!(stage.model.request(2).last_user_text(), "still?");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_client_that_takes_no_edits_is_told_the_answer() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("The answer is 42.")]);
    let client = stage.plain(Profile::bare());
    let path = chat(&stage, &client, "a.tiro.md", HI);
    send(&client, &path);
    message(&client, "The answer is 42.");
    assert_eq!(client.editor().text(&path), HI);
    client.finish();
    stage.model.finish();
}

#[test]
fn what_is_done_is_shown_in_the_document() {
    let lines = (0..100).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    let stage = Stage::new(
        ASKING,
        &[("a.txt", "one\n"), ("long.txt", &lines)],
        [
            calls("c1", "shell", command(&["cat", "long.txt"])),
            calls("c2", "shell", command(&["touch", "made.txt"])),
            calls("p1", "apply_patch", patch("*** Update File: a.txt\n@@\n-one\n+two")),
            Turn::say("Both are done."),
        ],
    );
    let client = stage.plain(Profile::helix());
    let path = chat(&stage, &client, "a.tiro.md", HI);
    send(&client, &path);
    let text = until(&client, &path, |text| text.contains("Waiting for you"));
    assert!(text.contains("> **Waiting for you:** Run `touch made.txt` in"), "{text}");
    assert!(!stage.project.has("made.txt"));
    let question = client.next_request("window/showMessageRequest");
    client.answer(&question, question.params["actions"][0].clone());
    // The diff is in the chat, and in no other document.
    let question = client.next_request("window/showMessageRequest");
    until(&client, &path, |text| text.contains("```diff p1\n--- a.txt\n+++ a.txt\n@@"));
    assert!(client.all("window/showDocument").is_empty());
    client.answer(&question, question.params["actions"][0].clone());
    let text = answered(&client, &path);
    assert!(text.contains("```console c2\n$ touch made.txt\n[exit code 0]\n```\n"), "{text}");
    assert!(text.contains("*Applied.*\n\nBoth are done.\n\n## You"), "{text}");
    assert!(stage.project.has("made.txt") && stage.project.read("a.txt") == "two\n");
    // The chat was never saved, and nobody was asked to.
    assert_eq!(client.all("window/showMessageRequest").len(), 2);

    // Hovering shows what the block leaves out.
    assert!(
        text.contains("\nline 19\n… 60 lines are left out; hover over this to see them\nline 80\n"),
        "{text}"
    );
    let hover = |wanted: &str| {
        let line = text.lines().position(|line| line == wanted).unwrap();
        let at = json!({"line": line, "character": 0});
        let params = json!({"textDocument": document(&path), "position": at});
        client.call("textDocument/hover", params).unwrap()
    };
    let whole = hover("line 19")["contents"]["value"].as_str().unwrap().to_owned();
    assert!(whole.contains("line 50\n") && whole.starts_with("```console c1\n$ cat long.txt\n"));
    assert!(hover("+two")["contents"]["value"].as_str().unwrap().contains("-one\n+two\n"));
    assert_eq!(hover("Both are done."), Value::Null);
    client.finish();
    stage.model.finish();
}

#[test]
fn a_chat_of_an_earlier_session_goes_on() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("Nice, Ada."), Turn::say("Ada.")]);
    let client = stage.plain(Profile::eglot());
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\nmy name is Ada\n");
    send(&client, &path);
    answered(&client, &path);
    client.edit(|editor| editor.save(&path));
    client.finish();

    let client = stage.plain(Profile::eglot());
    client.open(&path);
    write(&client, &path, "what is my name?");
    send(&client, &path);
    until(&client, &path, |text| text.contains("\nAda.\n\n## You"));
    let told = stage.model.request(2).user_texts().join("\n");
    assert!(told.contains("## You\n\nmy name is Ada\n\n## Tiro\n\nNice, Ada."), "{told}");
    assert!(told.ends_with("what is my name?"), "{told}");
    client.finish();
    stage.model.finish();
}

#[test]
fn what_a_message_names_is_given_to_the_model() {
    let files = [("src/a.rs", "fn on_disk() {}\n"), ("b.rs", "\nstruct Wanted;\n")];
    let stage = Stage::new(AUTOMATIC, &files, [Turn::say("I see.")]);
    let client = stage.plain(Profile::sublime());
    client.open(&stage.project.path("b.rs"));
    client.open(&stage.project.path("src/a.rs"));
    client.edit(|editor| editor.type_over(&stage.project.path("src/a.rs"), "on_disk", "unsaved"));
    let text = "## You\n\nsee @src/a.rs, @Wanted and @nothing\n";
    let path = chat(&stage, &client, "a.tiro.md", text);
    send(&client, &path);
    answered(&client, &path);
    let told = stage.model.request(1).user_texts().join("\n");
    assert!(told.contains("The file src/a.rs:\n\n```\nfn unsaved() {}\n```"), "{told}");
    assert!(told.contains("Wanted is defined here:\n\nb.rs:2: struct Wanted;"), "{told}");
    client.finish();
    stage.model.finish();
}

#[test]
fn names_and_commands_are_completed_in_chats_alone() {
    let files = [("src/main.rs", "fn begin_here() {}\n"), (".gitignore", "*.log\n"), ("x.log", "")];
    let stage = Stage::new(AUTOMATIC, &files, []);
    let client = stage.plain(Profile::vscode());
    client.open(&stage.project.path("src/main.rs"));
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\nsee @\n/\n");
    assert_eq!(completion(&client, &stage.project.path("src/main.rs"), 0, 3), Value::Null);
    // The list is made in the background; until then it says that there is more.
    let labels: Vec<Value> = eventually(|| {
        let found = completion(&client, &path, 2, 5);
        assert_eq!(found["isIncomplete"], true);
        let items = found["items"].as_array().unwrap();
        (!items.is_empty()).then(|| items.iter().map(|item| item["label"].clone()).collect())
    });
    assert!(labels.contains(&json!("src/main.rs")), "{labels:?}");
    assert!(labels.contains(&json!("begin_here")), "{labels:?}");
    assert!(!labels.contains(&json!("x.log")), "{labels:?}");
    assert_eq!(completion(&client, &path, 3, 1), Value::Null);
    client.edit(|editor| editor.type_over(&path, "see @\n/", "/he"));
    let found = completion(&client, &path, 2, 3);
    assert_eq!(found["items"][0]["label"], "help");
    let start = json!({"line": 2, "character": 1});
    assert_eq!(found["items"][0]["textEdit"]["range"]["start"], start);
    client.finish();
}

#[test]
fn lenses_send_and_stop_where_there_are_lenses() {
    let gate = Gate::new();
    let stage = Stage::new(AUTOMATIC, &[], [Turn::new().text("I am").wait(&gate)]);
    let client = stage.plain(Profile::kakoune());
    let path = chat(&stage, &client, "a.tiro.md", HI);
    let lenses = || {
        let found = client.call("textDocument/codeLens", json!({"textDocument": document(&path)}));
        let lenses = found.unwrap().as_array().cloned().unwrap();
        let of = |lens: &Value| {
            let line = lens["range"]["start"]["line"].as_u64().unwrap();
            (line, lens["command"]["title"].as_str().unwrap().to_owned(), lens["command"].clone())
        };
        lenses.iter().map(of).collect::<Vec<_>>()
    };
    let (line, title, command) = lenses().pop().unwrap();
    assert_eq!((line, title.as_str()), (0, "Send"));
    run(&client, command["command"].as_str().unwrap(), command["arguments"].clone());
    gate.reached();
    until(&client, &path, |text| text.contains("I am"));
    let (line, title, command) = lenses().pop().unwrap();
    assert_eq!((line, title.as_str()), (4, "Stop"));
    run(&client, command["command"].as_str().unwrap(), command["arguments"].clone());
    answered(&client, &path);
    let titles: Vec<String> = lenses().into_iter().map(|(_, title, _)| title).collect();
    assert_eq!(titles, ["Send"]);
    gate.open();
    client.finish();
}

#[test]
fn who_opted_in_has_no_chat_documents() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    let path = chat(&stage, &client, "a.tiro.md", HI);
    assert!(actions(&client, &path, 2).is_empty());
    client.finish();
}

#[test]
fn a_long_chat_is_not_sent_again_while_it_streams() {
    let before = "an earlier line of the conversation, as long as lines are\n".repeat(2_000);
    let answer: String = (0..400).map(|line| format!("line {line} of the answer\n")).collect();
    let stage = Stage::new(
        AUTOMATIC,
        &[],
        [Turn::with(move |_| answer.split_inclusive(' ').fold(Turn::new(), Turn::text))],
    );
    let client = stage.plain(Profile::neovim());
    let text = format!("## You\n\nold\n\n## Tiro\n\n{before}\n## You\n\nhi\n");
    let path = chat(&stage, &client, "a.tiro.md", &text);
    send(&client, &path);
    let result = answered(&client, &path);
    let answer = result.len() - text.len();
    let edits = client.all("workspace/applyEdit");
    let sent: usize = edits.iter().map(|edit| edit.to_string().len()).sum();
    let inserted: usize = edits
        .iter()
        .flat_map(|edit| edit["edit"]["documentChanges"].as_array().unwrap().clone())
        .flat_map(|change| change["edits"].as_array().unwrap().clone())
        .map(|edit| edit["newText"].as_str().unwrap().len())
        .sum();
    assert_eq!(inserted, answer);
    // Beside the text: its place, and escapes.
    assert!(sent < answer * 2 + edits.len() * 500, "{sent} bytes for {answer}");
    client.finish();
}

#[test]
fn a_chat_is_no_change_of_the_project() {
    let stage = Stage::new(
        AUTOMATIC,
        &[],
        [
            calls("c1", "shell", script("echo x > made.txt; echo x > other.tiro.md")),
            Turn::say("ok"),
        ],
    );
    let client = stage.client(Profile::vscode());
    client.call("tiro/userInput", tiro_tests::client::says("go")).unwrap();
    client.next("tiro/taskComplete");
    let diffs = client.all("tiro/turnDiff");
    let last = diffs.last().unwrap()["unified_diff"].as_str().unwrap().to_owned();
    assert!(last.contains("made.txt") && !last.contains("tiro.md"), "{last}");
    client.finish();
}
