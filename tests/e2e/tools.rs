//! The tools of the model, as far as the editor and the disk show what they did.

use serde_json::json;
use tiro_tests::{model::Turn, profile::Profile};

use crate::stage::{AUTOMATIC, Stage, ask, calls, command, patch, script};

#[test]
fn reading_and_searching_see_what_is_typed_in_every_client() {
    let before = "first 😀 line\r\nsecond\r\n\r\nlast é";
    for profile in Profile::all() {
        let name = profile.name.clone();
        let turns = [
            calls("r", "read_file", json!({"path": "a.txt"})),
            calls("s", "search", json!({"pattern": "typed_[a-z]+"})),
            Turn::say("done"),
        ];
        let stage = Stage::new(AUTOMATIC, &[("a.txt", before)], turns);
        let client = stage.client(profile);
        let path = stage.project.path("a.txt");
        client.open(&path);
        for (old, new) in [
            ("😀 line", "😀😀 typed_one\r\nmore"),
            ("second\r\n", ""),
            ("last é", "é last é\r\n"),
            ("more", "typed_two 😀 more"),
        ] {
            client.edit(|editor| editor.type_over(&path, old, new));
        }
        let typed = client.editor().text(&path).to_owned();
        ask(&client, "go");
        let request = stage.model.request(3);
        let read = request.tool_output("r");
        for line in typed.lines() {
            assert!(read.contains(line), "{name}: {line:?} is not in {read}");
        }
        assert!(!read.contains("second"), "{name}: {read}");
        let found = request.tool_output("s");
        assert!(found.contains("typed_one") && found.contains("typed_two"), "{name}: {found}");
        client.finish();
    }
}

#[test]
fn a_file_is_read_in_the_lines_that_are_asked_for() {
    let text: String = (1..=500).map(|number| format!("line-{number}-\n")).collect();
    let range = json!({"path": "a.txt", "start_line": 100, "end_line": 102});
    let stage = Stage::new(
        AUTOMATIC,
        &[("a.txt", &text)],
        [calls("r", "read_file", range), Turn::say("done")],
    );
    let client = stage.client(Profile::vscode());
    ask(&client, "go");
    let read = stage.model.request(2).tool_output("r");
    for number in 100..=102 {
        assert!(read.contains(&format!("line-{number}-")), "{read}");
    }
    assert!(!read.contains("line-99-") && !read.contains("line-103-"), "{read}");
    client.finish();
}

#[test]
fn searching_honours_ignore_files() {
    let files = [
        (".gitignore", "ignored/\n"),
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("ignored/a.txt", "needle"),
        ("seen/b.txt", "needle"),
    ];
    let turns = [calls("s", "search", json!({"pattern": "needle"})), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &files, turns);
    let client = stage.client(Profile::vscode());
    ask(&client, "go");
    let found = stage.model.request(2).tool_output("s");
    assert!(found.contains("seen/b.txt") && !found.contains("ignored/"), "{found}");
    client.finish();
}

#[test]
fn a_patch_inside_a_shell_call_is_a_patch() {
    let body = "*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch";
    let heredoc = format!(
        "apply_patch <<'EOF'\n{}\nEOF\n",
        body.replace("+two", "+three").replace("-one", "-two")
    );
    let turns = [
        calls("c1", "shell", command(&["apply_patch", body])),
        calls("c2", "shell", command(&["bash", "-lc", &heredoc])),
        Turn::say("done"),
    ];
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], turns);
    let client = stage.client(Profile::vscode());
    let path = stage.project.path("a.txt");
    client.open(&path);
    ask(&client, "go");
    assert_eq!(client.editor().text(&path), "three\n");
    assert_eq!(client.all("tiro/patchApplyEnd").len(), 2);
    assert!(client.all("tiro/execCommandBegin").is_empty());
    client.finish();
}

#[test]
fn a_unified_diff_is_a_patch_too() {
    let diff = "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n";
    let turns = [calls("c1", "apply_patch", json!({"input": diff})), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\ntwo\n")], turns);
    let client = stage.client(Profile::vscode());
    client.open(&stage.project.path("a.txt"));
    ask(&client, "go");
    assert_eq!(client.editor().text(&stage.project.path("a.txt")), "one\nzwei\n");
    client.finish();
}

#[test]
fn what_a_task_changed_is_shown_as_one_diff() {
    let turns = [
        calls("c1", "apply_patch", patch("*** Update File: a.txt\n@@\n-one\n+two")),
        calls(
            "c2",
            "apply_patch",
            patch("*** Update File: a.txt\n@@\n-two\n+three\n*** Add File: b.txt\n+b"),
        ),
        Turn::say("done"),
    ];
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], turns);
    let client = stage.client(Profile::vscode());
    client.open(&stage.project.path("a.txt"));
    ask(&client, "go");
    let diff = client.all("tiro/turnDiff").pop().expect("a diff")["unified_diff"].to_string();
    assert!(diff.contains("-one") && diff.contains("+three") && diff.contains("+b"), "{diff}");
    assert!(!diff.contains("two"), "what came in between is not of interest: {diff}");
    client.finish();
}

#[test]
fn a_tool_call_written_as_text_is_understood() {
    let json = r#"{"name": "shell", "arguments": {"command": ["touch", "made"]}}"#;
    for text in [
        json.to_owned(),
        format!("I will do it.\n```json\n{json}\n```\n"),
        format!("<tool_call>\n{json}\n</tool_call>"),
    ] {
        let stage = Stage::new(AUTOMATIC, &[], [Turn::say(&text), Turn::say("done")]);
        let client = stage.client(Profile::vscode());
        ask(&client, "go");
        assert!(stage.project.has("made"), "{text}");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_text_that_only_looks_like_a_call_stays_a_text() {
    let text = r#"{"name": "sheep", "arguments": {"command": ["touch", "made"]}}"#;
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say(text)]);
    let client = stage.client(Profile::vscode());
    ask(&client, "go");
    assert_eq!(client.all("tiro/agentMessage")[0]["message"], text);
    client.finish();
    stage.model.finish();
}

#[test]
fn calls_of_one_answer_are_all_answered_before_the_next_request() {
    let many = (0..8).fold(Turn::new().text("all at once"), |turn, number| {
        turn.call(&format!("c{number}"), "shell", &script(&format!("echo result-{number}")))
    });
    for wire in [tiro_tests::model::Wire::Chat, tiro_tests::model::Wire::Responses] {
        let stage = Stage::on(wire, AUTOMATIC, "", &[], [many.clone(), Turn::say("done")]);
        let client = stage.client(Profile::vscode());
        ask(&client, "go");
        let request = stage.model.request(2);
        for number in 0..8 {
            assert!(
                request.tool_output(&format!("c{number}")).contains(&format!("result-{number}"))
            );
        }
        client.finish();
        stage.model.finish();
    }
}
