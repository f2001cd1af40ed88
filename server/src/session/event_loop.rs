//! The one owner of a session's state. Everything that can wake it comes
//! through here: a submission, something that a running task reports, the time
//! limit for ending a task. It waits for none of them in particular. `models`
//! is about the model that is asked, `tasks` about the task, `sessions` about those on disk.

mod checkpoints;
mod models;
mod proposing;
mod sessions;
mod tasks;

use std::{collections::VecDeque, pin::pin, slice, time::Duration};

use tiro_protocol::{
    AskForApproval, Event, EventMsg, InputItem, Op, SandboxPolicy, Submission, TokenUsage,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use super::{
    Answer, Reply, SessionSetup, SubmitError, Submitted,
    approvals::Grants,
    history::HistoryItem,
    proposals::Proposals,
    runner::{Runner, Wake},
    store::Line,
    turn::{ApprovalKind, Changes, Input},
};
use models::Model;
use proposing::Following;
use tasks::Task;

/// Events that wait for the front; past this the model and the commands wait too.
const OUTBOX: usize = 256;

/// How long what was told to end may take. The promise is 100 ms.
const ENDING: Duration = Duration::from_millis(80);

/// Runs a session until nobody submits to it or listens to it any more.
pub(super) async fn run(
    setup: SessionSetup,
    mut submissions: mpsc::UnboundedReceiver<Submitted>,
    events: mpsc::Sender<Event>,
) {
    let (runner, mut wakes) = Runner::new(&setup);
    let mut session = Session::new(setup, runner);
    if session.setup.configured {
        session.configure_from_files();
    }
    let mut texts = session.setup.workspace.changed();
    let mut open = true;
    loop {
        if !open && session.is_idle() && session.outbox.is_empty() {
            return;
        }
        let deadline = session.deadline.unwrap_or_else(Instant::now);
        let mut give_up = pin!(tokio::time::sleep_until(deadline));
        tokio::select! {
            biased;
            permit = events.reserve(), if !session.outbox.is_empty() => match permit {
                Ok(permit) => if let Some(event) = session.outbox.pop_front() {
                    permit.send(event);
                },
                Err(_) => return,
            },
            submitted = submissions.recv(), if open => match submitted {
                Some((submission, reply)) => session.submitted(submission, reply),
                None => {
                    open = false;
                    session.nobody_left();
                }
            },
            () = &mut give_up, if session.deadline.is_some() => {
                session.deadline = None;
                session.turn_input(Input::GiveUpWaiting);
            }
            wake = wakes.recv(), if session.outbox.len() < OUTBOX => match wake {
                Some(wake) => session.woken(wake),
                None => return,
            },
            () = change(&mut texts) => session.follow_texts(),
            () = session.runner.reap() => {}
            () = events.closed() => return,
        }
    }
}

/// Waits until a text has changed; for ever where nobody says so.
async fn change(texts: &mut Option<watch::Receiver<u64>>) {
    if let Some(counter) = texts
        && counter.changed().await.is_ok()
    {
        return;
    }
    *texts = None;
    std::future::pending::<()>().await;
}

/// Everything a session knows.
struct Session {
    setup: SessionSetup,
    runner: Runner,
    outbox: VecDeque<Event>,
    model: Model,
    /// Counts the searches for a model.
    searches: u64,
    approval_policy: AskForApproval,
    sandbox_policy: SandboxPolicy,
    history: Vec<HistoryItem>,
    grants: Grants,
    proposals: Proposals,
    following: Following,
    /// What the task that ended last has changed: what is left of its patches
    /// can still be made.
    last_changes: (String, Changes),
    usage: TokenUsage,
    task: Option<Task>,
    /// What was asked of those who wait for the disk and is not answered yet.
    asked: usize,
    /// Sessions that are being resumed.
    resuming: usize,
    /// What was said meanwhile.
    held: VecDeque<(String, Vec<InputItem>)>,
    deadline: Option<Instant>,
    attended: bool,
}

impl Session {
    fn new(setup: SessionSetup, runner: Runner) -> Self {
        Self {
            approval_policy: setup.config.approval_policy,
            sandbox_policy: setup.config.sandbox_policy.clone(),
            setup,
            runner,
            outbox: VecDeque::new(),
            model: Model::Unconfigured,
            searches: 0,
            history: Vec::new(),
            grants: Grants::default(),
            proposals: Proposals::default(),
            following: Following::default(),
            last_changes: Default::default(),
            usage: TokenUsage::default(),
            task: None,
            asked: 0,
            resuming: 0,
            held: VecDeque::new(),
            deadline: None,
            attended: true,
        }
    }

    fn is_idle(&self) -> bool {
        self.task.is_none() && self.asked == 0 && !matches!(self.model, Model::Looking(_))
    }

    fn emit(&mut self, id: &str, msg: EventMsg) {
        let event = Event { id: id.to_owned(), msg };
        // An error outside of a task is none of the talk.
        let stray = matches!(event.msg, EventMsg::Error { .. })
            && self.task.as_ref().is_none_or(|task| task.id != id);
        if !stray {
            self.runner.store.event(&event);
        }
        self.outbox.push_back(event);
    }

    /// Adds to the conversation.
    fn remember(&mut self, item: HistoryItem) {
        self.runner.store.write(Line::Item(item.clone()));
        self.history.push(item);
    }

    fn submitted(&mut self, submission: Submission, reply: oneshot::Sender<Reply>) {
        let Submission { id, op } = submission;
        let result = self.check(&op);
        let taken = result.is_ok();
        // Whoever submitted may have gone; then nobody waits for the answer.
        let _ = reply.send(result);
        if taken {
            self.perform(id, op);
        }
    }

    /// Whether an op can be served now, and what is answered at once.
    fn check(&self, op: &Op) -> Reply {
        let taken = || Ok(Answer::new());
        let pending = |id: &str, kind| match self.pending(id, kind) {
            Some(_) => taken(),
            None => Err(SubmitError::NotPending(id.to_owned())),
        };
        let decided =
            |check: Result<(), String>| check.map_err(SubmitError::Invalid).map(|()| Answer::new());
        match op {
            Op::UserInput { items } if items.iter().all(is_blank) => Err(SubmitError::Invalid(
                "there is nothing in this input; say something, or give a picture".to_owned(),
            )),
            Op::UserInput { .. } if matches!(self.model, Model::Unconfigured) => {
                Err(SubmitError::WrongState(
                    "the session is not configured yet; send configure_session first".to_owned(),
                ))
            }
            Op::UserInput { .. } if self.setup.workspace.roots().is_empty() => {
                Err(SubmitError::WrongState(
                    "no folder is open; open the project's folder and ask again".to_owned(),
                ))
            }
            Op::RevokeGrant { grant } if !self.grants.list().contains(grant) => {
                Err(SubmitError::Invalid(
                    "there is no such grant; list_grants says which there are".to_owned(),
                ))
            }
            Op::Restore { .. } => self.check_restore().and_then(|()| taken()),
            Op::ResumeSession { .. } => self.check_resume().and_then(|()| taken()),
            Op::ExecApproval { id, .. } => pending(id, ApprovalKind::Exec),
            Op::PatchApproval { id, decision, selection } => {
                self.check_selection(id, *decision, selection.as_ref()).and_then(|()| taken())
            }
            Op::Proposal { proposal } => self.proposals_answer(proposal.as_deref()),
            Op::AcceptHunk { proposal, hunk } => {
                decided(self.proposals.check_hunks(proposal, slice::from_ref(hunk), true))
            }
            Op::RejectHunk { proposal, hunk } => {
                decided(self.proposals.check_hunks(proposal, slice::from_ref(hunk), false))
            }
            Op::DecideHunks { accept, reject } => {
                decided(self.proposals.check_decisions(accept, reject))
            }
            _ => taken(),
        }
    }

    fn pending(&self, id: &str, kind: ApprovalKind) -> Option<String> {
        let task = self.task.as_ref()?;
        task.turn.pending(id, &task.id, kind).map(str::to_owned)
    }

    fn perform(&mut self, id: String, op: Op) {
        match op {
            op @ Op::ConfigureSession { .. } => self.configure(&id, op),
            Op::Interrupt => {
                self.stop_looking();
                self.turn_input(Input::Interrupt);
            }
            Op::UserInput { items } => self.user_input(id, items),
            Op::ExecApproval { id, decision } => self.decide(&id, ApprovalKind::Exec, decision),
            Op::PatchApproval { id, decision, selection } => {
                self.decide_patch(&id, decision, selection.as_ref());
            }
            Op::Proposal { proposal } => self.list_proposals(&id, proposal.as_deref()),
            Op::AcceptHunk { proposal, hunk } => self.decide_hunks(&proposal, &[hunk], &[]),
            Op::RejectHunk { proposal, hunk } => self.decide_hunks(&proposal, &[], &[hunk]),
            Op::DecideHunks { accept, reject } => self.decide_all(&accept, &reject),
            Op::ListGrants => self.list_grants(&id),
            Op::Checkpoints => self.ask_checkpoints(id, None),
            Op::Restore { checkpoint, paths } => {
                self.ask_checkpoints(id, Some((checkpoint, paths)));
            }
            Op::ListSessions => self.list_sessions(&id),
            Op::ResumeSession { session, turns } => self.resume_session(&id, session, turns),
            Op::RevokeGrant { grant } => {
                self.grants.revoke(&grant);
                self.list_grants(&id);
            }
            other => {
                let message = format!("this op is not known here: {other:?}");
                self.emit(&id, EventMsg::Error { message });
            }
        }
    }

    fn list_grants(&mut self, id: &str) {
        let grants = self.grants.list().to_vec();
        self.emit(id, EventMsg::GrantList { grants });
    }

    fn woken(&mut self, wake: Wake) {
        match wake {
            Wake::Model { search, sandbox, left_over, result } => {
                let gaps = sandbox.and_then(|status| self.runner.know_sandbox(&status));
                if let Some(message) = gaps {
                    self.emit("", EventMsg::BackgroundEvent { message });
                }
                for message in left_over {
                    tracing::warn!("{message}");
                    self.emit("", EventMsg::BackgroundEvent { message });
                }
                self.model_found(search, result);
            }
            Wake::Checkpoints { id, answer } => self.checkpoints_answered(&id, answer),
            Wake::Store(answer) => self.store_answered(answer),
            Wake::Task { generation, input } => {
                if generation == self.runner.generation() {
                    self.turn_input(input);
                }
            }
            Wake::Followed(followed) => self.followed(followed),
            Wake::Left { task, proposal } => self.keep(task, *proposal),
            Wake::HunksBegin { task, proposal, changes } => {
                self.hunks_begin(&task, proposal, changes);
            }
            Wake::HunksApplied { task, proposal, hunks, result } => {
                self.hunks_applied(&task, &proposal, &hunks, result);
            }
        }
    }
}

/// Providers refuse a message without anything in it.
fn is_blank(item: &InputItem) -> bool {
    matches!(item, InputItem::Text { text } if text.trim().is_empty())
}
