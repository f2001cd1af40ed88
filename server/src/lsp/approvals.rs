//! What a person still has to decide, as the front sees it, so that a command
//! or a dialog can answer. The session has the last word on what is pending.

use std::{collections::VecDeque, sync::Mutex};

use tiro_protocol::{Event, EventMsg, Op, ReviewDecision};

use super::front::lock;

/// The approvals that were asked for and not answered, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Approvals(Mutex<VecDeque<Pending>>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    /// Its call id, or the id of the event where it has none.
    pub(crate) id: String,
    event_id: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Command,
    Patch,
}

impl Pending {
    /// The approval that an event asks for, if it does.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let (call_id, kind) = match &event.msg {
            EventMsg::ExecApprovalRequest { call_id, .. } => (call_id, Kind::Command),
            EventMsg::ApplyPatchApprovalRequest { call_id, .. } => (call_id, Kind::Patch),
            _ => return None,
        };
        let event_id = event.id.clone();
        Some(Self { id: call_id.clone().unwrap_or_else(|| event_id.clone()), event_id, kind })
    }

    fn answer(self, decision: ReviewDecision) -> Op {
        match self.kind {
            Kind::Command => Op::ExecApproval { id: self.id, decision },
            Kind::Patch => Op::PatchApproval { id: self.id, decision },
        }
    }
}

impl Approvals {
    /// Takes note of an approval that is asked for, and of the end of a task,
    /// after which nothing of it is pending.
    pub(crate) fn observe(&self, event: &Event) {
        if let Some(pending) = Pending::of(event) {
            lock(&self.0).push_back(pending);
        } else if matches!(event.msg, EventMsg::TaskComplete) {
            lock(&self.0).retain(|pending| pending.event_id != event.id);
        }
    }

    /// The op that answers the named approval, or the oldest; none when there
    /// is no such thing. It is no longer pending afterwards.
    pub(crate) fn answer(&self, id: Option<&str>, decision: ReviewDecision) -> Option<Op> {
        let mut approvals = lock(&self.0);
        let index = match id {
            Some(id) => approvals.iter().position(|pending| pending.id == id)?,
            None => 0,
        };
        Some(approvals.remove(index)?.answer(decision))
    }

    /// It was answered in another way.
    pub(crate) fn remove(&self, id: &str) {
        lock(&self.0).retain(|pending| pending.id != id && pending.event_id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, msg: EventMsg) -> Event {
        Event { id: id.to_owned(), msg }
    }

    fn asks(id: &str, call_id: Option<&str>) -> Event {
        let call_id = call_id.map(str::to_owned);
        let msg = EventMsg::ExecApprovalRequest {
            call_id,
            command: vec!["true".to_owned()],
            cwd: "/".into(),
            reason: None,
        };
        event(id, msg)
    }

    #[test]
    fn the_oldest_is_answered_unless_one_is_named() {
        let approvals = Approvals::default();
        for call_id in ["a", "b", "c"] {
            approvals.observe(&asks("1", Some(call_id)));
        }
        let decision = ReviewDecision::Approved;
        let answered = |id: &str| Some(Op::ExecApproval { id: id.to_owned(), decision });
        assert_eq!(approvals.answer(Some("b"), decision), answered("b"));
        assert_eq!(approvals.answer(None, decision), answered("a"));
        assert_eq!(approvals.answer(Some("b"), decision), None);
        assert_eq!(approvals.answer(None, decision), answered("c"));
        assert_eq!(approvals.answer(None, decision), None);
    }

    #[test]
    fn without_a_call_id_the_event_names_it_and_the_end_of_the_task_settles_it() {
        let approvals = Approvals::default();
        approvals.observe(&asks("1", None));
        approvals.observe(&asks("2", Some("b")));
        approvals.observe(&event("2", EventMsg::TaskComplete));
        let decision = ReviewDecision::Denied;
        let op = Op::ExecApproval { id: "1".to_owned(), decision };
        assert_eq!(approvals.answer(None, decision), Some(op));
        assert_eq!(approvals.answer(None, decision), None);
    }
}
