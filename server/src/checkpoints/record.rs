//! One checkpoint as it is stored: what a task found and what it left, file by
//! file, in the order in which it was done.

use std::{
    ffi::OsString,
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::digest::Digest;

/// A path or the target of a link, also where it is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Name {
    Text(String),
    Bytes(Vec<u8>),
}

impl Name {
    pub(super) fn of(path: &Path) -> Self {
        match path.as_os_str().to_owned().into_string() {
            Ok(text) => Self::Text(text),
            Err(other) => Self::Bytes(other.into_vec()),
        }
    }

    pub(super) fn to_path(&self) -> PathBuf {
        match self {
            Self::Text(text) => PathBuf::from(text),
            Self::Bytes(bytes) => OsString::from_vec(bytes.clone()).into(),
        }
    }
}

/// Why the content of a file was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Why {
    /// More bytes than are kept of one file.
    TooLarge,
    /// There was no time or no room left.
    NoRoom,
    /// The system does not let us.
    Unreadable,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Absent,
    File { blob: Digest, mode: u32, size: u64 },
    Link { target: Name },
    NotKept { why: Why, size: u64 },
}

impl State {
    pub(super) fn is_kept(&self) -> bool {
        !matches!(self, Self::NotKept { .. })
    }

    /// Whether both are known to be the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        self == other && self.is_kept()
    }

    pub(super) fn blob(&self) -> Option<Digest> {
        match self {
            Self::File { blob, .. } => Some(*blob),
            Self::Absent | Self::Link { .. } | Self::NotKept { .. } => None,
        }
    }
}

/// What one step of a task did to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    /// Index into the record's roots; none for a path outside of all.
    pub(super) root: Option<usize>,
    /// Relative to the root, else absolute.
    path: Name,
    pub(super) before: State,
    pub(super) after: State,
}

/// What made the checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Task,
    Restore,
}

/// A checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Sorts by time.
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) session: String,
    /// The submission that began the task.
    pub(super) task: String,
    /// Milliseconds since 1970.
    pub(super) time: u64,
    pub(super) title: String,
    pub(super) roots: Vec<PathBuf>,
    pub(super) steps: Vec<Step>,
}

impl Record {
    /// The absolute path of a step; none when the record makes no sense.
    pub(super) fn path(&self, step: &Step) -> Option<PathBuf> {
        let name = step.path.to_path();
        let plain = name.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        match step.root {
            Some(root) => Some(self.roots.get(root)?.join(name)).filter(|_| plain),
            None => Some(name).filter(|name| name.is_absolute()),
        }
    }

    /// Adds a step. One that goes on where the last one of its file ended
    /// becomes part of it; one that undoes it takes it away.
    pub(super) fn add(&mut self, path: &Path, before: State, after: State) {
        let found =
            self.roots.iter().enumerate().find_map(|(index, root)| {
                Some((Some(index), Name::of(path.strip_prefix(root).ok()?)))
            });
        let (root, path) = found.unwrap_or_else(|| (None, Name::of(path)));
        let last = self.steps.iter().rposition(|step| step.root == root && step.path == path);
        match last {
            Some(at) if self.steps[at].after.is(&before) => {
                self.steps[at].after = after;
                if self.steps[at].before.is(&self.steps[at].after) {
                    self.steps.remove(at);
                }
            }
            Some(_) | None => self.steps.push(Step { root, path, before, after }),
        }
    }

    /// Every content that it names.
    pub(super) fn blobs(&self) -> impl Iterator<Item = (Digest, u64)> {
        self.steps.iter().flat_map(|step| [&step.before, &step.after]).filter_map(|state| {
            match state {
                State::File { blob, size, .. } => Some((*blob, *size)),
                State::Absent | State::Link { .. } | State::NotKept { .. } => None,
            }
        })
    }
}
