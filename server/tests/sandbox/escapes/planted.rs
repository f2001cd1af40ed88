//! Repositories that a command plants in a workspace, so that the user's own git
//! runs something later. Judged by running that git, with all that it honours.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// In a repository with a working tree `wt` beside it: what is planted, and
/// where the user then asks for the status. `$EVIL` is a program that leaves a mark.
const PLANTED: [(&str, &str, &str); 12] = [
    ("a repository", "git init -q n; git -C n config core.fsmonitor $EVIL", "n"),
    (
        "a repository that was renamed",
        "git init -q t; git -C t config core.fsmonitor $EVIL; mkdir n; mv t/.git n/.git",
        "n",
    ),
    (
        "one by a pointer",
        "git init -q --bare e; git -C e config core.fsmonitor $EVIL; git -C e config core.bare false
         mkdir n; echo gitdir: ../e > n/.git",
        "n",
    ),
    (
        "one that is hidden, by a pointer",
        "git init -q --bare .e; git -C .e config core.fsmonitor $EVIL; git -C .e config core.bare false
         mkdir n; echo gitdir: ../.e > n/.git",
        "n",
    ),
    (
        "one that is hidden, by a link",
        "git init -q .e; git -C .e config core.fsmonitor $EVIL; mkdir n; ln -s ../.e/.git n/.git",
        "n",
    ),
    (
        "one in the temporary directory",
        "git init -q $TMPDIR/e; git -C $TMPDIR/e config core.fsmonitor $EVIL; mkdir n; echo gitdir: $TMPDIR/e/.git > n/.git",
        "n",
    ),
    (
        "one in two parts",
        "git init -q .e; git -C .e config core.fsmonitor $EVIL; mkdir n p; echo ref: refs/heads/main > p/HEAD
         echo ../.e/.git > p/commondir; echo gitdir: ../p > n/.git",
        "n",
    ),
    (
        "a working tree of a repository",
        "git init -q .e; git -C .e config core.fsmonitor $EVIL; mkdir n .git/worktrees/n
         echo ref: refs/heads/main > .git/worktrees/n/HEAD; echo $PWD/.e/.git > .git/worktrees/n/commondir
         echo gitdir: $PWD/.git/worktrees/n > n/.git",
        "n",
    ),
    (
        "the user's own working tree",
        "git init -q .e; git -C .e config core.fsmonitor $EVIL; echo $PWD/.e/.git > .git/worktrees/wt/commondir",
        "../wt",
    ),
    (
        "another in the place of the user's",
        "mv sub old; git init -q sub; git -C sub config core.fsmonitor $EVIL",
        "sub",
    ),
    (
        "a pointer in the place of the user's",
        "mv sub old; git init -q .e; git -C .e config core.fsmonitor $EVIL; mkdir sub; ln -s ../.e/.git sub/.git",
        "sub",
    ),
    (
        "a repository far below",
        "mkdir -p a/b/c/d; git init -q a/b/c/d; git -C a/b/c/d config core.fsmonitor $EVIL",
        "a/b/c/d",
    ),
];

fn git(directory: &Path, script: &str) -> bool {
    let mut command = Command::new("bash");
    command.args(["-c", script]).current_dir(directory).env("EVIL", directory.join("evil"));
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", directory).stdin(Stdio::null());
    command.env("TMPDIR", directory.join("../tmp"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("bash starts").success()
}

/// Whether the user's git ran what was planted with `options` of the sandbox.
fn runs(options: Option<&[&str]>, plant: &str, place: &str) -> (bool, String) {
    let directory = tempfile::tempdir_in("/var/tmp").expect("a directory");
    let at = |name: &str| directory.path().join(name);
    for name in ["ws", "tmp"] {
        fs::create_dir(at(name)).expect("a directory");
    }
    let (workspace, mark) = (at("ws"), at("mark"));
    fs::write(at("ws/evil"), format!("#!/bin/sh\ntouch {}\n", mark.display())).expect("a file");
    let prepare = "chmod +x evil; git init -q -b main . && git config user.name n
        git config user.email e@x && git add evil && git commit -qm first && git worktree add -q ../wt && git init -q sub";
    assert!(git(&workspace, prepare), "git is needed for these tests");
    let mut said = String::new();
    if let Some(options) = options {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiro"));
        command.args(["sandbox", "--cwd"]).arg(&workspace).arg("--temp").arg(at("tmp"));
        command.args(options).args(["--env", "EVIL", "--", "bash", "-c", plant]);
        command.env("EVIL", at("ws/evil")).env("HOME", directory.path()).stdin(Stdio::null());
        let output = command.output().expect("it starts");
        said = String::from_utf8_lossy(&output.stderr).into_owned();
    } else {
        git(&workspace, plant);
    }
    git(&workspace, &format!("cd {place} && git status"));
    (fs::exists(&mark).expect("readable"), said)
}

#[test]
fn the_users_own_git_runs_nothing_that_a_command_planted() {
    let mut wrong = Vec::new();
    for (name, plant, place) in PLANTED {
        assert!(runs(None, plant, place).0, "{name} runs nothing without the sandbox");
        for options in [&[][..], &["--no-namespaces"]] {
            let (ran, said) = runs(Some(options), plant, place);
            if ran {
                wrong.push(format!("{name} {options:?}: {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_command_may_work_with_repositories_and_working_trees() {
    let works = "set -e; git init -q new; cd new; echo 1 > f; git add f; git -c user.name=n -c user.email=e commit -qm f
        git worktree add -q ../tree; cd ..; git worktree add -q mine; git worktree remove ../ws/mine; git worktree add -q other";
    let (_, said) = runs(Some(&[]), works, ".");
    assert_eq!(said, "");
    let (_, said) = runs(Some(&["--no-namespaces"]), works, ".");
    assert_eq!(said, "");
}
