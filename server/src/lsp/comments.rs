//! Comments for the agent: what ends in `AI!` is done, what ends in `AI?` is
//! answered. `find` finds them in the text that the editor has, saved or not
//! (`languages`, `lexer`, `markup`), `board` knows which is to be taken up and
//! `flight` what became of those that were, `take_out` removes what is left of
//! them. This file connects these with the client and the session.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use lsp_types::{CodeActionKind, CodeActionParams, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use tiro_protocol::{Event, InputItem, Op, Submission};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::Error;

use super::{
    actions::{Offer, Place},
    ask::{place, words},
    commands::{Arguments, Outcome},
    editor::EditorWorkspace,
    front::{Front, lock},
    tasks::Origin,
};
use crate::{
    documents::OpenDocument,
    session::{Reply, SubmitError},
    workspace::{Workspace, disk},
};
use board::{Board, Key, Next, Reading};
use flight::{Course, Flight, Taken};

mod board;
mod find;
mod flight;
mod languages;
mod lexer;
mod markup;
mod syntax;
mod take_out;

pub(crate) use board::{How, Mode};
pub(crate) use find::Kind;

/// Nothing typed for so long: a comment is complete.
const QUIET: Duration = Duration::from_millis(1500);

/// Bytes of a text that a handler reads itself.
const AT_ONCE: usize = 64 << 10;

/// Comments of one task.
const TOGETHER: usize = 50;

/// The endings of names of documents that talk about comments, and are none.
const NOT_CODE: &str = ".tiro.md";

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
            read(front, document, How::Opened);
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

/// The editor told of a document's text.
pub(crate) fn told(front: &Arc<Front>, uri: &Uri, how: How) {
    if front.knows_tiro() || lock(&front.comments.board).mode == Mode::Off {
        return;
    }
    let Some(editor) = front.editor() else { return };
    // A text that can have none is not even copied.
    let looked = editor.look_at(uri, |path, version, text| {
        let may = find::may_have_some(text) && !path.to_string_lossy().ends_with(NOT_CODE);
        (path.to_owned(), version, may)
    });
    match looked {
        Some((_, _, true)) => {
            if let Some(document) = editor.open_document(uri) {
                read(front, document, how);
            }
        }
        Some((path, version, false)) => {
            lock(&front.comments.board).read(Reading::nothing(path, version), how);
        }
        None => {}
    }
}

/// Reads a document: here, or where it takes longer, elsewhere.
fn read(front: &Arc<Front>, document: OpenDocument, how: How) {
    if document.text.len() <= AT_ONCE {
        return was_read(front, Reading::of(&document), how);
    }
    let path = document.path.clone();
    {
        let mut reading = lock(&front.comments.reading);
        if let Some(again) = reading.get_mut(&path) {
            // What the person changed counts as such, whatever we change with it.
            *again = if *again == Some(How::Changed) { *again } else { Some(how) };
            return;
        }
        reading.insert(path.clone(), None);
    }
    let job = front.clone();
    front.spawn(async move {
        let (mut document, mut how) = (Some(document), how);
        while let Some(now) = document {
            let reading = tokio::task::spawn_blocking(move || Reading::of(&now)).await;
            if let Ok(reading) = reading {
                was_read(&job, reading, how);
            }
            let mut reading = lock(&job.comments.reading);
            match reading.insert(path.clone(), None).flatten() {
                Some(again) => how = again,
                None => {
                    reading.remove(&path);
                    return;
                }
            }
            document = job.editor().and_then(|editor| editor.document(&path));
        }
        lock(&job.comments.reading).remove(&path);
    });
}

