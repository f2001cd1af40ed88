//! The front for editors: the only code that names LSP types.
//!
//! `framing` cuts the input into messages, `transport` brings each to its
//! handler in `backend`, `outbox` is the only way out. Handlers change the state
//! in `front` or push one message, and return: nothing that waits for a model, a
//! process or a person is awaited in one. `link` starts the session and hands
//! submissions to it; `deliver` brings its events to the client, `plain` in the
//! words of the standard protocol: `review` has changes that are decided on in the
//! text, `chat` the documents one talks in, `ask` is about a place, `comments` about
//! comments that are meant for the agent, `know` what a person decides and asks
//! about, `views` what a person looks at. What can be chosen is in `actions` and
//! `lenses`, as commands in `commands`. `editor` is the workspace as the editor has
//! it: open buffers over the disk. `outside` answers what is not known here.

mod actions;
mod answers;
mod approvals;
mod ask;
mod backend;
mod capabilities;
mod chat;
mod client_form;
mod commands;
mod comments;
mod convert;
mod deliver;
mod editor;
mod framing;
mod front;
mod know;
mod lenses;
mod link;
mod outbox;
mod outside;
mod oversized;
mod parent;
mod plain;
mod progress;
mod prompt;
mod proposal;
mod requests;
mod review;
mod tasks;
#[cfg(test)]
mod tests;
mod transport;
mod views;
mod workspace_edit;

use std::{path::PathBuf, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::oneshot,
    time::timeout,
};

pub use client_form::ClientForm;
pub use link::{StartSession, Starting};
pub use outside::{Models, Outside, Settings, Surroundings};

use front::Front;
use outbox::Outbox;
use transport::Stop;

/// How long the last messages may take to a client that does not read.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Why the server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The client said `shutdown` before.
    Orderly,
    /// It did not: it said `exit` alone, its end of a pipe was closed, or its
    /// process is gone.
    Abrupt,
}

impl Ended {
    /// The exit code that LSP wants.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Orderly => 0,
            Self::Abrupt => 1,
        }
    }
}

/// Serves one client until it says `exit`, the input or the output is closed,
/// or the client's process is gone. `state_dir` takes the files that are shown
/// to a person.
///
/// The session is let go when this returns; a read of `input` may still be
/// under way, which the caller must not wait for.
pub async fn serve(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Send + Unpin + 'static,
    start: StartSession,
    state_dir: PathBuf,
) -> Ended {
    let started_by = parent::starter();
    let (outbox, outgoing) = Outbox::new();
    let mut writer = tokio::spawn(outbox::write(outgoing, output));
    let (parent, parent_known) = oneshot::channel();
    let front = Front::new(outbox.clone(), start, state_dir, parent);
    let service = backend::service(&front);
    let input = framing::FrameReader::new(input);
    let lost = |document: Option<&str>| {
        if let Some(editor) = front.editor() {
            editor.lose(document);
        }
    };
    let initializing = |params: &Value| front.initializing(params);
    let reason = tokio::select! {
        stop = transport::serve(input, service, &outbox, lost, initializing) => match stop {
            Stop::Exit => "exit",
            Stop::InputEnded => "end of input",
        },
        () = parent::gone(parent_known, started_by) => "the client's process is gone",
        _ = &mut writer => "the client closed the output",
    };
    let ended = if front.is_shut_down() { Ended::Orderly } else { Ended::Abrupt };
    tracing::info!(reason, ?ended, "the server ends");
    front.close();
    if !writer.is_finished() && timeout(LAST_WORDS, &mut writer).await.is_err() {
        writer.abort();
    }
    ended
}
