//! What is known of the open proposals, and how each file is marked because of
//! them. A change of one file costs that file: nothing is made anew for the
//! others. Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use lsp_types::Diagnostic;
use tiro_protocol::{HunkState, Proposal, ProposedFile, ProposedHunk};

use super::mark::{End, Mark, Reader, marks};

/// The open proposals, and the marks that are shown.
#[derive(Debug, Default)]
pub(super) struct Known {
    proposals: BTreeMap<String, Open>,
    shown: BTreeMap<PathBuf, Vec<Mark>>,
    /// Files of which something else is known than is shown.
    changed: BTreeSet<PathBuf>,
}

/// One open proposal.
#[derive(Debug, Default)]
pub(super) struct Open {
    files: BTreeMap<PathBuf, ProposedFile>,
    /// The person was told when accepted changes are made.
    told: bool,
}

impl Known {
    /// Takes note of a proposal as it is now.
    pub(super) fn take(&mut self, proposal: &Proposal) {
        if !proposal.open {
            let gone = self.proposals.remove(&proposal.id).unwrap_or_default();
            self.changed.extend(gone.files.into_keys());
            return;
        }
        let open = self.proposals.entry(proposal.id.clone()).or_default();
        let named: BTreeSet<&PathBuf> = proposal.files.iter().map(|file| &file.path).collect();
        let changed = &mut self.changed;
        open.files.retain(|path, _| {
            let stays = named.contains(path);
            if !stays {
                changed.insert(path.clone());
            }
            stays
        });
        for file in &proposal.files {
            match open.files.get_mut(&file.path) {
                Some(known) if is_same(known, file) => known.version = file.version,
                _ => {
                    changed.insert(file.path.clone());
                    open.files.insert(file.path.clone(), file.clone());
                }
            }
        }
    }

    /// The files that may have to be shown anew.
    pub(super) fn take_changed(&mut self) -> BTreeSet<PathBuf> {
        std::mem::take(&mut self.changed)
    }

    /// The version in which the lines of a file are counted.
    pub(super) fn version(&self, path: &Path) -> Option<i32> {
        let files = self.proposals.values().filter_map(|open| open.files.get(path));
        files.filter_map(|file| file.version).max()
    }

    /// Marks a file anew; all its diagnostics when they are others than before.
    pub(super) fn mark(
        &mut self,
        path: &Path,
        reader: Reader,
        end: Option<End>,
    ) -> Option<Vec<Diagnostic>> {
        let mut now: Vec<Mark> = self
            .proposals
            .iter()
            .filter_map(|(id, open)| Some((id, open.files.get(path)?)))
            .flat_map(|(id, file)| marks(id, file, reader, end))
            .collect();
        now.sort_by_key(|mark| mark.diagnostic.range.start);
        if self.marks(path) == now {
            return None;
        }
        let diagnostics = now.iter().map(|mark| mark.diagnostic.clone()).collect();
        if now.is_empty() {
            self.shown.remove(path);
        } else {
            self.shown.insert(path.to_owned(), now);
        }
        Some(diagnostics)
    }

    /// The marks of a file as they are shown, from its first line to its last.
    pub(super) fn marks(&self, path: &Path) -> &[Mark] {
        self.shown.get(path).map_or(&[], Vec::as_slice)
    }

    /// How many marks are shown in how many files.
    pub(super) fn total(&self) -> Total {
        let changes = self.shown.values().map(Vec::len).sum();
        Total { changes, files: self.shown.len() }
    }

    /// The open proposals with these ids, or all; else the id that is none.
    pub(super) fn open<'a>(
        &'a self,
        ids: Option<&[&'a str]>,
    ) -> Result<Vec<(&'a str, &'a Open)>, &'a str> {
        match ids {
            None => Ok(self.proposals.iter().map(|(id, open)| (id.as_str(), open)).collect()),
            Some(ids) => {
                ids.iter().map(|id| Ok((*id, self.proposals.get(*id).ok_or(*id)?))).collect()
            }
        }
    }

    /// The one open proposal, where it is this.
    pub(super) fn only(&self, id: &str) -> Option<&Open> {
        self.proposals.get(id).filter(|_| self.proposals.len() == 1)
    }

    /// How many hunks of this proposal are undecided, when some are accepted and
    /// this was not asked before.
    pub(super) fn first_accepted(&mut self, id: &str) -> Option<usize> {
        let open = self.proposals.get_mut(id).filter(|open| !open.told)?;
        let left = open.hunks().filter(|(_, hunk)| is_undecided(hunk)).count();
        open.told = left > 0 && open.has_accepted();
        open.told.then_some(left)
    }
}

/// A number of changes, and of the files that they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) changes: usize,
    pub(super) files: usize,
}

impl Open {
    /// The files, by path.
    pub(super) fn files(&self) -> impl Iterator<Item = &ProposedFile> {
        self.files.values()
    }

    /// One of them.
    pub(super) fn file(&self, path: &Path) -> Option<&ProposedFile> {
        self.files.get(path)
    }

    pub(super) fn has_accepted(&self) -> bool {
        self.hunks().any(|(_, hunk)| hunk.state == HunkState::Accepted)
    }

    /// Every hunk with its file, in the order of the files.
    pub(super) fn hunks(&self) -> impl Iterator<Item = (&ProposedFile, &ProposedHunk)> {
        self.files.values().flat_map(|file| file.hunks.iter().map(move |hunk| (file, hunk)))
    }
}

/// Whether a person can still decide.
pub(super) fn is_undecided(hunk: &ProposedHunk) -> bool {
    match hunk.state {
        HunkState::Pending | HunkState::Conflict => true,
        HunkState::Accepted | HunkState::Rejected => false,
    }
}

/// The same but for the version.
fn is_same(one: &ProposedFile, other: &ProposedFile) -> bool {
    (one.kind, &one.move_path, &one.hunks) == (other.kind, &other.move_path, &other.hunks)
}

#[cfg(test)]
mod tests;
