//! The pieces of Markdown that stand in an answer beside what the model says:
//! commands, diffs, plans, quotes. Pure.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
};

use tiro_protocol::{FileChange, PlanItem};

use crate::lsp::{
    prompt::{command_line, visible},
    proposal,
    views::plan_list,
};

/// Lines of output that are shown, half of them from its beginning.
const OUTPUT_LINES: usize = 40;

/// Lines of a diff that are shown.
const DIFF_LINES: usize = 200;

/// Characters of a line that are shown.
const LINE: usize = 300;

/// A block of code: as the document shows it, and all of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) shown: String,
    pub(super) whole: String,
}

/// A command that has ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended<'a> {
    pub(super) command: &'a [String],
    /// Relative to the workspace folder; none for that folder.
    pub(super) directory: Option<&'a Path>,
    pub(super) stdout: &'a str,
    pub(super) stderr: &'a str,
    pub(super) exit_code: i32,
    pub(super) denial: Option<&'a str>,
}

/// The command, what it wrote, and how it ended.
pub(super) fn command(call_id: &str, ended: Ended<'_>) -> Cut {
    let mut first = format!("$ {}", command_line(ended.command));
    if let Some(directory) = ended.directory {
        let _ = write!(first, "  # in {}", visible(&directory.to_string_lossy()));
    }
    let mut output = printable(ended.stdout);
    let errors = printable(ended.stderr);
    if !output.is_empty() && !errors.is_empty() {
        output.push_str("[stderr]\n");
    }
    output.push_str(&errors);
    let mut last = format!("[exit code {}]", ended.exit_code);
    if let Some(denial) = ended.denial {
        let _ = write!(last, "\n[{}]", visible(denial));
    }
    let info = format!("console {}", id(call_id));
    let block = |first: &str, output: &str| fenced(&info, &format!("{first}\n{output}{last}"));
    Cut {
        shown: block(&cut_line(&first), &ends(&output, OUTPUT_LINES)),
        whole: block(&first, &output),
    }
}

/// What a patch does, as a diff; paths below `root` are shown as seen from there.
pub(super) fn diff(call_id: &str, changes: &BTreeMap<PathBuf, FileChange>, root: &Path) -> Cut {
    let short = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
    let changes = changes.iter().map(|(path, change)| {
        let mut change = change.clone();
        if let FileChange::Update { move_path: Some(to), .. } = &mut change {
            *to = short(to);
        }
        (short(path), change)
    });
    let whole = printable(&proposal::diff_of(&changes.collect()));
    let info = format!("diff {}", id(call_id));
    let count = whole.lines().count();
    let mut shown: String =
        whole.lines().take(DIFF_LINES).map(|line| cut_line(line) + "\n").collect();
    if count > DIFF_LINES {
        let _ =
            writeln!(shown, " … {} more lines; hover over this to see them", count - DIFF_LINES);
    }
    Cut { shown: fenced(&info, shown.trim_end()), whole: fenced(&info, whole.trim_end()) }
}

/// The plan as a list to tick off.
pub(super) fn plan(explanation: Option<&str>, plan: &[PlanItem]) -> String {
    let title = match explanation.map(str::trim).filter(|text| !text.is_empty()) {
        Some(why) => format!("**Plan** ({})", visible(why)),
        None => "**Plan**".to_owned(),
    };
    format!("{title}\n\n{}", plan_list(plan)).trim_end().to_owned()
}

/// Something that Tiro itself says.
pub(super) fn quote(text: &str) -> String {
    let lines: Vec<String> =
        printable(text).trim().lines().map(|line| format!("> {line}")).collect();
    lines.join("\n").replace("> \n", ">\n")
}

/// A fence that nothing in the content ends.
pub(super) fn fenced(info: &str, content: &str) -> String {
    let longest = content.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}{info}\n{}\n{fence}", content.trim_end_matches('\n'))
}

/// The id of a call as it stands behind a fence.
pub(super) fn id(call_id: &str) -> String {
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || "-_.".contains(*letter);
    call_id.chars().filter(plain).take(64).collect()
}

