//! The answer on its way into one document: what is still to be put in, where,
//! and what of it has arrived, as the document itself tells. Pure.

use std::{path::PathBuf, sync::Arc};

use super::{
    document::{Who, turns},
    follow::{Splice, compared, follow, is_inserted, told},
};
use crate::{
    documents::{DocumentChange, LineIndex, OpenDocument, PositionEncoding, Range},
    edits::TextEdit,
};

/// One document that is written to.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) path: PathBuf,
    /// In the client's spelling.
    pub(super) uri: String,
    /// What the client said last.
    pub(super) text: Arc<str>,
    pub(super) version: i32,
    /// Whether the editor has it open.
    pub(super) open: bool,
    /// Whether somebody brings it to the editor.
    pub(super) writing: bool,
    /// Everything of this answer, for the case that it cannot get there.
    pub(super) whole: String,
    /// It cannot: the rest is only collected.
    pub(super) lost: bool,
    /// Where the answer goes on, as a byte offset.
    anchor: usize,
    waiting: String,
    sent: Option<Sent>,
    /// Nothing more comes.
    ending: bool,
    /// What ends it was put in, or is on its way.
    ended: bool,
}

/// What the client was asked to put in.
#[derive(Debug)]
struct Sent {
    text: String,
    /// How many bytes of it belong to the answer; what follows stays behind it.
    answer: usize,
    at: usize,
    /// The answer goes on elsewhere since.
    moved: bool,
}

/// Something to be put in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Insert {
    pub(super) uri: String,
    pub(super) version: i32,
    pub(super) edit: TextEdit,
}

impl Stream {
    /// Nothing goes anywhere yet.
    pub(super) fn new(document: &OpenDocument) -> Self {
        Self {
            path: document.path.clone(),
            uri: document.uri.clone(),
            text: document.text.clone(),
            version: document.version,
            open: true,
            writing: false,
            whole: String::new(),
            lost: false,
            anchor: document.text.len(),
            waiting: String::new(),
            sent: None,
            ending: false,
            ended: false,
        }
    }

    /// From now on the answer goes to this place, a byte offset.
    pub(super) fn begin(&mut self, at: usize) {
        if let Some(sent) = &mut self.sent {
            sent.moved = true;
        }
        self.anchor = at;
        self.settle();
        self.go_on();
    }

    /// There is more to come after all.
    pub(super) fn go_on(&mut self) {
        (self.ending, self.ended) = (false, false);
    }

    /// Adds to the answer.
    pub(super) fn push(&mut self, text: &str) {
        self.waiting.push_str(text);
        self.whole.push_str(text);
    }

    /// The answer is complete.
    pub(super) fn end(&mut self) {
        self.ending = true;
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending
    }

    /// Whether the place of the answer is between these bytes.
    pub(super) fn is_between(&self, start: usize, end: usize) -> bool {
        start <= self.anchor && self.anchor <= end
    }

    /// Where the answer goes on.
    pub(super) fn anchor(&self) -> usize {
        self.anchor
    }

    /// Whether something is still to be put in.
    pub(super) fn has_more(&self) -> bool {
        self.sent.is_some() || !self.waiting.is_empty() || self.ending && !self.ended
    }

    /// Whether something was sent and has not arrived.
    pub(super) fn is_on_its_way(&self) -> bool {
        self.sent.is_some()
    }

    /// The document is another one now; `changes` is what the client says of it.
    pub(super) fn changed(
        &mut self,
        version: i32,
        text: Arc<str>,
        changes: &[DocumentChange],
        encoding: PositionEncoding,
    ) {
        let is_ours = |sent: &Sent| is_inserted(&self.text, &text, sent.at, &sent.text);
        if self.sent.as_ref().is_some_and(is_ours) {
            self.arrive();
        } else if let Some(splices) = told(&self.text, &text, changes, encoding) {
            splices.iter().for_each(|splice| self.splice(splice));
        } else {
            self.compare(&text);
        }
        (self.version, self.text) = (version, text);
        self.settle();
    }

