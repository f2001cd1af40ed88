//! What the client says becomes the text it has.

use proptest::prelude::*;

use super::*;

const ENCODINGS: [PositionEncoding; 3] =
    [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32];

fn position(line: u32, character: u32) -> Position {
    Position { line, character }
}

fn change(start: (u32, u32), end: (u32, u32), text: &str) -> DocumentChange {
    let range = Range { start: position(start.0, start.1), end: position(end.0, end.1) };
    DocumentChange { range: Some(range), text: text.to_owned() }
}

fn path() -> PathBuf {
    PathBuf::from("/w/a.txt")
}

fn opened(text: &str, encoding: PositionEncoding) -> Documents {
    let mut documents = Documents::new(encoding);
    documents.open(OpenDocument {
        path: path(),
        uri: "file:///w/a.txt".to_owned(),
        version: 1,
        language_id: "plaintext".to_owned(),
        text: Arc::from(text),
        saved: true,
    });
    documents
}

#[track_caller]
fn check(encoding: PositionEncoding, before: &str, changes: &[DocumentChange], after: &str) {
    let mut documents = opened(before, encoding);
    documents.change(&path(), 2, changes).unwrap();
    let document = documents.get(&path()).unwrap();
    assert_eq!(&*document.text, after);
    assert_eq!((document.version, document.saved), (2, false));
}

#[test]
fn changes_apply_one_after_the_other() {
    check(
        PositionEncoding::Utf16,
        "one\ntwo\n",
        &[change((0, 0), (0, 3), "1\n1.5"), change((2, 0), (2, 1), "T")],
        "1\n1.5\nTwo\n",
    );
    let whole = DocumentChange { range: None, text: "x\ny".to_owned() };
    check(PositionEncoding::Utf16, "a", &[whole, change((1, 0), (1, 1), "z")], "x\nz");
}

#[test]
fn a_text_that_somebody_has_is_shared_until_it_changes() {
    let mut documents = opened("one\n", PositionEncoding::Utf16);
    documents.change(&path(), 2, &[change((0, 0), (0, 3), "two")]).unwrap();
    let (other, same): (Arc<str>, Arc<str>) = ("one\n".into(), "two\n".into());
    assert!(!documents.is(&path(), &other));
    assert!(documents.is(&path(), &same));
    let document = documents.get(&path()).unwrap();
    assert!(Arc::ptr_eq(&document.text, &same));
    assert_eq!((document.version, document.saved), (2, false));
    documents.change(&path(), 3, &[change((0, 0), (0, 0), "x")]).unwrap();
    assert_eq!(&*documents.get(&path()).unwrap().text, "xtwo\n");
    assert!(!documents.is(&path(), &same));
    assert!(!documents.is(Path::new("/w/b"), &same));
}

#[test]
fn columns_count_in_the_negotiated_encoding() {
    // 𝄞 is 4 bytes, 2 UTF-16 units, 1 character.
    check(PositionEncoding::Utf8, "𝄞é!", &[change((0, 6), (0, 7), "?")], "𝄞é?");
    check(PositionEncoding::Utf16, "𝄞é!", &[change((0, 3), (0, 4), "?")], "𝄞é?");
    check(PositionEncoding::Utf32, "𝄞é!", &[change((0, 2), (0, 3), "?")], "𝄞é?");
}

#[test]
fn a_place_inside_a_character_is_its_beginning() {
    check(PositionEncoding::Utf16, "a𝄞b", &[change((0, 2), (0, 2), "|")], "a|𝄞b");
    check(PositionEncoding::Utf8, "a𝄞b", &[change((0, 3), (0, 3), "|")], "a|𝄞b");
}

#[test]
fn places_outside_the_text_are_clamped() {
    check(PositionEncoding::Utf16, "ab\r\ncd", &[change((0, 99), (0, 99), "|")], "ab|\r\ncd");
    check(PositionEncoding::Utf16, "ab\r\ncd", &[change((9, 4), (9, 5), "|")], "ab\r\ncd|");
    check(
        PositionEncoding::Utf8,
        "ab",
        &[change((u32::MAX, u32::MAX), (u32::MAX, u32::MAX), "|")],
        "ab|",
    );
    check(PositionEncoding::Utf16, "abc", &[change((0, 2), (0, 1), "|")], "a|c");
}

#[test]
fn every_line_ending_of_lsp_ends_a_line() {
    check(PositionEncoding::Utf16, "a\rb\r\nc\nd", &[change((3, 0), (3, 1), "D")], "a\rb\r\nc\nD");
    check(PositionEncoding::Utf16, "a\rb", &[change((1, 0), (1, 0), "\n")], "a\r\nb");
}

