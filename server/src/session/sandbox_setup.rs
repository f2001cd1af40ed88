//! What the commands of a session share: their environment, limits, private
//! directory, and what is hidden from them.

use std::path::PathBuf;

use tiro_protocol::SandboxPermission;

use super::SessionSetup;
use crate::{
    config::Environment,
    sandbox::{Limits, SandboxSetup, session_directory::SessionDirectory},
};

/// Commands get their environment from this process's, through an allow-list;
/// what they write beyond what is kept goes below the state directory. Neither
/// that nor the user's configuration is theirs to see.
pub(super) fn sandbox_setup(
    setup: &SessionSetup,
    directory: Option<&SessionDirectory>,
) -> SandboxSetup {
    let env = &setup.env;
    let variables = env.vars().map(|(name, value)| (name.into(), value.into())).collect();
    let roots = setup.workspace.roots();
    let hidden = [env.tiro_home(), env.state_dir()].into_iter().filter(|own| {
        // What hid the workspace itself would leave nothing to work in.
        own.is_absolute() && !roots.iter().any(|root| root.starts_with(own))
    });
    let limits = &setup.config.command_limits;
    let limits = Limits {
        tasks: limits.max_tasks,
        output_bytes: limits.max_output_bytes,
        memory_bytes: limits.max_memory_bytes,
    };
    SandboxSetup {
        limits,
        session_directory: directory.map(|directory| directory.path().to_path_buf()),
        hidden: hidden.collect(),
        ..SandboxSetup::new(variables, env.state_dir().join("output"))
    }
}

/// Where a session's own directory can be: large before safe from a full memory.
pub(super) fn places(env: &Environment) -> Vec<PathBuf> {
    let runtime = env.var("XDG_RUNTIME_DIR").map(PathBuf::from);
    [env.var("TMPDIR").map(PathBuf::from), Some(std::env::temp_dir()), runtime]
        .into_iter()
        .flatten()
        .filter(|place| place.is_absolute())
        .collect()
}

/// Where it must not be: what commands write to, and the home directory, of which
/// it has a layer.
pub(super) fn elsewhere(setup: &SessionSetup) -> Vec<PathBuf> {
    let policy = &setup.config.sandbox_policy;
    let roots = setup.workspace.roots();
    let granted = roots.iter().flat_map(|root| policy.writable_roots(root));
    let mut elsewhere: Vec<PathBuf> = granted.chain(roots.iter().cloned()).collect();
    if policy.has(&SandboxPermission::DiskWritePlatformGlobalTempFolder) {
        elsewhere.extend(["/tmp".into(), "/var/tmp".into()]);
    }
    elsewhere.extend(setup.env.home().cloned());
    elsewhere
}
