//! The task as text: each line that begins with `<` is an input, the lines
//! below it are its effects.

use std::{path::PathBuf, time::Duration};

use expect_test::{Expect, expect};
use tiro_protocol::{AskForApproval, EventMsg, FileChange, InputItem, SandboxPolicy};

use super::*;
use crate::{
    model::ToolCall,
    sandbox::{Captured, CommandOutcome, Denial, SandboxError},
    session::approvals::Grants,
    workspace::{Applied, Delivery},
};

#[track_caller]
fn check(approval: AskForApproval, inputs: Vec<Input>, expected: &Expect) {
    expected.assert_eq(&run(approval, inputs).join("\n"));
}

fn run(approval: AskForApproval, inputs: Vec<Input>) -> Vec<String> {
    let roots = [PathBuf::from("/w")];
    let policy = SandboxPolicy::full_auto();
    let mut grants = Grants::default();
    let (mut turn, effects) = Turn::begin(vec![InputItem::Text { text: "go".into() }]);
    let mut lines = vec!["< begin".to_owned()];
    let mut take = |effects: Vec<Effect>, grants: &mut Grants| {
        for effect in effects {
            if let Effect::Grant(grant) = &effect {
                grants.add(grant.clone());
            }
            lines.push(show_effect(effect));
        }
    };
    take(effects, &mut grants);
    for input in inputs {
        let shown = show_input(&input);
        let rules = Rules {
            approval_policy: approval,
            sandbox_policy: &policy,
            roots: &roots,
            grants: &grants,
        };
        let effects = turn.step(input, &rules);
        let mut with_input = vec![shown];
        let mut granted = grants.clone();
        for effect in effects {
            if let Effect::Grant(grant) = &effect {
                granted.add(grant.clone());
            }
            with_input.push(show_effect(effect));
        }
        grants = granted;
        lines.extend(with_input);
    }
    lines.extend(turn.into_steering().into_iter().map(|(id, _)| format!("left: {id}")));
    lines
}

fn show_input(input: &Input) -> String {
    match input {
        Input::Model(ModelEvent::TextDelta(text)) => format!("< text {text}"),
        Input::Model(ModelEvent::ToolCall(call)) => {
            format!("< call {} {}", call.call_id, call.name)
        }
        Input::Model(ModelEvent::Completed { .. }) => "< model done".to_owned(),
        Input::Model(ModelEvent::Retrying { .. }) => "< retrying".to_owned(),
        Input::Model(ModelEvent::ReasoningDelta(text)) => format!("< reasoning {text}"),
        Input::ModelFailed(_) => "< model failed".to_owned(),
        Input::Steer { id, .. } => format!("< steer {id}"),
        Input::Output { call_id, .. } => format!("< output of {call_id}"),
        Input::PatchFitted { call_id, result } => {
            format!("< {call_id} {}", if result.is_ok() { "fits" } else { "does not fit" })
        }
        Input::CommandEnded { call_id, result } => match result {
            Ok(outcome) if outcome.denial.is_some() => {
                format!("< {call_id} stopped by the sandbox")
            }
            Ok(outcome) => format!("< {call_id} exits {}", outcome.exit_code),
            Err(error) => format!("< {call_id}: {error}"),
        },
        Input::PatchApplied { call_id, result } => {
            format!("< {call_id} {}", if result.is_ok() { "applied" } else { "not applied" })
        }
        Input::ToolReturned { call_id, .. } => format!("< {call_id} returns"),
        Input::Crashed { call_id, .. } => format!("< {call_id} crashes"),
        Input::Decision { call_id, decision } => format!("< {call_id} {decision:?}"),
        Input::Interrupt => "< interrupt".to_owned(),
        Input::GiveUpWaiting => "< time is over".to_owned(),
    }
}

