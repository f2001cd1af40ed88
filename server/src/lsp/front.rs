//! What the handlers of one connection share, and the little that they change.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use lsp_types::{
    LogMessageParams, MessageType, Registration, RegistrationParams, ShowMessageParams,
    notification::{LogMessage, ShowMessage},
    request::RegisterCapability,
};
use serde_json::Value;
use tiro_protocol::{Op, Submission};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    approvals::Approvals,
    capabilities::ClientProfile,
    chat::Chats,
    comments::{self, Comments},
    editor::EditorWorkspace,
    know::{self, Know, Said},
    link::{self, StartSession, ToSession},
    outbox::Outbox,
    outside::Outside,
    progress::Progress,
    review::Review,
    tasks::Tasks,
    views::{self, Views},
};
use crate::{
    session::{Reply, SubmitError},
    workspace::Journal,
};

/// One connection to an editor.
#[derive(Debug)]
pub(crate) struct Front {
    /// The way to the client.
    pub(crate) outbox: Outbox,
    /// What a person still has to decide.
    pub(crate) approvals: Approvals,
    /// The proposals, and what is shown of them.
    pub(crate) review: Review,
    /// The running task, and where it was started.
    pub(crate) tasks: Tasks,
    /// The chat documents.
    pub(crate) chats: Chats,
    /// Comments for the agent in open documents.
    pub(crate) comments: Comments,
    /// Where files go that are shown to a person.
    pub(crate) state_dir: PathBuf,
    /// The progress that is shown; cancelling it ends the task.
    pub(crate) progress: Progress,
    /// What there is to look at.
    pub(crate) views: Views,
    /// What else is known of the session.
    pub(crate) know: Know,
    /// Who answers what is not known here.
    pub(crate) outside: Outside,
    to_session: mpsc::UnboundedSender<ToSession>,
    client: OnceLock<Client>,
    said: Mutex<Said>,
    last_submission: AtomicU64,
    shut_down: AtomicBool,
    /// Declared in `initialize`, where its types have no place for it.
    asks_for_content: AtomicBool,
    parent: Mutex<Option<oneshot::Sender<u32>>>,
    link: Mutex<Option<AbortOnDropHandle<()>>>,
    /// What commands began and goes on; ends with the connection.
    jobs: Mutex<JoinSet<()>>,
}

/// What is known from `initialize` on.
#[derive(Debug)]
struct Client {
    profile: ClientProfile,
    editor: Arc<EditorWorkspace>,
}

impl Front {
    /// A connection that waits for `initialize`. The session is started by
    /// `start`; `parent` gets the process that must not be outlived.
    pub(crate) fn new(
        outbox: Outbox,
        start: StartSession,
        state_dir: PathBuf,
        parent: oneshot::Sender<u32>,
    ) -> Arc<Self> {
        let (to_session, inbox) = mpsc::unbounded_channel();
        let front = Arc::new(Self {
            outbox,
            approvals: Approvals::default(),
            review: Review::default(),
            tasks: Tasks::default(),
            chats: Chats::default(),
            comments: Comments::default(),
            state_dir,
            progress: Progress::default(),
            views: Views::default(),
            know: Know::default(),
            outside: start.outside.clone(),
            asks_for_content: AtomicBool::new(false),
            to_session,
            client: OnceLock::new(),
            said: Mutex::default(),
            last_submission: AtomicU64::new(0),
            shut_down: AtomicBool::new(false),
            parent: Mutex::new(Some(parent)),
            link: Mutex::default(),
            jobs: Mutex::default(),
        });
        let link = tokio::spawn(link::run(front.clone(), start, inbox));
        *lock(&front.link) = Some(AbortOnDropHandle::new(link));
        front
    }

    /// Takes from the params of `initialize` what their types do not have.
    pub(crate) fn initializing(&self, params: &Value) {
        self.asks_for_content.store(views::asks_for_content(params), Ordering::Relaxed);
    }

