//! What a task did is listed, and taken back: over LSP, with a command's changes
//! next to a patch's, with open files, and after a crash.

use serde_json::{Value, json};
use tiro_tests::{client::Client, model::Turn, profile::Profile};

use crate::stage::{ASKING, AUTOMATIC, Stage, ask, calls, patch, say, script};

const FILES: [(&str, &str); 6] = [
    (".gitignore", "*.log\n"),
    ("a.txt", "one\ntwo\nthree\nfour\n"),
    ("gone.txt", "gone\n"),
    ("old.log", "old\n"),
    ("script.sh", "#!/bin/sh\n"),
    ("sub/b.txt", "b\n"),
];

fn turns() -> [Turn; 3] {
    let change = "*** Update File: a.txt\n@@\n-two\n+TWO\n three";
    let does = "echo B > sub/b.txt; rm gone.txt; chmod +x script.sh; echo new > sub/new.txt; \
                echo more >> old.log";
    [calls("p", "apply_patch", patch(change)), calls("c", "shell", script(does)), Turn::say("done")]
}

fn checkpoints(client: &Client) -> Vec<Value> {
    client.call("tiro/checkpoints", json!({})).expect("taken");
    let list = client.next("tiro/checkpointList");
    list["checkpoints"].as_array().expect("a list").clone()
}

fn restore(client: &Client, params: Value) -> Value {
    client.call("tiro/restore", params).expect("taken");
    client.next("tiro/restoreEnd")
}

/// Path below the root and change, of every file of a checkpoint.
fn files(stage: &Stage, checkpoint: &Value) -> Vec<String> {
    let files = checkpoint["files"].as_array().expect("a list").iter();
    let root = stage.project.root().display().to_string();
    files
        .map(|file| {
            let path = file["path"].as_str().expect("a path").trim_start_matches(&root);
            let change = file["change"].as_str().expect("a change");
            assert_eq!(file["kept"], true, "{file}");
            format!("{path} {change}")
        })
        .collect()
}

#[test]
fn a_patch_and_a_command_are_shown_listed_and_taken_back() {
    let stage = Stage::new(AUTOMATIC, &FILES, turns());
    let client = stage.client(Profile::vscode());
    ask(&client, "Tidy up,\nplease.");
    let diff = client.all("tiro/turnDiff").pop().expect("a diff");
    let diff = diff["unified_diff"].as_str().expect("text");
    for line in [
        "-two\n+TWO\n",
        "diff --git a/gone.txt b/gone.txt\ndeleted file mode 100644\n",
        "diff --git a/script.sh b/script.sh\nold mode 100644\nnew mode 100755\n",
        "diff --git a/sub/new.txt b/sub/new.txt\nnew file mode 100644\n",
        "-b\n+B\n",
    ] {
        assert!(diff.contains(line), "{line} is not in {diff}");
    }
    assert!(!diff.contains("old.log"), "{diff}");

    let listed = checkpoints(&client);
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["title"], "Tidy up,");
    assert_eq!(
        files(&stage, &listed[0]),
        [
            "/a.txt modified",
            "/gone.txt deleted",
            "/script.sh modified",
            "/sub/b.txt modified",
            "/sub/new.txt added",
        ]
    );
    let done = restore(&client, json!({"checkpoint": listed[0]["id"]}));
    assert_eq!((&done["success"], &done["refused"]), (&json!(true), &json!([])), "{done}");
    assert_eq!(done["restored"].as_array().expect("a list").len(), 5, "{done}");
    for (path, text) in FILES {
        let text = if path == "old.log" { "old\nmore\n" } else { text };
        assert_eq!(stage.project.read(path), text, "{path}");
    }
    assert!(!stage.project.has("sub/new.txt"));
    assert_eq!(checkpoints(&client).len(), 2, "the way forth again");

    stage.model.then([Turn::say("I see")]);
    ask(&client, "And now?");
    let told = stage.model.request(4).user_texts().concat();
    assert!(told.contains("went back to an earlier checkpoint"), "{told}");
    client.finish();
}

#[test]
fn what_is_typed_since_is_kept_or_nothing_is_done() {
    let stage = Stage::new(AUTOMATIC, &FILES, turns());
    let client = stage.client(Profile::vscode());
    let path = stage.project.path("a.txt");
    client.open(&path);
    ask(&client, "go");
    let id = checkpoints(&client)[0]["id"].clone();
    client.edit(|editor| editor.type_over(&path, "TWO", "typed"));
    let done = restore(&client, json!({"checkpoint": id}));
    assert_eq!(done["success"], false, "{done}");
    assert_eq!(done["refused"][0]["path"], json!(path), "{done}");
    assert_eq!(stage.project.read("sub/b.txt"), "B\n", "nothing was restored");
    let done = restore(&client, json!({"checkpoint": id, "paths": ["sub/b.txt"]}));
    assert_eq!(done["success"], true, "{done}");
    assert_eq!(stage.project.read("sub/b.txt"), "b\n");

    client.edit(|editor| editor.type_over(&path, "typed", "TWO"));
    client.edit(|editor| editor.type_over(&path, "four", "four and more"));
    let done = restore(&client, json!({"checkpoint": id}));
    assert_eq!(done["merged"], json!([path]), "{done}");
    assert_eq!(client.editor().text(&path), "one\ntwo\nthree\nfour and more\n");
    client.finish();
}

#[test]
fn after_a_crash_the_next_start_knows_what_was_done() {
    let stage = Stage::new(ASKING, &FILES, turns());
    let client = stage.client(Profile::vscode());
    say(&client, "go");
    let asked = client.next("tiro/applyPatchApprovalRequest");
    let answer = json!({"id": asked["call_id"], "decision": "approved"});
    client.call("tiro/patchApproval", answer).expect("taken");
    client.next("tiro/execApprovalRequest");
    let refused = client.call("tiro/restore", json!({"checkpoint": "x"}));
    assert_eq!(refused.expect_err("a task is running").code, -32803);
    client.process().kill();
    drop(client);

    let client = stage.client(Profile::vscode());
    let listed = checkpoints(&client);
    assert_eq!(files(&stage, &listed[0]), ["/a.txt modified"]);
    let done = restore(&client, json!({"checkpoint": listed[0]["id"]}));
    assert_eq!(done["success"], true, "{done}");
    assert_eq!(stage.project.read("a.txt"), "one\ntwo\nthree\nfour\n");
    let unknown = restore(&client, json!({"checkpoint": "../x"}));
    assert_eq!(unknown["success"], false);
    let error = client.next("tiro/error")["message"].to_string();
    assert!(error.contains("no checkpoint"), "{error}");
    client.finish();
}
