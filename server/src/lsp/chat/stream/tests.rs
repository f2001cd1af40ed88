//! Answers that get into documents which are changed meanwhile.

use super::*;

fn document(text: &str) -> OpenDocument {
    OpenDocument {
        path: "/w/a.tiro.md".into(),
        uri: "file:///w/a.tiro.md".to_owned(),
        version: 1,
        language_id: "markdown".to_owned(),
        text: text.into(),
        saved: true,
    }
}

/// An editor that does what it is told, when it is told.
struct Pair {
    stream: Stream,
    text: String,
}

impl Pair {
    /// The answer goes to the end of what was said.
    fn new(text: &str) -> Self {
        let mut stream = Stream::new(&document(text));
        let last = turns(text).pop().expect("a turn");
        stream.begin(last.end(text));
        Self { stream, text: text.to_owned() }
    }

    fn becomes(&mut self, text: String) {
        self.text = text;
        let version = self.stream.version + 1;
        self.stream.changed(version, self.text.as_str().into(), &[], PositionEncoding::Utf8);
    }

    fn types(&mut self, before: &str, what: &str) {
        let at = self.text.find(before).expect("a place");
        let mut text = self.text.clone();
        text.insert_str(at, what);
        self.becomes(text);
    }

    fn applied(&self, insert: &Insert) -> String {
        let index = LineIndex::new(&self.text);
        let at = index.offset(&self.text, insert.edit.range.start, PositionEncoding::Utf8);
        let mut text = self.text.clone();
        text.insert_str(at, &insert.edit.new_text);
        text
    }

    fn next(&mut self) -> Option<Insert> {
        self.stream.next(PositionEncoding::Utf8)
    }

    /// Everything that waits gets there.
    fn settle(&mut self) -> &str {
        while let Some(insert) = self.next() {
            assert_eq!(insert.version, self.stream.version);
            self.becomes(self.applied(&insert));
            assert!(!self.stream.is_on_its_way());
        }
        &self.text
    }
}

#[test]
fn an_answer_grows_and_ends_with_the_next_turn() {
    let mut pair = Pair::new("## You\n\nhi\n");
    pair.stream.push("\n\n## Tiro\n\n");
    pair.settle();
    pair.stream.push("one");
    pair.settle();
    pair.stream.push(" two");
    pair.stream.end();
    assert_eq!(pair.settle(), "## You\n\nhi\n\n## Tiro\n\none two\n\n## You\n\n\n");
    assert!(!pair.stream.has_more());
}

#[test]
fn it_stays_before_the_last_line_ending_and_takes_that_of_the_document() {
    let mut pair = Pair::new("## You\r\n\r\nhi");
    pair.stream.push("\n\n## Tiro\n\nyes");
    assert_eq!(pair.settle(), "## You\r\n\r\nhi\r\n\r\n## Tiro\r\n\r\nyes\r\n");
    pair.stream.push(" no");
    assert_eq!(pair.settle(), "## You\r\n\r\nhi\r\n\r\n## Tiro\r\n\r\nyes no\r\n");
}

#[test]
fn what_is_stale_is_asked_for_again_and_comes_once() {
    let mut pair = Pair::new("## You\n\nhi\n");
    pair.stream.push("\n\n## Tiro\n\n");
    pair.settle();
    pair.stream.push("one");
    let stale = pair.next().expect("something");
    pair.types("hi", "oh ");
    assert!(pair.stream.is_on_its_way());
    pair.stream.push(" two");
    let again = pair.next().expect("something");
    assert_eq!(again.edit.new_text, stale.edit.new_text);
    assert_eq!(pair.settle(), "## You\n\noh hi\n\n## Tiro\n\none two\n");
}

#[test]
fn a_change_may_bring_the_answer_and_what_was_typed() {
    let mut pair = Pair::new("## You\n\nhi\n");
    pair.stream.push("\n\n## Tiro\n\n");
    pair.settle();
    pair.stream.push("one");
    let insert = pair.next().expect("something");
    let both = pair.applied(&insert).replace("hi", "oh hi");
    pair.becomes(both);
    assert!(!pair.stream.is_on_its_way());
    pair.stream.push(" two");
    assert_eq!(pair.settle(), "## You\n\noh hi\n\n## Tiro\n\none two\n");
}

#[test]
fn what_is_typed_below_is_the_next_turn() {
    let mut pair = Pair::new("## You\n\nhi\n");
    pair.stream.push("\n\n## Tiro\n\n");
    pair.settle();
    let mut text = pair.text.clone();
    text.push_str("and then?\n");
    pair.becomes(text);
    pair.stream.push("one");
    pair.stream.end();
    assert_eq!(pair.settle(), "## You\n\nhi\n\n## Tiro\n\none\n\n## You\n\nand then?\n");
    let mut own = Pair::new("## You\n\nhi\n");
    own.stream.push("\n\n## Tiro\n\n");
    own.settle();
    own.becomes(format!("{}\n## You\n\nand then?\n", own.text));
    own.stream.push("one");
    own.stream.end();
    assert_eq!(own.settle(), "## You\n\nhi\n\n## Tiro\n\none\n\n## You\n\nand then?\n");
}

#[test]
fn an_answer_that_goes_on_after_its_end_stays_one() {
    let mut pair = Pair::new("## You\n\nhi\n");
    pair.stream.push("\n\n## Tiro\n\none");
    pair.stream.end();
    pair.settle();
    pair.stream.go_on();
    pair.stream.push(" two");
    pair.stream.end();
    assert_eq!(pair.settle(), "## You\n\nhi\n\n## Tiro\n\none two\n\n## You\n\n\n");
}

#[test]
fn an_answer_moves_to_what_was_said_later_and_loses_nothing() {
    let mut pair = Pair::new("## You\n\nhi\n");
    pair.stream.push("\n\n## Tiro\n\n");
    pair.settle();
    pair.stream.push("one");
    let insert = pair.next().expect("something");
    pair.becomes(format!("{}\n## You\n\nmore\n", pair.text));
    let last = turns(&pair.text).pop().expect("a turn");
    pair.stream.begin(last.end(&pair.text));
    pair.stream.push("\n\n## Tiro\n\ntwo");
    let again = pair.next().expect("something");
    assert_eq!(again.edit.new_text, insert.edit.new_text);
    assert_eq!(
        pair.settle(),
        "## You\n\nhi\n\n## Tiro\n\none\n\n## You\n\nmore\n\n## Tiro\n\ntwo\n"
    );
}

#[test]
fn what_did_not_arrive_before_the_end_is_in_the_completed_text() {
    let mut pair = Pair::new("## You\n\nhi\n");
    pair.stream.push("\n\n## Tiro\n\n");
    pair.settle();
    pair.stream.push("one");
    pair.next();
    pair.stream.close();
    pair.stream.push(" two");
    pair.stream.end();
    assert_eq!(pair.stream.completed(), "## You\n\nhi\n\n## Tiro\n\none two\n\n## You\n\n\n");
    assert_eq!(pair.stream.whole, "\n\n## Tiro\n\none two");
}
