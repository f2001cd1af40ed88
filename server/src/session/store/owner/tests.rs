//! One owner after the other on one state directory, as processes are.
#![expect(clippy::disallowed_methods, reason = "looks at the files, and spoils them")]

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use tiro_protocol::InputItem;

use super::*;
use crate::{session::store::Begin, tools::test_workspace::TestWorkspace};

struct Place {
    workspace: Arc<TestWorkspace>,
    state: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let workspace = Arc::new(TestWorkspace::new(&[]));
        Self { workspace, state: tempfile::tempdir().unwrap() }
    }

    fn owner(&self, settings: HistorySettings) -> Owner {
        let (state, workspace) = (self.state.path().to_owned(), Arc::clone(&self.workspace));
        Owner::new(new_id(), state, workspace, settings)
    }

    /// One that keeps all.
    fn usual(&self) -> Owner {
        self.owner(HistorySettings::default())
    }
}

fn write(owner: &mut Owner, line: Line) -> Option<String> {
    match owner.perform(Command::Write(line)) {
        Some(Answer::Told(told)) => Some(told),
        other => {
            assert!(other.is_none(), "{other:?}");
            None
        }
    }
}

/// A whole task; what a person is told meanwhile.
fn turn(owner: &mut Owner, said: &str, answer: &str) -> Vec<String> {
    let begin = Begin { id: said.to_owned(), model: "m".to_owned(), provider: "p".to_owned() };
    let items = vec![InputItem::Text { text: said.to_owned() }];
    let diff = |text: &str| {
        let msg = EventMsg::TurnDiff { unified_diff: text.to_owned() };
        Line::Event(Event { id: said.to_owned(), msg })
    };
    let lines = [
        Line::Turn(begin),
        Line::Item(HistoryItem::User(items)),
        diff("first"),
        diff("second"),
        Line::Item(HistoryItem::Assistant(answer.to_owned())),
        Line::Done,
    ];
    lines.into_iter().filter_map(|line| write(owner, line)).collect()
}

/// Title and turns of each.
fn listed(owner: &Owner) -> Vec<(String, usize)> {
    let (sessions, told) = owner.list();
    assert_eq!(told, Vec::<String>::new());
    sessions.into_iter().map(|it| (it.title, it.turns)).collect()
}

fn ids(owner: &Owner) -> Vec<String> {
    owner.list().0.into_iter().map(|it| it.id).collect()
}

/// What the model had said, of what is resumed.
fn answers(resumed: &Resumed) -> Vec<&str> {
    let answers = resumed.items.iter().filter_map(|item| match item {
        HistoryItem::Assistant(text) => Some(text.as_str()),
        _ => None,
    });
    answers.collect()
}

fn file(owner: &Owner, id: &str) -> String {
    fs::read_to_string(files::path(&owner.directory(), id)).unwrap()
}

fn is_private(path: &Path, mode: u32) -> bool {
    fs::metadata(path).unwrap().permissions().mode() & 0o777 == mode
}

#[test]
fn nothing_is_there_before_a_person_said_something() {
    let place = Place::new();
    let mut owner = place.usual();
    write(&mut owner, Line::Item(HistoryItem::Note("restored".to_owned())));
    assert_eq!(listed(&owner), []);
    assert_eq!(fs::read_dir(place.state.path()).unwrap().count(), 0);
    assert_eq!(turn(&mut owner, "hi", "hello"), Vec::<String>::new());
    assert_eq!(listed(&owner), [("hi".to_owned(), 1)]);
    let directory = owner.directory();
    assert!(is_private(&directory, 0o700));
    assert!(is_private(&files::path(&directory, &owner.id), 0o600));

    let mut next = place.usual();
    let id = owner.id.clone();
    drop(owner);
    let resumed = next.resume(&id, None).unwrap();
    assert_eq!((&resumed.session, resumed.model.as_str(), resumed.cut), (&id, "m", 0));
    assert_eq!(resumed.items[0], HistoryItem::Note("restored".to_owned()));
    assert_eq!(answers(&resumed), ["hello"]);
    let diffs = file(&next, &id).matches("turn_diff").count();
    assert_eq!(diffs, 1, "the last has it all");
}

