//! What a command may do. Permissions add up, starting from nothing.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// One thing a command may do. Written in kebab-case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum SandboxPermission {
    /// Read every file.
    DiskFullReadAccess,
    /// Write to a temporary directory of the session's own, named by `TMPDIR`.
    DiskWritePlatformUserTempFolder,
    /// Write to the temporary directory that all users share.
    DiskWritePlatformGlobalTempFolder,
    /// Write below the workspace root.
    DiskWriteCwd,
    /// Write below one more folder.
    DiskWriteFolder {
        /// Absolute path of the folder.
        folder: PathBuf,
    },
    /// Write every file.
    DiskFullWriteAccess,
    /// Talk to the network.
    NetworkFullAccess,
}

/// The permissions of a command. No permission is the default of the type;
/// an absent setting means [`SandboxPolicy::read_only`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct SandboxPolicy {
    /// What is granted, in any order.
    pub permissions: Vec<SandboxPermission>,
}

impl SandboxPolicy {
    /// Reads everything and writes nothing.
    #[must_use]
    pub fn read_only() -> Self {
        Self { permissions: vec![SandboxPermission::DiskFullReadAccess] }
    }

    /// Reads everything and writes below the given folders.
    #[must_use]
    pub fn read_only_with_writable_roots(roots: &[PathBuf]) -> Self {
        let mut policy = Self::read_only();
        policy.permissions.extend(
            roots.iter().map(|root| SandboxPermission::DiskWriteFolder { folder: root.clone() }),
        );
        policy
    }

    /// Reads everything and writes to the workspace and a temporary directory.
    #[must_use]
    pub fn full_auto() -> Self {
        Self {
            permissions: vec![
                SandboxPermission::DiskFullReadAccess,
                SandboxPermission::DiskWritePlatformUserTempFolder,
                SandboxPermission::DiskWriteCwd,
            ],
        }
    }

    /// Does everything: the policy of a command that a person took out of the sandbox.
    #[must_use]
    pub fn unrestricted() -> Self {
        Self {
            permissions: vec![
                SandboxPermission::DiskFullReadAccess,
                SandboxPermission::DiskFullWriteAccess,
                SandboxPermission::NetworkFullAccess,
            ],
        }
    }

    /// Whether every file may be read.
    #[must_use]
    pub fn has_full_disk_read_access(&self) -> bool {
        self.permissions.contains(&SandboxPermission::DiskFullReadAccess)
    }

    /// Whether every file may be written.
    #[must_use]
    pub fn has_full_disk_write_access(&self) -> bool {
        self.permissions.contains(&SandboxPermission::DiskFullWriteAccess)
    }

    /// Whether the network may be used.
    #[must_use]
    pub fn has_full_network_access(&self) -> bool {
        self.permissions.contains(&SandboxPermission::NetworkFullAccess)
    }

    /// Whether nothing at all is restricted.
    #[must_use]
    pub fn is_unrestricted(&self) -> bool {
        self.has_full_disk_read_access()
            && self.has_full_disk_write_access()
            && self.has_full_network_access()
    }

    /// The folders below which files may be written, for the workspace root
    /// `cwd`. Temporary directories are not among them: the private one is made
    /// by whoever starts the command, the shared one is named by [`Self::has`].
    #[must_use]
    pub fn writable_roots(&self, cwd: &Path) -> Vec<PathBuf> {
        let mut roots = Vec::new();
        for permission in &self.permissions {
            let root = match permission {
                SandboxPermission::DiskWriteCwd => cwd.to_path_buf(),
                SandboxPermission::DiskWriteFolder { folder } => folder.clone(),
                SandboxPermission::DiskFullReadAccess
                | SandboxPermission::DiskWritePlatformUserTempFolder
                | SandboxPermission::DiskWritePlatformGlobalTempFolder
                | SandboxPermission::DiskFullWriteAccess
                | SandboxPermission::NetworkFullAccess => continue,
            };
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        roots
    }

    /// Whether this very permission is granted.
    #[must_use]
    pub fn has(&self, permission: &SandboxPermission) -> bool {
        self.permissions.contains(permission)
    }
}
