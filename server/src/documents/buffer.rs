//! One open text: edited in place, shared when read.

use std::sync::{Arc, OnceLock};

use super::{DocumentChange, LineIndex, OpenDocument, PositionEncoding};

/// The text of a document while the client changes it.
#[derive(Debug)]
pub(super) struct Buffer {
    /// What is known besides the text; its own `text` is empty.
    about: OpenDocument,
    text: String,
    lines: LineIndex,
    /// Made from the rest at the first read after a change.
    shared: OnceLock<OpenDocument>,
}

impl Buffer {
    pub(super) fn new(document: OpenDocument) -> Self {
        Self {
            about: OpenDocument { text: Arc::from(""), ..document.clone() },
            text: String::from(&*document.text),
            lines: LineIndex::new(&document.text),
            shared: OnceLock::from(document),
        }
    }

    #[cfg(test)]
    pub(super) fn lines(&self) -> &LineIndex {
        &self.lines
    }

    pub(super) fn version(&self) -> i32 {
        self.about.version
    }

    pub(super) fn document(&self) -> &OpenDocument {
        self.shared.get_or_init(|| OpenDocument {
            text: Arc::from(self.text.as_str()),
            ..self.about.clone()
        })
    }

    pub(super) fn change(
        &mut self,
        version: i32,
        changes: &[DocumentChange],
        encoding: PositionEncoding,
    ) {
        self.shared.take();
        self.about.version = version;
        for change in changes {
            self.about.saved = false;
            match change.range {
                None => self.replace_all(&change.text),
                Some(range) => {
                    let start = self.lines.offset(&self.text, range.start, encoding);
                    let end = self.lines.offset(&self.text, range.end, encoding);
                    // A range that is the wrong way round is what it spans.
                    let bytes = start.min(end)..start.max(end);
                    self.text.replace_range(bytes.clone(), &change.text);
                    self.lines.replaced(&self.text, bytes, change.text.len());
                }
            }
        }
    }

    pub(super) fn save(&mut self, text: Option<&str>) {
        if let Some(text) = text
            && text != self.text
        {
            self.shared.take();
            self.replace_all(text);
        }
        self.about.saved = true;
        if let Some(shared) = self.shared.get_mut() {
            shared.saved = true;
        }
    }

    fn replace_all(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.lines = LineIndex::new(text);
    }
}
