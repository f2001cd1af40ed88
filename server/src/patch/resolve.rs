//! Fits a patch to the files: what each of them is before and after.
//!
//! The sections are worked through in order on a picture of the files, so
//! several sections for one file add up; only what is different in the end is
//! reported, at most once a file.

mod explain;
mod picture;
mod text;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Action, Hunk, Patch, PatchError, ReadFailure, file,
    lines::Lines,
    locate::{self, Leniency, Misfit},
    replaced::{self, Replaced},
};
use explain::explain;
use picture::{File, Picture};
use text::Text;

/// What a patch does to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileUpdate {
    /// Absolute, as `resolve_path` gave it. No two updates have the same.
    pub path: PathBuf,
    /// What happens to it.
    pub change: Change,
    /// Whether the file can be executed afterwards, where the patch says so;
    /// else it is as executable as it was, and a new one is not.
    pub executable: Option<bool>,
}

impl FileUpdate {
    /// An update of which only the text is known.
    #[must_use]
    pub fn new(path: PathBuf, change: Change) -> Self {
        Self { path, change, executable: None }
    }
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
    /// The text changes, the path, the mode, or several of these.
    Update {
        /// Whole text before.
        base: Arc<str>,
        /// Whole text after.
        result: Arc<str>,
        /// What is different between the two; ascending, apart from each other.
        replaced: Vec<Replaced>,
        /// Absolute path it moves to. Two files can change places.
        move_path: Option<PathBuf>,
    },
}

impl Change {
    /// An update from one text to another, which are compared.
    #[must_use]
    pub fn update(base: Arc<str>, result: impl Into<Arc<str>>, move_path: Option<PathBuf>) -> Self {
        let result = result.into();
        let replaced = replaced::between(&base, &result);
        Self::Update { base, result, replaced, move_path }
    }
}

/// Fits a patch to the files as `read` gives them. `resolve_path` makes a path
/// of the patch absolute and free of links, or says what is wrong with it.
/// Each file is read once.
///
/// Sections are worked through in order, each on what the ones before it made:
/// two for one path add up, and a file that was deleted may be added anew. A file
/// is added, and moved to, only where none is, or where a later section takes away
/// the one that is there: files can change places and move in a chain. What is
/// updated, deleted, copied or moved has to be there. A move may change the text
/// too. Whatever is as it was in the end is left out.
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
        let executable = section.executable;
        match &section.action {
            Action::Add { content } => {
                let file = File::new(Text::Made(content.clone()), executable);
                picture.put(written, path, file, leaves(path))?;
            }
            Action::Delete { hunks } => {
                let file = picture.delete(written, path)?;
                apply(written, &file.text, hunks)?;
            }
            Action::Copy { hunks, .. } => {
                let original = picture.original(written, path)?;
                let content = apply(written, &original.text, hunks)?;
                if let Some((written, target)) = target {
                    let file = File::new(content, executable.or(original.executable));
                    picture.put(written, target, file, leaves(target))?;
                }
            }
            Action::Update { hunks, .. } => {
                let moves = target.as_ref().filter(|(_, target)| target != path);
                let mut file = picture.take(written, path, moves.is_some())?;
                file.text = apply(written, &file.text, hunks)?;
                file.executable = executable.or(file.executable);
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

/// The text after the hunks. Context that has changed is only forgiven when the
/// hunks fit in no other way.
fn apply(path: &Path, text: &Text, hunks: &[Hunk]) -> Result<Text, PatchError> {
    if hunks.is_empty() {
        return Ok(text.clone());
    }
    match apply_with(path, text, hunks, Leniency::Strict) {
        Err(PatchError::NoMatch(_)) => apply_with(path, text, hunks, Leniency::Fuzzy),
        result => result,
    }
}

/// Where a hunk does not fit the text before, the ones ahead of it are applied
/// first: some writers count on their own changes.
fn apply_with(
    path: &Path,
    before: &Text,
    hunks: &[Hunk],
    leniency: Leniency,
) -> Result<Text, PatchError> {
    let mut text: Option<Text> = None;
    let mut done = 0;
    loop {
        let source = text.as_ref().unwrap_or(before);
        let lines = Lines::new(source);
        let rest = &hunks[done..];
        let fail = |misfit| explain(path, &lines, rest, done, misfit);
        let ready = match locate::place(&lines, rest, leniency) {
            Ok(placements) => return Ok(source.patched(file::apply(&lines, rest, &placements))),
            Err(Misfit::NoMatch { hunk, .. }) if hunk > 0 => hunk,
            Err(misfit) => return Err(fail(misfit)),
        };
        let placements = locate::place(&lines, &rest[..ready], leniency).map_err(fail)?;
        let next = source.patched(file::apply(&lines, &rest[..ready], &placements));
        done += ready;
        text = Some(next);
    }
}
