//! Tasks that change files, and the way back.
#![expect(clippy::disallowed_methods, reason = "the tests change files as commands do")]

mod bad_input;
mod git;
mod limits;
mod random;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use expect_test::{Expect, expect};

use super::*;
use crate::workspace::DiskWorkspace;

/// A project, a state directory, and a session that works in it.
struct Scene {
    directory: tempfile::TempDir,
    limits: CheckpointLimits,
    checkpoints: Arc<Checkpoints>,
    tasks: usize,
}

impl Scene {
    fn new(files: &[(&str, &str)]) -> Self {
        Self::with_limits(files, CheckpointLimits::default())
    }

    fn with_limits(files: &[(&str, &str)], limits: CheckpointLimits) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("project");
        fs::create_dir(&root).expect("made");
        let checkpoints = session(directory.path(), limits);
        let scene = Self { directory, limits, checkpoints, tasks: 0 };
        for (path, text) in files {
            scene.write(path, text);
        }
        scene
    }

    /// A new session over the same state, as after a restart.
    fn again(&mut self) {
        self.checkpoints = session(self.directory.path(), self.limits);
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("project").canonicalize().expect("there")
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("in the project")).expect("made");
        fs::write(path, bytes).expect("written");
    }

    fn chmod(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).expect("set");
    }

    /// Until what is there is older than what a command makes.
    fn let_the_clock_tick(&self) {
        let probe = self.directory.path().join("probe");
        let written = || {
            fs::write(&probe, "x").expect("written");
            probe.metadata().and_then(|it| it.modified()).expect("has a time")
        };
        let first = written();
        while written().duration_since(first).unwrap_or_default() < Duration::from_millis(50) {}
    }

    fn task(&mut self) -> String {
        self.tasks += 1;
        let title = format!("task {}", self.tasks);
        self.checkpoints.begin_task("t", &title, vec![self.root()]);
        title
    }

    fn command(&self, run: impl FnOnce(&Self)) -> Noted {
        let mut notes = self.checkpoints.before_command();
        run(self);
        let mut noted = self.checkpoints.after_command();
        notes.append(&mut noted.notes);
        Noted { notes, ..noted }
    }

    fn patch(&self, path: &str, after: Option<&str>) -> Noted {
        let path = self.path(path);
        let before = fs::read_to_string(&path).ok().map(Arc::from);
        let texts = [(path.clone(), before, after.map(Arc::from))];
        let pending = self.checkpoints.before_patch(&texts);
        match after {
            Some(text) => fs::write(path, text).expect("written"),
            None => fs::remove_file(path).expect("removed"),
        }
        self.checkpoints.after_patch(&texts, pending, true)
    }

    fn list(&self) -> String {
        let (summaries, warnings) = self.checkpoints.list();
        let mut out = String::new();
        for summary in summaries {
            let _ = writeln!(out, "{}", summary.title);
            for file in summary.files {
                let path = self.short(&file.path);
                let kept = if file.kept { "" } else { ", not kept" };
                let _ = writeln!(out, "  {path} {:?}{kept}", file.change);
            }
        }
        for warning in warnings {
            let _ = writeln!(out, "warning: {}", self.short(Path::new(&warning)));
        }
        out
    }

    fn id(&self, title: &str) -> String {
        let (summaries, _) = self.checkpoints.list();
        let found = summaries.into_iter().rfind(|summary| summary.title == title);
        found.unwrap_or_else(|| panic!("{title} is not in the list")).id
    }

    fn restore(&self, title: &str, paths: Option<&[&str]>) -> String {
        let paths = paths.map(|paths| paths.iter().map(PathBuf::from).collect());
        self.restore_id(&self.id(title), paths)
    }

    fn restore_id(&self, id: &str, paths: Option<Vec<PathBuf>>) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let restoring = Arc::clone(&self.checkpoints).restore(id.to_owned(), paths);
        match runtime.block_on(restoring) {
            Err(error) => format!("error: {error}\n"),
            Ok(done) => {
                let mut out = String::new();
                for path in &done.restored {
                    let _ = writeln!(out, "restored {}", self.short(path));
                }
                for path in &done.merged {
                    let _ = writeln!(out, "merged {}", self.short(path));
                }
                for Refusal { path, reason } in &done.refused {
                    let _ = writeln!(out, "refused {}: {reason}", self.short(path));
                }
                for note in &done.notes {
                    let _ = writeln!(out, "note: {note}");
                }
                out
            }
        }
    }

    fn short(&self, path: &Path) -> String {
        path.strip_prefix(self.root()).unwrap_or(path).display().to_string()
    }

    /// Every file and link below the root, but not what is ignored.
    fn tree(&self) -> BTreeMap<String, String> {
        tree(&self.root())
    }
}