#[test]
fn what_is_cut_stays_in_the_file_and_does_not_count() {
    let place = Place::new();
    let mut owner = place.usual();
    for (said, answer) in [("1", "a"), ("2", "b"), ("3", "c")] {
        turn(&mut owner, said, answer);
    }
    let id = owner.id.clone();
    let resumed = owner.resume(&id, Some(1)).unwrap();
    assert_eq!((resumed.session, resumed.cut), (id.clone(), 2));
    assert_eq!(listed(&owner), [("1".to_owned(), 1)]);
    turn(&mut owner, "2 anew", "B");
    let resumed = owner.resume(&id, Some(9)).unwrap();
    assert_eq!((answers(&resumed), resumed.cut), (vec!["a", "B"], 0));
    let text = file(&owner, &id);
    assert!(text.contains(r#"{"assistant":"c"}"#) && text.contains("{\"cut\":1}\n"), "{text}");
    owner.resume(&id, Some(0)).unwrap();
    assert_eq!(listed(&owner), [("1".to_owned(), 0)]);
}

#[test]
fn a_session_that_another_holds_is_copied() {
    let place = Place::new();
    let (mut one, mut other) = (place.usual(), place.usual());
    turn(&mut one, "1", "a");
    turn(&mut one, "2", "b");
    let resumed = other.resume(&one.id, Some(1)).unwrap();
    assert_ne!(resumed.session, one.id);
    assert_eq!((answers(&resumed), resumed.cut), (vec!["a"], 1));
    turn(&mut other, "3", "c");
    turn(&mut one, "4", "d");
    let texts = [file(&one, &one.id), file(&one, &other.id)];
    assert!(!texts[0].contains(r#""c""#) && !texts[1].contains(r#""d""#), "{texts:?}");
    // Both were used in the same moment.
    let mut turns: Vec<usize> = listed(&one).into_iter().map(|(_, turns)| turns).collect();
    turns.sort_unstable();
    assert_eq!(turns, [2, 3]);
}

#[test]
fn what_was_being_written_at_the_end_is_dropped() {
    let place = Place::new();
    let mut owner = place.usual();
    turn(&mut owner, "1", "a");
    let (id, path) = (owner.id.clone(), files::path(&owner.directory(), &owner.id));
    drop(owner);
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}{{\"turn\":{{\"id\"")).unwrap();
    let mut owner = place.usual();
    assert_eq!(answers(&owner.resume(&id, None).unwrap()), ["a"]);
    turn(&mut owner, "2", "b");
    assert!(fs::read_to_string(&path).unwrap().starts_with(&format!("{whole}{{\"turn\":")));
    assert_eq!(answers(&owner.resume(&id, None).unwrap()), ["a", "b"]);
}

#[test]
fn a_damaged_file_is_left_as_it_is() {
    let place = Place::new();
    let mut owner = place.usual();
    turn(&mut owner, "1", "a");
    turn(&mut owner, "2", "b");
    let (id, path) = (owner.id.clone(), files::path(&owner.directory(), &owner.id));
    drop(owner);
    let spoilt = fs::read_to_string(&path).unwrap().replace(r#"{"assistant":"b"}"#, "{\0}");
    fs::write(&path, &spoilt).unwrap();
    let mut owner = place.usual();
    let resumed = owner.resume(&id, None).unwrap();
    assert_ne!(resumed.session, id);
    assert_eq!(answers(&resumed), ["a"]);
    assert!(resumed.told[0].contains(&format!("{} is damaged in line", path.display())));
    assert!(matches!(resumed.items.last(), Some(HistoryItem::Note(_))));
    turn(&mut owner, "3", "c");
    let now = resumed.session;
    assert_eq!(answers(&owner.resume(&now, None).unwrap()), ["a", "c"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), spoilt);

    fs::write(&path, "spoilt\n").unwrap();
    let error = owner.resume(&id, None).unwrap_err();
    assert!(error.contains(&path.display().to_string()), "{error}");
    assert_eq!(owner.id, now, "nothing has changed");
    let (sessions, told) = owner.list();
    assert_eq!(sessions.len(), 1);
    assert!(told[0].contains(&path.display().to_string()), "{told:?}");
    for unknown in ["x", "", "../x", "a/b"] {
        let error = owner.resume(unknown, None).unwrap_err();
        assert!(error.starts_with("there is no session"), "{error}");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_said_once() {
    let place = Place::new();
    fs::write(place.state.path().join("sessions"), "in the way").unwrap();
    let mut owner = place.usual();
    let told = turn(&mut owner, "1", "a");
    assert!(told.len() == 1 && told[0].contains("this session is not kept"), "{told:?}");
    assert_eq!(turn(&mut owner, "2", "b"), Vec::<String>::new());
    assert_eq!(listed(&owner), []);
}

#[test]
fn a_full_disk_is_said_once_and_what_was_kept_stays() {
    let place = Place::new();
    let mut owner = place.usual();
    turn(&mut owner, "1", "a");
    let (id, directory) = (owner.id.clone(), owner.directory());
    // A device that is always full, under a name of its own.
    std::os::unix::fs::symlink("/dev/full", files::path(&directory, "full")).unwrap();
    owner.file = Some(Open::existing(&directory, "full").unwrap());
    let told = turn(&mut owner, "2", "b");
    assert!(told.len() == 1 && told[0].contains("No space left"), "{told:?}");
    fs::remove_file(files::path(&directory, "full")).unwrap();
    assert_eq!(answers(&owner.resume(&id, None).unwrap()), ["a"]);
    assert_eq!(turn(&mut owner, "3", "c"), Vec::<String>::new());
    assert_eq!(answers(&owner.resume(&id, None).unwrap()), ["a", "c"]);
}

#[test]
fn where_nothing_is_to_be_kept_nothing_is_written() {
    let place = Place::new();
    let mut owner = place.usual();
    turn(&mut owner, "1", "a");
    let id = owner.id.clone();
    drop(owner);
    let mut owner = place.owner(HistorySettings { save: false, ..HistorySettings::default() });
    assert_eq!(answers(&owner.resume(&id, None).unwrap()), ["a"]);
    turn(&mut owner, "2", "b");
    assert_eq!(listed(&owner), [("1".to_owned(), 1)]);
}

#[test]
fn the_last_used_stay_up_to_the_limits() {
    let place = Place::new();
    let settings = HistorySettings { sessions: 2, ..HistorySettings::default() };
    let mut held = place.usual();
    turn(&mut held, "held", "a");
    for said in ["1", "2", "3"] {
        turn(&mut place.owner(settings), said, "a");
    }
    let left: Vec<String> = listed(&held).into_iter().map(|(title, _)| title).collect();
    assert_eq!(left, ["3", "2", "held"], "who writes it keeps it");
    let settings = HistorySettings { age: std::time::Duration::ZERO, ..settings };
    let mut owner = place.owner(settings);
    turn(&mut owner, "4", "a");
    assert_eq!(ids(&held), [owner.id.clone(), held.id.clone()]);
}

#[test]
fn a_session_that_has_its_share_is_kept_no_further() {
    let place = Place::new();
    let mut owner = place.owner(HistorySettings { bytes: 4_000, ..HistorySettings::default() });
    assert_eq!(turn(&mut owner, "1", "a"), Vec::<String>::new());
    let told = turn(&mut owner, "2", &"b".repeat(1_000));
    assert!(told.len() == 1 && told[0].contains("history.max_bytes"), "{told:?}");
    let id = owner.id.clone();
    let resumed = owner.resume(&id, None).unwrap();
    assert_eq!(answers(&resumed), ["a"]);
    assert!(fs::metadata(files::path(&owner.directory(), &id)).unwrap().len() <= 1_000);
}
