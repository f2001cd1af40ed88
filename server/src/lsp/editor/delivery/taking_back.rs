//! The way back when a later part of a plan failed.

use std::{path::Path, sync::Arc};

use lsp_types::Uri;
use tokio::time::timeout;

use super::{
    Change, GRACE,
    asking::{is_moved, request, text_on_disk},
    blocking, source,
};
use crate::{
    documents::{OpenDocument, Position, Range},
    edits::{FileEdit, TextEdit},
    lsp::{editor::EditorWorkspace, front::lock, workspace_edit::Step},
    workspace::{
        ApplyError, Workspace as _,
        disk::{Note, Transaction},
    },
};

/// Gives the documents back the texts and the places they had, unless someone
/// typed on.
pub(super) async fn take_back(
    editor: &EditorWorkspace,
    cause: ApplyError,
    done: &[&Change],
    label: &str,
) -> ApplyError {
    let label = format!("{label} (taken back)");
    let mut not_restored = Vec::new();
    let (operations, texts): (Vec<&Change>, Vec<&Change>) =
        done.iter().partition(|change| super::is_resource_operation(&change.edit));
    for change in operations.into_iter().rev() {
        let restored = match &change.edit {
            FileEdit::Update { move_path: Some(to), .. } => {
                move_back(editor, change, to, &label).await
            }
            FileEdit::Update { .. } | FileEdit::Delete { .. } | FileEdit::Create { .. } => {
                make_again(editor, change).await
            }
        };
        if !restored {
            not_restored.push(source(&change.edit).display().to_string());
        }
    }
    give_texts_back(editor, &texts, &label, &mut not_restored).await;
    if not_restored.is_empty() {
        cause
    } else {
        ApplyError::HalfDone { cause: cause.to_string(), not_restored }
    }
}

async fn give_texts_back(
    editor: &EditorWorkspace,
    texts: &[&Change],
    label: &str,
    not_restored: &mut Vec<String>,
) {
    let mut steps = Vec::new();
    let mut waits = Vec::new();
    for change in texts {
        let name = source(&change.edit).display().to_string();
        match (&change.edit, editor.document(source(&change.edit))) {
            (FileEdit::Update { path, base, result, .. }, Some(document))
                if *document.text == **result =>
            {
                steps.push(whole_text(change.uri.clone(), &document, base));
                let wait = lock(&editor.state).expectations.add(path.clone(), Arc::clone(base));
                waits.push((name, wait));
            }
            _ => not_restored.push(name),
        }
    }
    if !steps.is_empty() {
        let _ = request(editor, steps, label).await;
    }
    for (name, wait) in waits {
        if !matches!(timeout(GRACE, wait).await, Ok(Ok(()))) {
            not_restored.push(name);
        }
    }
}

/// A file that was moved goes back where it was, by the editor where it is open
/// there. Whether it did.
async fn move_back(editor: &EditorWorkspace, change: &Change, to: &Path, label: &str) -> bool {
    let FileEdit::Update { path, base, result, .. } = &change.edit else { return false };
    let Some(document) = editor.document(to) else {
        return move_back_on_disk(editor, path, base, to).await;
    };
    let Ok(from) = document.uri.parse::<Uri>() else { return false };
    let mut steps = Vec::new();
    if *document.text == **result && *document.text != **base {
        steps.push(whole_text(from.clone(), &document, base));
    } else if document.text != *base {
        return false;
    }
    let wait = lock(&editor.state).expectations.add(path.clone(), Arc::clone(base));
    steps.push(Step::Rename { from, to: change.uri.clone() });
    let _ = request(editor, steps, label).await;
    is_moved(to.to_owned(), Some(path.clone())).await
        && (text_on_disk(path).await.as_ref() == Some(base)
            || matches!(timeout(GRACE, wait).await, Ok(Ok(()))))
}

async fn move_back_on_disk(
    editor: &EditorWorkspace,
    path: &Path,
    base: &Arc<str>,
    to: &Path,
) -> bool {
    let Some(now) = text_on_disk(to).await else { return false };
    let edit = FileEdit::Update {
        path: to.to_owned(),
        base: now,
        version: None,
        edits: Vec::new(),
        result: Arc::clone(base),
        move_path: Some(path.to_owned()),
        executable: None,
    };
    on_disk(editor, move |transaction| transaction.apply(&edit).is_ok()).await
}

/// A file that was deleted is there again, with the text that the editor had and
/// the attributes that it had on disk.
async fn make_again(editor: &EditorWorkspace, change: &Change) -> bool {
    let FileEdit::Delete { path, base, .. } = &change.edit else { return false };
    let (path, base, attributes) = (path.clone(), base.clone(), change.attributes.clone());
    on_disk(editor, move |transaction| {
        transaction.recreate(&path, &base, attributes.as_ref()).is_ok()
    })
    .await
}

async fn on_disk(
    editor: &EditorWorkspace,
    work: impl FnOnce(&mut Transaction) -> bool + Send + 'static,
) -> bool {
    let mut transaction = Transaction::new(&editor.roots(), Note::none());
    let work = move || {
        let done = work(&mut transaction);
        if done {
            transaction.commit();
        }
        done
    };
    blocking(work).await.unwrap_or(false)
}

fn whole_text(uri: Uri, document: &OpenDocument, text: &str) -> Step {
    let edits = vec![TextEdit { range: whole(&document.text), new_text: text.to_owned() }];
    Step::Edit { uri, version: Some(document.version), edits }
}

/// The whole of a text: up to the start of a line that is not there, which every
/// client clamps to the end.
fn whole(text: &str) -> Range {
    let lines = text.matches(['\n', '\r']).count() + 1;
    let end = Position { line: u32::try_from(lines).unwrap_or(u32::MAX), character: 0 };
    Range { start: Position { line: 0, character: 0 }, end }
}
