//! Code actions: the one interface that every client has. What can be done in a
//! place is collected from those who know of something, and put into the form
//! that the client takes.

use std::sync::Arc;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Command, Diagnostic,
};
use serde_json::Value;

use super::{ask, chat, comments, convert, front::Front, know, review};
use crate::documents::{OpenDocument, Range};

/// Where the person is.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// What is known of the session.
    pub(crate) front: &'a Arc<Front>,
    /// The document, as it is open.
    pub(crate) document: &'a OpenDocument,
    /// The selection, or the cursor, where both ends are the same.
    pub(crate) range: Range,
    /// What the client shows there, of every server.
    pub(crate) diagnostics: &'a [Diagnostic],
}

/// Something that can be done there: a command with its argument.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Offer {
    /// What the person reads.
    pub(crate) title: String,
    /// Where clients put it.
    pub(crate) kind: CodeActionKind,
    /// The name of the command.
    pub(crate) command: &'static str,
    /// Its argument.
    pub(crate) argument: Value,
    /// What it settles, of the diagnostics there.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Clients that fix with one key take this one.
    pub(crate) preferred: bool,
}

/// Those who know of something, in the order in which it is shown.
const PROVIDERS: &[fn(&Place<'_>) -> Vec<Offer>] = &[
    review::offers,
    comments::offers,
    know::decisions,
    chat::offers,
    ask::offers,
    chat::opening,
    running,
    know::revocations,
];

/// The answer to `textDocument/codeAction`. Waits for nothing.
pub(crate) fn offered(front: &Arc<Front>, params: CodeActionParams) -> Vec<CodeActionOrCommand> {
    let document =
        front.editor().and_then(|editor| editor.open_document(&params.text_document.uri));
    let Some(document) = document else { return Vec::new() };
    let place = Place {
        front,
        document: &document,
        range: convert::range(params.range),
        diagnostics: &params.context.diagnostics,
    };
    let wanted = params.context.only;
    let literals = front.profile().is_some_and(|profile| profile.code_action_literals);
    PROVIDERS
        .iter()
        .flat_map(|provider| provider(&place))
        .filter(|offer| wanted.as_ref().is_none_or(|kinds| is_of(&offer.kind, kinds)))
        .map(|offer| form(offer, literals))
        .collect()
}

/// Whether a kind is one of these, or a part of one: kinds are paths.
fn is_of(kind: &CodeActionKind, wanted: &[CodeActionKind]) -> bool {
    let within = |wanted: &CodeActionKind| {
        let rest = kind.as_str().strip_prefix(wanted.as_str());
        rest.is_some_and(|rest| {
            wanted.as_str().is_empty() || rest.is_empty() || rest.starts_with('.')
        })
    };
    wanted.iter().any(within)
}

fn form(offer: Offer, literals: bool) -> CodeActionOrCommand {
    let Offer { title, kind, command, argument, diagnostics, preferred } = offer;
    let arguments = Some(vec![argument]);
    let command = Command { title: title.clone(), command: command.to_owned(), arguments };
    if !literals {
        return command.into();
    }
    CodeAction {
        title,
        kind: Some(kind),
        diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
        command: Some(command),
        is_preferred: preferred.then_some(true),
        ..CodeAction::default()
    }
    .into()
}

/// While a task runs, it can be ended from anywhere.
fn running(place: &Place<'_>) -> Vec<Offer> {
    if !place.front.tasks.is_running() {
        return Vec::new();
    }
    vec![Offer {
        title: "Tiro: stop".to_owned(),
        kind: CodeActionKind::QUICKFIX,
        command: "tiro.stop",
        argument: Value::Null,
        diagnostics: Vec::new(),
        preferred: false,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_within_its_parents() {
        let is = |kind: &'static str, wanted: &'static str| {
            is_of(&CodeActionKind::from(kind.to_owned()), &[wanted.to_owned().into()])
        };
        assert!(is("quickfix", "") && is("quickfix", "quickfix"));
        assert!(is("refactor.rewrite", "refactor"));
        assert!(!is("refactor", "refactor.rewrite") && !is("quickfixes", "quickfix"));
    }
}
