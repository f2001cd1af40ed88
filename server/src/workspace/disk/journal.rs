//! What is being changed at this moment, noted on disk: a process that is killed
//! cannot say it any more, so the next one that works on the folder does.
//!
//! One file a plan, below the state directory. The process that carries the plan
//! out holds a lock on it, so a note without a lock is one that was left behind.
//! Whoever cannot write notes still changes files.
#![expect(clippy::disallowed_methods, reason = "notes are no files of the project")]

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    hash::{BuildHasher as _, RandomState},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::{directory::remove_temporaries, fingerprint::Fingerprint};
use crate::edits::FileEdit;

/// Where the notes are. Clones are the same place.
#[derive(Debug, Clone)]
pub struct Journal {
    directory: PathBuf,
}

/// A plan that is being carried out. It is forgotten when this is dropped.
#[derive(Debug)]
pub struct Note {
    /// Names the temporary files too.
    id: u64,
    file: Option<(PathBuf, File)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Noted {
    roots: Vec<PathBuf>,
    files: BTreeMap<PathBuf, Texts>,
    /// Changed by the editor in its buffers.
    in_editor: Vec<PathBuf>,
}

/// None where there is no file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Texts {
    old: Option<Fingerprint>,
    new: Option<Fingerprint>,
}

impl Journal {
    /// Notes are kept below the state directory, which need not exist yet.
    #[must_use]
    pub fn below(state_dir: &Path) -> Self {
        Self { directory: state_dir.join("in-flight") }
    }

    /// Notes what is about to be done, so that it is there when this process is
    /// killed. What changes the disk is noted `durably`: it may be the machine
    /// that stops. An editor's buffers would be gone with the note, and waiting
    /// for the disk would be for nothing. Blocks.
    #[must_use]
    pub fn begin(
        &self,
        roots: &[PathBuf],
        on_disk: &[FileEdit],
        in_editor: Vec<PathBuf>,
        durably: bool,
    ) -> Note {
        let id = RandomState::new().hash_one(std::process::id());
        let noted = Noted { roots: roots.to_vec(), files: texts(on_disk), in_editor };
        let file = self.write(id, &noted, durably).map_err(|error| {
            let directory = self.directory.display();
            tracing::warn!("cannot note in {directory} what is being changed: {error}");
        });
        Note { id, file: file.ok() }
    }

    fn write(&self, id: u64, noted: &Noted, durably: bool) -> io::Result<(PathBuf, File)> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        // It has its name only when it is whole and locked.
        let path = self.directory.join(format!("{id:016x}.json"));
        let unfinished = path.with_extension("new");
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let written = serde_json::to_vec(noted)
            .map_err(io::Error::other)
            .and_then(|text| file.write_all(&text))
            .and_then(|()| if durably { file.sync_data() } else { Ok(()) })
            .and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        if durably {
            File::open(&self.directory)?.sync_all()?;
        }
        Ok((path, file))
    }

    /// What processes that were killed have left in the middle below these
    /// roots: one sentence a plan, which is told once. Their temporary files are
    /// removed. Blocks.
    #[must_use]
    pub fn left_over(&self, roots: &[PathBuf]) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.directory) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().filter_map(|path| take(path, roots)).collect()
    }
}

impl Note {
    /// A note of nothing: nobody is told of a plan without a journal.
    #[must_use]
    pub fn none() -> Self {
        Self { id: RandomState::new().hash_one(std::process::id()), file: None }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if let Some((path, _locked)) = self.file.take() {
            let _ = fs::remove_file(path);
        }
    }
}

/// What a note says, if nobody holds it any more and it is about these roots; it
/// is gone then.
fn take(path: &Path, roots: &[PathBuf]) -> Option<String> {
    let file = File::open(path).ok()?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    let text = fs::read(path).ok()?;
    let Ok(noted) = serde_json::from_slice::<Noted>(&text) else {
        // It was never finished, so nothing was begun.
        let _ = fs::remove_file(path);
        return None;
    };
    if !noted.roots.iter().any(|root| roots.contains(root)) {
        return None;
    }
    let id = path.file_stem().and_then(|stem| u64::from_str_radix(stem.to_str()?, 16).ok());
    if let Some(id) = id {
        let mut directories: Vec<&Path> = noted.files.keys().filter_map(|it| it.parent()).collect();
        directories.dedup();
        directories.into_iter().for_each(|directory| remove_temporaries(directory, id));
    }
    let _ = fs::remove_file(path);
    Some(noted.tell())
}

impl Noted {
    fn tell(&self) -> String {
        let name = |path: &Path| {
            let below = self.roots.iter().find_map(|root| path.strip_prefix(root).ok());
            below.unwrap_or(path).display().to_string()
        };
        let on_disk = self.files.iter().map(|(path, texts)| {
            let state = match Fingerprint::of_file(path) {
                Ok(now) if now == texts.new => "new",
                Ok(now) if now == texts.old => "old",
                Ok(_) => "neither old nor new",
                Err(_) => "cannot be read",
            };
            format!("{} ({state})", name(path))
        });
        let in_editor =
            self.in_editor.iter().map(|path| format!("{} (in the editor, look there)", name(path)));
        let files: Vec<String> = on_disk.chain(in_editor).collect();
        format!(
            "tiro was ended in the middle of changing files. This is how they are now: {}",
            files.join(", ")
        )
    }
}

/// Every path with its text before and after.
fn texts(edits: &[FileEdit]) -> BTreeMap<PathBuf, Texts> {
    let mut files: BTreeMap<PathBuf, Texts> = BTreeMap::new();
    let mut note = |path: &PathBuf, old: Option<&str>, new: Option<&str>| {
        let old = old.map(Fingerprint::of);
        let texts = files.entry(path.clone()).or_insert(Texts { old, new: None });
        texts.new = new.map(Fingerprint::of);
    };
    for edit in edits {
        match edit {
            FileEdit::Create { path, text, .. } => note(path, None, Some(text)),
            FileEdit::Delete { path, base, .. } => note(path, Some(base), None),
            FileEdit::Update { path, base, result, move_path: None, .. } => {
                note(path, Some(base), Some(result));
            }
            FileEdit::Update { path, base, result, move_path: Some(target), .. } => {
                note(path, Some(base), None);
                note(target, None, Some(result));
            }
        }
    }
    files
}

#[cfg(test)]
mod tests;
