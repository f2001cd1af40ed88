//! The session's proposals: how they are asked about, decided on and kept, and
//! how they follow what is typed.

use std::{collections::BTreeMap, path::PathBuf};

use tiro_protocol::{Event, EventMsg, FileChange, PatchSelection, ReviewDecision};

use super::Session;
use crate::{
    checkpoints::Noted,
    session::{
        Answer, SubmitError,
        history::HistoryItem,
        proposals::{Entry, HunkIds, Proposal, Stage},
        report,
        runner::{Accepted, Followed},
        turn::{AppliedPatch, ApprovalKind, Changes, Input},
    },
    tools::location::Reach,
};

/// Whether the proposals are being brought to the files as they are.
#[derive(Debug, Default)]
pub(super) struct Following {
    running: bool,
    /// Something changed since that began.
    again: bool,
}

impl Session {
    /// The answer to a question for proposals.
    pub(super) fn proposals_answer(&self, id: Option<&str>) -> Result<Answer, SubmitError> {
        let Some(shown) = self.proposals.shown(id) else {
            let id = id.unwrap_or_default();
            return Err(SubmitError::Invalid(format!("no proposal is open under id {id:?}")));
        };
        let proposals = serde_json::to_value(shown)
            .map_err(|error| SubmitError::WrongState(error.to_string()))?;
        Ok(Answer::from_iter([("proposals".to_owned(), proposals)]))
    }

    pub(super) fn list_proposals(&mut self, id: &str, proposal: Option<&str>) {
        let proposals = self.proposals.shown(proposal).unwrap_or_default();
        self.emit(id, EventMsg::ProposalList { proposals });
    }

    /// Whether a patch approval can be taken: one that approves may select.
    pub(super) fn check_selection(
        &self,
        id: &str,
        decision: ReviewDecision,
        selection: Option<&PatchSelection>,
    ) -> Result<(), SubmitError> {
        let Some(call_id) = self.pending(id, ApprovalKind::Patch) else {
            return Err(SubmitError::NotPending(id.to_owned()));
        };
        match (decision, selection) {
            (_, None) => Ok(()),
            (ReviewDecision::Approved | ReviewDecision::ApprovedForSession, Some(selection)) => {
                self.proposals.check(&call_id, selection).map_err(SubmitError::Invalid)
            }
            (ReviewDecision::Denied | ReviewDecision::Abort, Some(_)) => Err(SubmitError::Invalid(
                "a selection goes with approved or approved_for_session; leave it out to deny \
                     the whole patch"
                    .to_owned(),
            )),
        }
    }

    /// A call asks about its patch.
    pub(super) fn propose(&mut self, proposal: Proposal) {
        let Some(task) = self.task.as_ref().map(|task| task.id.clone()) else { return };
        let id = proposal.id().to_owned();
        let renamed = self.proposals.ask(task, proposal).map(updated);
        self.outbox.extend(renamed);
        self.announce(&id);
        self.follow_texts();
    }

    /// A person has answered what a call asked.
    pub(super) fn decide_patch(
        &mut self,
        id: &str,
        mut decision: ReviewDecision,
        selection: Option<&PatchSelection>,
    ) {
        let Some(call_id) = self.pending(id, ApprovalKind::Patch) else { return };
        let mut taken = None;
        if matches!(decision, ReviewDecision::Approved | ReviewDecision::ApprovedForSession)
            && let Some(entry) = self.proposals.get_mut(&call_id)
        {
            entry.proposal.select(selection);
            if entry.proposal.is_rejected() {
                decision = ReviewDecision::Denied;
            } else {
                entry.stage = Stage::Decided;
                taken = Some(entry.proposal.paths());
                self.announce(&call_id);
            }
        }
        self.turn_input(Input::Decision { call_id, decision, taken });
    }

