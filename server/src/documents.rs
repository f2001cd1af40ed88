//! The texts that are open in the editor: versions, line index, positions.
//! Pure: the LSP front feeds it, the workspace reads from it.

mod buffer;
mod line_index;
mod splice;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use buffer::Buffer;
pub use line_index::LineIndex;

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

/// One change of an open text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentChange {
    /// What is replaced; none means the whole text.
    pub range: Option<Range>,
    /// What stands there afterwards.
    pub text: String,
}

/// Why a change was not taken. The document is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Nothing is open under that path.
    #[error("{} is not open; open it before changing it", .0.display())]
    NotOpen(PathBuf),
    /// The version is older than the one the text has.
    #[error(
        "{} is at version {current}, a change to version {received} comes too late; \
         close the document and open it again",
        .path.display()
    )]
    OldVersion {
        /// Absolute path.
        path: PathBuf,
        /// Version of the text.
        current: i32,
        /// Version that the change claims to lead to.
        received: i32,
    },
}

/// All documents that are open, by path.
///
/// A change edits the text in place and moves the line index along, so its cost
/// is one `memmove`, and many that come together cost one copy; the shared `Arc<str>` is only made when somebody reads.
#[derive(Debug, Default)]
pub struct Documents {
    encoding: PositionEncoding,
    open: BTreeMap<PathBuf, Buffer>,
}

impl Documents {
    /// Nothing is open yet.
    #[must_use]
    pub fn new(encoding: PositionEncoding) -> Self {
        Self { encoding, open: BTreeMap::new() }
    }

    /// How columns are counted.
    #[must_use]
    pub fn encoding(&self) -> PositionEncoding {
        self.encoding
    }

    /// Takes a document in; it replaces the one that is open under its path.
    pub fn open(&mut self, document: OpenDocument) {
        self.open.insert(document.path.clone(), Buffer::new(document));
    }

    /// Applies changes one after the other, each to the text that the one
    /// before it left. Places outside the text are clamped as LSP says.
    ///
    /// The same version again is taken: some clients do not count.
    pub fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: &[DocumentChange],
    ) -> Result<(), ChangeError> {
        let Some(buffer) = self.open.get_mut(path) else {
            return Err(ChangeError::NotOpen(path.to_owned()));
        };
        let current = buffer.version();
        if version < current {
            return Err(ChangeError::OldVersion {
                path: path.to_owned(),
                current,
                received: version,
            });
        }
        buffer.change(version, changes, self.encoding);
        Ok(())
    }

    /// The disk now has the text, and it is `text` where the client says so.
    pub fn save(&mut self, path: &Path, text: Option<&str>) {
        if let Some(buffer) = self.open.get_mut(path) {
            buffer.save(text);
        }
    }

    /// The editor no longer holds the document.
    pub fn close(&mut self, path: &Path) {
        self.open.remove(path);
    }

    /// The document that is open under a path. Cheap: the text is shared.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<OpenDocument> {
        self.open.get(path).map(|buffer| buffer.document().clone())
    }

    /// The version and the text that are open under a path, where they are: for a
    /// look that is not worth a copy.
    #[must_use]
    pub fn text(&self, path: &Path) -> Option<(i32, &str)> {
        self.open.get(path).map(|buffer| (buffer.version(), buffer.text()))
    }

    /// Whether the text that is open under a path is this one. If so it is shared
    /// from now on: who reads it next need not copy it.
    pub fn is(&mut self, path: &Path, text: &Arc<str>) -> bool {
        self.open.get_mut(path).is_some_and(|buffer| buffer.is(text))
    }

    /// Every open document, by path.
    pub fn iter(&self) -> impl Iterator<Item = &OpenDocument> {
        self.open.values().map(Buffer::document)
    }
}

#[cfg(test)]
mod tests;
