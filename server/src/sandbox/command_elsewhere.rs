//! The server's side of a command on systems without a sandbox: it is refused.

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{CommandOutcome, CommandRequest, OutputChunk, SandboxError, SandboxSetup};

/// Refuses the command.
///
/// # Errors
/// Always.
pub async fn run(
    _setup: &SandboxSetup,
    _request: &CommandRequest,
    _output: UnboundedSender<OutputChunk>,
    _cancel: &CancellationToken,
) -> Result<CommandOutcome, SandboxError> {
    Err(SandboxError::NotInForce(
        "commands cannot be confined on this system, so none is run: use Linux 6.2 or newer"
            .to_owned(),
    ))
}
