//! What the editor is asked to do, and how it is known that it did: by the texts
//! that it sends and by the disk, not by its word.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use lsp_types::{
    ApplyWorkspaceEditParams, ApplyWorkspaceEditResponse, request::ApplyWorkspaceEdit,
};
use serde::Deserialize;
use tokio::{sync::oneshot, time::timeout};

use super::{Change, GRACE, blocking, is_resource_operation, source};
use crate::{
    edits::FileEdit,
    lsp::{
        convert,
        editor::EditorWorkspace,
        front::lock,
        workspace_edit::{Step, workspace_edit},
    },
    workspace::{ApplyError, disk},
};

/// How long the editor may take to answer; a person may have to confirm.
const ANSWER: Duration = Duration::from_secs(120);

/// Asks the editor for some changes, and waits until its texts show them.
pub(super) async fn ask<'a>(
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
            if is_resource_operation(&change.edit) {
                if !answered {
                    refusal = (&mut answer).await.refusal();
                    answered = true;
                }
                let happened = has_happened(&change.edit).await;
                let whole =
                    happened && refusal.is_none() && has_text(editor, &change.edit, wait).await;
                if happened && !whole {
                    // It has to be taken back, or named.
                    done.push(change);
                }
                return whole;
            }
            let Some(wait) = wait else { return false };
            tokio::pin!(wait);
            if !answered {
                tokio::select! {
                    biased;
                    met = &mut wait => return met.is_ok(),
                    refused = &mut answer => {
                        refusal = refused.refusal();
                        answered = true;
                    }
                }
            }
            // Content decides, whatever was answered; after a refusal nothing
            // more is to come.
            let grace = if refusal.is_some() { Duration::ZERO } else { GRACE };
            matches!(timeout(grace, wait).await, Ok(Ok(())))
                || is_saved_and_closed(editor, &change.edit).await
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
                "it is not what the edit makes of it, whatever the editor says; it may have been \
                 changed meanwhile"
                    .to_owned()
            });
            Err(ApplyError::Refused { path, reason })
        }
    }
}

/// What the editor says to an edit.
pub(super) enum Answered {
    /// It applied it, in its own words.
    Yes,
    /// It did not, for this reason.
    No(String),
    /// It says nothing; it may still do it.
    NotAtAll(String),
}

impl Answered {
    fn refusal(self) -> Option<String> {
        match self {
            Self::Yes => None,
            Self::No(reason) | Self::NotAtAll(reason) => Some(reason),
        }
    }
}

/// Sends the edit; the future gives the answer.
pub(super) fn request(
    editor: &EditorWorkspace,
    steps: Vec<Step>,
    label: &str,
) -> impl Future<Output = Answered> + use<> {
    let edit = workspace_edit(steps, editor.edits);
    let label = Some(label.to_owned());
    let reply =
        editor.outbox.request::<ApplyWorkspaceEdit>(ApplyWorkspaceEditParams { label, edit });
    async move {
        match timeout(ANSWER, reply).await {
            Err(_) => Answered::NotAtAll(format!("no answer in {} s", ANSWER.as_secs())),
            Ok(Err(error)) => Answered::No(error.message.into_owned()),
            Ok(Ok(answer)) => match ApplyWorkspaceEditResponse::deserialize(answer) {
                Ok(answer) if answer.applied => Answered::Yes,
                Ok(answer) => Answered::No(answer.failure_reason.unwrap_or_else(|| {
                    "it gave no reason; the document may have changed meanwhile".to_owned()
                })),
                Err(error) => Answered::No(format!("its answer cannot be read: {error}")),
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

/// The text to wait for; none where there is no text afterwards.
fn expect(editor: &EditorWorkspace, edit: &FileEdit) -> Option<oneshot::Receiver<()>> {
    match edit {
        FileEdit::Update { path, result, move_path, .. } => {
            let path = move_path.as_ref().unwrap_or(path).clone();
            Some(lock(&editor.state).expectations.add(path, Arc::clone(result)))
        }
        FileEdit::Delete { .. } | FileEdit::Create { .. } => None,
    }
}

/// Whether a file that was moved has its new text, in the editor or on the disk,
/// where nothing need be open afterwards.
async fn has_text(
    editor: &EditorWorkspace,
    edit: &FileEdit,
    wait: Option<oneshot::Receiver<()>>,
) -> bool {
    let (FileEdit::Update { edits, result, move_path: Some(to), .. }, Some(wait)) = (edit, wait)
    else {
        return true;
    };
    if edits.is_empty() {
        return true;
    }
    if editor.document(to).is_none() && text_on_disk(to).await.as_deref() == Some(result) {
        return true;
    }
    matches!(timeout(GRACE, wait).await, Ok(Ok(())))
}

/// Whether the editor has done the edit, saved it, and closed the document.
async fn is_saved_and_closed(editor: &EditorWorkspace, edit: &FileEdit) -> bool {
    let FileEdit::Update { path, result, .. } = edit else { return false };
    editor.document(path).is_none() && text_on_disk(path).await.as_deref() == Some(result)
}

/// None when there is none.
pub(super) async fn text_on_disk(path: &Path) -> Option<Arc<str>> {
    let path = path.to_owned();
    blocking(move || disk::read_text(&path).ok()).await.ok().flatten()
}

/// Whether the file of a resource operation is where it should be afterwards.
async fn has_happened(edit: &FileEdit) -> bool {
    let (gone, there) = match edit {
        FileEdit::Update { path, move_path, .. } => (path.clone(), move_path.clone()),
        FileEdit::Delete { path, .. } | FileEdit::Create { path, .. } => (path.clone(), None),
    };
    is_moved(gone, there).await
}

/// Whether there is nothing at the one path, and something at the other.
pub(super) async fn is_moved(gone: PathBuf, there: Option<PathBuf>) -> bool {
    let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
    blocking(move || !is_there(&gone) && there.as_ref().is_none_or(is_there)).await.unwrap_or(false)
}
