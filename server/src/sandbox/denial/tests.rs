//! What programs write when they may not, and what becomes of it.

use expect_test::{Expect, expect};
use tiro_protocol::SandboxPolicy;

use super::*;

/// As the user of `/home/u` with the workspace `/w`, in which `/w/link` leads to `/srv`.
fn denial(policy: &SandboxPolicy, exit_code: i32, stderr: &str) -> Option<Denial> {
    let roots = [PathBuf::from("/w")];
    let restrictions =
        Restrictions::new(policy, &roots, Some(Path::new("/t"))).expect("a valid policy");
    let files = Files {
        resolve: &|path| match path.strip_prefix("/w/link") {
            Ok(rest) => Path::new("/srv").join(rest),
            Err(_) => path.to_path_buf(),
        },
        user_may_write: &|path| {
            ["/w", "/t", "/srv", "/home/u"].iter().any(|own| path.starts_with(own))
        },
        host_listens: &|port| port == 5432,
        is_directory: &|path| path.components().count() < 5,
        is_repository: &|path| path == Path::new("/srv/repo"),
        roots: &roots,
        home: Some(Path::new("/home/u")),
        hidden: &["/home/u/.ssh".into()],
    };
    explain(&restrictions, Path::new("/w"), stderr, exit_code, &files)
}

fn reason(policy: &SandboxPolicy, exit_code: i32, stderr: &str) -> String {
    denial(policy, exit_code, stderr).map_or_else(|| "none".to_owned(), |denial| denial.reason)
}

fn check(policy: &SandboxPolicy, exit_code: i32, stderr: &str, expected: &Expect) {
    expected.assert_eq(&reason(policy, exit_code, stderr));
}

fn auto(stderr: &str, expected: &Expect) {
    check(&SandboxPolicy::full_auto(), 1, stderr, expected);
}

const OUTSIDE: &str =
    "the sandbox stopped a write to `/home/u/d/x`: it lies outside the writable roots (/w, /t)";

#[test]
fn a_refused_write_outside_is_a_denial_however_it_is_told() {
    for told in [
        "bash: /home/u/d/x: Permission denied",
        "bash: line 1: /home/u/d/x: Permission denied",
        "/bin/sh: 1: cannot create /home/u/d/x: Permission denied",
        "sh: 1: cannot create ../home/u/d/x: Permission denied",
        "touch: cannot touch '/home/u/d/x': Permission denied",
        "mkdir: cannot create directory ‘/home/u/d/x’: Permission denied",
        "cp: cannot create regular file '/home/u/d/x': Read-only file system",
        "PermissionError: [Errno 13] Permission denied: '/home/u/d/x'",
        "Error: EACCES: permission denied, open '/home/u/d/x'",
        "open /home/u/d/x: permission denied",
        "error: failed to create directory `/home/u/d/x`\n\nCaused by:\n  Permission denied (os error 13)",
        "fatal: could not create leading directories of '/home/u/d/x': Permission denied",
        "warning: something\nrm: cannot remove '/home/u/d/x': Operation not permitted\nmore",
        "tee: /home/u/d/x: Permission denied",
        "tar: /home/u/d/x: Cannot open: Permission denied\ntar: Error is not recoverable: exiting now",
        "sed: couldn't open temporary file /home/u/d/x: Permission denied",
        "sed: couldn't, won't open temporary file /home/u/d/x: Permission denied",
        "error: could not lock config file /home/u/d/x: Permission denied",
        "fatal: cannot mkdir /home/u/d/x: Permission denied",
        "/usr/bin/ld: cannot open output file /home/u/d/x: Permission denied\ncollect2: error: ld returned 1 exit status",
        "E: Could not open lock file /home/u/d/x - open (13: Permission denied)",
        "node:fs:573\nError: EACCES: permission denied, open '/home/u/d/x'\n    at Object.openSync (node:fs:573:18) {\n  errno: -13,\n  path: '/home/u/d/x'\n}",
    ] {
        assert_eq!(reason(&SandboxPolicy::full_auto(), 1, told), OUTSIDE, "{told}");
    }
}

