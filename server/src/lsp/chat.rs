//! Talking in a document: the person writes under `## You` and sends, the answer
//! streams in under `## Tiro`, and the file is the transcript. For clients that
//! did not opt in to events.
//!
//! `document` reads such a text, `render` makes the Markdown of an answer from
//! the events of its task, `stream` follows the place where it goes on, `write`
//! brings it there. `send` begins all that. `complete`, `hover` and `lens` are
//! about a document that is being written.

mod blocks;
mod complete;
mod document;
mod follow;
mod hover;
mod kept;
mod lens;
mod listing;
mod message;
mod open;
mod prose;
mod render;
mod send;
mod slash;
mod stream;
mod write;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use lsp_types::{
    DidChangeTextDocumentParams, TextDocumentContentChangeEvent, Uri, request::CodeLensRefresh,
};
use tiro_protocol::{Event, EventMsg};
use tokio::sync::Notify;

use super::{
    convert,
    front::{Front, lock},
};
use crate::{
    documents::{DocumentChange, OpenDocument},
    workspace::Workspace as _,
};
pub(crate) use complete::completed;
pub(crate) use document::is_chat;
pub(crate) use hover::hovered;
pub(crate) use lens::lenses;
pub(crate) use open::run_chat;
pub(crate) use send::{offers, opening, run_send};

use kept::Kept;
use listing::Listing;
use message::Message;
use render::Answer;
use stream::Stream;

/// Submissions of chats that are remembered until their task starts.
const REMEMBERED: usize = 64;

/// What is known of the chats of one connection.
#[derive(Debug, Default)]
pub(crate) struct Chats(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The documents that are written to, or were.
    streams: BTreeMap<u64, Stream>,
    last_stream: u64,
    /// Tells those who write that a document changed.
    news: BTreeMap<u64, Arc<Notify>>,
    active: Option<Active>,
    /// The one before, whose answer may go on.
    last_active: Option<Active>,
    /// What waits for the task of somebody else.
    queue: VecDeque<Message>,
    /// Which stream each submission belongs to.
    submitted: BTreeMap<String, u64>,
    /// Documents whose conversation the session has.
    known: BTreeSet<PathBuf>,
    /// The one that it heard of last.
    last: Option<PathBuf>,
    kept: Kept,
    listing: Listing,
}

/// The chat that the session works for.
#[derive(Debug)]
struct Active {
    stream: u64,
    submission: String,
    task: Option<String>,
    answer: Answer,
}

impl State {
    fn stream_of(&self, path: &Path) -> Option<u64> {
        self.streams.iter().find(|(_, stream)| stream.path == path).map(|(id, _)| *id)
    }

    /// The stream of an open document, begun at a byte offset of its text.
    fn begin(&mut self, document: &OpenDocument, at: usize) -> u64 {
        let id = self.stream_of(&document.path).unwrap_or_else(|| {
            self.last_stream += 1;
            self.streams.insert(self.last_stream, Stream::new(document));
            self.news.insert(self.last_stream, Arc::default());
            self.last_stream
        });
        let goes_on = self.is_busy(id);
        if let Some(stream) = self.streams.get_mut(&id) {
            if !goes_on {
                stream.whole.clear();
                stream.lost = false;
            }
            stream.begin(at);
        }
        id
    }

    /// Adds to an answer, and has it brought to its document.
    fn push(&mut self, front: &Arc<Front>, id: u64, text: &str) {
        if let Some(stream) = self.streams.get_mut(&id).filter(|_| !text.is_empty()) {
            stream.push(text);
            self.wake(front, id);
        }
    }

    fn end(&mut self, front: &Arc<Front>, id: u64) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        stream.end();
        self.wake(front, id);
    }

    fn wake(&mut self, front: &Arc<Front>, id: u64) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let leaves = stream.is_ending() && (!stream.open || stream.lost);
        let writes = stream.open && !stream.lost && stream.has_more();
        if !stream.writing && (leaves || writes) {
            stream.writing = true;
            let news = self.news.entry(id).or_default().clone();
            front.spawn(write::run(front.clone(), id, news));
        }
    }

    fn told(&self, id: u64) {
        if let Some(news) = self.news.get(&id) {
            news.notify_one();
        }
    }

    fn remember(&mut self, submission: &str, stream: u64) {
        if self.submitted.len() >= REMEMBERED {
            self.submitted.pop_first();
        }
        self.submitted.insert(submission.to_owned(), stream);
    }

    /// Ends what the session does for a chat.
    fn finish(&mut self, front: &Arc<Front>) {
        let Some(mut active) = self.active.take() else { return };
        let rest = active.answer.end();
        self.push(front, active.stream, &rest);
        self.end(front, active.stream);
        self.last_active = Some(active);
    }

    /// Whether a message of this document is being answered, or waits.
    fn is_running(&self, path: &Path) -> bool {
        self.stream_of(path).is_some_and(|id| {
            self.is_active(id) || self.queue.iter().any(|message| message.stream == id)
        })
    }
}

/// Opens a new chat about something that is quoted, as Markdown: the person adds
/// the question. Nothing is quoted where it is empty.
pub(crate) fn open_about(front: &Arc<Front>, quote: String) {
    let front_too = front.clone();
    front.spawn(async move { open::open(&front_too, &quote).await });
}

