//! The way back to before a task. What the tasks since then did to each file is
//! undone step by step, the last one first; what a person changed in between
//! stays, and where that is not possible nothing is done.

mod chain;
mod doing;

use std::path::{Path, PathBuf};

use super::{
    Checkpoints, Recorder,
    record::{Kind, Record, State, Why},
    store::{BlobError, Store},
    version::PLAIN_MODE,
};
use crate::{
    edits::{self, EditPlan},
    patch::{Change, FileUpdate},
    workspace::{
        ReadError, disk,
        disk::raw::{self, LookError, Raw},
        is_within, resolve,
    },
};
use chain::{Chain, Undone};

/// A file that cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Absolute.
    pub path: PathBuf,
    /// For a person to read.
    pub reason: String,
}

/// What a restore did: everything, or nothing when some file is refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restored {
    /// Files that are as they were before the task.
    pub restored: Vec<PathBuf>,
    /// Files that are as they were but for what a person changed since.
    pub merged: Vec<PathBuf>,
    /// Why nothing was done.
    pub refused: Vec<Refusal>,
    /// For a person to read.
    pub notes: Vec<String>,
}

/// Why there is nothing to restore from, or it went wrong.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// No checkpoint has this id.
    #[error("there is no checkpoint {0:?}; ask for the list of those there are")]
    Unknown(String),
    /// There is no store.
    #[error("no checkpoints are kept; see the configuration and the state directory")]
    NoStore,
    /// Nothing was changed.
    #[error("nothing was restored: {0}")]
    Failed(String),
}

/// A file on its way back.
#[derive(Debug)]
struct Step {
    path: PathBuf,
    current: Raw,
    /// Of the open document.
    version: Option<i32>,
    target: Raw,
    merged: bool,
}

/// Everything that will be done.
struct Prepared {
    record: Record,
    plan: EditPlan,
    /// Path, what is there, what will be.
    raws: Vec<(PathBuf, Raw, Raw)>,
    modes: Vec<(PathBuf, u32)>,
    result: Restored,
}

impl Checkpoints {
    /// Goes back to before the task of a checkpoint: every file that it or a
    /// later one changed, or only those of `paths` (absolute, or relative to the
    /// first workspace folder). Open files are changed in the editor. A
    /// checkpoint of how it was is made before, so that this too can be taken
    /// back.
    ///
    /// # Errors
    /// There is no such checkpoint, or a file could not be written. Then all is
    /// as before. Files that a person changed in the same lines are no error:
    /// they are in [`Restored::refused`], and nothing was done either.
    pub async fn restore(
        self: std::sync::Arc<Self>,
        id: String,
        paths: Option<Vec<PathBuf>>,
    ) -> Result<Restored, RestoreError> {
        let this = std::sync::Arc::clone(&self);
        let prepared = tokio::task::spawn_blocking(move || this.prepare(&id, paths.as_deref()));
        let failed = |error: String| RestoreError::Failed(error);
        let prepared = match prepared.await.map_err(|error| failed(error.to_string()))?? {
            Ok(prepared) => prepared,
            Err(refused) => return Ok(refused),
        };
        doing::carry_out(self, prepared).await
    }

    /// What will be done; or the refusals.
    fn prepare(
        &self,
        id: &str,
        paths: Option<&[PathBuf]>,
    ) -> Result<Result<Prepared, Restored>, RestoreError> {
        let mut recorder = self.lock();
        self.look_after(&mut recorder);
        let store = self.store(&mut recorder).ok_or(RestoreError::NoStore)?;
        let (records, notes) = store.records();
        let from = records.iter().position(|record| record.id == id);
        let from = from.ok_or_else(|| RestoreError::Unknown(id.to_owned()))?;
        let roots = self.workspace.roots();
        let mut chains = chain::chains(&records[from..]);
        let mut result = Restored { notes, ..Restored::default() };
        if let Some(paths) = paths {
            let base = roots.first().cloned().unwrap_or_default();
            let asked: Vec<PathBuf> = paths.iter().map(|path| base.join(path)).collect();
            for path in asked.iter().filter(|path| !chains.contains_key(*path)) {
                let reason = "neither this task nor a later one changed it".to_owned();
                result.refused.push(Refusal { path: path.clone(), reason });
            }
            chains.retain(|path, _| asked.contains(path));
        }
        let mut steps = Vec::new();
        for (path, chain) in &chains {
            match self.step(store, &roots, path, chain) {
                Ok(Some(step)) => steps.push(step),
                Ok(None) => {}
                Err(reason) => result.refused.push(Refusal { path: path.clone(), reason }),
            }
        }
        if !result.refused.is_empty() {
            return Ok(Err(result));
        }
        for step in &steps {
            let list = if step.merged { &mut result.merged } else { &mut result.restored };
            list.push(step.path.clone());
        }
        let title = format!("before going back to: {}", records[from].title);
        let record = self.write_ahead(&mut recorder, &title, &steps);
        let prepared = self.plan(steps, record, result);
        prepared.map(Ok).map_err(RestoreError::Failed)
    }

