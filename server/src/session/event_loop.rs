//! The one owner of a session's state. Everything that can wake it comes
//! through here: a submission, something that a running task reports, the time
//! limit for ending a task. It waits for none of them in particular.

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use tiro_protocol::{
    AskForApproval, Event, EventMsg, InputItem, Op, ReviewDecision, SandboxPolicy, Submission,
    TokenUsage,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    SessionSetup, SubmitError, Submitted,
    approvals::Grants,
    context,
    history::HistoryItem,
    rules::Rules,
    runner::{Runner, Wake},
    turn::{Action, ApprovalKind, Effect, Input, Turn},
};
use crate::{
    model::{Discovered, ModelClient},
    tools::location::Reach,
};

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
            () = session.runner.reap() => {}
        }
    }
}

/// Everything a session knows.
struct Session {
    setup: SessionSetup,
    runner: Runner,
    outbox: VecDeque<Event>,
    state: State,
    /// Counts the searches for a provider.
    searches: u64,
    approval_policy: AskForApproval,
    sandbox_policy: SandboxPolicy,
    history: Vec<HistoryItem>,
    grants: Grants,
    usage: TokenUsage,
    task: Option<Task>,
    deadline: Option<Instant>,
    attended: bool,
}

/// Whether a model can be asked.
enum State {
    /// Nobody has said which model.
    Unconfigured,
    /// A provider is being looked for; these wait for it.
    Looking(VecDeque<(String, Vec<InputItem>)>),
    /// Here it is.
    Ready(Arc<ModelClient>),
    /// None was found; it is looked for again at the next input.
    NotFound,
}

struct Task {
    id: String,
    turn: Turn,
}

impl Session {
    fn new(setup: SessionSetup, runner: Runner) -> Self {
        Self {
            approval_policy: setup.config.approval_policy,
            sandbox_policy: setup.config.sandbox_policy.clone(),
            setup,
            runner,
            outbox: VecDeque::new(),
            state: State::Unconfigured,
            searches: 0,
            history: Vec::new(),
            grants: Grants::default(),
            usage: TokenUsage::default(),
            task: None,
            deadline: None,
            attended: true,
        }
    }

    fn is_idle(&self) -> bool {
        self.task.is_none() && !matches!(self.state, State::Looking(_))
    }

    fn emit(&mut self, id: &str, msg: EventMsg) {
        self.outbox.push_back(Event { id: id.to_owned(), msg });
    }

    fn configure_from_files(&mut self) {
        for message in self.setup.config.warnings.clone() {
            self.emit("", EventMsg::BackgroundEvent { message });
        }
        self.look_for_model("");
    }

    fn look_for_model(&mut self, id: &str) {
        // Said once, when the session is configured first.
        if matches!(self.state, State::Unconfigured) {
            self.runner.look_at_sandbox();
        }
        let waiting = match std::mem::replace(&mut self.state, State::NotFound) {
            State::Looking(waiting) => waiting,
            State::Unconfigured | State::Ready(_) | State::NotFound => VecDeque::new(),
        };
        self.state = State::Looking(waiting);
        self.searches += 1;
        self.runner.find_model(self.searches, id.to_owned(), self.setup.config.clone());
    }

    fn submitted(
        &mut self,
        submission: Submission,
        reply: oneshot::Sender<Result<(), SubmitError>>,
    ) {
        let Submission { id, op } = submission;
        let result = self.check(&op);
        let taken = result.is_ok();
        // Whoever submitted may have gone; then nobody waits for the answer.
        let _ = reply.send(result);
        if taken {
            self.perform(id, op);
        }
    }

    /// Whether an op can be served now.
    fn check(&self, op: &Op) -> Result<(), SubmitError> {
        let pending = |id: &str, kind| match self.pending(id, kind) {
            Some(_) => Ok(()),
            None => Err(SubmitError::NotPending(id.to_owned())),
        };
        match op {
            Op::UserInput { items } if items.is_empty() => Err(SubmitError::WrongState(
                "there is nothing in this input; give at least one item".to_owned(),
            )),
            Op::UserInput { .. } if matches!(self.state, State::Unconfigured) => {
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
                Err(SubmitError::WrongState(
                    "there is no such grant; list_grants says which there are".to_owned(),
                ))
            }
            Op::ExecApproval { id, .. } => pending(id, ApprovalKind::Exec),
            Op::PatchApproval { id, .. } => pending(id, ApprovalKind::Patch),
            _ => Ok(()),
        }
    }

