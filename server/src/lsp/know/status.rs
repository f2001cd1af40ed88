//! `tiro.status` and `tiro.doctor`: how things stand, in words.

use std::sync::Arc;

use lsp_types::MessageType;
use serde_json::Value;
use tiro_protocol::{AskForApproval, SandboxPermission, SandboxPolicy};
use tower_lsp::jsonrpc::Error;

use super::{
    super::{
        answers::{self, Kind},
        commands::{Arguments, Outcome},
        front::Front,
        outside::Settings,
        prompt::{permission, visible},
    },
    Known, surroundings,
};
use crate::{
    sandbox::status::{Level, Status, status},
    workspace::Workspace,
};

/// Unsaved files that are named.
const NAMED: usize = 5;

/// `tiro.status`.
pub(crate) fn run_status(front: &Arc<Front>, _: &Arguments<'_>) -> Result<Outcome, Error> {
    let shared = front.clone();
    front.spawn(async move {
        let settings = match shared.know.known().settings {
            Some(settings) => Some(settings),
            None => shared.outside.settings(surroundings(&shared)).await.ok(),
        };
        // Asks the kernel, which may start a process.
        let sandbox = tokio::task::spawn_blocking(status).await.ok();
        let known = shared.know.known();
        let unsaved = shared.editor().map(|editor| editor.unsaved()).unwrap_or_default();
        let unsaved: Vec<String> =
            unsaved.iter().map(|path| visible(&path.to_string_lossy())).collect();
        let now = Now {
            running: shared.tasks.is_running(),
            decisions: shared.approvals.pending().len(),
            unsaved: &unsaved,
        };
        let text = words(&known, settings.as_ref(), sandbox.as_ref(), &now);
        shared.show(MessageType::INFO, format!("Tiro: {text}"));
    });
    Ok(Outcome::Done(Value::Null))
}

/// What the front sees at this moment.
struct Now<'a> {
    running: bool,
    decisions: usize,
    unsaved: &'a [String],
}

/// The whole status, a line each.
fn words(
    known: &Known,
    settings: Option<&Settings>,
    sandbox: Option<&Status>,
    now: &Now<'_>,
) -> String {
    let mut lines = vec![match (&known.model, &known.problem) {
        (_, Some(problem)) => format!("not ready: {problem}"),
        (None, None) => "looking for a model".to_owned(),
        (Some(_), None) if now.running => "a task is running".to_owned(),
        (Some(_), None) => "ready".to_owned(),
    }];
    if let Some(model) = &known.model {
        let provider = known.provider.as_deref().map(|name| format!(" of {name}"));
        lines.push(format!("model: {model}{}", provider.unwrap_or_default()));
    }
    if known.later {
        lines.push("other settings: from the next task on".to_owned());
    }
    if let Some(settings) = settings {
        lines.push(format!("asks {}", asks(settings.approval_policy)));
        lines.push(format!("commands may {}", may(&settings.sandbox_policy)));
    }
    if let Some(sandbox) = sandbox {
        lines.push(format!("sandbox: {}", sandbox_words(sandbox)));
    }
    let count = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    if now.decisions > 0 {
        lines.push(format!("{} for your decision", count(now.decisions, "question")));
    }
    if known.proposals > 0 {
        let hunks = count(known.hunks, "hunk");
        lines.push(format!("{} with {hunks} to decide on", count(known.proposals, "proposal")));
    }
    if !now.unsaved.is_empty() {
        let named = now.unsaved.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = now.unsaved.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("not saved: {named}{more}"));
    }
    lines.join("\n")
}

fn asks(policy: AskForApproval) -> &'static str {
    match policy {
        AskForApproval::UnlessAllowListed => {
            "about every patch, and every command that does more than read"
        }
        AskForApproval::AutoEdit => {
            "about every command that does more than read; the workspace is edited unasked"
        }
        AskForApproval::OnFailure => "only about what the sandbox stops",
        AskForApproval::Never => "about nothing; what the sandbox stops is not done",
    }
}

