//! Comments for the agent: what ends in `AI!` is done, what ends in `AI?` is
//! answered. `find` finds them in the text that the editor has, saved or not
//! (`languages`, `lexer`, `markup`), `board` knows which is to be taken up and
//! `flight` what became of those that were; `hand_over` gives them to the
//! session, `take_out` removes what is left of them, `offers` is what a person
//! sees, `reading` brings texts in. This file is about what else the client and
//! the session tell.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use lsp_types::{CodeActionParams, Uri};
use serde::Deserialize;
use serde_json::Value;
use tiro_protocol::{Event, Op};

use super::front::{Front, lock};
use board::Board;
use flight::Course;
use hand_over::{Started, start, take_up};

mod board;
mod find;
mod flight;
mod hand_over;
mod languages;
mod lexer;
mod markup;
mod offers;
mod reading;
mod syntax;
mod take_out;

pub(crate) use board::{How, Mode};
pub(crate) use find::Kind;
pub(crate) use offers::{offers, run};
pub(crate) use reading::told;

/// What is known of them.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    board: Mutex<Board>,
    /// Large documents that are being read, and whether they changed meanwhile.
    reading: Mutex<BTreeMap<PathBuf, Option<How>>>,
}

impl Comments {
    /// Before any document is open.
    pub(crate) fn begin(&self, mode: Mode) {
        lock(&self.board).mode = mode;
    }
}

/// What is done about comments from now on.
pub(crate) fn configure(front: &Arc<Front>, mode: Mode) {
    let before = {
        let mut board = lock(&front.comments.board);
        let before = std::mem::replace(&mut board.mode, mode);
        if mode == Mode::Off {
            board.clear();
        }
        before
    };
    if before == Mode::Off
        && mode != Mode::Off
        && let Some(editor) = front.editor()
    {
        for document in editor.open_documents() {
            reading::read(front, document.path, document.text.len(), How::Opened);
        }
    }
}

/// The settings of the client changed; what is no mode changes nothing.
pub(crate) fn configured(front: &Arc<Front>, setting: Option<&Value>) {
    let Some(setting) = setting.filter(|setting| !setting.is_null()) else { return };
    match Mode::deserialize(setting) {
        Ok(mode) => configure(front, mode),
        Err(error) => front.log(format!("Tiro: the setting tiro.comments has no effect: {error}")),
    }
}

/// The person saved a document: what they typed in it is complete.
pub(crate) fn saved(front: &Arc<Front>, uri: &Uri) {
    let path = front.editor().and_then(|editor| editor.look_at(uri, |path, _, _| path.to_owned()));
    if let Some(path) = path {
        let due = lock(&front.comments.board).due(&path);
        take_up(front, due);
    }
}

/// The person closes a document.
pub(crate) fn closed(front: &Front, uri: &Uri) {
    let path = front.editor().and_then(|editor| editor.look_at(uri, |path, _, _| path.to_owned()));
    if let Some(path) = path {
        lock(&front.comments.board).closed(&path);
    }
}

/// Clients that ask for actions while the cursor moves tell where it is.
pub(crate) fn cursor(front: &Arc<Front>, params: &CodeActionParams) {
    if params.context.only.is_some() {
        return;
    }
    let Some(editor) = front.editor() else { return };
    let path = editor.look_at(&params.text_document.uri, |path, _, _| path.to_owned());
    let Some(path) = path else { return };
    let lines = params.range.start.line..=params.range.end.line;
    let due = lock(&front.comments.board).is_at(&path, &lines);
    take_up(front, due);
}

/// Something is submitted; it may concern the comments that are being done.
pub(crate) fn submitted(front: &Front, op: &Op) {
    if let Some(flight) = &mut lock(&front.comments.board).flight {
        flight.submitted(op);
    }
}

/// The session is gone, and with it what it was doing.
pub(crate) fn abandoned(front: &Front) {
    let mut board = lock(&front.comments.board);
    board.flight = None;
    board.take_waiting();
}

/// Looks at an event: comments that are done with go, and those that wait are
/// taken up.
pub(crate) fn observe(front: &Arc<Front>, event: &Event) {
    let mut board = lock(&front.comments.board);
    let course = board.flight.as_mut().map_or(Course::GoesOn, |flight| flight.observe(event));
    let done = match course {
        Course::GoesOn => Vec::new(),
        Course::MayBeOver => {
            let submission = front.submission(Op::Proposal { proposal: None });
            if let Some(flight) = &mut board.flight {
                flight.ask(submission.id.clone());
            }
            drop(board);
            drop(front.submit(submission));
            return;
        }
        Course::Over(done) => {
            board.flight = None;
            done
        }
    };
    let waiting = if board.flight.is_none() && !front.tasks.is_running() {
        board.take_waiting()
    } else {
        Vec::new()
    };
    drop(board);
    if done.is_empty() && waiting.is_empty() {
        return;
    }
    let job = front.clone();
    front.spawn(async move {
        take_out::all(&job, &done).await;
        if !waiting.is_empty()
            && let Started::Submitted(_, answer) = start(&job, waiting)
            && let Ok(Err(error)) = answer.await
        {
            job.log(format!("Tiro could not take up the comment: {error}"));
        }
    });
}
