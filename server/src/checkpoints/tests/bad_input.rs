//! What nobody hoped for: trees full of odd things, damaged stores, tricks.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, os::unix::net::UnixListener};

use super::*;

#[test]
fn odd_things_in_the_tree_are_no_trouble() {
    let mut scene = Scene::new(&[("a", "0")]);
    let odd = scene.root().join(OsStr::from_bytes(b"odd-\xff"));
    fs::write(&odd, "odd").expect("written");
    symlink("nowhere", scene.path("dangling")).expect("made");
    symlink(".", scene.path("circle")).expect("made");
    let _socket = UnixListener::bind(scene.path("socket")).expect("bound");
    let fifo = scene.path("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .expect("made");
    scene.write("secret", "s");
    scene.chmod("secret", 0o000);
    scene.task();
    let noted = scene.command(|scene| {
        fs::write(&odd, "changed").expect("written");
        fs::remove_file(scene.path("fifo")).expect("removed");
        fs::remove_file(scene.path("dangling")).expect("removed");
    });
    assert_eq!(noted.files.len(), 2);
    scene.again();
    let done = scene.restore("task 1", None);
    assert_eq!(done.lines().count(), 2, "{done}");
    assert!(!done.contains("refused"), "{done}");
    assert_eq!(fs::read_to_string(&odd).expect("text"), "odd");
    assert!(scene.path("dangling").is_symlink());
}

#[test]
fn unknown_names_are_refused() {
    let mut scene = Scene::new(&[("a", "0")]);
    scene.task();
    scene.command(|scene| scene.write("a", "1"));
    check(
        &scene.restore_id("../../x", None),
        &expect![[r#"
            error: there is no checkpoint "../../x"; ask for the list of those there are
        "#]],
    );
    check(
        &scene.restore("task 1", Some(&["a", "b"])),
        &expect![["refused b: neither this task nor a later one changed it\n"]],
    );
    check(
        &scene.restore("task 1", Some(&["/etc/passwd"])),
        &expect![["refused /etc/passwd: neither this task nor a later one changed it\n"]],
    );
    assert_eq!(fs::read_to_string(scene.path("a")).expect("text"), "1");
}

#[test]
fn a_folder_that_became_a_link_is_refused() {
    let mut scene = Scene::new(&[("dir/a", "0")]);
    scene.task();
    scene.command(|scene| scene.write("dir/a", "1"));
    let outside = scene.directory.path().join("outside");
    fs::rename(scene.path("dir"), &outside).expect("moved");
    symlink(&outside, scene.path("dir")).expect("made");
    let done = scene.restore("task 1", None);
    assert!(done.starts_with("refused dir/a: its folder is now a link to "), "{done}");
    assert_eq!(fs::read_to_string(outside.join("a")).expect("text"), "1");
}

#[test]
fn what_was_written_outside_of_the_workspace_is_refused() {
    let mut scene = Scene::new(&[]);
    let outside = scene.directory.path().canonicalize().expect("there").join("outside");
    scene.task();
    scene.patch(outside.to_str().expect("text"), Some("x"));
    let done = scene.restore("task 1", None);
    assert!(done.ends_with("outside: it is outside of the workspace\n"), "{done}");
    assert!(outside.exists());
}

#[test]
fn a_damaged_store_is_told_and_used_as_far_as_it_goes() {
    let mut scene = Scene::new(&[("a", "0"), ("b", "0")]);
    scene.task();
    scene.command(|scene| scene.write("a", "1"));
    scene.task();
    scene.command(|scene| scene.write("b", "2"));
    let store = scene.checkpoints.directory();
    let record = store.join("records").join(format!("{}.json", scene.id("task 1")));
    fs::write(&record, "{\"id\": \"").expect("written");
    fs::write(store.join("tree.json"), "[[").expect("written");
    fs::write(store.join("records/not-it.json"), "{}").expect("written");
    scene.again();
    let listed = scene.list();
    assert!(listed.starts_with("task 2\n  b Modified\nwarning: "), "{listed}");
    assert_eq!(listed.matches("warning: ").count(), 2, "{listed}");
    let blob = Digest::of(b"0").to_string();
    fs::write(store.join("blobs").join(&blob[..2]).join(&blob[2..]), "!").expect("written");
    let done = scene.restore("task 2", None);
    check(
        done.lines().next().unwrap_or_default(),
        &expect!["refused b: its content in the store is damaged"],
    );
}

#[test]
fn a_state_directory_that_cannot_be_is_told_once_and_the_task_goes_on() {
    let mut scene = Scene::new(&[("a", "0")]);
    fs::write(scene.directory.path().join("state"), "a file").expect("written");
    scene.task();
    let noted = scene.command(|scene| scene.write("a", "1"));
    assert_eq!(noted.notes.len(), 1, "{:?}", noted.notes);
    let noted = scene.patch("a", Some("2"));
    assert_eq!((noted.files.len(), noted.notes.len()), (1, 0), "the diff is there all the same");
}

#[test]
fn the_state_directory_in_the_workspace_is_not_watched() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path().canonicalize().expect("there");
    let workspace = DiskWorkspace::new(std::slice::from_ref(&home)).expect("a folder");
    let limits = CheckpointLimits::default();
    let checkpoints = Checkpoints::new(Arc::new(workspace), &home.join(".state/tiro"), limits);
    checkpoints.begin_task("t", "\n  title\nmore", vec![home.clone()]);
    checkpoints.before_command();
    fs::write(home.join("a"), "1").expect("written");
    let noted = checkpoints.after_command();
    assert_eq!(noted.files.len(), 1, "{noted:?}");
    let (listed, _) = checkpoints.list();
    assert_eq!((listed[0].title.as_str(), listed[0].files.len()), ("title", 1));
    use std::os::unix::fs::MetadataExt as _;
    let mode = |path: PathBuf| path.metadata().expect("there").mode() & 0o077;
    let store = checkpoints.directory();
    assert_eq!((mode(store.clone()), mode(store.join("tree.json"))), (0, 0));
}
