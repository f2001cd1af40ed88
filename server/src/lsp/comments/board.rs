//! What is known of the comments in the open documents, and which of them is to
//! be taken up now. Pure: `comments` feeds it and does what it says.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    find::{self, Comment, Kind},
    flight::Flight,
};
use crate::documents::{LineIndex, OpenDocument, PositionEncoding};

/// Places of comments that are remembered of one document.
const SEEN: usize = 4096;

/// Comments that one change can have brought and that are still taken for typed.
const FRESH: usize = 50;

/// What is done about comments for the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Nothing.
    Off,
    /// They are offered as code actions.
    #[default]
    Offer,
    /// What is typed is also taken up when it is complete.
    Start,
}

/// How a text came to be what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// It was opened like this.
    Opened,
    /// The person changed it, or something else did.
    Changed,
    /// An edit of ours was applied.
    Ours,
}

/// A comment in a document, word for word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) path: PathBuf,
    /// With its marks.
    pub(crate) raw: String,
}

/// A comment and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) comment: Comment,
    /// 0-based, first and last.
    pub(crate) lines: RangeInclusive<u32>,
    raw: String,
    /// Its lines from one end to the other.
    whole: String,
    /// The comment with what stands next to it: it is the same one again when
    /// this comes back.
    place: u64,
}

/// The comments of one version of a document.
#[derive(Debug)]
pub(crate) struct Reading {
    path: PathBuf,
    version: i32,
    spots: Vec<Spot>,
}