fn may(policy: &SandboxPolicy) -> String {
    if policy.is_unrestricted() {
        return "do whatever you may: there is no sandbox around them".to_owned();
    }
    let named = policy.permissions.iter().map(|allowed| match allowed {
        SandboxPermission::NetworkFullAccess => "using the network".to_owned(),
        SandboxPermission::DiskWritePlatformUserTempFolder => {
            "writing a temporary directory".to_owned()
        }
        SandboxPermission::DiskWritePlatformGlobalTempFolder => {
            "writing the shared temporary directory".to_owned()
        }
        other => permission(other),
    });
    let named: Vec<String> = named.collect();
    if named.is_empty() {
        return "do nothing unasked but compute".to_owned();
    }
    format!("do this unasked: {}", named.join(", "))
}

fn sandbox_words(status: &Status) -> String {
    let missing: Vec<&str> = status.missing.iter().map(|missing| missing.protection).collect();
    match status.level {
        Level::Full => "every protection is in force".to_owned(),
        Level::Degraded => format!("works without {}", missing.join(", ")),
        Level::None => {
            format!("commands are refused, as this system lacks {}", missing.join(", "))
        }
    }
}

/// `tiro.doctor`: what `tiro doctor` prints, as a document.
pub(crate) fn run_doctor(front: &Arc<Front>, _: &Arguments<'_>) -> Result<Outcome, Error> {
    let shared = front.clone();
    front.spawn(async move {
        match shared.outside.doctor(surroundings(&shared)).await {
            Ok(report) => {
                answers::show_text(&shared, Kind("doctor-", ".txt"), &report, true).await;
            }
            Err(error) => {
                shared.show(MessageType::ERROR, format!("Tiro: the doctor failed: {error}"));
            }
        }
    });
    Ok(Outcome::Done(Value::Null))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sandbox::status::Missing;

    fn settings(approval_policy: AskForApproval, sandbox_policy: SandboxPolicy) -> Settings {
        Settings {
            model: None,
            instructions: None,
            approval_policy,
            sandbox_policy,
            disable_response_storage: false,
            others: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn everything_is_said_in_words() {
        let known = Known {
            model: Some("qwen3".into()),
            provider: Some("ollama".into()),
            proposals: 1,
            hunks: 3,
            ..Known::default()
        };
        let settings = settings(AskForApproval::AutoEdit, SandboxPolicy::full_auto());
        let status = Status {
            level: Level::Degraded,
            landlock_abi: 3,
            missing: vec![Missing { protection: "namespaces", consequence: "", remedy: "" }],
            notes: Vec::new(),
            no_memory_limit: None,
        };
        let unsaved = ["a", "b", "c", "d", "e", "f"].map(str::to_owned);
        let now = Now { running: true, decisions: 2, unsaved: &unsaved };
        expect_test::expect![[r"
            a task is running
            model: qwen3 of ollama
            asks about every command that does more than read; the workspace is edited unasked
            commands may do this unasked: reading every file, writing a temporary directory, writing the workspace
            sandbox: works without namespaces
            2 questions for your decision
            1 proposal with 3 hunks to decide on
            not saved: a, b, c, d, e and 1 more
        "]]
        .assert_eq(&format!("{}\n", words(&known, Some(&settings), Some(&status), &now)));
    }

    #[test]
    fn what_is_missing_comes_first() {
        let now = Now { running: false, decisions: 0, unsaved: &[] };
        let said = |known: &Known| words(known, None, None, &now);
        assert_eq!(said(&Known::default()), "looking for a model");
        let problem = Some("no folder is open".to_owned());
        let known = Known { problem, ..Known::default() };
        assert_eq!(said(&known), "not ready: no folder is open");
        let known = Known { model: Some("m".into()), later: true, ..Known::default() };
        assert_eq!(said(&known), "ready\nmodel: m\nother settings: from the next task on");
        assert!(may(&SandboxPolicy::unrestricted()).contains("no sandbox"));
        assert_eq!(may(&SandboxPolicy::default()), "do nothing unasked but compute");
    }
}
