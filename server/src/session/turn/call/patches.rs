//! What is particular to a call that changes files: it is fitted, asked about as
//! a proposal, and reported.

use std::{collections::BTreeMap, path::PathBuf};

use tiro_protocol::{EventMsg, FileChange};

use super::{Call, Stage};
use crate::{
    session::{
        report,
        rules::{PatchVerdict, Rules},
        turn::input::{Action, Effect, FittedPatch},
    },
    workspace::Applied,
};

const DENIED_PATCH: &str = "the person does not want this change; nothing was written; ask what to \
                            do instead or go another way";

/// The reason to ask, and what the diff does not show.
fn with_modes(reason: Option<String>, modes: &str) -> Option<String> {
    let modes: Vec<&str> = modes.lines().collect();
    match (reason, modes.is_empty()) {
        (reason, true) => reason,
        (None, false) => Some(modes.join("; ")),
        (Some(reason), false) => Some(format!("{reason}; {}", modes.join("; "))),
    }
}

impl Call {
    /// A patch fits, or it does not. `first` says that no call before it can
    /// still change the files.
    pub(in crate::session::turn) fn patch_fitted(
        &mut self,
        result: Result<FittedPatch, String>,
        first: bool,
        rules: &Rules<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let Stage::Fitting { patch, workdir } = &self.stage else { return };
        let (patch, workdir) = (patch.clone(), workdir.clone());
        match result {
            Err(_) if !first => self.stage = Stage::FitLater { patch, workdir },
            Err(error) => self.answer(format!("error: the patch was not applied: {error}")),
            Ok(fitted) => {
                let verdict = rules.patch(&fitted.paths);
                self.fitted = fitted;
                match verdict {
                    // A call before it may change what it has to fit.
                    PatchVerdict::Apply if !first => {
                        self.stage = Stage::FitLater { patch, workdir };
                    }
                    PatchVerdict::Apply => self.allow(Action::Patch),
                    PatchVerdict::Refuse(reason) => {
                        let message = reason.clone();
                        effects.push(Effect::Emit(EventMsg::BackgroundEvent { message }));
                        self.answer(format!("error: {reason}"));
                    }
                    PatchVerdict::Ask { reason, grant_root } => {
                        self.grant_root.clone_from(&grant_root);
                        self.asked = true;
                        effects.extend(self.fitted.proposal.take().map(Effect::Propose));
                        effects.push(Effect::Emit(EventMsg::ApplyPatchApprovalRequest {
                            call_id: Some(self.call.call_id.clone()),
                            changes: self.fitted.changes.clone(),
                            reason: with_modes(reason, &self.fitted.modes),
                            grant_root,
                        }));
                        let otherwise = DENIED_PATCH.to_owned();
                        self.stage = Stage::Asking { action: Action::Patch, otherwise };
                    }
                }
            }
        }
    }

    /// What is accepted of the patch begins to be applied.
    pub(in crate::session::turn) fn patch_begins(
        &mut self,
        auto_approved: bool,
        changes: BTreeMap<PathBuf, FileChange>,
        effects: &mut Vec<Effect>,
    ) {
        if matches!(self.stage, Stage::Running(Action::Patch)) && !self.begun {
            self.begun = true;
            let call_id = self.call.call_id.clone();
            effects.push(Effect::Emit(EventMsg::PatchApplyBegin {
                call_id,
                auto_approved,
                changes,
            }));
        }
    }

    /// A patch was applied, or nothing of it.
    pub(in crate::session::turn) fn patch_applied(
        &mut self,
        result: Result<(Vec<Applied>, String), String>,
        effects: &mut Vec<Effect>,
    ) {
        if !matches!(self.stage, Stage::Running(Action::Patch)) {
            return;
        }
        let (stdout, stderr, success) = match result {
            Ok((applied, told)) => (report::applied(&applied) + &told, String::new(), true),
            Err(error) => (String::new(), error, false),
        };
        self.answer(if success {
            stdout.clone()
        } else {
            format!("error: the patch was not applied: {stderr}")
        });
        if self.asked && !success {
            let message = format!("the change that you approved was not made: {stderr}");
            effects.push(Effect::Emit(EventMsg::Error { message }));
        }
        if self.begun {
            effects.push(Effect::Emit(EventMsg::PatchApplyEnd {
                call_id: self.call.call_id.clone(),
                stdout,
                stderr,
                success,
            }));
        }
    }

    /// Nobody decides any more about a patch that has not begun.
    pub(super) fn withdraw(&self, effects: &mut Vec<Effect>) {
        if let Stage::Asking { action: Action::Patch, .. }
        | Stage::Ready { action: Action::Patch, auto_approved: false } = self.stage
        {
            effects.push(Effect::Withdraw { call_id: self.call.call_id.clone() });
        }
    }
}
