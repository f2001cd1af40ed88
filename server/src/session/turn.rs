//! One task, as a pure state machine: an input comes in, effects go out. No
//! clock, no file, no network, no task; `runner` performs the effects and the
//! event loop feeds what comes of them back in.
//!
//! A task is a row of rounds. In a round the model is asked once; its tool
//! calls run as soon as they are complete and allowed; when the model has
//! finished and every call has its result, the round goes into the history and
//! the next one begins. A round without a call ends the task.

mod call;
mod changes;
mod escalation;
mod input;
mod round;

use std::collections::VecDeque;

use tiro_protocol::{EventMsg, InputItem, ReviewDecision, TokenUsage};

use super::{history::HistoryItem, rules::Rules};
use crate::{
    checkpoints::Noted,
    model::{ModelError, ModelEvent},
};

use call::Call;
pub(crate) use changes::Changes;
pub(crate) use input::{
    Action, AppliedPatch, ApprovalKind, CommandRun, Effect, FittedPatch, Input,
};
use round::Round;

/// A task that is under way.
#[derive(Debug)]
pub(crate) struct Turn {
    round: Round,
    /// What a person said while the task ran, with the id it was submitted under.
    steering: VecDeque<(String, Vec<InputItem>)>,
    /// What the task has changed so far.
    changes: Changes,
    stopping: bool,
    ended: bool,
}

impl Turn {
    /// Begins a task with what a person said.
    pub(crate) fn begin(items: Vec<InputItem>) -> (Self, Vec<Effect>) {
        let turn = Self {
            round: Round::default(),
            steering: VecDeque::new(),
            changes: Changes::default(),
            stopping: false,
            ended: false,
        };
        let effects = vec![
            Effect::Emit(EventMsg::TaskStarted),
            Effect::Record(HistoryItem::User(items)),
            Effect::AskModel,
        ];
        (turn, effects)
    }

    /// Takes one input in.
    pub(crate) fn step(&mut self, input: Input, rules: &Rules<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.ended {
            return effects;
        }
        match input {
            Input::Steer { id, items } => self.steering.push_back((id, items)),
            Input::Model(event) => self.model(event, rules, &mut effects),
            Input::ModelFailed(error) => self.model_failed(&error, &mut effects),
            Input::Output { call_id, chunk } => {
                effects.push(Effect::Emit(EventMsg::ExecCommandOutputDelta {
                    call_id,
                    stream: chunk.stream,
                    chunk: chunk.text,
                }));
            }
            Input::PatchFitted { call_id, result } => {
                let first = self.round.is_first_writer(&call_id);
                if let Some(call) = self.round.call(&call_id) {
                    call.patch_fitted(result, first, rules, &mut effects);
                }
            }
            Input::OlderText { call_id, paths } => {
                if let Some(call) = self.round.call(&call_id) {
                    call.sees_older_text(paths);
                }
            }
            Input::CommandEnded { call_id, result } => {
                let stopping = self.stopping;
                if let Some(call) = self.round.call(&call_id) {
                    call.command_ended(result, stopping, rules, &mut effects);
                }
            }
            Input::PatchBegins { call_id, auto_approved, changes } => {
                if let Some(call) = self.round.call(&call_id) {
                    call.patch_begins(auto_approved, changes, &mut effects);
                }
            }
            Input::PatchApplied { call_id, result } => {
                let Some(call) = self.round.call(&call_id) else { return effects };
                let (changed, result) = match result {
                    Ok(applied) => (applied.changed, Ok((applied.files, applied.told))),
                    Err(error) => (Noted::default(), Err(error)),
                };
                call.patch_applied(result, &mut effects);
                let events = self.changes.take_in(changed, rules.roots);
                effects.extend(events.into_iter().map(Effect::Emit));
            }
            Input::FilesChanged { changed } => {
                let events = self.changes.take_in(changed, rules.roots);
                effects.extend(events.into_iter().map(Effect::Emit));
            }
            Input::ToolReturned { call_id, result } => {
                if let Some(call) = self.round.call(&call_id) {
                    call.answer(result.unwrap_or_else(|error| format!("error: {error}")));
                }
            }
            Input::Crashed { call_id, message } => {
                if let Some(call) = self.round.call(&call_id) {
                    call.crashed(&message, &mut effects);
                }
            }
            Input::Decision { call_id, decision, taken } => {
                if let Some(call) = self.round.call(&call_id) {
                    call.decide(decision, taken, &mut effects);
                }
                if decision == ReviewDecision::Abort {
                    self.stop(&mut effects);
                }
            }
            Input::Interrupt => self.stop(&mut effects),
            Input::GiveUpWaiting => self.give_up(&mut effects),
        }
        self.advance(&mut effects);
        effects
    }

