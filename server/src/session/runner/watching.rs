//! Checkpoints around what a task does, and what a person asks of them.

use std::{path::PathBuf, sync::Arc};

use tiro_protocol::{
    Checkpoint, CheckpointChange, CheckpointFile, EventMsg, InputItem, RefusedFile,
    SandboxPermission, SandboxPolicy,
};
use tokio_util::sync::CancellationToken;

use super::{Input, Reporter, Runner, SessionSetup, Wake, blocking};
use crate::{
    checkpoints::{Change, Checkpoints, Noted, Restored, Summary},
    session::history::said,
    workspace::Workspace,
};

/// What comes of a question about checkpoints.
pub(in crate::session) struct Answer {
    /// In this order.
    pub(in crate::session) events: Vec<EventMsg>,
    /// What the model should know.
    pub(in crate::session) note: Option<String>,
}

pub(super) fn checkpoints(setup: &SessionSetup) -> Checkpoints {
    let (workspace, limits) = (Arc::clone(&setup.workspace), setup.config.checkpoints);
    Checkpoints::new(workspace, &setup.env.state_dir(), limits)
}

/// A command and what it may change.
pub(super) struct Watch(Option<Arc<Checkpoints>>);

impl Watch {
    /// Hurries when the command is no longer wanted.
    pub(super) async fn before(&self, reporter: &Reporter, cancelled: &CancellationToken) {
        let Some(checkpoints) = self.0.clone() else { return };
        let looker = Arc::clone(&checkpoints);
        let mut looking = std::pin::pin!(blocking(move || looker.before_command()));
        let notes = match cancelled.run_until_cancelled(&mut looking).await {
            Some(notes) => notes,
            None => {
                checkpoints.hurry();
                looking.await
            }
        };
        report(reporter, Noted { files: Vec::new(), notes }).await;
    }

    pub(super) async fn after(&self, reporter: &Reporter) {
        let Some(checkpoints) = self.0.clone() else { return };
        report(reporter, blocking(move || checkpoints.after_command()).await).await;
    }
}

async fn report(reporter: &Reporter, changed: Noted) {
    if changed != Noted::default() {
        reporter.report(Input::FilesChanged { changed }).await;
    }
}

impl Runner {
    pub(super) fn watch(&self, policy: &SandboxPolicy) -> Watch {
        let writes = *policy != SandboxPolicy::read_only();
        Watch(writes.then(|| Arc::clone(&self.checkpoints)))
    }

    /// Begins the task's checkpoint. Where commands may write unasked the files
    /// are looked at while the model thinks.
    pub(super) fn begin_checkpoint(
        &mut self,
        task: &str,
        items: &[InputItem],
        policy: &SandboxPolicy,
    ) {
        // What comes before it is context.
        let said = said(items).pop();
        let watched = watched(&*self.workspace, policy);
        self.checkpoints.begin_task(task, said.unwrap_or_default(), watched);
        let first = self.workspace.roots().first().cloned().unwrap_or_default();
        if policy.has_full_disk_write_access() || !policy.writable_roots(&first).is_empty() {
            let checkpoints = Arc::clone(&self.checkpoints);
            self.jobs.spawn(async move { blocking(move || checkpoints.look_ahead()).await });
        }
    }

    /// Lists the checkpoints.
    pub(in crate::session) fn list_checkpoints(&mut self, id: String) {
        let (checkpoints, wakes) = (Arc::clone(&self.checkpoints), self.wakes.clone());
        self.jobs.spawn(async move {
            let (summaries, warnings) = blocking(move || checkpoints.list()).await;
            let mut events: Vec<EventMsg> = warnings.into_iter().map(background).collect();
            let checkpoints = summaries.into_iter().map(checkpoint).collect();
            events.push(EventMsg::CheckpointList { checkpoints });
            let _ =
                wakes.send(Wake::Checkpoints { id, answer: Answer { events, note: None } }).await;
        });
    }

    /// Goes back to a checkpoint.
    pub(in crate::session) fn restore(
        &mut self,
        id: String,
        checkpoint: String,
        paths: Option<Vec<PathBuf>>,
    ) {
        let (checkpoints, wakes) = (Arc::clone(&self.checkpoints), self.wakes.clone());
        self.jobs.spawn(async move {
            let result = checkpoints.restore(checkpoint.clone(), paths).await;
            let answer = match result {
                Ok(restored) => answer(checkpoint, restored),
                Err(error) => {
                    let message = error.to_string();
                    let end = restore_end(checkpoint, Restored::default(), false);
                    Answer { events: vec![EventMsg::Error { message }, end], note: None }
                }
            };
            let _ = wakes.send(Wake::Checkpoints { id, answer }).await;
        });
    }
}

/// The workspace, and what else commands may write to by name.
fn watched(workspace: &dyn Workspace, policy: &SandboxPolicy) -> Vec<PathBuf> {
    let folders = policy.permissions.iter().filter_map(|permission| match permission {
        SandboxPermission::DiskWriteFolder { folder } => folder.canonicalize().ok(),
        SandboxPermission::DiskFullReadAccess
        | SandboxPermission::DiskWritePlatformUserTempFolder
        | SandboxPermission::DiskWritePlatformGlobalTempFolder
        | SandboxPermission::DiskWriteCwd
        | SandboxPermission::DiskFullWriteAccess
        | SandboxPermission::NetworkFullAccess => None,
    });
    let mut watched: Vec<PathBuf> = workspace.roots();
    watched.extend(folders);
    watched.sort();
    watched.dedup();
    watched
}

fn answer(checkpoint: String, restored: Restored) -> Answer {
    let names = |paths: &[PathBuf]| {
        paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    };
    let success = restored.refused.is_empty();
    let all = [restored.restored.as_slice(), restored.merged.as_slice()].concat();
    let note = (success && !all.is_empty()).then(|| {
        format!(
            "The person went back to an earlier checkpoint. These files are not as you left them; \
             read them again before you change them: {}",
            names(&all)
        )
    });
    let mut events: Vec<EventMsg> = restored.notes.iter().cloned().map(background).collect();
    events.push(restore_end(checkpoint, restored, success));
    Answer { events, note }
}

fn restore_end(checkpoint: String, restored: Restored, success: bool) -> EventMsg {
    let refused = restored.refused.into_iter();
    EventMsg::RestoreEnd {
        checkpoint,
        restored: restored.restored,
        merged: restored.merged,
        refused: refused.map(|it| RefusedFile { path: it.path, reason: it.reason }).collect(),
        success,
    }
}

fn checkpoint(summary: Summary) -> Checkpoint {
    let files = summary.files.into_iter().map(|file| CheckpointFile {
        path: file.path,
        change: match file.change {
            Change::Added => CheckpointChange::Added,
            Change::Deleted => CheckpointChange::Deleted,
            Change::Modified => CheckpointChange::Modified,
        },
        kept: file.kept,
    });
    Checkpoint { id: summary.id, title: summary.title, time: summary.time, files: files.collect() }
}

fn background(message: String) -> EventMsg {
    EventMsg::BackgroundEvent { message }
}
