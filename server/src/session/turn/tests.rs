//! The task as text: each line that begins with `<` is an input, the lines
//! below it are its effects.

mod any_order;
mod approvals;
mod calls;
mod ending;

use std::{path::PathBuf, time::Duration};

use expect_test::Expect;
use tiro_protocol::{AskForApproval, EventMsg, FileChange, InputItem, SandboxPolicy};

use super::*;
use crate::{
    model::ToolCall,
    sandbox::{Captured, CommandOutcome, Denial, Need, SandboxError},
    session::{approvals::Grants, proposals::Proposal},
    workspace::{Applied, Delivery},
};

#[track_caller]
fn check(approval: AskForApproval, inputs: Vec<Input>, expected: &Expect) {
    expected.assert_eq(&run(approval, inputs).join("\n"));
}

fn run(approval: AskForApproval, inputs: Vec<Input>) -> Vec<String> {
    play(approval, inputs, true)
}

/// `begins` says whether a patch that is to be applied begins at once.
fn play(approval: AskForApproval, inputs: Vec<Input>, begins: bool) -> Vec<String> {
    let roots = [PathBuf::from("/w")];
    let policy = SandboxPolicy::full_auto();
    let mut grants = Grants::default();
    let (mut turn, effects) = Turn::begin(vec![InputItem::Text { text: "go".into() }]);
    let mut lines = vec!["< begin".to_owned()];
    lines.extend(effects.into_iter().map(show_effect));
    for input in inputs {
        lines.push(show_input(&input));
        let rules = Rules {
            approval_policy: approval,
            sandbox_policy: &policy,
            roots: &roots,
            grants: &grants,
        };
        let effects = turn.step(input, &rules);
        let begun = effects.iter().filter_map(begin).filter(|_| begins);
        let begun: Vec<Effect> = begun.flat_map(|begin| turn.step(begin, &rules)).collect();
        for effect in effects.into_iter().chain(begun) {
            if let Effect::Grant(grant) = &effect {
                grants.add(grant.clone());
            }
            lines.push(show_effect(effect));
        }
    }
    lines.extend(turn.into_rest().0.into_iter().map(|(id, _)| format!("left: {id}")));
    lines
}

/// What the job of a patch that is to be applied reports first.
fn begin(effect: &Effect) -> Option<Input> {
    let Effect::ApplyPatch { call_id, auto_approved, changes, .. } = effect else { return None };
    let (call_id, auto_approved) = (call_id.clone(), *auto_approved);
    Some(Input::PatchBegins { call_id, auto_approved, changes: changes.clone() })
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
        Input::OlderText { call_id, .. } => format!("< {call_id} sees older text"),
        Input::CommandEnded { call_id, result } => match result {
            Ok(outcome) if outcome.denial.is_some() => {
                format!("< {call_id} stopped by the sandbox")
            }
            Ok(outcome) => format!("< {call_id} exits {}", outcome.exit_code),
            Err(error) => format!("< {call_id}: {error}"),
        },
        Input::PatchBegins { call_id, .. } => format!("< {call_id} begins"),
        Input::PatchApplied { call_id, result } => {
            format!("< {call_id} {}", if result.is_ok() { "applied" } else { "not applied" })
        }
        Input::ToolReturned { call_id, .. } => format!("< {call_id} returns"),
        Input::Crashed { call_id, .. } => format!("< {call_id} crashes"),
        Input::Decision { call_id, decision, .. } => format!("< {call_id} {decision:?}"),
        Input::Interrupt => "< interrupt".to_owned(),
        Input::FilesChanged { changed } => format!("< {} files changed", changed.files.len()),
        Input::GiveUpWaiting => "< time is over".to_owned(),
    }
}

fn show_effect(effect: Effect) -> String {
    match effect {
        Effect::Emit(EventMsg::Error { message }) => format!("  error: {message}"),
        Effect::Emit(EventMsg::ExecApprovalRequest {
            call_id,
            reason,
            permissions,
            unsandboxed,
            ..
        }) => format!(
            "  ask about {}{}{}{}",
            call_id.unwrap_or_default(),
            if permissions.is_empty() { String::new() } else { format!(" {permissions:?}") },
            if unsandboxed { " without sandbox" } else { "" },
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
        Effect::Start { call_id, action: Action::Command(run) } => {
            let roots = run.policy.writable_roots("/w".as_ref());
            let outside = roots.iter().filter(|root| !root.starts_with("/w"));
            let outside: Vec<String> =
                outside.map(|root| format!(" +{}", root.display())).collect();
            let network = run.policy.has_full_network_access();
            format!(
                "  run {call_id}{}{}",
                outside.join(""),
                match (run.policy.is_unrestricted(), network) {
                    (true, _) => " without sandbox",
                    (false, true) => " +network",
                    (false, false) => "",
                }
            )
        }
        Effect::Start { call_id, .. } => format!("  start {call_id}"),
        Effect::Propose(proposal) => format!("  propose {}", proposal.id()),
        Effect::Withdraw { call_id } => format!("  withdraw {call_id}"),
        Effect::ApplyPatch { call_id, .. } => format!("  start {call_id}"),
        Effect::StopTools => "  stop tools".to_owned(),
        Effect::Finish => "  finish".to_owned(),
    }
}

fn text(text: &str) -> Input {
    Input::Model(ModelEvent::TextDelta(text.into()))
}

fn call(id: &str, name: &str, arguments: &serde_json::Value) -> Input {
    Input::Model(ModelEvent::ToolCall(ToolCall {
        call_id: id.into(),
        name: name.into(),
        arguments: arguments.to_string(),
        signatures: None,
    }))
}

fn shell(id: &str, line: &str) -> Input {
    call(id, "shell", &serde_json::json!({"command": line.split(' ').collect::<Vec<_>>()}))
}

fn patch(id: &str) -> Input {
    call(id, "apply_patch", &serde_json::json!({"input": "*** Begin Patch"}))
}

fn read(id: &str) -> Input {
    call(id, "read_file", &serde_json::json!({"path": "a"}))
}

fn done() -> Input {
    Input::Model(ModelEvent::Completed { usage: None })
}

fn exits(id: &str, exit_code: i32) -> Input {
    ended(id, exit_code, None)
}

fn stopped(id: &str) -> Input {
    needs(id, Need::NoSandbox)
}

fn needs(id: &str, needs: Need) -> Input {
    ended(id, 1, Some(Denial { reason: "the sandbox stopped it".into(), needs }))
}

fn folder(path: &str) -> Need {
    Need::WritableRoot(path.into())
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
            modes: String::new(),
            proposal: Some(Box::new(Proposal::new(id.into(), &[], &|_| None))),
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

fn does_not_apply(id: &str) -> Input {
    Input::PatchApplied { call_id: id.into(), result: Err("no".into()) }
}

fn returns(id: &str) -> Input {
    Input::ToolReturned { call_id: id.into(), result: Ok("text".into()) }
}

fn decide(id: &str, decision: ReviewDecision) -> Input {
    Input::Decision { call_id: id.into(), decision, taken: None }
}

fn interrupted(id: &str) -> Input {
    Input::CommandEnded { call_id: id.into(), result: Err(SandboxError::Interrupted) }
}

fn steer(id: &str) -> Input {
    Input::Steer { id: id.into(), items: Vec::new() }
}
