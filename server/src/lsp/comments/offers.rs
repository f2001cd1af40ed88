//! What a person can have done about comments: the code actions at one, and the
//! command behind them.

use std::sync::Arc;

use lsp_types::{CodeActionKind, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::jsonrpc::Error;

use super::{
    Kind,
    hand_over::{Started, start},
};
use crate::lsp::{
    actions::{Offer, Place},
    commands::{Arguments, Outcome},
    front::{Front, lock},
};

/// What can be done about the comment at a place.
pub(crate) fn offers(place: &Place<'_>) -> Vec<Offer> {
    if place.front.knows_tiro() {
        return Vec::new();
    }
    let board = lock(&place.front.comments.board);
    let lines = place.range.start.line..=place.range.end.line;
    let spots = board.spots(&place.document.path, place.document.version);
    let Some(spot) = spots.into_iter().find(|spot| spot.meets(&lines)) else { return Vec::new() };
    let all = board.free().len();
    let offer = |title: String, argument: Value| Offer {
        title,
        kind: CodeActionKind::QUICKFIX,
        command: "tiro.comments",
        argument,
        diagnostics: Vec::new(),
        preferred: false,
    };
    let title = match spot.kind() {
        Kind::Do => "Tiro: do what this comment says",
        Kind::Answer => "Tiro: answer this comment",
    };
    let here = json!({"uri": place.document.uri, "line": spot.lines.start()});
    let mut offers = vec![offer(title.to_owned(), here)];
    if all > 1 {
        offers.push(offer(format!("Tiro: do all {all} AI comments"), Value::Null));
    }
    offers
}

/// `tiro.comments`: takes up every comment, or that of one line.
pub(crate) fn run(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    #[derive(Deserialize)]
    struct Line {
        uri: Uri,
        line: u32,
    }
    let one = arguments.has("uri").then(|| arguments.parse::<Line>()).transpose();
    let one = one.map_err(|problem| {
        let form = "tiro.comments takes nothing, or a line: {\"uri\": …, \"line\": 0}";
        Error::invalid_params(format!("{form}: {problem}"))
    })?;
    let keys = match one {
        None => lock(&front.comments.board).free(),
        Some(Line { uri, line }) => {
            let editor = front.editor();
            let path = editor.and_then(|it| it.look_at(&uri, |path, _, _| path.to_owned()));
            path.map(|path| lock(&front.comments.board).at_line(&path, line)).unwrap_or_default()
        }
    };
    if keys.is_empty() {
        return Err(Error::invalid_params(
            "no comment there ends in AI! or AI?, or it is being done; write one and try again",
        ));
    }
    let count = keys.len();
    match start(front, keys) {
        Started::Submitted(submission, answer) => Ok(Outcome::Submitted(submission, answer)),
        Started::Waits => {
            front.log("Tiro takes the comment up when the running task has ended".to_owned());
            Ok(Outcome::Done(json!({"waiting": count})))
        }
        Started::Gone => Err(Error::invalid_params("the comment is not there any more")),
    }
}
