//! Plans lead from base to result, whatever the text and the encoding.

use std::{fmt::Write as _, path::Path};

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::{
    documents::PositionEncoding,
    patch::{Change, FileUpdate},
};

const ENCODINGS: [PositionEncoding; 3] =
    [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32];

fn file(path: &str, change: Change) -> FileUpdate {
    FileUpdate::new(PathBuf::from(path), change)
}

fn add(path: &str, content: &str) -> FileUpdate {
    file(path, Change::Add { content: content.to_owned() })
}

fn delete(path: &str, base: &str) -> FileUpdate {
    file(path, Change::Delete { base: Arc::from(base) })
}

fn update(path: &str, base: &str, result: &str) -> FileUpdate {
    let change = Change::update(Arc::from(base), result.to_owned(), None);
    file(path, change)
}

fn moved(path: &str, target: &str, base: &str, result: &str) -> FileUpdate {
    let move_path = Some(PathBuf::from(target));
    file(path, Change::update(Arc::from(base), result.to_owned(), move_path))
}

fn shown(plan: &EditPlan) -> String {
    let mut out = String::new();
    for file in plan.files() {
        let _ = match file {
            FileEdit::Create { path, text, .. } => {
                writeln!(out, "create {} {text:?}", path.display())
            }
            FileEdit::Delete { path, version, .. } => {
                writeln!(out, "delete {} {version:?}", path.display())
            }
            FileEdit::Update { path, version, edits, move_path, .. } => {
                let _ = write!(out, "update {} {version:?}", path.display());
                if let Some(target) = move_path {
                    let _ = write!(out, " -> {}", target.display());
                }
                out.push('\n');
                edits.iter().try_for_each(|TextEdit { range: Range { start, end }, new_text }| {
                    writeln!(
                        out,
                        "  {}:{}-{}:{} {new_text:?}",
                        start.line, start.character, end.line, end.character
                    )
                })
            }
        };
    }
    out
}

#[track_caller]
fn check(updates: &[FileUpdate], expected: &Expect) {
    let version = |path: &Path| path.ends_with("open").then_some(7);
    let shown = match plan(updates, &version, PositionEncoding::Utf16) {
        Ok(plan) => shown(&plan),
        Err(error) => format!("{error}\n"),
    };
    expected.assert_eq(&shown);
}

