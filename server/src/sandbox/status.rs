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
    /// Why something is missing here, as the system says it.
    pub notes: Vec<String>,
    /// Why the memory of a command's processes cannot be limited together.
    pub no_memory_limit: Option<String>,
}

/// Asks the running system.
#[must_use]
pub fn status() -> Status {
    status_of(false)
}

/// As [`status`]; `no_namespaces` is whether commands are run without.
#[must_use]
pub fn status_of(no_namespaces: bool) -> Status {
    #[cfg(target_os = "linux")]
    let (landlock_abi, known) = (
        super::kernel::landlock_abi(),
        cfg!(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")),
    );
    #[cfg(not(target_os = "linux"))]
    let (landlock_abi, known) = (0, false);
    if !known || landlock_abi < REQUIRED_ABI {
        return describe(landlock_abi, known, Err(String::new()));
    }
    #[cfg(target_os = "linux")]
    let namespaces = if no_namespaces {
        Err("switched off by --no-namespaces".to_owned())
    } else {
        super::probe::probe()
    };
    #[cfg(not(target_os = "linux"))]
    let namespaces = Err(String::new());
    #[cfg(target_os = "linux")]
    let bounded = namespaces.is_ok() && super::namespaces::bound_root();
    let mut status = describe(landlock_abi, known, namespaces);
    #[cfg(target_os = "linux")]
    {
        if !bounded && status.level != Level::None && rustix::process::geteuid().is_root() {
            status.missing.push(ROOT_UNBOUNDED);
            status.level = Level::Degraded;
        }
        status.no_memory_limit = super::cgroup::probe().err();
    }
    status
}

/// What `tiro sandbox --probe` prints: whether namespaces can be had.
#[must_use]
pub fn probe_words() -> String {
    #[cfg(target_os = "linux")]
    return super::probe::words(&super::probe::probe());
    #[cfg(not(target_os = "linux"))]
    "there are none on this system".to_owned()
}

/// What a kernel with this version of Landlock gives; `known` is whether the
/// system calls of its architecture are. `namespaces` has why there are none, or
/// why there is no copy of the home directory.
fn describe(landlock_abi: u32, known: bool, namespaces: Result<Option<String>, String>) -> Status {
    if landlock_abi < REQUIRED_ABI || !known {
        let missing = Missing {
            protection: "the sandbox",
            consequence: "commands are refused",
            remedy: "Linux 6.2 or newer with Landlock enabled (`lsm=landlock,…`), on x86_64, \
                aarch64 or riscv64",
        };
        let (missing, notes) = (vec![missing], Vec::new());
        return Status { level: Level::None, landlock_abi, missing, notes, no_memory_limit: None };
    }
    let mut missing = Vec::new();
    let mut notes = Vec::new();
    match namespaces {
        Ok(None) => {}
        Ok(Some(reason)) => {
            missing.push(NO_COPY);
            notes.push(format!("home: {reason}"));
        }
        Err(reason) => {
            missing.extend(WITHOUT_NAMESPACES);
            notes.push(format!("namespaces: {reason}"));
        }
    }
    let later = LATER.iter().filter(|(since, _)| landlock_abi < *since);
    missing.extend(later.map(|(_, missing)| missing.clone()));
    let level = if missing.is_empty() { Level::Full } else { Level::Degraded };
    Status { level, landlock_abi, missing, notes, no_memory_limit: None }
}

/// The kernel counts no tasks of root by user.
#[cfg(target_os = "linux")]
const ROOT_UNBOUNDED: Missing = Missing {
    protection: "task limit",
    consequence: "a command of root can start as many processes as the system has room for",
    remedy: "Linux 6.14 or newer with user namespaces; or another user than root",
};

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

const NO_COPY: Missing = Missing {
    protection: "home copy",
    consequence: "tools cannot write their caches and configuration in the home directory, which \
        is read-only",
    remedy: "an overlay file system with user extended attributes; or TMPDIR outside the home",
};

/// What only namespaces give. Everything else is in force without them.
const WITHOUT_NAMESPACES: [Missing; 4] = [
    Missing {
        protection: "namespaces",
        consequence: "a command sees other processes, can change modes and times of your files \
            outside the workspace, and cannot use sockets, not even its own",
        remedy: "user namespaces for this user: see docs/sandbox.md",
    },
    Missing {
        protection: "protected paths",
        consequence: "a command that may write the workspace can change .git/hooks, .git/config \
            and .tiro while it runs; this is undone when it ends",
        remedy: "user namespaces",
    },
    Missing {
        protection: "hidden names",
        consequence: "a command can see the names of your keys, but not read them",
        remedy: "user namespaces",
    },
    NO_COPY,
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
            let without =
                |name: &str| self.missing.iter().any(|missing| missing.protection == name);
            let namespaces = if without("namespaces") {
                "comparison of protected paths"
            } else {
                "namespaces, read-only mounts, protected paths, hidden keys"
            };
            writeln!(
                out,
                "  in force: Landlock (ABI {}), seccomp, {namespaces}, no_new_privs, no \
                capabilities, environment allow-list, end of the whole process tree",
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
        for note in &self.notes {
            writeln!(out, "  because of {note}")?;
        }
        match &self.no_memory_limit {
            Some(reason) if self.level != Level::None => writeln!(
                out,
                "  memory is not limited for all processes of a command together: {reason}; a \
                configured limit bounds the address space of each"
            )?,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(
        landlock_abi: u32,
        known: bool,
        namespaces: Result<Option<String>, String>,
        expected: &Expect,
    ) {
        let status = describe(landlock_abi, known, namespaces);
        let names: Vec<&str> = status.missing.iter().map(|missing| missing.protection).collect();
        expected.assert_eq(&format!("{:?}: {}", status.level, names.join(", ")));
    }

    #[test]
    fn old_kernels_are_refused_and_middling_ones_say_what_is_missing() {
        check(0, true, Ok(None), &expect!["None: the sandbox"]);
        check(2, true, Ok(None), &expect!["None: the sandbox"]);
        check(7, false, Ok(None), &expect!["None: the sandbox"]);
        check(3, true, Ok(None), &expect!["Degraded: signal scope, device ioctl"]);
        check(5, true, Ok(None), &expect!["Degraded: signal scope"]);
        check(7, true, Ok(None), &expect!["Full: "]);
    }

    #[test]
    fn without_namespaces_it_is_never_called_full() {
        let refused = || Err("not permitted".to_owned());
        check(
            7,
            true,
            refused(),
            &expect!["Degraded: namespaces, protected paths, hidden names, home copy"],
        );
        check(7, true, Ok(Some("x".to_owned())), &expect!["Degraded: home copy"]);
        let words = describe(7, true, refused()).to_string();
        assert!(words.starts_with("sandbox: degraded"), "{words}");
        assert!(words.contains(".git/hooks"), "{words}");
        assert!(words.contains("because of namespaces: not permitted"), "{words}");
        let words = describe(7, true, Ok(None)).to_string();
        assert!(words.starts_with("sandbox: full") && words.contains("read-only mounts"));
        assert!(describe(1, true, refused()).to_string().contains("commands are refused"));
    }
}
