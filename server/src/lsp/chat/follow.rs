//! A place in a text that is changed around it. Pure.

use crate::{
    documents::{DocumentChange, LineIndex, PositionEncoding},
    patch,
};

/// So many pieces of one change are followed one by one.
const ONE_BY_ONE: usize = 32;

/// A piece of a text that was replaced, in byte offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) at: usize,
    /// How many bytes went.
    pub(super) removed: usize,
    /// What came in their place.
    pub(super) text: String,
}

/// What the client says that it did, in an order in which it can be done one after
/// the other; none where it gave whole texts, or what it says does not lead there.
pub(super) fn told(
    old: &str,
    new: &str,
    changes: &[DocumentChange],
    encoding: PositionEncoding,
) -> Option<Vec<Splice>> {
    if changes.is_empty() || changes.len() > ONE_BY_ONE {
        return None;
    }
    let mut text = old.to_owned();
    let mut splices = Vec::new();
    for change in changes {
        let range = change.range?;
        let index = LineIndex::new(&text);
        let start = index.offset(&text, range.start, encoding);
        let end = index.offset(&text, range.end, encoding);
        let (start, end) = (start.min(end), start.max(end));
        text.replace_range(start..end, &change.text);
        splices.push(Splice { at: start, removed: end - start, text: change.text.clone() });
    }
    (text == new).then_some(splices)
}

/// What made `new` of `old`, found by comparing: the last of the text first, so that
/// none moves another.
pub(super) fn compared(old: &str, new: &str) -> Vec<Splice> {
    let replaced = patch::between(old, new);
    let splice = |replaced: &patch::Replaced| {
        let (before, after) = (&old[replaced.old.bytes.clone()], &new[replaced.new.bytes.clone()]);
        let front = common(before.chars(), after.chars());
        let (before, after) = (&before[front..], &after[front..]);
        let back = common(before.chars().rev(), after.chars().rev());
        Splice {
            at: replaced.old.bytes.start + front,
            removed: before.len() - back,
            text: after[..after.len() - back].to_owned(),
        }
    };
    replaced.iter().rev().map(splice).collect()
}

/// Bytes that two texts begin with, both.
fn common(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum()
}

/// Where a place is after a splice. What comes in right at the place comes in
/// behind it: who types there types on.
pub(super) fn follow(place: usize, splice: &Splice) -> usize {
    let end = splice.at + splice.removed;
    if splice.at >= place {
        place
    } else if end <= place {
        place - splice.removed + splice.text.len()
    } else {
        splice.at + splice.text.len()
    }
}

/// Whether `new` is `old` with a text put in at a byte offset.
pub(super) fn is_inserted(old: &str, new: &str, at: usize, text: &str) -> bool {
    let (Some(before), Some(after)) = (old.get(..at), old.get(at..)) else { return false };
    new.len() == old.len() + text.len()
        && new.strip_prefix(before).and_then(|rest| rest.strip_prefix(text)) == Some(after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::documents::{Position, Range};

    fn done(old: &str, splices: &[Splice]) -> String {
        let mut text = old.to_owned();
        for splice in splices {
            text.replace_range(splice.at..splice.at + splice.removed, &splice.text);
        }
        text
    }

    /// The place is shown as `|`.
    #[track_caller]
    fn check(old: &str, splice: (usize, usize, &str), new: &str) {
        let place = old.find('|').expect("a place");
        let old = old.replace('|', "");
        let splice = Splice { at: splice.0, removed: splice.1, text: splice.2.to_owned() };
        let mut text = done(&old, std::slice::from_ref(&splice));
        text.insert(follow(place, &splice), '|');
        assert_eq!(text, new);
    }

    #[test]
    fn a_place_moves_with_what_is_before_it() {
        check("ab|cd", (0, 1, "xyz"), "xyzb|cd");
        check("ab|cd", (0, 2, "x"), "x|cd");
        check("ab|cd", (2, 1, "x"), "ab|xd");
        check("ab|cd", (2, 0, "x"), "ab|xcd");
        check("ab|cd", (1, 2, "x"), "ax|d");
        check("ab|cd", (1, 2, ""), "a|d");
    }

    #[test]
    fn changes_are_followed_one_by_one_or_found() {
        let at = |line, character| Position { line, character };
        let change = |start, end, text: &str| DocumentChange {
            range: Some(Range { start, end }),
            text: text.to_owned(),
        };
        let old = "one\ntwo\nthree\n";
        let changes = [change(at(0, 0), at(0, 3), "é\n"), change(at(2, 3), at(2, 3), "!")];
        let new = "é\n\ntwo!\nthree\n";
        let utf16 = PositionEncoding::Utf16;
        let splices = told(old, new, &changes, utf16).expect("it leads there");
        assert_eq!(done(old, &splices), new);
        assert_eq!(splices.len(), 2);
        let whole = [DocumentChange { range: None, text: new.to_owned() }];
        assert_eq!(told(old, new, &whole, utf16), None);
        assert_eq!(told(old, old, &changes, utf16), None);
        assert_eq!(done(old, &compared(old, new)), new);
    }

    #[test]
    fn two_changes_in_one_text_are_told_apart() {
        let found = compared("a\nb\nc\nd |\ne\n", "a\nB!\nc\nd more |\ne\n");
        let texts: Vec<&str> = found.iter().map(|splice| splice.text.as_str()).collect();
        assert_eq!(texts, ["more ", "B!"]);
    }

    proptest! {
        #[test]
        fn what_is_found_leads_there(old in "([ab\n]|é){0,12}", new in "([ab\n]|é){0,12}") {
            prop_assert_eq!(done(&old, &compared(&old, &new)), new);
        }
    }
}
