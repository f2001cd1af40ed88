//! The files without an editor, and the writing that an editor cannot do.
//!
//! [`DiskWorkspace`] is the workspace of the plain fronts. The LSP front uses
//! [`read_text`] and [`Transaction`] for the parts of a plan that its client
//! leaves to the server.

mod attributes;
mod directory;
mod faults;
mod fingerprint;
mod journal;
pub mod raw;
mod transaction;

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::future::BoxFuture;

use super::{Applied, ApplyError, FileText, ReadError, Workspace};
use crate::{documents::PositionEncoding, edits::EditPlan};
pub use {
    attributes::Attributes,
    journal::{Journal, Note},
    transaction::Transaction,
};

/// Bytes of a file that are read at most.
pub const READ_CAP: u64 = 32 * 1024 * 1024;

/// The project's files as the disk has them.
#[derive(Debug)]
pub struct DiskWorkspace {
    roots: Vec<PathBuf>,
    journal: Option<Journal>,
}

/// A workspace folder that cannot be one.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be a workspace folder: {source}", .path.display())]
pub struct RootError {
    /// As given.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl DiskWorkspace {
    /// The folders have to exist; they are kept without links.
    pub fn new(roots: &[PathBuf]) -> Result<Self, RootError> {
        let canonical = |root: &PathBuf| {
            let found = root.canonicalize().and_then(|path| match path.is_dir() {
                true => Ok(path),
                false => Err(io::ErrorKind::NotADirectory.into()),
            });
            found.map_err(|source| RootError { path: root.clone(), source })
        };
        Ok(Self { roots: roots.iter().map(canonical).collect::<Result<_, _>>()?, journal: None })
    }

    /// Notes what it changes, for the case that the process is killed.
    #[must_use]
    pub fn noting_in(self, journal: Journal) -> Self {
        Self { journal: Some(journal), ..self }
    }
}

impl Workspace for DiskWorkspace {
    fn roots(&self) -> Vec<PathBuf> {
        self.roots.clone()
    }

    fn encoding(&self) -> PositionEncoding {
        PositionEncoding::Utf8
    }

    fn read(&self, path: &Path) -> Result<FileText, ReadError> {
        Ok(FileText { text: read_text(path)?, version: None, unsaved: false })
    }

    fn unsaved(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn apply(
        &self,
        plan: EditPlan,
        _label: String,
    ) -> BoxFuture<'_, Result<Vec<Applied>, ApplyError>> {
        let (roots, journal) = (self.roots.clone(), self.journal.clone());
        Box::pin(async move {
            let first = roots.first().cloned().unwrap_or_default();
            // Once begun it runs to its end, whoever still waits for it.
            match tokio::task::spawn_blocking(move || apply(&plan, &roots, journal.as_ref())).await
            {
                Ok(result) => result,
                Err(error) => Err(ApplyError::Io { path: first, source: io::Error::other(error) }),
            }
        })
    }

    fn left_over(&self) -> Vec<String> {
        self.journal.as_ref().map(|journal| journal.left_over(&self.roots)).unwrap_or_default()
    }
}

/// Writes all of a plan to the disk or nothing. Blocks.
pub fn apply(
    plan: &EditPlan,
    roots: &[PathBuf],
    journal: Option<&Journal>,
) -> Result<Vec<Applied>, ApplyError> {
    let note = journal.map(|journal| journal.begin(roots, plan.files(), Vec::new(), true));
    carry_out(plan, Transaction::new(roots, note.unwrap_or_else(Note::none)))
}

fn carry_out(plan: &EditPlan, mut transaction: Transaction) -> Result<Vec<Applied>, ApplyError> {
    transaction.check(plan.files())?;
    let mut applied = Vec::with_capacity(plan.files().len());
    for edit in plan.files() {
        match transaction.apply(edit) {
            Ok(file) => applied.push(file),
            Err(error) => return Err(transaction.roll_back(error)),
        }
    }
    transaction.commit();
    Ok(applied)
}

/// Mode, owner and the like of a regular file; none when it cannot be read.
#[must_use]
pub fn attributes(path: &Path) -> Option<Attributes> {
    open(path).ok().and_then(|file| Attributes::of(&file).ok())
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
}

/// The text of a file on disk. Never waits for a FIFO or a device. Blocks for
/// the disk only.
pub fn read_text(path: &Path) -> Result<Arc<str>, ReadError> {
    let file = open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            ReadError::NotFound(path.to_owned())
        }
        // A socket, or a device that nothing is behind.
        _ if source.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
            ReadError::NotAFile(path.to_owned())
        }
        _ => ReadError::Io { path: path.to_owned(), source },
    })?;
    text_of(file, path)
}

/// `path` is for the errors.
fn text_of(file: File, path: &Path) -> Result<Arc<str>, ReadError> {
    let io = |source| ReadError::Io { path: path.to_owned(), source };
    let too_large = |size| ReadError::TooLarge { path: path.to_owned(), size, cap: READ_CAP };
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(ReadError::NotAFile(path.to_owned()));
    }
    if metadata.len() > READ_CAP {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    // The file can grow while it is read.
    file.take(READ_CAP + 1).read_to_end(&mut bytes).map_err(io)?;
    let size = bytes.len() as u64;
    if size > READ_CAP {
        return Err(too_large(size));
    }
    let text = String::from_utf8(bytes).map_err(|_| ReadError::NotUtf8(path.to_owned()))?;
    Ok(Arc::from(text))
}

#[cfg(test)]
mod tests;
