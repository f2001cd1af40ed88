//! What is said about a command or a patch that has ended: to the client in an
//! event, to the model as the result of its call. Pure.

use std::path::PathBuf;

use tiro_protocol::EventMsg;

use crate::{
    sandbox::{
        CommandOutcome, SandboxError,
        status::{Level, Status},
    },
    workspace::{Applied, Delivery},
};

/// As a shell says that ^C ended a command.
pub(super) const INTERRUPTED_EXIT_CODE: i32 = 130;
/// As the sandbox helper says that it could not be set up.
const NOT_IN_FORCE_EXIT_CODE: i32 = 125;
/// As a shell says that there is no such program.
const NOT_STARTED_EXIT_CODE: i32 = 127;

/// The event for the end of a command.
pub(super) fn end_of_command(
    call_id: &str,
    result: &Result<CommandOutcome, SandboxError>,
) -> EventMsg {
    let (stdout, stderr, exit_code) = match result {
        Ok(outcome) => {
            (outcome.stdout.text.clone(), outcome.stderr.text.clone(), outcome.exit_code)
        }
        Err(error) => {
            let exit_code = match error {
                SandboxError::NotInForce(_) => NOT_IN_FORCE_EXIT_CODE,
                SandboxError::NotStarted(_) => NOT_STARTED_EXIT_CODE,
                SandboxError::Interrupted => INTERRUPTED_EXIT_CODE,
            };
            (String::new(), error.to_string(), exit_code)
        }
    };
    let denial = result.as_ref().ok().and_then(|outcome| outcome.denial.as_ref());
    let denial = denial.map(|denial| denial.reason.clone());
    EventMsg::ExecCommandEnd { call_id: call_id.to_owned(), stdout, stderr, exit_code, denial }
}

/// The result of a command as the model reads it.
pub(super) fn for_model(outcome: &CommandOutcome) -> String {
    let mut text =
        format!("exit code {} after {:.1} s\n", outcome.exit_code, outcome.duration.as_secs_f32());
    if outcome.timed_out {
        text.push_str("it ran into the time limit and was ended; ask for more with timeout_ms\n");
    }
    if let Some(denial) = &outcome.denial {
        text.push_str(&format!("{}\n", denial.reason));
    }
    for (name, captured) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        if captured.text.is_empty() {
            text.push_str(&format!("{name}: nothing\n"));
        } else {
            text.push_str(&format!("{name}:\n{}", captured.text));
            if !captured.text.ends_with('\n') {
                text.push('\n');
            }
        }
    }
    if let Some(path) = &outcome.full_output {
        text.push_str(&format!("everything it wrote is in {}\n", path.display()));
    }
    text
}

/// What the model has to know where a command did not see what the editor has.
pub(super) fn older_text(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return String::new();
    }
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    format!(
        "it saw an older text of files whose changes are not saved in the editor: {}\n",
        paths.join(", ")
    )
}

/// What a person should know of the sandbox on this system, when it is not whole.
pub(super) fn sandbox_gaps(status: &Status) -> Option<String> {
    let missing: Vec<&str> = status.missing.iter().map(|missing| missing.protection).collect();
    let missing = missing.join(", ");
    match status.level {
        Level::Full => None,
        Level::Degraded => Some(format!(
            "the sandbox works here without: {missing}; `tiro doctor` says what that means"
        )),
        Level::None => Some(format!(
            "commands are refused here, because this system lacks {missing}; `tiro doctor` says \
             what it takes"
        )),
    }
}

/// What a patch did, a line a file.
pub(super) fn applied(files: &[Applied]) -> String {
    files
        .iter()
        .map(|file| match file.delivery {
            Delivery::Buffer => {
                format!("changed in the editor, not saved yet: {}\n", file.path.display())
            }
            Delivery::Disk => format!("changed: {}\n", file.path.display()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::status::Missing;

    #[test]
    fn gaps_are_named_and_a_whole_sandbox_is_not_mentioned() {
        let missing = |protection| Missing { protection, consequence: "", remedy: "" };
        let gaps = |level, missing| {
            sandbox_gaps(&Status {
                level,
                landlock_abi: 3,
                missing,
                notes: Vec::new(),
                no_memory_limit: None,
            })
        };
        assert_eq!(gaps(Level::Full, vec![]), None);
        let degraded = gaps(Level::Degraded, vec![missing("namespaces"), missing("signals")]);
        assert!(degraded.is_some_and(|text| text.contains("without: namespaces, signals;")));
        let none = gaps(Level::None, vec![missing("Landlock")]);
        assert!(none.is_some_and(|text| text.contains("refused") && text.contains("Landlock")));
    }
}
