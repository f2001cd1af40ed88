//! Submits again what a recording has, each op when the session has come as far
//! as it was when the op was sent. Where it goes another way than it went then, an
//! op does not wait for what cannot come any more.

use std::{collections::BTreeMap, path::Path};

use tiro_protocol::{Event, EventMsg, Op, Submission};

use super::{
    proto::{Output, error_event},
    record::{self, Line},
};
use crate::session::{Events, SessionHandle};

/// A submission and how far the session was before it.
#[derive(Debug, PartialEq)]
pub(super) struct Step {
    after: Milestones,
    submission: Submission,
}

/// How far a session has come: what a client waits for before it says the next
/// thing. The end of a task counts more than any number of questions in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Milestones {
    /// Tasks that ended, and configurations that were taken.
    ends: usize,
    /// Approvals asked for since the last of them.
    questions: usize,
}

impl Milestones {
    fn pass(&mut self, event: &Event) {
        match event.msg {
            EventMsg::SessionConfigured { .. } | EventMsg::TaskComplete => {
                *self = Self { ends: self.ends + 1, questions: 0 };
            }
            EventMsg::ExecApprovalRequest { .. } | EventMsg::ApplyPatchApprovalRequest { .. } => {
                self.questions += 1;
            }
            _ => {}
        }
    }
}

/// What the session still owes an end to, by id of the submission.
#[derive(Debug, Default)]
struct Owed(BTreeMap<String, Kind>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Configuration,
    /// Not begun, or another task is steered by it.
    Input,
    Task,
}

impl Owed {
    fn submitted(&mut self, submission: &Submission) {
        let kind = match submission.op {
            Op::ConfigureSession { .. } => Kind::Configuration,
            Op::UserInput { .. } => Kind::Input,
            _ => return,
        };
        self.0.insert(submission.id.clone(), kind);
    }

    fn seen(&mut self, event: &Event) {
        match event.msg {
            // Input that came while a task ran ends with it, or begins one of its own.
            EventMsg::TaskComplete => self.0.retain(|_, kind| *kind == Kind::Configuration),
            EventMsg::TaskStarted => {
                self.0.insert(event.id.clone(), Kind::Task);
            }
            EventMsg::SessionConfigured { .. } => {
                self.0.remove(&event.id);
            }
            // A task that runs has its own end after an error.
            EventMsg::Error { .. } if self.0.get(&event.id) != Some(&Kind::Task) => {
                self.0.remove(&event.id);
            }
            _ => {}
        }
    }
}

pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Step>> {
    record::read(path).map(steps)
}

fn steps(lines: Vec<Line>) -> Vec<Step> {
    let mut after = Milestones::default();
    let mut steps = Vec::new();
    for line in lines {
        match line {
            Line::Event(event) => after.pass(&event),
            Line::Submission(submission) => steps.push(Step { after, submission }),
        }
    }
    steps
}

pub(super) async fn run(
    steps: Vec<Step>,
    session: SessionHandle,
    mut events: Events,
    mut output: Output,
) -> anyhow::Result<()> {
    let mut come = Milestones::default();
    let mut owed = Owed::default();
    for Step { after, submission } in steps {
        while come < after && !owed.0.is_empty() {
            let Some(event) = events.recv().await else { return Ok(()) };
            come.pass(&event);
            owed.seen(&event);
            output.event(&event)?;
        }
        output.submission(&submission)?;
        owed.submitted(&submission);
        let id = submission.id.clone();
        if let Ok(Err(error)) = session.submit(submission).await {
            owed.0.remove(&id);
            output.event(&error_event(id, error.to_string()))?;
        }
    }
    drop(session);
    while let Some(event) = events.recv().await {
        output.event(&event)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tiro_protocol::Op;

    use super::*;

    #[test]
    fn a_submission_waits_for_what_came_before_it() {
        let submission = |id: &str| Submission { id: id.into(), op: Op::Interrupt };
        let event = |msg| Line::Event(Event { id: "1".into(), msg });
        let lines = vec![
            Line::Submission(submission("1")),
            event(EventMsg::TaskStarted),
            event(EventMsg::TaskComplete),
            Line::Submission(submission("2")),
        ];
        let expected = [
            Step { after: Milestones::default(), submission: submission("1") },
            Step { after: Milestones { ends: 1, questions: 0 }, submission: submission("2") },
        ];
        assert_eq!(steps(lines), expected);
    }

    #[test]
    fn nothing_is_owed_once_everything_ended_in_some_way() {
        let submission = |id: &str, op| Submission { id: id.into(), op };
        let event = |id: &str, msg| Event { id: id.into(), msg };
        let input = || Op::UserInput { items: Vec::new() };
        let mut owed = Owed::default();
        owed.submitted(&submission("1", input()));
        owed.submitted(&submission("2", input()));
        owed.seen(&event("1", EventMsg::TaskComplete));
        assert!(owed.0.is_empty());
        owed.seen(&event("2", EventMsg::TaskStarted));
        assert!(!owed.0.is_empty(), "steering that came too late begins a task");
        owed.seen(&event("2", EventMsg::TaskComplete));
        owed.submitted(&submission("3", input()));
        owed.seen(&event("3", EventMsg::Error { message: "no provider".into() }));
        assert!(owed.0.is_empty());
    }
}
