//! What changed between published versions of crates, as git and diff write it:
//! Tiro makes of it what `git apply` makes.
//!
//! `make setup` fetches the versions; without them the test is SKIPPED and says
//! why, which with `CI=true` is a failure.

use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use tiro::patch::{self, Change, FileUpdate, ReadFailure};

use crate::git;

const PAIRS: [(&str, &str); 6] = [
    ("either-1.9.0", "either-1.10.0"),
    ("heck-0.3.3", "heck-0.4.0"),
    ("itoa-1.0.9", "itoa-1.0.10"),
    ("scopeguard-1.1.0", "scopeguard-1.2.0"),
    ("semver-1.0.22", "semver-1.0.23"),
    ("smallvec-1.10.0", "smallvec-1.11.0"),
];

/// A file's text, and whether it can be executed.
type Tree = BTreeMap<PathBuf, (String, bool)>;

fn versions() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/versions");
    let path = env::var_os("TIRO_VERSIONS").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if path.exists() {
        return Some(path);
    }
    let why = format!("SKIPPED: no versions at {}; `make setup` fetches them", path.display());
    assert!(!env::var("CI").is_ok_and(|it| it == "true"), "{why}");
    eprintln!("{why}");
    None
}

fn read(root: &Path, below: &Path, tree: &mut Tree) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            read(root, &path, tree);
            continue;
        }
        let executable = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
        // What is no text is not patched.
        if let Ok(text) = fs::read_to_string(entry.path()) {
            tree.insert(path, (text, executable));
        }
    }
}

fn tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    read(root, Path::new(""), &mut tree);
    tree
}

fn write(root: &Path, tree: &Tree) {
    for (path, (text, executable)) in tree {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let mode = if *executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// The versions differ in their texts; here also in what text alone has not.
fn made_harder(old: &mut Tree, new: &mut Tree) {
    let paths: Vec<PathBuf> = new.keys().cloned().collect();
    for (index, path) in paths.into_iter().enumerate() {
        let Some(mut file) = new.remove(&path) else { continue };
        file.1 ^= index % 4 == 1;
        if index % 5 == 2 {
            file.0.truncate(file.0.trim_end().len());
        }
        if index % 6 == 3 {
            file.0 = file.0.replace('\n', "\r\n");
            if let Some((text, _)) = old.get_mut(&path) {
                *text = text.replace('\n', "\r\n");
            }
        }
        let moved = index % 5 == 4 && old.contains_key(&path);
        new.insert(if moved { Path::new("moved to").join(path) } else { path }, file);
    }
}

/// What Tiro makes of a diff.
fn patched(old: &Tree, diff: &str) -> Tree {
    let patch = patch::parse(diff).unwrap_or_else(|error| panic!("{error}\n{diff}"));
    let updates = patch::resolve(
        &patch,
        &mut |path| match old.get(path) {
            Some((text, _)) => Ok(Arc::from(text.as_str())),
            None => Err(ReadFailure::NotFound),
        },
        // git names the directories that it compared.
        &mut |path| {
            let own = path.strip_prefix("old").or_else(|_| path.strip_prefix("new"));
            Ok(own.unwrap_or(path).to_owned())
        },
    );
    let updates = updates.unwrap_or_else(|error| panic!("{error}\n{diff}"));
    let mut tree = old.clone();
    let mut placed = Vec::new();
    for FileUpdate { path, change, executable } in updates {
        let before = old.get(&path).is_some_and(|(_, executable)| *executable);
        let executable = |inherited| executable.unwrap_or(inherited);
        match change {
            Change::Add { content } => placed.push((path, (content, executable(false)))),
            Change::Delete { .. } => drop(tree.remove(&path)),
            Change::Update { result, move_path, .. } => {
                tree.remove(&path);
                placed.push((move_path.unwrap_or(path), (result.to_string(), executable(before))));
            }
        }
    }
    tree.extend(placed);
    tree
}

/// The tree that `git apply` makes of the same.
fn applied(old: &Tree, diff: &str, options: &[&str]) -> Tree {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), old);
    let mut arguments = vec!["apply", "--whitespace=nowarn", "--unidiff-zero"];
    arguments.extend(options);
    git(directory.path(), &arguments, diff);
    tree(directory.path())
}

/// As a person would read the difference.
fn same(tiro: &Tree, git: &Tree, what: &str) {
    let names = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(tiro), names(git), "{what}");
    for (path, file) in tiro {
        assert!(*file == git[path], "{what}: {}\n{file:?}\n{:?}", path.display(), git[path]);
    }
}

fn diff_program(directory: &Path, context: usize, zone: &str) -> String {
    let output = Command::new("diff")
        .args(["-r", "-N", "--text", "-U", &context.to_string(), "old", "new"])
        .current_dir(directory)
        .env("TZ", zone)
        .env("LC_ALL", "C")
        .output()
        .expect("diff is installed");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn versions_of_crates_as_git_and_diff_write_them() {
    let Some(versions) = versions() else { return };
    for (pair, (before, after)) in PAIRS.into_iter().enumerate() {
        let (mut old, mut new) = (tree(&versions.join(before)), tree(&versions.join(after)));
        assert!(old.len() > 3 && new.len() > 3, "{before} has files");
        if pair % 2 == 0 {
            made_harder(&mut old, &mut new);
        }
        let directory = tempfile::tempdir().unwrap();
        write(&directory.path().join("old"), &old);
        write(&directory.path().join("new"), &new);
        for context in 0..=10 {
            let unified = format!("-U{context}");
            let arguments = ["diff", "--no-index", "-M", "--text", &unified, "old", "new"];
            let diff = git(directory.path(), &arguments, "");
            let what = format!("{before} to {after}, git with {unified}");
            let by_git = applied(&old, &diff, &["-p2"]);
            same(&by_git, &new, &format!("{what}, git alone"));
            same(&patched(&old, &diff), &by_git, &what);

            let zone = if context % 2 == 0 { "UTC0" } else { "EST5" };
            // Names as git has them, that the first part is taken off.
            let diff = diff_program(directory.path(), context, zone);
            let what = format!("{before} to {after}, diff with {unified}");
            same(&patched(&old, &diff), &applied(&old, &diff, &["-p1"]), &what);
        }
    }
}