#[test]
fn a_link_in_the_workspace_leads_outside() {
    auto(
        "bash: link/f: Permission denied",
        &expect![
            "the sandbox stopped a write to `/w/link/f`: it lies outside the writable roots (/w, /t)"
        ],
    );
}

#[test]
fn under_a_read_only_policy_the_workspace_is_outside_too() {
    check(
        &SandboxPolicy::read_only(),
        1,
        "touch: cannot touch 'x': Permission denied",
        &expect!["the sandbox stopped a write to `/w/x`: nothing may be written"],
    );
    check(&SandboxPolicy::read_only(), 126, "bash: ./run.sh: Permission denied", &expect!["none"]);
}

#[test]
fn what_was_not_granted_for_reading_is_named() {
    let policy = SandboxPolicy { permissions: Vec::new() };
    check(
        &policy,
        1,
        "cat: /w/a: Permission denied",
        &expect!["the sandbox stopped access to `/w/a`: disk-full-read-access is not granted"],
    );
    check(&policy, 1, "cat: /etc/shadow: Permission denied", &expect!["none"]);
}

#[test]
fn an_ordinary_failure_is_none() {
    auto("", &expect!["none"]);
    auto("error[E0308]: mismatched types\n --> src/main.rs:1:1", &expect!["none"]);
    auto("thread 'x' panicked: assertion failed", &expect!["none"]);
    // Its own permissions, inside the workspace and outside.
    auto("cat: secret: Permission denied", &expect!["none"]);
    auto("cat: /etc/shadow: Permission denied", &expect!["none"]);
    auto("bash: /t/a: Permission denied", &expect!["none"]);
    auto("chmod: changing permissions of 'x': Operation not permitted", &expect!["none"]);
    auto("Permission denied", &expect!["none"]);
    auto("ls: cannot access '/home/u/d/x': No such file or directory", &expect!["none"]);
}

#[test]
fn success_is_none_whatever_was_written() {
    check(&SandboxPolicy::full_auto(), 0, "bash: /home/u/d/x: Permission denied", &expect!["none"]);
}

#[test]
fn the_network_is_named_with_the_address() {
    auto(
        "curl: (6) Could not resolve host: example.com",
        &expect![
            "the sandbox stopped a network connection to `example.com`: network-full-access is not granted"
        ],
    );
    auto(
        "fatal: unable to access 'https://example.com/a.git/': Could not resolve host: example.com",
        &expect![
            "the sandbox stopped a network connection to `https://example.com/a.git/`: network-full-access is not granted"
        ],
    );
    auto(
        "ping: socket: Operation not permitted",
        &expect!["the sandbox stopped a network connection: network-full-access is not granted"],
    );
    auto(
        "  File \"/usr/lib/python3/socket.py\", line 232, in __init__\n    _socket.socket.__init__(self, family)\nPermissionError: [Errno 1] Operation not permitted",
        &expect!["the sandbox stopped a network connection: network-full-access is not granted"],
    );
    auto(
        "Error: connect EPERM 10.0.0.1:443",
        &expect![
            "the sandbox stopped a network connection to `10.0.0.1:443`: network-full-access is not granted"
        ],
    );
    auto(
        "go: dial tcp: lookup proxy.golang.org: operation not permitted",
        &expect![
            "the sandbox stopped a network connection to `proxy.golang.org`: network-full-access is not granted"
        ],
    );
}

#[test]
fn tools_tell_of_the_network_in_many_ways() {
    let to = |address: &str| {
        format!(
            "the sandbox stopped a network connection to `{address}`: network-full-access is not granted"
        )
    };
    for (told, address) in [
        (
            "curl: (7) Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
            "127.0.0.1",
        ),
        (
            "ssh: Could not resolve hostname example.com: Temporary failure in name resolution",
            "example.com",
        ),
        ("wget: unable to resolve host address ‘example.com’", "example.com"),
        (
            "npm error request to https://registry.npmjs.org/x failed, reason: getaddrinfo EAI_AGAIN registry.npmjs.org",
            "https://registry.npmjs.org/x",
        ),
        (
            "  failed to download from `https://index.crates.io/config.json`\n\nCaused by:\n  [6] Could not resolve hostname (Could not resolve host: index.crates.io)",
            "index.crates.io",
        ),
    ] {
        assert_eq!(reason(&SandboxPolicy::full_auto(), 1, told), to(address), "{told}");
    }
}