    /// What a person said that no model has seen, and what was changed, once the
    /// task has ended.
    pub(crate) fn into_rest(self) -> (VecDeque<(String, Vec<InputItem>)>, Changes) {
        (self.steering, self.changes)
    }

    /// The call that a person is asked about under this name, or, where the
    /// name is the task's own, the one that has waited longest.
    pub(crate) fn pending(&self, id: &str, task: &str, kind: ApprovalKind) -> Option<&str> {
        let mut waiting = self.round.calls.iter().filter(|call| call.waits_for() == Some(kind));
        if id == task {
            return waiting.next().map(Call::id);
        }
        waiting.find(|call| call.id() == id).map(Call::id)
    }

    /// Every call that a person is asked about.
    pub(crate) fn all_pending(&self) -> Vec<String> {
        let waiting = self.round.calls.iter().filter(|call| call.waits_for().is_some());
        waiting.map(|call| call.id().to_owned()).collect()
    }

    fn model(&mut self, event: ModelEvent, rules: &Rules<'_>, effects: &mut Vec<Effect>) {
        if self.stopping || self.round.model_done {
            return;
        }
        match event {
            ModelEvent::TextDelta(delta) => {
                self.round.text.push_str(&delta);
                effects.push(Effect::Emit(EventMsg::AgentMessageDelta { delta }));
            }
            ModelEvent::ReasoningDelta(delta) => {
                effects.push(Effect::Emit(EventMsg::AgentReasoningDelta { delta }));
            }
            ModelEvent::ToolCall(call) => {
                effects.extend(self.round.take_message().map(Effect::Emit));
                let call = Call::new(call, &self.round, rules, effects);
                self.round.calls.push(call);
            }
            ModelEvent::Retrying { reason, delay } => {
                let message = format!("{reason}; trying again in {:.1} s", delay.as_secs_f32());
                effects.push(Effect::Emit(EventMsg::BackgroundEvent { message }));
                if self.round.calls.is_empty() {
                    self.round.text.clear();
                } else {
                    // Calls of the broken answer may have run already; asking
                    // for the same answer again would run them twice. The next
                    // request carries on from their results instead.
                    effects.push(Effect::StopModel);
                    self.model_done(None, effects);
                }
            }
            ModelEvent::Completed { usage } => self.model_done(usage, effects),
        }
    }

    fn model_done(&mut self, usage: Option<TokenUsage>, effects: &mut Vec<Effect>) {
        self.round.model_done = true;
        effects.extend(self.round.take_message().map(Effect::Emit));
        if self.round.text.trim().is_empty() && self.round.calls.is_empty() {
            let message =
                "the model ended its answer without saying or doing anything; ask again, \
                           or choose another model"
                    .to_owned();
            effects.push(Effect::Emit(EventMsg::Error { message }));
        }
        if let Some(usage) = usage {
            effects.push(Effect::Count(usage));
        }
    }

    fn model_failed(&mut self, error: &ModelError, effects: &mut Vec<Effect>) {
        if self.stopping || self.round.model_done {
            return;
        }
        effects.push(Effect::Emit(EventMsg::Error { message: error.message.clone() }));
        self.stop(effects);
    }

    /// Ends the task: what has not begun does not begin, what runs is ended.
    fn stop(&mut self, effects: &mut Vec<Effect>) {
        if self.stopping {
            return;
        }
        self.stopping = true;
        if !self.round.model_done {
            effects.push(Effect::StopModel);
            effects.extend(self.round.take_message().map(Effect::Emit));
            self.round.model_done = true;
        }
        for call in &mut self.round.calls {
            call.cancel_unless_running(effects);
        }
        if !self.round.all_answered() {
            effects.push(Effect::StopTools);
        }
    }

    /// What was told to end did not say in time that it has.
    fn give_up(&mut self, effects: &mut Vec<Effect>) {
        if self.stopping {
            for call in &mut self.round.calls {
                call.abandon(effects);
            }
        }
    }

    /// Starts what may start now, and goes on to the next round or ends the task.
    fn advance(&mut self, effects: &mut Vec<Effect>) {
        if !self.stopping {
            self.round.start_ready(effects);
        }
        if !self.round.model_done || !self.round.all_answered() {
            return;
        }
        let round = std::mem::take(&mut self.round);
        let goes_on = !round.calls.is_empty() && !self.stopping;
        effects.extend(round.into_history().map(Effect::Record));
        if goes_on {
            for (_, items) in self.steering.drain(..) {
                effects.push(Effect::Record(HistoryItem::User(items)));
            }
            effects.push(Effect::AskModel);
        } else {
            self.ended = true;
            effects.push(Effect::Emit(EventMsg::TaskComplete));
            effects.push(Effect::Finish);
        }
    }
}

#[cfg(test)]
mod tests;
