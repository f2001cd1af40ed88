//! The job that Tiro exists for: asked in an editor, it runs a failing test in the
//! sandbox, reads the source, patches the buffer, and runs the test again.

use expect_test::expect;
use serde_json::{Value, json};
use tiro_tests::{
    client::Message,
    model::{Turn, Wire},
    profile::Profile,
    transcript,
};

use crate::stage::{AUTOMATIC, Stage, ask, calls, command, patch};

pub(crate) const SOURCE: &str = "#!/bin/sh\n# adds\nadd() {\n  echo $(($1 - $2))\n}\n";
pub(crate) const TEST: &str = "#!/bin/sh\n. ./add.sh\n[ \"$(add 2 3)\" = 5 ] || { echo \"FAIL: 2 + 3 = $(add 2 3)\"; exit 1; }\necho PASS\n";

/// What has no fixed place, or says nothing about the job.
const UNORDERED: [&str; 8] = [
    "tiro/tokenCount",
    "tiro/agentMessageDelta",
    "tiro/agentReasoningDelta",
    "tiro/execCommandOutputDelta",
    "tiro/backgroundEvent",
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didSave",
];

pub(crate) fn files() -> [(&'static str, &'static str); 2] {
    [("add.sh", SOURCE), ("test.sh", TEST)]
}

pub(crate) fn turns() -> [Turn; 5] {
    let change =
        "*** Update File: add.sh\n@@ add() {\n-  echo $(($1 - $2))\n+  echo $(($1 + $2))\n }";
    [
        Turn::new().reasoning("run it first").text("I run the test.").call(
            "run_1",
            "shell",
            &command(&["sh", "test.sh"]),
        ),
        calls("read_1", "read_file", json!({"path": "add.sh"})),
        calls("patch_1", "apply_patch", patch(change)),
        calls("run_2", "shell", command(&["sh", "test.sh"])),
        Turn::new().text("The sign ").text("was wrong."),
    ]
}

fn the_whole_job(wire: Wire) {
    let stage = Stage::on(wire, AUTOMATIC, "", &files(), turns());
    let client = stage.client(Profile::vscode());
    let source = stage.project.path("add.sh");
    client.open(&source);

    let id = ask(&client, "Make the test pass.");

    let text = client.editor().text(&source).to_owned();
    assert!(text.contains("$1 + $2"), "the buffer was not patched: {text}");

    let outputs = stage.model.request(5);
    assert!(outputs.tool_output("run_1").contains("FAIL: 2 + 3 = -1"));
    assert!(outputs.tool_output("read_1").contains("# adds"));
    assert!(outputs.tool_output("run_2").contains("PASS"), "{}", outputs.tool_output("run_2"));
    assert_eq!(outputs.user_texts().last().unwrap(), "Make the test pass.");
    for tool in ["shell", "apply_patch", "read_file", "search", "update_plan"] {
        assert!(outputs.tools().iter().any(|declared| declared == tool), "{tool} is not declared");
    }

    let ends: Vec<Value> =
        client.all("tiro/execCommandEnd").iter().map(|end| end["exit_code"].clone()).collect();
    assert_eq!(ends, [json!(1), json!(0)]);
    assert_eq!(client.next("tiro/patchApplyEnd")["success"], true);
    let said = client.all("tiro/agentMessage");
    assert_eq!(said.last().unwrap()["message"], "The sign was wrong.");
    let pieces: String =
        client.all("tiro/agentMessageDelta").iter().filter_map(|it| it["delta"].as_str()).collect();
    assert!(pieces.ends_with("The sign was wrong."), "{pieces}");
    assert_eq!(client.all("tiro/agentReasoningDelta")[0]["delta"], "run it first");

    assert_eq!(client.all("tiro/taskStarted").len(), 1);
    let completed = client.all("tiro/taskComplete");
    assert_eq!(completed.len(), 1);
    assert_eq!(completed[0]["id"], id.as_str());
    client.finish();
    stage.model.finish();
}

#[test]
fn the_whole_job_with_chat_completions() {
    the_whole_job(Wire::Chat);
}

#[test]
fn the_whole_job_with_responses() {
    the_whole_job(Wire::Responses);
}

