//! Review in any editor: what is proposed stands in the text as diagnostics, and
//! is decided on with code actions, code lenses and commands.
//!
//! `known` keeps what the events say and marks the files, `mark` and `words` are
//! one hunk as it is shown, `offers` and `lenses` what can be done at it,
//! `decide` what the commands do, `diff` all of it to read. A client that shows
//! proposals itself is shown conflicts alone.

mod decide;
mod diff;
mod known;
mod lenses;
mod mark;
mod offers;
mod words;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use lsp_types::{
    Diagnostic, MessageType, PublishDiagnosticsParams, Uri, notification::PublishDiagnostics,
    request::CodeLensRefresh,
};
use tiro_protocol::{Event, EventMsg, ReviewDecision};

use super::front::{Front, lock};
pub(super) use decide::{
    accept, accept_all, accept_file, reject, reject_all, reject_file, show_diff,
};
use known::Known;
pub(super) use lenses::lenses;
use mark::{End, Reader};
pub(super) use offers::offers;

/// What is known of a connection's proposals, and what is shown of them.
#[derive(Debug, Default)]
pub(crate) struct Review {
    known: Mutex<Known>,
    /// Under which URI the diagnostics of a file are shown.
    uris: Mutex<BTreeMap<PathBuf, Uri>>,
}

/// Looks at an event, and shows what it changes. When the next event is there
/// already, it may change the same: then that one shows both.
pub(crate) fn observe(front: &Front, event: &Event, more: bool) {
    if let EventMsg::ProposalUpdated { proposal } = &event.msg {
        lock(&front.review.known).take(proposal);
        if reader(front) == Reader::Plain && front.approvals.asks_about_patch(&proposal.id) {
            say_when(front, &proposal.id);
        }
        if more {
            return;
        }
    }
    publish(front);
}

/// A document was opened: some clients dropped what they were shown for the
/// file, or show it under another name now.
pub(crate) fn opened(front: &Front, uri: &Uri) {
    let document = front.editor().and_then(|editor| editor.open_document(uri));
    let Some(document) = document.filter(|_| reader(front) == Reader::Plain) else { return };
    let diagnostics: Vec<Diagnostic> = {
        let known = lock(&front.review.known);
        known.marks(&document.path).iter().map(|mark| mark.diagnostic.clone()).collect()
    };
    if !diagnostics.is_empty() {
        send(front, &document.path, diagnostics, None);
    }
}

/// Whether what is offered about all changes comes to this answer to the
/// question about a patch. Of several proposals it would decide on the others,
/// too; and it leaves what was accepted before.
pub(crate) fn offers_as_much(front: &Front, id: &str, decision: ReviewDecision) -> bool {
    let known = lock(&front.review.known);
    let only = known.only(id).filter(|_| reader(front) == Reader::Plain);
    only.is_some_and(|open| match decision {
        ReviewDecision::Approved => true,
        ReviewDecision::Denied => !open.has_accepted(),
        ReviewDecision::ApprovedForSession | ReviewDecision::Abort => false,
    })
}

/// Shows every file that is marked otherwise than before.
fn publish(front: &Front) {
    let changed = lock(&front.review.known).take_changed();
    let (Some(editor), Some(profile)) = (front.editor(), front.profile()) else { return };
    let mut any = false;
    for path in changed {
        let document = editor.document(&path);
        let mut known = lock(&front.review.known);
        let version = known.version(&path);
        let counted_in = document.filter(|document| Some(document.version) == version);
        let end = counted_in.map(|document| End::of(&document.text, profile.encoding));
        let diagnostics = known.mark(&path, reader(front), end);
        drop(known);
        if let Some(diagnostics) = diagnostics {
            send(front, &path, diagnostics, version);
            any = true;
        }
    }
    if any && lenses::are_shown(front) && profile.code_lens_refresh {
        // Whether it does is the client's affair.
        drop(front.outbox.request::<CodeLensRefresh>(()));
    }
}

fn send(front: &Front, path: &Path, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
    let Some(uri) = front.editor().and_then(|editor| editor.uri_of(path)) else { return };
    let publish = |uri, diagnostics, version| {
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        front.outbox.notify::<PublishDiagnostics>(params);
    };
    let mut uris = lock(&front.review.uris);
    let before = if diagnostics.is_empty() {
        uris.remove(path)
    } else {
        uris.insert(path.to_owned(), uri.clone())
    };
    // The client spells the file otherwise now.
    if let Some(before) = before.filter(|before| *before != uri) {
        publish(before, Vec::new(), None);
    }
    publish(uri, diagnostics, version);
}

/// A patch is made as one: without a word the person would wonder why the text
/// stays as it is.
fn say_when(front: &Front, proposal: &str) {
    let left = lock(&front.review.known).first_accepted(proposal);
    if let Some(left) = left {
        front.show(
            MessageType::INFO,
            format!(
                "Tiro: accepted. The changes of a patch are made together, when all are decided: {} left",
                match left {
                    1 => "1 is".to_owned(),
                    left => format!("{left} are"),
                }
            ),
        );
    }
}

fn reader(front: &Front) -> Reader {
    match front.profile() {
        Some(profile) if profile.options.events => Reader::OptedIn,
        Some(_) | None => Reader::Plain,
    }
}
