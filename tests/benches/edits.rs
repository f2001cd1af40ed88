//! The properties of `tests/properties/` with many cases, then the figures of
//! edits of a large file. Prints a table; only a broken property fails.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]
#![expect(clippy::unwrap_used, reason = "the inputs are made here")]

use std::{
    fmt::Write as _,
    hint::black_box,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use tiro::{
    documents::{DocumentChange, Documents, OpenDocument, Position, PositionEncoding, Range},
    edits::{self, FileHunks},
    patch::{self, Change, FileUpdate},
};

#[path = "../properties/clients.rs"]
mod clients;
#[path = "../properties/interleavings.rs"]
mod interleavings;
#[path = "../properties/texts.rs"]
mod texts;

const LINES: usize = 100_000;

fn main() {
    let text = file();
    println!(
        "{LINES} lines, {:.1} MB {:>40} {:>10}",
        text.len() as f64 / 1e6,
        "measured",
        "at most"
    );
    for (hunks, most) in [(1000, "10 ms"), (1, "2 ms")] {
        let result = changed(&text, hunks);
        row(&format!("{hunks} hunks, planned"), plan(&text, &result), most);
        row(&format!("{hunks} hunks, proposed"), propose(&text, &result), "");
        row(&format!("{hunks} hunks, compared"), compare(&text, &result), "");
        row(&format!("{hunks} hunks, rebased over a key"), rebase(&text, &result), "");
    }
    row("didChange: a key in the middle", change(&text, 1), "1 ms");
    row("didChange: a line in the middle", change(&text, 2), "1 ms");
    row("didOpen", open(&text), "");

    let started = Instant::now();
    clients::run(100_000);
    println!("100 000 edits with every client: {:.0?}", started.elapsed());
    let started = Instant::now();
    interleavings::run(10_000);
    println!("10 000 interleavings: {:.0?}", started.elapsed());
}

fn row(what: &str, measured: Duration, bar: &str) {
    println!("{what:<52} {:>9.2} ms {bar:>10}", measured.as_secs_f64() * 1e3);
}

fn file() -> String {
    let mut text = String::new();
    for line in 0..LINES {
        let _ = writeln!(
            text,
            "    let value_{line} = compute(input, {}, \"some text\"); // {line:x}",
            line * 7
        );
    }
    text
}

/// Every so many lines, one other line and one more.
fn changed(text: &str, hunks: usize) -> String {
    let every = LINES / hunks;
    let mut result = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number % every == every / 2 {
            result.push_str("    // changed\n    changed();\n");
        } else {
            result.push_str(line);
        }
    }
    result
}

/// The middle one of some runs.
fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..21).map(|_| measure()).collect();
    times.sort();
    times[times.len() / 2]
}

fn plan(text: &str, result: &str) -> Duration {
    let change = Change::update(Arc::from(text), result.to_owned(), None);
    let update = [FileUpdate::new(PathBuf::from("/w/a"), change)];
    median(|| {
        let update = update.to_vec();
        let started = Instant::now();
        black_box(edits::plan(update, &|_| Some(1), PositionEncoding::Utf16).unwrap());
        started.elapsed()
    })
}

fn propose(text: &str, result: &str) -> Duration {
    let base: Arc<str> = Arc::from(text);
    let known = patch::between(text, result);
    median(|| {
        let started = Instant::now();
        black_box(FileHunks::of(PathBuf::from("/w/a"), base.clone(), result, &known, &mut 1));
        started.elapsed()
    })
}

fn compare(text: &str, result: &str) -> Duration {
    median(|| {
        let started = Instant::now();
        black_box(patch::between(text, result));
        started.elapsed()
    })
}

fn rebase(text: &str, result: &str) -> Duration {
    let mut hunks = FileHunks::new(PathBuf::from("/w/a"), Arc::from(text), result, &mut 1);
    let mut typed = text.to_owned();
    median(|| {
        typed.insert(text.len() / 2, 'x');
        let now = Arc::from(typed.as_str());
        let started = Instant::now();
        black_box(hunks.rebase(now));
        started.elapsed()
    })
}

fn document(text: &str) -> OpenDocument {
    OpenDocument {
        path: PathBuf::from("/w/a"),
        uri: "file:///w/a".to_owned(),
        version: 1,
        language_id: "rust".to_owned(),
        text: Arc::from(text),
        saved: true,
    }
}

fn open(text: &str) -> Duration {
    let document = document(text);
    median(|| {
        let document = document.clone();
        let mut documents = Documents::new(PositionEncoding::Utf16);
        let started = Instant::now();
        documents.open(document);
        started.elapsed()
    })
}

fn change(text: &str, lines: u32) -> Duration {
    let document = document(text);
    let path = document.path.clone();
    let mut documents = Documents::new(PositionEncoding::Utf16);
    documents.open(document);
    let at = Position { line: 50_000, character: 4 };
    let change = DocumentChange {
        range: Some(Range { start: at, end: at }),
        text: "x\n".repeat(lines as usize / 2) + "y",
    };
    let mut version = 1;
    median(|| {
        version += 1;
        let started = Instant::now();
        documents.change(&path, version, std::slice::from_ref(&change)).unwrap();
        started.elapsed()
    })
}
