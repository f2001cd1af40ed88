//! From the text of a patch to changed files: read it, fit it to the files as
//! they are, and, once it is decided on, have the workspace apply what is wanted
//! to the files as they are by then.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    proposals::{self, Proposal},
    turn::{AppliedPatch, FittedPatch},
};
use crate::{
    checkpoints::{Checkpoints, Noted, Touched},
    edits::{self, EditPlan},
    patch::{self, Change, FileUpdate, ReadFailure},
    tools::location::{self, Reach},
    workspace::{Applied, ApplyError, ReadError, Workspace},
};

/// How often a patch is brought to texts that change while it is applied.
const TRIES: usize = 5;

/// The text of a file that may not be there.
type Text = Option<Arc<str>>;

/// A patch with the files it fits.
pub(super) struct Fitted {
    updates: Vec<FileUpdate>,
    versions: BTreeMap<PathBuf, i32>,
}

/// Fits a patch to the files of the workspace. Where a patch may write is for
/// the rules to decide; what `reach` hides is closed from the start. The error
/// is for the model.
pub(super) fn fit(
    workspace: &dyn Workspace,
    text: &str,
    workdir: Option<&str>,
    reach: &Reach,
) -> Result<Fitted, String> {
    let patch = patch::parse(text).map_err(|error| error.to_string())?;
    let mut versions = BTreeMap::new();
    let mut read = |path: &Path| match workspace.read(path) {
        Ok(file) => {
            versions.extend(file.version.map(|version| (path.to_owned(), version)));
            Ok(file.text)
        }
        Err(ReadError::NotFound(_)) => Err(ReadFailure::NotFound),
        Err(error) => Err(ReadFailure::Unreadable(error.to_string())),
    };
    let mut resolve = |path: &Path| {
        let path = workdir.map_or_else(|| path.to_owned(), |workdir| Path::new(workdir).join(path));
        location::resolve(workspace, &path.to_string_lossy(), reach).map(|location| location.real)
    };
    let updates =
        patch::resolve(&patch, &mut read, &mut resolve).map_err(|error| error.to_string())?;
    if updates.is_empty() {
        return Err("it changes nothing: the files are already as it wants them".to_owned());
    }
    Ok(Fitted { updates, versions })
}

impl Fitted {
    /// What a person looks at and what the rules decide on. `call_id` names the
    /// proposal.
    pub(super) fn into_patch(self, call_id: String) -> FittedPatch {
        let version = |path: &Path| self.versions.get(path).copied();
        let proposal = Proposal::new(call_id, &self.updates, &version);
        FittedPatch {
            changes: patch::file_changes(&self.updates),
            paths: proposal.paths(),
            modes: proposals::modes(&self.updates),
            proposal: Some(Box::new(proposal)),
        }
    }
}

/// What came of applying a proposal.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The error is for the model; nothing was made then.
    pub(super) result: Result<AppliedPatch, String>,
    /// What is wanted and does not fit.
    pub(super) left: Option<Proposal>,
}

/// One attempt, ready to be applied.
struct Attempt {
    proposal: Proposal,
    updates: Vec<FileUpdate>,
    plan: EditPlan,
}

/// Applies what is accepted of a proposal to the files as they are now: all of
/// what fits, or nothing. What does not fit is left over. A text that changes
/// meanwhile is followed. Only the paths that were decided on are touched: a
/// link that has changed since then leads nowhere.
pub(super) async fn apply(
    workspace: Arc<dyn Workspace>,
    checkpoints: Arc<Checkpoints>,
    mut proposal: Proposal,
    reach: Reach,
) -> Outcome {
    let reach = Arc::new(reach);
    let mut tries = 1;
    loop {
        let (reader, reach) = (Arc::clone(&workspace), Arc::clone(&reach));
        let attempt = tokio::task::spawn_blocking(move || prepare(&*reader, proposal, &reach));
        let Attempt { proposal: followed, updates, plan } = match attempt.await {
            Ok(Ok(attempt)) => attempt,
            Ok(Err(error)) => return Outcome { result: Err(error), left: None },
            Err(error) => return Outcome { result: Err(error.to_string()), left: None },
        };
        proposal = followed;
        let told = proposal.told();
        if updates.is_empty() {
            let result = if proposal.has_conflicts() {
                Err(format!("nothing of it fits the files as they are now\n{told}"))
            } else {
                let told = format!("the files are as it wants them already\n{told}");
                Ok(AppliedPatch { told, ..AppliedPatch::default() })
            };
            return Outcome { result, left: proposal.left_over() };
        }
        let (applied, changed) = match record(&workspace, &checkpoints, texts(&updates), plan).await
        {
            Ok(done) => done,
            Err(error) => return Outcome { result: Err(error), left: None },
        };
        match applied {
            Ok(files) => {
                let changed = with_differences(changed, &updates);
                let told = proposals::modes(&updates) + &told;
                // Mostly nothing is left, and the whole text need not be gone through.
                let left = proposal.has_conflicts().then(|| {
                    proposal.made(&updates);
                    proposal.left_over()
                });
                let left = left.flatten();
                return Outcome { result: Ok(AppliedPatch { files, told, changed }), left };
            }
            Err(error) if tries < TRIES && has_moved(&workspace, &error, updates).await => {
                tries += 1;
            }
            Err(error) => return Outcome { result: Err(error.to_string()), left: None },
        }
    }
}