/// Takes note of an event of the session; whether a chat document shows it.
pub(crate) fn observe(front: &Arc<Front>, event: &Event) -> bool {
    let mut guard = lock(&front.chats.0);
    let state = &mut *guard;
    if event.msg == EventMsg::TaskStarted {
        let known = state.submitted.remove(&event.id);
        match (&mut state.active, known) {
            // A chat's message may have steered a task that began just before it.
            (Some(active), _) if active.task.is_none() => active.task = Some(event.id.clone()),
            // What was said while a task ended begins one of its own.
            (None, Some(id)) => {
                if let Some(stream) = state.streams.get_mut(&id) {
                    stream.go_on();
                    let last = state.last_active.take_if(|last| last.stream == id);
                    let root = || Answer::going_on(send::root(front));
                    let answer = last.map_or_else(root, |last| last.answer);
                    let (submission, task) = (event.id.clone(), Some(event.id.clone()));
                    state.active = Some(Active { stream: id, submission, task, answer });
                }
            }
            _ => {}
        }
        drop(guard);
        refresh(front);
        return false;
    }
    let shown = state
        .active
        .as_ref()
        .is_some_and(|active| active.task.as_ref().unwrap_or(&active.submission) == &event.id);
    if shown && let Some(active) = &mut state.active {
        let (stream, text) = (active.stream, active.answer.event(&event.msg));
        let kept = active.answer.take_kept();
        state.kept.add(kept);
        state.push(front, stream, &text);
    }
    // Without a model there is no task, and only an error.
    let failed = shown
        && matches!(event.msg, EventMsg::Error { .. })
        && state.active.as_ref().is_some_and(|active| active.task.is_none());
    if event.msg == EventMsg::TaskComplete || failed {
        if shown {
            state.finish(front);
        }
        if state.active.is_none() {
            send::start_next(front, state);
        }
        drop(guard);
        refresh(front);
    }
    shown
}

/// Whether a chat shows an event in place of a message or a document.
pub(crate) fn says(msg: &EventMsg) -> bool {
    matches!(msg, EventMsg::Error { .. } | EventMsg::AgentMessage { .. })
}

/// The changes of a document, if it is a chat: others need not be kept.
pub(crate) fn changes(params: &DidChangeTextDocumentParams) -> Vec<DocumentChange> {
    if !params.text_document.uri.as_str().ends_with(document::ENDING) {
        return Vec::new();
    }
    let change = |change: &TextDocumentContentChangeEvent| DocumentChange {
        range: change.range.map(convert::range),
        text: change.text.clone(),
    };
    params.content_changes.iter().map(change).collect()
}

/// The editor opened a document.
pub(crate) fn opened(front: &Arc<Front>, uri: &Uri) {
    let Some(document) = chat_at(front, uri) else { return };
    listing::refresh(front);
    let state = &mut *lock(&front.chats.0);
    let same = |stream: &Stream| !stream.open && stream.text == document.text;
    let found = state.streams.iter().find(|(_, stream)| same(stream)).map(|(id, _)| *id);
    // Under another name it is the same document: an editor renames so.
    if let Some(id) = found {
        return state.reopened(front, id, &document);
    }
    let Some(id) = state.stream_of(&document.path) else { return };
    if !state.is_busy(id) {
        return state.forget(id);
    }
    if let Some(stream) = state.streams.get_mut(&id) {
        // Text that the editor had may be gone.
        stream.lost = true;
    }
}

/// The editor changed a document, which was followed until then.
pub(crate) fn changed(front: &Arc<Front>, uri: &Uri, changes: &[DocumentChange]) {
    let Some((document, editor)) = chat_at(front, uri).zip(front.editor()) else { return };
    let state = &mut *lock(&front.chats.0);
    let Some(id) = state.stream_of(&document.path) else { return };
    if let Some(stream) = state.streams.get_mut(&id) {
        let encoding = editor.encoding();
        stream.changed(document.version, document.text, changes, encoding);
        state.told(id);
    }
}

/// The editor closed a document, which was at this path.
pub(crate) fn closed(front: &Arc<Front>, path: &Path) {
    let Some(editor) = front.editor() else { return };
    let state = &mut *lock(&front.chats.0);
    let Some(id) = state.stream_of(path) else { return };
    if !state.is_busy(id) {
        return state.forget(id);
    }
    let Some(stream) = state.streams.get_mut(&id) else { return };
    stream.close();
    // Some editors open the new name before they close the old one.
    let twin = |document: &OpenDocument| is_chat(&document.path) && document.text == stream.text;
    match editor.open_documents().into_iter().find(twin) {
        Some(document) => state.reopened(front, id, &document),
        None => state.wake(front, id),
    }
    state.told(id);
}

impl State {
    fn reopened(&mut self, front: &Arc<Front>, id: u64, document: &OpenDocument) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if self.known.remove(&stream.path) {
            self.known.insert(document.path.clone());
        }
        if self.last.as_ref() == Some(&stream.path) {
            self.last = Some(document.path.clone());
        }
        stream.reopen(document);
        self.wake(front, id);
    }

    /// Whether something is to be written, now or later.
    fn is_busy(&self, id: u64) -> bool {
        self.is_active(id)
            || self.queue.iter().any(|message| message.stream == id)
            || self.streams.get(&id).is_some_and(Stream::has_more)
    }

    fn is_active(&self, id: u64) -> bool {
        self.active.as_ref().is_some_and(|active| active.stream == id)
    }

    fn forget(&mut self, id: u64) {
        self.streams.remove(&id);
        self.news.remove(&id);
    }
}

/// The open chat document with this URI.
fn chat_at(front: &Front, uri: &Uri) -> Option<OpenDocument> {
    if !uri.as_str().ends_with(document::ENDING) {
        return None;
    }
    front.editor()?.open_document(uri).filter(|document| is_chat(&document.path))
}

/// What the lenses say has changed.
fn refresh(front: &Front) {
    if front.profile().is_some_and(|profile| profile.code_lens_refresh) {
        drop(front.outbox.request::<CodeLensRefresh>(()));
    }
}
