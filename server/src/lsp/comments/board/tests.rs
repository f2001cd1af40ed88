//! Which comments are taken up when: a document is typed version by version.

use std::path::Path;

use super::*;

struct Typing {
    board: Board,
    version: i32,
}

impl Typing {
    fn new(text: &str) -> Self {
        let mut typing =
            Self { board: Board { mode: Mode::Start, ..Board::default() }, version: 0 };
        assert_eq!(typing.read("a", text, How::Opened), (vec![], false));
        typing
    }

    /// What is due after a document has this text, and whether quiet is waited for.
    fn read(&mut self, name: &str, text: &str, how: How) -> (Vec<String>, bool) {
        self.version += 1;
        let document = OpenDocument {
            path: name.into(),
            uri: String::new(),
            version: self.version,
            language_id: "python".into(),
            text: text.into(),
            saved: false,
        };
        let next = self.board.read(Reading::of(&document), how);
        (raws(next.due), next.wait.is_some())
    }

    fn types(&mut self, text: &str) -> (Vec<String>, bool) {
        self.read("a", text, How::Changed)
    }
}

fn raws(keys: Vec<Key>) -> Vec<String> {
    keys.into_iter().map(|key| key.raw).collect()
}

#[test]
fn a_comment_is_due_when_its_line_was_left() {
    let mut typing = Typing::new("x = 1\n");
    assert_eq!(typing.types("x = 1  # why AI\n"), (vec![], false));
    assert_eq!(typing.types("x = 1  # why AI?\n"), (vec![], true));
    // Still in the line, in front of the comment.
    assert_eq!(typing.types("xy = 1  # why AI?\n"), (vec![], true));
    assert_eq!(typing.types("xy = 1  # why AI?\n\n"), (vec!["# why AI?".into()], false));
    assert_eq!(typing.types("xy = 1  # why AI?\n\n\n"), (vec![], false));
}

#[test]
fn who_types_on_in_the_comment_has_not_finished_it() {
    let mut typing = Typing::new("");
    assert_eq!(typing.types("# a AI!"), (vec![], true));
    assert_eq!(typing.types("# a AI! b"), (vec![], false));
    assert_eq!(typing.types("# a AI! b\n"), (vec![], false));
    assert_eq!(typing.types("# a AI! b AI!\n"), (vec![], true));
}

#[test]
fn quiet_counts_from_the_last_change() {
    let mut typing = Typing::new("");
    typing.types("x # a AI!");
    typing.types("xy # a AI!");
    let path = Path::new("a");
    assert!(typing.board.quiet(path, typing.board.ticks - 1).is_empty());
    assert_eq!(raws(typing.board.quiet(path, typing.board.ticks)), ["# a AI!"]);
    assert!(typing.board.quiet(path, typing.board.ticks).is_empty());
}

#[test]
fn saving_or_going_elsewhere_makes_it_due() {
    let path = Path::new("a");
    let mut typing = Typing::new("\n\n\n");
    typing.types("# a AI!\n\n\n");
    assert!(typing.board.is_at(path, &(0..=0)).is_empty());
    assert_eq!(raws(typing.board.is_at(path, &(2..=2))), ["# a AI!"]);
    typing.types("# a AI!\n\n# b AI!\n");
    assert_eq!(raws(typing.board.due(path)), ["# b AI!"]);
}

#[test]
fn what_was_there_or_comes_back_is_not_typed() {
    let mut typing = Typing::new("# old AI!\nx\n");
    assert_eq!(typing.types("# old AI!\nxy\n"), (vec![], false));
    assert_eq!(typing.types("xy\n"), (vec![], false));
    // Undone.
    assert_eq!(typing.types("# old AI!\nxy\n"), (vec![], false));
    // A quote is open for a moment.
    assert_eq!(typing.types("'''# old AI!\nxy\n"), (vec![], false));
    assert_eq!(typing.types("# old AI!\nxy\n"), (vec![], false));
    // The same words at another place are another comment.
    assert_eq!(typing.types("# old AI!\nxy\nz  # old AI!\n"), (vec![], true));
}

#[test]
fn what_the_agent_writes_starts_nothing() {
    let mut typing = Typing::new("x\n");
    assert_eq!(typing.read("a", "# mine AI!\nx\n", How::Ours), (vec![], false));
    assert_eq!(typing.types("# mine AI!\nxy\n"), (vec![], false));
    assert!(typing.board.due(Path::new("a")).is_empty());
}

#[test]
fn what_is_complete_in_other_documents_goes_along() {
    let mut typing = Typing::new("");
    typing.read("b", "", How::Opened);
    typing.read("c", "", How::Opened);
    typing.types("# a AI!");
    typing.read("b", "# b AI!", How::Changed);
    typing.read("c", "# c AI!", How::Changed);
    // The person is in c, and saves b.
    assert_eq!(raws(typing.board.due(Path::new("b"))), ["# a AI!", "# b AI!"]);
    assert_eq!(raws(typing.board.due(Path::new("c"))), ["# c AI!"]);
}

#[test]
fn nothing_is_typed_where_comments_are_only_offered() {
    let mut typing = Typing::new("");
    typing.board.mode = Mode::Offer;
    assert_eq!(typing.types("# a AI!"), (vec![], false));
    assert_eq!(typing.board.free().len(), 1);
    let spots = typing.board.spots(Path::new("a"), typing.version);
    assert_eq!(spots[0].lines, 0..=0);
    assert!(typing.board.spots(Path::new("a"), 0).is_empty());
}

#[test]
fn what_is_being_done_is_not_free() {
    let mut typing = Typing::new("# a AI!\n# b AI!\n# c AI!\n");
    let keys = typing.board.free();
    assert_eq!(keys.len(), 3);
    typing.board.wait([keys[0].clone()]);
    let taken = crate::lsp::comments::flight::Taken { key: keys[1].clone(), kind: Kind::Do };
    typing.board.flight = Some(Flight::new("1".into(), vec![taken]));
    assert_eq!(raws(typing.board.free()), ["# c AI!"]);
    assert_eq!(typing.board.take_waiting(), [keys[0].clone()]);
    // A reading of an older text, that took longer, changes nothing.
    let old = Reading::nothing("a".into(), 0);
    assert_eq!(typing.board.read(old, How::Changed), Next::default());
    assert_eq!(raws(typing.board.free()), ["# a AI!", "# c AI!"]);
}
