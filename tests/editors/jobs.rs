//! What a person does with the agent, in every real editor: the model's part and
//! what has to be true afterwards. The editor's part is a script a job.

use serde_json::json;
use tiro_tests::model::{Gate, Turn};

use crate::job::{Editor, Job};

pub(crate) const SOURCE: &str = "#!/bin/sh\n# adds\nadd() {\n  echo $(($1 - $2))\n}\n";
pub(crate) const TEST: &str =
    "#!/bin/sh\n. ./add.sh\n[ \"$(add 2 3)\" = 5 ] && echo PASS || { echo FAIL; exit 1; }\n";
const PATCH: &str = "*** Begin Patch\n*** Update File: add.sh\n@@ add() {\n-  echo $(($1 - $2))\n\
                     +  echo $(($1 + $2))\n }\n*** End Patch\n";

pub(crate) fn shell(id: &str) -> Turn {
    Turn::new().call(id, "shell", &json!({"command": ["sh", "test.sh"]}))
}

pub(crate) fn patch(id: &str) -> Turn {
    Turn::new().call(id, "apply_patch", &json!({"input": PATCH}))
}

/// A question by command, and one about a line by code action; the answers where
/// the editor shows them.
pub(crate) fn ask(editor: Editor) {
    let job = Job::new(
        &[("add.sh", SOURCE)],
        [Turn::say("It subtracts."), Turn::say("Minus is subtraction.")],
    );
    let Some(job) = job.done_in(editor, "ask") else { return };
    assert!(job.model.request(1).last_user_text().contains("what does this do?"));
    assert!(job.model.request(2).last_user_text().contains("echo $(($1 - $2))"));
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
    let job = Job::new(&[("add.sh", SOURCE)], []).gate("stopped", &gate);
    let asked = job.project.outside().join("asked");
    // A task that is stopped before the model was asked would leave it this turn.
    let begin = Turn::with(move |_| {
        #[expect(clippy::disallowed_methods, reason = "for the script, which waits for it")]
        std::fs::write(&asked, "").unwrap();
        Turn::new().text("I begin").wait(&gate)
    });
    job.model.then([begin, Turn::say("I am here again.")]);
    let Some(job) = job.done_in(editor, "stop") else { return };
    job.model.finish();
}

/// A comment that asks something is answered from its code action, and goes. It is
/// typed, never saved.
pub(crate) fn comment(editor: Editor) {
    let job = Job::new(&[("add.sh", SOURCE)], [Turn::say("Somebody mistyped it.")]);
    let Some(job) = job.done_in(editor, "comment") else { return };
    assert!(job.model.request(1).last_user_text().contains("why minus"));
    job.model.finish();
}

const ORDER: &str = "*** Begin Patch\n*** Update File: add.sh\n@@ add() {\n-  # add, do not subtract AI!\n-  echo $(($1 - \
                     $2))\n+  echo $(($1 + $2))\n }\n*** End Patch\n";

/// A comment that orders something is done by a patch, which takes it out; one undo
/// takes both back. It is typed, never saved.
pub(crate) fn order(editor: Editor) {
    let patch = Turn::new().call("patch_1", "apply_patch", &json!({"input": ORDER}));
    let job = Job::new(&[("add.sh", SOURCE)], [patch, Turn::say("It adds now.")]);
    let Some(job) = job.done_in(editor, "order") else { return };
    assert!(job.model.request(1).last_user_text().contains("add, do not subtract"));
    job.model.finish();
}

/// A comment is taken up without a code action, where the person has set that.
pub(crate) fn started(editor: Editor) {
    let job = Job::new(&[("add.sh", SOURCE)], [Turn::say("Somebody mistyped it.")]);
    let Some(job) = job.done_in(editor, "started") else { return };
    assert!(job.model.request(1).last_user_text().contains("why minus"));
    job.model.finish();
}

/// A chat is a document: the answer streams in below while the person writes above.
pub(crate) fn chat(editor: Editor) {
    let gate = Gate::new();
    let answer = Turn::new().text("The first part. ").wait(&gate).text("The second part.");
    let job = Job::new(&[("add.sh", SOURCE)], [answer]).gate("first", &gate);
    let Some(job) = job.done_in(editor, "chat") else { return };
    assert!(job.model.request(1).last_user_text().contains("what does add do?"));
    job.model.finish();
}

pub(crate) const LINES: &str =
    "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\n";
pub(crate) const TWO_HUNKS: &str = "*** Begin Patch\n*** Update File: lines.txt\n@@\n one\n-two\n+TWO\n three\n@@\n \
                         ten\n-eleven\n+ELEVEN\n twelve\n*** End Patch\n";

/// Each proposed change is a diagnostic: one is accepted and one rejected, by their
/// code actions; one undo takes the accepted one back.
pub(crate) fn review(editor: Editor) {
    let patch = Turn::new().call("patch_1", "apply_patch", &json!({"input": TWO_HUNKS}));
    let job = Job::new(&[("lines.txt", LINES)], [patch, Turn::say("As you wish.")]);
    let Some(job) = job.done_in(editor, "review") else { return };
    let told = job.model.request(2).tool_output("patch_1");
    assert!(told.contains("reject"), "the model is told what was not taken: {told}");
    job.model.finish();
}
