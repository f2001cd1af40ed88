//! Whether a file can be executed, with its text or without.

use super::*;
use crate::workspace::disk::faults::Faults;

const MODE_ONLY: &str = "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n";

fn plan(project: &Project, diff: &str) -> EditPlan {
    let patch = patch::parse(diff).unwrap();
    let mut read = |path: &Path| read_text(path).map_err(Into::into);
    let mut resolve = |path: &Path| Ok(super::super::super::resolve(&project.root, path).unwrap());
    let updates = patch::resolve(&patch, &mut read, &mut resolve).unwrap();
    edits::plan(&updates, &|_| None, PositionEncoding::Utf8).unwrap()
}

fn give(project: &Project, path: &str, mode: u32) {
    fs::set_permissions(project.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(project: &Project, path: &str) -> u32 {
    fs::metadata(project.path(path)).unwrap().permissions().mode() & 0o7777
}

#[test]
fn whoever_can_read_a_file_can_execute_it_and_other_names_of_it_too() {
    let project = project(&[("run.sh", "1\n")]);
    give(&project, "run.sh", 0o640);
    fs::hard_link(project.path("run.sh"), project.path("other")).unwrap();
    project.apply(&plan(&project, MODE_ONLY)).unwrap();
    assert_eq!((mode(&project, "run.sh"), mode(&project, "other")), (0o750, 0o750));
    let back = MODE_ONLY.replace("new mode 100755", "new mode 100644");
    project.apply(&plan(&project, &back)).unwrap();
    assert_eq!((mode(&project, "run.sh"), project.text("run.sh")), (0o640, "1\n".into()));
}

#[test]
fn a_mode_comes_with_the_text_also_of_new_and_moved_files() {
    let project = project(&[("run.sh", "1\n"), ("old.sh", "1\n")]);
    give(&project, "run.sh", 0o600);
    let diff = "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n\
                --- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-1\n+2\n\
                diff --git a/new.sh b/new.sh\nnew file mode 100755\n\
                --- /dev/null\n+++ b/new.sh\n@@ -0,0 +1 @@\n+new\n\
                diff --git a/old.sh b/moved.sh\nold mode 100644\nnew mode 100755\n\
                rename from old.sh\nrename to moved.sh\n";
    project.apply(&plan(&project, diff)).unwrap();
    assert_eq!((mode(&project, "run.sh"), project.text("run.sh")), (0o700, "2\n".into()));
    assert_eq!(mode(&project, "new.sh") & 0o500, 0o500);
    assert_eq!(mode(&project, "moved.sh") & 0o500, 0o500);
    assert!(!project.path("old.sh").exists());
}

#[test]
fn whichever_step_fails_text_and_mode_are_as_they_were() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let diff = format!(
        "{MODE_ONLY}diff --git a/both.sh b/both.sh\nold mode 100644\nnew mode 100755\n\
         --- a/both.sh\n+++ b/both.sh\n@@ -1 +1 @@\n-1\n+2\n"
    );
    let steps = Arc::new(AtomicUsize::new(usize::MAX));
    let mut failed = 0;
    for number in 0.. {
        let project = project(&[("run.sh", "1\n"), ("both.sh", "1\n")]);
        let plan = plan(&project, &diff);
        let (count, seen) = (AtomicUsize::new(0), Arc::clone(&steps));
        let faults = Faults::new(move |operation| {
            let at = count.fetch_add(1, Ordering::Relaxed);
            seen.store(at, Ordering::Relaxed);
            // The last of them only makes a rename last.
            let fails = at == number && operation != "sync a directory";
            if fails { Err(io::Error::other("no")) } else { Ok(()) }
        });
        let roots = std::slice::from_ref(&project.root);
        let outcome = carry_out(&plan, Transaction::new(roots, Note::none()).failing(faults));
        let modes = (mode(&project, "run.sh"), mode(&project, "both.sh"));
        if outcome.is_err() {
            failed += 1;
            assert_eq!(modes, (0o644, 0o644), "{number}");
            assert_eq!(project.text("both.sh"), "1\n", "{number}");
        } else {
            assert_eq!(modes, (0o755, 0o755), "{number}");
            if steps.load(Ordering::Relaxed) < number {
                break;
            }
        }
    }
    assert!(failed > 8, "{failed}");
}
