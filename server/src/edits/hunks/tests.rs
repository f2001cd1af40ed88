//! What the person types stays, and a hunk goes where it belongs or waits.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::documents::{LineIndex, Position, PositionEncoding};

fn proposal(base: &str, result: &str) -> FileHunks {
    FileHunks::new(PathBuf::from("/w/a"), Arc::from(base), result, &mut 1)
}

fn shown(hunks: &FileHunks) -> String {
    let mut out = String::new();
    for hunk in hunks.hunks() {
        let _ = writeln!(
            out,
            "{} {}+{} {:?} -> {:?} {:?}",
            hunk.id(),
            hunk.start(),
            hunk.line_count(),
            hunk.old(),
            hunk.new_text(),
            hunk.state()
        );
    }
    let _ = write!(out, "{:?}", hunks.result(|_| true));
    out
}

/// A proposal, the texts the person has one after the other, and what becomes
/// of it.
#[track_caller]
fn check(base: &str, result: &str, person: &[&str], expected: &Expect) {
    let mut hunks = proposal(base, result);
    for now in person {
        hunks.rebase(Arc::from(*now));
    }
    expected.assert_eq(&shown(&hunks));
}

/// They are still there: who was told that they are gone would be wrong.
#[test]
fn lines_that_the_person_moves_are_not_taken_out() {
    let (base, result) = ("1\nold\n3\n4\n5\n", "1\n3\n4\n5\n");
    let mut hunks = proposal(base, result);
    let mut state = |now: &str| {
        hunks.rebase(Arc::from(now));
        hunks.hunks()[0].state().clone()
    };
    let conflict = HunkState::Conflict { current: String::new() };
    assert_eq!(state("1\n3\n4\nold\n5\n"), conflict);
    assert_eq!(state("1\n3\n4\nold\n5\ntyped\n"), conflict);
    assert_eq!(state("1\n3\n4\n5\ntyped\n"), HunkState::Accepted);
    // What was typed in them where they are now leaves them there.
    let (base, result) = ("1\nold\n3\n4\n5\n", "1\n3\n4\n5\n");
    let mut hunks = proposal(base, result);
    let mut state = |now: &str| {
        hunks.rebase(Arc::from(now));
        hunks.hunks()[0].state().clone()
    };
    assert_eq!(state("1\n3\n4\nold\n5\n"), conflict);
    assert_eq!(state("1\n3\n4\nold typed\n5\n"), conflict);
    assert_eq!(state("1\n3\n4\ntyped\n5\n"), HunkState::Accepted);
    let mut at_once = proposal(base, result);
    at_once.rebase(Arc::from("1\n3\n4\nold typed\n5\n"));
    assert_eq!(*at_once.hunks()[0].state(), conflict);
    // One of two alike that the person takes out is the one that was to go.
    let mut twice = proposal("}\nold\n}\nend\n", "}\nold\nend\n");
    twice.rebase(Arc::from("}\nold\nend\ntyped\n"));
    assert_eq!(*twice.hunks()[0].state(), HunkState::Accepted);
}

