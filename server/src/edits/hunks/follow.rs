//! Where one hunk is in a text that changes around it, and whether it fits there.

use std::{collections::HashMap, ops::Range};

use super::{HunkState, moves::words};
use crate::patch::line_start;

/// A piece of the text that was replaced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Splice<'a> {
    /// Byte offset, before the change.
    pub(super) at: usize,
    /// What was there.
    pub(super) removed: &'a str,
    /// How many bytes came in its place.
    pub(super) inserted: usize,
}

impl Splice<'_> {
    fn end(&self) -> usize {
        self.at + self.removed.len()
    }
}

/// The bytes that a hunk is about. While nothing touches them they are its old
/// lines; else they grow by what was touched, and what they were is kept, so
/// that it is seen when the person undid it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Byte offset.
    pub(super) at: usize,
    len: usize,
    /// What the bytes were when the hunk fitted.
    was: String,
    /// Where in `was` the old lines begin.
    offset: usize,
    touched: bool,
}

/// On which side an insertion counts that is made where nothing is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    Before,
    Within,
    After,
}

impl Place {
    pub(super) fn new(at: usize, old: &str) -> Self {
        Self { at, len: old.len(), was: old.to_owned(), offset: 0, touched: false }
    }

    /// Moves along with a change that the person made.
    pub(super) fn follow(&mut self, splice: &Splice<'_>) {
        self.moved(splice, Tie::Within);
    }

    /// Moves along with an accepted hunk that comes earlier in the proposal.
    pub(super) fn follow_earlier(&mut self, splice: &Splice<'_>) {
        self.moved(splice, Tie::Before);
    }

    /// Moves along with an accepted hunk that comes later in the proposal.
    pub(super) fn follow_later(&mut self, splice: &Splice<'_>) {
        self.moved(splice, Tie::After);
    }

    fn moved(&mut self, splice: &Splice<'_>, tie: Tie) {
        let (from, to) = (self.at, self.at + self.len);
        let insertion = splice.removed.is_empty();
        // Who types where lines conflict types in the conflict.
        let grows = tie == Tie::Within && insertion && (self.touched || from == to);
        let touches_edge = grows && (splice.at == from || splice.at == to);
        let same_point = insertion && splice.at == from && from == to;
        if !touches_edge {
            let before = splice.end() <= from && !(same_point && tie == Tie::After);
            if before {
                self.at = from + splice.inserted - splice.removed.len();
                return;
            }
            if splice.at >= to {
                return;
            }
        }
        let head = from.saturating_sub(splice.at);
        let tail = splice.end().saturating_sub(to);
        let removed = splice.removed;
        self.was.insert_str(0, &removed[..head]);
        self.was.push_str(&removed[removed.len() - tail..]);
        self.offset += head;
        self.at = from - head;
        self.len = (to + tail) - (from - head) + splice.inserted - removed.len();
        self.touched = true;
    }

    /// Whether the hunk fits into `text`, not before `floor`, or is there
    /// already. Where it fits, the place is its old lines again. `before` is the
    /// text when it fitted.
    pub(super) fn settle(
        &mut self,
        text: &str,
        old: &str,
        new: &str,
        floor: usize,
        before: &str,
    ) -> HunkState {
        if let Some(at) = self.fits_at(text, old, new).filter(|&at| at >= floor) {
            *self = Self::new(at, old);
            return HunkState::Pending;
        }
        let there = &text[self.at..self.at + self.len];
        let (head, tail) = (&self.was[..self.offset], &self.was[self.offset + old.len()..]);
        let rest = there.strip_prefix(head).and_then(|rest| rest.strip_suffix(tail));
        let is_there = || !new.is_empty() || is_gone(before, text, old);
        if self.touched && rest == Some(new) && is_there() {
            *self = Self::new(self.at + head.len(), new);
            return HunkState::Accepted;
        }
        self.touched = true;
        HunkState::Conflict { current: text[self.lines(text)].to_owned() }
    }

    fn fits_at(&self, text: &str, old: &str, new: &str) -> Option<usize> {
        let there = &text[self.at..self.at + self.len];
        let fits = |at: usize| stands_alone(text, at..at + old.len(), new);
        let undone = (there == self.was).then_some(self.at + self.offset);
        if undone.is_some_and(fits) {
            return undone;
        }
        // Other lines around it may still be changed.
        let mut found = there.match_indices(old).map(|(at, _)| self.at + at).filter(|&at| fits(at));
        let only = (self.touched && !old.is_empty()).then(|| found.next()).flatten();
        only.filter(|_| found.next().is_none())
    }

    /// The whole lines that the bytes are in.
    fn lines(&self, text: &str) -> Range<usize> {
        let start = self.first_line(text);
        let end = self.at + self.len;
        let complete = end == text.len() || (end > 0 && text.as_bytes()[end - 1] == b'\n');
        if complete {
            return start..end;
        }
        let rest = text[end..].find('\n').map_or(text.len(), |found| end + found + 1);
        start..rest
    }

    /// Where the first of those lines begins.
    pub(super) fn first_line(&self, text: &str) -> usize {
        line_start(text, self.at)
    }
}

/// Whether lines are no longer in a text. Those that the person only moved are, also
/// when something was typed in them since: then their words are.
fn is_gone(before: &str, text: &str, lines: &str) -> bool {
    if copies(text, lines) >= copies(before, lines) {
        return false;
    }
    // Of each word: in the lines, in the text before, in the text.
    let mut counts: HashMap<&str, [usize; 3]> = HashMap::new();
    words(lines).for_each(|word| counts.entry(word).or_default()[0] += 1);
    for (index, text) in [(1, before), (2, text)] {
        for word in words(text) {
            if let Some(count) = counts.get_mut(word) {
                count[index] += 1;
            }
        }
    }
    counts.values().all(|[gone, had, has]| has + gone <= *had)
}

fn copies(text: &str, lines: &str) -> usize {
    memchr::memmem::find_iter(text.as_bytes(), lines).count()
}

/// Whether the bytes are whole lines, also once `new` has taken their place.
fn stands_alone(text: &str, span: Range<usize>, new: &str) -> bool {
    let begins = |at: usize| at == 0 || text.as_bytes()[at - 1] == b'\n';
    let whole = |part: &str| part.is_empty() || part.ends_with('\n') || span.end == text.len();
    begins(span.start) && whole(&text[span.clone()]) && whole(new)
}
