//! Files that are moved, made or not open, and the way back.

use super::{
    editing::{Editing, outcome, update},
    *,
};
use crate::workspace::{ApplyError, Delivery};

const MOVE: &str =
    "*** Begin Patch\n*** Update File: x.txt\n*** Move to: y.txt\n@@\n-a\n+b\n*** End Patch\n";

impl Editing {
    async fn moving() -> Self {
        let mut editing =
            Self::start(json!({"documentChanges": true, "resourceOperations": ["rename"]})).await;
        editing.open("x.txt", "a\n").await;
        editing
    }

    async fn rename(&self, from: &str, to: &str) {
        let (from, to) = (self.root.join(from), self.root.join(to));
        tokio::fs::rename(from, to).await.expect("it can be renamed");
    }

    /// A client that creates files and saves them.
    async fn able() -> Self {
        let edit = json!({"documentChanges": true, "resourceOperations": ["create"]});
        let workspace = json!({"applyEdit": true, "workspaceEdit": edit});
        let options = json!({"tiro": {"saveDocuments": true}});
        Self::start_with(json!({ "workspace": workspace }), options).await
    }

    async fn asked_to_save(&mut self) -> Value {
        self.client.receive_with("/method", "tiro/saveDocuments".into()).await
    }

    /// The editor has the document open, which is on disk already.
    async fn opened(&mut self, name: &str, text: &str) {
        let item = json!({"uri": self.uri(name), "languageId": "text", "version": 1, "text": text});
        self.client.notify("textDocument/didOpen", json!({ "textDocument": item })).await;
    }

    async fn closed(&mut self, name: &str) {
        let document = json!({"textDocument": {"uri": self.uri(name)}});
        self.client.notify("textDocument/didClose", document).await;
    }
}

#[tokio::test]
async fn a_move_is_confirmed_by_the_text_at_the_new_place() {
    let mut editing = Editing::moving().await;
    let applying = editing.apply(MOVE);
    let request = editing.asked().await;
    editing.rename("x.txt", "y.txt").await;
    editing.closed("x.txt").await;
    editing.opened("y.txt", "a\n").await;
    editing.change("y.txt", 2, "b\n").await;
    editing.answer(&request, true).await;
    let applied = outcome(applying).await.expect("it is applied");
    assert_eq!(applied[0].path, editing.root.join("y.txt"));
    assert_eq!(applied[0].delivery, Delivery::Buffer);
}

#[tokio::test]
async fn a_move_without_its_edit_is_taken_back_by_the_editor() {
    let mut editing = Editing::moving().await;
    let applying = editing.apply(MOVE);
    let request = editing.asked().await;
    editing.rename("x.txt", "y.txt").await;
    editing.closed("x.txt").await;
    editing.opened("y.txt", "a\n").await;
    editing.answer(&request, true).await;
    let back = editing.asked().await;
    assert_eq!(back["params"]["label"], "Tiro: patch (taken back)");
    let operation = &back["params"]["edit"]["documentChanges"][0];
    assert_eq!(operation["kind"], "rename");
    assert_eq!(operation["newUri"], editing.uri("x.txt"));
    editing.rename("y.txt", "x.txt").await;
    editing.answer(&back, true).await;
    let error = outcome(applying).await.expect_err("the edit is not there");
    assert!(matches!(error, ApplyError::Refused { .. }), "{error}");
    assert_eq!(editing.on_disk("x.txt").await.as_deref(), Some("a\n"));
}

#[tokio::test]
async fn a_move_in_spite_of_a_refusal_is_taken_back_on_disk() {
    let mut editing = Editing::moving().await;
    let applying = editing.apply(MOVE);
    let request = editing.asked().await;
    editing.rename("x.txt", "y.txt").await;
    editing.answer(&request, false).await;
    let error = outcome(applying).await.expect_err("it was refused");
    assert!(matches!(error, ApplyError::Refused { .. }), "{error}");
    assert_eq!(editing.on_disk("x.txt").await.as_deref(), Some("a\n"));
    assert_eq!(editing.on_disk("y.txt").await, None);
}

#[tokio::test]
async fn a_move_that_cannot_be_taken_back_is_named() {
    let mut editing = Editing::moving().await;
    let applying = editing.apply(MOVE);
    let request = editing.asked().await;
    editing.rename("x.txt", "y.txt").await;
    editing.closed("x.txt").await;
    editing.opened("y.txt", "a\n").await;
    editing.change("y.txt", 2, "a\nand typed\n").await;
    editing.answer(&request, true).await;
    let error = outcome(applying).await.expect_err("the edit is not there");
    let ApplyError::HalfDone { not_restored, .. } = error else { panic!("{error}") };
    assert_eq!(not_restored, [editing.root.join("x.txt").display().to_string()]);
}

const ADD: &str = "*** Begin Patch\n*** Add File: sub/new.txt\n+new\n*** End Patch\n";

#[tokio::test]
async fn a_client_that_creates_and_saves_does_it_and_the_disk_confirms() {
    let mut editing = Editing::able().await;
    editing.write("x.txt", "a\n").await;
    let applying = editing.apply(&update("x.txt"));
    let request = editing.asked().await;
    let edit = &request["params"]["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"], json!({"uri": editing.uri("x.txt"), "version": null}));
    editing.answer(&request, true).await;
    let save = editing.asked_to_save().await;
    assert_eq!(save["params"], json!({"uris": [editing.uri("x.txt")]}));
    editing.write("x.txt", "b\n").await;
    editing.client.answer(&save, Value::Null).await;
    let applied = outcome(applying).await.expect("it is applied");
    assert_eq!(applied[0].delivery, Delivery::Disk);
    assert_eq!(editing.on_disk("x.txt").await.as_deref(), Some("b\n"));
}