#[test]
fn an_old_version_and_an_unknown_document_are_errors() {
    let mut documents = opened("a", PositionEncoding::Utf16);
    let error = documents.change(&path(), 0, &[change((0, 0), (0, 1), "b")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/w/a.txt is at version 1, a change to version 0 comes too late; \
         close the document and open it again"
    );
    assert_eq!(&*documents.get(&path()).unwrap().text, "a");
    let error = documents.change(Path::new("/w/b.txt"), 2, &[]).unwrap_err();
    assert_eq!(error.to_string(), "/w/b.txt is not open; open it before changing it");
}

#[test]
fn saving_and_closing() {
    let mut documents = opened("a", PositionEncoding::Utf16);
    documents.change(&path(), 2, &[change((0, 1), (0, 1), "b")]).unwrap();
    assert!(!documents.get(&path()).unwrap().saved);
    documents.save(&path(), None);
    assert!(documents.get(&path()).unwrap().saved);
    documents.save(&path(), Some("what the disk has"));
    assert_eq!(&*documents.iter().next().unwrap().text, "what the disk has");
    documents.change(&path(), 3, &[change((0, 0), (0, 4), "all")]).unwrap();
    assert_eq!(&*documents.get(&path()).unwrap().text, "all the disk has");
    documents.close(&path());
    assert!(documents.get(&path()).is_none());
    assert_eq!(documents.iter().count(), 0);
}

#[test]
fn reading_twice_shares_one_text() {
    let mut documents = opened("a", PositionEncoding::Utf16);
    documents.change(&path(), 2, &[change((0, 0), (0, 0), "b")]).unwrap();
    let (one, two) = (documents.get(&path()).unwrap(), documents.get(&path()).unwrap());
    assert!(Arc::ptr_eq(&one.text, &two.text));
}

fn text() -> impl Strategy<Value = String> {
    let piece =
        prop::sample::select(vec!["a", "é", "𝄞", "\u{feff}", "\n", "\r", "\r\n", "", "word"]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A reference that shares nothing with the index: it walks the text.
fn walk(text: &str, place: Position, encoding: PositionEncoding) -> usize {
    let (mut line, mut column) = (0, 0);
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let ends = matches!(letter, '\n' | '\r');
        let units = match encoding {
            PositionEncoding::Utf8 => letter.len_utf8(),
            PositionEncoding::Utf16 => letter.len_utf16(),
            PositionEncoding::Utf32 => 1,
        } as u32;
        if line == place.line && (ends || column + units > place.character) {
            return at;
        }
        if !ends {
            column += units;
        } else {
            if letter == '\r' {
                letters.next_if(|(_, next)| *next == '\n');
            }
            (line, column) = (line + 1, 0);
        }
    }
    text.len()
}

proptest! {
    #[test]
    fn offsets_agree_with_a_walk(text in text(), line in 0_u32..30, character in 0_u32..30) {
        let index = LineIndex::new(&text);
        for encoding in ENCODINGS {
            let place = position(line, character);
            prop_assert_eq!(index.offset(&text, place, encoding), walk(&text, place, encoding));
        }
    }

    #[test]
    fn a_position_leads_back_to_its_offset(text in text(), at in any::<prop::sample::Index>()) {
        let index = LineIndex::new(&text);
        let offset = at.index(text.len() + 1);
        let inside_line_ending = offset > 0 && text.as_bytes()[offset - 1..].starts_with(b"\r\n");
        for encoding in ENCODINGS {
            let back = index.offset(&text, index.position(&text, offset, encoding), encoding);
            if text.is_char_boundary(offset) && !inside_line_ending {
                prop_assert_eq!(back, offset);
            } else {
                prop_assert!(back < offset);
            }
        }
    }

    #[test]
    fn the_index_follows_every_change(
        before in text(),
        changes in prop::collection::vec((0_u32..12, 0_u32..8, 0_u32..12, 0_u32..8, text()), 0..6),
    ) {
        for encoding in ENCODINGS {
            let mut documents = opened(&before, encoding);
            let mut reference = before.clone();
            for (version, (line, column, to_line, to_column, text)) in changes.iter().enumerate() {
                let (start, end) = (position(*line, *column), position(*to_line, *to_column));
                let a = walk(&reference, start, encoding);
                let b = walk(&reference, end, encoding);
                reference.replace_range(a.min(b)..a.max(b), text);
                let change = DocumentChange { range: Some(Range { start, end }), text: text.clone() };
                documents.change(&path(), version as i32 + 2, &[change]).unwrap();
                let buffer = &documents.open[&path()];
                prop_assert_eq!(&*buffer.document().text, reference.as_str());
                prop_assert_eq!(buffer.lines(), &LineIndex::new(&reference));
            }
        }
    }

    #[test]
    fn many_changes_at_once_are_the_same_changes_one_by_one(
        before in prop::collection::vec(text(), 1..12).prop_map(|texts| texts.concat()),
        mut lines in prop::collection::btree_set(0_u32..60, 8..40),
        columns in prop::collection::vec((0_u32..4, 0_u32..4, text()), 40),
        stray in prop::option::of((any::<prop::sample::Index>(), 0_u32..60)),
    ) {
        let mut changes = Vec::new();
        while let (Some(end), Some((from, to, text))) = (lines.pop_last(), columns.get(changes.len())) {
            // A change of one line, or down to a line that none before it begins on.
            let start = if *from == 0 { lines.pop_last().unwrap_or(end) } else { end };
            changes.push(change((start, *from), (end, *to), text));
        }
        if let Some((at, line)) = stray {
            changes.insert(at.index(changes.len() + 1), change((line, 0), (line, 1), "stray\n"));
        }
        for encoding in ENCODINGS {
            let (mut at_once, mut one_by_one) = (opened(&before, encoding), opened(&before, encoding));
            at_once.change(&path(), 2, &changes).unwrap();
            for change in &changes {
                one_by_one.change(&path(), 2, std::slice::from_ref(change)).unwrap();
            }
            let text = at_once.get(&path()).unwrap().text;
            prop_assert_eq!(&text, &one_by_one.get(&path()).unwrap().text);
            prop_assert_eq!(at_once.open[&path()].lines(), &LineIndex::new(&text));
        }
    }
}
