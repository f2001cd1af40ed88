//! Jobs for patches: to fit one, to apply what is accepted of it or hunks of
//! what was left, and to bring proposals after texts that change. The texts may
//! be long, so what is compared is compared here, not in the event loop.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, path::PathBuf, sync::Arc};

use futures::FutureExt as _;
use tiro_protocol::FileChange;
use tokio::task::spawn_blocking;

use super::{Runner, Wake, blocking, panic_message};
use crate::{
    patch,
    session::{
        patching::{self, Outcome},
        proposals::Proposal,
        turn::Input,
    },
    tools::location::Reach,
};

const INTERRUPTED: &str = "interrupted by the person before it began";

/// A proposal that was brought to the files as they are.
pub(in crate::session) struct Followed {
    /// The revision that it was made of.
    pub(in crate::session) revision: u64,
    /// Whether a hunk moved or fits in another way.
    pub(in crate::session) moved: bool,
    pub(in crate::session) proposal: Proposal,
}

/// What is accepted of a patch.
pub(in crate::session) struct Accepted {
    /// The submission that started the task.
    pub(in crate::session) task: String,
    pub(in crate::session) call_id: String,
    pub(in crate::session) auto_approved: bool,
    pub(in crate::session) proposal: Proposal,
    /// What it changes, where that is known.
    pub(in crate::session) changes: Option<BTreeMap<PathBuf, FileChange>>,
}

impl Runner {
    /// Compares a patch with the files as they are.
    pub(in crate::session) fn fit_patch(
        &mut self,
        call_id: String,
        patch: String,
        workdir: Option<String>,
        reach: Reach,
    ) {
        let workspace = Arc::clone(&self.workspace);
        self.job(call_id, move |call_id| async move {
            let name = call_id.clone();
            let fit = move || {
                patching::fit(&*workspace, &patch, workdir.as_deref(), &reach)
                    .map(|fitted| fitted.into_patch(name))
            };
            Input::PatchFitted { call_id, result: blocking(fit).await }
        });
    }

    /// Reports the begin, and applies what is accepted of a proposal.
    pub(in crate::session) fn apply_patch(&mut self, accepted: Accepted, reach: Reach) {
        let Accepted { task, call_id, auto_approved, proposal, changes } = accepted;
        let (workspace, wakes) = (Arc::clone(&self.workspace), self.wakes.clone());
        let checkpoints = Arc::clone(&self.checkpoints);
        let (reporter, cancelled) = (self.reporter(), self.tools.clone());
        self.job(call_id, move |call_id| async move {
            let (proposal, changes) = match changes {
                Some(changes) => (proposal, changes),
                None => blocking(move || with_changes(proposal)).await,
            };
            if cancelled.is_cancelled() {
                return Input::PatchApplied { call_id, result: Err(INTERRUPTED.to_owned()) };
            }
            let begins = Input::PatchBegins { call_id: call_id.clone(), auto_approved, changes };
            reporter.report(begins).await;
            let outcome = patching::apply(workspace, checkpoints, proposal, reach).await;
            if let Some(proposal) = outcome.left.map(Box::new) {
                // The event loop may have ended; then nobody can decide on it.
                let _ = wakes.send(Wake::Left { task, proposal }).await;
            }
            Input::PatchApplied { call_id, result: outcome.result }
        });
    }

    /// Reports the begin, and applies hunks of what was left of a patch: as one
    /// edit, of what fits by then.
    pub(in crate::session) fn apply_hunks(
        &mut self,
        task: String,
        hunks: Vec<String>,
        proposal: Proposal,
        reach: Reach,
    ) {
        let (workspace, wakes) = (Arc::clone(&self.workspace), self.wakes.clone());
        let checkpoints = Arc::clone(&self.checkpoints);
        self.jobs.spawn(async move {
            let (id, wanted) = (proposal.id().to_owned(), hunks.clone());
            let only = spawn_blocking(move || with_changes(proposal.only(&wanted))).await;
            // Whatever is wrong, what ends has begun.
            let (only, changes) = match only {
                Ok((only, changes)) => (Ok(only), changes),
                Err(error) => (Err(error.to_string()), BTreeMap::new()),
            };
            let begins = Wake::HunksBegin { task: task.clone(), proposal: id.clone(), changes };
            let _ = wakes.send(begins).await;
            let work = async { Ok(patching::apply(workspace, checkpoints, only?, reach).await) };
            let outcome = AssertUnwindSafe(work).catch_unwind().await;
            let (result, hunks) = match outcome.unwrap_or_else(|panic| Err(panic_message(&*panic)))
            {
                Ok(Outcome { result: Ok(done), left }) => {
                    let made = match left {
                        Some(left) => left.without(hunks),
                        None => hunks,
                    };
                    (Ok(done), made)
                }
                Ok(Outcome { result: Err(error), .. }) | Err(error) => (Err(error), hunks),
            };
            let _ = wakes.send(Wake::HunksApplied { task, proposal: id, hunks, result }).await;
        });
    }

    /// Brings proposals to the files as they are.
    pub(in crate::session) fn follow(&mut self, proposals: Vec<Proposal>) {
        let (workspace, wakes) = (Arc::clone(&self.workspace), self.wakes.clone());
        self.jobs.spawn(async move {
            let follow = move |mut proposal: Proposal| {
                let revision = proposal.revision();
                let moved = proposal.follow(&|path| workspace.read(path));
                Followed { revision, moved, proposal }
            };
            let followed = spawn_blocking(|| proposals.into_iter().map(follow).collect());
            // None after a panic: then what is known stays what is known.
            let followed = followed.await.unwrap_or_default();
            let _ = wakes.send(Wake::Followed(followed)).await;
        });
    }
}

/// What is accepted of a proposal, as it is shown.
fn with_changes(proposal: Proposal) -> (Proposal, BTreeMap<PathBuf, FileChange>) {
    let changes = patch::file_changes(&proposal.updates());
    (proposal, changes)
}
