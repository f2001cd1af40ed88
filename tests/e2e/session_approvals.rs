//! Who is asked, about what, and what the answers do.

use serde_json::{Value, json};
use tiro_tests::{model::Turn, pipe::Pipe};

use crate::stage::{Stage, calls, command, patch, script};

fn answer(pipe: &Pipe, asked: &Value, decision: &str) {
    let kind = match asked["msg"]["type"].as_str().unwrap() {
        "exec_approval_request" => "exec_approval",
        _ => "patch_approval",
    };
    pipe.submit(json!({"type": kind, "id": asked["msg"]["call_id"], "decision": decision}));
}

fn outside(stage: &Stage, name: &str) -> String {
    stage.project.outside().join(name).display().to_string()
}

#[test]
fn a_command_that_only_reads_runs_without_asking() {
    let turns = [
        calls("c1", "shell", command(&["cat", "a.txt"])),
        calls("c2", "shell", command(&["bash", "-lc", "grep -c one a.txt | head -n 1 && ls"])),
        Turn::say("done"),
    ];
    let stage = Stage::new("", &[("a.txt", "one\n")], turns);
    let pipe = stage.pipe("unless-allow-listed");
    pipe.say("go");
    pipe.next("task_complete");
    assert_eq!(pipe.count("exec_approval_request"), 0);
    let request = stage.model.request(3);
    assert!(request.tool_output("c1").contains("one"));
    assert!(request.tool_output("c2").contains("a.txt"));
    pipe.finish();
}

#[test]
fn what_was_denied_is_not_done_and_the_model_is_told() {
    let turns = [calls("c1", "shell", command(&["touch", "a"])), Turn::say("a pity")];
    let stage = Stage::new("", &[], turns);
    let pipe = stage.pipe("unless-allow-listed");
    pipe.say("go");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["command"], json!(["touch", "a"]));
    assert_eq!(asked["msg"]["cwd"], json!(stage.project.root()));
    answer(&pipe, &asked, "denied");
    pipe.next("task_complete");
    assert!(!stage.project.has("a"));
    assert!(!stage.model.request(2).tool_output("c1").is_empty());
    assert_eq!(pipe.count("exec_command_begin"), 0);
    pipe.finish();
    stage.model.finish();
}

#[test]
fn abort_denies_and_ends_the_task() {
    let turns = [calls("c1", "shell", command(&["touch", "a"])), Turn::say("next")];
    let stage = Stage::new("", &[], turns);
    let pipe = stage.pipe("unless-allow-listed");
    pipe.say("go");
    answer(&pipe, &pipe.next("exec_approval_request"), "abort");
    pipe.next("task_complete");
    assert_eq!(stage.model.requests().len(), 1, "the task did not go on");
    pipe.say("again");
    pipe.next("task_complete");
    assert!(!stage.project.has("a"));
    pipe.finish();
    stage.model.finish();
}

#[test]
fn approved_for_the_session_means_the_same_command_in_the_same_directory() {
    let touch = |id: &str, workdir: &str| {
        calls(id, "shell", json!({"command": ["touch", "a"], "workdir": workdir}))
    };
    let other = calls("c4", "shell", command(&["touch", "b"]));
    let turns = [touch("c1", "."), touch("c2", "."), touch("c3", "sub"), other, Turn::say("done")];
    let stage = Stage::new("", &[("sub/x", "")], turns);
    let pipe = stage.pipe("unless-allow-listed");
    pipe.say("go");
    answer(&pipe, &pipe.next("exec_approval_request"), "approved_for_session");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["cwd"], json!(stage.project.path("sub")), "c2 was not asked about");
    answer(&pipe, &asked, "denied");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["command"], json!(["touch", "b"]));
    answer(&pipe, &asked, "denied");
    pipe.next("task_complete");
    assert_eq!(pipe.count("exec_command_begin"), 2);
    assert!(stage.project.has("a") && !stage.project.has("sub/a"));
    pipe.finish();
}

#[test]
fn a_command_that_merely_fails_is_no_reason_to_ask() {
    let turns = [
        calls("c1", "shell", script("echo 'Permission denied (or so it says)' >&2; exit 1")),
        calls("c2", "shell", command(&["grep", "nothing", "a.txt"])),
        calls("c3", "shell", json!({"command": ["sleep", "600"], "timeout_ms": 200})),
        Turn::say("done"),
    ];
    let stage = Stage::new("", &[("a.txt", "one\n")], turns);
    let pipe = stage.pipe("on-failure");
    pipe.say("go");
    pipe.next("task_complete");
    assert_eq!(pipe.count("exec_approval_request"), 0);
    let ends = pipe.events().into_iter().filter(|it| it["msg"]["type"] == "exec_command_end");
    let codes: Vec<Value> = ends.map(|end| end["msg"]["exit_code"].clone()).collect();
    assert_eq!(codes, [json!(1), json!(1), json!(124)]);
    pipe.finish();
    stage.model.finish();
}

#[test]
fn a_command_that_the_sandbox_stopped_is_asked_about_and_run_again() {
    let stage = Stage::new("", &[], []);
    let path = outside(&stage, "escaped");
    let turns = [calls("c1", "shell", command(&["touch", &path])), Turn::say("done")];
    stage.model.then(turns);
    let pipe = stage.pipe("on-failure");
    pipe.say("go");
    let asked = pipe.next("exec_approval_request");
    let reason = asked["msg"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("escaped") || reason.contains(&path), "the reason names it: {reason}");
    assert!(!std::path::Path::new(&path).exists(), "it was stopped");
    answer(&pipe, &asked, "approved");
    pipe.next("task_complete");
    assert!(std::path::Path::new(&path).exists(), "approved, it may");
    pipe.finish();
    stage.model.finish();
}

