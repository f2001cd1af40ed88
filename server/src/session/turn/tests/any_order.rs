//! Inputs in any order: what holds whatever happens.

use proptest::prelude::*;

use super::*;

fn input() -> impl Strategy<Value = Input> {
    let id = prop_oneof![Just("a"), Just("b"), Just("c")];
    (0..17u8, id).prop_map(|(kind, id)| match kind {
        0 => text("x"),
        1 => shell(id, "make"),
        2 => patch(id),
        3 => read(id),
        4 => done(),
        5 => exits(id, 1),
        6 => stopped(id),
        7 => fits(id, "/w/a"),
        8 => does_not_fit(id),
        9 => applied(id),
        10 => returns(id),
        11 => decide(id, ReviewDecision::Approved),
        12 => decide(id, ReviewDecision::Denied),
        13 => decide(id, ReviewDecision::Abort),
        14 => steer(id),
        15 => interrupted(id),
        _ => Input::Interrupt,
    })
}

proptest! {
    /// Whatever happens in whatever order: after an interrupt and the end of
    /// waiting, the task is complete, once, and every recorded call has its
    /// result, in the same round.
    #[test]
    fn a_task_always_ends_once_with_every_call_answered(
        inputs in proptest::collection::vec(input(), 0..40),
        ask in any::<bool>(),
    ) {
        let policy = if ask { AskForApproval::UnlessAllowListed } else { AskForApproval::OnFailure };
        let mut inputs = inputs;
        inputs.extend([Input::Interrupt, Input::GiveUpWaiting]);
        let lines = run(policy, inputs);
        prop_assert_eq!(lines.iter().filter(|line| *line == "  task_complete").count(), 1);
        let mut open = Vec::new();
        for line in &lines {
            if let Some(id) = line.strip_prefix("  record call ") {
                open.push(id.to_owned());
            } else if let Some(rest) = line.strip_prefix("  record result ") {
                let id = rest.split(':').next().unwrap_or_default();
                prop_assert!(open.iter().any(|other| other == id), "{} is not open", id);
                open.retain(|other| other != id);
            } else if line == "  ask model" || line == "  task_complete" {
                prop_assert!(open.is_empty(), "unanswered: {:?}", open);
            }
        }
    }
}
