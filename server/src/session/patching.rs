//! From the text of a patch to changed files: read it, fit it to the files as
//! they are now, plan the edits, have the workspace apply them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::turn::{AppliedPatch, FittedPatch};
use crate::{
    checkpoints::Checkpoints,
    edits,
    patch::{self, Change, FileUpdate, ReadFailure},
    tools::location::{self, Reach},
    workspace::{ReadError, Workspace},
};

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
    /// What a person looks at and what the rules decide on.
    pub(super) fn summary(&self) -> FittedPatch {
        FittedPatch { changes: patch::file_changes(&self.updates), paths: self.paths() }
    }

    fn paths(&self) -> Vec<PathBuf> {
        let moved = self.updates.iter().filter_map(|update| match &update.change {
            Change::Update { move_path, .. } => move_path.clone(),
            Change::Add { .. } | Change::Delete { .. } => None,
        });
        let mut paths: Vec<PathBuf> =
            self.updates.iter().map(|update| update.path.clone()).chain(moved).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Every touched path with its text before and after.
    fn texts(&self) -> Vec<(PathBuf, Text, Text)> {
        let mut texts: BTreeMap<PathBuf, (Text, Text)> = BTreeMap::new();
        for FileUpdate { path, change, .. } in &self.updates {
            let (before, after, target) = match change {
                Change::Add { content } => (None, Some(Arc::from(content.as_str())), path),
                Change::Delete { base } => (Some(Arc::clone(base)), None, path),
                Change::Update { base, result, move_path, .. } => (
                    Some(Arc::clone(base)),
                    Some(Arc::from(result.as_str())),
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
}

/// Fits a patch once more, to the files as they are when its turn has come, and
/// applies it. Only the paths that were decided on may be touched: a link that
/// has changed since then leads nowhere. The error is for the model.
pub(super) async fn apply(
    workspace: Arc<dyn Workspace>,
    checkpoints: Arc<Checkpoints>,
    text: String,
    workdir: Option<String>,
    decided: Vec<PathBuf>,
    reach: Reach,
) -> Result<AppliedPatch, String> {
    let (reader, recorder) = (Arc::clone(&workspace), Arc::clone(&checkpoints));
    let fitted = tokio::task::spawn_blocking(move || {
        let fitted = fit(&*reader, &text, workdir.as_deref(), &reach)?;
        if let Some(path) = fitted.paths().iter().find(|path| !decided.contains(path)) {
            return Err(format!(
                "{} is not among the files that were decided on: a link has changed in between",
                path.display()
            ));
        }
        let encoding = reader.encoding();
        let texts = fitted.texts();
        let version = |path: &Path| fitted.versions.get(path).copied();
        let plan =
            edits::plan(fitted.updates, &version, encoding).map_err(|error| error.to_string())?;
        let pending = recorder.before_patch(&texts);
        Ok((texts, pending, plan))
    });
    let (texts, pending, plan) = fitted.await.map_err(|error| error.to_string())??;
    let files = workspace.apply(plan, "Tiro".to_owned()).await;
    let applied = files.is_ok();
    let record = move || checkpoints.after_patch(&texts, pending, applied);
    let changed = tokio::task::spawn_blocking(record).await.map_err(|error| error.to_string())?;
    Ok(AppliedPatch { files: files.map_err(|error| error.to_string())?, changed })
}
