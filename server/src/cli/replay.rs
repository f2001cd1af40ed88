//! Submits again what a recording has, each op when the session has come as far
//! as it was when the op was sent: after as many milestones.

use std::path::Path;

use tiro_protocol::{Event, EventMsg, Submission};

use super::{
    proto::{Output, error_event},
    record::{self, Line},
};
use crate::session::{Events, SessionHandle};

/// A submission and the milestones that were seen before it.
#[derive(Debug, PartialEq)]
pub(super) struct Step {
    after: usize,
    submission: Submission,
}

pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Step>> {
    record::read(path).map(steps)
}

fn steps(lines: Vec<Line>) -> Vec<Step> {
    let mut after = 0;
    let mut steps = Vec::new();
    for line in lines {
        match line {
            Line::Event(event) if is_milestone(&event) => after += 1,
            Line::Event(_) => {}
            Line::Submission(submission) => steps.push(Step { after, submission }),
        }
    }
    steps
}

/// An event that a client waits for before it says the next thing.
fn is_milestone(event: &Event) -> bool {
    matches!(
        event.msg,
        EventMsg::SessionConfigured { .. }
            | EventMsg::TaskComplete
            | EventMsg::ExecApprovalRequest { .. }
            | EventMsg::ApplyPatchApprovalRequest { .. }
    )
}

pub(super) async fn run(
    steps: Vec<Step>,
    session: SessionHandle,
    mut events: Events,
    mut output: Output,
) -> anyhow::Result<()> {
    let mut seen = 0;
    for step in steps {
        while seen < step.after {
            let Some(event) = events.recv().await else { return Ok(()) };
            seen += usize::from(is_milestone(&event));
            output.event(&event)?;
        }
        output.submission(&step.submission)?;
        let id = step.submission.id.clone();
        if let Ok(Err(error)) = session.submit(step.submission).await {
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
            Step { after: 0, submission: submission("1") },
            Step { after: 1, submission: submission("2") },
        ];
        assert_eq!(steps(lines), expected);
    }
}