#[test]
fn hunks_are_runs_of_changed_lines() {
    check(
        "a\nb\nc\nd\ne\n",
        "A\nB\nc\nnew\nd\n",
        &[],
        &expect![[r#"
            h1 0+2 "a\nb\n" -> "A\nB\n" Pending
            h2 3+0 "" -> "new\n" Pending
            h3 4+1 "e\n" -> "" Pending
            "A\nB\nc\nnew\nd\n""#]],
    );
}

/// An equal line in between could make two hunks of them: one that takes the
/// lines out, and one that puts them in again. Each alone would do harm.
#[test]
fn lines_that_move_a_short_way_are_in_one_hunk() {
    let one = |base: &str, result: &str| {
        let hunks = proposal(base, result);
        let shown: Vec<_> = hunks.hunks().iter().map(|it| (it.old(), it.new_text())).collect();
        assert_eq!(shown, [(base, result)]);
    };
    // The last empty line of the one text is the middle one of the other.
    one("first\nline\n\nmine line\n\n", "firstline\n\nmine\n");
    one("mine line\nline\n", "line\nmine\n");
    // Across a change that has nothing to do with it.
    one("mine\nx\ny\nz\n", "x\nY\nz\nits mine\n");
    // The words that are in both are not the ones that move.
    let hunks = proposal("let a = x;\n{\nlet b = y;\n", "let a = z;\n{\nlet b = w;\n");
    assert_eq!(hunks.hunks().len(), 2);
    // Far away it is a move that a person sees.
    let between = "}\n".repeat(40);
    let hunks = proposal(&format!("mine\n{between}"), &format!("{between}mine\n"));
    assert_eq!(hunks.hunks().len(), 2);
}

#[test]
fn lines_are_counted_as_lsp_counts_them() {
    check(
        "a\rb\r\nc\nd\n",
        "a\rb\r\nc\nD\n",
        &[],
        &expect![[r#"
            h1 3+1 "d\n" -> "D\n" Pending
            "a\rb\r\nc\nD\n""#]],
    );
}

#[test]
fn hunks_move_with_what_the_person_types() {
    check(
        "a\nb\nc\nd\n",
        "a\nB\nc\nD\n",
        &["top\na\nb\nc\nd\n", "top\na\nb\nc\nmore\nmore\nd\n"],
        &expect![[r#"
            h1 2+1 "b\n" -> "B\n" Pending
            h2 6+1 "d\n" -> "D\n" Pending
            "top\na\nB\nc\nmore\nmore\nD\n""#]],
    );
}

#[test]
fn the_next_line_may_change() {
    check(
        "a\nb\nc\n",
        "a\nB\nc\n",
        &["ax\nb\nc\n", "ax\nb\ncx\n", "ax\nb\nin\ncx\n", "ax\nin\nb\nin\ncx\n"],
        &expect![[r#"
            h1 2+1 "b\n" -> "B\n" Pending
            "ax\nin\nB\nin\ncx\n""#]],
    );
}

#[test]
fn a_change_of_the_same_lines_is_a_conflict() {
    check(
        "a\nb\nc\nd\ne\n",
        "a\nB\nc\nD\ne\n",
        &["a\nb mine\nc\nd\ne\n"],
        &expect![[r#"
            h1 1+1 "b\n" -> "B\n" Conflict { current: "b mine\n" }
            h2 3+1 "d\n" -> "D\n" Pending
            "a\nb mine\nc\nD\ne\n""#]],
    );
    check(
        "a\nb\nc\nd\ne\n",
        "a\nB\nc\nD\ne\n",
        &["a\ne\n"],
        &expect![[r#"
            h1 1+0 "b\n" -> "B\n" Conflict { current: "" }
            h2 1+0 "d\n" -> "D\n" Conflict { current: "" }
            "a\ne\n""#]],
    );
}

#[test]
fn two_insertions_at_one_place_are_a_conflict() {
    check(
        "a\nb\n",
        "a\nnew\nb\n",
        &["a\nmine\nb\n"],
        &expect![[r#"
            h1 1+1 "" -> "new\n" Conflict { current: "mine\n" }
            "a\nmine\nb\n""#]],
    );
}

#[test]
fn a_conflict_that_was_undone_fits_again() {
    for person in [
        &["a\nb mine\nc\n", "a\nb\nc\n"][..],
        &["a\nb mine\nc\n", "a\nb mine\nand\nc\n", "x\na\nb mine\nand\nc\n", "a\nb\nc\n"],
        &["c\n", "a\nb\nc\n"],
        &["", "a\nb\nc\n"],
        &["a\nb mine\nkept\nc\n", "a\nb\nc\n"],
    ] {
        let fits = expect![[r#"
            h1 1+1 "b\n" -> "B\n" Pending
            "a\nB\nc\n""#]];
        check("a\nb\nc\n", "a\nB\nc\n", person, &fits);
    }
    check(
        "a\nb\nc\n",
        "a\nB\nc\n",
        &["A\nX\nC\n", "A\nb\nC\n"],
        &expect![[r#"
            h1 1+1 "b\n" -> "B\n" Pending
            "A\nB\nC\n""#]],
    );
}

#[test]
fn what_the_person_wrote_themselves_is_accepted() {
    check(
        "a\nb\nc\nd\n",
        "a\nB\nc\nd\nend\n",
        &["a\nB\nc\nd\n", "a\nB\nc\nd\nend\n"],
        &expect![[r#"
            h1 1+1 "b\n" -> "B\n" Accepted
            h2 4+1 "" -> "end\n" Accepted
            "a\nB\nc\nd\nend\n""#]],
    );
    check(
        "a\nb\nc\n",
        "a\nc\n",
        &["top\na\nc\n"],
        &expect![[r#"
            h1 2+0 "b\n" -> "" Accepted
            "top\na\nc\n""#]],
    );
}

#[test]
fn equal_lines_do_not_hide_that_a_hunk_was_taken() {
    // The second `}` may be the old one or the new one.
    check(
        "f {\n}\n",
        "f {\n}\ng {\n}\n",
        &["f {\n}\ng {\n}\n"],
        &expect![[r#"
            h1 1+2 "" -> "}\ng {\n" Accepted
            "f {\n}\ng {\n}\n""#]],
    );
}

#[test]
fn the_end_of_a_text_without_newline() {
    check(
        "a\nb",
        "a\nb\nc",
        &["top\na\nb"],
        &expect![[r#"
            h1 2+1 "b" -> "b\nc" Pending
            "top\na\nb\nc""#]],
    );
    // What was proposed as the end would now be glued to the person's line.
    check(
        "a\nb\n",
        "a\nB",
        &["a\nb\nmore\n"],
        &expect![[r#"
            h1 1+1 "b\n" -> "B" Conflict { current: "b\n" }
            "a\nb\nmore\n""#]],
    );
}

#[test]
fn what_was_decided_stays() {
    let mut hunks = proposal("a\nb\nc\nd\ne\n", "A\nb\nC\nd\nE\n");
    let id = |name: &str| HunkId::new(name);
    assert!(hunks.accept(&id("h1")) && hunks.reject(&id("h2")));
    assert!(!hunks.accept(&id("h2")) && !hunks.reject(&id("h1")) && !hunks.accept(&id("h9")));
    hunks.rebase(Arc::from("top\nA\nb\nc\nd\nmine\n"));
    assert!(!hunks.accept(&id("h3")), "a conflict is not forced");
    expect![[r#"
        h1 1+1 "a\n" -> "A\n" Accepted
        h2 3+1 "c\n" -> "C\n" Rejected
        h3 5+1 "e\n" -> "E\n" Conflict { current: "mine\n" }
        "top\nA\nb\nc\nd\nmine\n""#]]
    .assert_eq(&shown(&hunks));
    assert!(!hunks.is_settled());
    assert!(hunks.reject(&id("h3")) && hunks.is_settled());
}

#[test]
fn a_decided_hunk_goes_back_too() {
    let mut hunks = proposal("a\n", "A\n");
    assert!(hunks.reject(&HunkId::new("h1")));
    for now in ["a long line\na\n", "a\n"] {
        hunks.rebase(Arc::from(now));
    }
    expect![[r#"
        h1 0+1 "a\n" -> "A\n" Rejected
        "a\n""#]]
    .assert_eq(&shown(&hunks));
}

#[test]
fn accepted_hunks_move_the_others() {
    let mut hunks = proposal("a\nb\nc\nd\n", "new\nnew\na\nb\nd\nend\n");
    assert!(hunks.accept(&HunkId::new("h1")));
    expect![[r#"
        h1 0+2 "" -> "new\nnew\n" Accepted
        h2 4+1 "c\n" -> "" Pending
        h3 6+0 "" -> "end\n" Pending
        "new\nnew\na\nb\nd\nend\n""#]]
    .assert_eq(&shown(&hunks));
    assert_eq!(&**hunks.base(), "new\nnew\na\nb\nc\nd\n");
}

#[test]
fn ids_are_unique_over_the_files_of_a_proposal() {
    let mut next = 1;
    let mut ids = Vec::new();
    for path in ["/w/a", "/w/b"] {
        let base = Arc::from("a\nb\nc\n");
        let hunks = FileHunks::new(PathBuf::from(path), base, "A\nb\nC\n", &mut next);
        ids.extend(hunks.hunks().iter().map(|hunk| hunk.id().to_string()));
    }
    assert_eq!(ids, ["h1", "h2", "h3", "h4"]);
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a\n", "b\n", "c\n", "d\r\n", "\n", "}\n", "é𝄞\n", "x\r", "\u{feff}", "end",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Replaces a part of a text, at characters.
#[derive(Debug, Clone)]
struct Typed {
    at: prop::sample::Index,
    len: usize,
    text: String,
}

impl Typed {
    fn apply(&self, text: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        let at = self.at.index(letters.len() + 1);
        let end = (at + self.len).min(letters.len());
        let (head, tail) = (&letters[..at], &letters[end..]);
        head.iter().copied().chain(self.text.chars()).chain(tail.iter().copied()).collect()
    }
}

fn typed() -> impl Strategy<Value = Typed> {
    (any::<prop::sample::Index>(), 0..6_usize, text()).prop_map(|(at, len, text)| Typed {
        at,
        len,
        text,
    })
}

/// Where the old lines of a pending hunk are, by its line.
fn span(hunks: &FileHunks, hunk: &Hunk) -> std::ops::Range<usize> {
    let line = Position { line: u32::try_from(hunk.start()).unwrap(), character: 0 };
    let base = hunks.base();
    let start = LineIndex::new(base).offset(base, line, PositionEncoding::Utf8);
    start..start + hunk.old().len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn hunks_lead_from_base_to_result(base in text(), result in text()) {
        let hunks = proposal(&base, &result);
        prop_assert_eq!(hunks.result(|_| true), result);
        prop_assert_eq!(hunks.result(|_| false), base);
    }

    /// Whatever is taken, only the old lines of what is taken are replaced, and
    /// they are what the hunk says: all else is the person's text.
    #[test]
    fn no_character_of_the_person_is_lost(
        base in text(),
        result in text(),
        edits in prop::collection::vec(typed(), 1..5),
        mask in any::<u8>(),
    ) {
        let mut hunks = proposal(&base, &result);
        let lines = |hunks: &FileHunks| -> Vec<(String, String)> {
            let hunks = hunks.hunks().iter();
            hunks.map(|hunk| (hunk.old().to_owned(), hunk.new_text().to_owned())).collect()
        };
        let proposed = lines(&hunks);
        let mut now = base;
        for edit in &edits {
            now = edit.apply(&now);
            hunks.rebase(Arc::from(now.as_str()));
            prop_assert_eq!(&**hunks.base(), &now);
            prop_assert_eq!(&lines(&hunks), &proposed);

            let mut at = 0;
            let mut expected = String::new();
            let wanted = |hunk: &Hunk| mask & (1 << (hunk.old().len() % 8)) != 0;
            for hunk in hunks.hunks().iter().filter(|hunk| hunk.is_pending() && wanted(hunk)) {
                let span = span(&hunks, hunk);
                prop_assert!(span.start >= at);
                prop_assert_eq!(&now[span.clone()], hunk.old());
                expected.push_str(&now[at..span.start]);
                expected.push_str(hunk.new_text());
                at = span.end;
            }
            expected.push_str(&now[at..]);
            prop_assert_eq!(hunks.result(wanted), expected);
        }
    }

    #[test]
    fn undoing_everything_brings_all_hunks_back(
        base in text(),
        result in text(),
        edits in prop::collection::vec(typed(), 1..4),
    ) {
        let mut hunks = proposal(&base, &result);
        let mut now = base.clone();
        for edit in &edits {
            now = edit.apply(&now);
            hunks.rebase(Arc::from(now.as_str()));
        }
        hunks.rebase(Arc::from(base.as_str()));
        prop_assert_eq!(hunks.result(|_| true), result);
    }

    /// It does not matter whether the proposal is told first or the text comes
    /// back first, nor in how many steps.
    #[test]
    fn taking_some_leaves_the_others(base in text(), result in text(), order in any::<u64>()) {
        let mut told = proposal(&base, &result);
        let mut seen = told.clone();
        let ids: Vec<_> = told.hunks().iter().map(|hunk| hunk.id().clone()).collect();
        for (index, id) in ids.iter().enumerate().filter(|(index, _)| order >> index & 1 == 1) {
            prop_assert!(told.accept(id));
            if order >> (index + 32) & 1 == 1 {
                seen.rebase(told.base().clone());
            }
            prop_assert_eq!(told.result(|_| true), result.as_str());
        }
        seen.rebase(told.base().clone());
        prop_assert_eq!(shown(&seen), shown(&told));
    }
}