    /// The way of one file; none when it is there already. The error is the
    /// reason for refusing.
    fn step(
        &self,
        store: &Store,
        roots: &[PathBuf],
        path: &Path,
        chain: &Chain,
    ) -> Result<Option<Step>, String> {
        let parent = path.parent().ok_or("it has no folder")?;
        let real = resolve(parent, parent).map_err(|error| error.to_string())?;
        if !is_within(path, roots) {
            return Err("it is outside of the workspace".to_owned());
        }
        if real != parent {
            return Err(format!("its folder is now a link to {}", real.display()));
        }
        let (current, version) = self.current(path)?;
        match chain::undo(store, chain, &current)? {
            Undone { value, .. } if value == current => Ok(None),
            Undone { value: target, merged } => {
                Ok(Some(Step { path: path.to_owned(), current, version, target, merged }))
            }
        }
    }

    /// What is at a path; an open text stands over the disk.
    fn current(&self, path: &Path) -> Result<(Raw, Option<i32>), String> {
        let on_disk = raw::look(path, disk::READ_CAP).map_err(|error| match error {
            LookError::Special => "something else is there now".to_owned(),
            other @ (LookError::TooLarge(_) | LookError::Io(_)) => other.to_string(),
        })?;
        let mode = match &on_disk {
            Raw::File { mode, .. } => *mode,
            Raw::Link { .. } => return Ok((on_disk, None)),
            Raw::Absent => PLAIN_MODE,
        };
        match self.workspace.read(path) {
            Ok(file) => {
                Ok((Raw::File { bytes: file.text.as_bytes().to_vec(), mode }, file.version))
            }
            Err(ReadError::NotFound(_) | ReadError::NotUtf8(_)) => Ok((on_disk, None)),
            Err(other) => Err(other.to_string()),
        }
    }

    /// The checkpoint of how it is now.
    fn write_ahead(&self, recorder: &mut Recorder, title: &str, steps: &[Step]) -> Record {
        let mut record = self.new_record(Kind::Restore, "", title);
        let Some(store) = &mut recorder.store else { return record };
        let mut state = |raw: &Raw| match raw {
            Raw::Absent => State::Absent,
            Raw::Link { target } => State::Link { target: super::record::Name::of(target) },
            Raw::File { bytes, mode } => {
                let size = bytes.len() as u64;
                match store.keep(bytes) {
                    Ok(blob) => State::File { blob, mode: *mode, size },
                    Err(_) => State::NotKept { why: Why::NoRoom, size },
                }
            }
        };
        for Step { path, current, target, .. } in steps {
            let (before, after) = (state(current), state(target));
            record.add(path, before, after);
        }
        if !steps.is_empty() {
            // Going back is what is wanted; going forth again is a courtesy.
            let _ = store.save(&record);
        }
        record
    }

    fn plan(&self, steps: Vec<Step>, record: Record, result: Restored) -> Result<Prepared, String> {
        let (mut updates, mut raws, mut modes) = (Vec::new(), Vec::new(), Vec::new());
        let mut versions = std::collections::BTreeMap::new();
        for Step { path, current, version, target, .. } in steps {
            versions.extend(version.map(|version| (path.clone(), version)));
            let mode = mode(&target).filter(|wanted| mode(&current) != Some(*wanted));
            let mut with_mode = || modes.extend(mode.map(|mode| (path.clone(), mode)));
            let change = match (text(&current), text(&target)) {
                (Some(None), Some(Some(content))) => Change::Add { content: content.to_owned() },
                (Some(Some(base)), Some(None)) => Change::Delete { base: base.into() },
                (Some(Some(base)), Some(Some(result))) if base == result => {
                    with_mode();
                    continue;
                }
                (Some(Some(base)), Some(Some(result))) => Change::update(base.into(), result, None),
                _ => {
                    raws.push((path, current, target));
                    continue;
                }
            };
            with_mode();
            updates.push(FileUpdate::new(path, change));
        }
        let version = |path: &Path| versions.get(path).copied();
        let plan = edits::plan(&updates, &version, self.workspace.encoding())
            .map_err(|error| error.to_string())?;
        Ok(Prepared { record, plan, raws, modes, result })
    }
}

fn mode(raw: &Raw) -> Option<u32> {
    match raw {
        Raw::File { mode, .. } => Some(*mode),
        Raw::Absent | Raw::Link { .. } => None,
    }
}

/// None when it is no text; within, none when there is nothing.
fn text(raw: &Raw) -> Option<Option<&str>> {
    match raw {
        Raw::Absent => Some(None),
        Raw::File { bytes, .. } => std::str::from_utf8(bytes).ok().map(Some),
        Raw::Link { .. } => None,
    }
}

/// Takes a content out of the store. The error is the reason for refusing.
fn load(store: &Store, state: &State) -> Result<Raw, String> {
    match state {
        State::Absent => Ok(Raw::Absent),
        State::Link { target } => Ok(Raw::Link { target: target.to_path() }),
        State::File { blob, mode, .. } => {
            let bytes = store.read(*blob).map_err(|error: BlobError| error.to_string())?;
            Ok(Raw::File { bytes, mode: *mode })
        }
        State::NotKept { why, size } => Err(match why {
            Why::TooLarge => format!("it was not kept: it has {size} bytes, more than are kept"),
            Why::NoRoom => "it was not kept for want of time or room".to_owned(),
            Why::Unreadable => "it was not kept, because it could not be read".to_owned(),
        }),
    }
}
