//! What a person has allowed for the rest of the session. Pure; kept by the
//! event loop, asked by the turn.

use std::path::{Path, PathBuf};

pub use tiro_protocol::Grant;
use tiro_protocol::SandboxPermission;

/// The grants of a session, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    grants: Vec<Grant>,
}

impl Grants {
    /// Adds a grant, once.
    pub fn add(&mut self, grant: Grant) {
        if !self.grants.contains(&grant) {
            self.grants.push(grant);
        }
    }

    /// All of them, for a person to read.
    #[must_use]
    pub fn list(&self) -> &[Grant] {
        &self.grants
    }

    /// Takes a grant back; says whether it was there.
    pub fn revoke(&mut self, grant: &Grant) -> bool {
        let before = self.grants.len();
        self.grants.retain(|held| held != grant);
        self.grants.len() < before
    }

    /// Whether this command in this directory was allowed, and if so whether
    /// without the sandbox.
    #[must_use]
    pub fn command(&self, argv: &[String], directory: &Path) -> Option<Unsandboxed> {
        self.grants
            .iter()
            .filter_map(|grant| match grant {
                Grant::Command { command, cwd, unsandboxed }
                    if command == argv && cwd == directory =>
                {
                    Some(Unsandboxed(*unsandboxed))
                }
                _ => None,
            })
            .max()
    }

    /// Whether changes of this file were allowed.
    #[must_use]
    pub fn file(&self, path: &Path) -> bool {
        self.grants.iter().any(|grant| match grant {
            Grant::Folder { path: folder } => path.starts_with(folder),
            Grant::File { path: file } => path == file,
            _ => false,
        })
    }

    /// What else commands were allowed than to write to folders.
    pub fn permissions(&self) -> impl Iterator<Item = SandboxPermission> {
        self.grants.iter().filter_map(|grant| match grant {
            Grant::Network => Some(SandboxPermission::NetworkFullAccess),
            Grant::Read => Some(SandboxPermission::DiskFullReadAccess),
            _ => None,
        })
    }

    /// The folders that were made writable.
    pub fn roots(&self) -> impl Iterator<Item = &PathBuf> {
        self.grants.iter().filter_map(|grant| match grant {
            Grant::Folder { path } => Some(path),
            _ => None,
        })
    }
}

/// Whether a grant reaches beyond the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsandboxed(pub bool);

#[cfg(test)]
mod tests {
    use super::*;

    fn command(argv: &[&str], cwd: &str, unsandboxed: bool) -> Grant {
        Grant::Command {
            command: argv.iter().map(ToString::to_string).collect(),
            cwd: cwd.into(),
            unsandboxed,
        }
    }

    fn argv(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_command_is_its_argv_and_its_directory() {
        let mut grants = Grants::default();
        grants.add(command(&["make", "test"], "/w", false));
        let allowed = |words: &[&str], cwd: &str| grants.command(&argv(words), cwd.as_ref());
        assert_eq!(allowed(&["make", "test"], "/w"), Some(Unsandboxed(false)));
        assert_eq!(allowed(&["make", "test"], "/w/sub"), None);
        assert_eq!(allowed(&["make", "test", "-B"], "/w"), None);
        assert_eq!(allowed(&["make test"], "/w"), None);
    }

    #[test]
    fn the_wider_grant_counts_until_it_is_revoked() {
        let mut grants = Grants::default();
        grants.add(command(&["make"], "/w", false));
        grants.add(command(&["make"], "/w", true));
        grants.add(command(&["make"], "/w", true));
        assert_eq!(grants.list().len(), 2);
        let make = argv(&["make"]);
        assert_eq!(grants.command(&make, "/w".as_ref()), Some(Unsandboxed(true)));
        assert!(grants.revoke(&command(&["make"], "/w", true)));
        assert_eq!(grants.command(&make, "/w".as_ref()), Some(Unsandboxed(false)));
        assert!(!grants.revoke(&command(&["make"], "/w", true)));
    }

    #[test]
    fn a_root_covers_what_is_below_it_and_a_file_only_itself() {
        let mut grants = Grants::default();
        grants.add(Grant::Folder { path: "/srv/x".into() });
        grants.add(Grant::File { path: "/w/a".into() });
        assert!(grants.file("/srv/x/deep/file".as_ref()));
        assert!(!grants.file("/srv/xy".as_ref()));
        assert!(grants.file("/w/a".as_ref()));
        assert!(!grants.file("/w/a/b".as_ref()));
        assert_eq!(grants.roots().count(), 1);
    }
}
