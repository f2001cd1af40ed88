//! The files of the watched folders, as they were when they were last looked
//! at: by what the system says of each we see whether it has changed since.

use std::{
    collections::BTreeMap,
    fs::Metadata,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::{
    digest::Digest,
    record::{Name, State, Why},
};

/// A file that changed this shortly before it was looked at may change again
/// without the times showing it: some file systems count in seconds.
const RACY: i64 = 2_000_000_000;

/// What the system says of a file: device, inode, bytes, nanoseconds of the last
/// change of content and of anything, mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp(u64, u64, u64, i64, i64, u32);

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000) + rest;
        Self(
            metadata.dev(),
            metadata.ino(),
            metadata.size(),
            nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            metadata.mode(),
        )
    }

    /// Whether anything about the file changed at `time` or later.
    pub(super) fn changed_since(&self, time: i64) -> bool {
        self.4 >= time
    }
}

/// Nanoseconds since 1970.
pub(super) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX)
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    stamp: Stamp,
    /// When it was looked at, before it was read.
    at: i64,
    pub(super) state: State,
}

impl Seen {
    pub(super) fn new(stamp: Stamp, at: i64, state: State) -> Self {
        Self { stamp, at, state }
    }

    pub(super) fn has_stamp(&self, stamp: &Stamp) -> bool {
        self.stamp == *stamp
    }

    /// Bytes that it takes in the store.
    pub(super) fn kept_bytes(&self) -> u64 {
        match self.state {
            State::File { size, .. } => size,
            State::Absent | State::Link { .. } | State::NotKept { .. } => 0,
        }
    }

    /// Whether its content would be kept another time.
    pub(super) fn lacks_room(&self) -> bool {
        matches!(self.state, State::NotKept { why: Why::NoRoom, .. })
    }

    /// Whether a file with this stamp is still the one that was seen.
    pub(super) fn is(&self, stamp: &Stamp) -> bool {
        let settled = !self.stamp.changed_since(self.at.saturating_sub(RACY));
        self.stamp == *stamp && settled
    }
}

/// The files, by absolute path.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    pub(super) files: BTreeMap<PathBuf, Seen>,
    /// Whether all files are in it.
    pub(super) complete: bool,
}

impl Tree {
    /// What is known of a path.
    pub(super) fn state(&self, path: &Path) -> Option<&State> {
        self.files.get(path).map(|seen| &seen.state)
    }

    /// Every content it names.
    pub(super) fn blobs(&self) -> impl Iterator<Item = Digest> {
        self.files.values().filter_map(|seen| seen.state.blob())
    }

    /// Forgets files whose content is not `there`.
    pub(super) fn retain(&mut self, there: impl Fn(Digest) -> bool) {
        self.files.retain(|_, seen| seen.state.blob().is_none_or(&there));
    }
}

type Row = (Name, Stamp, i64, State);

impl Serialize for Tree {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kept = self.files.iter().filter(|(_, seen)| seen.state.is_kept());
        serializer.collect_seq(
            kept.map(|(path, seen)| (Name::of(path), seen.stamp, seen.at, &seen.state)),
        )
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<Row>::deserialize(deserializer)?;
        let files = rows
            .into_iter()
            .map(|(name, stamp, at, state)| (name.to_path(), Seen::new(stamp, at, state)));
        Ok(Self { files: files.collect(), complete: false })
    }
}
