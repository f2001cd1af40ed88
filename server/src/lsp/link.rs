//! Starts the session when the client is ready, and hands submissions over.
//! Until there is a session, each submission is refused with the reason.

use std::{fmt, path::PathBuf, sync::Arc};

use lsp_types::MessageType;
use serde_json::Value;
use tiro_protocol::{Op, Submission};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use super::{deliver, front::Front};
use crate::{
    session::{Events, Reply, SessionHandle, SubmitError},
    workspace::Workspace,
};

/// What a session is started with.
#[derive(Clone)]
pub struct Starting {
    /// The files, as the editor sees them.
    pub workspace: Arc<dyn Workspace>,
    /// The workspace folders at this moment; at least one.
    pub roots: Vec<PathBuf>,
    /// The editor's `ConfigOverrides`, as it sent them; null for none.
    pub settings: Value,
}

impl fmt::Debug for Starting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Starting").field("roots", &self.roots).finish_non_exhaustive()
    }
}

/// Starts a session, or says why not; may read files, so it runs on a thread
/// where that holds nobody up.
#[derive(Clone)]
pub struct StartSession(Arc<Start>);

type Start = dyn Fn(Starting) -> Result<(SessionHandle, Events), String> + Send + Sync;

impl StartSession {
    /// Wraps the function.
    pub fn new(
        start: impl Fn(Starting) -> Result<(SessionHandle, Events), String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(start))
    }
}

impl fmt::Debug for StartSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StartSession")
    }
}

/// What the handlers tell the link.
#[derive(Debug)]
pub(crate) enum ToSession {
    /// Start, if it is not started: something changed that may let it.
    Start,
    /// For the session.
    Submit(Submission, oneshot::Sender<Reply>),
}

const NO_FOLDER: &str =
    "no folder is open, so there is nothing to work on; open a folder in the editor and ask again";

/// Runs until it is aborted or every sender is gone.
pub(crate) async fn run(
    front: Arc<Front>,
    start: StartSession,
    mut inbox: mpsc::UnboundedReceiver<ToSession>,
) {
    let mut problem =
        "the session starts when the client sends the notification `initialized`".to_owned();
    let mut ready = false;
    while let Some(message) = inbox.recv().await {
        let question = match message {
            ToSession::Start => {
                ready = true;
                None
            }
            // A person who asks again may have mended what was wrong.
            ToSession::Submit(submission, reply)
                if ready && matches!(submission.op, Op::UserInput { .. }) =>
            {
                Some((submission, reply))
            }
            ToSession::Submit(_, reply) => {
                let _ = reply.send(Err(SubmitError::WrongState(problem.clone())));
                continue;
            }
        };
        match try_start(&front, &start).await {
            Ok((session, events)) => {
                let delivery = tokio::spawn(deliver::run(front.clone(), events));
                let _delivery = AbortOnDropHandle::new(delivery);
                if let Some((submission, reply)) = question {
                    submit(&session, submission, reply).await;
                }
                return hand_over(&front, &session, inbox).await;
            }
            Err(reason) => {
                match question {
                    Some((_, reply)) => {
                        let _ = reply.send(Err(SubmitError::WrongState(reason.clone())));
                    }
                    None if reason == NO_FOLDER => {}
                    None => front.show(MessageType::ERROR, format!("Tiro: {reason}")),
                }
                problem = reason;
            }
        }
    }
}

async fn try_start(
    front: &Arc<Front>,
    start: &StartSession,
) -> Result<(SessionHandle, Events), String> {
    let Some(editor) = front.editor() else {
        return Err("the client has not sent `initialize`".to_owned());
    };
    let roots = editor.roots();
    if roots.is_empty() {
        return Err(NO_FOLDER.to_owned());
    }
    let settings = front.settings().unwrap_or_default();
    let starting = Starting { workspace: editor.clone(), roots, settings };
    let start = start.0.clone();
    let started = tokio::task::spawn_blocking(move || start(starting)).await;
    started.unwrap_or_else(|error| Err(format!("the session could not start: {error}")))
}

async fn hand_over(
    front: &Front,
    session: &SessionHandle,
    mut inbox: mpsc::UnboundedReceiver<ToSession>,
) {
    while let Some(message) = inbox.recv().await {
        match message {
            ToSession::Submit(submission, reply) => {
                submit(session, submission, reply).await;
            }
            ToSession::Start => {
                front.log("Tiro: changed settings count after the server is restarted".to_owned());
            }
        }
    }
}

async fn submit(session: &SessionHandle, submission: Submission, reply: oneshot::Sender<Reply>) {
    let answer = session.submit(submission).await;
    let _ = reply.send(answer.unwrap_or(Err(SubmitError::Ended)));
}