#[test]
fn with_the_network_granted_its_failures_are_ordinary() {
    let mut policy = SandboxPolicy::full_auto();
    policy.permissions.push(tiro_protocol::SandboxPermission::NetworkFullAccess);
    check(&policy, 6, "curl: (6) Could not resolve host: example.com", &expect!["none"]);
}

#[test]
fn a_foreign_system_call_is_told_by_its_signal() {
    check(
        &SandboxPolicy::full_auto(),
        159,
        "",
        &expect!["the sandbox killed it for a system call under another architecture's number"],
    );
}

#[test]
fn a_protected_path_is_named_with_the_reason() {
    auto(
        "error: could not write config file .git/config: Device or resource busy",
        &expect![
            "the sandbox stopped a change of `/w/.git/config`: it is protected, as git runs programs that its configuration names, with your rights (`git config`, `git remote add`, setting an upstream and renaming a branch change it)"
        ],
    );
    auto(
        "bash: /w/.git/hooks/pre-commit: Read-only file system",
        &expect![
            "the sandbox stopped a change of `/w/.git/hooks/pre-commit`: it is protected, as git runs what is written there with your rights"
        ],
    );
    auto("mv: cannot move 'a' to 'b': Device or resource busy", &expect!["none"]);
}

#[test]
fn what_was_undone_is_told_also_after_success() {
    let line = "fine\nsandbox: undid a change of `/w/.tiro`: x\n";
    check(
        &SandboxPolicy::full_auto(),
        0,
        line,
        &expect!["the sandbox: undid a change of `/w/.tiro`: x"],
    );
}

#[test]
fn a_refused_connection_counts_when_the_host_listens_there() {
    auto(
        "psql: error: connection to server at \"localhost\" (127.0.0.1), port 5432 failed: Connection refused",
        &expect![
            "the sandbox stopped a network connection to port 5432 of this machine: network-full-access is not granted"
        ],
    );
    auto("connect to 127.0.0.1:8080: Connection refused", &expect!["none"]);
}

#[test]
fn what_would_do_is_named_and_no_more() {
    let needs = |policy: &SandboxPolicy, exit_code, stderr: &str| {
        denial(policy, exit_code, stderr).map(|denial| denial.needs)
    };
    let auto = |stderr: &str| needs(&SandboxPolicy::full_auto(), 1, stderr);
    let folder = |path: &str| Some(Need::WritableRoot(path.into()));
    assert_eq!(auto("touch: cannot touch '/home/u/d/x': Permission denied"), folder("/home/u/d"));
    assert_eq!(auto("bash: /srv/repo/a/b: Permission denied"), folder("/srv/repo"));
    assert_eq!(auto("bash: link/f: Permission denied"), folder("/srv"));
    let read_only = SandboxPolicy::read_only();
    assert_eq!(needs(&read_only, 1, "bash: a/b: Permission denied"), folder("/w"));
    assert_eq!(needs(&SandboxPolicy::default(), 1, "cat: a: Permission denied"), Some(Need::Read));
    assert_eq!(auto("curl: (6) Could not resolve host: x.org"), Some(Need::Network));
    for nothing_less in [
        "bash: /home/u/x: Read-only file system",
        "bash: /home/u/.ssh/config: Read-only file system",
        "bash: .git/config: Read-only file system",
        "bash: /srv/repo/.git/hooks/x: Read-only file system",
        "dial unix /var/run/docker.sock: socket: operation not permitted",
        "sandbox: undid a change of `/w/.tiro`: x",
    ] {
        assert_eq!(auto(nothing_less), Some(Need::NoSandbox), "{nothing_less}");
    }
    assert_eq!(needs(&read_only, 159, ""), Some(Need::NoSandbox));
}
