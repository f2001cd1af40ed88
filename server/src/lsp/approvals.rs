//! What a person still has to decide, as the front sees it, so that a command
//! or a dialog can answer. The session has the last word on what is pending.

use std::{collections::VecDeque, sync::Mutex};

use tiro_protocol::{Event, EventMsg, Op, ReviewDecision};

use super::{front::lock, prompt::Prompt};

/// The approvals that were asked for and not answered, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Approvals(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    asked: u64,
    pending: VecDeque<Pending>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    /// A call may be asked about twice, the second time about more: an answer to
    /// the first question is none to the second.
    number: u64,
    /// Its call id, or the id of the event where it has none.
    id: String,
    event_id: String,
    kind: Kind,
    prompt: Prompt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Command,
    Patch,
}

impl Approvals {
    /// Takes note of an approval that is asked for, which is returned, and of
    /// the end of a task, after which nothing of it is pending.
    pub(crate) fn observe(&self, event: &Event) -> Option<Pending> {
        let prompt = Prompt::of(&event.msg);
        let mut waiting = lock(&self.0);
        let (call_id, kind) = match &event.msg {
            EventMsg::ExecApprovalRequest { call_id, .. } => (call_id, Kind::Command),
            EventMsg::ApplyPatchApprovalRequest { call_id, .. } => (call_id, Kind::Patch),
            EventMsg::TaskComplete => {
                waiting.pending.retain(|pending| pending.event_id != event.id);
                return None;
            }
            EventMsg::ProposalUpdated { proposal } if !proposal.open => {
                let decided = |it: &Pending| it.event_id == event.id && it.id == proposal.id;
                waiting.pending.retain(|pending| !decided(pending));
                return None;
            }
            _ => return None,
        };
        waiting.asked += 1;
        let event_id = event.id.clone();
        let id = call_id.clone().unwrap_or_else(|| event_id.clone());
        let pending = Pending { number: waiting.asked, id, event_id, kind, prompt: prompt? };
        waiting.pending.push_back(pending.clone());
        Some(pending)
    }

    /// The op that answers the approval with this call id, or the oldest; none
    /// when there is no such thing.
    pub(crate) fn answer(&self, id: Option<&str>, decision: ReviewDecision) -> Option<Op> {
        let waiting = lock(&self.0);
        let found = waiting.pending.iter().find(|pending| id.is_none_or(|id| pending.id == id))?;
        Some(found.answer(decision))
    }

    /// The op that answers exactly this approval, while it is pending.
    pub(crate) fn answer_this(&self, asked: &Pending, decision: ReviewDecision) -> Option<Op> {
        self.is_pending(asked).then(|| asked.answer(decision))
    }

    /// Whether the patch with this call id waits for an answer.
    pub(crate) fn asks_about_patch(&self, id: &str) -> bool {
        let waiting = lock(&self.0);
        waiting.pending.iter().any(|pending| pending.kind == Kind::Patch && pending.id == id)
    }

    /// What waits, oldest first: the id to answer under, and the question.
    pub(crate) fn pending(&self) -> Vec<(String, Prompt)> {
        let waiting = self.waiting().into_iter();
        waiting.map(|pending| (pending.id, pending.prompt)).collect()
    }

    /// The same, with what else is known of each.
    pub(crate) fn waiting(&self) -> Vec<Pending> {
        lock(&self.0).pending.iter().cloned().collect()
    }

    pub(crate) fn is_pending(&self, asked: &Pending) -> bool {
        lock(&self.0).pending.contains(asked)
    }

    /// An op is submitted; where it answers an approval, that one is pending no
    /// longer. As in the session, the id of an event means its oldest one.
    pub(crate) fn submitted(&self, op: &Op) {
        let (id, kind) = match op {
            Op::ExecApproval { id, .. } => (id, Kind::Command),
            // With a selection it may be refused: the session tells.
            Op::PatchApproval { id, selection: None, .. } => (id, Kind::Patch),
            _ => return,
        };
        let pending = &mut lock(&self.0).pending;
        let answered = |pending: &Pending| {
            pending.kind == kind && [&pending.event_id, &pending.id].contains(&id)
        };
        if let Some(index) = pending.iter().position(answered) {
            pending.remove(index);
        }
    }
}

impl Pending {
    /// What it is answered under.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The task that waits for it.
    pub(crate) fn task(&self) -> &str {
        &self.event_id
    }

    /// The question.
    pub(crate) fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    fn answer(&self, decision: ReviewDecision) -> Op {
        let id = self.id.clone();
        match self.kind {
            Kind::Command => Op::ExecApproval { id, decision },
            Kind::Patch => Op::PatchApproval { id, decision, selection: None },
        }
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
            permissions: Vec::new(),
            unsandboxed: false,
        };
        event(id, msg)
    }

    /// Answers as a command does: the op, submitted.
    fn answered(approvals: &Approvals, id: Option<&str>) -> Option<String> {
        let op = approvals.answer(id, ReviewDecision::Approved)?;
        approvals.submitted(&op);
        let Op::ExecApproval { id, .. } = op else { panic!("not of a command: {op:?}") };
        Some(id)
    }

    #[test]
    fn the_oldest_is_answered_unless_one_is_named() {
        let approvals = Approvals::default();
        for call_id in ["a", "b", "c"] {
            approvals.observe(&asks("1", Some(call_id)));
        }
        let next = |id| answered(&approvals, id);
        assert_eq!(next(Some("b")).as_deref(), Some("b"));
        assert_eq!(next(None).as_deref(), Some("a"));
        assert_eq!(next(Some("b")), None);
        assert_eq!(next(None).as_deref(), Some("c"));
        assert_eq!(next(None), None);
    }

    #[test]
    fn without_a_call_id_the_event_names_it_and_the_end_of_the_task_settles_it() {
        let approvals = Approvals::default();
        approvals.observe(&asks("1", None));
        approvals.observe(&asks("2", Some("b")));
        approvals.observe(&event("2", EventMsg::TaskComplete));
        assert_eq!(answered(&approvals, None).as_deref(), Some("1"));
        assert_eq!(answered(&approvals, None), None);
    }

    #[test]
    fn an_answer_that_names_the_event_leaves_the_others_pending() {
        let approvals = Approvals::default();
        for call_id in ["a", "b", "c"] {
            approvals.observe(&asks("1", Some(call_id)));
        }
        let decision = ReviewDecision::Approved;
        approvals.submitted(&Op::PatchApproval { id: "1".to_owned(), decision, selection: None });
        approvals.submitted(&Op::ExecApproval { id: "1".to_owned(), decision });
        assert_eq!(answered(&approvals, None).as_deref(), Some("b"));
        assert_eq!(answered(&approvals, None).as_deref(), Some("c"));
    }
}
