//! What happens to one file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A change of one file; the path is the key of the map that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    /// The file is new.
    Add {
        /// Its whole text.
        content: String,
    },
    /// The file goes away.
    Delete,
    /// The file's text changes, and perhaps its path.
    Update {
        /// The hunks, without file headers.
        unified_diff: String,
        /// Absolute path it moves to.
        #[serde(default)]
        move_path: Option<PathBuf>,
    },
}

/// One hunk, in lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Chunk {
    /// 1-based line of the first deleted line in the original text, or of the
    /// line before which lines are inserted.
    pub orig_index: usize,
    /// Lines taken out, without line endings.
    pub deleted_lines: Vec<String>,
    /// Lines put in, without line endings.
    pub inserted_lines: Vec<String>,
}
