//! Changes that a person accepts or rejects hunk by hunk before they are made.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

/// What of a patch is approved, where that is not all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct PatchSelection {
    /// Ids of the hunks that are taken; all that are not rejected when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<Vec<String>>,
    /// Ids of the hunks that are not taken.
    #[serde(default)]
    pub reject: Vec<String>,
    /// For a path of the proposal the whole text that it gets instead of the
    /// proposed one.
    #[serde(default)]
    pub amend: BTreeMap<PathBuf, String>,
}

/// A patch that waits for a person, or what is left of one. It follows what is
/// typed into the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Proposal {
    /// The `call_id` of the call that made it.
    pub id: String,
    /// Whether something of it can still be decided.
    pub open: bool,
    /// The files, by path.
    pub files: Vec<ProposedFile>,
}

/// What a proposal does to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct ProposedFile {
    /// Absolute.
    pub path: PathBuf,
    /// Absolute path it moves to, unless all its hunks are rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub move_path: Option<PathBuf>,
    /// What happens to the file.
    pub kind: ProposedKind,
    /// Version of the open document that the lines are counted in; absent when
    /// the file is not open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// In the order of the text. A new file and one that goes away are one hunk;
    /// so is a file that is only moved, without lines.
    pub hunks: Vec<ProposedHunk>,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ProposedKind {
    /// It is new.
    Add,
    /// It goes away.
    Delete,
    /// Its text changes, its path, or both.
    Update,
}

/// One place of a file, in lines, which is decided on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct ProposedHunk {
    /// Names it in this proposal, whatever is typed and decided.
    pub id: String,
    /// 1-based line of the first deleted line in the text as it is now, or of
    /// the line before which lines are inserted.
    pub orig_index: usize,
    /// Lines taken out, without line endings.
    pub deleted_lines: Vec<String>,
    /// Lines put in, without line endings.
    pub inserted_lines: Vec<String>,
    /// How far it is.
    pub state: HunkState,
    /// In a conflict the lines that stand there now, without line endings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_lines: Option<Vec<String>>,
    /// In a conflict what does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How far a hunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum HunkState {
    /// Nobody has decided.
    Pending,
    /// It is made, or will be when the rest is decided.
    Accepted,
    /// It will not be made.
    Rejected,
    /// It does not fit the text as it is now.
    Conflict,
}
