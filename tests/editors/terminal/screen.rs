//! What a terminal shows, as a text to keep: 30 lines, then where the cursor is. What
//! differs from run to run is taken out by these rules, none of which moves a column
//! that something stands in:
//!
//! - the six random letters in the name of the project's directory become zeros;
//! - the spinner stands still;
//! - digits of a time of day and of a date become zeros;
//! - how long a command took, or how long ago a change was made, which ends its line,
//!   becomes `<time>`.

use tiro_tests::project::Project;

use super::tmux::Capture;

/// The frames of the spinner, see `status.lua`.
const SPINNER: &str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/// The text of a screen.
pub(crate) fn text(project: &Project, capture: &Capture) -> String {
    let lines = capture.lines.iter().map(|line| plain(random(project), line) + "\n");
    let (line, column) = capture.cursor;
    lines.collect::<String>() + &format!("--- the cursor: line {line}, column {column}\n")
}

/// The random part of the name of the project's directory.
fn random(project: &Project) -> &str {
    let name = project.root().parent().and_then(|base| base.file_name()?.to_str());
    name.and_then(|name| name.strip_prefix("tiro-")).expect("this is how projects are named")
}

fn plain(random: &str, line: &str) -> String {
    let line = line.replace(random, &"0".repeat(random.len()));
    let line = line.replace(|letter| SPINNER.contains(letter), "⠿");
    took(&dates(&line))
}

/// `2026-11-22 09:14` to `0000-00-00 00:00`.
fn dates(line: &str) -> String {
    const DATE: &str = "0000-00-00 00:00";
    let mut letters: Vec<char> = line.chars().collect();
    let is_date = |letters: &[char]| {
        letters.iter().zip(DATE.chars()).all(|(letter, pattern)| match pattern {
            '0' => letter.is_ascii_digit(),
            other => *letter == other,
        })
    };
    for at in 0..letters.len().saturating_sub(DATE.len() - 1) {
        if is_date(&letters[at..at + DATE.len()]) {
            letters.splice(at..at + DATE.len(), DATE.chars());
        }
    }
    letters.into_iter().collect()
}

/// `exit code 1 · 23 ms` and `exit code 1 · 1.2 s` to `exit code 1 · <time>`.
fn took(line: &str) -> String {
    if let Some((before, _)) = line.rsplit_once("  ").filter(|(_, ago)| is_ago(ago)) {
        return format!("{before}  <time>");
    }
    let Some((before, time)) = line.rsplit_once(" · ") else { return line.to_owned() };
    let number = time
        .trim_end_matches('*')
        .split_once(' ')
        .filter(|(number, unit)| ["ms", "s"].contains(unit) && number.parse::<f64>().is_ok());
    match number {
        Some(_) => format!("{before} · <time>"),
        None => line.to_owned(),
    }
}

/// `1 second ago` is what Neovim says after an undo.
fn is_ago(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    matches!(words[..], [number, "second" | "seconds", "ago"] if number.parse::<u32>().is_ok())
}

/// The colours in which a text is shown that begins a line, as escape sequences.
pub(crate) fn colours_of(lines: &[String], text: &str) -> Option<String> {
    let mut colours = String::new();
    for line in lines {
        let mut rest = line.as_str();
        while let Some((code, after)) = rest.strip_prefix("\x1b[").and_then(|it| it.split_once('m'))
        {
            follow(&mut colours, code);
            rest = after;
        }
        if rest.starts_with(text) {
            return Some(colours);
        }
        // What is set in a line holds in the next.
        for (_, after) in
            rest.match_indices("\x1b[").map(|(at, mark)| rest.split_at(at + mark.len()))
        {
            follow(&mut colours, after.split_once('m').map_or("", |(code, _)| code));
        }
    }
    None
}

fn follow(colours: &mut String, code: &str) {
    if code.is_empty() || code == "0" {
        colours.clear();
    } else {
        colours.push_str(&format!("[{code}]"));
    }
}

#[test]
fn colours_hold_over_lines() {
    let lines = ["\x1b[1mone", "\x1b[0m\x1b[41mtwo\x1b[42m", "three\x1b[0m", "four"];
    let lines = lines.map(str::to_owned);
    let of = |text: &str| colours_of(&lines, text);
    assert_eq!(of("one").as_deref(), Some("[1]"));
    assert_eq!(of("two").as_deref(), Some("[41]"));
    assert_eq!(of("three").as_deref(), Some("[41][42]"));
    assert_eq!(of("four").as_deref(), Some(""));
    assert_eq!(of("five"), None);
}

#[test]
fn what_differs_from_run_to_run_is_taken_out() {
    let check = |line: &str, expected: &str| assert_eq!(plain("aB3xYz", line), expected);
    check("in /tmp/tiro-aB3xYz/work", "in /tmp/tiro-000000/work");
    check(" ⠼ tiro scripted", " ⠿ tiro scripted");
    check("1: 2026-11-22 09:14  loud", "1: 0000-00-00 00:00  loud");
    check("exit code 1 · 23 ms", "exit code 1 · <time>");
    check("exit code 0 · 1.2 s", "exit code 0 · <time>");
    check("1 line less; before #2  12 seconds ago", "1 line less; before #2  <time>");
    check("▸ $ sh test.sh · 1 line", "▸ $ sh test.sh · 1 line");
}
