//! What the file of a workspace may say. Whoever wrote the project wrote that
//! file, so it can only tighten, unless the person trusts the workspace in the
//! user's own file: `[workspaces."/absolute/path"] trusted = true`.

use std::path::{Path, PathBuf};

use tiro_protocol::{AskForApproval, SandboxPermission, SandboxPolicy};

use super::{ConfigToml, permission, resolve::Settings};

/// Whether the user's own file trusts this very workspace.
pub(super) fn is_trusted(user: &ConfigToml, root: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    user.workspaces.iter().any(|(path, workspace)| {
        workspace.trusted && path.is_absolute() && real(path) == real(root)
    })
}

/// Takes out of `file` what an untrusted workspace may not say over the
/// settings so far; gives a warning for each.
pub(super) fn tighten(
    file: &mut ConfigToml,
    so_far: &Settings,
    root: &Path,
    home: Option<&PathBuf>,
) -> Vec<String> {
    let mut ignored: Vec<(String, &str)> = Vec::new();
    if let Some(name) = file.model_provider.take() {
        ignored.push((format!("model_provider = {name:?}"), "it chooses who is sent the project"));
    }
    for name in std::mem::take(&mut file.model_providers).into_keys() {
        ignored.push((
            format!("[model_providers.{name}]"),
            "it chooses who is sent the project and which key",
        ));
    }
    if let Some(policy) = file.approval_policy
        && freedom(policy) > freedom(so_far.approval_policy)
    {
        file.approval_policy = None;
        ignored.push((
            format!("approval_policy = {:?}", approval_text(policy)),
            "it lets more happen without asking",
        ));
    }
    if file.disable_response_storage == Some(false) && so_far.disable_response_storage {
        file.disable_response_storage = None;
        ignored.push(("disable_response_storage = false".into(), "it lets the provider keep more"));
    }
    for setting in so_far.checkpoints.tighten(file) {
        ignored.push((setting, "it keeps more on your disk"));
    }
    for setting in file.history.tighten() {
        ignored.push((setting, "it decides how much is kept of what you said"));
    }
    let limits = so_far.command_limits;
    let time = u64::try_from(limits.timeout.as_millis()).unwrap_or(u64::MAX);
    for (key, value, most) in [
        ("command_timeout_ms", &mut file.command_timeout_ms, Some(time)),
        ("command_max_tasks", &mut file.command_max_tasks, Some(limits.max_tasks)),
        (
            "command_max_output_bytes",
            &mut file.command_max_output_bytes,
            Some(limits.max_output_bytes),
        ),
        ("command_max_memory_bytes", &mut file.command_max_memory_bytes, limits.max_memory_bytes),
    ] {
        if let Some(wanted) = value.take_if(|wanted| most.is_some_and(|most| *wanted > most)) {
            ignored.push((format!("{key} = {wanted}"), "it lets a command use more"));
        }
    }
    if let Some(entries) = &mut file.sandbox_permissions {
        entries.retain(|entry| {
            let covered = entry
                .resolve(home)
                .is_some_and(|wanted| is_covered(&wanted, &so_far.sandbox_policy, root));
            if !covered {
                ignored.push((
                    format!("the sandbox permission {:?}", permission::to_text(&entry.0)),
                    "it adds to what commands may do",
                ));
            }
            covered
        });
    }
    if let (Some(own), Some(users)) = (&mut file.instructions, &so_far.instructions) {
        // The project may add to what the person tells the model, not silence it.
        *own = format!("{users}\n\n{own}");
    }
    ignored
        .into_iter()
        .map(|(setting, why)| {
            format!(
                "{}: {setting} is ignored, because {why}; to allow it, put [workspaces.\"{}\"] trusted = true in your own config.toml",
                file_of(root).display(),
                root.display()
            )
        })
        .collect()
}

/// The file of a workspace.
pub(super) fn file_of(root: &Path) -> PathBuf {
    root.join(".tiro").join("config.toml")
}

/// A policy as it is written in a file.
pub(super) fn approval_text(policy: AskForApproval) -> &'static str {
    match policy {
        AskForApproval::UnlessAllowListed => "unless-allow-listed",
        AskForApproval::AutoEdit => "auto-edit",
        AskForApproval::OnFailure => "on-failure",
        AskForApproval::Never => "never",
    }
}

/// How much happens before a person is asked. `never` runs everything in the
/// sandbox unasked, as `on-failure` does, but nothing outside of it.
fn freedom(policy: AskForApproval) -> u8 {
    match policy {
        AskForApproval::UnlessAllowListed => 0,
        AskForApproval::AutoEdit => 1,
        AskForApproval::Never => 2,
        AskForApproval::OnFailure => 3,
    }
}

/// Whether `policy` grants `wanted` already, in the workspace `root`.
fn is_covered(wanted: &SandboxPermission, policy: &SandboxPolicy, root: &Path) -> bool {
    if policy.has(wanted) {
        return true;
    }
    let folder = match wanted {
        SandboxPermission::DiskWriteCwd => root,
        SandboxPermission::DiskWriteFolder { folder } => folder,
        SandboxPermission::DiskWritePlatformUserTempFolder
        | SandboxPermission::DiskWritePlatformGlobalTempFolder => {
            return policy.has_full_disk_write_access();
        }
        SandboxPermission::DiskFullReadAccess
        | SandboxPermission::DiskFullWriteAccess
        | SandboxPermission::NetworkFullAccess => return false,
    };
    // `..` would name another place than the text shows.
    let plain = folder.components().all(|part| part != std::path::Component::ParentDir);
    policy.has_full_disk_write_access()
        || plain && policy.writable_roots(root).iter().any(|granted| folder.starts_with(granted))
}
