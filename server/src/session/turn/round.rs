//! One answer of the model and the calls in it.

use tiro_protocol::EventMsg;

use super::{
    call::{Call, Stage},
    input::Effect,
};
use crate::session::history::HistoryItem;

/// What one request to the model has brought so far.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// What the model has said.
    pub(super) text: String,
    /// How much of the text was reported as a whole message.
    reported: usize,
    /// In the order in which the model made them.
    pub(super) calls: Vec<Call>,
    /// Whether the answer is complete.
    pub(super) model_done: bool,
}

impl Round {
    /// What was said since the last whole message: the next one.
    pub(super) fn take_message(&mut self) -> Option<EventMsg> {
        let message = self.text[self.reported..].to_owned();
        self.reported = self.text.len();
        (!message.trim().is_empty()).then_some(EventMsg::AgentMessage { message })
    }

    /// The call with this id.
    pub(super) fn call(&mut self, id: &str) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.id() == id)
    }

    /// Whether every call before this one that may write has its answer.
    pub(super) fn is_first_writer(&self, id: &str) -> bool {
        self.calls
            .iter()
            .take_while(|call| call.id() != id)
            .all(|call| !call.writes() || matches!(call.stage, Stage::Answered(_)))
    }

    /// Whether no call is left open.
    pub(super) fn all_answered(&self) -> bool {
        self.calls.iter().all(|call| matches!(call.stage, Stage::Answered(_)))
    }

    /// Starts every call that is allowed and whose turn it is. Calls that only
    /// read run side by side; one that may write waits for all before it, and
    /// all after it wait: a test that follows a patch sees the patch.
    pub(super) fn start_ready(&mut self, effects: &mut Vec<Effect>) {
        let mut reader_open = false;
        for call in &mut self.calls {
            let answered = matches!(call.stage, Stage::Answered(_));
            let writes = call.writes();
            if !(writes && reader_open) {
                call.start_if_ready(effects);
            }
            if !answered && !matches!(call.stage, Stage::Answered(_)) {
                if writes {
                    return;
                }
                reader_open = true;
            }
        }
    }

    /// The round as the model is shown it: every call, then every result.
    pub(super) fn into_history(self) -> impl Iterator<Item = HistoryItem> {
        let text = (!self.text.trim().is_empty()).then_some(HistoryItem::Assistant(self.text));
        let (calls, results): (Vec<_>, Vec<_>) =
            self.calls.into_iter().map(Call::into_history).unzip();
        text.into_iter().chain(calls).chain(results)
    }
}
