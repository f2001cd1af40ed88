//! What can be done about proposals, as lines above the changes, where the client
//! shows such.

use std::sync::Arc;

use lsp_types::{CodeLens, Command, Position, Range};
use serde_json::{Value, json};

use super::{
    mark::{Mark, Reader},
    offers, reader,
    words::plural,
};
use crate::{
    documents::OpenDocument,
    lsp::front::{Front, lock},
};

/// Whether this client is shown lenses.
pub(super) fn are_shown(front: &Front) -> bool {
    reader(front) == Reader::Plain && front.profile().is_some_and(|profile| profile.code_lens)
}

/// The lenses of one document.
pub(crate) fn lenses(front: &Arc<Front>, document: &OpenDocument) -> Vec<CodeLens> {
    if !are_shown(front) {
        return Vec::new();
    }
    let known = lock(&front.review.known);
    let marks = known.marks(&document.path);
    let total = known.total();
    // The files of the others: this one counts where it has more than one.
    let files = if marks.len() > 1 { total.files } else { total.files.saturating_sub(1) };
    let others = (total.changes > 1).then(|| {
        let changes = plural(total.changes - 1, "more change");
        format!("{changes} in {}", plural(files, "file"))
    });
    marks.iter().flat_map(|mark| at(mark, others.as_deref())).collect()
}

fn at(mark: &Mark, others: Option<&str>) -> impl Iterator<Item = CodeLens> {
    let start = mark.diagnostic.range.start;
    let lens = |title: &str, command: &str, argument: Value| {
        let arguments = Some(vec![argument]);
        let command = Command { title: title.to_owned(), command: command.to_owned(), arguments };
        let end = Position { character: 0, ..start };
        CodeLens { range: Range { start, end }, command: Some(command), data: None }
    };
    let first = if mark.is_conflict {
        let this = json!({"proposal": mark.proposal});
        lens("Conflicts with your change", "tiro.showDiff", this)
    } else {
        lens("Accept", "tiro.accept", offers::argument(mark))
    };
    let reject = lens("Reject", "tiro.reject", offers::argument(mark));
    let others = others.map(|others| lens(others, "tiro.showDiff", json!({})));
    [first, reject].into_iter().chain(others)
}
