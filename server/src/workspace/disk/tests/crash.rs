//! A process that is killed at every step, and the one that comes after it. The
//! process is this test again, told by a variable where to end.
#![expect(clippy::disallowed_methods, reason = "starts itself, and is told where to end")]

use std::{
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::workspace::disk::faults::Faults;

const STEP: &str = "TIRO_TEST_KILL_AT";
const PLACE: &str = "TIRO_TEST_KILL_IN";

const FILES: &[(&str, &str)] = &[("a", "1\n"), ("b", "b\n"), ("c", "c\n")];

/// The names and what they may hold: before, after.
const TEXTS: &[(&str, Option<&str>, Option<&str>)] = &[
    ("a", Some("1\n"), Some("2\n")),
    ("b", Some("b\n"), None),
    ("c", Some("c\n"), None),
    ("moved/b", None, Some("B\n")),
    ("new/deep/file", None, Some("n\n")),
];

#[test]
fn a_process_that_is_killed_leaves_whole_files_and_the_next_one_tells() {
    if let (Ok(step), Some(place)) = (std::env::var(STEP), std::env::var_os(PLACE)) {
        return end_at(step.parse().unwrap(), Path::new(&place));
    }
    let test = std::thread::current().name().unwrap().to_owned();
    let mut told = 0;
    for step in 0.. {
        let project = project(FILES);
        let state = project.directory.path().join("state");
        let status = Command::new(std::env::current_exe().unwrap())
            .args([&test, "--exact", "--test-threads=1"])
            .env(STEP, step.to_string())
            .env(PLACE, project.directory.path())
            .output()
            .unwrap()
            .status;
        let journal = Journal::below(&state);
        let roots = std::slice::from_ref(&project.root);
        assert!(journal.left_over(&[PathBuf::from("/elsewhere")]).is_empty());
        let messages = journal.left_over(roots);
        if status.success() {
            assert!(step > 20, "{step} steps are too few");
            assert!(messages.is_empty(), "{messages:?}");
            break;
        }
        let [message] = &messages[..] else { panic!("{step}: {messages:?}") };
        for (name, old, new) in TEXTS {
            let now = fs::read_to_string(project.path(name)).ok();
            let state = match now.as_deref() {
                now if now == *new => "new",
                now if now == *old => "old",
                now => panic!("{step}: {name} is {now:?}"),
            };
            assert!(message.contains(&format!("{name} ({state})")), "{step}: {message}");
        }
        told += 1;
        let left: Vec<_> =
            project.files().into_iter().filter(|it| it.0.contains(".tiro-")).collect();
        assert!(left.is_empty(), "{step}: {left:?}");
        assert!(journal.left_over(roots).is_empty(), "it is told once");
    }
    assert!(told > 20);
}

/// Applies a plan and is killed before its step of this number, if there is one.
fn end_at(step: usize, place: &Path) {
    let root = place.canonicalize().unwrap().join("root");
    let project = Project { directory: tempfile::tempdir().unwrap(), root };
    let plan = project.plan(EVERYTHING);
    let count = AtomicUsize::new(0);
    let faults = Faults::new(move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == step {
            let myself = rustix::process::getpid();
            rustix::process::kill_process(myself, rustix::process::Signal::KILL)?;
        }
        Ok(())
    });
    let roots = std::slice::from_ref(&project.root);
    let note = Journal::below(&place.join("state")).begin(roots, plan.files(), Vec::new(), true);
    carry_out(&plan, Transaction::new(roots, note).failing(faults)).unwrap();
}
