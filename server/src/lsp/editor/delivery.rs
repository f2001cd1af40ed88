//! Brings a plan to the editor: open documents through `workspace/applyEdit`,
//! everything else to disk, by the editor or by us. All of it or nothing: what
//! was done is taken back when a later part fails. `asking` is the conversation
//! with the editor, `closed` about files that are not open, `taking_back` the
//! way back.

mod asking;
mod closed;
mod taking_back;

use std::{io, path::PathBuf, time::Duration};

use lsp_types::Uri;

use self::{asking::ask, taking_back::take_back};
use super::{EditorWorkspace, saving};
use crate::{
    documents::OpenDocument,
    edits::{EditPlan, FileEdit},
    workspace::{
        Applied, ApplyError, Delivery, ReadError, Workspace,
        disk::{self, Attributes, Transaction},
    },
};

/// How long the changed text may follow the answer.
const GRACE: Duration = Duration::from_secs(1);

/// One open document and what happens to it.
struct Change {
    document: OpenDocument,
    uri: Uri,
    edit: FileEdit,
    /// Of a file that goes away.
    attributes: Option<Attributes>,
}

/// Once begun it runs to its end, whoever still waits for it: a plan is never
/// left half done.
pub(super) async fn apply(
    editor: EditorWorkspace,
    plan: EditPlan,
    label: String,
) -> Result<Vec<Applied>, ApplyError> {
    let running = tokio::spawn(async move { apply_all(&editor, plan, &label).await });
    running.await.unwrap_or_else(|error| Err(broken(error)))
}

async fn apply_all(
    editor: &EditorWorkspace,
    plan: EditPlan,
    label: &str,
) -> Result<Vec<Applied>, ApplyError> {
    let _one_at_a_time = editor.applying.lock().await;
    let (in_editor, on_disk): (Vec<FileEdit>, Vec<FileEdit>) =
        plan.into_files().into_iter().partition(|edit| goes_to_editor(editor, edit));
    let changes = in_editor
        .into_iter()
        .map(|edit| check(editor, edit))
        .collect::<Result<Vec<Change>, ApplyError>>()?;
    let (transaction, on_disk) = begin(editor, on_disk, &changes).await?;

    let (operations, texts): (Vec<&Change>, Vec<&Change>) = changes
        .iter()
        .filter(|change| !is_only_mode(&change.edit))
        .partition(|change| is_resource_operation(&change.edit));
    // What can be taken back comes first: texts, then the disk.
    let mut done = Vec::new();
    if let Err(error) = ask(editor, texts, label, &mut done).await {
        return Err(take_back(editor, error, &done, label).await);
    }
    let delivered = match closed::deliver(editor, on_disk, label, transaction).await {
        Ok(delivered) => delivered,
        Err((transaction, error)) => {
            let error = take_back(editor, error, &done, label).await;
            return Err(blocking(move || transaction.roll_back(error)).await?);
        }
    };
    let (transaction, written) = match closed::write(delivered).await {
        Ok(written) => written,
        Err(error) => return Err(take_back(editor, error, &done, label).await),
    };
    let outcome = match written {
        Ok(written) => ask(editor, operations, label, &mut done).await.map(|()| written),
        Err(error) => Err(error),
    };
    // An edit of a document cannot say it, so the disk gets it, when the file is
    // where it belongs.
    let (transaction, outcome) = match outcome {
        Ok(written) => {
            let (transaction, given) = give_modes(transaction, &changes).await?;
            (transaction, given.map(|()| written))
        }
        Err(error) => (transaction, Err(error)),
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
    let only_modes = changes.iter().filter(|change| is_only_mode(&change.edit));
    applied.extend(done.into_iter().chain(only_modes).map(|change| report(editor, change)));
    Ok(applied)
}

/// What is to be said of who can execute the documents that were changed.
async fn give_modes(
    mut transaction: Transaction,
    changes: &[Change],
) -> Result<(Transaction, Result<(), ApplyError>), ApplyError> {
    let wanted = changes.iter().filter_map(|change| change.edit.executable());
    let wanted: Vec<(PathBuf, bool)> = wanted.map(|(path, it)| (path.to_owned(), it)).collect();
    if wanted.is_empty() {
        return Ok((transaction, Ok(())));
    }
    blocking(move || {
        let mut wanted = wanted.iter();
        let given =
            wanted.try_for_each(|(path, executable)| transaction.set_executable(path, *executable));
        (transaction, given)
    })
    .await
}

/// Notes what is about to happen, and checks the disk.
async fn begin(
    editor: &EditorWorkspace,
    on_disk: Vec<FileEdit>,
    changes: &[Change],
) -> Result<(Transaction, Vec<FileEdit>), ApplyError> {
    let (journal, roots) = (editor.journal.clone(), editor.roots());
    let in_editor = changes.iter().map(|change| source(&change.edit).clone()).collect();
    let only_texts = |change: &Change| {
        !is_resource_operation(&change.edit) && change.edit.executable().is_none()
    };
    let durably = !on_disk.is_empty() || !changes.iter().all(only_texts);
    blocking(move || {
        let note = journal.begin(&roots, &on_disk, in_editor, durably);
        let transaction = Transaction::new(&roots, note);
        transaction.check(&on_disk).map(|()| (transaction, on_disk))
    })
    .await?
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
    let buffer = open.is_some_and(|document| !document.saved) && !is_only_mode(&change.edit);
    let delivery = if buffer { Delivery::Buffer } else { Delivery::Disk };
    Applied { path: path.clone(), delivery }
}

fn is_resource_operation(edit: &FileEdit) -> bool {
    !matches!(edit, FileEdit::Update { move_path: None, .. })
}

/// Nothing of it is for the editor.
fn is_only_mode(edit: &FileEdit) -> bool {
    matches!(edit, FileEdit::Update { edits, move_path: None, .. } if edits.is_empty())
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
    if editor.is_lost(&path) {
        let reason = ReadError::OutOfStep(path.clone()).to_string();
        return Err(ApplyError::Refused { path, reason });
    }
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
    let goes = matches!(edit, FileEdit::Delete { .. });
    let attributes = goes.then(|| disk::attributes(&path)).flatten();
    Ok(Change { document, uri, edit, attributes })
}

/// Has the client save what was saved before, so that commands see the change.
async fn save(editor: &EditorWorkspace, done: &[&Change]) {
    let uris: Vec<&str> = done
        .iter()
        .filter(|change| change.document.saved && !is_resource_operation(&change.edit))
        .map(|change| change.document.uri.as_str())
        .collect();
    if !uris.is_empty() && !saving::request(editor, &uris).await {
        tracing::debug!("the documents that were changed are not saved");
    }
}
