//! The texts that are open in the editor: versions, line index, positions.
//! Pure: the LSP front feeds it, the workspace reads from it.

use std::{path::PathBuf, sync::Arc};

/// How the client counts columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PositionEncoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what every client has.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

/// A place in a text, counted in the client's encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// 0-based.
    pub line: u32,
    /// 0-based.
    pub character: u32,
}

/// From `start` up to and without `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    /// First place.
    pub start: Position,
    /// Place after the last.
    pub end: Position,
}

/// A document as it is open in the editor.
#[derive(Debug, Clone)]
pub struct OpenDocument {
    /// Absolute, normalised path.
    pub path: PathBuf,
    /// The URI in the client's own spelling.
    pub uri: String,
    /// The last version that was received.
    pub version: i32,
    /// As the client names it.
    pub language_id: String,
    /// The text at that version.
    pub text: Arc<str>,
    /// Whether the disk is known to have this text.
    pub saved: bool,
}
