//! Where paths lead.

use std::{fs, os::unix::fs::symlink};

use super::*;

struct Places {
    _directory: tempfile::TempDir,
    root: PathBuf,
    outside: PathBuf,
}

/// `root/sub/file`, and `outside/secret` next to it.
fn places() -> Places {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().canonicalize().unwrap();
    let (root, outside) = (base.join("root"), base.join("outside"));
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::create_dir_all(outside.join("deep")).unwrap();
    Places { _directory: directory, root, outside }
}

#[track_caller]
fn check(places: &Places, path: &str, expected: &Path, within: bool) {
    let real = resolve(&places.root, Path::new(path)).unwrap();
    assert_eq!(real, expected);
    assert_eq!(is_within(&real, std::slice::from_ref(&places.root)), within);
}

#[test]
fn plain_paths() {
    let places = places();
    let root = &places.root;
    check(&places, "sub/file", &root.join("sub/file"), true);
    check(&places, "./sub//./file", &root.join("sub/file"), true);
    check(&places, "new/../sub/x", &root.join("sub/x"), true);
    check(&places, root.join("a").to_str().unwrap(), &root.join("a"), true);
    check(&places, ".", root, true);
}

#[test]
fn ways_out() {
    let places = places();
    let base = places.root.parent().unwrap();
    check(&places, "../outside/secret", &places.outside.join("secret"), false);
    check(&places, "sub/../../outside/secret", &places.outside.join("secret"), false);
    check(&places, "new/../../x", &base.join("x"), false);
    check(&places, "/etc/passwd", Path::new("/etc/passwd"), false);
    check(&places, "/../../etc/passwd", Path::new("/etc/passwd"), false);
    // A name that only begins like the root is not inside of it.
    check(&places, "../root2/x", &base.join("root2/x"), false);
}

#[test]
fn links_are_followed() {
    let places = places();
    let (root, outside) = (&places.root, &places.outside);
    symlink(outside, root.join("out")).unwrap();
    symlink("../outside/deep", root.join("relative")).unwrap();
    symlink("sub", root.join("in")).unwrap();
    symlink(outside.join("not yet"), root.join("dangling")).unwrap();
    symlink("dangling", root.join("twice")).unwrap();
    check(&places, "out/secret", &outside.join("secret"), false);
    check(&places, "out/new/file", &outside.join("new/file"), false);
    // `..` behind a link is the parent of where the link leads.
    check(&places, "relative/../secret", &outside.join("secret"), false);
    check(&places, "in/file", &root.join("sub/file"), true);
    check(&places, "dangling", &outside.join("not yet"), false);
    check(&places, "twice", &outside.join("not yet"), false);
}

#[test]
fn what_leads_nowhere() {
    let places = places();
    symlink("b", places.root.join("a")).unwrap();
    symlink("a", places.root.join("b")).unwrap();
    let error = |path: &str| resolve(&places.root, Path::new(path)).unwrap_err().to_string();
    assert_eq!(
        error("a/x"),
        format!("{} leads in a circle of symbolic links", places.root.join("a/x").display())
    );
    assert_eq!(error(""), "the path is empty");
    assert!(error("a\0b").starts_with("cannot find out where "));
}