    /// Takes note of the client.
    pub(crate) fn initialize(&self, mut profile: ClientProfile) {
        profile.content = self.asks_for_content.load(Ordering::Relaxed);
        if let (Some(pid), Some(parent)) = (profile.parent, lock(&self.parent).take()) {
            let _ = parent.send(pid);
        }
        lock(&self.said).initially(profile.options.config.clone());
        let editor = Arc::new(EditorWorkspace::new(
            &profile,
            self.outbox.clone(),
            Journal::below(&self.state_dir),
        ));
        self.comments.begin(profile.options.comments);
        // The service lets `initialize` through once.
        let _ = self.client.set(Client { profile, editor });
    }

    /// The client; none before `initialize`.
    pub(crate) fn profile(&self) -> Option<&ClientProfile> {
        self.client.get().map(|client| &client.profile)
    }

    /// Whether the client is told of the session itself: it has an interface of
    /// its own for what others get by standard means.
    pub(crate) fn knows_tiro(&self) -> bool {
        self.profile().is_some_and(|profile| profile.options.events)
    }

    /// The files as the editor sees them; none before `initialize`.
    pub(crate) fn editor(&self) -> Option<&Arc<EditorWorkspace>> {
        self.client.get().map(|client| &client.editor)
    }

    /// The settings of the editor over those of the files; null for none.
    pub(crate) fn settings(&self) -> Value {
        lock(&self.said).together()
    }

    /// What the editor says of them.
    pub(crate) fn said<T>(&self, change: impl FnOnce(&mut Said) -> T) -> T {
        change(&mut lock(&self.said))
    }

    /// Configures the session anew, when that is due.
    pub(crate) fn settle(&self) {
        let _ = self.to_session.send(ToSession::Settle);
    }

    /// Starts the session, tries again when it could not start, or looks at what
    /// became other of its settings.
    pub(crate) fn wake_session(&self) {
        let _ = self.to_session.send(ToSession::Start);
    }

    /// Tells the client what it may ask for, which only it can be told now.
    pub(crate) fn register(&self) {
        let wanted = [views::registration(self), know::registration(self)];
        let registrations: Vec<Registration> = wanted.into_iter().flatten().collect();
        if !registrations.is_empty() {
            let params = RegistrationParams { registrations };
            drop(self.outbox.request::<RegisterCapability>(params));
        }
    }

    /// An id for a submission that the client did not name.
    pub(crate) fn new_id(&self) -> String {
        format!("tiro-{}", self.last_submission.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// An op with an id of its own.
    pub(crate) fn submission(&self, op: Op) -> Submission {
        Submission { id: self.new_id(), op }
    }

    /// Does something that takes time, as long as the connection lasts.
    pub(crate) fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        let mut jobs = lock(&self.jobs);
        while jobs.try_join_next().is_some() {}
        jobs.spawn(job);
    }

    /// Submits in the order of the calls; the answer comes at once.
    pub(crate) fn submit(&self, submission: Submission) -> oneshot::Receiver<Reply> {
        self.approvals.submitted(&submission.op);
        comments::submitted(self, &submission.op);
        let (reply, answer) = oneshot::channel();
        if let Err(mpsc::error::SendError(ToSession::Submit(_, reply))) =
            self.to_session.send(ToSession::Submit(submission, reply))
        {
            let _ = reply.send(Err(SubmitError::Ended));
        }
        answer
    }

    /// Submits an op whose answer nobody waits for.
    pub(crate) fn tell(&self, op: Op) {
        drop(self.submit(self.submission(op)));
    }

    /// Shows something to the person.
    pub(crate) fn show(&self, typ: MessageType, message: String) {
        self.outbox.notify::<ShowMessage>(ShowMessageParams { typ, message });
    }

    /// Puts something in the editor's log.
    pub(crate) fn log(&self, message: String) {
        let typ = MessageType::INFO;
        self.outbox.notify::<LogMessage>(LogMessageParams { typ, message });
    }

    /// The client said `shutdown`.
    pub(crate) fn shut_down(&self) {
        self.shut_down.store(true, Ordering::SeqCst);
        self.progress.close(&self.outbox);
        self.tell(Op::Interrupt);
    }

    /// Whether the client said `shutdown`.
    pub(crate) fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
    }

    /// Lets go of the session, and with it of every process it started.
    pub(crate) fn close(&self) {
        lock(&self.link).take();
        lock(&self.jobs).abort_all();
        self.progress.close(&self.outbox);
        self.outbox.close();
    }
}

/// A lock that survives a panic elsewhere: what is behind it stays whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
