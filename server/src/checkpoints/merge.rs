//! The three-way merge of texts, by lines. Pure.

use std::ops::Range;

use crate::patch;

/// One place of `base` that a side has changed.
#[derive(Debug, PartialEq)]
struct Hunk<'a> {
    /// Lines, to know what is next to each other.
    lines: Range<usize>,
    bytes: Range<usize>,
    text: &'a str,
}

/// `base` with the changes of both sides; none when both changed the same
/// lines, or lines next to each other, in different ways.
pub(super) fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
    if ours == theirs || base == theirs {
        return Some(ours.to_owned());
    }
    if base == ours {
        return Some(theirs.to_owned());
    }
    let (mut ours, mut theirs) = (hunks(base, ours).peekable(), hunks(base, theirs).peekable());
    let mut merged = String::new();
    let mut at = 0;
    loop {
        let hunk = match (ours.peek(), theirs.peek()) {
            (None, None) => break,
            (Some(_), None) => ours.next(),
            (None, Some(_)) => theirs.next(),
            (Some(our), Some(their)) if our == their => {
                ours.next();
                theirs.next()
            }
            (Some(our), Some(their)) if our.lines.end < their.lines.start => ours.next(),
            (Some(our), Some(their)) if their.lines.end < our.lines.start => theirs.next(),
            (Some(_), Some(_)) => return None,
        }?;
        merged.push_str(&base[at..hunk.bytes.start]);
        merged.push_str(hunk.text);
        at = hunk.bytes.end;
    }
    merged.push_str(&base[at..]);
    Some(merged)
}

fn hunks<'a>(base: &str, side: &'a str) -> impl Iterator<Item = Hunk<'a>> {
    patch::between(base, side).into_iter().map(|replaced| Hunk {
        lines: replaced.old.lines,
        bytes: replaced.old.bytes,
        text: &side[replaced.new.bytes],
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(base: &str, ours: &str, theirs: &str, expected: &Expect) {
        let merged = merge(base, ours, theirs);
        expected.assert_eq(&merged.unwrap_or_else(|| "conflict".to_owned()));
    }

    #[test]
    fn changes_apart_come_together() {
        check("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC", &expect![["A\nb\nC"]]);
        check("a\nb\nc\n", "b\nc\n", "a\nb\nc\nd\n", &expect![["b\nc\nd\n"]]);
        check("a\nb\n", "x\nb\n", "x\nb\n", &expect![["x\nb\n"]]);
    }

    #[test]
    fn changes_of_one_place_are_a_conflict() {
        check("a\nb\n", "x\nb\n", "y\nb\n", &expect![["conflict"]]);
        check("a\nb\n", "x\nb\n", "a\ny\n", &expect![["conflict"]]);
        check("", "x\n", "y\n", &expect![["conflict"]]);
    }

    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec(prop_oneof!["a\n", "b\n", "c\r\n", "d"], 0..12)
            .prop_map(|lines| lines.concat())
    }

    proptest! {
        #[test]
        fn a_side_without_changes_changes_nothing(base in text(), side in text()) {
            prop_assert_eq!(merge(&base, &side, &base), Some(side.clone()));
            prop_assert_eq!(merge(&base, &base, &side), Some(side.clone()));
        }

        #[test]
        fn the_sides_have_no_order(base in text(), ours in text(), theirs in text()) {
            prop_assert_eq!(merge(&base, &ours, &theirs), merge(&base, &theirs, &ours));
        }
    }
}
