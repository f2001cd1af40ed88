//! Writes down what a task does while it does it: before a patch is applied,
//! and after a command has run.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Checkpoints, Recorder, Touched, Version,
    record::{State, Step, Why},
    scan::{Deadline, Found, Scan},
    snapshot::now,
    store::Store,
    version::PLAIN_MODE,
};
use crate::workspace::disk::raw;

/// Milliseconds that a command waits for its files to be kept.
const WAIT: u64 = 2_000;
/// Clocks of file systems tick slower than ours, in nanoseconds.
const TICK: i64 = 20_000_000;
/// Bytes of all texts of one command that are shown in a diff.
const SHOWN: u64 = 8 * 1024 * 1024;

/// Files that were read anew for which the tree is worth saving.
const SAVED_AFTER: usize = 200;

/// Every path that a patch touches, with its text before and after; none where
/// there is no file.
pub type PatchTexts = [(PathBuf, Option<Arc<str>>, Option<Arc<str>>)];

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted {
    /// The files that changed.
    pub files: Vec<Touched>,
    /// For a person to read.
    pub notes: Vec<String>,
}

/// A patch that is being applied.
#[derive(Debug)]
pub struct PendingPatch {
    steps: Option<Vec<Step>>,
    modes: Vec<u32>,
}

impl Checkpoints {
    /// Looks at the watched folders while there is time, so that the first
    /// command need not wait for it. For a task that was just begun.
    pub fn look_ahead(&self) {
        let mut recorder = self.lock();
        if recorder.since.is_none() {
            self.look(&mut recorder, None, &self.ahead);
        }
    }

    /// A command that may write is about to run. Takes two seconds at most;
    /// what is not stored by then cannot be restored, which a note says.
    pub fn before_command(&self) -> Vec<String> {
        let asked = now();
        self.ahead.set(WAIT);
        let mut recorder = self.lock();
        if recorder.since.is_some() {
            self.look_after(&mut recorder);
        }
        // One that was under way when we came has just been.
        if recorder.looked_at < asked {
            let waited = u64::try_from((now() - asked) / 1_000_000).unwrap_or_default();
            self.deadline.set(WAIT.saturating_sub(waited));
            self.look(&mut recorder, None, &self.deadline);
        }
        tell_not_kept(&mut recorder);
        let unsaved = self.workspace.unsaved().into_iter().filter_map(|path| {
            let text = self.workspace.read(&path).ok()?.text;
            Some((path, text))
        });
        recorder.unsaved = unsaved.collect();
        recorder.since = Some(now().saturating_sub(TICK));
        std::mem::take(&mut recorder.notes)
    }

    /// The command is no longer wanted: looking ends as soon as it can.
    pub fn hurry(&self) {
        self.ahead.set(0);
        self.deadline.set(0);
    }

    /// The command has ended.
    pub fn after_command(&self) -> Noted {
        let mut recorder = self.lock();
        let files = self.look_after(&mut recorder);
        Noted { files, notes: std::mem::take(&mut recorder.notes) }
    }

    /// A patch is about to be applied: what it replaces is stored first, so that
    /// it is there also when we are killed half way.
    pub fn before_patch(&self, texts: &PatchTexts) -> PendingPatch {
        let mut recorder = self.lock();
        let recorder = &mut *recorder;
        let modes: Vec<u32> = texts.iter().map(|(path, ..)| mode_of(path)).collect();
        let before = recorder.record.as_ref().map(|record| record.steps.clone());
        if self.store(recorder).is_none() {
            return PendingPatch { steps: None, modes };
        }
        for ((path, before, after), mode) in texts.iter().zip(&modes) {
            let states = (self.state(recorder, before, *mode), self.state(recorder, after, *mode));
            if let Some(record) = &mut recorder.record {
                record.add(path, states.0, states.1);
            }
        }
        save(recorder);
        PendingPatch { steps: before, modes }
    }

    /// The patch was applied, or nothing of it.
    pub fn after_patch(&self, texts: &PatchTexts, pending: PendingPatch, applied: bool) -> Noted {
        let mut recorder = self.lock();
        let recorder = &mut *recorder;
        if !applied {
            if let (Some(record), Some(steps)) = (&mut recorder.record, pending.steps) {
                record.steps = steps;
                save(recorder);
            }
            return Noted { files: Vec::new(), notes: std::mem::take(&mut recorder.notes) };
        }
        let mut files = Vec::new();
        let recorded = pending.steps.is_some();
        for ((path, before, after), mode) in texts.iter().zip(pending.modes) {
            let now = mode_of(path);
            files.push(Touched {
                path: path.clone(),
                before: Version::of_text(before.clone(), mode),
                after: Version::of_text(after.clone(), now),
                replaced: None,
            });
            // What a new file was given shows only now.
            if after.is_some() && now != mode && recorded {
                let kept = self.state(recorder, after, mode);
                let real = self.state(recorder, after, now);
                if let Some(record) = &mut recorder.record {
                    record.add(path, kept, real);
                }
            }
        }
        if recorded {
            save(recorder);
        }
        Noted { files, notes: std::mem::take(&mut recorder.notes) }
    }