fn session(directory: &Path, limits: CheckpointLimits) -> Arc<Checkpoints> {
    let workspace = DiskWorkspace::new(&[directory.join("project")]).expect("a folder");
    Arc::new(Checkpoints::new(Arc::new(workspace), &directory.join("state"), limits))
}

fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            let metadata = path.symlink_metadata().expect("there");
            if metadata.is_dir() {
                folders.push(path);
                continue;
            }
            let what = if metadata.is_symlink() {
                format!("-> {}", path.read_link().expect("a link").display())
            } else {
                let mode = metadata.permissions().mode() & 0o7777;
                format!("{mode:o} {:?}", fs::read(&path).expect("readable"))
            };
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            found.insert(name, what);
        }
    }
    found
}

fn check(actual: &str, expected: &Expect) {
    expected.assert_eq(actual);
}

#[test]
fn what_a_patch_and_a_command_did_is_listed_and_taken_back() {
    let files = [("a.txt", "one\n"), ("b.txt", "two\n"), (".gitignore", "out/\n"), ("out/x", "x")];
    let mut scene = Scene::new(&files);
    let before = scene.tree();
    scene.task();
    scene.patch("a.txt", Some("ONE\n"));
    scene.command(|scene| {
        scene.write("new/c.bin", [0xff, 0x00]);
        scene.chmod("a.txt", 0o755);
        fs::remove_file(scene.path("b.txt")).expect("removed");
        symlink("a.txt", scene.path("link")).expect("made");
    });
    check(
        &scene.list(),
        &expect![[r#"
            task 1
              a.txt Modified
              b.txt Deleted
              link Added
              new/c.bin Added
        "#]],
    );
    check(
        &scene.restore("task 1", None),
        &expect![[r#"
            restored a.txt
            restored b.txt
            restored link
            restored new/c.bin
        "#]],
    );
    assert_eq!(scene.tree(), before);
    check(&scene.restore("task 1", None), &expect![[""]]);
}

#[test]
fn a_restore_is_taken_back_by_a_restore() {
    let mut scene = Scene::new(&[("a.txt", "one\n")]);
    scene.task();
    scene.command(|scene| scene.write("a.txt", "two\n"));
    scene.task();
    scene.command(|scene| scene.write("a.txt", "three\n"));
    let after = scene.tree();
    scene.restore("task 1", None);
    assert_ne!(scene.tree(), after);
    check(&scene.restore("before going back to: task 1", None), &expect!["restored a.txt\n"]);
    assert_eq!(scene.tree(), after);
    check(&scene.restore("task 2", None), &expect!["restored a.txt\n"]);
    assert_eq!(fs::read_to_string(scene.path("a.txt")).expect("text"), "two\n");
}

#[test]
fn what_a_person_changed_since_stays() {
    let mut scene = Scene::new(&[("a.txt", "1\n2\n3\n4\n5\n"), ("b.txt", "b\n")]);
    scene.task();
    scene.command(|scene| scene.write("a.txt", "1\n2\n3\n4\nFIVE\n"));
    scene.write("a.txt", "ONE\n2\n3\n4\nFIVE\n");
    scene.task();
    scene.command(|scene| scene.write("a.txt", "ONE\n2\nTHREE\n4\nFIVE\n"));
    check(&scene.restore("task 1", None), &expect!["merged a.txt\n"]);
    let text = fs::read_to_string(scene.path("a.txt")).expect("text");
    assert_eq!(text, "ONE\n2\n3\n4\n5\n", "what the person did between the tasks is there");
}

#[test]
fn where_both_changed_the_same_lines_nothing_is_done() {
    let mut scene = Scene::new(&[("a.txt", "1\n2\n"), ("b.txt", "b\n"), ("c.txt", "c\n")]);
    scene.task();
    scene.command(|scene| {
        for path in ["a.txt", "b.txt"] {
            scene.write(path, "task\n");
        }
        scene.write("new", "task\n");
        fs::remove_file(scene.path("c.txt")).expect("removed");
    });
    scene.write("a.txt", "person\n");
    scene.write("new", "person\n");
    scene.write("c.txt", "person\n");
    let before = scene.tree();
    check(
        &scene.restore("task 1", None),
        &expect![[r#"
            refused a.txt: it was changed since, in the same lines; undo that, or restore the other files by name
            refused c.txt: there is a new file of that name
            refused new: the task made it, and it was changed since; delete it yourself
        "#]],
    );
    assert_eq!(scene.tree(), before);
    check(&scene.restore("task 1", Some(&["b.txt"])), &expect!["restored b.txt\n"]);
    assert_eq!(fs::read_to_string(scene.path("b.txt")).expect("text"), "b\n");
}

#[test]
fn a_person_who_types_between_commands_is_not_taken_for_one() {
    let mut scene = Scene::new(&[("a.txt", "1\n"), ("b.txt", "b\n")]);
    scene.task();
    scene.command(|scene| scene.write("b.txt", "B\n"));
    scene.write("a.txt", "person\n");
    let noted = scene.command(|_| {});
    assert_eq!(noted.files, []);
    check(&scene.list(), &expect![["task 1\n  b.txt Modified\n"]]);
}

#[test]
fn the_next_start_knows_what_was_recorded() {
    let mut scene = Scene::new(&[("a.txt", "1\n"), ("b.txt", "b\n")]);
    let before = scene.tree();
    scene.task();
    scene.command(|scene| scene.write("b.txt", "B\n"));
    // Killed after a patch was written, and before anybody said so.
    let path = scene.path("a.txt");
    let texts = [(path.clone(), Some(Arc::from("1\n")), Some(Arc::from("2\n")))];
    let _pending = scene.checkpoints.before_patch(&texts);
    fs::write(path, "2\n").expect("written");
    scene.again();
    check(&scene.list(), &expect![["task 1\n  a.txt Modified\n  b.txt Modified\n"]]);
    scene.restore("task 1", None);
    assert_eq!(scene.tree(), before);
}

#[test]
fn a_patch_that_was_not_applied_leaves_no_trace() {
    let mut scene = Scene::new(&[("a.txt", "1\n")]);
    scene.task();
    let texts = [(scene.path("a.txt"), Some(Arc::from("1\n")), Some(Arc::from("2\n")))];
    let pending = scene.checkpoints.before_patch(&texts);
    let noted = scene.checkpoints.after_patch(&texts, pending, false);
    assert_eq!(noted, Noted::default());
    check(&scene.list(), &expect![[""]]);
}

#[test]
fn looking_ahead_and_a_changed_ignore_file() {
    let mut scene = Scene::new(&[("a.txt", "1\n"), ("log", "old\n"), (".gitignore", "log\n")]);
    scene.let_the_clock_tick();
    scene.task();
    scene.checkpoints.look_ahead();
    let noted = scene.command(|scene| scene.write(".gitignore", "a.txt\n"));
    let paths: Vec<String> = noted.files.iter().map(|file| scene.short(&file.path)).collect();
    assert_eq!(paths, [".gitignore"], "neither does the log appear nor a.txt vanish");
    let noted = scene.command(|scene| scene.write("a.txt", "2\n"));
    assert_eq!(noted.files.len(), 1, "what was watched is watched although it is ignored now");
}
