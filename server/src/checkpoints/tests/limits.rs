//! How much is kept, and what is thrown away first.

use super::*;

fn limits(store_bytes: u64, file_bytes: u64) -> CheckpointLimits {
    CheckpointLimits { store_bytes, file_bytes, ..CheckpointLimits::default() }
}

fn size(scene: &Scene) -> u64 {
    let mut size = 0;
    let mut folders = vec![scene.checkpoints.directory().join("blobs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            match entry.metadata().expect("there") {
                metadata if metadata.is_dir() => folders.push(entry.path()),
                metadata => size += metadata.len(),
            }
        }
    }
    size
}

#[test]
fn a_file_that_is_too_large_is_listed_and_refused() {
    let mut scene = Scene::with_limits(&[("big", &"x".repeat(2_000))], limits(1 << 20, 1_000));
    scene.task();
    let noted = scene.command(|scene| scene.write("big", "small now"));
    assert_eq!(noted.notes, [""; 0]);
    check(&scene.list(), &expect![["task 1\n  big Modified, not kept\n"]]);
    check(
        &scene.restore("task 1", None),
        &expect!["refused big: it was not kept: it has 2000 bytes, more than are kept\n"],
    );
    assert_eq!(fs::read_to_string(scene.path("big")).expect("text"), "small now");
}

#[test]
fn the_oldest_checkpoints_go_first() {
    let mut scene = Scene::with_limits(&[("a", "0")], limits(10_000, 5_000));
    for task in 1..=8_u8 {
        scene.task();
        scene.command(|scene| scene.write("a", vec![task; 2_000]));
    }
    // A process that another test starts may hold the lock for a moment.
    let mut listed = String::new();
    for _ in 0..1_000 {
        scene.again();
        listed = scene.list();
        if size(&scene) <= 10_000 {
            break;
        }
    }
    assert!(!listed.contains("task 1\n") && listed.ends_with("task 8\n  a Modified\n"), "{listed}");
    assert!(size(&scene) <= 10_000, "{} bytes", size(&scene));
    scene.restore("task 8", None);
    assert_eq!(fs::read(scene.path("a")).expect("bytes"), [7; 2_000]);
}

#[test]
fn old_checkpoints_go() {
    let mut scene = Scene::new(&[("a", "0")]);
    scene.task();
    scene.command(|scene| scene.write("a", "1"));
    scene.limits.age = Duration::ZERO;
    let gone = (0..1_000).any(|_| {
        scene.again();
        scene.list().is_empty()
    });
    assert!(gone, "{}", scene.list());
}

#[test]
fn nobody_cleans_up_under_another_session() {
    let mut scene = Scene::new(&[("a", "0")]);
    scene.task();
    scene.command(|scene| scene.write("a", "1"));
    let other = CheckpointLimits { age: Duration::ZERO, ..scene.limits };
    let other = session(scene.directory.path(), other);
    assert_eq!(other.list().0.len(), 1, "the store is in use");
    drop(other);
    check(&scene.restore("task 1", None), &expect!["restored a\n"]);
}

#[test]
fn files_for_which_there_is_no_room_are_told_once() {
    let mut scene = Scene::with_limits(&[("a", "0")], limits(3_000, 5_000));
    for file in ["b", "c", "d"] {
        scene.write(file, file.repeat(1_000));
    }
    scene.task();
    let noted = scene.command(|scene| {
        for file in ["a", "b", "c", "d"] {
            scene.write(file, "1");
        }
    });
    assert_eq!(noted.notes.len(), 1, "{:?}", noted.notes);
    let (listed, _) = scene.checkpoints.list();
    let kept: Vec<bool> = listed[0].files.iter().map(|file| file.kept).collect();
    assert_eq!(kept.iter().filter(|kept| !**kept).count(), 2, "{kept:?}");
    assert_eq!(scene.command(|_| {}).notes, [""; 0]);
}

#[test]
fn with_no_room_at_all_nothing_is_kept_or_said() {
    let mut scene = Scene::with_limits(&[("a", "0")], limits(0, 0));
    scene.task();
    assert_eq!(scene.command(|scene| scene.write("a", "1")), Noted::default());
    assert!(!scene.directory.path().join("state").exists());
    check(
        &scene.restore_id("x", None),
        &expect![[r#"
        error: no checkpoints are kept; see the configuration and the state directory
    "#]],
    );
}
