//! Which texts are which turns.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn check(text: &str, expected: &Expect) {
    let mut shown = String::new();
    for turn in turns(text) {
        shown += &format!("{} {:?}: {:?}\n", turn.line, turn.who, turn.said(text));
    }
    expected.assert_eq(&shown);
}

#[test]
fn headings_begin_turns() {
    check(
        "# A chat\n\n## You\n\nhello\nthere\n\n## Tiro\n\nhi\n\n## You\n\n",
        &expect![[r#"
            2 You: "hello\nthere"
            7 Tiro: "hi"
            11 You: ""
        "#]],
    );
}

#[test]
fn every_kind_of_line_ending_counts() {
    check(
        "## You\r\n\r\nhello\r\n## Tiro\rhi\r",
        &expect![[r#"
            0 You: "hello"
            3 Tiro: "hi"
        "#]],
    );
}

#[test]
fn a_heading_may_be_written_in_several_ways() {
    check(
        "##  you \n1\n   ## TIRO ##\n2\n##\tYou#\n3\n##You\n4\n### You\n5\n    ## You\n6\n## Your\n7\n",
        &expect![[r###"
            0 You: "1"
            2 Tiro: "2"
            4 You: "3\n##You\n4\n### You\n5\n    ## You\n6\n## Your\n7"
        "###]],
    );
}

#[test]
fn a_heading_in_code_is_code() {
    check(
        "## You\n```md\n## Tiro\n``\n~~~\n```\n~~~~ a`b\n## Tiro\n~~~\n~~~~~\n## Tiro\n```\n## You\n",
        &expect![[r#"
            0 You: "```md\n## Tiro\n``\n~~~\n```\n~~~~ a`b\n## Tiro\n~~~\n~~~~~"
            10 Tiro: "```\n## You"
        "#]],
    );
}

#[test]
fn a_document_that_is_broken_has_the_turns_that_are_left() {
    check("no heading at all", &expect![""]);
    check("", &expect![""]);
    check(
        "## You\n\none\n\n## You\n\ntwo",
        &expect![[r#"
            0 You: "one"
            4 You: "two"
        "#]],
    );
    check(
        "an answer without its heading\n## You",
        &expect![[r#"
            1 You: ""
        "#]],
    );
}

#[test]
fn code_that_is_left_open_is_named() {
    assert_eq!(left_open("a\n````rust\n```\nb"), Some("````".to_owned()));
    assert_eq!(left_open("a\n```rust\n````\nb"), None);
    assert_eq!(left_open("a ``` b"), None);
}

#[test]
fn a_line_is_in_the_block_around_it() {
    let text = "a\n```sh x\nb\n```\nc\n~~~\nd";
    let at = |line| block_at(text, line).map(|block| (block.info, block.lines));
    assert_eq!([at(0), at(4), at(9)], [None, None, None]);
    for line in 1..4 {
        assert_eq!(at(line), Some(("sh x", 1..4)), "{line}");
    }
    assert_eq!([at(5), at(6)], [Some(("", 5..7)), Some(("", 5..7))]);
}

proptest! {
    #[test]
    fn any_text_is_a_document(text in "(## You|## Tiro|```|~~~|[ #`~YouTiro\r\né𝄞]|\\PC){0,40}") {
        let turns = turns(&text);
        let mut end = 0;
        for turn in &turns {
            prop_assert!(end <= turn.body.start && turn.body.start <= turn.body.end);
            end = turn.body.end;
            prop_assert!(turn.end(&text) <= turn.body.end);
        }
        prop_assert!(turns.is_empty() || end == text.len());
        let last = u32::try_from(lines(&text).count()).unwrap();
        for line in 0..=last {
            block_at(&text, line);
        }
        left_open(&text);
    }
}
