//! `git status`, `log`, `diff`, `show` and the listing forms of `branch`. Git
//! takes any unambiguous beginning of a long option, so the options that are
//! known to only read are listed and every other spelling is refused.
//!
//! Git reads the configuration of the repository it finds, which can name
//! programs (`core.fsmonitor`, `diff.external`); so the directory must lie in
//! the workspace, whose `.git/config` commands cannot write.

use super::places::Places;
use crate::tools::bash::Word;

/// Long options of log, diff and show, with or without `=value`.
const DIFF_OPTIONS: &str = "
    abbrev abbrev-commit after all all-match ancestry-path author author-date-order before binary
    boundary branches cached cc check cherry cherry-mark cherry-pick clear-decorations color
    color-moved color-words combined-all-paths committer compact-summary cumulative date date-order
    decorate decorate-refs decorate-refs-exclude diff-algorithm diff-filter diff-merges dirstat
    dense dst-prefix encoding exclude exit-code expand-tabs extended-regexp find-copies
    find-copies-harder find-renames first-parent fixed-strings follow format full-diff
    full-history full-index function-context glob graph grep grep-reflog histogram
    ignore-all-space ignore-blank-lines ignore-cr-at-eol ignore-matching-lines
    ignore-space-at-eol ignore-space-change ignore-submodules indent-heuristic
    inter-hunk-context invert-grep left-right line-prefix log-size max-age max-count max-parents
    merge merge-base merges min-age min-parents minimal name-only name-status no-abbrev
    no-abbrev-commit no-color no-color-moved no-decorate no-expand-tabs no-ext-diff
    no-indent-heuristic no-mailmap no-max-parents no-merges no-min-parents no-notes no-patch
    no-prefix no-relative no-rename-empty no-renames no-textconv no-walk not notes numstat oneline
    parents patch patch-with-raw patch-with-stat patience perl-regexp pickaxe-all pickaxe-regex
    pretty quiet raw reflog regexp-ignore-case relative relative-date remotes rename-empty reverse
    shortstat show-pulls simplify-by-decoration simplify-merges since skip source sparse
    src-prefix staged stat summary tags text topo-order unified until use-mailmap walk-reflogs
    word-diff word-diff-regex ws-error-highlight";

const STATUS_OPTIONS: &str = "
    ahead-behind branch column find-renames ignore-submodules ignored long no-ahead-behind
    no-column no-renames null porcelain renames short show-stash untracked-files verbose";

const BRANCH_OPTIONS: &str = "
    abbrev all color column contains format ignore-case list merged no-abbrev no-color no-column
    no-contains no-merged omit-empty points-at remotes show-current sort verbose";

/// Options that make `branch` list, so that a name after them is a pattern and
/// not a branch to create. Not `-l`, which once meant something else.
const BRANCH_LISTS: [&str; 6] =
    ["--list", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at"];

/// Options of `branch` whose value could swallow one of [`BRANCH_LISTS`] when
/// it stands in a word of its own.
const BRANCH_VALUES: [&str; 2] = ["--sort", "--format"];

/// Whether git with these arguments only reads.
pub(super) fn only_reads(arguments: &[Word], places: &Places<'_>) -> bool {
    let mut places = places.clone();
    let mut rest = arguments;
    let (subcommand, arguments) = loop {
        match rest {
            [option, after @ ..]
                if matches!(
                    option.text.as_str(),
                    "--no-pager" | "-P" | "--no-optional-locks" | "--literal-pathspecs"
                ) =>
            {
                rest = after;
            }
            [option, directory, after @ ..] if option.text == "-C" => {
                places = places.moved_to(directory);
                rest = after;
            }
            [subcommand, after @ ..] => break (subcommand.text.as_str(), after),
            [] => return false,
        }
    };
    let arguments: Vec<&str> = arguments.iter().map(|word| word.text.as_str()).collect();
    let known = |long: &str, short: fn(&str) -> bool| {
        arguments.iter().all(|argument| is_known(argument, long, short))
    };
    places.are_inside()
        && !arguments.iter().any(|argument| verifies_signatures(argument))
        && match subcommand {
            "log" | "diff" | "show" => known(DIFF_OPTIONS, is_diff_short),
            "status" => known(STATUS_OPTIONS, |short| {
                matches!(short, "u" | "uno" | "uall" | "unormal") || only_of(short, "sbvz")
            }),
            "branch" => {
                known(BRANCH_OPTIONS, |short| only_of(short, "avriq")) && branch_lists(&arguments)
            }
            _ => false,
        }
}

/// Whether an argument is no option, or a listed one.
fn is_known(argument: &str, long: &str, short: fn(&str) -> bool) -> bool {
    if argument == "--" || !argument.starts_with('-') {
        return true;
    }
    match argument.strip_prefix("--") {
        Some(option) => {
            let name = option.split('=').next().unwrap_or(option);
            long.split_ascii_whitespace().any(|known| known == name)
        }
        None => argument.strip_prefix('-').is_some_and(short),
    }
}

fn only_of(short: &str, letters: &str) -> bool {
    !short.is_empty() && short.chars().all(|letter| letters.contains(letter))
}

fn is_diff_short(short: &str) -> bool {
    let Some(letter) = short.chars().next() else { return false };
    let value = short.get(letter.len_utf8()..).unwrap_or_default();
    match letter {
        'S' | 'G' | 'L' | 'I' => true,
        'n' | 'U' | 'l' => value.bytes().all(|byte| byte.is_ascii_digit()),
        'M' | 'C' | 'B' => value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'%'),
        '0'..='9' => short.bytes().all(|byte| byte.is_ascii_digit()),
        _ => value.is_empty() && "puswbiEFPzcmRWartg".contains(letter),
    }
}

/// `%G?` and its kin and `%(signature)` start gpg.
fn verifies_signatures(argument: &str) -> bool {
    argument.contains("signature")
        || argument
            .split('%')
            .skip(1)
            .any(|field| field.trim_start_matches(['+', '-', ' ']).starts_with('G'))
}

fn branch_lists(arguments: &[&str]) -> bool {
    if arguments.iter().any(|argument| BRANCH_VALUES.contains(argument)) {
        return false;
    }
    let names = arguments.iter().any(|argument| !argument.starts_with('-') || *argument == "--");
    let lists = arguments.iter().any(|argument| {
        let name = argument.split('=').next().unwrap_or(argument);
        BRANCH_LISTS.contains(&name)
    });
    lists || !names
}
