//! Who has to be asked about what: the table of the approval rules. Pure.

use std::path::{Path, PathBuf};

use tiro_protocol::{AskForApproval, SandboxPermission, SandboxPolicy};

use super::{
    approvals::{Grant, Grants, Unsandboxed},
    safety::{assess_patch, is_known_safe},
};

/// What the rules depend on, fixed while one input is handled.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// When a person is asked.
    pub approval_policy: AskForApproval,
    /// What commands may do unasked.
    pub sandbox_policy: &'a SandboxPolicy,
    /// Canonical workspace folders; at least one.
    pub roots: &'a [PathBuf],
    /// What was allowed for the session.
    pub grants: &'a Grants,
}

/// How a command is treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandVerdict {
    /// It runs under this policy.
    Run(SandboxPolicy),
    /// A person decides; then it runs under this policy.
    Ask(SandboxPolicy),
}

/// How a patch is treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchVerdict {
    /// It is applied.
    Apply,
    /// A person decides.
    Ask {
        /// Why, when it is more than that everything is asked about.
        reason: Option<String>,
        /// The folder that approval for the session makes writable.
        grant_root: Option<PathBuf>,
    },
    /// It is not applied; the model is told why.
    Refuse(String),
}

impl Rules<'_> {
    /// The rules for a command.
    #[must_use]
    pub fn command(&self, command: &[String], cwd: &Path) -> CommandVerdict {
        match self.grants.command(command, cwd) {
            Some(Unsandboxed(true)) => return CommandVerdict::Run(SandboxPolicy::unrestricted()),
            Some(Unsandboxed(false)) => return CommandVerdict::Run(self.approved_policy()),
            None => {}
        }
        match self.approval_policy {
            AskForApproval::OnFailure | AskForApproval::Never => {
                CommandVerdict::Run(self.unasked_policy())
            }
            AskForApproval::UnlessAllowListed | AskForApproval::AutoEdit => {
                if is_known_safe(command, cwd, self.roots) {
                    CommandVerdict::Run(SandboxPolicy::read_only())
                } else {
                    CommandVerdict::Ask(self.approved_policy())
                }
            }
        }
    }

    /// Whether a person may be asked to allow a command what the sandbox stopped.
    #[must_use]
    pub fn may_escalate(&self, ran_under: &SandboxPolicy) -> bool {
        self.approval_policy != AskForApproval::Never && !ran_under.is_unrestricted()
    }

    /// The rules for a patch of these absolute, resolved paths.
    #[must_use]
    pub fn patch(&self, paths: &[PathBuf]) -> PatchVerdict {
        let asked_about: Vec<PathBuf> =
            paths.iter().filter(|path| !self.is_granted(path)).cloned().collect();
        if asked_about.is_empty() {
            return PatchVerdict::Apply;
        }
        let protected: Vec<String> = asked_about
            .iter()
            .filter(|path| is_protected(path))
            .map(|path| path.display().to_string())
            .collect();
        let assessment = assess_patch(&asked_about, &self.writable_roots());
        let outside: Vec<String> =
            assessment.outside.iter().map(|path| path.display().to_string()).collect();
        let reason = match (outside.is_empty(), protected.is_empty()) {
            (false, _) => {
                Some(format!("outside the folders that may be written: {}", outside.join(", ")))
            }
            (true, false) => Some(format!(
                "what is written there runs later with your rights: {}",
                protected.join(", ")
            )),
            (true, true) => None,
        };
        match (self.approval_policy, reason) {
            (AskForApproval::Never, Some(reason)) => PatchVerdict::Refuse(format!(
                "the patch was not applied; {reason}; nobody is asked under the approval policy \
                 \"never\""
            )),
            (AskForApproval::UnlessAllowListed, reason) => {
                PatchVerdict::Ask { reason, grant_root: assessment.grant_root }
            }
            (_, Some(reason)) => {
                let grant_root = assessment.grant_root.filter(|_| protected.is_empty());
                PatchVerdict::Ask { reason: Some(reason), grant_root }
            }
            (_, None) => PatchVerdict::Apply,
        }
    }

    /// Whether changes of a file were allowed for the session. A folder that
    /// was allowed does not open the hooks and the configuration in it.
    fn is_granted(&self, path: &Path) -> bool {
        let named = |grant: &Grant| match grant {
            Grant::File { path: file } => file == path,
            Grant::Folder { path: folder } => is_protected(folder) && path.starts_with(folder),
            _ => false,
        };
        self.grants.file(path) && (!is_protected(path) || self.grants.list().iter().any(named))
    }

    /// The folders below which patches are applied.
    fn writable_roots(&self) -> Vec<PathBuf> {
        let mut roots: Vec<PathBuf> = self.grants.roots().cloned().collect();
        for root in self.roots {
            roots.extend(self.sandbox_policy.writable_roots(root));
        }
        if self.sandbox_policy.has_full_disk_write_access() {
            roots.push(PathBuf::from("/"));
        }
        // "auto-edit" says that patches of the workspace are not asked about,
        // and "unless-allow-listed" asks anyway: naming the workspace as a
        // folder that may not be written would only confuse.
        if matches!(
            self.approval_policy,
            AskForApproval::AutoEdit | AskForApproval::UnlessAllowListed
        ) {
            roots.extend(self.roots.iter().cloned());
        }
        roots
    }

    /// What an unasked command may do: what is configured, and what was granted.
    fn unasked_policy(&self) -> SandboxPolicy {
        let mut policy = self.sandbox_policy.clone();
        for root in self.grants.roots() {
            add(&mut policy, SandboxPermission::DiskWriteFolder { folder: root.clone() });
        }
        for permission in self.grants.permissions() {
            add(&mut policy, permission);
        }
        policy
    }

    /// What a command may do that a person allowed: the workspace and a
    /// temporary directory on top of what is configured. A person who allows
    /// `make` under the read-only default wants it to work, and would otherwise
    /// be asked twice; network and everything outside stay closed.
    fn approved_policy(&self) -> SandboxPolicy {
        let mut policy = self.unasked_policy();
        add(&mut policy, SandboxPermission::DiskFullReadAccess);
        add(&mut policy, SandboxPermission::DiskWriteCwd);
        add(&mut policy, SandboxPermission::DiskWritePlatformUserTempFolder);
        policy
    }
}

