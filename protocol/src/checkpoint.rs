//! What can be taken back of what tasks did.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the files that a task changed were before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Checkpoint {
    /// Names it in a `restore`.
    pub id: String,
    /// The first line of what the person said.
    pub title: String,
    /// When the task began, in milliseconds since 1970.
    #[cfg_attr(feature = "schema", ts(type = "number"))]
    pub time: u64,
    /// By path.
    pub files: Vec<CheckpointFile>,
}

/// A file that a task changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct CheckpointFile {
    /// Absolute.
    pub path: PathBuf,
    /// From before the task to after it.
    pub change: CheckpointChange,
    /// Whether what was there before can be restored.
    pub kept: bool,
}

/// What a task did to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CheckpointChange {
    /// It was not there before.
    Added,
    /// It was there before.
    Deleted,
    /// It was another before.
    Modified,
}

/// A file that keeps a restore from being done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct RefusedFile {
    /// Absolute.
    pub path: PathBuf,
    /// For a person to read.
    pub reason: String,
}
