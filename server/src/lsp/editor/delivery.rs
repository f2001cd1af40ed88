//! Brings a plan to the editor: open documents through `workspace/applyEdit`,
//! everything else to disk. All of it or nothing: what was done is taken back
//! when a later part fails.

use std::{io, path::PathBuf, time::Duration};

use lsp_types::{
    ApplyWorkspaceEditParams, ApplyWorkspaceEditResponse, Uri, request::ApplyWorkspaceEdit,
};
use serde::Deserialize;
use serde_json::json;
use tokio::{sync::oneshot, time::timeout};

use super::{EditorWorkspace, convert, lock};
use crate::{
    documents::{OpenDocument, Position, Range},
    edits::{EditPlan, FileEdit, TextEdit},
    lsp::workspace_edit::{Step, workspace_edit},
    workspace::{Applied, ApplyError, Delivery, Workspace, disk::Transaction},
};

/// How long the editor may take to answer; a person may have to confirm.
const ANSWER: Duration = Duration::from_secs(120);

/// How long the changed text may follow the answer.
const GRACE: Duration = Duration::from_secs(1);

/// How long saving may take.
const SAVE: Duration = Duration::from_secs(5);

/// One open document and what happens to it.
struct Change {
    document: OpenDocument,
    uri: Uri,
    edit: FileEdit,
}

/// Once begun it runs to its end, whoever still waits for it: a plan is never
/// left half done.
pub(super) async fn apply(
    editor: EditorWorkspace,
    plan: EditPlan,
    label: String,
) -> Result<Vec<Applied>, ApplyError> {
    let running = tokio::spawn(async move { apply_all(&editor, &plan, &label).await });
    running.await.unwrap_or_else(|error| Err(broken(error)))
}

async fn apply_all(
    editor: &EditorWorkspace,
    plan: &EditPlan,
    label: &str,
) -> Result<Vec<Applied>, ApplyError> {
    let _one_at_a_time = editor.applying.lock().await;
    let (in_editor, on_disk): (Vec<FileEdit>, Vec<FileEdit>) =
        plan.files().iter().cloned().partition(|edit| goes_to_editor(editor, edit));
    let changes = in_editor
        .into_iter()
        .map(|edit| check(editor, edit))
        .collect::<Result<Vec<Change>, ApplyError>>()?;
    let transaction = Transaction::new(&editor.roots());
    transaction.check(&on_disk)?;

    let (operations, texts): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| is_resource_operation(&change.edit));
    // What can be taken back comes first: texts, then the disk.
    let mut done = Vec::new();
    if let Err(error) = ask(editor, texts, label, &mut done).await {
        return Err(take_back(editor, error, &done, label).await);
    }
    let (transaction, written) = match write(transaction, on_disk).await {
        Ok(written) => written,
        Err(error) => return Err(take_back(editor, error, &done, label).await),
    };
    let outcome = match written {
        Ok(written) => ask(editor, operations, label, &mut done).await.map(|()| written),
        Err(error) => Err(error),
    };
    let mut applied = match outcome {
        Ok(written) => written,
        Err(error) => {
            let error = take_back(editor, error, &done, label).await;
            return Err(blocking(move || transaction.roll_back(error)).await?);
        }
    };
    transaction.commit();
    save(editor, &done).await;
    applied.extend(done.iter().map(|change| report(editor, change)));
    Ok(applied)
}

