//! Why a patch is not taken, said so that its writer can mend it.

use std::{
    fmt::{self, Write as _},
    path::PathBuf,
};

/// Lines of a text that an error shows.
const SHOWN_LINES: usize = 16;
/// Characters of a line that an error shows.
const SHOWN_COLUMNS: usize = 160;
/// Places that an error shows.
pub(super) const SHOWN_PLACES: usize = 6;

/// The text is not a patch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", at_line(*.line))]
pub struct ParseError {
    /// 1-based line of the patch, where there is one.
    pub line: Option<usize>,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl ParseError {
    /// `line` is 1-based.
    pub(super) fn at(line: usize, message: impl Into<String>) -> Self {
        Self { line: Some(line), message: message.into() }
    }

    pub(super) fn empty() -> Self {
        let message = "the patch is empty: it names no file to add, update or delete";
        Self { line: None, message: message.to_owned() }
    }

    pub(super) fn binary() -> Self {
        let message = "binary files cannot be patched, only text; use a command for them";
        Self { line: None, message: message.to_owned() }
    }

    pub(super) fn combined() -> Self {
        let message = "this is the combined diff of a merge; write the changes against one version";
        Self { line: None, message: message.to_owned() }
    }

    pub(super) fn unknown_format() -> Self {
        let message = "this is not a patch: begin it with `*** Begin Patch` and end it with \
                       `*** End Patch`, or write a unified diff with `--- a/PATH` and `+++ b/PATH`";
        Self { line: None, message: message.to_owned() }
    }
}

fn at_line(line: Option<usize>) -> String {
    line.map(|line| format!("line {line} of the patch: ")).unwrap_or_default()
}

/// Why the text of a file could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadFailure {
    /// There is no such file.
    NotFound,
    /// Anything else, as a message that names the file.
    Unreadable(String),
}

/// Why a patch does not fit the files. Paths are as the patch has them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// A path that cannot be resolved.
    #[error("{}: {reason}", .path.display())]
    Path {
        /// As written.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A new file, or the target of a move, where there is one.
    #[error(
        "{} exists already, so it cannot be added: update it, or delete it earlier in the patch",
        .0.display()
    )]
    Exists(PathBuf),
    /// A file to change or delete that is not there.
    #[error("{} does not exist, so it cannot be {action}", .path.display())]
    Missing {
        /// As written.
        path: PathBuf,
        /// `updated`, `deleted` or `copied`.
        action: &'static str,
    },
    /// Every file would be as it was.
    #[error("the patch changes nothing: every file already is as it says")]
    ChangesNothing,
    /// The hunk's lines are not in the file.
    #[error("{}", NoMatchText(.0))]
    NoMatch(Box<NoMatch>),
    /// The hunk fits in several places.
    #[error("{}", AmbiguousText(.0))]
    Ambiguous(Ambiguous),
    /// Each hunk fits, but not together.
    #[error(
        "hunk {hunk} of {} fits only where or before an earlier hunk of the patch does (line {line}): \
         write the hunks in the order of the file, each place once",
        .path.display()
    )]
    OutOfOrder {
        /// As written.
        path: PathBuf,
        /// 1-based.
        hunk: usize,
        /// 1-based.
        line: usize,
    },
}

/// A hunk whose lines are not in the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoMatch {
    /// As written.
    pub path: PathBuf,
    /// 1-based.
    pub hunk: usize,
    /// The lines that the file should have.
    pub looked_for: Vec<String>,
    /// The line behind which lines should go, where nothing but that is said.
    pub line_number: Option<usize>,
    /// 1-based line at which its new lines are already.
    pub applied_line: Option<usize>,
    /// The file is one line for a patch: only carriage returns end its lines.
    pub one_line: bool,
    /// 1-based line of the first of `nearest`.
    pub nearest_line: usize,
    /// The lines of the file that are most like them.
    pub nearest: Vec<String>,
}

/// A hunk that fits in several places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ambiguous {
    /// As written.
    pub path: PathBuf,
    /// 1-based.
    pub hunk: usize,
    /// How many places there are.
    pub count: usize,
    /// The first of them.
    pub places: Vec<Place>,
}

/// Where a hunk could go; lines are 1-based.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where it would begin.
    pub line: usize,
    /// Line of the first that is shown.
    pub first_shown: usize,
    /// Some lines of the file.
    pub shown: Vec<String>,
}

struct NoMatchText<'a>(&'a NoMatch);

impl fmt::Display for NoMatchText<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NoMatch { path, hunk, looked_for, nearest_line, nearest, .. } = self.0;
        if let Some(line) = self.0.line_number {
            return write!(
                out,
                "hunk {hunk} of {} adds lines behind line {line}, but the file is shorter; \
                 add context lines",
                path.display()
            );
        }
        if let Some(line) = self.0.applied_line {
            return write!(
                out,
                "hunk {hunk} of {} is already applied: what it leads to is at line {line}, and the \
                 lines it starts from are nowhere; leave it out",
                path.display()
            );
        }
        if self.0.one_line {
            return write!(
                out,
                "hunk {hunk} of {} does not fit: only carriage returns end the lines of this file, \
                 so it is one line for a patch; change its line endings with a command first",
                path.display()
            );
        }
        write!(out, "hunk {hunk} of {} does not fit. looked for:", path.display())?;
        show(out, looked_for, None)?;
        if nearest.is_empty() {
            return out.write_str("\nthe file is empty");
        }
        write!(out, "\nthe nearest lines of the file:")?;
        show(out, nearest, Some(*nearest_line))
    }
}

struct AmbiguousText<'a>(&'a Ambiguous);

impl fmt::Display for AmbiguousText<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ambiguous { path, hunk, count, places } = self.0;
        write!(
            out,
            "hunk {hunk} of {} fits in {count} places; add context lines, or a line `@@ …` that \
             names the enclosing definition:",
            path.display(),
        )?;
        for Place { line, first_shown, shown } in places {
            write!(out, "\n  line {line}:")?;
            show(out, shown, Some(*first_shown))?;
        }
        match count.saturating_sub(places.len()) {
            0 => Ok(()),
            more => write!(out, "\n  and {more} more"),
        }
    }
}

fn show(out: &mut fmt::Formatter<'_>, lines: &[String], first: Option<usize>) -> fmt::Result {
    for (index, line) in lines.iter().take(SHOWN_LINES).enumerate() {
        match first {
            Some(first) => write!(out, "\n{:>6} | {}", first + index, cut(line))?,
            None => write!(out, "\n       | {}", cut(line))?,
        }
    }
    match lines.len().saturating_sub(SHOWN_LINES) {
        0 => Ok(()),
        more => write!(out, "\n       … and {more} more lines"),
    }
}

fn cut(line: &str) -> String {
    let mut letters = line.chars();
    let mut shown: String = letters.by_ref().take(SHOWN_COLUMNS).collect();
    if letters.next().is_some() {
        let _ = shown.write_char('…');
    }
    shown
}
