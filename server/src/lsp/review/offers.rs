//! What can be done about proposals in a place of a document, as code actions.

use std::ops::RangeInclusive;

use lsp_types::{CodeActionKind, Diagnostic};
use serde_json::{Value, json};

use super::{
    mark::{Mark, Reader},
    reader, words,
};
use crate::{
    documents::Range,
    lsp::{
        actions::{Offer, Place},
        front::lock,
    },
};

/// Hunks that are offered one by one; past this only together.
const ONE_BY_ONE: usize = 3;

/// The offers: first those for the changes in the place, then those for the
/// file, then those for everything.
pub(crate) fn offers(place: &Place<'_>) -> Vec<Offer> {
    if reader(place.front) == Reader::OptedIn {
        return Vec::new();
    }
    let known = lock(&place.front.review.known);
    let Ok(open) = known.open(None) else { return Vec::new() };
    let asked = open.iter().any(|(id, _)| place.front.approvals.asks_about_patch(id));
    let in_file = known.marks(&place.document.path);
    if in_file.is_empty() && !asked {
        return Vec::new();
    }
    let lines = lines(place.range);
    let is_here = |mark: &&Mark| mark.is_in(&lines) || is_named(mark, place.diagnostics);
    let here: Vec<&Mark> = in_file.iter().filter(is_here).collect();

    // What is proposed later is not meant by what is offered now.
    let ids: Vec<&str> = open.iter().map(|(id, _)| *id).collect();
    let mut offers = Vec::new();
    if here.len() <= ONE_BY_ONE {
        let alone = here.len() == 1;
        offers.extend(here.iter().flat_map(|mark| for_one(mark, alone)));
    }
    if in_file.len() > 1 {
        let path = place.document.path.to_string_lossy();
        let argument = json!({"proposal": ids, "path": path});
        if in_file.iter().any(|mark| !mark.is_conflict) {
            let title = "Tiro: accept all in this file";
            offers.push(offer(title, "tiro.acceptFile", argument.clone()));
        }
        offers.push(offer("Tiro: reject all in this file", "tiro.rejectFile", argument));
    }
    let total = known.total();
    let argument = json!({"proposal": ids});
    if total.changes > 1 || here.is_empty() {
        offers.push(offer("Tiro: accept all", "tiro.acceptAll", argument.clone()));
        offers.push(offer("Tiro: reject all", "tiro.rejectAll", argument.clone()));
    }
    offers.push(offer("Tiro: show the diff", "tiro.showDiff", argument));
    offers
}

fn for_one(mark: &Mark, alone: bool) -> impl Iterator<Item = Offer> {
    let which = match (alone, mark.is_conflict) {
        (true, _) => String::new(),
        (false, true) => " (conflict)".to_owned(),
        (false, false) => format!(" ({})", words::brief(&mark.diagnostic.message)),
    };
    let of = |verb: &str, command, preferred| Offer {
        diagnostics: vec![mark.diagnostic.clone()],
        preferred,
        ..offer(&format!("Tiro: {verb} this change{which}"), command, argument(mark))
    };
    let accept = (!mark.is_conflict).then(|| of("accept", "tiro.accept", alone));
    accept.into_iter().chain([of("reject", "tiro.reject", false)])
}

/// What names the hunk of a mark to a command.
pub(super) fn argument(mark: &Mark) -> Value {
    json!({"proposal": mark.proposal, "hunk": mark.hunk})
}

fn offer(title: &str, command: &'static str, argument: Value) -> Offer {
    Offer {
        title: title.to_owned(),
        kind: CodeActionKind::QUICKFIX,
        command,
        argument,
        diagnostics: Vec::new(),
        preferred: false,
    }
}

/// The client shows it there, wherever it is by now.
fn is_named(mark: &Mark, diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|shown| shown.source == mark.diagnostic.source && shown.code.as_ref() == mark.code())
}

/// The lines of a selection; that a selection of lines ends where the next line
/// begins does not take that line in.
fn lines(range: Range) -> RangeInclusive<u32> {
    let Range { start, end } = range;
    let last = if end.character == 0 { end.line.saturating_sub(1) } else { end.line };
    start.line..=last.max(start.line)
}