/// A text as a terminal leaves it, without colours: lines that end with `\n`.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.lines() {
        // What a progress bar wrote last is what is seen.
        let line = line.trim_end_matches('\r');
        let last = line.rsplit('\r').next().unwrap_or(line);
        let mut letters = last.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\u{1b}' if letters.peek() == Some(&'[') => {
                    letters.next();
                    while letters.next().is_some_and(|letter| !('@'..='~').contains(&letter)) {}
                }
                '\t' => shown.push('\t'),
                _ if letter.is_control() => {}
                _ if is_deceiving(letter) => shown.extend(letter.escape_unicode()),
                _ => shown.push(letter),
            }
        }
        shown.push('\n');
    }
    shown
}

/// Whether a letter breaks lines, or changes the order in which others are shown.
pub(super) fn is_deceiving(letter: char) -> bool {
    matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cut_line(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The beginning and the end, which is where errors are.
fn ends(text: &str, most: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let with_end = |line: &&str| cut_line(line) + "\n";
    if lines.len() <= most {
        return lines.iter().map(with_end).collect();
    }
    let half = most / 2;
    let head: String = lines[..half].iter().map(with_end).collect();
    let tail: String = lines[lines.len() - half..].iter().map(with_end).collect();
    let left_out = lines.len() - 2 * half;
    format!("{head}… {left_out} lines are left out; hover over this to see them\n{tail}")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use tiro_protocol::PlanStatus;

    use super::*;

    fn ended<'a>(command: &'a [String], stdout: &'a str, stderr: &'a str) -> Ended<'a> {
        Ended { command, directory: None, stdout, stderr, exit_code: 1, denial: None }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn check(shown: &str, expected: &Expect) {
        expected.assert_eq(&format!("{shown}\n"));
    }

    #[test]
    fn a_command_shows_what_it_wrote_and_how_it_ended() {
        let make = words(&["make", "all"]);
        let directory = Some(Path::new("sub"));
        let denial = Some("the sandbox denied writing /etc");
        let ended =
            Ended { directory, denial, ..ended(&make, "a\n", "10%\r99%\n\u{1b}[31mb\u{1b}[0m") };
        check(
            &command("call/7", ended).shown,
            &expect![[r"
                ```console call7
                $ make all  # in sub
                a
                [stderr]
                99%
                b
                [exit code 1]
                [the sandbox denied writing /etc]
                ```
            "]],
        );
    }

    #[test]
    fn nothing_that_was_written_ends_the_block() {
        let cat = words(&["cat", "a\n```\n## You"]);
        check(
            &command("c", ended(&cat, "```sh\n````\n## You\n", "")).shown,
            &expect![[r"
                `````console c
                $ cat 'a\n```\n## You'
                ```sh
                ````
                ## You
                [exit code 1]
                `````
            "]],
        );
    }

    #[test]
    fn of_much_output_the_ends_are_shown_and_all_is_kept() {
        let many: String = (0..1000).map(|line| format!("line {line}\n")).collect();
        let seq = words(&["seq"]);
        let cut = command("c", ended(&seq, &many, ""));
        assert!(
            cut.shown.contains("line 19\n… 960 lines are left out")
                && cut.shown.contains("line 980\n")
        );
        assert!(cut.whole.contains(&many));
        let long = "x".repeat(5000);
        let cut = command("c", ended(&seq, &long, ""));
        assert!(cut.shown.len() < 500 && cut.whole.contains(&long));
    }

    #[test]
    fn a_diff_is_shown_from_the_root() {
        let update = FileChange::Update {
            unified_diff: "@@ -1 +1 @@\n-a\n+b\n".to_owned(),
            move_path: Some("/w/c".into()),
        };
        let changes = BTreeMap::from([("/w/a".into(), update)]);
        check(
            &diff("c", &changes, Path::new("/w")).shown,
            &expect![[r"
                ```diff c
                --- a
                +++ c
                @@ -1 +1 @@
                -a
                +b
                ```
            "]],
        );
    }

    #[test]
    fn a_plan_is_a_list_and_an_error_a_quote() {
        let item = |step: &str, status| PlanItem { step: step.to_owned(), status };
        let items = [
            item("read", PlanStatus::Completed),
            item("write\n## You", PlanStatus::InProgress),
            item("test", PlanStatus::Pending),
        ];
        check(
            &plan(Some("because"), &items),
            &expect![[r"
                **Plan** (because)

                - [x] read
                - [ ] write\n## You (now)
                - [ ] test
            "]],
        );
        check(
            &quote("it broke\n\n## You\n"),
            &expect![[r"
                > it broke
                >
                > ## You
            "]],
        );
    }
}