fn was_read(front: &Arc<Front>, reading: Reading, how: How) {
    let path = reading.path().to_owned();
    let Next { due, wait } = lock(&front.comments.board).read(reading, how);
    take_up(front, due);
    if let Some(tick) = wait {
        let job = front.clone();
        front.spawn(async move {
            tokio::time::sleep(QUIET).await;
            let due = lock(&job.comments.board).quiet(&path, tick);
            take_up(&job, due);
        });
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

/// The person closed a document.
pub(crate) fn closed(front: &Front, uri: &Uri) {
    if let Some(path) =
        front.editor().and_then(|editor| editor.look_at(uri, |path, _, _| path.to_owned()))
    {
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

/// What can be done about the comment at a place.
pub(super) fn offers(place: &Place<'_>) -> Vec<Offer> {
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
pub(super) fn run(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
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

/// What became of comments that were to be taken up.
enum Started {
    /// Handed over with this submission.
    Submitted(String, oneshot::Receiver<Reply>),
    /// A task runs; they are taken up after it.
    Waits,
    /// None of them stands there any more.
    Gone,
}

/// Takes comments up without being asked: those that somebody typed, not those
/// that came with a file.
fn take_up(front: &Arc<Front>, keys: Vec<Key>) {
    if keys.is_empty() {
        return;
    }
    let job = front.clone();
    front.spawn(async move {
        let Some(editor) = job.editor().cloned() else { return };
        let typed = tokio::task::spawn_blocking(move || {
            keys.into_iter().filter(|key| is_typed(&editor, key)).collect::<Vec<_>>()
        });
        let typed = typed.await.unwrap_or_default();
        if !typed.is_empty()
            && let Started::Submitted(_, answer) = start(&job, typed)
            && let Ok(Err(error)) = answer.await
        {
            job.log(format!("Tiro could not take up the comment: {error}"));
        }
    });
}

/// A text that the editor has taken from the disk is none that somebody typed: a
/// command or another branch brought it. A text that they saved is.
fn is_typed(editor: &EditorWorkspace, key: &Key) -> bool {
    let Some(document) = editor.document(&key.path) else { return false };
    document.saved
        || disk::read_text(&key.path).is_ok_and(|on_disk| on_disk != document.text)
        || !key.path.exists()
}

/// Hands comments over to the session as one task.
fn start(front: &Arc<Front>, keys: Vec<Key>) -> Started {
    let Some(editor) = front.editor() else { return Started::Gone };
    let mut board = lock(&front.comments.board);
    if board.flight.is_some() || front.tasks.is_running() {
        board.wait(keys);
        return Started::Waits;
    }
    let Some((text, taken, origin)) = collected(editor, &board, keys) else { return Started::Gone };
    let op = Op::UserInput { items: vec![InputItem::Text { text }] };
    let submission: Submission = front.submission(op);
    let id = submission.id.clone();
    board.flight = Some(Flight::new(id.clone(), taken));
    drop(board);
    front.tasks.started_at(&id, origin);
    let answer = front.submit(submission);
    // Whoever wants the answer, a submission that is refused is no task.
    let (reply, forwarded) = oneshot::channel();
    let (job, refused) = (front.clone(), id.clone());
    front.spawn(async move {
        let answer = answer.await.unwrap_or(Err(SubmitError::Ended));
        if answer.is_err() {
            let mut board = lock(&job.comments.board);
            board.flight.take_if(|flight| flight.is(&refused));
        }
        let _ = reply.send(answer);
    });
    Started::Submitted(id, forwarded)
}

/// What the model is told of the comments that still stand, and where the first is.
fn collected(
    editor: &EditorWorkspace,
    board: &Board,
    keys: Vec<Key>,
) -> Option<(String, Vec<Taken>, Origin)> {
    let roots = editor.roots();
    let mut wanted = Vec::new();
    let mut taken: Vec<Taken> = Vec::new();
    let mut origin = None;
    for key in keys.into_iter().take(TOGETHER) {
        let Some(document) = editor.document(&key.path) else { continue };
        for spot in board.standing(&key, &document).iter() {
            let line = *spot.lines.start();
            wanted.push(words::Wanted {
                excerpt: place::around(&document, &roots, (line, *spot.lines.end())),
                kind: spot.kind(),
                words: spot.comment.words.clone(),
            });
            origin.get_or_insert_with(|| Origin { path: key.path.clone(), line });
            taken.push(Taken { key: key.clone(), kind: spot.kind() });
        }
    }
    Some((words::comments(&wanted), taken, origin?))
}

/// Something is submitted; it may concern the comments that are being done.
pub(crate) fn submitted(front: &Front, op: &Op) {
    if let Some(flight) = &mut lock(&front.comments.board).flight {
        flight.submitted(op);
    }
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
