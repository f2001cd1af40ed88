//! The way back when a later part of a plan failed.

use tokio::time::timeout;

use super::{Change, GRACE, asking::request, source};
use crate::{
    documents::{Position, Range},
    edits::{FileEdit, TextEdit},
    lsp::{editor::EditorWorkspace, front::lock, workspace_edit::Step},
    workspace::ApplyError,
};

/// Gives the documents back the texts they had, unless someone typed on.
pub(super) async fn take_back(
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