    /// Some clients tell several changes as one new text. What was sent is in it if
    /// it is nearer to the text with that than to the one without.
    fn compare(&mut self, text: &str) {
        let mut splices = compared(&self.text, text);
        if let Some(sent) = &self.sent {
            let mut with = self.text.to_string();
            with.insert_str(sent.at, &sent.text);
            let rest = compared(&with, text);
            if size(&rest) < size(&splices) {
                self.arrive();
                splices = rest;
            }
        }
        splices.iter().for_each(|splice| self.splice(splice));
    }

    /// What was sent is there.
    fn arrive(&mut self) {
        if let Some(Sent { at, text, .. }) = &self.sent {
            let splice = Splice { at: *at, removed: 0, text: text.clone() };
            self.splice(&splice);
        }
    }

    fn splice(&mut self, splice: &Splice) {
        let arrived = self.sent.take_if(|sent| {
            splice.removed == 0 && splice.at == sent.at && splice.text == sent.text
        });
        match arrived {
            Some(sent) if !sent.moved => self.anchor = sent.at + sent.answer,
            _ => self.anchor = follow(self.anchor, splice),
        }
        if let Some(sent) = &mut self.sent {
            sent.at = follow(sent.at, splice);
        }
    }

    /// Keeps the places between characters, and out of line endings.
    fn settle(&mut self) {
        self.anchor = settled(&self.text, self.anchor);
        if let Some(sent) = &mut self.sent {
            sent.at = settled(&self.text, sent.at);
        }
    }

    /// What to ask the client for now: what was sent and has not arrived once
    /// more, else what waits.
    pub(super) fn next(&mut self, encoding: PositionEncoding) -> Option<Insert> {
        if self.sent.is_none() {
            let (text, answer) = self.take_waiting()?;
            self.sent = Some(Sent { text, answer, at: self.anchor, moved: false });
        }
        let sent = self.sent.as_ref()?;
        let at = LineIndex::new(&self.text).position(&self.text, sent.at, encoding);
        let edit = TextEdit { range: Range { start: at, end: at }, new_text: sent.text.clone() };
        Some(Insert { uri: self.uri.clone(), version: self.version, edit })
    }

    /// What is put in next, with what follows it; and how much of it is answer.
    fn take_waiting(&mut self) -> Option<(String, usize)> {
        let after = &self.text[self.anchor..];
        let waiting = std::mem::take(&mut self.waiting);
        let mut behind = String::new();
        if self.ending && !std::mem::replace(&mut self.ended, true) {
            let has_next = turns(after).iter().any(|turn| turn.who == Who::You);
            if !has_next {
                behind = format!("\n\n{}\n", Who::You.heading());
                if after.trim().is_empty() {
                    behind.push('\n');
                }
            }
        }
        if waiting.is_empty() && behind.is_empty() {
            return None;
        }
        // Some editors keep a line ending at the end whatever they are told: the
        // answer stays in front of one.
        if !after.starts_with(['\n', '\r']) {
            behind.push('\n');
        }
        let ending = line_ending(&self.text);
        let answer = waiting.replace('\n', ending);
        Some((format!("{answer}{}", behind.replace('\n', ending)), answer.len()))
    }

    /// The editor has closed the document: what did not arrive waits again.
    pub(super) fn close(&mut self) {
        self.open = false;
        if let Some(sent) = self.sent.take() {
            let answer = sent.text[..sent.answer].replace("\r\n", "\n");
            self.waiting.insert_str(0, &answer);
            if self.ending {
                self.ended = false;
            }
        }
    }

    /// The editor has it open again, as it was.
    pub(super) fn reopen(&mut self, document: &OpenDocument) {
        self.open = true;
        self.path.clone_from(&document.path);
        self.uri.clone_from(&document.uri);
        self.version = document.version;
    }

    /// For the disk: the text with everything that waits put in.
    pub(super) fn completed(&mut self) -> String {
        let mut text = self.text.to_string();
        if let Some((waiting, _)) = self.take_waiting() {
            text.insert_str(self.anchor, &waiting);
        }
        text
    }
}

/// How much was changed, in bytes.
fn size(splices: &[Splice]) -> usize {
    splices.iter().map(|splice| splice.removed + splice.text.len()).sum()
}

fn settled(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let within = text[..at].ends_with('\r') && text[at..].starts_with('\n');
    at - usize::from(within)
}

fn line_ending(text: &str) -> &'static str {
    let windows = text.matches("\r\n").count();
    if windows * 2 > text.matches('\n').count() { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests;