    fn pending(&self, id: &str, kind: ApprovalKind) -> Option<String> {
        let task = self.task.as_ref()?;
        task.turn.pending(id, &task.id, kind).map(str::to_owned)
    }

    fn perform(&mut self, id: String, op: Op) {
        match op {
            Op::ConfigureSession {
                model,
                instructions,
                approval_policy,
                sandbox_policy,
                disable_response_storage,
            } => {
                self.approval_policy = approval_policy;
                self.sandbox_policy = sandbox_policy;
                let config = &mut self.setup.config;
                config.model = Some(model);
                config.disable_response_storage = disable_response_storage;
                if instructions.is_some() {
                    config.instructions = instructions;
                }
                self.look_for_model(&id);
                // After that: what was said while the task ran waits for the new
                // model, and does not begin with the old one.
                self.turn_input(Input::Interrupt);
            }
            Op::Interrupt => {
                if let State::Looking(waiting) = &mut self.state {
                    for (id, _) in std::mem::take(waiting) {
                        let message = "stopped before a model was found".to_owned();
                        self.emit(&id, EventMsg::Error { message });
                    }
                }
                self.turn_input(Input::Interrupt);
            }
            Op::UserInput { items } => self.user_input(id, items),
            Op::ExecApproval { id, decision } => self.decide(&id, ApprovalKind::Exec, decision),
            Op::PatchApproval { id, decision } => self.decide(&id, ApprovalKind::Patch, decision),
            Op::ListGrants => self.list_grants(&id),
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

    fn user_input(&mut self, id: String, items: Vec<InputItem>) {
        if self.task.is_some() {
            self.turn_input(Input::Steer { id, items });
            return;
        }
        if matches!(self.state, State::NotFound) {
            self.look_for_model(&id);
        }
        match &mut self.state {
            State::Looking(waiting) => waiting.push_back((id, items)),
            State::Ready(_) => self.begin_task(id, items),
            State::Unconfigured | State::NotFound => {}
        }
    }

    fn list_grants(&mut self, id: &str) {
        let grants = self.grants.list().to_vec();
        self.emit(id, EventMsg::GrantList { grants });
    }

    fn begin_task(&mut self, id: String, items: Vec<InputItem>) {
        self.runner.begin_task();
        let (turn, effects) = Turn::begin(items);
        self.task = Some(Task { id, turn });
        self.effects(effects);
    }

    fn decide(&mut self, id: &str, kind: ApprovalKind, decision: ReviewDecision) {
        if let Some(call_id) = self.pending(id, kind) {
            self.turn_input(Input::Decision { call_id, decision });
        }
    }

    /// No front is there to answer: what is asked is denied, so that the task ends.
    fn nobody_left(&mut self) {
        self.attended = false;
        let pending = self.task.as_ref().map(|task| task.turn.all_pending()).unwrap_or_default();
        for call_id in pending {
            self.turn_input(Input::Decision { call_id, decision: ReviewDecision::Denied });
        }
    }

    fn woken(&mut self, wake: Wake) {
        match wake {
            Wake::Sandbox(message) => self.emit("", EventMsg::BackgroundEvent { message }),
            Wake::Model { search, id, result } => {
                // The last configuration counts, also when an earlier one is
                // found later.
                if search == self.searches {
                    self.model_found(&id, result);
                }
            }
            Wake::Task { generation, input } => {
                if generation == self.runner.generation() {
                    self.turn_input(input);
                }
            }
        }
    }

    fn model_found(&mut self, id: &str, result: Result<(Discovered, ModelClient), String>) {
        let State::Looking(waiting) = std::mem::replace(&mut self.state, State::NotFound) else {
            return;
        };
        match result {
            Ok((found, client)) => {
                let model = client.model().to_owned();
                self.state = State::Ready(Arc::new(client));
                let message =
                    format!("model {model} of {}, because {}", found.provider.name, found.how);
                self.emit(id, EventMsg::BackgroundEvent { message });
                self.emit(id, EventMsg::SessionConfigured { model });
                for (id, items) in waiting {
                    self.user_input(id, items);
                }
            }
            Err(message) => {
                self.emit(id, EventMsg::Error { message: message.clone() });
                for (waiting, _) in waiting.into_iter().filter(|(waiting, _)| waiting != id) {
                    self.emit(&waiting, EventMsg::Error { message: message.clone() });
                }
            }
        }
    }

    fn turn_input(&mut self, input: Input) {
        let Some(task) = &mut self.task else { return };
        let roots = self.setup.workspace.roots();
        let rules = Rules {
            approval_policy: self.approval_policy,
            sandbox_policy: &self.sandbox_policy,
            roots: &roots,
            grants: &self.grants,
        };
        let effects = task.turn.step(input, &rules);
        self.effects(effects);
    }

    fn effects(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.effect(effect);
        }
        if !self.attended {
            self.nobody_left();
        }
    }

    fn effect(&mut self, effect: Effect) {
        let Some(task) = &self.task else { return };
        match effect {
            Effect::Emit(msg) => {
                let id = task.id.clone();
                self.emit(&id, msg);
            }
            Effect::Record(item) => self.history.push(item),
            Effect::Grant(grant) => self.grants.add(grant),
            Effect::Count(usage) => {
                let id = task.id.clone();
                add_usage(&mut self.usage, usage);
                self.emit(&id, EventMsg::TokenCount(self.usage));
            }
            Effect::AskModel => self.ask_model(),
            Effect::StopModel => self.runner.stop_model(),
            Effect::FitPatch { call_id, patch, workdir } => {
                let reach = Reach { outside_ok: true, ..self.reach() };
                self.runner.fit_patch(call_id, patch, workdir, reach);
            }
            Effect::Start { call_id, action } => {
                let patches = matches!(action, Action::Patch { .. });
                let reach = self.reach();
                let reach = Reach { outside_ok: reach.outside_ok || patches, ..reach };
                self.runner.start(call_id, action, reach);
            }
            Effect::StopTools => {
                self.runner.stop_tools();
                self.deadline = Some(Instant::now() + ENDING);
            }
            Effect::Finish => self.finish(),
        }
    }

    /// What the tools that read may look at.
    fn reach(&self) -> Reach {
        Reach {
            outside_ok: self.sandbox_policy.has_full_disk_read_access(),
            hidden: vec![self.setup.config.tiro_home.clone()],
        }
    }

    fn ask_model(&mut self) {
        let Some(task) = &self.task else { return };
        let id = task.id.clone();
        let State::Ready(client) = &self.state else { return };
        let window = self.setup.config.model_context_window;
        if let Some(done) = context::compact(&mut self.history, window) {
            let message = format!(
                "the conversation has outgrown the model's window of {window} tokens: {} results \
                 of tools were cut and {} older messages left out",
                done.results, done.items
            );
            self.outbox.push_back(Event { id, msg: EventMsg::BackgroundEvent { message } });
        }
        self.runner.ask_model(
            Arc::clone(client),
            self.history.clone(),
            self.approval_policy,
            self.sandbox_policy.clone(),
            &self.setup.config,
        );
    }

    fn finish(&mut self) {
        self.deadline = None;
        self.runner.end_task();
        let Some(task) = self.task.take() else { return };
        let mut left = task.turn.into_steering();
        // What was said while the task ended begins a task of its own; what was
        // said after that steers it.
        if let Some((id, items)) = left.pop_front() {
            self.user_input(id, items);
        }
        for (id, items) in left {
            self.user_input(id, items);
        }
    }
}

fn add_usage(total: &mut TokenUsage, usage: TokenUsage) {
    total.input_tokens += usage.input_tokens;
    total.cached_input_tokens += usage.cached_input_tokens;
    total.output_tokens += usage.output_tokens;
    total.reasoning_output_tokens += usage.reasoning_output_tokens;
    total.total_tokens += usage.total_tokens;
}
