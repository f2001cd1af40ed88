//! The profile for macOS's Seatbelt, as text. Pure, and tested as text on every
//! system. Nothing starts `sandbox-exec` with it so far: there, commands are refused.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use tiro_protocol::SandboxPolicy;

use super::policy::{Readable, Restrictions, Writable};

/// What every program needs, whatever the policy. Anything not named is denied.
const BASE: &str = "\
(version 1)
(deny default)
(allow process-exec)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow ipc-posix-sem)
(allow pseudo-tty)
(allow mach-lookup (global-name \"com.apple.system.opendirectoryd.libinfo\"))
(allow file-read-metadata)
(allow file-read* file-write-data
  (literal \"/dev/null\")
  (literal \"/dev/zero\")
  (literal \"/dev/random\")
  (literal \"/dev/urandom\"))
(allow file-read* file-write-data file-ioctl (regex #\"^/dev/ttys[0-9]+$\"))
";

/// Readable without the permission to read every file.
const SYSTEM: [&str; 9] = [
    "/System",
    "/Library",
    "/usr",
    "/bin",
    "/sbin",
    "/opt",
    "/private/etc",
    "/private/var/db/timezone",
    "/private/var/select",
];

/// Name resolution and certificates, which the network is no use without.
const NETWORK: &str = "\
(allow network-outbound (remote ip))
(allow network-inbound (local ip))
(allow network-bind (local ip))
(allow system-socket)
(allow network-outbound (literal \"/private/var/run/mDNSResponder\"))
(allow mach-lookup
  (global-name \"com.apple.SystemConfiguration.configd\")
  (global-name \"com.apple.networkd\")
  (global-name \"com.apple.trustd\"))
";

/// The profile for `policy`. All paths have to be absolute with links followed
/// (`/tmp` is `/private/tmp`); below `protected` nothing is written although a
/// root grants it, as a later rule wins; what is `hidden` is not read either.
///
/// # Errors
/// When a root cannot be granted, or a path is not UTF-8.
pub fn profile(
    policy: &SandboxPolicy,
    workspace_roots: &[PathBuf],
    temp: Option<&Path>,
    protected: &[PathBuf],
    hidden: &[PathBuf],
) -> Result<String, String> {
    let restrictions = Restrictions::new(policy, workspace_roots, temp)?;
    let mut profile = BASE.to_owned();
    match &restrictions.readable {
        Readable::Everything => profile.push_str("(allow file-read*)\n"),
        Readable::Below(_) => {
            let system: Vec<PathBuf> = SYSTEM.iter().map(PathBuf::from).collect();
            rule(&mut profile, "allow file-read*", &system)?;
        }
    }
    match &restrictions.writable {
        Writable::Everything => profile.push_str("(allow file-write*)\n"),
        Writable::Below(roots) => rule(&mut profile, "allow file-read* file-write*", roots)?,
    }
    rule(&mut profile, "deny file-write*", protected)?;
    rule(&mut profile, "deny file-read* file-write*", hidden)?;
    // Files that run with their owner's rights.
    profile.push_str("(deny file-write-setugid)\n");
    if restrictions.network {
        profile.push_str(NETWORK);
    }
    Ok(profile)
}

/// One rule for everything below `paths`; none without paths, as it would hold for all.
fn rule(profile: &mut String, words: &str, paths: &[PathBuf]) -> Result<(), String> {
    if paths.is_empty() {
        return Ok(());
    }
    let _ = write!(profile, "({words}");
    for path in paths {
        let _ = write!(profile, "\n  (subpath {})", quoted(path)?);
    }
    profile.push_str(")\n");
    Ok(())
}

/// A string of the profile's language: nothing in a path can end it.
fn quoted(path: &Path) -> Result<String, String> {
    let text = path
        .to_str()
        .ok_or_else(|| format!("the path `{}` is not UTF-8: rename it", path.display()))?;
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// What follows the part that is the same for all.
    fn check(policy: &SandboxPolicy, protected: &[&str], expected: &Expect) {
        let protected: Vec<PathBuf> = protected.iter().map(PathBuf::from).collect();
        let text =
            profile(policy, &["/Users/u/w".into()], Some(Path::new("/private/t")), &protected, &[]);
        let text = text.expect("a profile");
        expected.assert_eq(text.strip_prefix(BASE).expect("the base comes first"));
    }

    #[test]
    fn reading_only() {
        check(
            &SandboxPolicy::read_only(),
            &[],
            &expect![[r#"
                (allow file-read*)
                (deny file-write-setugid)
            "#]],
        );
    }

    #[test]
    fn protected_paths_come_after_the_roots_that_hold_them() {
        check(
            &SandboxPolicy::full_auto(),
            &["/Users/u/w/.git/hooks", "/Users/u/w/.tiro"],
            &expect![[r#"
                (allow file-read*)
                (allow file-read* file-write*
                  (subpath "/Users/u/w")
                  (subpath "/private/t"))
                (deny file-write*
                  (subpath "/Users/u/w/.git/hooks")
                  (subpath "/Users/u/w/.tiro"))
                (deny file-write-setugid)
            "#]],
        );
    }

    #[test]
    fn the_network_is_granted_without_unix_sockets() {
        let profile =
            profile(&SandboxPolicy::unrestricted(), &[], None, &[], &[]).expect("a profile");
        assert!(profile.contains("(allow network-outbound (remote ip))"));
        assert!(!profile.contains("unix-socket"));
        let without = super::profile(&SandboxPolicy::full_auto(), &[], None, &[], &[]);
        assert!(!without.expect("a profile").contains("network"));
    }

    #[test]
    fn keys_are_hidden_whatever_may_be_read() {
        let hidden = [PathBuf::from("/Users/u/.ssh")];
        let profile = profile(&SandboxPolicy::read_only(), &[], None, &[], &hidden);
        let profile = profile.expect("a profile");
        let (allowed, denied) = (
            profile.find("(allow file-read*)\n").expect("everything may be read"),
            profile.find("(deny file-read* file-write*\n  (subpath \"/Users/u/.ssh\"))"),
        );
        assert!(denied.expect("but keys") > allowed);
    }

    #[test]
    fn a_path_cannot_add_rules() {
        let root = PathBuf::from("/w\") (allow network*) (x \"\\");
        let profile =
            profile(&SandboxPolicy::full_auto(), &[root], None, &[], &[]).expect("a profile");
        assert!(profile.contains(r#"(subpath "/w\") (allow network*) (x \"\\")"#), "{profile}");
    }
}
