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
    lines.extend(effects.into_iter().map(show_effect));
    for input in inputs {
        lines.push(show_input(&input));
        let rules = Rules {
            approval_policy: approval,
            sandbox_policy: &policy,
            roots: &roots,
            grants: &grants,
        };
        for effect in turn.step(input, &rules) {
            if let Effect::Grant(grant) = &effect {
                grants.add(grant.clone());
            }
            lines.push(show_effect(effect));
        }
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
    check(
        AskForApproval::OnFailure,
        vec![text("hel"), text("lo"), done()],
        &expect![[r#"
        < begin
          task_started
          record user
          ask model
        < text hel
          agent_message_delta
        < text lo
          agent_message_delta
        < model done
          agent_message
          record assistant hello
          task_complete
          finish"#]],
    );
}

#[test]
fn a_call_is_run_at_once_and_its_result_goes_to_the_model() {
    check(
        AskForApproval::OnFailure,
        vec![shell("c", "make test"), done(), exits("c", 2), text("it fails"), done()],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call c shell
              exec_command_begin c
              run c
            < model done
            < c exits 2
              exec_command_end c
              record call c
              record result c: exit code 2 after 0.1 s
              ask model
            < text it fails
              agent_message_delta
            < model done
              agent_message
              record assistant it fails
              task_complete
              finish"#]],
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
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              ask about a
            < call b shell
              ask about b
            < model done
            < b Denied
            < a ApprovedForSession
              grant Command { command: ["make", "a"], cwd: "/w", unsandboxed: false }
              exec_command_begin a
              run a
            < a exits 0
              exec_command_end a
              record call a
              record call b
              record result a: exit code 0 after 0.1 s
              record result b: the person does not want this command to run; ask what to do instead or go another way
              ask model
            < call d shell
              exec_command_begin d
              run d"#]],
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
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              exec_command_begin a
              run a
            < model done
            < a stopped by the sandbox
              exec_command_end a
              ask about a: the sandbox stopped it: /etc/x is outside; run it again without the sandbox?
            < a Approved
              exec_command_begin a
              run a without sandbox
            < a stopped by the sandbox
              exec_command_end a
              record call a
              record result a: exit code 1 after 0.1 s
              ask model
            < text ok
              agent_message_delta
            < model done
              agent_message
              record assistant ok
              task_complete
              finish"#]],
    );
    check(
        AskForApproval::Never,
        vec![shell("a", "make"), done(), stopped("a")],
        &expect![[r#"
        < begin
          task_started
          record user
          ask model
        < call a shell
          exec_command_begin a
          run a
        < model done
        < a stopped by the sandbox
          exec_command_end a
          record call a
          record result a: exit code 1 after 0.1 s
          ask model"#]],
    );
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
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call r1 read_file
              start r1
            < call p apply_patch
              fit p
            < call r2 read_file
            < p fits
            < r1 returns
              patch_apply_begin p
              start p
            < model done
            < p applied
              patch_apply_end p true
              start r2
            < r2 returns
              record call r1
              record call p
              record call r2
              record result r1: text
              record result p: changed: /w/a
              record result r2: text
              ask model"#]],
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
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call p1 apply_patch
              fit p1
            < call p2 apply_patch
              fit p2
            < p1 fits
              patch_apply_begin p1
              start p1
            < p2 does not fit
            < p1 applied
              patch_apply_end p1 true
              fit p2
            < p2 does not fit
            < model done
              record call p1
              record call p2
              record result p1: changed: /w/a
              record result p2: error: the patch was not applied: no such line
              ask model"#]],
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
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call p apply_patch
              fit p
            < p fits
              ask about patch p Some("outside the folders that may be written: /srv/x/a") Some("/srv/x")
            < p ApprovedForSession
              grant Folder { path: "/srv/x" }
              patch_apply_begin p
              start p
            < p applied
              patch_apply_end p true
            < call q apply_patch
              fit q
            < q fits
              patch_apply_begin q
              start q"#]],
    );
    check(
        AskForApproval::Never,
        vec![patch("p"), fits("p", "/srv/x/a")],
        &expect![[r#"
        < begin
          task_started
          record user
          ask model
        < call p apply_patch
          fit p
        < p fits"#]],
    );
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
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < text let me
              agent_message_delta
            < call a shell
              agent_message
              exec_command_begin a
              run a
            < call b shell
              ask about b
            < call p apply_patch
              fit p
            < interrupt
              stop model
              stop tools
            < a: the command was interrupted
              exec_command_end a
              record assistant let me
              record call a
              record call b
              record call p
              record result a: interrupted by the person before it ended
              record result b: interrupted by the person before it ended
              record result p: interrupted by the person before it ended
              task_complete
              finish"#]],
    );
}

#[test]
fn what_does_not_end_in_time_is_left_behind() {
    check(
        AskForApproval::OnFailure,
        vec![patch("p"), fits("p", "/w/a"), Input::Interrupt, Input::GiveUpWaiting, applied("p")],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call p apply_patch
              fit p
            < p fits
              patch_apply_begin p
              start p
            < interrupt
              stop model
              stop tools
            < time is over
              patch_apply_end p false
              record call p
              record result p: interrupted by the person before it ended
              task_complete
              finish
            < p applied"#]],
    );
}

#[test]
fn abort_is_denied_and_interrupt() {
    check(
        AskForApproval::UnlessAllowListed,
        vec![shell("a", "make"), shell("b", "make"), decide("a", ReviewDecision::Abort)],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              ask about a
            < call b shell
              ask about b
            < a Abort
              stop model
              record call a
              record call b
              record result a: the person does not want this command to run; ask what to do instead or go another way
              record result b: interrupted by the person before it ended
              task_complete
              finish"#]],
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
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              exec_command_begin a
              run a
            < steer s1
            < model done
            < a exits 0
              exec_command_end a
              record call a
              record result a: exit code 0 after 0.1 s
              record user
              ask model
            < steer s2
            < text ok
              agent_message_delta
            < model done
              agent_message
              record assistant ok
              task_complete
              finish
            left: s2"#]],
    );
}

#[test]
fn a_failed_model_ends_the_task_and_its_calls() {
    let error = ModelError { message: "401".into(), status: Some(401) };
    check(
        AskForApproval::OnFailure,
        vec![shell("a", "make"), Input::ModelFailed(error), interrupted("a")],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              exec_command_begin a
              run a
            < model failed
              error: 401
              stop model
              stop tools
            < a: the command was interrupted
              exec_command_end a
              record call a
              record result a: interrupted by the person before it ended
              task_complete
              finish"#]],
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
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < text hal
              agent_message_delta
            < retrying
              background_event
            < text hello
              agent_message_delta
            < model done
              agent_message
              record assistant hello
              task_complete
              finish"#]],
    );
    check(
        AskForApproval::OnFailure,
        vec![shell("a", "make"), retrying(), exits("a", 0)],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              exec_command_begin a
              run a
            < retrying
              background_event
              stop model
            < a exits 0
              exec_command_end a
              record call a
              record result a: exit code 0 after 0.1 s
              ask model"#]],
    );
}

#[test]
fn a_panic_in_a_tool_is_an_answer() {
    let crash = Input::Crashed { call_id: "a".into(), message: "index out of bounds".into() };
    check(
        AskForApproval::OnFailure,
        vec![shell("a", "make"), done(), crash],
        &expect![[r#"
        < begin
          task_started
          record user
          ask model
        < call a shell
          exec_command_begin a
          run a
        < model done
        < a crashes
          error: an error inside tiro ended this call: index out of bounds
          exec_command_end a
          record call a
          record result a: error: an error inside tiro ended this call: index out of bounds
          ask model"#]],
    );
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
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a fly
            < call b shell
            < call b update_plan
              plan_update
            < model done
              record call a
              record call b
              record call b#3
              record result a: error: there is no tool "fly"; the tools are shell, apply_patch, read_file, search, update_plan
              record result b: error: the arguments of shell do not fit: data did not match any variant of untagged enum Command at line 1 column 13; they have to be a JSON object of this schema: {"type":"object","properties":{"command":{"type":"array","items":{"type":"string"},"description":"program and arguments"},"workdir":{"type":"string","description":"where it runs; the workspace root when absent"},"timeout_ms":{"type":"integer","description":"milliseconds until it is ended: 120000 when absent, 600000 at most"}},"required":["command"],"additionalProperties":false}
              record result b#3: the plan is shown
              ask model"#]],
    );
}

#[test]
fn silence_is_an_error() {
    check(
        AskForApproval::OnFailure,
        vec![done()],
        &expect![[r#"
        < begin
          task_started
          record user
          ask model
        < model done
          error: the model ended its answer without saying or doing anything; ask again, or choose another model
          task_complete
          finish"#]],
    );
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
