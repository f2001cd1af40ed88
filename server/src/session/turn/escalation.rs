//! What a person is asked when the sandbox has stopped a command: for that one
//! thing, and what allowing it means for this run and for the session.

use tiro_protocol::{SandboxPermission, SandboxPolicy};

use super::input::CommandRun;
use crate::{
    sandbox::{Denial, Need},
    session::approvals::Grant,
};

/// How often one call is asked about after it ran: what is allowed may lead it
/// to the next thing that is not.
pub(super) const LIMIT: u8 = 3;

/// A question about a command that the sandbox has stopped.
#[derive(Debug)]
pub(super) struct Escalation {
    /// The same command, with what it needs.
    pub(super) run: CommandRun,
    /// What was stopped, and what is asked for.
    pub(super) reason: String,
    /// What is asked for, as in the event.
    pub(super) permissions: Vec<SandboxPermission>,
    pub(super) unsandboxed: bool,
    /// For the model, when the answer is no.
    pub(super) refused: String,
}

/// The question about `run`, which was stopped; none when it had already what
/// it needs.
pub(super) fn of(run: &CommandRun, denial: &Denial) -> Option<Escalation> {
    let permission = denial.needs.permission();
    if permission.as_ref().is_some_and(|permission| run.policy.has(permission)) {
        return None;
    }
    let permissions: Vec<SandboxPermission> = permission.into_iter().collect();
    let unsandboxed = permissions.is_empty();
    let policy = if unsandboxed {
        SandboxPolicy::unrestricted()
    } else {
        let mut policy = run.policy.clone();
        policy.permissions.extend_from_slice(&permissions);
        policy
    };
    let what = match &denial.needs {
        Need::WritableRoot(folder) => format!("writing `{}`", folder.display()),
        Need::Network => "the network".to_owned(),
        Need::Read => "reading every file".to_owned(),
        Need::NoSandbox => "running without the sandbox".to_owned(),
    };
    let mut reason = format!("{}; allow {what} and run it again?", denial.reason);
    if unsandboxed {
        reason.push_str(
            " Nothing less would do; it can then write every file that you can, read your keys \
             and reach the network",
        );
    }
    Some(Escalation {
        run: CommandRun { policy, ..run.clone() },
        reason,
        permissions,
        unsandboxed,
        refused: format!("the person does not want to allow {what}"),
    })
}

/// What is allowed for the session with `run`, which was asked about with these
/// permissions.
pub(super) fn grants(
    run: &CommandRun,
    permissions: &[SandboxPermission],
    unsandboxed: bool,
) -> Vec<Grant> {
    if permissions.is_empty() {
        let (command, cwd) = (run.command.clone(), run.cwd.clone());
        return vec![Grant::Command { command, cwd, unsandboxed }];
    }
    let grant = |permission: &SandboxPermission| match permission {
        SandboxPermission::DiskWriteFolder { folder } => {
            Some(Grant::Folder { path: folder.clone() })
        }
        SandboxPermission::NetworkFullAccess => Some(Grant::Network),
        SandboxPermission::DiskFullReadAccess => Some(Grant::Read),
        // Never asked for.
        SandboxPermission::DiskWriteCwd
        | SandboxPermission::DiskWritePlatformUserTempFolder
        | SandboxPermission::DiskWritePlatformGlobalTempFolder
        | SandboxPermission::DiskFullWriteAccess => None,
    };
    permissions.iter().filter_map(grant).collect()
}
