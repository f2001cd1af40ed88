//! Hands comments over to the session, one task at a time.

use std::sync::Arc;

use tiro_protocol::{InputItem, Op, Submission};
use tokio::sync::oneshot;

use super::{
    board::{Board, Key},
    flight::{Flight, Taken},
};
use crate::{
    lsp::{
        ask::{place, words},
        editor::EditorWorkspace,
        front::{Front, lock},
        tasks::Origin,
    },
    session::{Reply, SubmitError},
    workspace::{Workspace, disk},
};

/// Comments of one task.
const TOGETHER: usize = 50;

/// What became of comments that were to be taken up.
pub(super) enum Started {
    /// Handed over with this submission.
    Submitted(String, oneshot::Receiver<Reply>),
    /// A task runs; they are taken up after it.
    Waits,
    /// None of them stands there any more.
    Gone,
}

/// Takes comments up without being asked: those that somebody typed, not those
/// that came with a file.
pub(super) fn take_up(front: &Arc<Front>, keys: Vec<Key>) {
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
pub(super) fn start(front: &Arc<Front>, keys: Vec<Key>) -> Started {
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
