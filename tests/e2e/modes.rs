//! Patches that make a file executable: git's mode lines, with and without text.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tiro_tests::{client::Client, model::Turn, profile::Profile};

use crate::stage::{ASKING, AUTOMATIC, Stage, ask, calls, say, text_of};

const MODE_ONLY: &str = "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n";
const NEW_FILE: &str = "diff --git a/new.sh b/new.sh\nnew file mode 100755\n\
    --- /dev/null\n+++ b/new.sh\n@@ -0,0 +1 @@\n+new\n";
const BOTH: &str = "diff --git a/both.sh b/both.sh\nold mode 100644\nnew mode 100755\n\
    --- a/both.sh\n+++ b/both.sh\n@@ -1 +1 @@\n-1\n+2\n";
const FILES: [(&str, &str); 2] = [("run.sh", "#!/bin/sh\n"), ("both.sh", "1\n")];

fn stage(config: &str, diff: &str) -> Stage {
    let turns = [calls("c", "apply_patch", json!({"input": diff})), Turn::say("done")];
    Stage::new(config, &FILES, turns)
}

fn is_executable(stage: &Stage, path: &str) -> bool {
    let metadata = stage.project.path(path).metadata().expect("the file");
    metadata.permissions().mode() & 0o111 != 0
}

fn told(stage: &Stage) -> String {
    stage.model.request(2).tool_output("c")
}

fn turn_diff(client: &Client) -> String {
    let diff = client.all("tiro/turnDiff").pop().expect("a diff");
    diff["unified_diff"].as_str().expect("text").to_owned()
}

#[test]
fn modes_are_set_told_shown_and_taken_back_in_every_editor() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let stage = stage(AUTOMATIC, &format!("{MODE_ONLY}{NEW_FILE}{BOTH}"));
        let client = stage.client(profile);
        client.open(&stage.project.path("run.sh"));
        client.open(&stage.project.path("both.sh"));
        ask(&client, "go");
        for file in ["run.sh", "new.sh", "both.sh"] {
            assert!(is_executable(&stage, file), "{name}: {file}");
            let path = stage.project.path(file);
            let line = format!("made executable: {}\n", path.display());
            assert!(told(&stage).contains(&line), "{name}: {}", told(&stage));
        }
        assert_eq!(text_of(&stage, &client, "both.sh"), "2\n", "{name}");
        let diff = turn_diff(&client);
        for part in [MODE_ONLY, "new file mode 100755\n", "old mode 100644\nnew mode 100755\n---"] {
            assert!(diff.contains(part), "{name}: {part} is not in {diff}");
        }
        client.call("tiro/checkpoints", json!({})).expect("taken");
        let list = client.next("tiro/checkpointList");
        let id = list["checkpoints"][0]["id"].clone();
        client.call("tiro/restore", json!({"checkpoint": id})).expect("taken");
        let end = client.next("tiro/restoreEnd");
        assert!(!is_executable(&stage, "run.sh"), "{name}: {end}");
        assert!(!is_executable(&stage, "both.sh"), "{name}: {end}");
        assert!(!stage.project.has("new.sh"), "{name}: {end}");
        client.finish();
    }
}

#[test]
fn a_person_sees_the_mode_and_can_reject_it() {
    let stage = stage(ASKING, &format!("{MODE_ONLY}{BOTH}"));
    let client = stage.client(Profile::vscode());
    say(&client, "go");
    let reason = client.next("tiro/applyPatchApprovalRequest")["reason"].to_string();
    assert!(reason.contains("made executable: ") && reason.contains("run.sh"), "{reason}");
    let proposal = client.next("tiro/proposalUpdated")["proposal"].clone();
    let files = proposal["files"].as_array().expect("files");
    let run = files.iter().find(|file| file["path"].as_str().unwrap().ends_with("run.sh"));
    let hunk = run.expect("a file without lines")["hunks"][0].clone();
    assert_eq!(hunk["inserted_lines"], json!([]));
    let selection = json!({"reject": [hunk["id"]]});
    let params = json!({"id": "c", "decision": "approved", "selection": selection});
    client.call("tiro/patchApproval", params).expect("taken");
    client.next("tiro/taskComplete");
    assert!(!is_executable(&stage, "run.sh") && is_executable(&stage, "both.sh"));
    assert!(told(&stage).contains("rejected h1:\n  made executable\n"), "{}", told(&stage));
    assert!(!turn_diff(&client).contains("run.sh"));
    client.finish();
}

#[test]
fn when_the_editor_refuses_the_text_no_mode_is_changed() {
    let stage = stage(AUTOMATIC, &format!("{MODE_ONLY}{BOTH}"));
    let mut profile = Profile::vscode();
    profile.quirks.lies = true;
    let client = stage.client(profile);
    client.open(&stage.project.path("both.sh"));
    ask(&client, "go");
    assert!(!is_executable(&stage, "run.sh") && !is_executable(&stage, "both.sh"));
    assert!(told(&stage).starts_with("error: "), "{}", told(&stage));
    client.finish();
}
