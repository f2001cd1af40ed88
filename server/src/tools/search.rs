//! `search`: lines that match a pattern, or the names of files. Sees what the
//! editor has unsaved, honours ignore files, and never leaves what may be read.
//!
//! Runs in the calling thread, with a cap on time and a way to stop; call it
//! where blocking is allowed.

mod files;
mod output;

use std::time::{Duration, Instant};

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use self::output::{Found, Output};
use super::{location::Reach, read_file::count};
use crate::workspace::Workspace;

/// A longer search ends with what it has.
const TIME_CAP: Duration = Duration::from_secs(10);
/// Results when the model does not say how many it wants.
const DEFAULT_RESULTS: usize = 100;
/// Results at most.
const MAX_RESULTS: usize = 1000;
/// Lines of context at most, on each side.
const MAX_CONTEXT: usize = 10;
/// Memory of a compiled pattern, in bytes.
const MAX_REGEX: usize = 4 * 1024 * 1024;

/// What the model asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SearchArgs {
    /// A regular expression, matched line by line. Empty: names of files are
    /// listed instead.
    pub pattern: String,
    /// File or directory; the whole workspace by default.
    pub path: Option<String>,
    /// Which files, as in ignore files and relative to the workspace folder:
    /// `*.rs`, `src/**/*.{ts,tsx}`, `!*.lock`.
    pub glob: Option<String>,
    /// True by default.
    pub case_sensitive: Option<bool>,
    /// Matching lines, or names, to show: 100 by default, 1000 at most.
    #[serde(deserialize_with = "count")]
    pub max_results: Option<usize>,
    /// Lines to show around each match: none by default, 10 at most.
    #[serde(deserialize_with = "count")]
    pub context: Option<usize>,
}

/// When a search ends before it is done.
struct Limit<'a> {
    deadline: Instant,
    cancelled: &'a CancellationToken,
}

impl Limit<'_> {
    fn is_reached(&self) -> bool {
        self.cancelled.is_cancelled() || Instant::now() >= self.deadline
    }
}

/// Searches and writes down what was found, ready for the model.
///
/// # Errors
/// For the model to read: a pattern, glob or path that cannot be used, and why.
pub fn search(
    workspace: &dyn Workspace,
    args: &SearchArgs,
    reach: &Reach,
    cancelled: &CancellationToken,
) -> Result<String, String> {
    let limit = Limit { deadline: Instant::now() + TIME_CAP, cancelled };
    search_until(workspace, args, reach, &limit)
}

fn search_until(
    workspace: &dyn Workspace,
    args: &SearchArgs,
    reach: &Reach,
    limit: &Limit<'_>,
) -> Result<String, String> {
    let regex = if args.pattern.is_empty() { None } else { Some(compile(args)?) };
    let files = files::Files::new(workspace, args, reach)?;
    let max = args.max_results.unwrap_or(DEFAULT_RESULTS).clamp(1, MAX_RESULTS);
    let mut output = Output::new(max, args.context.unwrap_or(0).min(MAX_CONTEXT));
    let done = files.each(limit, &mut |file| match &regex {
        None => output.name(&file.name),
        Some(regex) => {
            let Some(text) = file.read() else { return };
            output.looked_at();
            let lines = matching_lines(&text.text, regex);
            if !lines.is_empty() {
                let unsaved = text.unsaved;
                output.matches(&Found { name: &file.name, text: &text.text, lines, unsaved });
            }
        }
    });
    Ok(output.finish(args, done))
}

fn compile(args: &SearchArgs) -> Result<Regex, String> {
    RegexBuilder::new(&args.pattern)
        .case_insensitive(!args.case_sensitive.unwrap_or(true))
        .multi_line(true)
        .crlf(true)
        .size_limit(MAX_REGEX)
        .dfa_size_limit(MAX_REGEX)
        .build()
        .map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_end_matches('.').trim();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            let literal = regex::escape(&args.pattern);
            format!(
                "the pattern cannot be used as a regular expression: {reason}; \
                 to find it as it stands, write {literal}"
            )
        })
}

/// Numbers of the lines that match, from 0.
fn matching_lines(text: &str, regex: &Regex) -> Vec<usize> {
    // Most files have no match at all: one pass over the whole text says so
    // much faster than one for each line.
    if !regex.is_match(text) {
        return Vec::new();
    }
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| regex.is_match(line)).map(|(number, _)| number).collect()
}

#[cfg(test)]
mod tests;
