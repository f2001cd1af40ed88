//! Every step of a transaction made to fail in its turn.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::workspace::disk::faults::Faults;

const FILES: &[(&str, &str)] = &[("a", "1\n"), ("b", "b\n"), ("c", "c\n"), ("sub/d", "d\n")];

/// [`EVERYTHING`], and a change in another directory.
fn patch() -> String {
    format!("{EVERYTHING}*** Update File: sub/d\n@@\n-d\n+D\n")
}

/// The steps for which `fails` says so fail; which there were.
fn run(project: &Project, fails: impl Fn(usize) -> bool + Send + Sync + 'static) -> Ran {
    let plan = project.plan(&patch());
    let steps = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&steps);
    let count = AtomicUsize::new(0);
    let faults = Faults::new(move |operation| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        seen.lock().unwrap().push(operation);
        if fails(number) { Err(io::Error::other(format!("cannot {operation}"))) } else { Ok(()) }
    });
    let roots = std::slice::from_ref(&project.root);
    let outcome = carry_out(&plan, Transaction::new(roots, Note::none()).failing(faults));
    let steps = steps.lock().unwrap().clone();
    Ran { steps, outcome }
}

struct Ran {
    steps: Vec<&'static str>,
    outcome: Result<Vec<Applied>, ApplyError>,
}

fn steps() -> Vec<&'static str> {
    let ran = run(&project(FILES), |_| false);
    assert_eq!(ran.outcome.unwrap().len(), 5);
    ran.steps
}

#[test]
fn every_kind_of_step_can_fail() {
    let steps = steps();
    for kind in [
        "open a directory",
        "make a directory",
        "open a file",
        "make a temporary file",
        "write",
        "sync a file",
        "rename",
        "rename over",
        "remove a file",
        "sync a directory",
    ] {
        assert!(steps.contains(&kind), "{kind}");
    }
}

#[test]
fn whichever_step_fails_nothing_is_changed() {
    for (number, step) in steps().into_iter().enumerate() {
        let project = project(FILES);
        let before = project.files();
        let ran = run(&project, move |at| at == number);
        match ran.outcome {
            Err(error) => {
                assert!(error.to_string().contains(step), "{number}: {error}");
                assert_eq!(project.files(), before, "{number} {step}");
            }
            // Where a directory cannot be synced, the content still is.
            Ok(_) => assert_eq!(step, "sync a directory"),
        }
    }
}

#[test]
fn what_cannot_be_taken_back_is_named_and_nothing_else() {
    let mut half_done = 0;
    for number in 0..steps().len() {
        let project = project(FILES);
        let before = project.files();
        let ran = run(&project, move |at| at >= number);
        let after = project.files();
        let changed: std::collections::BTreeSet<&str> = before
            .iter()
            .chain(&after)
            .filter(|file| !(before.contains(file) && after.contains(file)))
            .map(|(name, _)| name.trim_end_matches('/'))
            .collect();
        let named: Vec<String> = match ran.outcome {
            Err(ApplyError::HalfDone { not_restored, .. }) => {
                half_done += 1;
                not_restored
            }
            Err(_) => Vec::new(),
            // Only the last sync is left to fail.
            Ok(_) => continue,
        };
        let names: std::collections::BTreeSet<&str> = named
            .iter()
            .map(|name| {
                let path = name.split(" (").next().unwrap();
                path.strip_prefix(&*project.root.to_string_lossy()).unwrap().trim_matches('/')
            })
            .collect();
        // A temporary file that cannot be removed has no name that anybody knows.
        let changed: std::collections::BTreeSet<&str> =
            changed.into_iter().filter(|name| !name.contains(".tiro-")).collect();
        assert_eq!(names, changed, "{number}");
    }
    assert!(half_done > 10);
}

#[test]
fn extended_attributes_stay_and_other_names_of_a_file_keep_the_old_text() {
    let project = project(&[("a", "1\n")]);
    fs::hard_link(project.path("a"), project.path("other")).unwrap();
    let attribute = |path: &str| {
        let mut value = [0; 16];
        rustix::fs::getxattr(project.path(path), "user.tiro", &mut value[..])
            .map(|length| value[..length].to_vec())
    };
    let flags = rustix::fs::XattrFlags::empty();
    let given = rustix::fs::setxattr(project.path("a"), "user.tiro", b"kept", flags);
    project.apply(&project.plan("*** Update File: a\n@@\n-1\n+2\n")).unwrap();
    assert_eq!((project.text("a"), project.text("other")), ("2\n".into(), "1\n".into()));
    // Not every file system has them.
    if given.is_ok() {
        assert_eq!(attribute("a").unwrap(), b"kept");
    }
}

#[test]
fn what_is_replaced_by_a_directory_in_between_is_an_error_of_that_file() {
    let project = project(&[("a", "1\n"), ("b", "b\n"), ("c", "c\n")]);
    let plan = project.plan(EVERYTHING);
    fs::remove_file(project.path("b")).unwrap();
    fs::create_dir(project.path("b")).unwrap();
    let before = project.files();
    let error = project.apply(&plan).unwrap_err();
    assert!(error.to_string().contains("/b "), "{error}");
    assert_eq!(project.files(), before);
}

#[test]
fn a_file_that_grows_in_between_is_not_overwritten() {
    let project = project(&[("a", "1\n"), ("b", "b\n"), ("c", "c\n")]);
    let plan = project.plan(EVERYTHING);
    let path = project.path("b");
    let before = Mutex::new(Vec::new());
    // After the check, when the first file was written.
    let faults = Faults::new(move |operation| {
        let mut seen = before.lock().unwrap();
        seen.push(operation);
        if operation == "rename over" {
            fs::write(&path, "b\nmore\n").unwrap();
        }
        Ok(())
    });
    let roots = std::slice::from_ref(&project.root);
    let error =
        carry_out(&plan, Transaction::new(roots, Note::none()).failing(faults)).unwrap_err();
    assert!(matches!(&error, ApplyError::Stale(at) if *at == project.path("b")), "{error}");
    assert_eq!(project.text("b"), "b\nmore\n");
    assert_eq!(project.text("a"), "1\n");
}

#[test]
fn a_rename_that_changes_only_the_case() {
    let project = project(&[("Name", "1\n")]);
    project.apply(&project.plan("*** Update File: Name\n*** Move to: name\n@@\n-1\n+2\n")).unwrap();
    assert_eq!(project.text("name"), "2\n");
    assert_eq!(project.files().len(), 2);
}