/// Events and edits take different ways to the client, and either may be there first.
fn in_order(shown: &str) -> String {
    let mut lines: Vec<&str> = shown.lines().collect();
    for at in 1..lines.len() {
        let is_early = lines[at - 1].starts_with("<- workspace/applyEdit");
        if is_early && lines[at].starts_with("<- tiro/patchApplyBegin") {
            lines.swap(at - 1, at);
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn what_an_editor_gets_to_see_of_it() {
    let stage = Stage::new(AUTOMATIC, &files(), turns());
    let client = stage.client(Profile::helix());
    client.open(&stage.project.path("add.sh"));
    ask(&client, "Make the test pass.");
    let log = client.log();
    let methods: Vec<&str> =
        log.iter().filter_map(Message::method).filter(|it| !UNORDERED.contains(it)).collect();
    let shown = in_order(&transcript::of_messages(&stage.project, &log, &methods));
    expect![[r#"
        -> initialized {}
        <- tiro/sessionConfigured {id: "", model: "scripted", provider: "scripted", seq: <seq>, session_id: <session>}
        -> tiro/userInput {items: [{text: "Make the test pass.", type: "text"}]}
        <- tiro/context {}
        <- tiro/diagnostics {}
        <- tiro/taskStarted {id: "tiro-1", seq: <seq>}
        <- tiro/agentMessage {id: "tiro-1", message: "I run the test.", seq: <seq>}
        <- tiro/execCommandBegin {call_id: "run_1", command: ["sh", "test.sh"], cwd: "$ROOT", id: "tiro-1", seq: <seq>}
        <- tiro/execCommandEnd {call_id: "run_1", exit_code: 1, id: "tiro-1", seq: <seq>, stderr: "", stdout: "FAIL: 2 + 3 = -1\n"}
        <- tiro/patchApplyBegin {auto_approved: true, call_id: "patch_1", changes: {$ROOT/add.sh: {update: {move_path: null, unified_diff: "@@ -1,5 +1,5 @@\n #!/bin/sh\n # adds\n add() {\n-  echo $(($1 - $2))\n+  echo $(($1 + $2))\n }\n"}}}, id: "tiro-1", seq: <seq>}
        <- workspace/applyEdit {edit: {documentChanges: [{edits: [{newText: "  echo $(($1 + $2))\n", range: {end: {character: 0, line: 4}, start: {character: 0, line: 3}}}], textDocument: {uri: "file://$ROOT/add.sh", version: 1}}]}, label: "Tiro"}
        <- tiro/saveDocuments {uris: ["file://$ROOT/add.sh"]}
        <- tiro/patchApplyEnd {call_id: "patch_1", id: "tiro-1", seq: <seq>, stderr: "", stdout: "changed: $ROOT/add.sh\n", success: true}
        <- tiro/turnDiff {id: "tiro-1", seq: <seq>, unified_diff: "diff --git a/add.sh b/add.sh\n--- a/add.sh\n+++ b/add.sh\n@@ -1,5 +1,5 @@\n #!/bin/sh\n # adds\n add() {\n-  echo $(($1 - $2))\n+  echo $(($1 + $2))\n }\n"}
        <- tiro/execCommandBegin {call_id: "run_2", command: ["sh", "test.sh"], cwd: "$ROOT", id: "tiro-1", seq: <seq>}
        <- tiro/execCommandEnd {call_id: "run_2", exit_code: 0, id: "tiro-1", seq: <seq>, stderr: "", stdout: "PASS\n"}
        <- tiro/agentMessage {id: "tiro-1", message: "The sign was wrong.", seq: <seq>}
        <- tiro/taskComplete {id: "tiro-1", seq: <seq>}
    "#]].assert_eq(&shown);
    client.finish();
}

#[test]
fn unsaved_text_is_read_patched_around_and_saved_before_the_test_runs() {
    let stage = Stage::new(AUTOMATIC, &files(), turns());
    let client = stage.client(Profile::vscode());
    let source = stage.project.path("add.sh");
    client.open(&source);
    client.edit(|editor| editor.type_over(&source, "# adds", "# adds two numbers"));

    ask(&client, "Make the test pass.");

    let text = client.editor().text(&source).to_owned();
    assert!(text.contains("# adds two numbers"), "what the person typed is gone: {text}");
    assert!(text.contains("$1 + $2"), "the buffer was not patched: {text}");
    assert_eq!(stage.project.read("add.sh"), text, "commands see what the person sees");
    let request = stage.model.request(5);
    assert!(request.tool_output("read_1").contains("# adds two numbers"));
    let told = request.tool_output("run_2");
    assert!(told.contains("exit code 0") && !told.contains("older text"), "{told}");
    client.finish();
    stage.model.finish();
}
