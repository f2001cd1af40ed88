//! A proposal for one file as hunks that a person takes or leaves one by one,
//! while they type on: [`FileHunks::rebase`] fits them to what is there now.
//! `follow` has the arithmetic of one hunk.

mod follow;
mod moves;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::follow::{Place, Splice};
use super::lines;
use crate::patch::{self, Replaced};

/// Names a hunk for the life of its proposal, over all of its files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HunkId(String);

impl HunkId {
    /// The id that somebody named; whether there is such a hunk is another thing.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Such as `h1`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What became of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HunkState {
    /// It fits the text as it is now and nobody has decided.
    Pending,
    /// The person changed the same lines. It fits again when they take that
    /// back.
    Conflict {
        /// What the person has there now, in whole lines.
        current: String,
    },
    /// The text has it: it was taken, or the person wrote the same.
    Accepted,
    /// It was turned down.
    Rejected,
}

/// Lines that become other lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    id: HunkId,
    old: String,
    new: String,
    state: HunkState,
    start: usize,
    place: Place,
    /// Nothing that is typed changes the state any more.
    decided: bool,
}

impl Hunk {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &HunkId {
        &self.id
    }

    /// Whole lines with their endings; the last of a text may have none. Empty
    /// where lines are inserted.
    #[must_use]
    pub fn old(&self) -> &str {
        &self.old
    }

    /// The lines that take their place; empty where lines go away.
    #[must_use]
    pub fn new_text(&self) -> &str {
        &self.new
    }

    /// What became of it.
    #[must_use]
    pub fn state(&self) -> &HunkState {
        &self.state
    }

    /// The 0-based line of the person's text, as LSP counts lines, at which it
    /// begins; in a conflict where the person's lines begin.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// How many lines of the person's text it is about, from [`Self::start`].
    #[must_use]
    pub fn line_count(&self) -> usize {
        count_lines(match &self.state {
            HunkState::Pending | HunkState::Rejected => &self.old,
            HunkState::Conflict { current } => current,
            HunkState::Accepted => &self.new,
        })
    }

    /// Whether it can be taken now.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.state == HunkState::Pending
    }

    fn is_open(&self) -> bool {
        matches!(self.state, HunkState::Pending | HunkState::Conflict { .. })
    }
}

/// A text without conflicts, and where each hunk was in it.
#[derive(Debug, Clone)]
struct Mark {
    text: Arc<str>,
    hunks: Vec<(Place, HunkState)>,
}

impl Mark {
    fn new(text: &Arc<str>, hunks: &[Hunk]) -> Self {
        let hunks = hunks.iter().map(|hunk| (hunk.place.clone(), hunk.state.clone()));
        Self { text: text.clone(), hunks: hunks.collect() }
    }
}

/// The hunks of one file, fitted to one state of the person's text.
#[derive(Debug, Clone)]
pub struct FileHunks {
    path: PathBuf,
    base: Arc<str>,
    /// In the order of the file as it was proposed for.
    hunks: Vec<Hunk>,
    /// As it was when somebody last decided: who undoes all they typed since
    /// gets all hunks back, whatever the differences on the way looked like.
    decided: Mark,
    /// As it was when all open hunks last fitted.
    fitted: Mark,
}

impl FileHunks {
    /// What leads from `base` to `result`, as hunks with equal lines between
    /// any two; lines that move a short way are in one hunk with what they move
    /// across. They are numbered from `next_id`, which counts on.
    #[must_use]
    pub fn new(path: PathBuf, base: Arc<str>, result: &str, next_id: &mut usize) -> Self {
        let replaced = patch::between(&base, result);
        Self::of(path, base, result, &replaced, next_id)
    }

