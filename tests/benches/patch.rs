//! How long a patch takes until it is known what it does to a large file: 100 000
//! lines, 6 MB. Prints a table and never fails: what a loaded machine measures is
//! no verdict.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::{
    fmt::Write as _,
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tiro::patch::{self, ReadFailure};

const LINES: usize = 100_000;
const ROUNDS: usize = 21;

fn main() {
    let lines: Vec<String> = (0..LINES).map(line).collect();
    let file: Arc<str> = Arc::from(lines.concat());
    println!("{LINES} lines, {} KB; median of {ROUNDS}", file.len() / 1000);
    println!("{:<44} {:>10} {:>10} {:>10} {:>10}", "", "parse", "fit", "show", "at most");
    let plain = |line: usize| lines[line].trim_end().to_owned();
    let loose = |line: usize| format!("  {}", lines[line].trim_end());
    // The outermost line of the context is another.
    let stale = |line: usize| match line % 100 {
        47 => "    let nothing = of_the_kind(&at_all);".to_owned(),
        _ => plain(line),
    };
    for (what, hunks, write, budget) in [
        ("1 hunk, unified", 1, &(|line| plain(line)) as &dyn Fn(usize) -> String, "3.0 ms"),
        ("1 hunk, white space differs", 1, &loose, ""),
        ("1 hunk, context differs", 1, &stale, ""),
        ("1000 hunks, unified", 1000, &plain, "20.0 ms"),
        ("1000 hunks, white space differs", 1000, &loose, ""),
        ("1000 hunks, context differs", 1000, &stale, ""),
    ] {
        measure(what, &file, &unified(hunks, write), budget);
    }
    measure("1 hunk, envelope", &file, &envelope(1, &plain), "3.0 ms");
    measure("1000 hunks, envelope", &file, &envelope(1000, &plain), "20.0 ms");
}

/// Mostly different from the others, as source is; every tenth is common.
fn line(at: usize) -> String {
    match at % 10 {
        0 => "    }\n".to_owned(),
        5 => "\n".to_owned(),
        _ => format!(
            "    let value_{at} = compute(value_{}, \"{:x}\", {} + offset);\n",
            at / 3,
            at * 7919,
            at % 97
        ),
    }
}

/// 0-based lines of the file around which the hunks are: six of context.
fn places(hunks: usize) -> impl Iterator<Item = usize> {
    (0..hunks).map(move |hunk| hunk * (LINES / hunks) + 51)
}

fn body(patch: &mut String, place: usize, write: &dyn Fn(usize) -> String) {
    for line in place - 3..place + 4 {
        let text = write(line);
        let _ = match line == place {
            true => writeln!(patch, "-{text}\n+{text} // changed"),
            false => writeln!(patch, " {text}"),
        };
    }
}

fn unified(hunks: usize, write: &dyn Fn(usize) -> String) -> String {
    let mut patch = String::from("--- a/x\n+++ b/x\n");
    for place in places(hunks) {
        let _ = writeln!(patch, "@@ -{0},7 +{0},7 @@", place - 2);
        body(&mut patch, place, write);
    }
    patch
}

fn envelope(hunks: usize, write: &dyn Fn(usize) -> String) -> String {
    let mut patch = String::from("*** Begin Patch\n*** Update File: x\n");
    for place in places(hunks) {
        patch.push_str("@@\n");
        body(&mut patch, place, write);
    }
    patch + "*** End Patch\n"
}

fn measure(what: &str, file: &Arc<str>, text: &str, budget: &str) {
    let (mut parsing, mut fitting, mut showing) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let patch = patch::parse(text).expect("the patch was written above");
        parsing.push(begin.elapsed());
        let begin = Instant::now();
        let updates = patch::resolve(
            &patch,
            &mut |path| match path == Path::new("/x") {
                true => Ok(Arc::clone(file)),
                false => Err(ReadFailure::NotFound),
            },
            &mut |path| Ok(Path::new("/").join(path)),
        );
        let updates = updates.expect("it was written for this file");
        fitting.push(begin.elapsed());
        let begin = Instant::now();
        black_box(patch::file_changes(&updates));
        showing.push(begin.elapsed());
    }
    let [parsing, fitting, showing] = [parsing, fitting, showing].map(median);
    println!("{what:<44} {parsing:>10} {fitting:>10} {showing:>10} {budget:>10}");
}

fn median(mut times: Vec<Duration>) -> String {
    times.sort();
    format!("{:.2} ms", times[times.len() / 2].as_secs_f64() * 1000.0)
}
