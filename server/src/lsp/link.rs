//! Starts the session when the client is ready, and hands submissions over.
//! Until there is a session, each submission is refused with the reason.

use std::{collections::VecDeque, fmt, path::PathBuf, sync::Arc};

use futures::future::BoxFuture;
use lsp_types::MessageType;
use serde_json::Value;
use tiro_protocol::{InputItem, Op, Submission};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use super::{
    deliver,
    front::Front,
    know,
    outside::{Outside, Surroundings},
};
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
pub struct StartSession {
    start: Arc<Start>,
    pub(crate) outside: Outside,
}

type Start = dyn Fn(Starting) -> Result<(SessionHandle, Events), String> + Send + Sync;

impl StartSession {
    /// Wraps the function.
    pub fn new(
        start: impl Fn(Starting) -> Result<(SessionHandle, Events), String> + Send + Sync + 'static,
    ) -> Self {
        Self { start: Arc::new(start), outside: Outside::default() }
    }

    /// With who answers what the front does not know itself.
    #[must_use]
    pub fn asking(mut self, outside: Outside) -> Self {
        self.outside = outside;
        self
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
    /// Configure the session anew, if that is due.
    Settle,
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
                if !ready {
                    know::first(&front).await;
                }
                ready = true;
                None
            }
            ToSession::Settle => continue,
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
        // What is said from here on is a change.
        let at_start = know::surroundings(&front);
        match try_start(&front, &start, &at_start).await {
            Ok((session, events)) => {
                let delivery = tokio::spawn(deliver::run(front.clone(), events));
                let _delivery = AbortOnDropHandle::new(delivery);
                front.know.problem(None);
                know::began(&front, at_start).await;
                let first =
                    question.map(|(submission, reply)| ToSession::Submit(submission, reply));
                return hand_over(&front, &session, first, inbox).await;
            }
            Err(reason) => {
                match question {
                    Some((_, reply)) => {
                        let _ = reply.send(Err(SubmitError::WrongState(reason.clone())));
                    }
                    None if reason == NO_FOLDER => {}
                    None => front.show(MessageType::ERROR, format!("Tiro: {reason}")),
                }
                front.know.problem(Some(reason.clone()));
                problem = reason;
            }
        }
    }
}

async fn try_start(
    front: &Arc<Front>,
    start: &StartSession,
    at_start: &Surroundings,
) -> Result<(SessionHandle, Events), String> {
    let Some(editor) = front.editor() else {
        return Err("the client has not sent `initialize`".to_owned());
    };
    let Surroundings { roots, settings } = at_start.clone();
    if roots.is_empty() {
        return Err(NO_FOLDER.to_owned());
    }
    let starting = Starting { workspace: editor.clone(), roots, settings };
    let start = start.start.clone();
    let started = tokio::task::spawn_blocking(move || start(starting)).await;
    started.unwrap_or_else(|error| Err(format!("the session could not start: {error}")))
}

async fn hand_over(
    front: &Arc<Front>,
    session: &SessionHandle,
    first: Option<ToSession>,
    mut inbox: mpsc::UnboundedReceiver<ToSession>,
) {
    let mut queue: VecDeque<ToSession> = first.into_iter().collect();
    loop {
        let next = match queue.pop_front() {
            Some(message) => Some(message),
            None => inbox.recv().await,
        };
        let Some(message) = next else { return };
        match message {
            ToSession::Submit(mut submission, reply) => {
                if let Some(asked) = know::ask_editor(front, &submission)
                    && let Some(item) = meanwhile(asked, &mut inbox, &mut queue).await
                    && let Op::UserInput { items } = &mut submission.op
                {
                    items.push(item);
                }
                submit(front, session, submission, reply).await;
            }
            // The session is there: something of its settings is another.
            ToSession::Start => {
                know::compare(front).await;
                settle(front, session).await;
            }
            ToSession::Settle => settle(front, session).await,
        }
    }
}

/// Waits for what the editor says; what comes meanwhile stays in order behind.
/// Who wants to stop is not kept waiting.
async fn meanwhile(
    mut asked: BoxFuture<'static, Option<InputItem>>,
    inbox: &mut mpsc::UnboundedReceiver<ToSession>,
    queue: &mut VecDeque<ToSession>,
) -> Option<InputItem> {
    loop {
        tokio::select! {
            item = &mut asked => return item,
            message = inbox.recv() => {
                let message = message?;
                let stops =
                    matches!(&message, ToSession::Submit(it, _) if matches!(it.op, Op::Interrupt));
                queue.push_back(message);
                if stops {
                    return None;
                }
            }
        }
    }
}

async fn settle(front: &Front, session: &SessionHandle) {
    if let Some(op) = front.know.due(front.tasks.is_running()) {
        submit(front, session, front.submission(op), oneshot::channel().0).await;
    }
}

async fn submit(
    front: &Front,
    session: &SessionHandle,
    submission: Submission,
    reply: oneshot::Sender<Reply>,
) {
    front.know.submits(&submission);
    let id = submission.id.clone();
    let answer = session.submit(submission).await.unwrap_or(Err(SubmitError::Ended));
    if answer.is_err() {
        front.know.refused(&id);
    }
    let _ = reply.send(answer);
}
