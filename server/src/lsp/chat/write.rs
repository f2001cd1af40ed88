//! Brings an answer to the editor: one edit at a time, each against the newest
//! text. What the document says decides what has arrived, not the client's word.
//! What the editor does not take goes to the disk or is shown elsewhere.

use std::{pin::pin, sync::Arc, time::Duration};

use lsp_types::{
    ApplyWorkspaceEditParams, ApplyWorkspaceEditResponse, request::ApplyWorkspaceEdit,
};
use serde::Deserialize;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until, timeout, timeout_at},
};

use super::stream::{Insert, Stream};
use crate::{
    edits,
    lsp::{
        answers,
        front::{Front, lock},
        workspace_edit::{Step, workspace_edit},
    },
    patch::{Change, FileUpdate},
    workspace::{DiskWorkspace, Workspace as _},
};

/// Between two edits of one document: more often nobody can read.
const PACE: Duration = Duration::from_millis(50);

/// How long the editor may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// How long the changed text may follow the answer.
const GRACE: Duration = Duration::from_secs(1);

/// Edits of one text that the editor may fail to do before it is given up.
const ATTEMPTS: usize = 3;

/// What is to be done next for a stream.
enum Next {
    Put(Insert),
    /// The document is closed, and the answer complete.
    Leave(Box<Stream>),
    Nothing,
}

/// How an edit ended.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Arrived,
    /// The text has changed meanwhile.
    Stale,
    /// The editor did not do it, and the text is as it was.
    Refused,
    /// It says nothing, or has closed the document.
    Gone,
}

/// Works until there is nothing to write; [`super::Chats`] starts it anew then.
pub(super) async fn run(front: Arc<Front>, id: u64, news: Arc<Notify>) {
    let mut failures = 0;
    let mut begun: Option<Instant> = None;
    loop {
        if let Some(begun) = begun {
            sleep_until(begun + PACE).await;
        }
        begun = Some(Instant::now());
        match next(&front, id) {
            Next::Nothing => return,
            Next::Leave(stream) => return leave(&front, *stream).await,
            Next::Put(insert) => {
                let version = insert.version;
                match put(&front, id, &news, insert).await {
                    Outcome::Arrived | Outcome::Stale => failures = 0,
                    Outcome::Gone if is_open(&front, id) => give_up(&front, id),
                    Outcome::Gone => {}
                    Outcome::Refused => {
                        wait_for_change(&front, id, &news, version).await;
                        failures += 1;
                        if failures >= ATTEMPTS {
                            give_up(&front, id);
                        }
                    }
                }
            }
        }
    }
}

fn next(front: &Front, id: u64) -> Next {
    let Some(editor) = front.editor() else { return Next::Nothing };
    let mut state = lock(&front.chats.0);
    let Some(stream) = state.streams.get_mut(&id) else { return Next::Nothing };
    if stream.open && editor.is_out_of_step(&stream.path) {
        stream.lost = true;
    }
    if stream.open && !stream.lost {
        if let Some(insert) = stream.next(editor.encoding()) {
            return Next::Put(insert);
        }
    } else if stream.is_ending()
        && let Some(stream) = state.streams.remove(&id)
    {
        return Next::Leave(Box::new(stream));
    }
    if let Some(stream) = state.streams.get_mut(&id) {
        stream.writing = false;
    }
    Next::Nothing
}

fn is_open(front: &Front, id: u64) -> bool {
    lock(&front.chats.0).streams.get(&id).is_some_and(|stream| stream.open)
}

/// The editor does not take it; the answer is collected, and shown when it is
/// complete.
fn give_up(front: &Front, id: u64) {
    if let Some(stream) = lock(&front.chats.0).streams.get_mut(&id) {
        tracing::warn!(path = %stream.path.display(), "the editor does not take the answer");
        stream.lost = true;
    }
}

/// Whether the edit is still on its way, and the version that is known.
fn under_way(front: &Front, id: u64) -> Option<(bool, i32)> {
    let state = lock(&front.chats.0);
    let stream = state.streams.get(&id).filter(|stream| stream.open)?;
    Some((stream.is_on_its_way(), stream.version))
}

async fn put(front: &Front, id: u64, news: &Notify, insert: Insert) -> Outcome {
    let Some((uri, profile)) = insert.uri.parse().ok().zip(front.profile()) else {
        return Outcome::Gone;
    };
    let version = insert.version;
    let step = Step::Edit { uri, version: Some(version), edits: vec![insert.edit] };
    let reply = front.outbox.request::<ApplyWorkspaceEdit>(ApplyWorkspaceEditParams {
        label: Some("Tiro answers".to_owned()),
        edit: workspace_edit(vec![step], profile.edits),
    });
    let mut reply = pin!(timeout(ANSWER, reply));
    let mut deadline: Option<Instant> = None;
    loop {
        let Some((on_its_way, known)) = under_way(front, id) else { return Outcome::Gone };
        if !on_its_way {
            return Outcome::Arrived;
        }
        // Changes come in order: the next one after an edit that was done is it.
        if deadline.is_some() && known != version {
            return Outcome::Stale;
        }
        tokio::select! {
            () = news.notified() => {}
            answer = &mut reply, if deadline.is_none() => match answer {
                Err(_) => return Outcome::Gone,
                Ok(Ok(answer)) if is_applied(&answer) => deadline = Some(Instant::now() + GRACE),
                Ok(_) => return match under_way(front, id) {
                    Some((false, _)) => Outcome::Arrived,
                    Some((true, known)) if known != version => Outcome::Stale,
                    Some(_) => Outcome::Refused,
                    None => Outcome::Gone,
                },
            },
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                return Outcome::Refused;
            }
        }
    }
}

fn is_applied(answer: &serde_json::Value) -> bool {
    ApplyWorkspaceEditResponse::deserialize(answer).is_ok_and(|answer| answer.applied)
}

/// The news of what made an edit stale may still be on its way.
async fn wait_for_change(front: &Front, id: u64, news: &Notify, version: i32) {
    let deadline = Instant::now() + GRACE;
    while under_way(front, id).is_some_and(|(_, known)| known == version) {
        if timeout_at(deadline, news.notified()).await.is_err() {
            return;
        }
    }
}

/// The document is closed: the disk gets the rest, where it has what the editor
/// had; else the whole answer is shown.
async fn leave(front: &Arc<Front>, mut stream: Stream) {
    let whole = stream.whole.trim().to_owned();
    if !stream.lost && stream.has_more() {
        stream.lost = !finish_on_disk(front, &mut stream).await;
    }
    if stream.lost && !whole.is_empty() {
        answers::show(front, whole);
    }
}

async fn finish_on_disk(front: &Front, stream: &mut Stream) -> bool {
    let Some(editor) = front.editor() else { return false };
    let change = Change::update(stream.text.clone(), stream.completed(), None);
    let update = FileUpdate::new(stream.path.clone(), change);
    let Ok(plan) = edits::plan(vec![update], &|_| None, editor.encoding()) else { return false };
    let Ok(disk) = DiskWorkspace::new(&editor.roots()) else { return false };
    match disk.apply(plan, "Tiro answers".to_owned()).await {
        Ok(_) => true,
        Err(error) => {
            tracing::info!("the rest of an answer is not in its document: {error}");
            false
        }
    }
}
