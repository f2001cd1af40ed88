//! From a change of a file to the edits that an editor or the disk applies.
//! Pure: nothing here reads or writes a file. Only this module builds an
//! [`EditPlan`].

mod hunks;
mod lines;
mod plan;
mod text;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::documents::Range;
pub use hunks::{FileHunks, Hunk, HunkId, HunkState};
pub use plan::{PlanError, plan};

/// Replaces a range of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// What is replaced, in the encoding the plan was made for.
    pub range: Range,
    /// What stands there afterwards, with the document's line endings.
    pub new_text: String,
}

/// What happens to one file, fitted to the text it had when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileEdit {
    /// The file is new.
    Create {
        /// Absolute path.
        path: PathBuf,
        /// Whole text.
        text: String,
        /// Whether it can be executed; none where nobody says.
        executable: Option<bool>,
    },
    /// The file goes away.
    Delete {
        /// Absolute path.
        path: PathBuf,
        /// The text it must still have.
        base: Arc<str>,
        /// The version of the open document, if it is open.
        version: Option<i32>,
    },
    /// The text changes, the path, the mode, or several of these.
    Update {
        /// Absolute path.
        path: PathBuf,
        /// The text it must still have.
        base: Arc<str>,
        /// The version of the open document, if it is open.
        version: Option<i32>,
        /// Minimal, in order, not overlapping, all against `base`.
        edits: Vec<TextEdit>,
        /// The whole text afterwards.
        result: Arc<str>,
        /// Absolute path it moves to.
        move_path: Option<PathBuf>,
        /// Whether the file can be executed afterwards; none where it stays as
        /// it is.
        executable: Option<bool>,
    },
}

impl FileEdit {
    /// Whether the file can be executed afterwards, and where it is then; none
    /// where nothing is said of it.
    #[must_use]
    pub fn executable(&self) -> Option<(&Path, bool)> {
        match self {
            Self::Create { path, executable, .. } => executable.map(|wanted| (&**path, wanted)),
            Self::Update { path, move_path, executable, .. } => {
                executable.map(|wanted| (&**move_path.as_ref().unwrap_or(path), wanted))
            }
            Self::Delete { .. } => None,
        }
    }
}

/// All that one patch does. Either all of it is applied or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditPlan {
    files: Vec<FileEdit>,
}

impl EditPlan {
    /// The files, in an order in which they can be applied one by one.
    #[must_use]
    pub fn files(&self) -> &[FileEdit] {
        &self.files
    }

    /// The same, for those who take it apart.
    #[must_use]
    pub fn into_files(self) -> Vec<FileEdit> {
        self.files
    }
}

#[cfg(test)]
mod tests;
