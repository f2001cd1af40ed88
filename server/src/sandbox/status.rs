//! What this system enforces and what it cannot: as data, and in words for
//! `tiro sandbox --status`, `tiro doctor` and the server's first message.

use std::fmt;

/// How far commands are confined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Every protection is in force.
    Full,
    /// Commands run, and some protections are missing.
    Degraded,
    /// Commands are refused.
    None,
}

/// A protection that is not in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub protection: &'static str,
    /// What a command can therefore do.
    pub consequence: &'static str,
    /// What would bring it.
    pub remedy: &'static str,
}

/// What the running system enforces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The sum of it.
    pub level: Level,
    /// Version of Landlock; 0 without it.
    pub landlock_abi: u32,
    /// In the order of how much they matter.
    pub missing: Vec<Missing>,
}

/// Asks the running system.
#[must_use]
pub fn status() -> Status {
    #[cfg(target_os = "linux")]
    let (landlock_abi, known) = (
        super::kernel::landlock_abi(),
        cfg!(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")),
    );
    #[cfg(not(target_os = "linux"))]
    let (landlock_abi, known) = (0, false);
    describe(landlock_abi, known)
}

/// What a kernel with this version of Landlock gives; `known` is whether the
/// system calls of its architecture are.
fn describe(landlock_abi: u32, known: bool) -> Status {
    if landlock_abi < REQUIRED_ABI || !known {
        let missing = Missing {
            protection: "the sandbox",
            consequence: "commands are refused",
            remedy: "Linux 6.2 or newer with Landlock enabled (`lsm=landlock,…`), on x86_64, \
                aarch64 or riscv64",
        };
        return Status { level: Level::None, landlock_abi, missing: vec![missing] };
    }
    let mut missing: Vec<Missing> = LATER
        .iter()
        .filter(|(since, _)| landlock_abi < *since)
        .map(|(_, missing)| missing.clone())
        .collect();
    missing.extend(NOT_BUILT);
    let level = if missing.is_empty() { Level::Full } else { Level::Degraded };
    Status { level, landlock_abi, missing }
}

/// The first version of Landlock that covers truncating a file.
const REQUIRED_ABI: u32 = 3;

/// What later versions of Landlock brought, newest last. Version 4 restricts
/// TCP, which the system call filter does already.
const LATER: [(u32, Missing); 2] = [
    (
        6,
        Missing {
            protection: "signal scope",
            consequence: "a command can signal your other processes",
            remedy: "Linux 6.12 or newer",
        },
    ),
    (
        5,
        Missing {
            protection: "device ioctl",
            consequence: "a command can send requests to devices that it may open for reading",
            remedy: "Linux 6.10 or newer",
        },
    ),
];

/// What this version of tiro does not do yet on any system.
const NOT_BUILT: [Missing; 3] = [
    Missing {
        protection: "namespaces",
        consequence: "a command sees other processes, can change modes and times of your files \
            outside the workspace, and cannot use sockets, not even its own",
        remedy: "a later version of tiro",
    },
    Missing {
        protection: "protected paths",
        consequence: "a command that may write the workspace can change .git/hooks, .git/config \
            and .tiro",
        remedy: "a later version of tiro; review such changes",
    },
    Missing {
        protection: "hidden secrets",
        consequence: "a command that may read every file can read ~/.ssh and the like",
        remedy: "a later version of tiro; keep the network off",
    },
];

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = match self.level {
            Level::Full => "full: every protection is in force",
            Level::Degraded => "degraded: commands run, with protections missing",
            Level::None => "none: commands are refused",
        };
        writeln!(out, "sandbox: {sum}")?;
        if self.level != Level::None {
            writeln!(
                out,
                "  in force: Landlock (ABI {}), seccomp, no_new_privs, no capabilities, \
                environment allow-list, end of the whole process tree",
                self.landlock_abi
            )?;
        }
        for missing in &self.missing {
            writeln!(
                out,
                "  missing: {}: {} (needs {})",
                missing.protection, missing.consequence, missing.remedy
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(landlock_abi: u32, known: bool, expected: &Expect) {
        let status = describe(landlock_abi, known);
        let names: Vec<&str> = status.missing.iter().map(|missing| missing.protection).collect();
        expected.assert_eq(&format!("{:?}: {}", status.level, names.join(", ")));
    }

    #[test]
    fn old_kernels_are_refused_and_middling_ones_say_what_is_missing() {
        check(0, true, &expect!["None: the sandbox"]);
        check(2, true, &expect!["None: the sandbox"]);
        check(7, false, &expect!["None: the sandbox"]);
        check(
            3,
            true,
            &expect![
                "Degraded: signal scope, device ioctl, namespaces, protected paths, hidden secrets"
            ],
        );
        check(
            5,
            true,
            &expect!["Degraded: signal scope, namespaces, protected paths, hidden secrets"],
        );
        check(7, true, &expect!["Degraded: namespaces, protected paths, hidden secrets"]);
    }

    #[test]
    fn the_words_say_what_a_command_can_do() {
        let words = describe(7, true).to_string();
        assert!(words.starts_with("sandbox: degraded"), "{words}");
        assert!(words.contains(".git/hooks"), "{words}");
        assert!(describe(1, true).to_string().contains("commands are refused"));
    }
}
