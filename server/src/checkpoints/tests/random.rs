//! Random tasks: going back to any of them gives what was there before it.

use proptest::prelude::*;

use super::*;

const PATHS: &[&str] = &["a.txt", "b", "dir/c.txt", "dir/sub/d", "sp ace", "ünï"];

#[derive(Debug, Clone)]
pub(super) enum Deed {
    Text(usize, String),
    Bytes(usize, Vec<u8>),
    Mode(usize, bool),
    Link(usize),
    Remove(usize),
    Patch(usize, String),
}

fn deed() -> impl Strategy<Value = Deed> {
    let path = 0..PATHS.len();
    let text =
        prop_oneof![Just(String::new()), "[ab\n]{0,12}", "(one\r\n|two\n|three|\u{feff}x\n){0,4}"];
    prop_oneof![
        3 => (path.clone(), text.clone()).prop_map(|(path, text)| Deed::Text(path, text)),
        1 => (path.clone(), proptest::collection::vec(any::<u8>(), 0..9))
            .prop_map(|(path, bytes)| Deed::Bytes(path, bytes)),
        1 => (path.clone(), any::<bool>()).prop_map(|(path, set)| Deed::Mode(path, set)),
        1 => path.clone().prop_map(Deed::Link),
        1 => path.clone().prop_map(Deed::Remove),
        2 => (path, text).prop_map(|(path, text)| Deed::Patch(path, text)),
    ]
}

/// A task is a row of commands, each with its deeds.
pub(super) fn task() -> impl Strategy<Value = Vec<Vec<Deed>>> {
    proptest::collection::vec(proptest::collection::vec(deed(), 1..4), 1..4)
}

fn run(scene: &Scene, deed: &Deed) {
    match deed {
        Deed::Text(path, text) => replace(scene, *path, text.as_bytes()),
        Deed::Bytes(path, bytes) => replace(scene, *path, bytes),
        Deed::Mode(path, set) => {
            if scene.path(PATHS[*path]).symlink_metadata().is_ok_and(|it| it.is_file()) {
                scene.chmod(PATHS[*path], if *set { 0o755 } else { 0o644 });
            }
        }
        Deed::Link(path) => {
            run(scene, &Deed::Remove(*path));
            let path = scene.path(PATHS[*path]);
            fs::create_dir_all(path.parent().expect("in the project")).expect("made");
            symlink("some/where", path).expect("made");
        }
        Deed::Remove(path) => {
            let _ = fs::remove_file(scene.path(PATHS[*path]));
        }
        Deed::Patch(..) => {}
    }
}

fn replace(scene: &Scene, path: usize, bytes: &[u8]) {
    if scene.path(PATHS[path]).is_symlink() {
        run(scene, &Deed::Remove(path));
    }
    scene.write(PATHS[path], bytes);
}

/// Does a task; gives every step's files.
pub(super) fn perform(scene: &mut Scene, commands: &[Vec<Deed>]) -> Vec<Touched> {
    scene.task();
    let mut files = Vec::new();
    for deeds in commands {
        let noted = scene.command(|scene| deeds.iter().for_each(|deed| run(scene, deed)));
        files.extend(noted.files);
        for deed in deeds {
            let Deed::Patch(path, text) = deed else { continue };
            let path = PATHS[*path];
            if scene.path(path).is_symlink() || fs::read_to_string(scene.path(path)).is_err() {
                continue;
            }
            files.extend(scene.patch(path, Some(text)).files);
        }
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_task_can_be_gone_back_to(
        tasks in proptest::collection::vec(task(), 1..5),
        back in proptest::collection::vec(any::<proptest::sample::Index>(), 1..3),
    ) {
        let mut scene = Scene::new(&[("a.txt", "one\ntwo\n"), ("dir/c.txt", "c\r\n")]);
        let mut before = Vec::new();
        for task in &tasks {
            before.push(scene.tree());
            perform(&mut scene, task);
        }
        let (listed, _) = scene.checkpoints.list();
        for index in back {
            let at = index.index(tasks.len());
            let title = format!("task {}", at + 1);
            let Some(summary) = listed.iter().find(|it| it.title == title) else { continue };
            let done = scene.restore_id(&summary.id, None);
            prop_assert!(!done.contains("refused") && !done.contains("error"), "{}", done);
            prop_assert_eq!(&scene.tree(), &before[at]);
        }
    }
}
