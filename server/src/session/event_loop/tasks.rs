//! The task of the session: how it begins, what it wants done, how it ends.

use std::sync::Arc;

use tiro_protocol::{AskForApproval, Event, EventMsg, InputItem, ReviewDecision, TokenUsage};
use tokio::time::Instant;

use super::{ENDING, Session};
use crate::{
    model::ModelClient,
    session::{
        context,
        rules::Rules,
        store::{Begin, Line},
        turn::{ApprovalKind, Effect, Input, Turn},
    },
    tools::location::Reach,
};

/// What runs.
pub(super) struct Task {
    pub(super) id: String,
    pub(super) turn: Turn,
    /// Which it began with, whatever is configured meanwhile.
    client: Arc<ModelClient>,
}

impl Session {
    pub(super) fn user_input(&mut self, id: String, items: Vec<InputItem>) {
        if self.resuming > 0 {
            self.held.push_back((id, items));
            return;
        }
        if self.task.is_some() {
            self.runner.store.write(Line::Said(items.clone()));
            self.turn_input(Input::Steer { id, items });
            return;
        }
        self.ask(id, items);
    }

    pub(super) fn begin_task(
        &mut self,
        id: String,
        items: Vec<InputItem>,
        client: Arc<ModelClient>,
    ) {
        self.runner.begin_task(&id, &items, &self.sandbox_policy);
        let (model, provider) = (client.model().to_owned(), client.provider_name().to_owned());
        let begin = Begin { id: id.clone(), model, provider };
        self.runner.store.write(Line::Turn(begin));
        let (turn, effects) = Turn::begin(items);
        self.task = Some(Task { id, turn, client });
        self.effects(effects);
    }

    pub(super) fn decide(&mut self, id: &str, kind: ApprovalKind, decision: ReviewDecision) {
        if let Some(call_id) = self.pending(id, kind) {
            self.turn_input(Input::Decision { call_id, decision, taken: None });
        }
    }

    /// No front is there to answer: what is asked is denied, so that the task ends.
    pub(super) fn nobody_left(&mut self) {
        self.attended = false;
        let pending = self.task.as_ref().map(|task| task.turn.all_pending()).unwrap_or_default();
        for call_id in pending {
            let decision = ReviewDecision::Denied;
            self.turn_input(Input::Decision { call_id, decision, taken: None });
        }
    }

    pub(super) fn turn_input(&mut self, input: Input) {
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
            Effect::Record(item) => self.remember(item),
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
                let may_ask = self.attended && self.approval_policy != AskForApproval::Never;
                self.runner.start(call_id, action, self.reach(), may_ask);
            }
            Effect::Propose(proposal) => self.propose(*proposal),
            Effect::Withdraw { call_id } => self.close(&call_id),
            Effect::ApplyPatch { call_id, auto_approved, changes, proposal } => {
                self.apply_patch(call_id, auto_approved, changes, proposal);
            }
            Effect::StopTools => {
                self.runner.stop_tools();
                self.deadline = Some(Instant::now() + ENDING);
            }
            Effect::Finish => self.finish(),
        }
    }

    /// What the tools that read may look at.
    pub(super) fn reach(&self) -> Reach {
        Reach {
            outside_ok: self.sandbox_policy.has_full_disk_read_access(),
            hidden: vec![
                self.setup.config.tiro_home.clone(),
                // What was said in other sessions.
                self.setup.env.state_dir().join("sessions"),
            ],
        }
    }

    fn ask_model(&mut self) {
        let Some(task) = &self.task else { return };
        let (id, client) = (task.id.clone(), Arc::clone(&task.client));
        let window = self.setup.config.model_context_window;
        if let Some(done) = context::compact(&mut self.history, window) {
            let message = format!(
                "the conversation has outgrown the model's window of {window} tokens: {} results \
                 of tools were cut and {} older messages left out",
                done.results, done.items
            );
            self.outbox.push_back(Event { id, msg: EventMsg::BackgroundEvent { message } });
            self.runner.store.write(Line::History(self.history.clone()));
        }
        self.runner.ask_model(
            client,
            self.history.clone(),
            self.approval_policy,
            self.sandbox_policy.clone(),
            &self.setup.config,
        );
    }

    fn finish(&mut self) {
        self.deadline = None;
        self.close_all();
        self.runner.end_task();
        self.runner.store.write(Line::Done);
        let Some(task) = self.task.take() else { return };
        let (mut left, changes) = task.turn.into_rest();
        self.last_changes = (task.id, changes);
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
