//! From what happens to open documents to the `WorkspaceEdit` that makes it
//! happen, in the form that the client takes. Pure.

use std::collections::HashMap;

use lsp_types::{
    CreateFile, DeleteFile, DocumentChangeOperation, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, RenameFile, ResourceOp, TextDocumentEdit, Uri,
    WorkspaceEdit,
};

use super::{capabilities::EditProfile, convert};
use crate::edits::TextEdit;

/// Something that the editor does to one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its text changes.
    Edit {
        /// In the client's own spelling.
        uri: Uri,
        /// None where it is not open, or is about to have another name.
        version: Option<i32>,
        /// Not overlapping, all against the same text.
        edits: Vec<TextEdit>,
    },
    /// It is new, and empty.
    Create {
        /// In our spelling.
        uri: Uri,
    },
    /// It gets another name.
    Rename {
        /// In the client's own spelling.
        from: Uri,
        /// In ours.
        to: Uri,
    },
    /// It goes away.
    Delete {
        /// In the client's own spelling.
        uri: Uri,
    },
}

/// The edit that takes the steps in order. Without `documentChanges` there are
/// no versions and no resource operations; the caller asks for none then.
pub(crate) fn workspace_edit(steps: Vec<Step>, profile: EditProfile) -> WorkspaceEdit {
    if !profile.document_changes {
        return WorkspaceEdit { changes: Some(changes(steps)), ..WorkspaceEdit::default() };
    }
    let only_edits = steps.iter().all(|step| matches!(step, Step::Edit { .. }));
    let operations = steps.into_iter().map(operation);
    // Some clients know nothing of the form that mixes both.
    let document_changes = if only_edits {
        DocumentChanges::Edits(
            operations
                .filter_map(|operation| match operation {
                    DocumentChangeOperation::Edit(edit) => Some(edit),
                    DocumentChangeOperation::Op(_) => None,
                })
                .collect(),
        )
    } else {
        DocumentChanges::Operations(operations.collect())
    };
    WorkspaceEdit { document_changes: Some(document_changes), ..WorkspaceEdit::default() }
}

fn changes(steps: Vec<Step>) -> HashMap<Uri, Vec<lsp_types::TextEdit>> {
    let mut changes: HashMap<_, Vec<_>> = HashMap::new();
    for step in steps {
        if let Step::Edit { uri, edits, .. } = step {
            changes.entry(uri).or_default().extend(edits.into_iter().map(text_edit));
        }
    }
    changes
}

fn operation(step: Step) -> DocumentChangeOperation {
    match step {
        Step::Edit { uri, version, edits } => DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.into_iter().map(|edit| OneOf::Left(text_edit(edit))).collect(),
        }),
        Step::Create { uri } => DocumentChangeOperation::Op(ResourceOp::Create(CreateFile {
            uri,
            options: None,
            annotation_id: None,
        })),
        Step::Rename { from, to } => DocumentChangeOperation::Op(ResourceOp::Rename(RenameFile {
            old_uri: from,
            new_uri: to,
            options: None,
            annotation_id: None,
        })),
        Step::Delete { uri } => DocumentChangeOperation::Op(ResourceOp::Delete(DeleteFile {
            uri,
            options: None,
            annotation_id: None,
        })),
    }
}

fn text_edit(edit: TextEdit) -> lsp_types::TextEdit {
    lsp_types::TextEdit { range: convert::lsp_range(edit.range), new_text: edit.new_text }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::documents::{Position, Range};

    fn check(steps: Vec<Step>, document_changes: bool, edit: &Expect) {
        let profile = EditProfile { document_changes, ..EditProfile::default() };
        let built = workspace_edit(steps, profile);
        edit.assert_eq(&serde_json::to_string(&built).expect("JSON"));
    }

    fn uri(path: &str) -> Uri {
        format!("file://{path}").parse().expect("a URI")
    }

    fn edit(path: &str, version: Option<i32>) -> Step {
        let at = Position { line: 1, character: 0 };
        let edits = vec![TextEdit { range: Range { start: at, end: at }, new_text: "x\n".into() }];
        Step::Edit { uri: uri(path), version, edits }
    }

    #[test]
    fn edits_carry_the_version_they_were_made_for() {
        check(
            vec![edit("/a", Some(3))],
            true,
            &expect![[
                r#"{"documentChanges":[{"textDocument":{"uri":"file:///a","version":3},"edits":[{"range":{"start":{"line":1,"character":0},"end":{"line":1,"character":0}},"newText":"x\n"}]}]}"#
            ]],
        );
    }

    #[test]
    fn a_rename_comes_before_the_edit_of_the_new_name() {
        check(
            vec![
                Step::Rename { from: uri("/a"), to: uri("/b") },
                edit("/b", None),
                Step::Delete { uri: uri("/c") },
            ],
            true,
            &expect![[
                r#"{"documentChanges":[{"kind":"rename","oldUri":"file:///a","newUri":"file:///b"},{"textDocument":{"uri":"file:///b","version":null},"edits":[{"range":{"start":{"line":1,"character":0},"end":{"line":1,"character":0}},"newText":"x\n"}]},{"kind":"delete","uri":"file:///c"}]}"#
            ]],
        );
    }

    #[test]
    fn an_old_client_gets_a_map() {
        check(
            vec![edit("/a", Some(3))],
            false,
            &expect![[
                r#"{"changes":{"file:///a":[{"range":{"start":{"line":1,"character":0},"end":{"line":1,"character":0}},"newText":"x\n"}]}}"#
            ]],
        );
    }
}
