//! What each task changed, kept outside of the project and without git, so that
//! it can be shown as one diff and taken back.
//!
//! [`Checkpoints`] is one session's hold on the store of its workspace. The
//! session says when a task begins, and what comes before and after each patch
//! and each command; [`Checkpoints::restore`] goes back. The texts that a patch
//! replaces are known; for commands the watched folders are looked at before
//! and after. Everything here waits for the disk: call it where that holds
//! nobody up.

mod digest;
mod list;
mod merge;
mod prune;
mod record;
mod recorder;
mod restore;
mod scan;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;
mod version;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use list::{Change, ChangedFile, Summary};
pub(crate) use prune::now;
pub use recorder::{Noted, PatchTexts, PendingPatch};
pub use restore::{Refusal, RestoreError, Restored};
pub use version::{Diff, PLAIN_MODE, Shown, Touched, Version, diff};

use crate::{config::CheckpointLimits, workspace::Workspace};
use digest::Digest;
use record::{Kind, Record};
use scan::Deadline;
use snapshot::Tree;
use store::Store;

/// Characters of a title.
const TITLE: usize = 100;

/// One session's hold on the checkpoints of its workspace.
pub struct Checkpoints {
    workspace: Arc<dyn Workspace>,
    state_dir: PathBuf,
    limits: CheckpointLimits,
    session: String,
    /// For the look that nothing waits for.
    ahead: Deadline,
    deadline: Deadline,
    /// The task that has begun, until the recorder takes it up.
    next: Mutex<Option<NextTask>>,
    recorder: Mutex<Recorder>,
}

/// A task that begins.
#[derive(Debug)]
struct NextTask {
    record: Record,
    watched: Vec<PathBuf>,
}

/// What is known while a task runs.
#[derive(Debug, Default)]
struct Recorder {
    store: Option<Store>,
    /// Why there is no store; said once.
    broken: Option<String>,
    record: Option<Record>,
    /// Absolute folders that commands may write to.
    watched: Vec<PathBuf>,
    tree: Tree,
    /// When it was last looked at, in nanoseconds since 1970.
    looked_at: i64,
    /// When the command began whose changes are still to be looked for.
    since: Option<i64>,
    /// What the editor had over the disk when the command began.
    unsaved: BTreeMap<PathBuf, Arc<str>>,
    /// For a person, not said yet.
    notes: Vec<String>,
    /// Files that were read since the tree was last saved.
    read: usize,
    tree_saved: bool,
    /// Files whose content the last look could not keep.
    not_kept: usize,
    told_not_kept: bool,
}

impl std::fmt::Debug for Checkpoints {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Checkpoints")
            .field("state_dir", &self.state_dir)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Checkpoints {
    /// Opens nothing yet. `state_dir` is Tiro's own directory for what it keeps.
    #[must_use]
    pub fn new(workspace: Arc<dyn Workspace>, state_dir: &Path, limits: CheckpointLimits) -> Self {
        Self {
            workspace,
            state_dir: state_dir.to_owned(),
            limits,
            session: new_id(),
            ahead: Deadline::default(),
            deadline: Deadline::default(),
            next: Mutex::default(),
            recorder: Mutex::default(),
        }
    }

    /// A task begins: `title` is what the person said, `watched` are folders
    /// that its commands may write to. Returns at once; the first line of the
    /// title is kept.
    pub fn begin_task(&self, task: &str, title: &str, watched: Vec<PathBuf>) {
        let record = self.new_record(Kind::Task, task, title);
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(NextTask { record, watched });
        self.ahead.lift();
    }

    /// The task has ended: what is still being looked at for it need not be.
    pub fn end_task(&self) {
        self.ahead.set(0);
    }

    fn new_record(&self, kind: Kind, task: &str, title: &str) -> Record {
        let line = title.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        Record {
            id: new_id(),
            kind,
            session: self.session.clone(),
            task: task.to_owned(),
            time: now(),
            title: line.chars().take(TITLE).collect(),
            roots: self.workspace.roots(),
            steps: Vec::new(),
        }
    }

    /// The recorder, with the task that has begun taken up.
    fn lock(&self) -> MutexGuard<'_, Recorder> {
        let mut recorder = self.recorder.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(NextTask { record, watched }) = next {
            // A command of the task before that was interrupted is its own.
            self.look_after(&mut recorder);
            recorder.record = Some(record);
            recorder.watched = watched;
            if let Some(store) = &mut recorder.store {
                let _ = store.clean_up(&self.limits);
            }
            recorder.forget_what_is_gone();
        }
        recorder
    }

    /// The store of this workspace, opened when it is first needed.
    fn store<'a>(&self, recorder: &'a mut Recorder) -> Option<&'a mut Store> {
        if self.limits.store_bytes == 0 {
            return None;
        }
        if recorder.store.is_none() && recorder.broken.is_none() {
            let directory = self.directory();
            match Store::open(&directory, &self.limits) {
                Ok(store) => {
                    recorder.tree = store.tree();
                    recorder.store = Some(store);
                }
                Err(error) => {
                    let message = format!(
                        "no checkpoints are kept, so what this session does cannot be taken back \
                         by restoring: {} cannot be used: {error}",
                        directory.display()
                    );
                    recorder.notes.push(message.clone());
                    recorder.broken = Some(message);
                }
            }
        }
        recorder.store.as_mut()
    }

    fn directory(&self) -> PathBuf {
        place(&self.state_dir, "checkpoints", &self.workspace.roots())
    }
}

impl Recorder {
    /// After others may have cleaned the store up.
    fn forget_what_is_gone(&mut self) {
        if let Some(store) = &self.store {
            self.tree.retain(|digest| store.has(digest));
        }
    }
}

/// Where things of a kind are kept: one folder for each set of workspace folders.
pub(crate) fn place(state_dir: &Path, kind: &str, roots: &[PathBuf]) -> PathBuf {
    let mut names = Vec::new();
    for root in roots {
        names.extend_from_slice(root.as_os_str().as_encoded_bytes());
        names.push(0);
    }
    state_dir.join(kind).join(&Digest::of(&names).to_string()[..32])
}

/// Sorts by time; no two are the same.
pub(crate) fn new_id() -> String {
    use std::{
        hash::{BuildHasher as _, RandomState},
        sync::atomic::{AtomicU64, Ordering},
    };
    // Two within one microsecond are still one after the other.
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = prune::now_in_microseconds();
    let after = |last: u64| now.max(last + 1);
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(after(last)));
    let time = after(last.unwrap_or_default());
    let random = RandomState::new().hash_one(std::process::id());
    format!("{time:016}-{:08x}", random >> 32)
}
