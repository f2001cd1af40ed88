//! What a person does with the agent, in every real editor: the model's part and
//! what has to be true afterwards. The editor's part is a script a job.

use serde_json::json;
use tiro_tests::model::{Gate, Turn};

use crate::job::{Editor, Job};

const SOURCE: &str = "#!/bin/sh\n# adds\nadd() {\n  echo $(($1 - $2))\n}\n";
const TEST: &str =
    "#!/bin/sh\n. ./add.sh\n[ \"$(add 2 3)\" = 5 ] && echo PASS || { echo FAIL; exit 1; }\n";
const PATCH: &str = "*** Begin Patch\n*** Update File: add.sh\n@@ add() {\n-  echo $(($1 - $2))\n\
                     +  echo $(($1 + $2))\n }\n*** End Patch\n";

fn shell(id: &str) -> Turn {
    Turn::new().call(id, "shell", &json!({"command": ["sh", "test.sh"]}))
}

fn patch(id: &str) -> Turn {
    Turn::new().call(id, "apply_patch", &json!({"input": PATCH}))
}

/// A question, and its answer where the editor shows it.
pub(crate) fn ask(editor: Editor) {
    let job = Job::new(&[("add.sh", SOURCE)], [Turn::say("It subtracts.")]);
    let Some(job) = job.done_in(editor, "ask") else { return };
    assert!(job.model.request(1).last_user_text().contains("what does this do?"));
    job.model.finish();
}

/// A command is approved in a dialog, and another after its dialog was dismissed;
/// a patch changes the buffer, and one undo takes it back.
pub(crate) fn approve(editor: Editor) {
    let script =
        [shell("run_1"), patch("patch_1"), shell("run_2"), Turn::say("The sign was wrong.")];
    let job = Job::new(&[("add.sh", SOURCE), ("test.sh", TEST)], script);
    let Some(job) = job.done_in(editor, "approve") else { return };
    assert!(job.model.request(4).tool_output("run_1").contains("FAIL"));
    assert!(job.model.request(4).tool_output("run_2").contains("PASS"));
    job.model.finish();
}

/// A task is ended by a code action, wherever the cursor is.
pub(crate) fn stop(editor: Editor) {
    let gate = Gate::new();
    let script = [Turn::new().text("I begin").wait(&gate), Turn::say("I am here again.")];
    let job = Job::new(&[("add.sh", SOURCE)], script).gate("stopped", &gate);
    let Some(job) = job.done_in(editor, "stop") else { return };
    job.model.finish();
}
