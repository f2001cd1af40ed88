//! The programs that only read, and the options that make them do more. Every
//! argument is looked at as if it could be an option, also after `--` and where
//! a value is expected: which of the two it is depends on the program's version.

use super::{git, places::Places};
use crate::tools::{bash::Word, location};

/// What `find` runs, writes or deletes with. GNU find takes no abbreviations;
/// the prefixes cover its families.
const FIND_ACTIONS: [&str; 5] = ["-exec", "-ok", "-delete", "-fls", "-fprint"];

/// Options of ripgrep that start a program.
const RG_STARTERS: [&str; 3] = ["--pre", "--hostname-bin", "--search-zip"];

/// Short options of ripgrep that take the rest of the word as their value.
const RG_VALUES: &str = "ABCEMdefgjmrtT";

/// Options of tail that do not make it wait for more.
const TAIL_OPTIONS: [&str; 6] =
    ["--bytes", "--lines", "--quiet", "--silent", "--verbose", "--zero-terminated"];

/// Whether one plain command only reads. The program is a bare name: a path
/// could name anything.
pub(super) fn is_safe(words: &[Word], places: &Places<'_>) -> bool {
    let [program, arguments @ ..] = words else { return false };
    if program.pattern || program.home || arguments.iter().any(is_secret) {
        return false;
    }
    match program.text.as_str() {
        // None of their options writes, runs or waits.
        "cat" | "cd" | "echo" | "grep" | "head" | "ls" | "pwd" | "wc" | "which" => true,
        "tail" => no_surprise(arguments) && arguments.iter().all(|word| tail_argument(&word.text)),
        "rg" => no_surprise(arguments) && arguments.iter().all(|word| rg_argument(&word.text)),
        "find" => {
            no_surprise(arguments)
                && !arguments
                    .iter()
                    .any(|word| FIND_ACTIONS.iter().any(|action| word.text.starts_with(action)))
        }
        "sed" => sed_prints_lines(arguments),
        "git" => no_surprise(arguments) && git::only_reads(arguments, places),
        _ => false,
    }
}

/// The sandbox hides keys from commands; not asking before one is sent to a
/// model would still be wrong where it cannot.
fn is_secret(word: &Word) -> bool {
    location::names_a_secret(word.text.as_ref())
}

/// A pattern that starts with a wildcard can match a file whose name is an
/// option, and one that starts with `-` can match an option with another value.
fn no_surprise(arguments: &[Word]) -> bool {
    !arguments.iter().any(|word| word.pattern && word.text.starts_with(['-', '*', '?', '[']))
}

/// `tail -f` never ends; `+5f` and `-5f` are its old spellings.
fn tail_argument(argument: &str) -> bool {
    if argument.starts_with("--") {
        let name = argument.split('=').next().unwrap_or(argument);
        return argument == "--" || TAIL_OPTIONS.contains(&name);
    }
    !(argument.starts_with(['-', '+']) && argument.contains(['f', 'F']))
}

fn rg_argument(argument: &str) -> bool {
    if argument.starts_with("--") {
        let name = argument.split('=').next().unwrap_or(argument);
        return argument == "--" || !RG_STARTERS.iter().any(|option| option.starts_with(name));
    }
    match argument.strip_prefix('-') {
        Some(cluster) => {
            !cluster.chars().take_while(|option| !RG_VALUES.contains(*option)).any(|it| it == 'z')
        }
        None => true,
    }
}

/// `sed -n Np FILE` or `sed -n N,Mp FILE`, to the letter: its language can
/// write files and run commands.
fn sed_prints_lines(arguments: &[Word]) -> bool {
    let [quiet, lines, file] = arguments else { return false };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(range) = lines.text.strip_suffix('p') else { return false };
    let is_range = match range.split_once(',') {
        Some((first, last)) => number(first) && number(last),
        None => number(range),
    };
    quiet.text == "-n"
        && is_range
        && !file.text.is_empty()
        && !file.text.starts_with('-')
        && !arguments.iter().any(|word| word.pattern)
}
