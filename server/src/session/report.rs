//! What is said about a command or a patch that has ended: to the client in an
//! event, to the model as the result of its call. Pure.

use tiro_protocol::EventMsg;

use crate::{
    sandbox::{CommandOutcome, SandboxError},
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
    EventMsg::ExecCommandEnd { call_id: call_id.to_owned(), stdout, stderr, exit_code }
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
