//! Which checkpoints there are, for a person to choose from.

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    Checkpoints,
    record::{Record, State},
};

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    Added,
    /// It was there before.
    Deleted,
    /// It was another before.
    Modified,
}

/// A file that a task changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Absolute.
    pub path: PathBuf,
    /// From before the task to after it.
    pub change: Change,
    /// Whether what was there before can be restored.
    pub kept: bool,
}

/// A checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Names it in a restore.
    pub id: String,
    /// What the person said.
    pub title: String,
    /// Milliseconds since 1970.
    pub time: u64,
    /// By path.
    pub files: Vec<ChangedFile>,
}

impl Checkpoints {
    /// Every checkpoint, oldest first, and what a person should know of the
    /// store. Tasks that changed nothing have none.
    pub fn list(&self) -> (Vec<Summary>, Vec<String>) {
        let mut recorder = self.lock();
        self.look_after(&mut recorder);
        let mut warnings = Vec::new();
        let mut summaries = Vec::new();
        if let Some(store) = self.store(&mut recorder) {
            let (records, unreadable) = store.records();
            warnings = unreadable;
            summaries.extend(records.iter().map(|record| {
                summary(record, &|state| state.blob().is_none_or(|blob| store.has(blob)))
            }));
        }
        summaries.retain(|summary| !summary.files.is_empty());
        warnings.append(&mut recorder.notes);
        (summaries, warnings)
    }
}

fn summary(record: &Record, there: &dyn Fn(&State) -> bool) -> Summary {
    let mut files: BTreeMap<PathBuf, (&State, &State, bool)> = BTreeMap::new();
    for step in &record.steps {
        let Some(path) = record.path(step) else { continue };
        let kept = step.before.is_kept() && there(&step.before);
        let file = files.entry(path).or_insert((&step.before, &step.after, true));
        file.1 = &step.after;
        file.2 &= kept;
    }
    let files = files.into_iter().filter_map(|(path, (before, after, kept))| {
        let change = match (before, after) {
            (State::Absent, State::Absent) => return None,
            (State::Absent, _) => Change::Added,
            (_, State::Absent) => Change::Deleted,
            (before, after) if before.is(after) => return None,
            _ => Change::Modified,
        };
        Some(ChangedFile { path, change, kept })
    });
    Summary {
        id: record.id.clone(),
        title: record.title.clone(),
        time: record.time,
        files: files.collect(),
    }
}
