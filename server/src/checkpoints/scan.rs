//! Looks at the watched folders: what is new, what has changed, what is gone
//! since the last look. Files that the project ignores are left out.

use std::{
    collections::HashSet,
    fs::Metadata,
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use ignore::WalkBuilder;

use super::{
    record::{Name, State, Why},
    snapshot::{Seen, Stamp, Tree, now},
    store::Store,
};
use crate::{
    config::CheckpointLimits,
    workspace::disk::raw::{self, LookError, Raw},
};

/// Files that are watched at most.
const MAX_FILES: usize = 50_000;
/// Bytes of files not yet stored that one look stores at most.
const MAX_NEW: u64 = 512 * 1024 * 1024;

/// When a look has to end, which may be said while it is under way.
#[derive(Debug)]
pub(super) struct Deadline {
    began: Instant,
    /// Milliseconds after `began`.
    at: AtomicU64,
}

impl Default for Deadline {
    fn default() -> Self {
        Self { began: Instant::now(), at: AtomicU64::new(u64::MAX) }
    }
}

impl Deadline {
    /// It has to end this long from now.
    pub(super) fn set(&self, milliseconds: u64) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.at.store(now.saturating_add(milliseconds), Ordering::Relaxed);
    }

    /// There is time.
    pub(super) fn lift(&self) {
        self.at.store(u64::MAX, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let at = self.at.load(Ordering::Relaxed);
        at != u64::MAX && self.began.elapsed().as_millis() >= u128::from(at)
    }
}

/// What is looked at, and how.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub(super) roots: &'a [PathBuf],
    /// Folders that are never looked at.
    pub(super) hidden: &'a [PathBuf],
    pub(super) limits: &'a CheckpointLimits,
    pub(super) deadline: &'a Deadline,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Every path that is not as it was: before and after. None before means
    /// that it was not watched.
    pub(super) changed: Vec<(PathBuf, Option<State>, State)>,
    /// Files whose content is not kept for want of time or room.
    pub(super) not_kept: usize,
    /// Files that were read, or are gone.
    pub(super) read: usize,
}

impl Scan<'_> {
    /// Brings `tree` up to date, with the content of every file in the store.
    /// `since` is when the command began, where one did: a file that nobody
    /// knew and that has not changed since then was there before.
    pub(super) fn run(&self, tree: &mut Tree, store: &mut Store, since: Option<i64>) -> Found {
        let mut found = Found::default();
        let mut seen: HashSet<PathBuf> = HashSet::with_capacity(tree.files.len());
        let was_complete = tree.complete;
        // The other half is for what the tasks have replaced.
        let kept: u64 = tree.files.values().map(Seen::kept_bytes).sum();
        let mut room = MAX_NEW.min((self.limits.store_bytes / 2).saturating_sub(kept));
        let mut complete = true;
        let mut after_walk = Vec::new();
        for (path, metadata) in self.files() {
            if seen.len() >= MAX_FILES || self.deadline.is_over() {
                complete = false;
                break;
            }
            let stamp = Stamp::of(&metadata);
            // What there was no room for gets another chance, but not while it
            // would look like a change.
            let as_it_was =
                |known: &Seen| known.is(&stamp) && (since.is_some() || !known.lacks_room());
            if !tree.files.get(&path).is_some_and(as_it_was) {
                after_walk.push((path.clone(), metadata));
            }
            seen.insert(path);
        }
        // What the walk no longer shows is gone, or ignored by now.
        for path in tree.files.keys().filter(|path| !seen.contains(*path)) {
            match path.symlink_metadata() {
                Ok(metadata) => {
                    if !tree.files[path].is(&Stamp::of(&metadata)) {
                        after_walk.push((path.clone(), metadata));
                    }
                }
                Err(error) if is_gone(&error) => {
                    found.changed.push((path.clone(), tree.state(path).cloned(), State::Absent));
                }
                Err(_) => {}
            }
        }
        for (path, _, _) in &found.changed {
            tree.files.remove(path);
            found.read += 1;
        }
        // The contents, in any order: the names are what must not be missed.
        for (path, metadata) in after_walk {
            let at = now();
            let stamp = Stamp::of(&metadata);
            let state = self.keep(&path, &metadata, store, &mut room, &mut found);
            let before = tree.state(&path).cloned();
            let same_stamp = tree.files.get(&path).is_some_and(|known| known.has_stamp(&stamp));
            let unwatched = match since {
                Some(since) => !was_complete || !stamp.changed_since(since),
                None => true,
            };
            let before = before.or((!unwatched).then_some(State::Absent));
            // Of what is not kept only the stamp tells.
            if before.as_ref() != Some(&state) || !state.is_kept() && !same_stamp {
                found.changed.push((path.clone(), before, state.clone()));
            }
            found.read += 1;
            if state == State::Absent {
                tree.files.remove(&path);
            } else {
                tree.files.insert(path, Seen::new(stamp, at, state));
            }
        }
        tree.complete = complete;
        found
    }

    fn keep(
        &self,
        path: &Path,
        metadata: &Metadata,
        store: &mut Store,
        room: &mut u64,
        found: &mut Found,
    ) -> State {
        let size = metadata.len();
        let not_kept = |why| State::NotKept { why, size };
        if metadata.is_file() {
            if size > self.limits.file_bytes {
                return not_kept(Why::TooLarge);
            }
            if size > *room || self.deadline.is_over() {
                found.not_kept += 1;
                return not_kept(Why::NoRoom);
            }
        }
        match raw::look(path, self.limits.file_bytes) {
            Ok(Raw::Absent) => State::Absent,
            Ok(Raw::Link { target }) => State::Link { target: Name::of(&target) },
            Ok(Raw::File { bytes, mode }) => match store.keep(&bytes) {
                Ok(blob) => {
                    *room = room.saturating_sub(size);
                    State::File { blob, mode, size: bytes.len() as u64 }
                }
                Err(_) => {
                    found.not_kept += 1;
                    not_kept(Why::NoRoom)
                }
            },
            Err(LookError::TooLarge(_)) => not_kept(Why::TooLarge),
            Err(LookError::Special | LookError::Io(_)) => not_kept(Why::Unreadable),
        }
    }

    /// Files and links that the project does not ignore.
    fn files(&self) -> impl Iterator<Item = (PathBuf, Metadata)> {
        let roots = self.roots.iter().filter(|root| {
            !self.roots.iter().any(|other| other != *root && root.starts_with(other))
        });
        roots.flat_map(|root| self.walk(root).build().flatten()).filter_map(|entry| {
            let kind = entry.file_type()?;
            if !kind.is_file() && !kind.is_symlink() {
                return None;
            }
            let metadata = entry.metadata().ok()?;
            Some((entry.into_path(), metadata))
        })
    }

    fn walk(&self, root: &Path) -> WalkBuilder {
        let mut walk = WalkBuilder::new(root);
        let hidden = self.hidden.to_vec();
        walk.hidden(false).require_git(false).same_file_system(true).follow_links(false);
        walk.filter_entry(move |entry| {
            let name = entry.file_name().to_string_lossy();
            let ours = name.starts_with(".tiro-") && name.ends_with(".tmp");
            name != ".git"
                && name != ".tiro"
                // Chats: the person writes them, and Tiro.
                && !name.ends_with(".tiro.md")
                && !ours
                && !hidden.iter().any(|hidden| entry.path().starts_with(hidden))
        });
        walk
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
