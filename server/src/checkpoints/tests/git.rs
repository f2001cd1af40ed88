//! The diff of a task against git itself: applied to what was there before, it
//! gives what is there now.

use std::process::Command;

use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};

use super::{
    random::{self, perform},
    *,
};

fn diff_of(root: &Path, files: Vec<Touched>) -> Diff {
    let mut changes: BTreeMap<PathBuf, (Version, Version)> = BTreeMap::new();
    for Touched { path, before, after, .. } in files {
        changes
            .entry(path)
            .and_modify(|(_, last)| last.clone_from(&after))
            .or_insert((before, after));
    }
    diff(
        root,
        changes.iter().map(|(path, (before, after))| Shown { path, before, after, replaced: None }),
    )
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs");
    assert!(copied.success());
}

/// Modes as far as git knows them.
fn as_git_sees(tree: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let seen = |what: String| match what.split_once(' ') {
        Some((mode, rest)) if mode != "->" => {
            let runs = u32::from_str_radix(mode, 8).is_ok_and(|mode| mode & 0o111 != 0);
            format!("{runs} {rest}")
        }
        _ => what,
    };
    tree.into_iter().map(|(path, what)| (path, seen(what))).collect()
}

fn git_applies(scene: &Scene, before: &Path, diff: &Diff) {
    let patch = before.with_extension("diff");
    fs::write(&patch, &diff.unified).expect("written");
    if !diff.unified.is_empty() {
        let applied = Command::new("git")
            .args(["apply", "--whitespace=nowarn"])
            .arg(&patch)
            .current_dir(before)
            .env("GIT_CEILING_DIRECTORIES", before.parent().expect("not the root"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .expect("git runs");
        let said = String::from_utf8_lossy(&applied.stderr);
        assert!(applied.status.success(), "{said}\n{}", diff.unified);
    }
    let (mut mine, mut gits) = (as_git_sees(scene.tree()), as_git_sees(tree(before)));
    for path in &diff.left_out {
        mine.remove(&scene.short(path));
        gits.remove(&scene.short(path));
    }
    assert_eq!(mine, gits, "{}", diff.unified);
}

#[test]
fn git_applies_the_diff_of_a_task() {
    let files = [("a.txt", "one\ntwo\n"), ("keep", "no newline"), ("crlf", "a\r\nb\r\nc\r\n")];
    let mut scene = Scene::new(&files);
    let before = scene.directory.path().join("before");
    copy(&scene.root(), &before);
    scene.task();
    let mut files = scene.patch("a.txt", Some("one\nTWO\n")).files;
    files.extend(
        scene
            .command(|scene| {
                scene.write("keep", "a newline\n");
                scene.write("crlf", "a\r\nB\r\nc");
                scene.write("empty", "");
                scene.write("new \"quoted\"\tname", "x\n");
                scene.write("sp ace/b c", "x");
                scene.write("script", "#!/bin/sh\n");
                scene.chmod("script", 0o755);
                scene.chmod("a.txt", 0o755);
                symlink("a.txt", scene.path("link")).expect("made");
            })
            .files,
    );
    let first = diff_of(&scene.root(), files.clone());
    git_applies(&scene, &before, &first);
    let again = scene.directory.path().join("again");
    copy(&scene.root(), &again);
    scene.task();
    let files = scene
        .command(|scene| {
            fs::remove_file(scene.path("script")).expect("removed");
            fs::remove_file(scene.path("empty")).expect("removed");
            fs::remove_file(scene.path("link")).expect("removed");
            scene.write("link", "a file now\n");
            fs::remove_file(scene.path("keep")).expect("removed");
            symlink("crlf", scene.path("keep")).expect("made");
            scene.write("picture", [0x89, 0xff, 0x00]);
        })
        .files;
    let second = diff_of(&scene.root(), files);
    assert_eq!(second.left_out, [scene.path("picture")]);
    git_applies(&scene, &again, &second);
}

#[test]
fn git_applies_the_diff_of_random_tasks() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..40 {
        let deeds = random::task().new_tree(&mut runner).expect("a task").current();
        let mut scene = Scene::new(&[("a.txt", "one\ntwo\n"), ("dir/c.txt", "c\r\n")]);
        let before = scene.directory.path().join("before");
        copy(&scene.root(), &before);
        let files = perform(&mut scene, &deeds);
        let diff = diff_of(&scene.root(), files);
        git_applies(&scene, &before, &diff);
    }
}