#[test]
fn a_denied_escape_is_data_for_the_model() {
    for policy in ["on-failure", "never"] {
        let stage = Stage::new("", &[], []);
        let path = outside(&stage, "escaped");
        stage.model.then([calls("c1", "shell", command(&["touch", &path])), Turn::say("done")]);
        let pipe = stage.pipe(policy);
        pipe.say("go");
        if policy == "on-failure" {
            answer(&pipe, &pipe.next("exec_approval_request"), "denied");
        }
        pipe.next("task_complete");
        assert_eq!(pipe.count("exec_approval_request"), usize::from(policy == "on-failure"));
        assert!(!std::path::Path::new(&path).exists());
        let told = stage.model.request(2).tool_output("c1");
        assert!(told.to_lowercase().contains("sandbox") || told.contains("denied"), "{told}");
        pipe.finish();
    }
}

#[test]
fn several_approvals_wait_together_and_are_answered_in_any_order() {
    let three = Turn::new()
        .call("c1", "shell", &script("echo one > one; cat one"))
        .call("c2", "shell", &script("echo two > two; cat two"))
        .call("c3", "apply_patch", &patch("*** Add File: three\n+three"));
    let stage = Stage::new("", &[], [three, Turn::say("done")]);
    let pipe = stage.pipe("unless-allow-listed");
    pipe.say("go");
    let first = pipe.next("exec_approval_request");
    let second = pipe.next("exec_approval_request");
    let third = pipe.next("apply_patch_approval_request");
    assert_ne!(first["msg"]["call_id"], second["msg"]["call_id"]);
    answer(&pipe, &third, "approved");
    answer(&pipe, &second, "approved");
    answer(&pipe, &first, "denied");
    pipe.next("task_complete");
    let request = stage.model.request(2);
    assert!(request.tool_output("c2").contains("two"));
    assert!(!stage.project.has("one"));
    assert!(stage.project.has("two") && stage.project.has("three"));
    assert_eq!(pipe.count("error"), 0);
    pipe.finish();
    stage.model.finish();
}

#[test]
fn an_answer_counts_once() {
    let turns = [calls("c1", "shell", command(&["touch", "a"])), Turn::say("done")];
    let stage = Stage::new("", &[], turns);
    let pipe = stage.pipe("unless-allow-listed");
    pipe.say("go");
    let asked = pipe.next("exec_approval_request");
    answer(&pipe, &asked, "approved");
    answer(&pipe, &asked, "denied");
    pipe.next("error");
    pipe.next("task_complete");
    assert!(stage.project.has("a"));
    pipe.finish();
}

#[test]
fn patches_inside_the_roots_need_nobody_under_auto_edit_and_commands_do() {
    let turns = [
        calls("c1", "apply_patch", patch("*** Add File: a\n+a")),
        calls("c2", "shell", command(&["touch", "b"])),
        Turn::say("done"),
    ];
    let stage = Stage::new("", &[], turns);
    let pipe = stage.pipe("auto-edit");
    pipe.say("go");
    assert_eq!(pipe.next("patch_apply_begin")["msg"]["auto_approved"], true);
    answer(&pipe, &pipe.next("exec_approval_request"), "denied");
    pipe.next("task_complete");
    assert_eq!(stage.project.read("a"), "a\n");
    assert_eq!(pipe.count("apply_patch_approval_request"), 0);
    pipe.finish();
}

#[test]
fn a_patch_outside_the_roots_asks_for_the_root_once() {
    let stage = Stage::new("", &[], []);
    let (one, two) = (outside(&stage, "one.txt"), outside(&stage, "two.txt"));
    let add = |path: &str| patch(&format!("*** Add File: {path}\n+x"));
    stage.model.then([
        calls("c1", "apply_patch", add(&one)),
        calls("c2", "apply_patch", add(&two)),
        Turn::say("done"),
    ]);
    let pipe = stage.pipe("auto-edit");
    pipe.say("go");
    let asked = pipe.next("apply_patch_approval_request");
    assert_eq!(asked["msg"]["grant_root"], json!(stage.project.outside()));
    assert!(!std::path::Path::new(&one).exists());
    answer(&pipe, &asked, "approved_for_session");
    pipe.next("task_complete");
    assert!(std::path::Path::new(&one).exists() && std::path::Path::new(&two).exists());
    assert_eq!(pipe.count("apply_patch_approval_request"), 1, "the root holds for the session");
    pipe.finish();
    stage.model.finish();
}

#[test]
fn what_was_approved_for_the_session_can_be_listed_and_taken_back() {
    let touch = |id: &str| calls(id, "shell", command(&["touch", "a"]));
    let turns = [touch("c1"), Turn::say("one"), touch("c2"), Turn::say("two")];
    let stage = Stage::new("", &[], turns);
    let pipe = stage.pipe("unless-allow-listed");
    pipe.say("go");
    answer(&pipe, &pipe.next("exec_approval_request"), "approved_for_session");
    pipe.next("task_complete");
    pipe.submit(json!({"type": "list_grants"}));
    let grants = pipe.next("grant_list")["msg"]["grants"].clone();
    assert_eq!(grants.as_array().map(Vec::len), Some(1), "{grants}");
    assert!(grants[0].to_string().contains("touch"), "{grants}");
    pipe.submit(json!({"type": "revoke_grant", "grant": grants[0]}));
    assert_eq!(pipe.next("grant_list")["msg"]["grants"], json!([]));
    pipe.say("again");
    answer(&pipe, &pipe.next("exec_approval_request"), "denied");
    pipe.next("task_complete");
    pipe.finish();
    stage.model.finish();
}
