//! Patches that must not be applied.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk")]

use serde_json::json;
use tiro_tests::{client::Client, model::Turn, profile::Profile};

use super::usable;
use crate::stage::{AUTOMATIC, Stage, ask, calls, patch};

/// A patch that must not be applied: the model is told what is wrong, one line for
/// the person too, and nothing is written.
fn refused(stage: &Stage, client: &Client, body: &str, names: &str) {
    let before = stage.model.requests().len();
    let id = format!("c{before}");
    stage.model.then([calls(&id, "apply_patch", patch(body)), Turn::say("a pity")]);
    ask(client, "patch");
    let told = stage.model.request(before + 2).tool_output(&id);
    assert!(told.contains(names), "{body}\nshould name {names:?}: {told}");
    assert!(client.all("workspace/applyEdit").is_empty(), "{body}");
}

#[test]
fn a_file_that_is_not_utf8() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let bytes = b"caf\xe9\nline\n";
    stage.project.write("latin1.txt", bytes);
    let client = stage.client(Profile::vscode());
    refused(&stage, &client, "*** Update File: latin1.txt\n@@\n-line\n+other", "UTF-8");
    assert_eq!(std::fs::read(stage.project.path("latin1.txt")).unwrap(), bytes);
    usable(&stage, &client);
    client.finish();
}

#[test]
fn a_path_outside_of_the_root() {
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], []);
    let outside = stage.project.outside();
    std::os::unix::fs::symlink(&outside, stage.project.path("link")).unwrap();
    let absolute = outside.join("x.txt").display().to_string();
    let client = stage.client(Profile::vscode());
    let paths = ["../home/x.txt", "link/x.txt", "sub/../../home/x.txt", absolute.as_str()];
    for (at, path) in paths.into_iter().enumerate() {
        stage.model.then([
            calls(&format!("c{at}"), "apply_patch", patch(&format!("*** Add File: {path}\n+x"))),
            Turn::say("a pity"),
        ]);
        ask(&client, "patch");
        let told = stage.model.request(2 * at + 2).tool_output(&format!("c{at}"));
        assert!(told.contains("x.txt") && told.contains("outside"), "{path}: {told}");
        assert!(!outside.join("x.txt").exists(), "{path}");
    }
    // Nor is a file moved out.
    stage.model.then([
        calls(
            "m",
            "apply_patch",
            patch("*** Update File: a.txt\n*** Move to: ../home/x.txt\n@@\n-one\n+two"),
        ),
        Turn::say("a pity"),
    ]);
    ask(&client, "move");
    assert_eq!(stage.project.read("a.txt"), "one\n");
    assert!(!outside.join("x.txt").exists());
    usable(&stage, &client);
    client.finish();
}

#[test]
fn a_patch_that_does_not_fit() {
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], []);
    let client = stage.client(Profile::vscode());
    client.open(&stage.project.path("a.txt"));
    for (body, names) in [
        ("*** Update File: a.txt\n@@\n-no such line\n+x", "no such line"),
        ("*** Update File: missing.txt\n@@\n-one\n+x", "missing.txt"),
        ("*** Delete File: missing.txt", "missing.txt"),
        ("*** Dance File: a.txt", "line 2"),
    ] {
        refused(&stage, &client, body, names);
    }
    let before = stage.model.requests().len();
    stage.model.then([calls("e", "apply_patch", json!({"input": ""})), Turn::say("a pity")]);
    ask(&client, "patch");
    assert!(!stage.model.request(before + 2).tool_output("e").is_empty());
    assert_eq!(stage.project.read("a.txt"), "one\n");
    assert_eq!(client.editor().text(&stage.project.path("a.txt")), "one\n");
    usable(&stage, &client);
    client.finish();
}
