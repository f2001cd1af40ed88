//! The project's files: the only reader and writer of them. An editor's open
//! buffers stand over the disk.

mod containment;
pub mod disk;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::future::BoxFuture;

pub use self::{
    containment::{PathError, is_within, resolve},
    disk::{DiskWorkspace, Journal},
};
use crate::{documents::PositionEncoding, edits::EditPlan, patch::ReadFailure};

/// A text and where it came from.
#[derive(Debug, Clone)]
pub struct FileText {
    /// With a byte order mark and the line endings as they are.
    pub text: Arc<str>,
    /// The version of the open document; none when it came from the disk.
    pub version: Option<i32>,
    /// Whether the editor holds changes that the disk does not have.
    pub unsaved: bool,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("{} does not exist", .0.display())]
    NotFound(PathBuf),
    /// It is a directory, a socket or the like.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// Bytes that are not UTF-8.
    #[error("{} is not UTF-8 text, so it cannot be read or edited as text", .0.display())]
    NotUtf8(PathBuf),
    /// Larger than the cap.
    #[error("{} has {size} bytes, more than the {cap} that are read", .path.display())]
    TooLarge {
        /// Absolute path.
        path: PathBuf,
        /// Bytes.
        size: u64,
        /// Bytes.
        cap: u64,
    },
    /// It is open, and what the editor has there is not known.
    #[error("{} has a text in the editor that is not known here, because a change of it could not be taken; close it in the editor and open it again", .0.display())]
    OutOfStep(PathBuf),
    /// Anything else the system says.
    #[error("cannot read {}: {source}", .path.display())]
    Io {
        /// Absolute path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// For `patch::resolve`, which knows no disk.
impl From<ReadError> for ReadFailure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound(_) => Self::NotFound,
            other => Self::Unreadable(other.to_string()),
        }
    }
}

/// Why a plan was not applied. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A file is not what it was when the plan was made.
    #[error("{} changed in the meantime; read it again and make the patch anew", .0.display())]
    Stale(PathBuf),
    /// There is something where a new file should go.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The path leads through a link to somewhere outside of the workspace.
    #[error("{} leads to {}, outside of the workspace; name the file itself", .path.display(), .real.display())]
    Outside {
        /// As planned.
        path: PathBuf,
        /// Where it really is.
        real: PathBuf,
    },
    /// The editor said no, or did something else.
    #[error("the editor did not apply the edit of {}: {reason}", .path.display())]
    Refused {
        /// Absolute path.
        path: PathBuf,
        /// In the editor's words where it gave some.
        reason: String,
    },
    /// Anything else the system says.
    #[error("cannot write {}: {source}", .path.display())]
    Io {
        /// Absolute path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It failed half way and the way back failed too.
    #[error("{cause}; taking back what was done failed for: {}", .not_restored.join(", "))]
    HalfDone {
        /// What went wrong first.
        cause: String,
        /// The files that are not as they were.
        not_restored: Vec<String>,
    },
}

/// How one file got its new text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// An unsaved change in an open buffer.
    Buffer,
    /// Written to disk.
    Disk,
}

/// One file that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Absolute path, after a move.
    pub path: PathBuf,
    /// Where the change is now.
    pub delivery: Delivery,
}

/// What a command that starts now would see of the files that are open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// Everything, as the person has it.
    AllOnDisk,
    /// An older text of these files (absolute paths), because their changes are
    /// not saved.
    Older(Vec<PathBuf>),
    /// The person does not want the command to see it.
    Declined,
}

/// The files of the project. Two implementations: the disk alone, and an
/// editor's buffers over the disk.
pub trait Workspace: Send + Sync + 'static {
    /// Absolute, canonical paths of the workspace folders; the first is where
    /// commands run.
    fn roots(&self) -> Vec<PathBuf>;

    /// The encoding that plans for this workspace are made in.
    fn encoding(&self) -> PositionEncoding;

    /// The text of the file at an absolute path.
    fn read(&self, path: &Path) -> Result<FileText, ReadError>;

    /// Absolute paths of the files whose buffer differs from the disk.
    fn unsaved(&self) -> Vec<PathBuf>;

    /// Counts the changes of open texts; none where nothing is open in an editor.
    fn changed(&self) -> Option<tokio::sync::watch::Receiver<u64>> {
        None
    }

    /// Applies all of a plan or nothing. `label` names the undo step.
    fn apply(
        &self,
        plan: EditPlan,
        label: String,
    ) -> BoxFuture<'_, Result<Vec<Applied>, ApplyError>>;

    /// What an earlier process was ended in the middle of, a sentence each, for
    /// the person; told once. Blocks for the disk.
    fn left_over(&self) -> Vec<String> {
        Vec::new()
    }

    /// Brings the unsaved changes below the roots to disk, before `command`
    /// (program and arguments) runs. Where that is not possible and `ask` is
    /// set, waits until the person has saved or decided; it may be dropped at
    /// any time. A workspace without buffers has nothing to save.
    fn save_for_command<'a>(&'a self, _command: &'a [String], _ask: bool) -> BoxFuture<'a, Saved> {
        Box::pin(std::future::ready(Saved::AllOnDisk))
    }
}
