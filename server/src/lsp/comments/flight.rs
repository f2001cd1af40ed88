//! The comments that a task is about, from the submission to its end: what
//! happened to them, and whether they may go. Pure.

use tiro_protocol::{Event, EventMsg, Op, ReviewDecision};

use super::{board::Key, find::Kind};

/// A comment that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) key: Key,
    pub(crate) kind: Kind,
}

/// What was handed over with one submission.
#[derive(Debug)]
pub(crate) struct Flight {
    submission: String,
    taken: Vec<Taken>,
    /// The task is its own; else it may have joined one that ran already.
    began: bool,
    failed: bool,
    /// The person stopped it, or turned down a part of it.
    declined: bool,
    answered: bool,
    proposed: bool,
    applied: bool,
    /// The submission whose answer tells that no task of its own will begin.
    asked: Option<String>,
}

/// What an event means for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Course {
    GoesOn,
    /// A task that it may have joined has ended: ask whether it has one of its own.
    MayBeOver,
    /// It is over. These comments are done with, and go where they still stand.
    Over(Vec<Taken>),
}

impl Flight {
    pub(crate) fn new(submission: String, taken: Vec<Taken>) -> Self {
        Self {
            submission,
            taken,
            began: false,
            failed: false,
            declined: false,
            answered: false,
            proposed: false,
            applied: false,
            asked: None,
        }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.taken.iter().map(|taken| &taken.key)
    }

    /// Whether it was handed over with this submission.
    pub(crate) fn is(&self, submission: &str) -> bool {
        self.submission == submission
    }

    /// The answer to this submission tells whether it is over.
    pub(crate) fn ask(&mut self, submission: String) {
        self.asked = Some(submission);
    }

    /// Looks at what is submitted meanwhile.
    pub(crate) fn submitted(&mut self, op: &Op) {
        self.declined |= match op {
            Op::Interrupt | Op::RejectHunk { .. } | Op::ConfigureSession { .. } => true,
            Op::PatchApproval { decision, selection, .. } => {
                selection.is_some() || is_no(*decision)
            }
            Op::ExecApproval { decision, .. } => *decision == ReviewDecision::Abort,
            _ => false,
        };
    }

    /// Looks at an event of the session.
    pub(crate) fn observe(&mut self, event: &Event) -> Course {
        let own = event.id == self.submission;
        match &event.msg {
            EventMsg::TaskStarted if own => self.began = true,
            EventMsg::TaskComplete if own => return self.over(),
            EventMsg::TaskComplete if !self.began => return Course::MayBeOver,
            EventMsg::ProposalList { .. }
                if !self.began && self.asked.as_ref() == Some(&event.id) =>
            {
                return self.over();
            }
            // Of another task than the one it has, or may have joined.
            _ if self.began && !own => {}
            EventMsg::Error { .. } => self.failed = true,
            EventMsg::AgentMessage { .. } => self.answered = true,
            EventMsg::ApplyPatchApprovalRequest { .. } | EventMsg::PatchApplyBegin { .. } => {
                self.proposed = true;
            }
            EventMsg::PatchApplyEnd { success, .. } => self.applied |= success,
            _ => {}
        }
        Course::GoesOn
    }

    fn over(&self) -> Course {
        let well = !self.failed && !self.declined;
        let done = |taken: &&Taken| match taken.kind {
            Kind::Do => well && (self.applied || (self.answered && !self.proposed)),
            Kind::Answer => well && self.answered,
        };
        Course::Over(self.taken.iter().filter(done).cloned().collect())
    }
}

fn is_no(decision: ReviewDecision) -> bool {
    matches!(decision, ReviewDecision::Denied | ReviewDecision::Abort)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(kind: Kind) -> Taken {
        Taken { key: Key { path: "/w/a".into(), raw: "# x".into() }, kind }
    }

    fn event(id: &str, msg: EventMsg) -> Event {
        Event { id: id.to_owned(), msg }
    }

    fn says(id: &str) -> Event {
        event(id, EventMsg::AgentMessage { message: "done".into() })
    }

    fn end(applied: bool) -> EventMsg {
        let text = String::new;
        EventMsg::PatchApplyEnd {
            call_id: "c".into(),
            stdout: text(),
            stderr: text(),
            success: applied,
        }
    }

    /// What is done with after a task of its own with these events.
    fn after(kind: Kind, events: &[EventMsg], ops: &[Op]) -> usize {
        let mut flight = Flight::new("7".into(), vec![taken(kind)]);
        flight.observe(&event("7", EventMsg::TaskStarted));
        ops.iter().for_each(|op| flight.submitted(op));
        for msg in events {
            assert_eq!(flight.observe(&event("7", msg.clone())), Course::GoesOn);
        }
        match flight.observe(&event("7", EventMsg::TaskComplete)) {
            Course::Over(done) => done.len(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_comment_goes_only_when_it_was_done_with() {
        let said = || EventMsg::AgentMessage { message: "x".into() };
        let begun = || EventMsg::PatchApplyBegin {
            call_id: "c".into(),
            auto_approved: true,
            changes: Default::default(),
        };
        let error = EventMsg::Error { message: "no".into() };
        for kind in [Kind::Do, Kind::Answer] {
            assert_eq!(after(kind, &[said()], &[]), 1);
            assert_eq!(after(kind, &[], &[]), 0);
            assert_eq!(after(kind, &[said(), error.clone()], &[]), 0);
            assert_eq!(after(kind, &[said()], &[Op::Interrupt]), 0);
        }
        assert_eq!(after(Kind::Do, &[begun(), end(true), said()], &[]), 1);
        assert_eq!(after(Kind::Do, &[begun(), end(false), said()], &[]), 0);
        let no =
            Op::PatchApproval { id: "7".into(), decision: ReviewDecision::Denied, selection: None };
        assert_eq!(after(Kind::Do, &[said()], &[no]), 0);
    }

    #[test]
    fn what_joined_another_task_ends_with_it_unless_it_begins_one() {
        let mut joined = Flight::new("7".into(), vec![taken(Kind::Answer)]);
        assert_eq!(joined.observe(&says("6")), Course::GoesOn);
        assert_eq!(joined.observe(&event("6", EventMsg::TaskComplete)), Course::MayBeOver);
        joined.ask("8".into());
        let list = event("8", EventMsg::ProposalList { proposals: vec![] });
        assert_eq!(joined.observe(&list), Course::Over(vec![taken(Kind::Answer)]));

        let mut began = Flight::new("7".into(), vec![taken(Kind::Answer)]);
        began.observe(&event("6", EventMsg::TaskComplete));
        began.ask("8".into());
        began.observe(&event("7", EventMsg::TaskStarted));
        assert_eq!(began.observe(&list), Course::GoesOn);
        assert_eq!(began.observe(&event("7", EventMsg::TaskComplete)), Course::Over(vec![]));
    }
}
