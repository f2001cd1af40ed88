//! Writing to the disk: everything or nothing.
#![expect(clippy::disallowed_methods, reason = "tests make the files that are read and written")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
};

use super::*;
use crate::{
    edits::{self, FileEdit},
    patch,
};

mod crash;
mod failing;
mod modes;

struct Project {
    directory: tempfile::TempDir,
    root: PathBuf,
}

fn project(files: &[(&str, &str)]) -> Project {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap().join("root");
    fs::create_dir(&root).unwrap();
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Project { directory, root }
}

impl Project {
    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn plan(&self, patch: &str) -> EditPlan {
        let patch = patch::parse(&format!("*** Begin Patch\n{patch}*** End Patch\n")).unwrap();
        let updates =
            patch::resolve(&patch, &mut |path| read_text(path).map_err(Into::into), &mut |path| {
                Ok(super::super::resolve(&self.root, path).unwrap())
            })
            .unwrap();
        edits::plan(&updates, &|_| None, PositionEncoding::Utf8).unwrap()
    }

    fn apply(&self, plan: &EditPlan) -> Result<Vec<Applied>, ApplyError> {
        apply(plan, std::slice::from_ref(&self.root), None)
    }

    /// Every path below the directory with its text; what is left behind shows.
    fn files(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut open = vec![self.directory.path().canonicalize().unwrap()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(&self.root).unwrap_or(&path).display().to_string();
                if path.is_symlink() {
                    found.push((name, format!("-> {}", path.read_link().unwrap().display())));
                } else if path.is_dir() {
                    found.push((format!("{name}/"), String::new()));
                    open.push(path);
                } else {
                    found.push((name, fs::read_to_string(path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }
}

const EVERYTHING: &str = "*** Add File: new/deep/file\n+n\n\
    *** Update File: a\n@@\n-1\n+2\n\
    *** Update File: b\n*** Move to: moved/b\n@@\n-b\n+B\n\
    *** Delete File: c\n";

#[test]
fn every_kind_of_change() {
    let project = project(&[("a", "1\n"), ("b", "b\n"), ("c", "c\n")]);
    let applied = project.apply(&project.plan(EVERYTHING)).unwrap();
    let paths: Vec<PathBuf> = applied.into_iter().map(|file| file.path).collect();
    assert_eq!(paths, ["new/deep/file", "a", "moved/b", "c"].map(|path| project.path(path)));
    assert_eq!(project.text("new/deep/file"), "n\n");
    assert_eq!(project.text("a"), "2\n");
    assert_eq!(project.text("moved/b"), "B\n");
    assert!(!project.path("b").exists() && !project.path("c").exists());
    // No temporary file stays: root, its three directories and three files.
    assert_eq!(project.files().len(), 7);
}

#[test]
fn chains_and_swaps() {
    let project = project(&[("a", "A\n"), ("b", "B\n")]);
    let patch = "*** Update File: a\n*** Move to: b\n@@\n-A\n+AA\n\
                 *** Update File: b\n*** Move to: c\n@@\n-B\n+BB\n";
    project.apply(&project.plan(patch)).unwrap();
    assert_eq!((project.text("b"), project.text("c")), ("AA\n".to_owned(), "BB\n".to_owned()));
    let swap = "*** Update File: b\n*** Move to: c\n@@\n-AA\n+one\n\
                *** Update File: c\n*** Move to: b\n@@\n-BB\n+two\n";
    project.apply(&project.plan(swap)).unwrap();
    assert_eq!((project.text("b"), project.text("c")), ("two\n".to_owned(), "one\n".to_owned()));
}

#[test]
fn a_failure_half_way_takes_everything_back() {
    let project = project(&[("a", "1\n"), ("b", "b\n"), ("c", "c\n")]);
    fs::set_permissions(project.path("c"), fs::Permissions::from_mode(0o755)).unwrap();
    let before = project.files();
    // A name that no file system takes fails when the others are written.
    let long = "x".repeat(300);
    let plan = project.plan(&format!("{EVERYTHING}*** Add File: other/{long}\n+x\n"));
    let error = project.apply(&plan).unwrap_err();
    assert!(matches!(error, ApplyError::Io { .. }), "{error}");
    assert_eq!(project.files(), before);
    assert_eq!(fs::metadata(project.path("c")).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn a_read_only_directory_takes_everything_back() {
    let project = project(&[("a", "1\n"), ("locked/b", "b\n")]);
    let before = project.files();
    let locked = project.path("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    let superuser = fs::write(locked.join("probe"), "").is_ok();
    let plan =
        project.plan("*** Update File: a\n@@\n-1\n+2\n*** Update File: locked/b\n@@\n-b\n+B\n");
    let result = project.apply(&plan);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    if superuser {
        // Nothing is read-only to the superuser.
        assert_eq!((project.text("a"), project.text("locked/b")), ("2\n".into(), "B\n".into()));
    } else {
        assert!(matches!(result, Err(ApplyError::Io { .. })), "{result:?}");
        assert_eq!(project.files(), before);
    }
}

#[test]
fn a_file_that_changed_in_the_meantime_stops_everything() {
    for (path, text) in [("a", Some("other\n")), ("b", None), ("new/deep/file", Some("taken\n"))] {
        let project = project(&[("a", "1\n"), ("b", "b\n"), ("c", "c\n")]);
        let plan = project.plan(EVERYTHING);
        let path = project.path(path);
        match text {
            Some(text) => {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text).unwrap();
            }
            None => fs::remove_file(&path).unwrap(),
        }
        let before = project.files();
        let error = project.apply(&plan).unwrap_err();
        assert!(matches!(&error, ApplyError::Stale(at) | ApplyError::Exists(at) if *at == path));
        assert_eq!(project.files(), before);
    }
}

#[test]
fn what_somebody_else_wrote_is_not_taken_back() {
    let project = project(&[("a", "1\n")]);
    let plan = project.plan("*** Update File: a\n@@\n-1\n+2\n");
    let mut transaction = Transaction::new(std::slice::from_ref(&project.root), Note::none());
    transaction.apply(&plan.files()[0]).unwrap();
    fs::write(project.path("a"), "theirs\n").unwrap();
    let error = transaction.roll_back(ApplyError::Exists(PathBuf::from("/x")));
    let ApplyError::HalfDone { cause, not_restored } = error else { panic!("{error}") };
    assert_eq!(cause, "/x exists already");
    assert_eq!(not_restored.len(), 1);
    assert_eq!(project.text("a"), "theirs\n");
}

#[test]
fn a_transaction_that_is_dropped_is_taken_back() {
    let project = project(&[("a", "1\n"), ("b", "b\n"), ("c", "c\n")]);
    let before = project.files();
    let plan = project.plan(EVERYTHING);
    let mut transaction = Transaction::new(std::slice::from_ref(&project.root), Note::none());
    for edit in plan.files() {
        transaction.apply(edit).unwrap();
    }
    drop(transaction);
    assert_eq!(project.files(), before);
}

#[test]
fn the_mode_of_a_file_stays() {
    let project = project(&[("run.sh", "1\n"), ("old.sh", "1\n")]);
    for name in ["run.sh", "old.sh"] {
        fs::set_permissions(project.path(name), fs::Permissions::from_mode(0o750)).unwrap();
    }
    let plan = project.plan(
        "*** Update File: run.sh\n@@\n-1\n+2\n\
         *** Update File: old.sh\n*** Move to: new.sh\n@@\n-1\n+2\n",
    );
    project.apply(&plan).unwrap();
    for name in ["run.sh", "new.sh"] {
        let mode = fs::metadata(project.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o750);
    }
}

#[test]
fn a_link_inside_the_roots_is_written_through() {
    let project = project(&[("real", "1\n")]);
    symlink("real", project.path("link")).unwrap();
    let plan = edits::plan(
        &[patch::FileUpdate::new(
            project.path("link"),
            patch::Change::update(Arc::from("1\n"), "2\n".to_owned(), None),
        )],
        &|_| None,
        PositionEncoding::Utf8,
    )
    .unwrap();
    project.apply(&plan).unwrap();
    assert!(project.path("link").is_symlink());
    assert_eq!(project.text("real"), "2\n");
}

#[test]
fn a_link_to_the_outside_is_never_followed() {
    let project = project(&[("sub/file", "1\n"), ("a", "1\n")]);
    let outside = project.directory.path().canonicalize().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("file"), "1\n").unwrap();
    let plan = project.plan(
        "*** Update File: a\n@@\n-1\n+2\n*** Update File: sub/file\n@@\n-1\n+2\n\
         *** Add File: sub/new\n+x\n",
    );
    // Between plan and write the directory becomes a link.
    fs::rename(project.path("sub"), project.path("was")).unwrap();
    symlink(&outside, project.path("sub")).unwrap();
    let before = project.files();
    let error = project.apply(&plan).unwrap_err();
    assert!(matches!(&error, ApplyError::Outside { real, .. } if *real == outside.join("file")));
    assert_eq!(project.files(), before);
    // The write itself looks again: no check came before this one.
    let mut transaction = Transaction::new(std::slice::from_ref(&project.root), Note::none());
    for edit in &plan.files()[1..] {
        assert!(matches!(transaction.apply(edit), Err(ApplyError::Outside { .. })));
    }
    drop(transaction);
    assert_eq!(project.files(), before);
    let writing = directory::Writing { id: 0, faults: faults::Faults::default() };
    assert!(directory::Directory::open(&project.path("sub"), &writing).is_err());
}

#[test]
fn what_cannot_be_read_says_why() {
    let project = project(&[("text", "a\n")]);
    fs::write(project.path("latin1"), b"caf\xe9\n").unwrap();
    let large = File::create(project.path("large")).unwrap();
    large.set_len(READ_CAP + 1).unwrap();
    let workspace = DiskWorkspace::new(std::slice::from_ref(&project.root)).unwrap();
    let error = |path: &Path| workspace.read(path).unwrap_err().to_string();
    let shown = |path: &str, rest: &str| format!("{} {rest}", project.path(path).display());
    assert_eq!(&*workspace.read(&project.path("text")).unwrap().text, "a\n");
    assert_eq!(
        error(&project.path("latin1")),
        shown("latin1", "is not UTF-8 text, so it cannot be read or edited as text")
    );
    assert_eq!(
        error(&project.path("large")),
        shown("large", "has 33554433 bytes, more than the 33554432 that are read")
    );
    assert_eq!(error(&project.root), format!("{} is not a regular file", project.root.display()));
    assert_eq!(error(&project.path("none")), shown("none", "does not exist"));
    assert_eq!(error(&project.path("text/below")), shown("text/below", "does not exist"));
    assert_eq!(error(Path::new("/dev/zero")), "/dev/zero is not a regular file");
}

#[cfg(target_os = "linux")]
#[test]
fn a_fifo_is_not_waited_for() {
    let project = project(&[]);
    let fifo = project.path("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    let error = read_text(&fifo).unwrap_err();
    assert!(matches!(&error, ReadError::NotAFile(path) if *path == fifo), "{error}");
}

#[test]
fn a_workspace_folder_has_to_be_a_directory() {
    let project = project(&[("file", "")]);
    symlink(&project.root, project.directory.path().join("link")).unwrap();
    let roots = DiskWorkspace::new(&[project.directory.path().join("link")]).unwrap().roots();
    assert_eq!(roots, std::slice::from_ref(&project.root));
    let error = DiskWorkspace::new(&[project.path("file")]).unwrap_err().to_string();
    assert!(error.contains("/file cannot be a workspace folder: "), "{error}");
}

#[tokio::test]
async fn the_workspace_applies_a_plan_off_the_async_threads() {
    let project = project(&[("a", "1\n")]);
    let workspace = DiskWorkspace::new(std::slice::from_ref(&project.root)).unwrap();
    let plan = project.plan("*** Update File: a\n@@\n-1\n+2\n");
    let applied = workspace.apply(plan.clone(), "patch".to_owned()).await.unwrap();
    assert_eq!(
        applied,
        [Applied { path: project.path("a"), delivery: super::super::Delivery::Disk }]
    );
    assert_eq!(project.text("a"), "2\n");
    let again = workspace.apply(plan, "patch".to_owned()).await.unwrap_err();
    assert!(matches!(again, ApplyError::Stale(_)), "{again}");
}

#[test]
fn a_new_file_has_an_ordinary_mode() {
    let project = project(&[]);
    let plan = project.plan("*** Add File: a\n+x\n");
    assert!(matches!(plan.files(), [FileEdit::Create { .. }]));
    project.apply(&plan).unwrap();
    let by_hand = project.path("b");
    fs::write(&by_hand, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&project.path("a")), mode(&by_hand));
}