fn show_effect(effect: Effect) -> String {
    match effect {
        Effect::Emit(EventMsg::Error { message }) => format!("  error: {message}"),
        Effect::Emit(EventMsg::ExecApprovalRequest { call_id, reason, .. }) => format!(
            "  ask about {}{}",
            call_id.unwrap_or_default(),
            reason.map(|reason| format!(": {reason}")).unwrap_or_default()
        ),
        Effect::Emit(EventMsg::ApplyPatchApprovalRequest {
            call_id, reason, grant_root, ..
        }) => {
            format!("  ask about patch {} {reason:?} {grant_root:?}", call_id.unwrap_or_default())
        }
        Effect::Emit(msg) => {
            let value = serde_json::to_value(&msg).expect("serialises");
            let call = value["call_id"].as_str().map(|id| format!(" {id}")).unwrap_or_default();
            let success = value["success"].as_bool().map(|ok| format!(" {ok}")).unwrap_or_default();
            format!("  {}{call}{success}", value["type"].as_str().expect("a type"))
        }
        Effect::Record(HistoryItem::User(_)) => "  record user".to_owned(),
        Effect::Record(HistoryItem::Note(text)) => format!("  record note {text}"),
        Effect::Record(HistoryItem::Assistant(text)) => format!("  record assistant {text}"),
        Effect::Record(HistoryItem::ToolCall(call)) => format!("  record call {}", call.call_id),
        Effect::Record(HistoryItem::ToolResult { call_id, output }) => {
            format!("  record result {call_id}: {}", output.lines().next().unwrap_or_default())
        }
        Effect::Count(_) => "  count".to_owned(),
        Effect::Grant(grant) => format!("  grant {grant:?}"),
        Effect::AskModel => "  ask model".to_owned(),
        Effect::StopModel => "  stop model".to_owned(),
        Effect::FitPatch { call_id, .. } => format!("  fit {call_id}"),
        Effect::Start { call_id, action: Action::Command(run) } => format!(
            "  run {call_id}{}",
            if run.policy.is_unrestricted() { " without sandbox" } else { "" }
        ),
        Effect::Start { call_id, .. } => format!("  start {call_id}"),
        Effect::StopTools => "  stop tools".to_owned(),
        Effect::Finish => "  finish".to_owned(),
    }
}

fn text(text: &str) -> Input {
    Input::Model(ModelEvent::TextDelta(text.into()))
}

fn call(id: &str, name: &str, arguments: serde_json::Value) -> Input {
    Input::Model(ModelEvent::ToolCall(ToolCall {
        call_id: id.into(),
        name: name.into(),
        arguments: arguments.to_string(),
        signatures: None,
    }))
}

fn shell(id: &str, line: &str) -> Input {
    call(id, "shell", serde_json::json!({"command": line.split(' ').collect::<Vec<_>>()}))
}

fn patch(id: &str) -> Input {
    call(id, "apply_patch", serde_json::json!({"input": "*** Begin Patch"}))
}

fn read(id: &str) -> Input {
    call(id, "read_file", serde_json::json!({"path": "a"}))
}

fn done() -> Input {
    Input::Model(ModelEvent::Completed { usage: None })
}

fn exits(id: &str, exit_code: i32) -> Input {
    ended(id, exit_code, None)
}

fn stopped(id: &str) -> Input {
    ended(id, 1, Some(Denial { reason: "/etc/x is outside".into() }))
}

fn ended(id: &str, exit_code: i32, denial: Option<Denial>) -> Input {
    Input::CommandEnded {
        call_id: id.into(),
        result: Ok(CommandOutcome {
            exit_code,
            stdout: Captured::default(),
            stderr: Captured::default(),
            duration: Duration::from_millis(100),
            timed_out: false,
            denial,
            full_output: None,
        }),
    }
}

fn fits(id: &str, path: &str) -> Input {
    Input::PatchFitted {
        call_id: id.into(),
        result: Ok(FittedPatch {
            changes: [(PathBuf::from(path), FileChange::Delete)].into(),
            paths: vec![path.into()],
        }),
    }
}

fn does_not_fit(id: &str) -> Input {
    Input::PatchFitted { call_id: id.into(), result: Err("no such line".into()) }
}

fn applied(id: &str) -> Input {
    let file = Applied { path: "/w/a".into(), delivery: Delivery::Disk };
    Input::PatchApplied {
        call_id: id.into(),
        result: Ok(AppliedPatch { files: vec![file], ..Default::default() }),
    }
}

fn returns(id: &str) -> Input {
    Input::ToolReturned { call_id: id.into(), result: Ok("text".into()) }
}

fn decide(id: &str, decision: ReviewDecision) -> Input {
    Input::Decision { call_id: id.into(), decision }
}

fn interrupted(id: &str) -> Input {
    Input::CommandEnded { call_id: id.into(), result: Err(SandboxError::Interrupted) }
}

fn steer(id: &str) -> Input {
    Input::Steer { id: id.into(), items: Vec::new() }
}

#[test]
fn an_answer_without_a_call_ends_the_task() {
    check(AskForApproval::OnFailure, vec![text("hel"), text("lo"), done()], &expect![[]]);
}

#[test]
fn a_call_is_run_at_once_and_its_result_goes_to_the_model() {
    check(
        AskForApproval::OnFailure,
        vec![shell("c", "make test"), done(), exits("c", 2), text("it fails"), done()],
        &expect![[]],
    );
}

#[test]
fn several_approvals_are_pending_together_and_answered_in_any_order() {
    check(
        AskForApproval::UnlessAllowListed,
        vec![
            shell("a", "make a"),
            shell("b", "make b"),
            done(),
            decide("b", ReviewDecision::Denied),
            decide("a", ReviewDecision::ApprovedForSession),
            exits("a", 0),
            shell("d", "make a"),
        ],
        &expect![[]],
    );
}