fn add(policy: &mut SandboxPolicy, permission: SandboxPermission) {
    if !policy.has(&permission) {
        policy.permissions.push(permission);
    }
}

/// Hooks, configuration and the like: what is in there is run or obeyed later,
/// outside the sandbox.
fn is_protected(path: &Path) -> bool {
    path.components().any(|part| matches!(part.as_os_str().to_str(), Some(".git" | ".tiro")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "/w";

    fn rules<'a>(
        approval_policy: AskForApproval,
        sandbox_policy: &'a SandboxPolicy,
        roots: &'a [PathBuf],
        grants: &'a Grants,
    ) -> Rules<'a> {
        Rules { approval_policy, sandbox_policy, roots, grants }
    }

    fn argv(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[track_caller]
    fn command(
        approval: AskForApproval,
        sandbox: &SandboxPolicy,
        grants: &Grants,
        line: &str,
    ) -> String {
        let roots = [PathBuf::from(ROOT)];
        let names = |policy: SandboxPolicy| {
            let value = serde_json::to_value(policy.permissions).expect("serialises");
            value.to_string().replace("disk-", "").replace('"', "")
        };
        match rules(approval, sandbox, &roots, grants).command(&argv(line), ROOT.as_ref()) {
            CommandVerdict::Run(policy) => format!("run {}", names(policy)),
            CommandVerdict::Ask(policy) => format!("ask {}", names(policy)),
        }
    }

    #[test]
    fn commands() {
        use AskForApproval::{AutoEdit, Never, OnFailure, UnlessAllowListed};
        let read_only = SandboxPolicy::read_only();
        let full_auto = SandboxPolicy::full_auto();
        let none = Grants::default();
        let wide = "[full-read-access,write-cwd,write-platform-user-temp-folder]";
        let check = |approval, sandbox: &SandboxPolicy, line, expected: &str| {
            assert_eq!(command(approval, sandbox, &none, line), expected, "{approval:?} {line}");
        };
        check(UnlessAllowListed, &read_only, "ls", "run [full-read-access]");
        check(UnlessAllowListed, &full_auto, "ls", "run [full-read-access]");
        check(UnlessAllowListed, &read_only, "make", &format!("ask {wide}"));
        check(AutoEdit, &read_only, "make", &format!("ask {wide}"));
        check(OnFailure, &read_only, "make", "run [full-read-access]");
        check(Never, &read_only, "make", "run [full-read-access]");
        check(OnFailure, &SandboxPolicy::default(), "make", "run []");
    }

    #[test]
    fn grants_are_not_asked_about_again() {
        let mut grants = Grants::default();
        let policy = SandboxPolicy::read_only();
        let grant =
            |unsandboxed| Grant::Command { command: argv("make"), cwd: ROOT.into(), unsandboxed };
        grants.add(grant(false));
        assert!(
            command(AskForApproval::UnlessAllowListed, &policy, &grants, "make")
                .starts_with("run [full-read-access,write-cwd")
        );
        assert!(
            command(AskForApproval::UnlessAllowListed, &policy, &grants, "make x")
                .starts_with("ask")
        );
        grants.add(grant(true));
        assert_eq!(
            command(AskForApproval::UnlessAllowListed, &policy, &grants, "make"),
            "run [full-read-access,full-write-access,network-full-access]"
        );
    }

    #[test]
    fn granted_permissions_hold_for_every_command_that_is_not_known_to_read() {
        let mut grants = Grants::default();
        grants.add(Grant::Network);
        grants.add(Grant::Folder { path: "/srv".into() });
        let policy = SandboxPolicy::read_only();
        let run = |grants: &Grants, line| command(AskForApproval::OnFailure, &policy, grants, line);
        let wider = "run [full-read-access,{write-folder:{folder:/srv}},network-full-access]";
        assert_eq!(run(&grants, "make"), wider);
        let asked = command(AskForApproval::UnlessAllowListed, &policy, &grants, "make");
        assert!(asked.starts_with("ask ") && asked.contains("network-full-access"), "{asked}");
        let reads = command(AskForApproval::UnlessAllowListed, &policy, &grants, "ls");
        assert_eq!(reads, "run [full-read-access]");
        assert!(grants.revoke(&Grant::Network));
        assert!(grants.revoke(&Grant::Folder { path: "/srv".into() }));
        assert_eq!(run(&grants, "make"), "run [full-read-access]");
        grants.add(Grant::Read);
        let nothing = SandboxPolicy::default();
        assert_eq!(
            command(AskForApproval::Never, &nothing, &grants, "make"),
            "run [full-read-access]"
        );
    }

    #[track_caller]
    fn patch(
        approval: AskForApproval,
        sandbox: &SandboxPolicy,
        grants: &Grants,
        path: &str,
    ) -> String {
        let roots = [PathBuf::from(ROOT)];
        match rules(approval, sandbox, &roots, grants).patch(&[path.into()]) {
            PatchVerdict::Apply => "apply".to_owned(),
            PatchVerdict::Ask { reason, grant_root } => format!(
                "ask, {}, {}",
                reason.as_deref().unwrap_or("no reason"),
                grant_root.map_or("no root".to_owned(), |root| root.display().to_string())
            ),
            PatchVerdict::Refuse(_) => "refuse".to_owned(),
        }
    }

    #[test]
    fn patches() {
        use AskForApproval::{AutoEdit, Never, OnFailure, UnlessAllowListed};
        let read_only = SandboxPolicy::read_only();
        let full_auto = SandboxPolicy::full_auto();
        let none = Grants::default();
        let check = |approval, sandbox: &SandboxPolicy, path, expected: &str| {
            assert_eq!(patch(approval, sandbox, &none, path), expected, "{approval:?} {path}");
        };
        check(UnlessAllowListed, &full_auto, "/w/a", "ask, no reason, no root");
        check(AutoEdit, &read_only, "/w/a", "apply");
        check(OnFailure, &full_auto, "/w/a", "apply");
        check(Never, &full_auto, "/w/a", "apply");
        check(Never, &read_only, "/w/a", "refuse");
        check(Never, &full_auto, "/srv/x/a", "refuse");
        check(Never, &full_auto, "/w/.git/hooks/pre-commit", "refuse");
        check(
            OnFailure,
            &full_auto,
            "/srv/x/a",
            "ask, outside the folders that may be written: /srv/x/a, /srv/x",
        );
        check(
            AutoEdit,
            &full_auto,
            "/w/.git/config",
            "ask, what is written there runs later with your rights: /w/.git/config, no root",
        );
    }

    #[test]
    fn a_granted_root_or_file_is_applied() {
        let mut grants = Grants::default();
        grants.add(Grant::Folder { path: "/srv/x".into() });
        grants.add(Grant::File { path: "/w/a".into() });
        let policy = SandboxPolicy::full_auto();
        for path in ["/srv/x/a", "/w/a"] {
            assert_eq!(
                patch(AskForApproval::UnlessAllowListed, &policy, &grants, path),
                "apply",
                "{path}"
            );
        }
    }

    #[test]
    fn a_granted_root_does_not_open_the_hooks_in_it() {
        let hook = "/srv/x/.git/hooks/pre-commit";
        let mut grants = Grants::default();
        grants.add(Grant::Folder { path: "/srv/x".into() });
        let policy = SandboxPolicy::full_auto();
        let outcome = |grants: &Grants| patch(AskForApproval::OnFailure, &policy, grants, hook);
        assert!(outcome(&grants).starts_with("ask, what is written there runs later"));
        grants.add(Grant::Folder { path: "/srv/x/.git/hooks".into() });
        assert_eq!(outcome(&grants), "apply");
    }

    #[test]
    fn nothing_is_escalated_under_never_or_from_full_access() {
        let roots = [PathBuf::from(ROOT)];
        let grants = Grants::default();
        let policy = SandboxPolicy::full_auto();
        let may = |approval, ran_under: &SandboxPolicy| {
            rules(approval, &policy, &roots, &grants).may_escalate(ran_under)
        };
        assert!(may(AskForApproval::OnFailure, &policy));
        assert!(may(AskForApproval::UnlessAllowListed, &policy));
        assert!(!may(AskForApproval::Never, &policy));
        assert!(!may(AskForApproval::OnFailure, &SandboxPolicy::unrestricted()));
    }
}
