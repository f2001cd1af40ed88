//! Notes that were left behind, held, broken, or about something else.

use std::sync::Arc;

use super::*;

fn update(path: &Path) -> FileEdit {
    FileEdit::Update {
        path: path.to_owned(),
        base: Arc::from("1\n"),
        version: None,
        edits: Vec::new(),
        result: "2\n".into(),
        move_path: None,
        executable: None,
    }
}

struct Place {
    directory: tempfile::TempDir,
    roots: Vec<PathBuf>,
    journal: Journal,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::below(&directory.path().join("state/tiro"));
    Place { roots: vec![directory.path().to_owned()], directory, journal }
}

impl Place {
    /// As if the process had been killed.
    fn leave(&self, edits: &[FileEdit], in_editor: Vec<PathBuf>) {
        let mut note = self.journal.begin(&self.roots, edits, in_editor, true);
        drop(note.file.take().expect("it could be written"));
    }
}

#[test]
fn each_file_is_told_by_what_it_is_now() {
    let place = place();
    let path = |name: &str| place.directory.path().join(name);
    let edits = ["new", "old", "other", "gone"].map(|name| update(&path(name)));
    fs::write(path("new"), "2\n").unwrap();
    fs::write(path("old"), "1\n").unwrap();
    fs::write(path("other"), "3\n").unwrap();
    place.leave(&edits, vec![path("open")]);
    expect_test::expect![[r#"
        [
            "tiro was ended in the middle of changing files. This is how they are now: gone (neither old nor new), new (new), old (old), other (neither old nor new), open (in the editor, look there)",
        ]
    "#]]
    .assert_debug_eq(&place.journal.left_over(&place.roots));
    assert!(place.journal.left_over(&place.roots).is_empty());
}

#[test]
fn a_note_about_buffers_is_there_without_waiting_for_the_disk() {
    let place = place();
    let open = vec![place.directory.path().join("open")];
    let mut note = place.journal.begin(&place.roots, &[], open, false);
    drop(note.file.take().expect("it could be written"));
    let told = place.journal.left_over(&place.roots);
    assert!(told[0].ends_with("are now: open (in the editor, look there)"), "{told:?}");
}

#[test]
fn what_is_still_being_done_is_not_left_over() {
    let place = place();
    let note = place.journal.begin(&place.roots, &[update(Path::new("/a"))], Vec::new(), true);
    assert!(place.journal.left_over(&place.roots).is_empty());
    drop(note);
    assert_eq!(fs::read_dir(&place.journal.directory).unwrap().count(), 0);
}

#[test]
fn what_is_no_note_is_not_told() {
    let place = place();
    place.leave(&[update(Path::new("/a"))], Vec::new());
    let entry = fs::read_dir(&place.journal.directory).unwrap().next().unwrap().unwrap();
    fs::write(entry.path(), "{\"roots\":").unwrap();
    assert!(place.journal.left_over(&place.roots).is_empty());
    assert!(!entry.path().exists());
}

#[test]
fn without_a_place_for_notes_things_are_still_done() {
    let place = place();
    let file = place.directory.path().join("file");
    fs::write(&file, "").unwrap();
    let journal = Journal::below(&file);
    assert!(journal.begin(&place.roots, &[], Vec::new(), true).file.is_none());
    assert!(journal.left_over(&place.roots).is_empty());
}