    /// The same where it is known what is different: the texts are not compared.
    #[must_use]
    pub fn of(
        path: PathBuf,
        base: Arc<str>,
        result: &str,
        replaced: &[Replaced],
        next_id: &mut usize,
    ) -> Self {
        let runs = lines::canonical(&base, result, replaced);
        let runs = moves::joined(&base, result, &runs);
        let hunks = runs.into_iter().map(|run| {
            let id = HunkId(format!("h{next_id}"));
            *next_id += 1;
            let (old, new) = (base[run.old.clone()].to_owned(), result[run.new].to_owned());
            let place = Place::new(run.old.start, &old);
            Hunk { id, old, new, state: HunkState::Pending, start: 0, place, decided: false }
        });
        let hunks: Vec<Hunk> = hunks.collect();
        let mark = Mark::new(&base, &hunks);
        let mut this = Self { path, base, hunks, decided: mark.clone(), fitted: mark };
        this.number();
        this
    }

    /// Absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text that the hunks are fitted to: what the person has.
    #[must_use]
    pub fn base(&self) -> &Arc<str> {
        &self.base
    }

    /// The hunks, in the order of the proposal.
    #[must_use]
    pub fn hunks(&self) -> &[Hunk] {
        &self.hunks
    }

    /// Whether nobody has to decide any more.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !self.hunks.iter().any(Hunk::is_open)
    }

    /// Fits the hunks to the text that the person has now; whether a hunk moved
    /// or changed its state.
    ///
    /// A hunk whose lines the person changed, or that inserts where they
    /// inserted, is a conflict and keeps what it proposes; it is pending again
    /// once they undid that, and accepted when they wrote the same.
    pub fn rebase(&mut self, now: Arc<str>) -> bool {
        if now == self.base {
            self.base = now;
            return false;
        }
        let before: Vec<_> =
            self.hunks.iter().map(|hunk| (hunk.start, hunk.state.clone())).collect();
        let undone =
            [&self.decided, &self.fitted].into_iter().find(|mark| mark.text == now).cloned();
        if let Some(mark) = undone {
            self.go_back(mark);
        } else if let Some(taken) = self.taken_in(&now) {
            self.take(&taken);
        } else {
            let base = self.base.clone();
            // From the end, so that the places before stay what they are.
            for run in lines::runs(&base, &now).into_iter().rev() {
                let splice =
                    Splice { at: run.old.start, removed: &base[run.old], inserted: run.new.len() };
                self.hunks.iter_mut().for_each(|hunk| hunk.place.follow(&splice));
            }
        }
        self.base = now;
        self.settle();
        if self.hunks.iter().all(|hunk| hunk.decided || hunk.is_pending()) {
            self.fitted = Mark::new(&self.base, &self.hunks);
        }
        let after = self.hunks.iter().map(|hunk| (hunk.start, hunk.state.clone()));
        !before.into_iter().eq(after)
    }

    /// The person's text with those pending hunks that `take` wants.
    #[must_use]
    pub fn result(&self, take: impl Fn(&Hunk) -> bool) -> String {
        let mut result = String::with_capacity(self.base.len());
        let mut at = 0;
        for hunk in self.hunks.iter().filter(|hunk| hunk.is_pending() && take(hunk)) {
            result.push_str(&self.base[at..hunk.place.at]);
            result.push_str(&hunk.new);
            at = hunk.place.at + hunk.old.len();
        }
        result.push_str(&self.base[at..]);
        result
    }

    /// The hunk was taken: the base has it from now on, if it did not have it
    /// already. False where it is in conflict or turned down.
    pub fn accept(&mut self, id: &HunkId) -> bool {
        let Some(at) = self.hunks.iter().position(|hunk| hunk.id == *id) else { return false };
        match self.hunks[at].state {
            HunkState::Accepted => {}
            HunkState::Pending => {
                self.base = self.result(|hunk| hunk.id == *id).into();
                self.take(&[at]);
                self.settle();
            }
            HunkState::Conflict { .. } | HunkState::Rejected => return false,
        }
        self.decide(at);
        true
    }

    /// The hunk is not wanted. False where the text has it or it was turned
    /// down before.
    pub fn reject(&mut self, id: &HunkId) -> bool {
        let open = |hunk: &Hunk| hunk.id == *id && hunk.is_open();
        let Some(at) = self.hunks.iter().position(open) else { return false };
        self.hunks[at].state = HunkState::Rejected;
        self.decide(at);
        true
    }

    fn decide(&mut self, at: usize) {
        self.hunks[at].decided = true;
        // Before a conflict came up is where its hunk is found again.
        if !self.hunks.iter().any(|hunk| matches!(hunk.state, HunkState::Conflict { .. })) {
            self.decided = Mark::new(&self.base, &self.hunks);
            self.fitted = self.decided.clone();
        }
    }

    /// The text is again what it was then.
    fn go_back(&mut self, mark: Mark) {
        for (hunk, (place, state)) in self.hunks.iter_mut().zip(mark.hunks) {
            hunk.place = place;
            if !hunk.decided {
                hunk.state = state;
            }
        }
    }

    /// Marks pending hunks as accepted and moves the others along. The base is
    /// not looked at.
    fn take(&mut self, taken: &[usize]) {
        for &index in taken.iter().rev() {
            let (before, rest) = self.hunks.split_at_mut(index);
            let Some((hunk, after)) = rest.split_first_mut() else { continue };
            let splice = Splice { at: hunk.place.at, removed: &hunk.old, inserted: hunk.new.len() };
            // Two insertions at one place keep their order.
            before.iter_mut().for_each(|other| other.place.follow_later(&splice));
            after.iter_mut().for_each(|other| other.place.follow_earlier(&splice));
            hunk.state = HunkState::Accepted;
            hunk.place = Place::new(hunk.place.at, &hunk.new);
        }
    }

    /// The pending hunks that lead to `now` when nothing else happened to the
    /// text; none where something else did. No difference has to be computed
    /// for that, which could find the same lines elsewhere.
    fn taken_in(&self, now: &str) -> Option<Vec<usize>> {
        /// Ways to read the text that are followed at once.
        const WAYS: usize = 8;
        let mut ways: Vec<(usize, Vec<usize>)> = vec![(0, Vec::new())];
        let mut at = 0;
        let pending = self.hunks.iter().enumerate().filter(|(_, hunk)| hunk.is_pending());
        for (index, hunk) in pending {
            let between = &self.base[at..hunk.place.at];
            at = hunk.place.at + hunk.old.len();
            let mut next = Vec::new();
            for (offset, taken) in ways {
                let Some(rest) = now.get(offset..).and_then(|now| now.strip_prefix(between)) else {
                    continue;
                };
                let offset = offset + between.len();
                if rest.starts_with(&hunk.new) {
                    let taken = taken.iter().copied().chain([index]).collect();
                    next.push((offset + hunk.new.len(), taken));
                }
                if rest.starts_with(&hunk.old) {
                    next.push((offset + hunk.old.len(), taken));
                }
            }
            ways = next;
            ways.truncate(WAYS);
        }
        let rest = &self.base[at..];
        ways.into_iter()
            .find(|(offset, _)| now.get(*offset..) == Some(rest))
            .map(|(_, taken)| taken)
    }

    /// Decides what each hunk is that nobody decided about.
    fn settle(&mut self) {
        let mut floor = 0;
        for hunk in self.hunks.iter_mut().filter(|hunk| hunk.is_open()) {
            let (old, new, before) = (&hunk.old, &hunk.new, &self.fitted.text);
            hunk.state = hunk.place.settle(&self.base, old, new, floor, before);
            if hunk.state == HunkState::Pending {
                floor = hunk.place.at + hunk.old.len();
            }
        }
        self.number();
    }

    /// Gives each hunk its line.
    fn number(&mut self) {
        let mut order: Vec<usize> = (0..self.hunks.len()).collect();
        order.sort_by_key(|&index| self.hunks[index].place.first_line(&self.base));
        let (mut at, mut line) = (0, 0);
        for index in order {
            let offset = self.hunks[index].place.first_line(&self.base);
            line += lines::count_endings(&self.base[at..offset]);
            at = offset;
            self.hunks[index].start = line;
        }
    }
}

/// A last line without an ending counts too.
fn count_lines(text: &str) -> usize {
    let open = !text.is_empty() && !text.ends_with(['\n', '\r']);
    lines::count_endings(text) + usize::from(open)
}

#[cfg(test)]
mod tests;
