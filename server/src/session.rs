//! One conversation: the submission queue, the event queue, and the task between.

pub mod project_instructions;
pub mod safety;

use tiro_protocol::{Event, Submission};
use tokio::sync::{mpsc, oneshot};

/// Why a submission was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The id of an approval that is not pending.
    #[error(
        "no approval is pending under id {0:?}: it was answered already, or its task has ended"
    )]
    NotPending(String),
    /// The session cannot serve this now.
    #[error("{0}")]
    WrongState(String),
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
}

/// What a front holds of a session.
#[derive(Debug, Clone)]
pub struct SessionHandle {
    submissions: mpsc::UnboundedSender<(Submission, oneshot::Sender<Result<(), SubmitError>>)>,
}

/// Everything the session reports, in order.
pub type Events = mpsc::UnboundedReceiver<Event>;

impl SessionHandle {
    /// Puts a submission in the queue, in the order of the calls. What comes
    /// back is answered at once, before any model, process or person.
    pub fn submit(&self, submission: Submission) -> oneshot::Receiver<Result<(), SubmitError>> {
        let (reply, taken) = oneshot::channel();
        if let Err(mpsc::error::SendError((_, reply))) = self.submissions.send((submission, reply))
        {
            let _ = reply.send(Err(SubmitError::Ended));
        }
        taken
    }
}
