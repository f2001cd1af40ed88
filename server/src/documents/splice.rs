//! Many replacements in one text, where it is: a second copy of a large text costs
//! more than to move what it has.

use std::ops::Range;

/// Bytes of the text, and what takes their place.
pub(super) type Replacement<'a> = (Range<usize>, &'a str);

/// Replaces all of them at once. They are ascending and apart, and begin and end
/// between two characters.
pub(super) fn splice(text: &mut String, replaced: &[Replacement<'_>]) {
    let mut bytes = std::mem::take(text).into_bytes();
    let old_len = bytes.len();
    // What stays: where it is, and where it goes.
    let mut kept = Vec::with_capacity(replaced.len() + 1);
    let (mut at, mut to) = (0, 0);
    for (old, new) in replaced {
        kept.push((at..old.start, to));
        to += old.start - at + new.len();
        at = old.end;
    }
    kept.push((at..old_len, to));
    let len = to + old_len - at;
    bytes.resize(old_len.max(len), 0);
    // What goes to the left never meets what goes to the right: its place lies
    // between what is before it and what is after it, then as now.
    for (from, to) in kept.iter().filter(|(from, to)| *to < from.start) {
        bytes.copy_within(from.clone(), *to);
    }
    for (from, to) in kept.iter().rev().filter(|(from, to)| *to > from.start) {
        bytes.copy_within(from.clone(), *to);
    }
    for ((from, to), (_, new)) in kept.iter().zip(replaced) {
        let at = to + from.len();
        bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
    }
    bytes.truncate(len);
    *text = String::from_utf8(bytes).expect("whole characters were replaced by whole characters");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_one_after_the_other_gives(
            text in "[a-c\u{e9}\u{1f600}\n]{0,60}",
            cuts in proptest::collection::vec(0..61_usize, 0..12),
            news in proptest::collection::vec("[x-z\u{e9}]{0,9}", 6),
        ) {
            let mut cuts: Vec<usize> = cuts
                .into_iter()
                .map(|cut| text.char_indices().nth(cut).map_or(text.len(), |(at, _)| at))
                .collect();
            cuts.sort_unstable();
            let pairs = cuts.chunks_exact(2).map(|pair| pair[0]..pair[1]);
            let replaced: Vec<Replacement<'_>> =
                pairs.zip(news.iter().map(String::as_str)).collect();
            let mut expected = text.clone();
            for (old, new) in replaced.iter().rev() {
                expected.replace_range(old.clone(), new);
            }
            let mut spliced = text;
            splice(&mut spliced, &replaced);
            prop_assert_eq!(spliced, expected);
        }
    }
}
