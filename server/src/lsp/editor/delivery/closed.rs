//! Files that are not open, by an editor that can create files and save them:
//! then they get into its history. The disk decides whether it did; what it did
//! not do is written to the disk, as for every other editor.

use std::{collections::HashSet, path::PathBuf};

use super::{
    asking::{Answered, request, text_on_disk},
    blocking, saving, source,
};
use crate::{
    documents::{Position, Range},
    edits::{FileEdit, TextEdit},
    lsp::{convert, editor::EditorWorkspace, workspace_edit::Step},
    workspace::{Applied, ApplyError, Delivery, disk::Transaction},
};

/// Bytes of a file that an editor is bothered with.
const CAP: usize = 1024 * 1024;

/// What is left for the disk, what is done, and the transaction that takes both
/// back.
pub(super) struct Delivered {
    pub(super) left: Vec<FileEdit>,
    pub(super) applied: Vec<Applied>,
    pub(super) transaction: Transaction,
}

/// Has the editor change the files that it can be trusted with.
pub(super) async fn deliver(
    editor: &EditorWorkspace,
    edits: Vec<FileEdit>,
    label: &str,
    mut transaction: Transaction,
) -> Result<Delivered, (Transaction, ApplyError)> {
    let (suitable, mut left) = split(editor, edits);
    let mut applied = Vec::new();
    let steps: Vec<Step> = suitable.iter().flat_map(steps_of).collect();
    if steps.is_empty() {
        left.extend(suitable);
        return Ok(Delivered { left, applied, transaction });
    }
    for edit in &suitable {
        transaction.expect_parents(source(edit));
    }
    match request(editor, steps, label).await {
        Answered::Yes => {
            let uris: Vec<_> = suitable.iter().filter_map(|edit| uri(source(edit))).collect();
            let uris: Vec<&str> = uris.iter().map(|uri| uri.as_str()).collect();
            saving::request(editor, &uris).await;
        }
        Answered::No(reason) => tracing::debug!("the editor leaves files to the disk: {reason}"),
        // It may still do it, on top of what would be written now.
        Answered::NotAtAll(reason) => {
            let path = suitable.first().map(source).cloned().unwrap_or_default();
            return Err((transaction, ApplyError::Refused { path, reason }));
        }
    }
    for edit in suitable {
        let path = source(&edit).clone();
        let now = text_on_disk(&path).await;
        let wanted = match &edit {
            FileEdit::Create { text, .. } => text.as_str(),
            FileEdit::Update { result, .. } => result,
            FileEdit::Delete { .. } => continue,
        };
        if now.as_deref() == Some(wanted) {
            transaction.adopt(&edit);
            applied.push(Applied { path, delivery: Delivery::Disk });
        } else if let (FileEdit::Create { text, .. }, Some("")) = (&edit, now.as_deref()) {
            // It was made and not filled.
            let (base, result) = (std::sync::Arc::from(""), text.as_str().into());
            transaction.adopt(&FileEdit::Create {
                path: path.clone(),
                text: String::new(),
                executable: None,
            });
            let (edits, version, move_path) = (Vec::new(), None, None);
            let executable = None;
            left.push(FileEdit::Update {
                path,
                base,
                version,
                edits,
                result,
                move_path,
                executable,
            });
        } else {
            left.push(edit);
        }
    }
    Ok(Delivered { left, applied, transaction })
}

/// Writes what is left to the disk.
pub(super) async fn write(
    delivered: Delivered,
) -> Result<(Transaction, Result<Vec<Applied>, ApplyError>), ApplyError> {
    let Delivered { left, mut applied, mut transaction } = delivered;
    if left.is_empty() {
        return Ok((transaction, Ok(applied)));
    }
    blocking(move || {
        let written: Result<Vec<Applied>, ApplyError> =
            left.iter().map(|edit| transaction.apply(edit)).collect();
        let written = written.map(|written| {
            applied.extend(written);
            applied
        });
        (transaction, written)
    })
    .await
}

/// Those for the editor, and the others.
fn split(editor: &EditorWorkspace, edits: Vec<FileEdit>) -> (Vec<FileEdit>, Vec<FileEdit>) {
    let profile = editor.edits;
    if !(profile.apply && profile.document_changes && profile.create && profile.save) {
        return (Vec::new(), edits);
    }
    let mut seen = HashSet::new();
    let twice: HashSet<PathBuf> = edits
        .iter()
        .flat_map(paths)
        .filter(|path| !seen.insert((*path).clone()))
        .cloned()
        .collect();
    edits.into_iter().partition(|edit| {
        is_suitable(edit)
            && !twice.contains(source(edit))
            && editor.document(source(edit)).is_none()
    })
}

fn paths(edit: &FileEdit) -> impl Iterator<Item = &PathBuf> {
    let target = match edit {
        FileEdit::Update { move_path, .. } => move_path.as_ref(),
        FileEdit::Create { .. } | FileEdit::Delete { .. } => None,
    };
    std::iter::once(source(edit)).chain(target)
}

/// Editors take byte order marks away, make line endings alike and add a final
/// newline: a text that one of them would not leave as it is goes to the disk. So
/// does one with a mode, which both get there at one moment.
fn is_suitable(edit: &FileEdit) -> bool {
    if edit.executable().is_some() {
        return false;
    }
    let plain = |text: &str| {
        text.len() <= CAP
            && text.ends_with('\n')
            && !text.starts_with('\u{feff}')
            && !text.contains(['\r', '\0'])
    };
    match edit {
        FileEdit::Create { text, .. } => plain(text),
        FileEdit::Update { base, result, move_path: None, .. } => plain(base) && plain(result),
        FileEdit::Update { .. } | FileEdit::Delete { .. } => false,
    }
}

fn uri(path: &std::path::Path) -> Option<lsp_types::Uri> {
    convert::uri_from_path(path)
}

/// None for a path that has no URI: it stays as it is, and goes to the disk.
fn steps_of(edit: &FileEdit) -> Vec<Step> {
    let Some(uri) = uri(source(edit)) else { return Vec::new() };
    let start = Position { line: 0, character: 0 };
    match edit {
        FileEdit::Create { text, .. } => {
            let range = Range { start, end: start };
            let edits = vec![TextEdit { range, new_text: text.clone() }];
            vec![Step::Create { uri: uri.clone() }, Step::Edit { uri, version: None, edits }]
        }
        FileEdit::Update { edits, .. } => {
            vec![Step::Edit { uri, version: None, edits: edits.clone() }]
        }
        FileEdit::Delete { .. } => Vec::new(),
    }
}
