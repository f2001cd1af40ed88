//! Command lines, as they are written again after reading.

use expect_test::{Expect, expect};

use super::*;

fn check(line: &str, expected: &Expect) {
    let result = match parse(line.split_whitespace().map(OsString::from)) {
        Ok(Invocation::Run(run)) => {
            let again = parse(write(&run)).expect("what is written can be read");
            let same = match again {
                Invocation::Run(mut again) => {
                    // The order in which permissions are granted means nothing.
                    let key = |permission: &SandboxPermission| format!("{permission:?}");
                    again.policy.permissions.sort_by_key(key);
                    let mut run = run.clone();
                    run.policy.permissions.sort_by_key(key);
                    again == run
                }
                Invocation::Help
                | Invocation::Probe
                | Invocation::AfterKeeper { .. }
                | Invocation::Status { .. } => false,
            };
            assert!(same, "written and read again: {run:?}");
            write(&run).join(std::ffi::OsStr::new(" ")).into_string().expect("UTF-8")
        }
        Ok(other) => format!("{other:?}"),
        Err(message) => format!("error: {message}"),
    };
    expected.assert_eq(&result);
}

#[test]
fn the_default_is_to_write_in_the_workspace() {
    check(
        "-- ls -l",
        &expect![
            "--permission disk-full-read-access --permission disk-write-platform-user-temp-folder --permission disk-write-cwd -- ls -l"
        ],
    );
}

#[test]
fn roots_and_network_are_added_to_a_policy() {
    check(
        "--policy=read-only --cwd /w --writable-root /a --allow-network --no-namespaces -- x --status",
        &expect![
            "--permission disk-full-read-access --writable-root /a --permission network-full-access --cwd /w --no-namespaces -- x --status"
        ],
    );
}

#[test]
fn a_policy_may_have_no_permission() {
    check("--permission none -- x", &expect!["--permission none -- x"]);
    check(
        "--permission none --writable-root /a -- x",
        &expect!["--permission none --writable-root /a -- x"],
    );
}

#[test]
fn the_servers_options_are_read_back() {
    check(
        "--policy full-access --workspace-root /a --workspace-root /b --temp /t --env X --max-memory=1000 --max-tasks 9 --control -- x",
        &expect![
            "--permission disk-full-read-access --permission disk-full-write-access --permission network-full-access --workspace-root /a --workspace-root /b --temp /t --max-tasks 9 --max-memory 1000 --env X --control -- x"
        ],
    );
}

#[test]
fn what_is_wrong_is_named() {
    check("", &expect!["error: no command: write it after `--`, as in `tiro sandbox -- ls`"]);
    check("--", &expect!["error: no command: write it after `--`, as in `tiro sandbox -- ls`"]);
    check(
        "ls",
        &expect![
            "error: unknown option `ls`: the command comes after `--`; see `tiro sandbox --help`"
        ],
    );
    check(
        "--max-tasks 0 -- x",
        &expect!["error: --max-tasks needs a whole number above 0, not `0`"],
    );
    check("--cwd", &expect!["error: --cwd needs a value"]);
    check("--cwd a -- x", &expect!["error: --cwd needs an absolute path, not `a`"]);
    check(
        "--writable-root ../a -- x",
        &expect!["error: --writable-root needs an absolute path, not `../a`"],
    );
    check(
        "--policy loose -- x",
        &expect!["error: unknown policy `loose`: use read-only, workspace-write or full-access"],
    );
    check(
        "--permission disk -- x",
        &expect![
            "error: unknown permission `disk`: use none, disk-full-read-access, disk-write-platform-user-temp-folder, disk-write-platform-global-temp-folder, disk-write-cwd, disk-full-write-access, network-full-access, or --writable-root DIR"
        ],
    );
    check("--status -- x", &expect!["Status { no_namespaces: false }"]);
    check("--help", &expect!["Help"]);
}

#[test]
fn a_launcher_whose_keeper_was_killed_says_so_to_itself() {
    check("--keeper-was-killed", &expect!["AfterKeeper { control: false }"]);
    check("--control --keeper-was-killed", &expect!["AfterKeeper { control: true }"]);
}
