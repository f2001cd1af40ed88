//! The store of one workspace, below the state directory: contents by their
//! digest, a JSON file for each checkpoint, and what the tree looked like when
//! it was last looked at. Everything appears whole or not at all.
//!
//! Whoever uses a store holds its lock with others; whoever cleans it up holds
//! it alone.
#![expect(
    clippy::disallowed_methods,
    reason = "these are Tiro's own files, in its state directory and not in the project"
)]

use std::{
    collections::{HashMap, HashSet},
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::{FlockOperation, flock};
use serde::{Serialize, de::DeserializeOwned};

use super::{digest::Digest, prune, record::Record, snapshot::Tree};
use crate::config::CheckpointLimits;

/// A record or a tree beyond this many bytes was not written by us.
const JSON_CAP: u64 = 64 * 1024 * 1024;

/// An open store.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
    lock: File,
    known: HashSet<Digest>,
}

/// What is in a content's place.
#[derive(Debug, thiserror::Error)]
pub(super) enum BlobError {
    #[error("its content is no longer kept")]
    Gone,
    #[error("its content in the store is damaged")]
    Damaged,
    #[error("its content cannot be read from the store: {0}")]
    Io(io::Error),
}

impl Store {
    /// Opens the store, makes it if there is none, and cleans it up when nobody
    /// else uses it.
    pub(super) fn open(directory: &Path, limits: &CheckpointLimits) -> io::Result<Self> {
        for below in ["blobs", "records"] {
            DirBuilder::new().recursive(true).mode(0o700).create(directory.join(below))?;
        }
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(directory.join("lock"))?;
        let mut store = Self { directory: directory.to_owned(), lock, known: HashSet::new() };
        store.clean_up(limits)?;
        Ok(store)
    }

    /// Throws away what is too old or too much, unless somebody else uses the
    /// store, and looks which contents there are.
    pub(super) fn clean_up(&mut self, limits: &CheckpointLimits) -> io::Result<()> {
        if flock(&self.lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            prune::prune(self, limits);
        }
        flock(&self.lock, FlockOperation::LockShared)?;
        self.known = self.blobs().into_keys().collect();
        Ok(())
    }

    /// Stores a content, if it is not there.
    pub(super) fn keep(&mut self, bytes: &[u8]) -> io::Result<Digest> {
        let digest = Digest::of(bytes);
        if self.known.contains(&digest) {
            return Ok(digest);
        }
        let path = self.blob(digest);
        let folder = path.parent().unwrap_or(&self.directory);
        let file = match tempfile::NamedTempFile::new_in(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
                tempfile::NamedTempFile::new_in(folder)?
            }
            other => other?,
        };
        file.as_file().write_all(bytes)?;
        file.persist(&path)?;
        self.known.insert(digest);
        Ok(digest)
    }

    /// Whether a content is there.
    pub(super) fn has(&self, digest: Digest) -> bool {
        self.known.contains(&digest)
    }

    /// A content.
    pub(super) fn read(&self, digest: Digest) -> Result<Vec<u8>, BlobError> {
        match std::fs::read(self.blob(digest)) {
            Ok(bytes) if Digest::of(&bytes) == digest => Ok(bytes),
            Ok(_) => Err(BlobError::Damaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BlobError::Gone),
            Err(error) => Err(BlobError::Io(error)),
        }
    }

    /// Writes a record, also over the one that it was.
    pub(super) fn save(&self, record: &Record) -> io::Result<()> {
        self.write_json(&self.record(&record.id), record)
    }

    /// Throws a record away.
    pub(super) fn forget(&self, id: &str) -> io::Result<()> {
        std::fs::remove_file(self.record(id))
    }

    /// Every record, oldest first, and a warning for each that cannot be read.
    pub(super) fn records(&self) -> (Vec<Record>, Vec<String>) {
        let (mut records, mut warnings) = (Vec::new(), Vec::new());
        let files = std::fs::read_dir(self.directory.join("records"));
        for entry in files.into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match read_json::<Record>(&path) {
                Ok(record) if path.file_stem().is_some_and(|stem| stem == record.id.as_str()) => {
                    records.push(record);
                }
                Ok(_) => warnings.push(format!("{} is not what its name says", path.display())),
                Err(error) => warnings.push(format!(
                    "the checkpoint {} cannot be read and is left out: {error}",
                    path.display()
                )),
            }
        }
        records.sort_by(|one, other| one.id.cmp(&other.id));
        (records, warnings)
    }

    /// The tree as it was last looked at. One that cannot be read is none.
    pub(super) fn tree(&self) -> Tree {
        let mut tree = self.tree_on_disk();
        tree.retain(|digest| self.has(digest));
        tree
    }

    /// The same, also where its contents are gone.
    pub(super) fn tree_on_disk(&self) -> Tree {
        read_json(&self.directory.join("tree.json")).unwrap_or_default()
    }

    /// Keeps the tree for the next session.
    pub(super) fn save_tree(&self, tree: &Tree) -> io::Result<()> {
        self.write_json(&self.directory.join("tree.json"), tree)
    }

    /// Every content with its bytes on disk.
    pub(super) fn blobs(&self) -> HashMap<Digest, u64> {
        let mut found = HashMap::new();
        let folders = std::fs::read_dir(self.directory.join("blobs"));
        for folder in folders.into_iter().flatten().flatten() {
            for entry in std::fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                let (first, rest) = (folder.file_name(), entry.file_name());
                let name = format!("{}{}", first.to_string_lossy(), rest.to_string_lossy());
                match (Digest::parse(&name), entry.metadata()) {
                    (Some(digest), Ok(metadata)) => {
                        found.insert(digest, metadata.len());
                    }
                    (None, _) => stale(&entry.path()),
                    (Some(_), Err(_)) => {}
                }
            }
        }
        found
    }

    /// Throws a content away.
    pub(super) fn drop_blob(&self, digest: Digest) {
        let _ = std::fs::remove_file(self.blob(digest));
    }

    fn blob(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.directory.join("blobs").join(&name[..2]).join(&name[2..])
    }

    fn record(&self, id: &str) -> PathBuf {
        self.directory.join("records").join(format!("{id}.json"))
    }

    fn write_json(&self, path: &Path, value: &impl Serialize) -> io::Result<()> {
        let file = tempfile::NamedTempFile::new_in(&self.directory)?;
        let mut writer = io::BufWriter::new(file);
        serde_json::to_writer(&mut writer, value)?;
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(path)?;
        Ok(())
    }
}

/// Removes what a killed process left half written: nobody writes for an hour.
fn stale(path: &Path) {
    let age = path.metadata().and_then(|metadata| metadata.modified());
    if age.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > Duration::from_secs(3600))) {
        let _ = std::fs::remove_file(path);
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let file = File::open(path)?;
    if file.metadata()?.len() > JSON_CAP {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let text = std::fs::read(path)?;
    Ok(serde_json::from_slice(&text)?)
}
