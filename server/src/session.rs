//! One conversation: the submission queue, the event queue, and the task
//! between. Knows no editor: a front submits ops and shows events.

pub mod approvals;
mod context;
mod event_loop;
mod history;
mod images;
mod instructions;
mod patching;
pub mod project_instructions;
mod proposals;
mod report;
pub mod rules;
mod runner;
pub mod safety;
mod sandbox_setup;
mod store;
#[cfg(test)]
mod tests;
mod turn;
mod unsaved;

use std::sync::Arc;

use tiro_protocol::{Event, Submission};
use tokio::sync::{mpsc, oneshot};

use crate::{
    config::{Config, Environment},
    workspace::Workspace,
};

pub use history::NOT_SAID;

/// Events that may wait for the front before the model is kept back.
const EVENT_QUEUE: usize = 64;

/// Why a submission was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The id of an approval that is not pending.
    #[error(
        "no approval is pending under id {0:?}: it was answered already, or its task has ended"
    )]
    NotPending(String),
    /// What is asked makes no sense, now or later.
    #[error("{0}")]
    Invalid(String),
    /// The session cannot serve this now.
    #[error("{0}")]
    WrongState(String),
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
}

/// What a submission is answered at once beside that it was taken, as the fields
/// of a JSON object; mostly none.
pub type Answer = serde_json::Map<String, serde_json::Value>;

/// The answer to a submission: it comes before any model, process or person.
pub type Reply = Result<Answer, SubmitError>;

type Submitted = (Submission, oneshot::Sender<Reply>);

/// What a front holds of a session. When the last one is dropped, the session
/// finishes its task, denies what is still asked, and ends.
#[derive(Debug, Clone)]
pub struct SessionHandle {
    submissions: mpsc::UnboundedSender<Submitted>,
}

/// Everything the session reports, in order. When it is dropped, the session
/// ends its task at once.
pub type Events = mpsc::Receiver<Event>;

/// What a session is made of.
#[derive(Clone)]
pub struct SessionSetup {
    /// The project's files.
    pub workspace: Arc<dyn Workspace>,
    /// What was configured.
    pub config: Config,
    /// The environment of the process.
    pub env: Arc<Environment>,
    /// Whether the session configures itself from `config` instead of waiting
    /// for `configure_session`. It then announces `session_configured`, or an
    /// `error` when no provider is found, under the id `""`.
    pub configured: bool,
}

impl std::fmt::Debug for SessionSetup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SessionSetup")
            .field("roots", &self.workspace.roots())
            .field("config", &self.config)
            .field("configured", &self.configured)
            .finish_non_exhaustive()
    }
}

/// Starts a session on the current runtime.
#[must_use]
pub fn spawn(setup: SessionSetup) -> (SessionHandle, Events) {
    let (submissions, received) = mpsc::unbounded_channel();
    let (events, reported) = mpsc::channel(EVENT_QUEUE);
    tokio::spawn(event_loop::run(setup, received, events));
    (SessionHandle { submissions }, reported)
}

impl SessionHandle {
    /// A handle on whatever receives the submissions.
    #[must_use]
    pub fn new(submissions: mpsc::UnboundedSender<Submitted>) -> Self {
        Self { submissions }
    }

    /// Puts a submission in the queue, in the order of the calls. What comes
    /// back is answered at once, before any model, process or person.
    pub fn submit(&self, submission: Submission) -> oneshot::Receiver<Reply> {
        let (reply, taken) = oneshot::channel();
        if let Err(mpsc::error::SendError((_, reply))) = self.submissions.send((submission, reply))
        {
            let _ = reply.send(Err(SubmitError::Ended));
        }
        taken
    }
}