impl Reading {
    /// Reads a document from end to end.
    pub(crate) fn of(document: &OpenDocument) -> Self {
        let text = &*document.text;
        let comments = find::find(text, &document.language_id, &document.path);
        let index = (!comments.is_empty()).then(|| LineIndex::new(text));
        let spots = comments.into_iter().zip(index.iter().cycle());
        Self {
            path: document.path.clone(),
            version: document.version,
            spots: spots.map(|(comment, index)| Spot::new(text, index, comment)).collect(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Of a document that has none.
    pub(crate) fn nothing(path: PathBuf, version: i32) -> Self {
        Self { path, version, spots: Vec::new() }
    }
}

impl Spot {
    fn new(text: &str, index: &LineIndex, comment: Comment) -> Self {
        let line = |at| index.position(text, at, PositionEncoding::Utf8).line;
        let start = text[..comment.span.start].rfind('\n').map_or(0, |at| at + 1);
        let end =
            text[comment.span.end..].find('\n').map_or(text.len(), |at| comment.span.end + at);
        let raw = text[comment.span.clone()].to_owned();
        let before = text[..start].trim_end().lines().next_back().unwrap_or_default();
        let after = text[end..].trim_start().lines().next().unwrap_or_default();
        let mut place = DefaultHasher::new();
        (before, &raw, after).hash(&mut place);
        Self {
            lines: line(comment.span.start)..=line(comment.span.end),
            whole: text[start..end].to_owned(),
            place: place.finish(),
            raw,
            comment,
        }
    }
}

/// What follows from something that happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Next {
    /// Take these up.
    pub(crate) due: Vec<Key>,
    /// Say [`Board::quiet`] with this number when nothing was typed for a while.
    pub(crate) wait: Option<u64>,
}

/// One document.
#[derive(Debug, Default)]
struct Known {
    version: i32,
    spots: Vec<Spot>,
    /// Places of every comment that stood here once: undoing brings them back.
    seen: HashSet<u64>,
    /// What the person has just typed.
    fresh: BTreeSet<String>,
    /// Of the last change.
    tick: u64,
}

/// All documents, and what is being done.
#[derive(Debug, Default)]
pub(crate) struct Board {
    pub(crate) mode: Mode,
    pub(crate) flight: Option<Flight>,
    /// To be taken up when the running task has ended.
    waiting: BTreeSet<Key>,
    documents: BTreeMap<PathBuf, Known>,
    /// The document that was changed last.
    last: PathBuf,
    ticks: u64,
}

impl Board {
    /// A document was read; a reading of an older text than the last one's does
    /// not count.
    pub(crate) fn read(&mut self, reading: Reading, how: How) -> Next {
        let Reading { path, version, spots } = reading;
        let known = self.documents.entry(path.clone()).or_default();
        if how == How::Opened {
            *known = Known::default();
        } else if version < known.version {
            return Next::default();
        }
        let typed = match how {
            How::Changed if self.mode == Mode::Start => known.new_ones(&spots),
            How::Changed | How::Opened | How::Ours => Vec::new(),
        };
        known.fresh.retain(|raw| spots.iter().any(|spot| spot.raw == *raw));
        // The change was in another line: the person has left this one.
        let left = |spot: &&Spot| {
            known.fresh.contains(&spot.raw)
                && known.spots.iter().any(|old| old.raw == spot.raw && old.whole == spot.whole)
        };
        let left = how == How::Changed && spots.iter().any(|spot| left(&spot));
        known.fresh.extend(typed);
        if known.seen.len() + spots.len() > SEEN {
            known.seen.clear();
        }
        known.seen.extend(spots.iter().map(|spot| spot.place));
        known.version = version;
        known.spots = spots;
        let still = !known.fresh.is_empty();
        self.ticks += 1;
        known.tick = self.ticks;
        self.last.clone_from(&path);
        if left {
            return Next { due: self.due(&path), wait: None };
        }
        Next { due: Vec::new(), wait: still.then_some(self.ticks) }
    }

    /// Nothing was typed since the change with this number.
    pub(crate) fn quiet(&mut self, path: &Path, tick: u64) -> Vec<Key> {
        match self.documents.get(path) {
            Some(known) if known.tick == tick => self.due(path),
            _ => Vec::new(),
        }
    }

    /// The person is in these lines now.
    pub(crate) fn is_at(&mut self, path: &Path, lines: &RangeInclusive<u32>) -> Vec<Key> {
        let Some(known) = self.documents.get(path) else { return Vec::new() };
        let fresh = known.spots.iter().filter(|spot| known.fresh.contains(&spot.raw));
        let mut fresh = fresh.peekable();
        if fresh.peek().is_none() || fresh.any(|spot| meet(&spot.lines, lines)) {
            return Vec::new();
        }
        self.due(path)
    }

    /// What was typed in a document is complete, and so is what was typed in
    /// others before: together they are one task.
    pub(crate) fn due(&mut self, path: &Path) -> Vec<Key> {
        let mut due = Vec::new();
        if self.documents.get(path).is_none_or(|known| known.fresh.is_empty()) {
            return due;
        }
        for (other, known) in &mut self.documents {
            if other == path || *other != self.last {
                let fresh = std::mem::take(&mut known.fresh);
                due.extend(fresh.into_iter().map(|raw| Key { path: other.clone(), raw }));
            }
        }
        due
    }

    /// The document is not open any more.
    pub(crate) fn closed(&mut self, path: &Path) {
        self.documents.remove(path);
        self.waiting.retain(|key| key.path != path);
    }

    /// Nothing is known any more.
    pub(crate) fn clear(&mut self) {
        self.documents.clear();
        self.waiting.clear();
    }

    /// The comments in a document that nobody works on, where it has this version.
    pub(crate) fn spots(&self, path: &Path, version: i32) -> Vec<&Spot> {
        let known = self.documents.get(path).filter(|known| known.version == version);
        let spots = known.into_iter().flat_map(|known| &known.spots);
        spots.filter(|spot| self.is_free(path, &spot.raw)).collect()
    }

    /// Every comment that nobody works on.
    pub(crate) fn free(&self) -> Vec<Key> {
        let all = self.documents.iter().flat_map(|(path, known)| {
            known.spots.iter().map(|spot| Key { path: path.clone(), raw: spot.raw.clone() })
        });
        let free = all.filter(|key| self.is_free(&key.path, &key.raw));
        free.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Those of them that meet a line.
    pub(crate) fn at_line(&self, path: &Path, line: u32) -> Vec<Key> {
        let known = self.documents.get(path);
        let spots = known.into_iter().flat_map(|known| &known.spots);
        let here = spots.filter(|spot| spot.lines.contains(&line));
        let keys = here.map(|spot| Key { path: path.to_owned(), raw: spot.raw.clone() });
        keys.filter(|key| self.is_free(&key.path, &key.raw)).collect()
    }

    /// Where a comment stands in a document as it is now.
    pub(crate) fn standing(&self, key: &Key, document: &OpenDocument) -> Vec<Spot> {
        let is = |spot: &Spot| spot.raw == key.raw;
        match self.documents.get(&key.path) {
            Some(known) if known.version == document.version => {
                known.spots.iter().filter(|spot| is(spot)).cloned().collect()
            }
            _ => Reading::of(document).spots.into_iter().filter(is).collect(),
        }
    }

    /// Takes these up when nothing runs any more.
    pub(crate) fn wait(&mut self, keys: impl IntoIterator<Item = Key>) {
        self.waiting.extend(keys);
    }

    /// What waits.
    pub(crate) fn take_waiting(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.waiting).into_iter().collect()
    }

    fn is_free(&self, path: &Path, raw: &str) -> bool {
        let is = |key: &Key| key.path == path && key.raw == raw;
        !self.waiting.iter().any(is)
            && !self.flight.as_ref().is_some_and(|flight| flight.keys().any(is))
    }
}

impl Known {
    /// The comments that were not here before, and not at this place earlier.
    fn new_ones(&self, spots: &[Spot]) -> Vec<String> {
        let (now, before) = (counted(spots), counted(&self.spots));
        let more = |raw: &str| now.get(raw) > before.get(raw);
        let is_new = |spot: &&Spot| !self.seen.contains(&spot.place) && more(&spot.raw);
        spots.iter().filter(is_new).take(FRESH).map(|spot| spot.raw.clone()).collect()
    }
}

fn counted(spots: &[Spot]) -> HashMap<&str, usize> {
    let mut counted = HashMap::new();
    spots.iter().for_each(|spot| *counted.entry(spot.raw.as_str()).or_default() += 1);
    counted
}

impl Spot {
    /// Whether the person is at it.
    pub(crate) fn meets(&self, lines: &RangeInclusive<u32>) -> bool {
        meet(&self.lines, lines)
    }

    /// What it wants.
    pub(crate) fn kind(&self) -> Kind {
        self.comment.kind
    }
}

fn meet(one: &RangeInclusive<u32>, other: &RangeInclusive<u32>) -> bool {
    one.start() <= other.end() && other.start() <= one.end()
}

#[cfg(test)]
mod tests;