/// Writes to the disk. The transaction comes back for what follows.
async fn write(
    mut transaction: Transaction,
    edits: Vec<FileEdit>,
) -> Result<(Transaction, Result<Vec<Applied>, ApplyError>), ApplyError> {
    if edits.is_empty() {
        return Ok((transaction, Ok(Vec::new())));
    }
    blocking(move || {
        let written = edits.iter().map(|edit| transaction.apply(edit)).collect();
        (transaction, written)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApplyError> {
    tokio::task::spawn_blocking(work).await.map_err(broken)
}

/// A task that panicked: a fault of this program.
fn broken(error: tokio::task::JoinError) -> ApplyError {
    ApplyError::Io { path: PathBuf::new(), source: io::Error::other(error) }
}

fn report(editor: &EditorWorkspace, change: &Change) -> Applied {
    let (path, open) = match &change.edit {
        FileEdit::Update { path, move_path, .. } => {
            let path = move_path.as_ref().unwrap_or(path);
            (path, editor.document(path))
        }
        FileEdit::Delete { path, .. } | FileEdit::Create { path, .. } => (path, None),
    };
    let buffer = open.is_some_and(|document| !document.saved);
    let delivery = if buffer { Delivery::Buffer } else { Delivery::Disk };
    Applied { path: path.clone(), delivery }
}

fn is_resource_operation(edit: &FileEdit) -> bool {
    !matches!(edit, FileEdit::Update { move_path: None, .. })
}

fn source(edit: &FileEdit) -> &PathBuf {
    match edit {
        FileEdit::Create { path, .. }
        | FileEdit::Delete { path, .. }
        | FileEdit::Update { path, .. } => path,
    }
}

/// Whether the document is open and the client can do this to it.
fn goes_to_editor(editor: &EditorWorkspace, edit: &FileEdit) -> bool {
    let can = match edit {
        FileEdit::Create { .. } => false,
        FileEdit::Delete { .. } => editor.edits.delete,
        FileEdit::Update { move_path: Some(_), .. } => editor.edits.rename,
        FileEdit::Update { move_path: None, .. } => true,
    };
    can && editor.edits.apply && editor.document(source(edit)).is_some()
}

/// The document must be what the plan was made for.
fn check(editor: &EditorWorkspace, edit: FileEdit) -> Result<Change, ApplyError> {
    let path = source(&edit).clone();
    let stale = || ApplyError::Stale(path.clone());
    let document = editor.document(&path).ok_or_else(stale)?;
    let (FileEdit::Update { base, .. } | FileEdit::Delete { base, .. }) = &edit else {
        return Err(ApplyError::Exists(path));
    };
    if document.text != *base {
        return Err(stale());
    }
    let uri = document.uri.parse().map_err(|_| ApplyError::Refused {
        path: path.clone(),
        reason: format!("its URI {:?} cannot be read", document.uri),
    })?;
    Ok(Change { document, uri, edit })
}

/// Asks the editor for some changes, and waits until its texts show them.
async fn ask<'a>(
    editor: &EditorWorkspace,
    changes: Vec<&'a Change>,
    label: &str,
    done: &mut Vec<&'a Change>,
) -> Result<(), ApplyError> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut steps = Vec::new();
    let mut waits = Vec::new();
    for change in &changes {
        steps.extend(steps_of(change)?);
        waits.push(expect(editor, &change.edit));
    }
    let answer = request(editor, steps, label);
    tokio::pin!(answer);
    let mut refusal = None;
    let mut first_problem = None;
    let mut answered = false;
    for (change, wait) in changes.into_iter().zip(waits) {
        let met = async {
            let Some(wait) = wait else {
                if !answered {
                    refusal = (&mut answer).await;
                    answered = true;
                }
                return refusal.is_none();
            };
            tokio::pin!(wait);
            if !answered {
                tokio::select! {
                    biased;
                    met = &mut wait => return met.is_ok(),
                    refused = &mut answer => {
                        refusal = refused;
                        answered = true;
                    }
                }
            }
            // Content decides, whatever was answered; after a refusal nothing
            // more is to come.
            let grace = if refusal.is_some() { Duration::ZERO } else { GRACE };
            matches!(timeout(grace, wait).await, Ok(Ok(())))
        };
        if met.await {
            done.push(change);
        } else {
            first_problem.get_or_insert(source(&change.edit).clone());
        }
    }
    match first_problem {
        None => Ok(()),
        Some(path) => {
            let reason = refusal.unwrap_or_else(|| {
                "its text is not what the edit makes of it; it may have been typed in meanwhile"
                    .to_owned()
            });
            Err(ApplyError::Refused { path, reason })
        }
    }
}

/// Sends the edit; the future gives the reason of a refusal.
fn request(
    editor: &EditorWorkspace,
    steps: Vec<Step>,
    label: &str,
) -> impl Future<Output = Option<String>> + use<> {
    let edit = workspace_edit(steps, editor.edits);
    let label = Some(label.to_owned());
    let reply =
        editor.outbox.request::<ApplyWorkspaceEdit>(ApplyWorkspaceEditParams { label, edit });
    async move {
        match timeout(ANSWER, reply).await {
            Err(_) => Some(format!("no answer in {} s", ANSWER.as_secs())),
            Ok(Err(error)) => Some(error.message.into_owned()),
            Ok(Ok(answer)) => match ApplyWorkspaceEditResponse::deserialize(answer) {
                Ok(answer) if answer.applied => None,
                Ok(answer) => Some(answer.failure_reason.unwrap_or_else(|| {
                    "it gave no reason; the document may have changed meanwhile".to_owned()
                })),
                Err(error) => Some(format!("its answer cannot be read: {error}")),
            },
        }
    }
}

fn steps_of(change: &Change) -> Result<Vec<Step>, ApplyError> {
    let uri = change.uri.clone();
    let version = Some(change.document.version);
    Ok(match &change.edit {
        FileEdit::Update { edits, move_path: None, .. } => {
            vec![Step::Edit { uri, version, edits: edits.clone() }]
        }
        FileEdit::Update { path, edits, move_path: Some(to), .. } => {
            let to = convert::uri_from_path(to).ok_or_else(|| ApplyError::Refused {
                path: path.clone(),
                reason: format!("{} has no URI", to.display()),
            })?;
            let rename = Step::Rename { from: uri, to: to.clone() };
            if edits.is_empty() {
                vec![rename]
            } else {
                vec![rename, Step::Edit { uri: to, version: None, edits: edits.clone() }]
            }
        }
        FileEdit::Delete { .. } | FileEdit::Create { .. } => vec![Step::Delete { uri }],
    })
}

/// What to wait for; none where the editor's answer has to do because nothing
/// need be open afterwards.
fn expect(editor: &EditorWorkspace, edit: &FileEdit) -> Option<oneshot::Receiver<()>> {
    match edit {
        FileEdit::Update { path, result, move_path: None, .. } => {
            Some(lock(&editor.state).expectations.add(path.clone(), result.clone()))
        }
        FileEdit::Update { .. } | FileEdit::Delete { .. } | FileEdit::Create { .. } => None,
    }
}

/// Gives the documents back the texts they had, unless someone typed on.
async fn take_back(
    editor: &EditorWorkspace,
    cause: ApplyError,
    done: &[&Change],
    label: &str,
) -> ApplyError {
    let mut steps = Vec::new();
    let mut waits = Vec::new();
    let mut not_restored = Vec::new();
    for change in done {
        let name = source(&change.edit).display().to_string();
        let FileEdit::Update { path, base, result, move_path: None, .. } = &change.edit else {
            not_restored.push(name);
            continue;
        };
        match editor.document(path) {
            Some(document) if *document.text == **result => {
                let edits = vec![TextEdit { range: whole(result), new_text: base.to_string() }];
                let version = Some(document.version);
                steps.push(Step::Edit { uri: change.uri.clone(), version, edits });
                let wait = lock(&editor.state).expectations.add(path.clone(), base.to_string());
                waits.push((name, wait));
            }
            _ => not_restored.push(name),
        }
    }
    if !steps.is_empty() {
        let _ = request(editor, steps, &format!("{label} (taken back)")).await;
    }
    for (name, wait) in waits {
        if !matches!(timeout(GRACE, wait).await, Ok(Ok(()))) {
            not_restored.push(name);
        }
    }
    if not_restored.is_empty() {
        cause
    } else {
        ApplyError::HalfDone { cause: cause.to_string(), not_restored }
    }
}

/// The whole of a text: up to the start of a line that is not there, which every
/// client clamps to the end.
fn whole(text: &str) -> Range {
    let lines = text.matches(['\n', '\r']).count() + 1;
    let end = Position { line: u32::try_from(lines).unwrap_or(u32::MAX), character: 0 };
    Range { start: Position { line: 0, character: 0 }, end }
}

/// Has the client save what was saved before, so that commands see the change.
async fn save(editor: &EditorWorkspace, done: &[&Change]) {
    let uris: Vec<&str> = done
        .iter()
        .filter(|change| change.document.saved && !is_resource_operation(&change.edit))
        .map(|change| change.document.uri.as_str())
        .collect();
    if editor.edits.save && !uris.is_empty() {
        let reply = editor.outbox.request_method("tiro/saveDocuments", json!({ "uris": uris }));
        if !matches!(timeout(SAVE, reply).await, Ok(Ok(_))) {
            tracing::warn!("the client did not save the documents that were changed");
        }
    }
}
