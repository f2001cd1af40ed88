//! What a person decides about the hunks of a proposal, and whether that makes
//! sense. Pure.

use std::collections::BTreeSet;

use tiro_protocol::PatchSelection;

use super::proposal::{Body, Choice, Fit, Place, Proposal, ProposedFile};

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
            for file in &mut self.files {
                for choice in &mut file.choices {
                    if *choice == Choice::Open {
                        *choice = Choice::Accepted;
                    }
                }
            }
            return;
        };
        let mut next_id = self.next_id;
        for file in &mut self.files {
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

    /// Whether one hunk can be decided on.
    pub(super) fn check_hunk(&self, hunk: &str, accept: bool) -> Result<(), String> {
        let found = self.files.iter().find_map(|file| {
            let place = file.places().find(|place| place.id.as_str() == hunk)?;
            Some((file, place))
        });
        let Some((file, place)) = found else { return Err(self.no_hunk(hunk)) };
        if place.choice == Choice::Settled {
            return Err(format!("the hunk {hunk:?} was decided before"));
        }
        match place.fit {
            Fit::Changed { .. } | Fit::Misfit(_) if accept => Err(format!(
                "the hunk {hunk:?} does not fit {}: {}",
                file.path.display(),
                reason(place.fit)
            )),
            _ => Ok(()),
        }
    }

    /// Decides about one hunk.
    pub(crate) fn decide(&mut self, hunk: &str, accept: bool) {
        self.revision += 1;
        for file in &mut self.files {
            let at = file.places().position(|place| place.id.as_str() == hunk);
            if let Some(at) = at {
                file.choices[at] = if accept { Choice::Accepted } else { Choice::Rejected };
            }
        }
    }

    /// A copy in which this hunk alone is wanted, to be made now.
    pub(crate) fn only(&self, hunk: &str) -> Self {
        let mut only = self.clone();
        for file in &mut only.files {
            let choices = file.places().map(|place| match place.id.as_str() == hunk {
                true => Choice::Accepted,
                false => Choice::Settled,
            });
            file.choices = choices.collect();
        }
        only
    }

    /// Whether nothing is open any more.
    pub(crate) fn is_decided(&self) -> bool {
        self.places().all(|place| place.choice != Choice::Open || place.fit == Fit::Made)
    }

    /// Whether nothing of it is wanted.
    pub(crate) fn is_rejected(&self) -> bool {
        self.files.iter().all(ProposedFile::is_rejected)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place<'_>> {
        self.files.iter().flat_map(ProposedFile::places)
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