    /// The task's own diff wants what a command changed; the record too.
    pub(super) fn look_after(&self, recorder: &mut Recorder) -> Vec<Touched> {
        let Some(since) = recorder.since.take() else { return Vec::new() };
        self.deadline.set(WAIT);
        let found = self.look(recorder, Some(since), &self.deadline);
        tell_not_kept(recorder);
        let unsaved = std::mem::take(&mut recorder.unsaved);
        let mut files = Vec::new();
        let mut shown = SHOWN;
        for (path, before, after) in found.changed {
            let Some(mut before) = before else { continue };
            if let Some(text) = unsaved.get(&path) {
                before = self.state(recorder, &Some(Arc::clone(text)), mode_of(&path));
            }
            if before.is(&after) {
                continue;
            }
            if let Some(record) = &mut recorder.record {
                record.add(&path, before.clone(), after.clone());
            }
            let Some(store) = &recorder.store else { continue };
            files.push(Touched {
                before: version(store, &before, &mut shown),
                after: version(store, &after, &mut shown),
                replaced: None,
                path,
            });
        }
        if !files.is_empty() {
            save(recorder);
        }
        files
    }

    fn look(&self, recorder: &mut Recorder, since: Option<i64>, deadline: &Deadline) -> Found {
        if recorder.watched.is_empty() || self.store(recorder).is_none() {
            return Found::default();
        }
        let state_dir = self.state_dir.canonicalize().unwrap_or_else(|_| self.state_dir.clone());
        let scan =
            Scan { roots: &recorder.watched, hidden: &[state_dir], limits: &self.limits, deadline };
        let Some(store) = &mut recorder.store else { return Found::default() };
        let found = scan.run(&mut recorder.tree, store, since);
        recorder.read += found.read;
        let worth_it = recorder.read > 0 && !recorder.tree_saved || recorder.read >= SAVED_AFTER;
        if since.is_none() && worth_it {
            // Without it the next session reads the files again.
            let _ = store.save_tree(&recorder.tree);
            (recorder.read, recorder.tree_saved) = (0, true);
        }
        recorder.looked_at = now();
        recorder.not_kept = found.not_kept;
        found
    }

    /// Stores a text.
    pub(super) fn state(
        &self,
        recorder: &mut Recorder,
        text: &Option<Arc<str>>,
        mode: u32,
    ) -> State {
        let Some(text) = text else { return State::Absent };
        let size = text.len() as u64;
        if size > self.limits.file_bytes {
            return State::NotKept { why: Why::TooLarge, size };
        }
        match self.store(recorder).map(|store| store.keep(text.as_bytes())) {
            Some(Ok(blob)) => State::File { blob, mode, size },
            Some(Err(_)) | None => State::NotKept { why: Why::NoRoom, size },
        }
    }
}

/// Says once what is not covered.
fn tell_not_kept(recorder: &mut Recorder) {
    let covered = recorder.store.is_none()
        || recorder.watched.is_empty()
        || recorder.not_kept == 0 && recorder.tree.complete;
    if covered || std::mem::replace(&mut recorder.told_not_kept, true) {
        return;
    }
    let message = if recorder.tree.complete {
        format!(
            "{} files are not kept for want of time or room: what commands change of them cannot \
             be restored",
            recorder.not_kept
        )
    } else {
        "this workspace has more files than are watched: what commands change of the rest cannot \
         be restored, and may be missing in the diff"
            .to_owned()
    };
    recorder.notes.push(message);
}

/// Writes the record down. When that fails it is said once.
fn save(recorder: &mut Recorder) {
    let (Some(store), Some(record)) = (&recorder.store, &recorder.record) else { return };
    let saved = match record.steps.is_empty() {
        true => store.forget(&record.id).or(Ok(())),
        false => store.save(record),
    };
    if let Err(error) = saved
        && recorder.broken.is_none()
    {
        let message = format!("the checkpoint of this task cannot be written: {error}");
        recorder.notes.push(message.clone());
        recorder.broken = Some(message);
    }
}

fn version(store: &Store, state: &State, shown: &mut u64) -> Version {
    match state {
        State::Absent => Version::Absent,
        State::Link { target } => Version::Link { target: target.to_path() },
        State::NotKept { .. } => Version::Opaque,
        State::File { size, .. } if *size > *shown => Version::Opaque,
        State::File { blob, mode, size } => {
            *shown -= size;
            let text = store.read(*blob).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            match text {
                Some(text) if !text.contains('\0') => {
                    Version::Text { text: Arc::from(text), mode: *mode }
                }
                Some(_) | None => Version::Opaque,
            }
        }
    }
}

/// The mode of a file; what is usual where there is none.
fn mode_of(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = path.symlink_metadata();
    metadata.map_or(PLAIN_MODE, |metadata| metadata.mode() & raw::MODE_BITS)
}
