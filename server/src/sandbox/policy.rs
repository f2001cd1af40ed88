//! From permissions to paths: what a policy means for one workspace.
//! Pure; whether the paths exist is found out where they are used.

use std::path::{Path, PathBuf};

use tiro_protocol::{SandboxPermission, SandboxPolicy};

/// Readable without the permission to read every file: what programs need to
/// start at all. Nothing of a user's is in them.
const SYSTEM: [&str; 15] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/run/current-system",
    "/proc",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
];

/// The temporary directories that all users share.
const SHARED_TEMP: [&str; 2] = ["/tmp", "/var/tmp"];

/// Devices that hold nothing: read and written under every policy.
pub(super) const DEVICES: [&str; 5] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Readable {
    /// Every file.
    Everything,
    /// Only these, those that exist, and what may be written.
    Below(Vec<PathBuf>),
}

/// What may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Writable {
    /// Every file.
    Everything,
    /// Only below these.
    Below(Vec<PathBuf>),
}

/// A policy, resolved for one workspace: what is put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Restrictions {
    /// What may be read.
    pub(super) readable: Readable,
    /// What may be written.
    pub(super) writable: Writable,
    /// Whether the network may be used.
    pub(super) network: bool,
}

impl Restrictions {
    /// Resolves `policy`; `temp` is the private temporary directory, where one
    /// is granted.
    ///
    /// # Errors
    /// When a root is not absolute, or is the whole disk without saying so.
    pub(super) fn new(
        policy: &SandboxPolicy,
        workspace_roots: &[PathBuf],
        temp: Option<&Path>,
    ) -> Result<Self, String> {
        let network = policy.has_full_network_access();
        let readable = if policy.has_full_disk_read_access() {
            Readable::Everything
        } else {
            Readable::Below(SYSTEM.iter().map(PathBuf::from).collect())
        };
        if policy.has_full_disk_write_access() {
            return Ok(Self { readable, writable: Writable::Everything, network });
        }

        let mut granted = Vec::new();
        for permission in &policy.permissions {
            match permission {
                SandboxPermission::DiskWriteCwd => granted.extend_from_slice(workspace_roots),
                SandboxPermission::DiskWriteFolder { folder } => granted.push(folder.clone()),
                SandboxPermission::DiskWritePlatformGlobalTempFolder => {
                    granted.extend(SHARED_TEMP.iter().map(PathBuf::from));
                }
                // Its path is not known to a policy: `temp`, which comes last.
                SandboxPermission::DiskWritePlatformUserTempFolder
                | SandboxPermission::DiskFullReadAccess
                | SandboxPermission::DiskFullWriteAccess
                | SandboxPermission::NetworkFullAccess => {}
            }
        }
        if policy.has(&SandboxPermission::DiskWritePlatformUserTempFolder) {
            granted.extend(temp.map(Path::to_path_buf));
        }
        let mut roots = Vec::new();
        for root in granted {
            if !root.is_absolute() {
                return Err(format!("the writable root `{}` is not absolute", root.display()));
            }
            if root == Path::new("/") {
                return Err("the writable root `/` is the whole disk: grant \
                    disk-full-write-access if that is meant, else choose a folder"
                    .to_owned());
            }
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        Ok(Self { readable, writable: Writable::Below(roots), network })
    }

    /// Whether `path`, absolute and without `..`, may be written.
    #[must_use]
    pub(super) fn may_write(&self, path: &Path) -> bool {
        match &self.writable {
            Writable::Everything => true,
            Writable::Below(roots) => {
                roots.iter().any(|root| path.starts_with(root))
                    || DEVICES.iter().any(|device| path == Path::new(device))
            }
        }
    }

    /// Whether `path`, absolute and without `..`, may be read.
    #[must_use]
    pub(super) fn may_read(&self, path: &Path) -> bool {
        match &self.readable {
            Readable::Everything => true,
            Readable::Below(roots) => {
                roots.iter().any(|root| path.starts_with(root)) || self.may_write(path)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(policy: &SandboxPolicy, roots: &[&str], expected: &Expect) {
        let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        let text = match Restrictions::new(policy, &roots, Some(Path::new("/private"))) {
            Err(message) => format!("error: {message}"),
            Ok(restrictions) => {
                let reads = match restrictions.readable {
                    Readable::Everything => "everything",
                    Readable::Below(_) => "the system",
                };
                let writes = match &restrictions.writable {
                    Writable::Everything => "everything".to_owned(),
                    Writable::Below(roots) => format!("{roots:?}"),
                };
                format!("reads {reads}, writes {writes}, network {}", restrictions.network)
            }
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn every_permission_becomes_paths() {
        use SandboxPermission as Permission;
        check(
            &SandboxPolicy::default(),
            &["/w"],
            &expect!["reads the system, writes [], network false"],
        );
        check(
            &SandboxPolicy::read_only(),
            &["/w"],
            &expect!["reads everything, writes [], network false"],
        );
        check(
            &SandboxPolicy::full_auto(),
            &["/w", "/v"],
            &expect![[r#"reads everything, writes ["/w", "/v", "/private"], network false"#]],
        );
        check(
            &SandboxPolicy::unrestricted(),
            &["/w"],
            &expect!["reads everything, writes everything, network true"],
        );
        let folder = Permission::DiskWriteFolder { folder: "/f".into() };
        let policy = SandboxPolicy {
            permissions: vec![
                Permission::DiskWritePlatformGlobalTempFolder,
                folder.clone(),
                folder,
                Permission::NetworkFullAccess,
            ],
        };
        check(
            &policy,
            &["/w"],
            &expect![[r#"reads the system, writes ["/tmp", "/var/tmp", "/f"], network true"#]],
        );
    }

    #[test]
    fn roots_that_mean_something_else_are_refused() {
        check(
            &SandboxPolicy::full_auto(),
            &["/"],
            &expect![
                "error: the writable root `/` is the whole disk: grant disk-full-write-access if that is meant, else choose a folder"
            ],
        );
        check(
            &SandboxPolicy::full_auto(),
            &["w"],
            &expect!["error: the writable root `w` is not absolute"],
        );
        check(
            &SandboxPolicy::read_only(),
            &["/"],
            &expect!["reads everything, writes [], network false"],
        );
    }

    #[test]
    fn names_that_begin_alike_are_different_folders() {
        let restrictions = Restrictions::new(&SandboxPolicy::full_auto(), &["/w".into()], None);
        let restrictions = restrictions.expect("valid");
        assert!(restrictions.may_write(Path::new("/w/a")));
        assert!(!restrictions.may_write(Path::new("/work/a")));
        assert!(restrictions.may_write(Path::new("/dev/null")));
        assert!(!restrictions.may_write(Path::new("/dev/nullx")));
    }
}
