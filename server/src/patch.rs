//! The formats in which a model writes changes, and how they fit a text.
//! Text in, `FileChange` out; pure: files are read through a callback.
//!
//! [`parse`] takes either format apart, [`resolve`] fits it to the files, and
//! [`file_changes`] and [`unified_diff`] write down what comes of it.

mod diff;
mod envelope;
mod error;
mod file;
mod lines;
mod locate;
mod replaced;
mod resolve;
mod unified;

use std::path::{Path, PathBuf};

pub use diff::{FileVersions, chunks, file_changes, hunks, hunks_of, quoted, unified_diff};
pub use error::{ParseError, PatchError, ReadFailure};
pub(crate) use replaced::line_start;
pub use replaced::{Replaced, Span, between};
pub use resolve::{Change, FileUpdate, resolve};

/// A patch as it was written: nothing is known yet of the files it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    sections: Vec<Section>,
}

impl Patch {
    /// The paths it names, as it names them: sources and targets of moves too.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.sections.iter().flat_map(|section| {
            let target = match &section.action {
                Action::Update { move_path, .. } => move_path.as_deref(),
                Action::Copy { to, .. } => Some(to.as_path()),
                Action::Add { .. } | Action::Delete { .. } => None,
            };
            std::iter::once(section.path.as_path()).chain(target)
        })
    }
}

/// What a patch says of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    /// As written.
    path: PathBuf,
    action: Action,
    /// Whether the file can be executed afterwards, where the patch says so.
    executable: Option<bool>,
}

impl Section {
    fn new(path: PathBuf, action: Action) -> Self {
        Self { path, action, executable: None }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    Add {
        content: String,
    },
    /// With hunks, the text that goes has to fit them.
    Delete {
        hunks: Vec<Hunk>,
    },
    Update {
        move_path: Option<PathBuf>,
        hunks: Vec<Hunk>,
    },
    Copy {
        to: PathBuf,
        hunks: Vec<Hunk>,
    },
}

/// A place in a file and what changes there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Hunk {
    /// Lines that come before it, from the outside in (`@@ class A`, `@@ def f`).
    scope: Vec<String>,
    /// Where it was written for.
    hint: Option<LineHint>,
    lines: Vec<HunkLine>,
    /// It ends where the file ends.
    at_end: bool,
    /// What it says of the newline at the end of the new text, if it does.
    final_newline: Option<bool>,
    /// The line endings of its lines are meant (else they are the transport's).
    endings_meant: bool,
}

/// The old side of `@@ -start,count +… @@`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LineHint {
    /// 1-based; with no old lines the line after which lines are inserted.
    start: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct HunkLine {
    kind: LineKind,
    /// Without line ending.
    text: String,
    /// Whether it ended with `\r\n` in the patch.
    crlf: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineKind {
    Context,
    Delete,
    Insert,
}

impl Hunk {
    /// The lines that the file must have.
    fn old(&self) -> impl DoubleEndedIterator<Item = &HunkLine> {
        self.lines.iter().filter(|line| line.kind != LineKind::Insert)
    }
}

/// Takes a patch apart: the `*** Begin Patch` format, or a unified diff as git
/// and diff write it. Code fences and heredoc lines around it are ignored.
///
/// # Errors
/// When it is neither, is cut off, changes nothing, or a line has no meaning;
/// the error says which line and what was expected.
pub fn parse(text: &str) -> Result<Patch, ParseError> {
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        let line = text[..at].matches('\n').count() + 1;
        return Err(ParseError::at(line, "it has a NUL byte: binary files cannot be patched"));
    }
    // Either may have the marks of the other in its lines: the first one counts.
    let sections = match (envelope::begins_at(text), unified::begins_at(text)) {
        (Some(envelope), unified) if unified.is_none_or(|unified| envelope < unified) => {
            envelope::parse(text)?
        }
        (_, Some(_)) => unified::parse(text, 0)?,
        (_, None) if text.trim().is_empty() => return Err(ParseError::empty()),
        (_, None) if unified::is_combined(text) => return Err(ParseError::combined()),
        (_, None) if unified::is_binary(text) => return Err(ParseError::binary()),
        (_, None) => return Err(ParseError::unknown_format()),
    };
    if sections.is_empty() {
        return Err(ParseError::empty());
    }
    Ok(Patch { sections })
}

#[cfg(test)]
mod tests;
