//! How a plan reaches the documents of an editor, and when it counts as done.

use std::path::{Path, PathBuf};

use super::*;
use crate::{
    documents::PositionEncoding,
    edits::{self, EditPlan},
    lsp::convert,
    patch,
    workspace::{Applied, ApplyError, Delivery},
};

pub(super) type Applying = JoinHandle<Result<Vec<Applied>, ApplyError>>;

pub(super) struct Editing {
    pub(super) client: Client,
    pub(super) session: Session,
    pub(super) root: PathBuf,
}

impl Editing {
    pub(super) async fn start(edit: Value) -> Self {
        let workspace = json!({"applyEdit": true, "workspaceEdit": edit});
        Self::start_with(json!({ "workspace": workspace }), json!({})).await
    }

    pub(super) async fn start_with(capabilities: Value, options: Value) -> Self {
        let (client, session) = Client::initialized(capabilities, options).await;
        let root = client.root.path().canonicalize().expect("it is there");
        Self { client, session, root }
    }

    pub(super) fn uri(&self, name: &str) -> Value {
        json!(convert::uri_from_path(&self.root.join(name)).expect("a URI"))
    }

    pub(super) async fn write(&self, name: &str, text: &str) {
        tokio::fs::write(self.root.join(name), text).await.expect("it can be written");
    }

    pub(super) async fn on_disk(&self, name: &str) -> Option<String> {
        tokio::fs::read_to_string(self.root.join(name)).await.ok()
    }

    pub(super) async fn open(&mut self, name: &str, text: &str) {
        self.write(name, text).await;
        let item = json!({"uri": self.uri(name), "languageId": "text", "version": 1, "text": text});
        self.client.notify("textDocument/didOpen", json!({ "textDocument": item })).await;
        self.settle().await;
    }

    /// The document has another text now.
    pub(super) async fn change(&mut self, name: &str, version: i32, text: &str) {
        let document = json!({"uri": self.uri(name), "version": version});
        let params = json!({"textDocument": document, "contentChanges": [{ "text": text }]});
        self.client.notify("textDocument/didChange", params).await;
    }

    /// Everything that was sent so far has been handled.
    pub(super) async fn settle(&mut self) {
        let error = self.client.call("tiro/settle", json!({})).await;
        assert_eq!(error["error"]["code"], -32601);
    }

    fn plan(&self, text: &str) -> EditPlan {
        let workspace = &self.session.starting.workspace;
        let parsed = patch::parse(text).expect("a patch");
        let root = self.root.clone();
        let updates = patch::resolve(
            &parsed,
            &mut |path| workspace.read(path).map(|file| file.text).map_err(Into::into),
            &mut |path| Ok(root.join(path)),
        )
        .expect("it fits");
        let version = |path: &Path| workspace.read(path).ok().and_then(|file| file.version);
        edits::plan(&updates, &version, PositionEncoding::Utf16).expect("a plan")
    }

    pub(super) fn apply(&self, patch: &str) -> Applying {
        let plan = self.plan(patch);
        let workspace = self.session.starting.workspace.clone();
        tokio::spawn(async move { workspace.apply(plan, "Tiro: patch".to_owned()).await })
    }

    pub(super) async fn asked(&mut self) -> Value {
        self.client.receive_with("/method", "workspace/applyEdit".into()).await
    }

    pub(super) async fn answer(&mut self, request: &Value, applied: bool) {
        self.client.answer(request, json!({ "applied": applied })).await;
    }
}

pub(super) fn update(name: &str) -> String {
    format!("*** Begin Patch\n*** Update File: {name}\n@@\n-a\n+b\n*** End Patch\n")
}

pub(super) async fn outcome(applying: Applying) -> Result<Vec<Applied>, ApplyError> {
    timeout(PATIENCE, applying).await.expect("in time").expect("no panic")
}

