//! Fits a patch to the files: what each of them is before and after.
//!
//! The sections are worked through in order on a picture of the files, so
//! several sections for one file add up; only what is different in the end is
//! reported, at most once a file.

mod picture;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Action, Hunk, Patch, PatchError, ReadFailure,
    error::{Ambiguous, NoMatch},
    file::FileLines,
    locate::{self, Misfit},
};
use picture::Picture;

/// What a patch does to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileUpdate {
    /// Absolute, as `resolve_path` gave it. No two updates have the same.
    pub path: PathBuf,
    /// What happens to it.
    pub change: Change,
}

/// What happens to a file. `base` is the text it had when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The file is new.
    Add {
        /// Whole text.
        content: String,
    },
    /// The file goes away.
    Delete {
        /// Whole text before.
        base: Arc<str>,
    },
    /// The text changes, and perhaps the path.
    Update {
        /// Whole text before.
        base: Arc<str>,
        /// Whole text after.
        result: String,
        /// Absolute path it moves to. Two files can change places.
        move_path: Option<PathBuf>,
    },
}

/// Fits a patch to the files as `read` gives them. `resolve_path` makes a path
/// of the patch absolute and free of links, or says what is wrong with it.
/// Each file is read once.
///
/// # Errors
/// When a path, a file or a hunk does not fit; the message is for the writer of
/// the patch. Nothing is changed by this function in any case.
pub fn resolve(
    patch: &Patch,
    read: &mut dyn FnMut(&Path) -> Result<Arc<str>, ReadFailure>,
    resolve_path: &mut dyn FnMut(&Path) -> Result<PathBuf, String>,
) -> Result<Vec<FileUpdate>, PatchError> {
    let mut absolute = |path: &Path| {
        resolve_path(path).map_err(|reason| PatchError::Path { path: path.to_owned(), reason })
    };
    let mut steps = Vec::with_capacity(patch.sections.len());
    for section in &patch.sections {
        let target = match &section.action {
            Action::Update { move_path: Some(target), .. } | Action::Copy { to: target, .. } => {
                Some((target.as_path(), absolute(target)?))
            }
            Action::Add { .. } | Action::Delete { .. } | Action::Update { .. } => None,
        };
        steps.push((section, absolute(&section.path)?, target));
    }

    let mut picture = Picture::new(read);
    for (index, (section, path, target)) in steps.iter().enumerate() {
        let written = section.path.as_path();
        // A file that a later section takes away makes room at once: the
        // sections of a diff that swaps two files are meant together.
        let leaves = |place: &Path| {
            steps[index + 1..].iter().any(|(section, path, target)| {
                path == place
                    && match &section.action {
                        Action::Delete { .. } => true,
                        Action::Update { .. } => {
                            target.as_ref().is_some_and(|(_, target)| target != path)
                        }
                        Action::Add { .. } | Action::Copy { .. } => false,
                    }
            })
        };
        match &section.action {
            Action::Add { content } => picture.add(written, path, content, leaves(path))?,
            Action::Delete { hunks } => {
                let text = picture.delete(written, path)?;
                apply(written, &text, hunks)?;
            }
            Action::Copy { hunks, .. } => {
                let text = picture.text(written, path, "copied")?;
                let content = apply(written, &text, hunks)?;
                if let Some((written, target)) = target {
                    picture.add(written, target, &content, leaves(target))?;
                }
            }
            Action::Update { hunks, .. } => {
                let moves = target.as_ref().filter(|(_, target)| target != path);
                let mut file = picture.take(written, path, moves.is_some())?;
                file.text = Arc::from(apply(written, &file.text, hunks)?);
                match moves {
                    None => picture.put_back(path, file),
                    Some((written, target)) => {
                        picture.put(written, target, file, leaves(target))?;
                    }
                }
            }
        }
    }
    let updates = picture.updates();
    if updates.is_empty() {
        return Err(PatchError::ChangesNothing);
    }
    Ok(updates)
}

/// The text after the hunks. Where a hunk does not fit the text before, the ones
/// ahead of it are applied first: some writers count on their own changes.
fn apply(path: &Path, text: &str, hunks: &[Hunk]) -> Result<String, PatchError> {
    let mut text = text.to_owned();
    let mut done = 0;
    loop {
        let file = FileLines::new(&text);
        let lines = file.texts();
        let rest = &hunks[done..];
        let next = match locate::place(&lines, rest) {
            Ok(placements) => return Ok(file.apply(rest, &placements)),
            Err(Misfit::NoMatch { hunk, .. }) if hunk > 0 => {
                let ready = &rest[..hunk];
                let placements = locate::place(&lines, ready)
                    .map_err(|misfit| explain(path, &lines, rest, done, misfit))?;
                done += hunk;
                file.apply(ready, &placements)
            }
            Err(misfit) => return Err(explain(path, &lines, rest, done, misfit)),
        };
        text = next;
    }
}

/// Lines of the file that are shown around the nearest place.
const AROUND: usize = 2;

fn explain(path: &Path, lines: &[&str], hunks: &[Hunk], done: usize, misfit: Misfit) -> PatchError {
    let path = path.to_owned();
    match misfit {
        Misfit::OutOfOrder { hunk, line } => {
            PatchError::OutOfOrder { path, hunk: done + hunk + 1, line: line + 1 }
        }
        Misfit::Ambiguous { hunk, places } => {
            let before = |line: usize| {
                let above = lines[..line].iter().rev().find(|text| !text.trim().is_empty());
                above.map(|text| (*text).to_owned()).unwrap_or_default()
            };
            let places = places.into_iter().map(|line| (line + 1, before(line))).collect();
            PatchError::Ambiguous(Ambiguous { path, hunk: done + hunk + 1, places })
        }
        Misfit::NoMatch { hunk, nearest } => {
            let wanted = &hunks[hunk];
            let mut looked_for: Vec<String> = wanted.old().map(|line| line.text.clone()).collect();
            if looked_for.is_empty() {
                looked_for.clone_from(&wanted.scope);
            }
            let first = nearest.saturating_sub(AROUND);
            let last = (nearest + looked_for.len() + AROUND).min(lines.len());
            let nearest = lines[first..last].iter().map(|line| (*line).to_owned()).collect();
            let hunk = done + hunk + 1;
            let nearest_line = first + 1;
            PatchError::NoMatch(NoMatch { path, hunk, looked_for, nearest_line, nearest })
        }
    }
}