#[test]
fn only_what_the_sandbox_stopped_is_escalated() {
    check(
        AskForApproval::OnFailure,
        vec![
            shell("a", "make"),
            done(),
            stopped("a"),
            decide("a", ReviewDecision::Approved),
            stopped("a"),
            text("ok"),
            done(),
        ],
        &expect![[]],
    );
    check(AskForApproval::Never, vec![shell("a", "make"), done(), stopped("a")], &expect![[]]);
}

#[test]
fn a_writer_waits_for_what_is_before_it_and_holds_up_what_is_after() {
    check(
        AskForApproval::OnFailure,
        vec![
            read("r1"),
            patch("p"),
            read("r2"),
            fits("p", "/w/a"),
            returns("r1"),
            done(),
            applied("p"),
            returns("r2"),
        ],
        &expect![[]],
    );
}

#[test]
fn a_patch_that_builds_on_one_before_it_is_fitted_again() {
    check(
        AskForApproval::OnFailure,
        vec![
            patch("p1"),
            patch("p2"),
            fits("p1", "/w/a"),
            does_not_fit("p2"),
            applied("p1"),
            does_not_fit("p2"),
            done(),
        ],
        &expect![[]],
    );
}

#[test]
fn a_patch_outside_asks_and_the_root_is_granted() {
    check(
        AskForApproval::OnFailure,
        vec![
            patch("p"),
            fits("p", "/srv/x/a"),
            decide("p", ReviewDecision::ApprovedForSession),
            applied("p"),
            patch("q"),
            fits("q", "/srv/x/b"),
        ],
        &expect![[]],
    );
    check(AskForApproval::Never, vec![patch("p"), fits("p", "/srv/x/a")], &expect![[]]);
}

#[test]
fn an_interrupt_answers_every_open_call() {
    check(
        AskForApproval::UnlessAllowListed,
        vec![
            text("let me"),
            shell("a", "ls"),
            shell("b", "make"),
            patch("p"),
            Input::Interrupt,
            interrupted("a"),
        ],
        &expect![[]],
    );
}

#[test]
fn what_does_not_end_in_time_is_left_behind() {
    check(
        AskForApproval::OnFailure,
        vec![patch("p"), fits("p", "/w/a"), Input::Interrupt, Input::GiveUpWaiting, applied("p")],
        &expect![[]],
    );
}

#[test]
fn abort_is_denied_and_interrupt() {
    check(
        AskForApproval::UnlessAllowListed,
        vec![shell("a", "make"), shell("b", "make"), decide("a", ReviewDecision::Abort)],
        &expect![[]],
    );
}

#[test]
fn steering_is_said_at_the_next_call_or_left_for_the_next_task() {
    check(
        AskForApproval::OnFailure,
        vec![
            shell("a", "make"),
            steer("s1"),
            done(),
            exits("a", 0),
            steer("s2"),
            text("ok"),
            done(),
        ],
        &expect![[]],
    );
}

#[test]
fn a_failed_model_ends_the_task_and_its_calls() {
    let error = ModelError { message: "401".into(), status: Some(401) };
    check(
        AskForApproval::OnFailure,
        vec![shell("a", "make"), Input::ModelFailed(error), interrupted("a")],
        &expect![[]],
    );
}

#[test]
fn a_retry_starts_the_answer_anew_unless_calls_have_run() {
    let retrying = || {
        Input::Model(ModelEvent::Retrying {
            reason: "the stream broke".into(),
            delay: Duration::from_millis(200),
        })
    };
    check(
        AskForApproval::OnFailure,
        vec![text("hal"), retrying(), text("hello"), done()],
        &expect![[]],
    );
    check(
        AskForApproval::OnFailure,
        vec![shell("a", "make"), retrying(), exits("a", 0)],
        &expect![[]],
    );
}

#[test]
fn a_panic_in_a_tool_is_an_answer() {
    let crash = Input::Crashed { call_id: "a".into(), message: "index out of bounds".into() };
    check(AskForApproval::OnFailure, vec![shell("a", "make"), done(), crash], &expect![[]]);
}

#[test]
fn calls_that_make_no_sense_are_answered() {
    check(
        AskForApproval::OnFailure,
        vec![
            call("a", "fly", serde_json::json!({})),
            call("b", "shell", serde_json::json!({"command": 3})),
            call("b", "update_plan", serde_json::json!({"plan": []})),
            done(),
        ],
        &expect![[]],
    );
}

#[test]
fn silence_is_an_error() {
    check(AskForApproval::OnFailure, vec![done()], &expect![[]]);
}

mod any_order {
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
}
