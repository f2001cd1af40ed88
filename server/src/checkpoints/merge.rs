//! The three-way merge of texts, by lines. Pure.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};

/// A diff that is not found within this time is a coarser one.
const PATIENCE: Duration = Duration::from_secs(1);

/// One place of `base` that a side has changed.
#[derive(Debug, PartialEq)]
struct Hunk<'a> {
    base: Range<usize>,
    lines: &'a [&'a str],
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
    let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
    let (ours, theirs) = (hunks(&base, &ours), hunks(&base, &theirs));
    let (mut ours, mut theirs) = (ours.into_iter().peekable(), theirs.into_iter().peekable());
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
            (Some(our), Some(their)) if our.base.end < their.base.start => ours.next(),
            (Some(our), Some(their)) if their.base.end < our.base.start => theirs.next(),
            (Some(_), Some(_)) => return None,
        }?;
        merged.extend(base[at..hunk.base.start].iter().copied());
        merged.extend(hunk.lines.iter().copied());
        at = hunk.base.end;
    }
    merged.extend(base[at..].iter().copied());
    Some(merged)
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn hunks<'a>(base: &[&str], side: &'a [&'a str]) -> Vec<Hunk<'a>> {
    let deadline = Some(Instant::now() + PATIENCE);
    let mut hunks: Vec<Hunk<'a>> = Vec::new();
    for op in capture_diff_slices_deadline(Algorithm::Myers, base, side, deadline) {
        if op.tag() == DiffTag::Equal {
            continue;
        }
        let (old, new) = (op.old_range(), op.new_range());
        match hunks.last_mut() {
            // A deletion and an insertion at one place are one change.
            Some(last) if last.base.end == old.start => {
                let lines = last.lines.len();
                last.base.end = old.end;
                last.lines = &side[new.start - lines..new.end];
            }
            Some(_) | None => hunks.push(Hunk { base: old, lines: &side[new] }),
        }
    }
    hunks
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
