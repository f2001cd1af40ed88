//! What a person decides about the hunks of a proposal, and whether that makes
//! sense. Pure.

use std::{collections::BTreeSet, sync::Arc};

use tiro_protocol::PatchSelection;

use super::proposal::{Body, Choice, Fit, Place, Proposal};

impl Proposal {
    /// Whether a selection makes sense: it names hunks and paths that are here,
    /// each of them once.
    pub(super) fn check(&self, selection: &PatchSelection) -> Result<(), String> {
        let known: BTreeSet<&str> = self.places().map(|place| place.id.as_str()).collect();
        let approved = selection.approve.iter().flatten();
        for id in approved.clone().chain(&selection.reject) {
            if !known.contains(id.as_str()) {
                return Err(self.no_hunk(id));
            }
        }
        if let Some(id) = approved.clone().find(|id| selection.reject.contains(*id)) {
            return Err(format!("the hunk {id:?} is both approved and rejected"));
        }
        for path in selection.amend.keys() {
            let Some(file) = self.files.iter().find(|file| file.path == *path) else {
                return Err(format!(
                    "the proposal {:?} does not change {}, so it cannot be amended there",
                    self.id,
                    path.display()
                ));
            };
            if matches!(file.body, Body::Delete { .. }) {
                return Err(format!(
                    "{} is deleted by this proposal; there is no text to amend",
                    path.display()
                ));
            }
            if let Some(place) = file
                .places()
                .find(|place| selection.reject.iter().any(|id| id == place.id.as_str()))
            {
                return Err(format!(
                    "the hunk {:?} is rejected, and its file {} is amended",
                    place.id.as_str(),
                    path.display()
                ));
            }
        }
        Ok(())
    }

    /// Decides about every hunk: all that is not excluded is accepted. What the
    /// person decided hunk by hunk before counts where the selection is silent.
    pub(crate) fn select(&mut self, selection: Option<&PatchSelection>) {
        self.revision += 1;
        let Some(selection) = selection else {
            for file in self.files.iter_mut().map(Arc::make_mut) {
                for choice in &mut file.choices {
                    if *choice == Choice::Open {
                        *choice = Choice::Accepted;
                    }
                }
            }
            return;
        };
        let mut next_id = self.next_id;
        for file in self.files.iter_mut().map(Arc::make_mut) {
            if let Some(text) = selection.amend.get(&file.path) {
                file.amend(text, &mut next_id);
                continue;
            }
            let named =
                |ids: &[String], place: &Place<'_>| ids.iter().any(|id| id == place.id.as_str());
            let choices = file.places().map(|place| {
                let wanted = match &selection.approve {
                    Some(approve) => named(approve, &place),
                    None => place.choice != Choice::Rejected,
                };
                if wanted && !named(&selection.reject, &place) {
                    Choice::Accepted
                } else {
                    Choice::Rejected
                }
            });
            file.choices = choices.collect();
        }
        self.next_id = next_id;
    }

    /// Whether hunks can be decided on, all of them.
    pub(super) fn check_hunks(&self, hunks: &[String], accept: bool) -> Result<(), String> {
        let named: BTreeSet<&str> = hunks.iter().map(String::as_str).collect();
        let mut found = 0;
        for file in &self.files {
            for place in file.places().filter(|place| named.contains(place.id.as_str())) {
                let hunk = place.id.as_str();
                found += 1;
                if place.choice == Choice::Settled {
                    return Err(format!("the hunk {hunk:?} was decided before"));
                }
                if accept && place.is_conflict() {
                    return Err(format!(
                        "the hunk {hunk:?} does not fit {}: {}",
                        file.path.display(),
                        reason(place.fit)
                    ));
                }
            }
        }
        let is_here = |hunk: &str| self.places().any(|place| place.id.as_str() == hunk);
        match hunks.iter().find(|hunk| found < named.len() && !is_here(hunk)) {
            Some(unknown) => Err(self.no_hunk(unknown)),
            None => Ok(()),
        }
    }

    /// The first of these hunks that is accepted.
    pub(super) fn accepted<'a>(&self, hunks: &'a [String]) -> Option<&'a str> {
        let is_accepted = |place: &Place<'_>, id: &str| {
            place.id.as_str() == id && place.choice == Choice::Accepted
        };
        let mut ids = hunks.iter().map(String::as_str);
        ids.find(|id| self.places().any(|place| is_accepted(&place, id)))
    }

    /// Decides about hunks.
    pub(crate) fn decide(&mut self, hunks: &[String], accept: bool) {
        self.revision += 1;
        let choice = if accept { Choice::Accepted } else { Choice::Rejected };
        self.choose(hunks, choice, None);
    }

    /// A copy in which these hunks alone are wanted, to be made now.
    pub(crate) fn only(&self, hunks: &[String]) -> Self {
        let mut only = self.clone();
        only.choose(hunks, Choice::Accepted, Some(Choice::Settled));
        only
    }

    /// One choice for these hunks, and one for all others, else they keep theirs.
    fn choose(&mut self, hunks: &[String], these: Choice, others: Option<Choice>) {
        let ids: BTreeSet<&str> = hunks.iter().map(String::as_str).collect();
        for file in &mut self.files {
            let choice = |place: Place<'_>| match ids.contains(place.id.as_str()) {
                true => these,
                false => others.unwrap_or(place.choice),
            };
            let choices: Vec<Choice> = file.places().map(choice).collect();
            if choices != file.choices {
                Arc::make_mut(file).choices = choices;
            }
        }
    }

    /// These hunks without those that are open here.
    pub(crate) fn without(&self, mut hunks: Vec<String>) -> Vec<String> {
        let is_open = |place: &Place<'_>| place.choice == Choice::Open;
        let open: BTreeSet<&str> =
            self.places().filter(is_open).map(|place| place.id.as_str()).collect();
        hunks.retain(|hunk| !open.contains(hunk.as_str()));
        hunks
    }

    /// Whether nothing is open any more.
    pub(crate) fn is_decided(&self) -> bool {
        self.places().all(|place| place.choice != Choice::Open || place.fit == Fit::Made)
    }

    /// Whether nothing of it is wanted.
    pub(crate) fn is_rejected(&self) -> bool {
        self.files.iter().all(|file| file.is_rejected())
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place<'_>> {
        self.files.iter().flat_map(|file| file.places())
    }

    fn no_hunk(&self, hunk: &str) -> String {
        format!("the proposal {:?} has no hunk {hunk:?}", self.id)
    }
}

/// Why a hunk does not fit, for a person and for the model.
pub(super) fn reason(fit: Fit<'_>) -> &str {
    match fit {
        Fit::Fits => "it fits",
        Fit::Made => "the text has it already",
        Fit::Changed { .. } => "the same lines were changed meanwhile",
        Fit::Misfit(why) => why,
    }
}