#[tokio::test]
async fn an_open_document_is_changed_in_the_editor_and_confirmed_by_its_text() {
    let mut editing = Editing::start(json!({"documentChanges": true})).await;
    editing.open("x.txt", "a\n").await;
    let applying = editing.apply(&update("x.txt"));
    let request = editing.asked().await;
    assert_eq!(request["params"]["label"], "Tiro: patch");
    let edit = &request["params"]["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"], json!({"uri": editing.uri("x.txt"), "version": 1}));
    // No answer comes at all; and the person types on at once.
    editing.change("x.txt", 2, "b\n").await;
    editing.change("x.txt", 3, "b\nc\n").await;
    let applied = outcome(applying).await.expect("it is applied");
    let path = editing.root.join("x.txt");
    assert_eq!(applied, [Applied { path, delivery: Delivery::Buffer }]);
    assert_eq!(editing.on_disk("x.txt").await.as_deref(), Some("a\n"));
}

#[tokio::test]
async fn the_word_of_the_editor_alone_is_not_enough() {
    let mut editing = Editing::start(json!({"documentChanges": true})).await;
    editing.open("x.txt", "a\n").await;
    let applying = editing.apply(&update("x.txt"));
    let request = editing.asked().await;
    editing.change("x.txt", 2, "typed\n").await;
    editing.answer(&request, true).await;
    let error = outcome(applying).await.expect_err("it is not there");
    assert!(matches!(error, ApplyError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_refusal_has_the_editors_reason() {
    let mut editing = Editing::start(json!({"documentChanges": true})).await;
    editing.open("x.txt", "a\n").await;
    let applying = editing.apply(&update("x.txt"));
    let request = editing.asked().await;
    let refusal = json!({"applied": false, "failureReason": "read only"});
    editing.client.answer(&request, refusal).await;
    let error = outcome(applying).await.expect_err("it is refused").to_string();
    assert!(error.ends_with("x.txt: read only"), "{error}");
}

#[tokio::test]
async fn typing_after_the_plan_was_made_makes_it_stale() {
    let mut editing = Editing::start(json!({"documentChanges": true})).await;
    editing.open("x.txt", "a\n").await;
    let plan = editing.plan(&update("x.txt"));
    editing.change("x.txt", 2, "a\nmore\n").await;
    editing.settle().await;
    let applied = editing.session.starting.workspace.apply(plan, String::new()).await;
    assert!(matches!(applied, Err(ApplyError::Stale(_))), "{applied:?}");
}

#[tokio::test]
async fn a_closed_file_is_written_to_disk() {
    let editing = Editing::start(json!({"documentChanges": true})).await;
    editing.write("x.txt", "a\n").await;
    let applied = outcome(editing.apply(&update("x.txt"))).await.expect("it is applied");
    assert_eq!(applied[0].delivery, Delivery::Disk);
    assert_eq!(editing.on_disk("x.txt").await.as_deref(), Some("b\n"));
}

#[tokio::test]
async fn a_client_that_takes_no_edits_has_everything_on_disk() {
    let mut editing = Editing::start_with(json!({}), json!({})).await;
    editing.open("x.txt", "a\n").await;
    outcome(editing.apply(&update("x.txt"))).await.expect("it is applied");
    assert_eq!(editing.on_disk("x.txt").await.as_deref(), Some("b\n"));
}

#[tokio::test]
async fn what_is_refused_later_takes_back_what_was_done() {
    let capabilities = json!({"documentChanges": true, "resourceOperations": ["delete"]});
    let mut editing = Editing::start(capabilities).await;
    editing.open("x.txt", "a\n").await;
    editing.open("gone.txt", "g\n").await;
    editing.write("disk.txt", "a\n").await;
    let applying = editing.apply(
        "*** Begin Patch\n*** Update File: x.txt\n@@\n-a\n+b\n*** Update File: disk.txt\n@@\n-a\n+b\n\
         *** Delete File: gone.txt\n*** End Patch\n",
    );
    let request = editing.asked().await;
    editing.change("x.txt", 2, "b\n").await;
    editing.answer(&request, true).await;
    let request = editing.asked().await;
    assert_eq!(request["params"]["edit"]["documentChanges"][0]["kind"], "delete");
    assert_eq!(editing.on_disk("disk.txt").await.as_deref(), Some("b\n"));
    editing.answer(&request, false).await;
    let request = editing.asked().await;
    let edit = &request["params"]["edit"]["documentChanges"][0];
    assert_eq!(edit["edits"][0]["newText"], "a\n");
    assert_eq!(edit["textDocument"]["version"], 2);
    editing.change("x.txt", 3, "a\n").await;
    editing.answer(&request, true).await;
    let error = outcome(applying).await.expect_err("one part was refused");
    assert!(matches!(error, ApplyError::Refused { .. }), "{error}");
    assert_eq!(editing.on_disk("disk.txt").await.as_deref(), Some("a\n"));
}

#[tokio::test]
async fn a_client_that_saves_on_request_is_asked_to_save_what_was_saved_before() {
    let workspace = json!({"applyEdit": true, "workspaceEdit": {"documentChanges": true}});
    let options = json!({"tiro": {"saveDocuments": true}});
    let mut editing = Editing::start_with(json!({ "workspace": workspace }), options).await;
    editing.open("x.txt", "a\n").await;
    let applying = editing.apply(&update("x.txt"));
    let request = editing.asked().await;
    editing.change("x.txt", 2, "b\n").await;
    editing.answer(&request, true).await;
    let save = editing.client.receive_with("/method", "tiro/saveDocuments".into()).await;
    assert_eq!(save["params"], json!({"uris": [editing.uri("x.txt")]}));
    let document = json!({"textDocument": {"uri": editing.uri("x.txt")}});
    editing.client.notify("textDocument/didSave", document).await;
    editing.client.answer(&save, Value::Null).await;
    let applied = outcome(applying).await.expect("it is applied");
    assert_eq!(applied[0].delivery, Delivery::Disk);
}

#[tokio::test]
async fn unsaved_text_is_what_is_read() {
    let mut editing = Editing::start(json!({})).await;
    editing.open("x.txt", "a\n").await;
    let workspace = editing.session.starting.workspace.clone();
    assert!(workspace.unsaved().is_empty());
    editing.change("x.txt", 2, "b\n").await;
    editing.settle().await;
    let path = editing.root.join("x.txt");
    let read = workspace.read(&path).expect("it is open");
    assert_eq!((&*read.text, read.version, read.unsaved), ("b\n", Some(2), true));
    assert_eq!(workspace.unsaved(), std::slice::from_ref(&path));
    let document = json!({"textDocument": {"uri": editing.uri("x.txt")}});
    editing.client.notify("textDocument/didClose", document).await;
    editing.settle().await;
    assert_eq!(&*workspace.read(&path).expect("it is on disk").text, "a\n");
}

const DELETE: &str = "*** Begin Patch\n*** Delete File: x.txt\n*** End Patch\n";

impl Editing {
    async fn deleting() -> Self {
        let mut editing =
            Self::start(json!({"documentChanges": true, "resourceOperations": ["delete"]})).await;
        editing.open("x.txt", "a\n").await;
        editing
    }

    pub(super) async fn remove(&self, name: &str) {
        tokio::fs::remove_file(self.root.join(name)).await.expect("it can be removed");
    }
}

#[tokio::test]
async fn a_file_that_is_still_there_was_not_deleted_whatever_the_editor_says() {
    let mut editing = Editing::deleting().await;
    let applying = editing.apply(DELETE);
    let request = editing.asked().await;
    editing.answer(&request, true).await;
    let error = outcome(applying).await.expect_err("it is still there");
    assert!(matches!(error, ApplyError::Refused { .. }), "{error}");

    let applying = editing.apply(DELETE);
    let request = editing.asked().await;
    editing.remove("x.txt").await;
    editing.answer(&request, true).await;
    // Some answer twice.
    editing.answer(&request, true).await;
    let path = editing.root.join("x.txt");
    let applied = outcome(applying).await.expect("it is deleted");
    assert_eq!(applied, [Applied { path, delivery: Delivery::Disk }]);
}

#[tokio::test]
async fn a_file_that_was_deleted_in_spite_of_a_refusal_is_there_again() {
    let mut editing = Editing::deleting().await;
    let applying = editing.apply(DELETE);
    let request = editing.asked().await;
    editing.remove("x.txt").await;
    editing.answer(&request, false).await;
    let error = outcome(applying).await.expect_err("it was refused");
    assert!(matches!(error, ApplyError::Refused { .. }), "{error}");
    assert_eq!(editing.on_disk("x.txt").await.as_deref(), Some("a\n"));
}

#[tokio::test]
async fn a_document_that_is_out_of_step_is_not_touched_until_it_is_opened_again() {
    let mut editing = Editing::start(json!({"documentChanges": true})).await;
    editing.open("x.txt", "a\n").await;
    editing.open("y.txt", "a\n").await;
    let plan = editing.plan(&update("x.txt"));
    let start = format!(
        r#"{{"method":"textDocument/didChange","params":{{"textDocument":{{"uri":{},"version":2}},"#,
        editing.uri("x.txt")
    );
    editing.client.send_oversized(&start).await;
    let shown = editing.client.receive_with("/method", "window/showMessage".into()).await;
    let message = shown["params"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("open it again"), "{message}");

    let workspace = editing.session.starting.workspace.clone();
    let refused = workspace.apply(plan, String::new()).await;
    assert!(matches!(refused, Err(ApplyError::Refused { .. })), "{refused:?}");
    let path = editing.root.join("x.txt");
    let unknown = workspace.read(&path).expect_err("its text is not known").to_string();
    assert!(unknown.contains("open it again"), "{unknown}");
    assert!(workspace.read(&editing.root.join("y.txt")).is_ok());
    editing.open("x.txt", "b\n").await;
    assert_eq!(&*workspace.read(&path).expect("it is known again").text, "b\n");
}

#[tokio::test]
async fn a_change_to_an_older_version_puts_a_document_out_of_step() {
    let mut editing = Editing::start(json!({})).await;
    editing.open("x.txt", "a\n").await;
    let insert = |version| {
        let start = json!({"line": 0, "character": 0});
        let change = json!({"range": {"start": start, "end": start}, "text": "x"});
        (version, change)
    };
    for (version, change) in [insert(5), insert(4), insert(6)] {
        let document = json!({"uri": editing.uri("x.txt"), "version": version});
        let params = json!({"textDocument": document, "contentChanges": [change]});
        editing.client.notify("textDocument/didChange", params).await;
    }
    editing.settle().await;
    let workspace = editing.session.starting.workspace.clone();
    let path = editing.root.join("x.txt");
    assert!(workspace.read(&path).is_err());
    // The whole text says everything.
    editing.change("x.txt", 7, "all\n").await;
    editing.settle().await;
    assert_eq!(&*workspace.read(&path).expect("it is known again").text, "all\n");
}

#[cfg(unix)]
#[tokio::test]
async fn of_two_buffers_of_one_file_the_last_opened_counts() {
    let mut editing = Editing::start(json!({})).await;
    editing.write("x.txt", "a\n").await;
    tokio::fs::symlink("x.txt", editing.root.join("link.txt")).await.expect("a link");
    editing.open("x.txt", "a\n").await;
    let link = json!({"uri": editing.uri("link.txt"), "languageId": "text", "version": 1,
        "text": "b\n"});
    editing.client.notify("textDocument/didOpen", json!({ "textDocument": link })).await;
    editing.change("x.txt", 2, "not in the other buffer\n").await;
    let closed = json!({"textDocument": {"uri": editing.uri("x.txt")}});
    editing.client.notify("textDocument/didClose", closed).await;
    editing.settle().await;
    let read = editing.session.starting.workspace.read(&editing.root.join("x.txt"));
    let read = read.expect("it is open");
    assert_eq!((&*read.text, read.version), ("b\n", Some(1)));
}
