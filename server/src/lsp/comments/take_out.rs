//! Takes comments out that were done with and still stand word for word: by one
//! edit that has a name, through the editor, like every edit.

use std::{collections::BTreeMap, path::PathBuf};

use super::{find, flight::Taken};
use crate::{
    edits::{self, EditPlan},
    lsp::{editor::EditorWorkspace, front::Front},
    patch::{Change, FileUpdate},
    workspace::Workspace,
};

/// How the editor names the step in its history of edits.
const LABEL: &str = "Tiro: take out the comment that is done";

/// A person who types meanwhile comes first; then it is tried again.
const ATTEMPTS: usize = 3;

/// Takes out what is left of these comments.
pub(super) async fn all(front: &Front, done: &[Taken]) {
    let Some(editor) = front.editor() else { return };
    let mut problem = None;
    for _ in 0..ATTEMPTS {
        let plan = match plan(editor, done) {
            Ok(plan) if plan.files().is_empty() => return,
            Ok(plan) => plan,
            Err(error) => {
                problem = Some(error);
                break;
            }
        };
        match editor.apply(plan, LABEL.to_owned()).await {
            Ok(_) => return,
            Err(error) => problem = Some(error.to_string()),
        }
    }
    if let Some(problem) = problem {
        front.log(format!("Tiro could not take out a comment that is done: {problem}"));
    }
}

fn plan(editor: &EditorWorkspace, done: &[Taken]) -> Result<EditPlan, String> {
    let mut by_path: BTreeMap<&PathBuf, Vec<&str>> = BTreeMap::new();
    for taken in done {
        by_path.entry(&taken.key.path).or_default().push(&taken.key.raw);
    }
    let mut updates = Vec::new();
    let mut versions = BTreeMap::new();
    for (path, mut raws) in by_path {
        // Of a document that is closed by now, the disk has the last word.
        let Some(document) = editor.document(path) else { continue };
        let mut result = String::with_capacity(document.text.len());
        let mut kept = 0;
        for comment in find::find(&document.text, &document.language_id, path) {
            let raw = &document.text[comment.span.clone()];
            let Some(at) = raws.iter().position(|taken| *taken == raw) else { continue };
            raws.swap_remove(at);
            let removal = find::removal(&document.text, &comment.marked);
            result.push_str(&document.text[kept..removal.start.max(kept)]);
            kept = removal.end.max(kept);
        }
        if kept > 0 {
            result.push_str(&document.text[kept..]);
            let change = Change::update(document.text, result, None);
            updates.push(FileUpdate::new(path.clone(), change));
            versions.insert(path.clone(), document.version);
        }
    }
    let version_of = |path: &std::path::Path| versions.get(path).copied();
    edits::plan(updates, &version_of, editor.encoding()).map_err(|error| error.to_string())
}
