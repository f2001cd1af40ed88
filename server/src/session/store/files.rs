//! The files of the sessions of one workspace. Whoever writes one holds its lock,
//! which ends with the process.
#![expect(
    clippy::disallowed_methods,
    reason = "these are Tiro's own files, in its state directory and not in the project"
)]

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use crate::config::HistorySettings;

/// A file that is written.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) id: String,
    file: File,
    size: u64,
}

/// A file that is there.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) path: PathBuf,
    pub(super) used: SystemTime,
    size: u64,
}

/// Whether this can be the id of a session: it becomes the name of a file.
pub(super) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

pub(super) fn path(directory: &Path, id: &str) -> PathBuf {
    directory.join(format!("{id}.jsonl"))
}

impl Open {
    /// A new one.
    pub(super) fn create(directory: &Path, id: &str) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let mut options = OpenOptions::new();
        let file = options.append(true).create_new(true).mode(0o600).open(path(directory, id))?;
        lock(&file)?;
        Ok(Self { id: id.to_owned(), file, size: 0 })
    }

    /// One that is there; an error of the kind `WouldBlock` when another holds it.
    pub(super) fn existing(directory: &Path, id: &str) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(path(directory, id))?;
        lock(&file)?;
        let size = file.metadata()?.len();
        Ok(Self { id: id.to_owned(), file, size })
    }

    /// Takes away what is behind the last whole line.
    pub(super) fn truncate(&mut self, whole: usize) -> io::Result<()> {
        let whole = u64::try_from(whole).unwrap_or(u64::MAX);
        if whole < self.size {
            self.file.set_len(whole)?;
            self.size = whole;
        }
        Ok(())
    }

    /// Writes whole lines, or none of them.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(lines);
        if written.is_err() {
            let _ = self.file.set_len(self.size);
        } else {
            self.size += u64::try_from(lines.len()).unwrap_or_default();
        }
        written
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }
}

fn lock(file: &File) -> io::Result<()> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        // A file system without locks: whole lines do not mix all the same.
        Ok(()) | Err(Errno::NOTSUP | Errno::NOSYS | Errno::NOLCK) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// What is there, last used first.
pub(super) fn found(directory: &Path) -> Vec<Found> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()).filter(|id| is_id(id));
        let (Some(id), Ok(metadata)) = (id, entry.metadata()) else { continue };
        if path.extension().is_some_and(|extension| extension == "jsonl") && metadata.is_file() {
            let used = metadata.modified().unwrap_or(UNIX_EPOCH);
            found.push(Found { id: id.to_owned(), size: metadata.len(), used, path });
        }
    }
    found.sort_by(|one, other| (other.used, &other.id).cmp(&(one.used, &one.id)));
    found
}

/// Throws away what is too old, too many or too much, and not held by anybody.
pub(super) fn prune(directory: &Path, settings: &HistorySettings) {
    let (mut count, mut bytes) = (0, 0);
    for it in found(directory) {
        count += 1;
        bytes += it.size;
        let age = it.used.elapsed().unwrap_or_default();
        let goes = count > settings.sessions || bytes > settings.bytes || age > settings.age;
        if goes && Open::existing(directory, &it.id).is_ok() {
            let _ = std::fs::remove_file(&it.path);
        }
    }
}