#[test]
fn edits_are_whole_lines_against_the_open_version() {
    check(
        &[update("/w/open", "a\nb\nc\nd\n", "a\nB\nc\nnew\nd\n")],
        &expect![[r#"
            update /w/open Some(7)
              1:0-2:0 "B\n"
              3:0-3:0 "new\n"
        "#]],
    );
    check(
        &[update("/w/a", "one\r\ntwo\r\n", "two\r\n"), delete("/w/open", "")],
        &expect![[r#"
            update /w/a None
              0:0-1:0 ""
            delete /w/open Some(7)
        "#]],
    );
}

#[test]
fn the_end_of_a_text_without_newline() {
    check(
        &[
            update("/w/a", "x\n𝄞", "x\n𝄞\nmore"),
            update("/w/b", "x\ny", "x"),
            update("/w/c", "", "x"),
            update("/w/d", "x", "x\n"),
        ],
        &expect![[r#"
            update /w/a None
              1:0-1:2 "𝄞\nmore"
            update /w/b None
              0:0-1:1 "x"
            update /w/c None
              0:0-0:0 "x"
            update /w/d None
              0:0-0:1 "x\n"
        "#]],
    );
}

#[test]
fn a_path_is_free_before_something_comes_there() {
    check(
        &[
            moved("/w/a", "/w/b", "A\n", "A\n"),
            moved("/w/b", "/w/c", "B\n", "b\n"),
            moved("/w/c", "/w/d", "C\n", "C\n"),
            moved("/w/x", "/w/y", "X\n", "X\n"),
            delete("/w/y", "Y\n"),
            add("/w/new", "N\n"),
        ],
        &expect![[r#"
            update /w/c None -> /w/d
            delete /w/y None
            create /w/new "N\n"
            update /w/b None -> /w/c
              0:0-1:0 "b\n"
            update /w/x None -> /w/y
            update /w/a None -> /w/b
        "#]],
    );
}

#[test]
fn a_directory_may_take_the_place_of_a_file() {
    check(
        &[add("/w/a/new", "N\n"), moved("/w/b", "/w/a/b", "B\n", "B\n"), delete("/w/a", "A\n")],
        &expect![[r#"
            delete /w/a None
            create /w/a/new "N\n"
            update /w/b None -> /w/a/b
        "#]],
    );
}

#[test]
fn what_changes_nothing_is_not_planned() {
    check(&[update("/w/a", "A\n", "A\n"), moved("/w/b", "/w/b", "B\n", "B\n")], &expect![""]);
    check(
        &[moved("/w/a", "/w/a", "A\n", "B\n")],
        &expect![[r#"
            update /w/a None
              0:0-1:0 "B\n"
        "#]],
    );
}

#[test]
fn files_that_change_places_get_each_others_text() {
    check(
        &[
            moved("/w/a", "/w/b", "A\n", "A\n"),
            moved("/w/b", "/w/c", "B\n", "B\n"),
            moved("/w/c", "/w/a", "C\n", "see\n"),
            moved("/w/x", "/w/y", "X\n", "X\n"),
        ],
        &expect![[r#"
            update /w/b None
              0:0-1:0 "A\n"
            update /w/c None
              0:0-1:0 "B\n"
            update /w/a None
              0:0-1:0 "see\n"
            update /w/x None -> /w/y
        "#]],
    );
}

#[test]
fn updates_that_contradict_each_other_are_refused() {
    for (updates, expected) in [
        (
            vec![update("/w/a", "a", "b"), delete("/w/a", "a")],
            expect!["/w/a is changed twice; put its changes into one\n"],
        ),
        (
            vec![update("/w/a", "a", "b"), moved("/w/b", "/w/a", "", "")],
            expect!["/w/a would be overwritten by another file of the same patch\n"],
        ),
        (
            vec![add("/w/a", "a"), moved("/w/b", "/w/a", "", "")],
            expect!["/w/a would be overwritten by another file of the same patch\n"],
        ),
        (vec![add("a", "a")], expect!["a is not an absolute path\n"]),
        (
            vec![moved("/w/a", "/w/a/b", "1", "1")],
            expect![[r#"
            /w/a/b cannot be put below /w/a, which is a file; take that away first, in a patch of its own
        "#]],
        ),
        (
            vec![moved("/w/a", "/w/b/x", "1", "1"), moved("/w/b", "/w/a/y", "1", "1")],
            expect![[r#"
            /w/b/x cannot be put below /w/b, which is a file; take that away first, in a patch of its own
        "#]],
        ),
        (
            vec![update("/w/a", "1", "2"), add("/w/a/b", "1")],
            expect![[r#"
            /w/a/b cannot be put below /w/a, which is a file; take that away first, in a patch of its own
        "#]],
        ),
    ] {
        check(&updates, &expected);
    }
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "b", "é", "𝄞", "\u{feff}", "\n", "\n", "\r", "\r\n", "\r\n", "word",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A base, and a result that has much of it.
fn texts() -> impl Strategy<Value = (String, String)> {
    (text(), text(), text(), text(), any::<bool>()).prop_map(|(head, old, new, tail, far)| {
        let tail = if far { String::new() } else { tail };
        (format!("{head}{old}{tail}"), format!("{head}{new}{tail}"))
    })
}

/// Applies edits as a client does that knows nothing of us: it cuts the text
/// into lines, counts units, and replaces from the end.
fn apply(base: &str, edits: &[TextEdit], encoding: PositionEncoding) -> String {
    let mut lines = vec![String::new()];
    let mut letters = base.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = lines.last_mut().unwrap();
        last.push(letter);
        let ends = letter == '\n' || letter == '\r' && letters.peek() != Some(&'\n');
        if ends {
            lines.push(String::new());
        }
    }
    let offset = |place: crate::documents::Position| {
        let before: usize = lines[..place.line as usize].iter().map(String::len).sum();
        let (mut units, mut bytes) = (0, 0);
        for letter in lines[place.line as usize].chars() {
            if units == place.character as usize {
                break;
            }
            units += match encoding {
                PositionEncoding::Utf8 => letter.len_utf8(),
                PositionEncoding::Utf16 => letter.len_utf16(),
                PositionEncoding::Utf32 => 1,
            };
            bytes += letter.len_utf8();
        }
        assert_eq!(units, place.character as usize, "a place inside a character");
        before + bytes
    };
    let mut text = base.to_owned();
    let mut limit = usize::MAX;
    for TextEdit { range, new_text } in edits.iter().rev() {
        let (start, end) = (offset(range.start), offset(range.end));
        assert!(start <= end && end <= limit, "edits overlap or are out of order");
        limit = start;
        text.replace_range(start..end, new_text);
    }
    text
}

proptest! {
    #[test]
    fn edits_lead_from_base_to_result((base, result) in texts()) {
        for encoding in ENCODINGS {
            let plan = plan(&[update("/w/a", &base, &result)], &|_| None, encoding).unwrap();
            let edits = match plan.files() {
                [FileEdit::Update { edits, .. }] => edits.as_slice(),
                [] => &[],
                files => panic!("{files:?}"),
            };
            prop_assert_eq!(&apply(&base, edits, encoding), &result);
            for edit in edits {
                prop_assert_eq!(edit.range.start.character, 0);
            }
        }
    }
}
