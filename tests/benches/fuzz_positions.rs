//! Fuzzes the position maths: random changes at random places, valid or absurd,
//! against a reading of LSP that cuts the text into lines anew each time.
//! `TIRO_FUZZ_SECONDS` says how long (60), `TIRO_FUZZ_SEED` repeats a run.
#![expect(clippy::disallowed_methods, reason = "how long and from where is said by variables")]
#![expect(clippy::print_stdout, reason = "says what it did")]
#![expect(clippy::unwrap_used, reason = "a panic is what this looks for")]

use std::{
    env,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tiro::documents::{
    DocumentChange, Documents, LineIndex, OpenDocument, Position, PositionEncoding, Range,
};

const PIECES: [&str; 16] = [
    "a",
    "word",
    "é",
    "e\u{301}",
    "𝄞",
    "👩\u{200d}👧",
    "\u{feff}",
    "\0",
    "\n",
    "\n",
    "\r",
    "\r\n",
    "\r\n",
    "\u{2028}",
    "日本語",
    "",
];

fn main() {
    let number = |name: &str| env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs());
    let seed = number("TIRO_FUZZ_SEED").unwrap_or_else(clock);
    let time = Duration::from_secs(number("TIRO_FUZZ_SECONDS").unwrap_or(60));
    println!("position maths: seed {seed}, {} s", time.as_secs());
    let mut random = Random(seed | 1);
    let started = Instant::now();
    let mut documents = 0_u64;
    while started.elapsed() < time {
        document(&mut random);
        documents += 1;
    }
    println!("position maths: {documents} documents of 64 changes each, no difference");
}

/// One document, changed many times.
fn document(random: &mut Random) {
    let encoding =
        [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32][random.below(3)];
    let path = PathBuf::from("/w/a");
    let mut text = random.text(40);
    let mut documents = Documents::new(encoding);
    documents.open(OpenDocument {
        path: path.clone(),
        uri: "file:///w/a".to_owned(),
        version: 0,
        language_id: String::new(),
        text: Arc::from(text.as_str()),
        saved: true,
    });
    for version in 1..=64 {
        let (start, end) = (random.place(), random.place());
        let new = random.text(6);
        let (from, to) = (offset(&text, start, encoding), offset(&text, end, encoding));
        text.replace_range(from.min(to)..from.max(to), &new);
        let change = DocumentChange { range: Some(Range { start, end }), text: new };
        documents.change(&path, version, &[change]).unwrap();
        let known = documents.get(&path).unwrap().text;
        assert_eq!(&*known, text, "after a change at {start:?} to {end:?}");
        there_and_back(&text, random.below(text.len() + 2), encoding);
    }
}

/// A place is the last one at or before a byte that is one at all.
fn there_and_back(text: &str, byte: usize, encoding: PositionEncoding) {
    let place = LineIndex::new(text).position(text, byte, encoding);
    let back = offset(text, place, encoding);
    assert_eq!(LineIndex::new(text).offset(text, place, encoding), back);
    assert!(back <= byte && back <= text.len(), "{byte} became {place:?}, which is {back}");
    let lost = text.as_bytes()[back..byte.min(text.len())].len();
    assert!(lost < 4, "{byte} became {place:?}, {lost} bytes before");
}

/// The byte of a place, as the specification reads: the text is cut into lines,
/// and a column beyond a line is its end.
fn offset(text: &str, place: Position, encoding: PositionEncoding) -> usize {
    let mut begin = 0;
    for _ in 0..place.line {
        let Some(found) = text[begin..].find(['\n', '\r']) else { return text.len() };
        begin += found + if text[begin + found..].starts_with("\r\n") { 2 } else { 1 };
    }
    let mut left = place.character as usize;
    let mut at = begin;
    for letter in text[begin..].chars().take_while(|letter| !['\n', '\r'].contains(letter)) {
        let width = match encoding {
            PositionEncoding::Utf8 => letter.len_utf8(),
            PositionEncoding::Utf16 => letter.len_utf16(),
            PositionEncoding::Utf32 => 1,
        };
        if left < width {
            break;
        }
        left -= width;
        at += letter.len_utf8();
    }
    at
}

/// Numbers that a seed repeats (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or(0)
    }

    fn text(&mut self, pieces: usize) -> String {
        (0..self.below(pieces)).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }

    /// Mostly near, sometimes absurd.
    fn place(&mut self) -> Position {
        let mut number = |near: usize| match self.below(32) {
            0 => u32::MAX,
            1 => 1 << 20,
            _ => u32::try_from(self.below(near)).unwrap_or(0),
        };
        Position { line: number(14), character: number(12) }
    }
}