    /// A person has decided on hunks of several proposals; `check` has seen that
    /// they can be.
    pub(super) fn decide_all(&mut self, accept: &HunkIds, reject: &HunkIds) {
        fn of<'a>(ids: &'a HunkIds, id: &str) -> &'a [String] {
            ids.get(id).map_or(&[], Vec::as_slice)
        }
        for id in accept.keys().chain(reject.keys().filter(|id| !accept.contains_key(*id))) {
            self.decide_hunks(id, of(accept, id), of(reject, id));
        }
    }

    /// The same of one proposal.
    pub(super) fn decide_hunks(&mut self, id: &str, accept: &[String], reject: &[String]) {
        let reach = Reach { outside_ok: true, ..self.reach() };
        let Some(entry) = self.proposals.get_mut(id) else { return };
        entry.proposal.decide(reject, false);
        if entry.stage == Stage::Left && !accept.is_empty() {
            let (task, proposal) = (entry.task.clone(), entry.proposal.clone());
            self.runner.apply_hunks(task, accept.to_vec(), proposal, reach);
            if reject.is_empty() {
                return;
            }
        } else {
            entry.proposal.decide(accept, true);
        }
        let (stage, decided) = (entry.stage, entry.proposal.is_decided());
        match stage {
            Stage::Asked if decided => {
                self.decide_patch(id, ReviewDecision::Approved, None);
            }
            Stage::Left if decided => self.close(id),
            Stage::Asked | Stage::Decided | Stage::Left => self.announce(id),
        }
    }

    /// Hunks of what was left of a patch begin to be applied.
    pub(super) fn hunks_begin(
        &mut self,
        task: &str,
        id: String,
        changes: BTreeMap<PathBuf, FileChange>,
    ) {
        self.emit(task, EventMsg::PatchApplyBegin { call_id: id, auto_approved: false, changes });
    }

    /// These hunks of what was left of a patch were applied, or not.
    pub(super) fn hunks_applied(
        &mut self,
        task: &str,
        id: &str,
        hunks: &[String],
        result: Result<AppliedPatch, String>,
    ) {
        // What follows the texts may have seen it there and closed the proposal.
        let (stdout, stderr, success) = match &result {
            Ok(done) => (report::applied(&done.files), String::new(), true),
            Err(error) => (String::new(), error.clone(), false),
        };
        let call_id = id.to_owned();
        self.emit(task, EventMsg::PatchApplyEnd { call_id, stdout, stderr, success });
        let task = task.to_owned();
        let (changes, are, were) = match hunks {
            [hunk] => (format!("the change {hunk}"), "is", "was"),
            hunks => (format!("the changes {}", hunks.join(", ")), "are", "were"),
        };
        match result {
            Ok(done) => {
                // The model believes that they were not made.
                self.remember(HistoryItem::Note(format!(
                    "The person has accepted {changes} of the patch {id}, which did not fit \
                     before: made now."
                )));
                let message = format!("{changes} of {id} {are} made");
                self.outbox.push_back(Event {
                    id: task.clone(),
                    msg: EventMsg::BackgroundEvent { message },
                });
                if let Some(entry) = self.proposals.get_mut(id) {
                    entry.proposal.decide(hunks, true);
                    if entry.proposal.is_decided() {
                        self.close(id);
                    } else {
                        self.announce(id);
                    }
                }
                self.changed_afterwards(&task, done.changed);
            }
            Err(error) => {
                let message = format!("{changes} of {id} {were} not made: {error}");
                self.emit(&task, EventMsg::Error { message });
            }
        }
        self.follow_texts();
    }

    /// Files were changed for a task that need not run any more: its diff has
    /// them too.
    fn changed_afterwards(&mut self, task: &str, changed: Noted) {
        if self.task.as_ref().is_some_and(|running| running.id == task) {
            self.turn_input(Input::FilesChanged { changed });
            return;
        }
        let roots = self.setup.workspace.roots();
        // Of a task before the last only this is known.
        let mut alone = Changes::default();
        let changes =
            if self.last_changes.0 == task { &mut self.last_changes.1 } else { &mut alone };
        for msg in changes.take_in(changed, &roots) {
            self.emit(task, msg);
        }
    }

    /// Nobody decides about it any more.
    pub(super) fn close(&mut self, id: &str) {
        if let Some(entry) = self.proposals.remove(id) {
            self.outbox.push_back(closed(&entry));
        }
    }

    /// The task has ended: what it asked about is asked no more.
    pub(super) fn close_all(&mut self) {
        let ended = self.proposals.end_task();
        self.outbox.extend(ended.iter().map(closed));
    }

    /// Applies a patch: this one, or what was decided on.
    pub(super) fn apply_patch(
        &mut self,
        call_id: String,
        auto_approved: bool,
        changes: BTreeMap<PathBuf, FileChange>,
        proposal: Option<Box<Proposal>>,
    ) {
        let Some(task) = self.task.as_ref().map(|task| task.id.clone()) else { return };
        let decided = || self.proposals.remove(&call_id).map(|entry| Box::new(entry.proposal));
        let Some(mut proposal) = proposal.or_else(decided) else {
            let message = "the proposal is gone".to_owned();
            self.turn_input(Input::PatchApplied { call_id, result: Err(message) });
            return;
        };
        if auto_approved {
            proposal.select(None);
        }
        let changes = proposal.is_as_made().then_some(changes);
        let reach = Reach { outside_ok: true, ..self.reach() };
        let accepted = Accepted { task, call_id, auto_approved, proposal: *proposal, changes };
        self.runner.apply_patch(accepted, reach);
    }

    /// Something of a patch does not fit: it stays, for the person to decide on.
    pub(super) fn keep(&mut self, task: String, proposal: Proposal) {
        let dropped = self.proposals.keep(task, proposal);
        let kept = self.proposals.iter().last().map(updated);
        self.outbox.extend(kept);
        if let Some(entry) = dropped {
            let message = format!(
                "the proposal {} is given up: too many that conflict are open",
                entry.proposal.id()
            );
            self.emit(&entry.task.clone(), EventMsg::BackgroundEvent { message });
            self.outbox.push_back(closed(&entry));
        }
        self.follow_texts();
    }

    /// The texts have changed: the proposals follow, in a job of their own; what
    /// changes meanwhile waits for the next.
    pub(super) fn follow_texts(&mut self) {
        if self.following.running {
            self.following.again = true;
            return;
        }
        let proposals: Vec<Proposal> =
            self.proposals.iter().map(|entry| entry.proposal.clone()).collect();
        if !proposals.is_empty() {
            self.following = Following { running: true, again: false };
            self.runner.follow(proposals);
        }
    }

    /// The proposals were brought to the files as they are.
    pub(super) fn followed(&mut self, followed: Vec<Followed>) {
        let mut again = self.following.again;
        self.following = Following::default();
        for Followed { revision, moved, proposal } in followed {
            let id = proposal.id().to_owned();
            match self.proposals.get_mut(&id) {
                Some(entry) if entry.proposal.revision() == revision => {
                    entry.proposal = proposal;
                    let settled = entry.stage == Stage::Left && entry.proposal.is_decided();
                    if settled {
                        self.close(&id);
                    } else if moved {
                        self.announce(&id);
                    }
                }
                Some(_) => again = true,
                None => {}
            }
        }
        if again {
            self.follow_texts();
        }
    }

    /// Shows a proposal as it is now.
    fn announce(&mut self, id: &str) {
        let shown = self.proposals.get(id).map(updated);
        self.outbox.extend(shown);
    }
}

fn updated(entry: &Entry) -> Event {
    let msg = EventMsg::ProposalUpdated { proposal: entry.shown() };
    Event { id: entry.task.clone(), msg }
}

fn closed(entry: &Entry) -> Event {
    let mut event = updated(entry);
    if let EventMsg::ProposalUpdated { proposal } = &mut event.msg {
        proposal.open = false;
    }
    event
}
