//! What a caller of `wrap` relies on.

use wrap::{wrap, wrap_with_prefix};

#[test]
fn short_text_stays_on_one_line() {
    assert_eq!(wrap("to be or not", 20), ["to be or not"]);
}

#[test]
fn a_long_word_stands_alone() {
    assert_eq!(wrap("an incomprehensible word", 8), ["an", "incomprehensible", "word"]);
}

#[test]
fn no_line_is_wider_than_asked() {
    assert_eq!(wrap("four five six seven", 8), ["four", "five six", "seven"]);
}

#[test]
fn the_prefix_counts() {
    assert_eq!(wrap_with_prefix("one two", 6, "> "), ["> one", "> two"]);
}