/// Brings a proposal to the files as they are, and plans what is accepted of it.
fn prepare(
    workspace: &dyn Workspace,
    mut proposal: Proposal,
    reach: &Reach,
) -> Result<Attempt, String> {
    proposal.follow(&|path| workspace.read(path));
    for path in proposal.paths() {
        let named = path.to_string_lossy();
        if location::resolve(workspace, &named, reach)?.real != path {
            return Err(format!(
                "{} is not among the files that were decided on: a link has changed in between",
                path.display()
            ));
        }
    }
    let updates = proposal.updates();
    let version = |path: &Path| proposal.version(path);
    let plan =
        edits::plan(&updates, &version, workspace.encoding()).map_err(|error| error.to_string())?;
    Ok(Attempt { proposal, updates, plan })
}

/// Applies a plan; what it replaces is stored before, so that it can be restored.
async fn record(
    workspace: &Arc<dyn Workspace>,
    checkpoints: &Arc<Checkpoints>,
    texts: Vec<(PathBuf, Text, Text)>,
    plan: EditPlan,
) -> Result<(Result<Vec<Applied>, ApplyError>, Noted), String> {
    let recorder = Arc::clone(checkpoints);
    let before = move || {
        let pending = recorder.before_patch(&texts);
        (texts, pending)
    };
    let (texts, pending) =
        tokio::task::spawn_blocking(before).await.map_err(|error| error.to_string())?;
    let applied = workspace.apply(plan, "Tiro".to_owned()).await;
    let (recorder, done) = (Arc::clone(checkpoints), applied.is_ok());
    let after = move || recorder.after_patch(&texts, pending, done);
    let changed = tokio::task::spawn_blocking(after).await.map_err(|error| error.to_string())?;
    Ok((applied, changed))
}

/// What is known to be different in the files that changed: nobody has to compare
/// them again.
fn with_differences(mut changed: Noted, updates: &[FileUpdate]) -> Noted {
    for Touched { path, replaced, .. } in &mut changed.files {
        let known = updates.iter().filter(|update| update.path == *path);
        *replaced = known.into_iter().find_map(|update| match &update.change {
            Change::Update { replaced, move_path: None, .. } => Some(replaced.as_slice().into()),
            Change::Update { .. } | Change::Add { .. } | Change::Delete { .. } => None,
        });
    }
    changed
}

/// Whether a plan failed because a text is not what it was made for.
async fn has_moved(
    workspace: &Arc<dyn Workspace>,
    error: &ApplyError,
    updates: Vec<FileUpdate>,
) -> bool {
    match error {
        ApplyError::Stale(_) => true,
        // Editors give no reason that could be relied on: the texts tell.
        ApplyError::Refused { .. } => {
            let workspace = Arc::clone(workspace);
            let moved = move || {
                updates.iter().any(|FileUpdate { path, change, .. }| match change {
                    Change::Add { .. } => false,
                    Change::Delete { base } | Change::Update { base, .. } => {
                        workspace.read(path).is_ok_and(|file| file.text != *base)
                    }
                })
            };
            tokio::task::spawn_blocking(moved).await.unwrap_or(false)
        }
        ApplyError::Exists(_)
        | ApplyError::Outside { .. }
        | ApplyError::Io { .. }
        | ApplyError::HalfDone { .. } => false,
    }
}

/// Every touched path with its text before and after.
fn texts(updates: &[FileUpdate]) -> Vec<(PathBuf, Text, Text)> {
    let mut texts: BTreeMap<PathBuf, (Text, Text)> = BTreeMap::new();
    for FileUpdate { path, change, .. } in updates {
        let (before, after, target) = match change {
            Change::Add { content } => (None, Some(Arc::from(content.as_str())), path),
            Change::Delete { base } => (Some(Arc::clone(base)), None, path),
            Change::Update { base, result, move_path, .. } => (
                Some(Arc::clone(base)),
                Some(Arc::clone(result)),
                move_path.as_ref().unwrap_or(path),
            ),
        };
        if before.is_some() {
            texts.entry(path.clone()).or_default().0 = before;
        }
        if after.is_some() {
            texts.entry(target.clone()).or_default().1 = after;
        }
    }
    texts.into_iter().map(|(path, (before, after))| (path, before, after)).collect()
}
