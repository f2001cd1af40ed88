//! One open text: edited in place, shared when read.

use std::{
    ops::Range as Span,
    sync::{Arc, OnceLock},
};

use super::{
    DocumentChange, LineIndex, OpenDocument, PositionEncoding, Range,
    splice::{self, Replacement},
};

/// So many changes cost more, one by one, than reading the text once.
const WORTH_A_PASS: usize = 8;

/// How many changes from the first on lie each on lines above the one before
/// it, in a text of `lines` lines. None of them moves what a later one means: a
/// line keeps its place and its content when only what is below it changes.
fn upwards(changes: &[DocumentChange], lines: usize) -> usize {
    let mut floor = lines;
    let above = |change: &&DocumentChange| {
        let Some(Range { start, end }) = change.range else { return false };
        let above = (start.max(end).line as usize) < floor;
        floor = start.min(end).line as usize;
        above
    };
    changes.iter().take_while(above).count()
}

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

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn document(&self) -> &OpenDocument {
        self.shared.get_or_init(|| OpenDocument {
            text: Arc::from(self.text.as_str()),
            ..self.about.clone()
        })
    }

    /// Whether the text is this one, which is shared then.
    pub(super) fn is(&mut self, text: &Arc<str>) -> bool {
        let same = *self.text == **text;
        if same {
            let share = || OpenDocument { text: Arc::clone(text), ..self.about.clone() };
            self.shared.get_or_init(share);
        }
        same
    }

    pub(super) fn change(
        &mut self,
        version: i32,
        changes: &[DocumentChange],
        encoding: PositionEncoding,
    ) {
        self.shared.take();
        self.about.version = version;
        self.about.saved &= changes.is_empty();
        let mut rest = changes;
        while let [first, ..] = rest {
            let together = upwards(rest, self.lines.line_count());
            if together < WORTH_A_PASS {
                self.replace(first, encoding);
                rest = &rest[1..];
            } else {
                let (run, after) = rest.split_at(together);
                self.replace_upwards(run, encoding);
                rest = after;
            }
        }
    }

    fn replace(&mut self, change: &DocumentChange, encoding: PositionEncoding) {
        match change.range {
            None => self.replace_all(&change.text),
            Some(range) => {
                let bytes = self.bytes(range, encoding);
                self.text.replace_range(bytes.clone(), &change.text);
                self.lines.replaced(&self.text, bytes, change.text.len());
            }
        }
    }

    /// Many changes, the last of the text first, in one pass: a large text moves
    /// once, and not once for each of them.
    fn replace_upwards(&mut self, changes: &[DocumentChange], encoding: PositionEncoding) {
        let replaced: Vec<Replacement<'_>> = changes
            .iter()
            .rev()
            .filter_map(|change| Some((self.bytes(change.range?, encoding), &*change.text)))
            .collect();
        splice::splice(&mut self.text, &replaced);
        let counts: Vec<_> =
            replaced.into_iter().map(|(bytes, text)| (bytes, text.len())).collect();
        self.lines.replaced_all(&self.text, &counts);
    }

    /// A range that is the wrong way round is what it spans.
    fn bytes(&self, range: Range, encoding: PositionEncoding) -> Span<usize> {
        let start = self.lines.offset(&self.text, range.start, encoding);
        let end = self.lines.offset(&self.text, range.end, encoding);
        start.min(end)..start.max(end)
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
