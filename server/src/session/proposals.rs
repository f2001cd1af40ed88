//! Patches as hunks that a person accepts or rejects before they are made, and
//! what is left of them when some do not fit. Pure; the event loop owns the one
//! [`Proposals`] of a session, and a job that applies a proposal has a copy.
//!
//! `proposal` is one patch and how it follows the files, `choosing` what a
//! person decides, `told` what the model is told, `wire` what a client sees.

mod choosing;
mod proposal;
#[cfg(test)]
mod tests;
mod told;
mod wire;

use std::collections::BTreeMap;

use tiro_protocol::PatchSelection;

pub(crate) use proposal::Proposal;
pub(super) use told::modes;

/// Proposals that are kept after their call; the oldest gives way.
const KEPT: usize = 20;

/// Ids of hunks, by the id of their proposal.
pub(super) type HunkIds = BTreeMap<String, Vec<String>>;

/// Every proposal that somebody can still decide on.
#[derive(Debug, Default)]
pub(super) struct Proposals(Vec<Entry>);

/// One of them.
#[derive(Debug)]
pub(super) struct Entry {
    /// Id of the submission that started its task.
    pub(super) task: String,
    pub(super) stage: Stage,
    pub(super) proposal: Proposal,
}

/// How far a proposal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its call waits for the person.
    Asked,
    /// Decided; its call has not begun to apply it.
    Decided,
    /// What is left of it; its call is over.
    Left,
}

impl Entry {
    /// As a client sees it.
    pub(super) fn shown(&self) -> tiro_protocol::Proposal {
        wire::shown(&self.proposal, self.stage != Stage::Decided)
    }
}

impl Proposals {
    /// A call begins to ask about its patch. Some models use an id twice: what
    /// is left of an earlier call is named anew then, and given back.
    pub(super) fn ask(&mut self, task: String, proposal: Proposal) -> Option<&Entry> {
        let taken = |id: &str| self.0.iter().any(|entry| entry.proposal.id() == id);
        let new_id = (2..)
            .map(|count| format!("{}#{count}", proposal.id()))
            .find(|id| !taken(id))
            .unwrap_or_default();
        let earlier = self.0.iter().position(|entry| entry.proposal.id() == proposal.id());
        if let Some(index) = earlier {
            self.0[index].proposal.rename(new_id);
        }
        self.0.push(Entry { task, stage: Stage::Asked, proposal });
        earlier.map(|index| &self.0[index])
    }

    /// Keeps what is left of a proposal; gives back what had to give way.
    pub(super) fn keep(&mut self, task: String, mut proposal: Proposal) -> Option<Entry> {
        let id = proposal.id().to_owned();
        if let Some(id) = (1..)
            .map(|count| if count == 1 { id.clone() } else { format!("{id}#{count}") })
            .find(|id| self.get(id).is_none())
        {
            proposal.rename(id);
        }
        self.0.push(Entry { task, stage: Stage::Left, proposal });
        let left: Vec<usize> =
            (0..self.0.len()).filter(|&index| self.0[index].stage == Stage::Left).collect();
        (left.len() > KEPT).then(|| self.0.remove(left[0]))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.proposal.id() == id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Entry> {
        self.0.iter_mut().find(|entry| entry.proposal.id() == id)
    }

    /// Forgets one.
    pub(super) fn remove(&mut self, id: &str) -> Option<Entry> {
        let index = self.0.iter().position(|entry| entry.proposal.id() == id)?;
        Some(self.0.remove(index))
    }

    /// Takes out those whose call is over and that are not kept.
    pub(super) fn end_task(&mut self) -> Vec<Entry> {
        self.0.extract_if(.., |entry| entry.stage != Stage::Left).collect()
    }

    /// The proposals under an id, or all; none when the id names none.
    pub(super) fn shown(&self, id: Option<&str>) -> Option<Vec<tiro_protocol::Proposal>> {
        let wanted = |entry: &&Entry| id.is_none_or(|id| entry.proposal.id() == id);
        let shown: Vec<_> = self.0.iter().filter(wanted).map(Entry::shown).collect();
        (id.is_none() || !shown.is_empty()).then_some(shown)
    }

    /// Whether a selection says something that makes sense for this proposal.
    pub(super) fn check(&self, id: &str, selection: &PatchSelection) -> Result<(), String> {
        match self.get(id) {
            Some(entry) => entry.proposal.check(selection),
            None => Err(format!("no proposal is open under id {id:?}")),
        }
    }

    /// Whether hunks can be accepted or rejected; the error says why not.
    pub(super) fn check_hunks(
        &self,
        id: &str,
        hunks: &[String],
        accept: bool,
    ) -> Result<(), String> {
        match self.get(id).filter(|entry| entry.stage != Stage::Decided) {
            Some(entry) => {
                // What was left is made at once, and there is no way back by a decision.
                let made = (entry.stage == Stage::Left && !accept)
                    .then(|| entry.proposal.accepted(hunks))
                    .flatten();
                match made {
                    Some(hunk) => Err(format!(
                        "the hunk {hunk:?} was accepted before and is made: undo it in the \
                         editor, or restore the task"
                    )),
                    None => entry.proposal.check_hunks(hunks, accept),
                }
            }
            None => Err(format!(
                "no proposal is open under id {id:?}: it was decided, or its task has ended"
            )),
        }
    }

    /// Whether all of this can be decided together; the error says why not.
    pub(super) fn check_decisions(&self, accept: &HunkIds, reject: &HunkIds) -> Result<(), String> {
        if accept.values().chain(reject.values()).all(Vec::is_empty) {
            return Err("no hunk is named, so there is nothing to decide".to_owned());
        }
        for (ids, accepts) in [(accept, true), (reject, false)] {
            for (id, hunks) in ids {
                self.check_hunks(id, hunks, accepts)?;
            }
        }
        for (id, hunks) in accept {
            let rejected = reject.get(id).map_or(&[][..], Vec::as_slice);
            if let Some(hunk) = hunks.iter().find(|hunk| rejected.contains(hunk)) {
                return Err(format!("the hunk {hunk:?} of {id:?} is both accepted and rejected"));
            }
        }
        Ok(())
    }
}