#[tokio::test]
async fn what_such_a_client_only_says_is_written_to_disk() {
    for (applied, made) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut editing = Editing::able().await;
        let applying = editing.apply(ADD);
        let request = editing.asked().await;
        let changes = &request["params"]["edit"]["documentChanges"];
        assert_eq!(
            (&changes[0]["kind"], &changes[1]["edits"][0]["newText"]),
            (&json!("create"), &json!("new\n"))
        );
        if made {
            tokio::fs::create_dir(editing.root.join("sub")).await.expect("it can be made");
            editing.write("sub/new.txt", "").await;
        }
        editing.answer(&request, applied).await;
        if applied {
            let save = editing.asked_to_save().await;
            editing.client.answer(&save, Value::Null).await;
        }
        outcome(applying).await.expect("it is applied");
        assert_eq!(editing.on_disk("sub/new.txt").await.as_deref(), Some("new\n"));
    }
}

#[tokio::test]
async fn what_such_a_client_did_is_taken_back_with_the_rest() {
    let mut editing = Editing::able().await;
    editing.write("x.txt", "a\n").await;
    // What an editor would not leave as it is goes to the disk.
    editing.write("y.txt", "a\r\n").await;
    let both = ADD.replace(
        "*** End",
        "*** Update File: x.txt\n@@\n-a\n+b\n*** Update File: y.txt\n@@\n-a\n+b\n*** End",
    );
    let applying = editing.apply(&both);
    let request = editing.asked().await;
    editing.answer(&request, true).await;
    let save = editing.asked_to_save().await;
    tokio::fs::create_dir(editing.root.join("sub")).await.expect("it can be made");
    editing.write("sub/new.txt", "new\n").await;
    editing.write("x.txt", "b\n").await;
    editing.write("y.txt", "changed by somebody\r\n").await;
    editing.client.answer(&save, Value::Null).await;
    let error = outcome(applying).await.expect_err("one file has changed");
    assert!(matches!(error, ApplyError::Stale(_)), "{error}");
    assert_eq!(editing.on_disk("x.txt").await.as_deref(), Some("a\n"));
    assert!(!editing.root.join("sub").exists());
}

const THREE: &str = "*** Begin Patch\n*** Update File: x.txt\n@@\n-a\n+b\n*** Update File: disk.txt\n@@\n-a\n+b\n\
    *** Delete File: gone.txt\n*** End Patch\n";

/// What an editor does in place of what it was asked.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Refuses,
    Errs,
    Lies,
}

impl Editing {
    async fn fail(&mut self, request: &Value, fault: Fault) {
        match fault {
            Fault::Refuses => self.answer(request, false).await,
            Fault::Lies => self.answer(request, true).await,
            Fault::Errs => {
                let error = json!({"code": -32603, "message": "no"});
                let answer = json!({"jsonrpc": "2.0", "id": request["id"], "error": error});
                self.client.send(&answer.to_string()).await;
            }
        }
    }

    fn text(&self, name: &str) -> String {
        let workspace = &self.session.starting.workspace;
        workspace.read(&self.root.join(name)).expect("it is there").text.to_string()
    }
}

#[tokio::test]
async fn whichever_answer_fails_everything_is_as_it_was_or_named() {
    for fault in [Fault::Refuses, Fault::Errs, Fault::Lies] {
        // The text, the deletion after it, and the way back after that.
        for failing in 1..=3 {
            let edit = json!({"documentChanges": true, "resourceOperations": ["delete"]});
            let mut editing = Editing::start(edit).await;
            editing.open("x.txt", "a\n").await;
            editing.open("gone.txt", "g\n").await;
            editing.write("disk.txt", "a\n").await;
            let applying = editing.apply(THREE);
            let request = editing.asked().await;
            if failing == 1 {
                editing.fail(&request, fault).await;
            } else {
                editing.change("x.txt", 2, "b\n").await;
                editing.answer(&request, true).await;
                let request = editing.asked().await;
                editing.fail(&request, fault).await;
                let back = editing.asked().await;
                if failing == 3 {
                    editing.fail(&back, fault).await;
                } else {
                    editing.change("x.txt", 3, "a\n").await;
                    editing.answer(&back, true).await;
                }
            }
            let error = outcome(applying).await.expect_err("one part failed");
            let x = editing.root.join("x.txt").display().to_string();
            match error {
                ApplyError::HalfDone { not_restored, .. } => {
                    assert_eq!((failing, not_restored), (3, vec![x]), "{fault:?}");
                    assert_eq!(editing.text("x.txt"), "b\n");
                }
                error => {
                    assert!(failing < 3, "{fault:?}: {error}");
                    assert_eq!(editing.text("x.txt"), "a\n", "{fault:?} {failing}");
                }
            }
            assert_eq!(editing.text("disk.txt"), "a\n", "{fault:?} {failing}");
            assert_eq!(editing.text("gone.txt"), "g\n", "{fault:?} {failing}");
        }
    }
}
