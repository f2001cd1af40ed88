//! What wakes a task, and what it wants done.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use tiro_protocol::{EventMsg, FileChange, InputItem, ReviewDecision, SandboxPolicy, TokenUsage};

use crate::{
    checkpoints::Noted,
    model::{ModelError, ModelEvent},
    sandbox::{CommandOutcome, OutputChunk, SandboxError},
    session::{approvals::Grant, history::HistoryItem},
    tools::{read_file::ReadFileArgs, search::SearchArgs},
    workspace::Applied,
};

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// A person said more.
    Steer { id: String, items: Vec<InputItem> },
    /// The model goes on.
    Model(ModelEvent),
    /// The model gave up.
    ModelFailed(ModelError),
    /// A command wrote something.
    Output { call_id: String, chunk: OutputChunk },
    /// A patch was compared with the files.
    PatchFitted { call_id: String, result: Result<FittedPatch, String> },
    /// A command runs, and sees an older text of these files than the editor has.
    OlderText { call_id: String, paths: Vec<PathBuf> },
    /// A command ended, or never began.
    CommandEnded { call_id: String, result: Result<CommandOutcome, SandboxError> },
    /// A patch was applied, or nothing of it.
    PatchApplied { call_id: String, result: Result<AppliedPatch, String> },
    /// A command changed files, or there is something to say of them.
    FilesChanged { changed: Noted },
    /// A tool that only reads has its answer.
    ToolReturned { call_id: String, result: Result<String, String> },
    /// The code that did a call panicked.
    Crashed { call_id: String, message: String },
    /// A person answered.
    Decision { call_id: String, decision: ReviewDecision },
    /// A person wants it to end.
    Interrupt,
    /// The time for things to end by themselves is over.
    GiveUpWaiting,
}

/// A patch that fits the files as they are now.
#[derive(Debug, Clone, Default)]
pub(crate) struct FittedPatch {
    /// Absolute path to change, for a person to look at.
    pub changes: BTreeMap<PathBuf, FileChange>,
    /// Every path that is written, moved or removed: absolute, links resolved.
    pub paths: Vec<PathBuf>,
}

/// A patch that was applied.
#[derive(Debug, Clone, Default)]
pub(crate) struct AppliedPatch {
    /// Where each change is now.
    pub files: Vec<Applied>,
    /// Every path that was touched.
    pub changed: Noted,
}

/// Something to be done.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Report it.
    Emit(EventMsg),
    /// Add to the conversation.
    Record(HistoryItem),
    /// Add to what was used.
    Count(TokenUsage),
    /// Remember for the session.
    Grant(Grant),
    /// Send the conversation to the model.
    AskModel,
    /// Stop listening to the model.
    StopModel,
    /// Compare a patch with the files.
    FitPatch { call_id: String, patch: String, workdir: Option<String> },
    /// Do it.
    Start { call_id: String, action: Action },
    /// End everything that runs, and say when too long has passed.
    StopTools,
    /// The task has ended.
    Finish,
}

/// What one call does, once it may.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// Run a command.
    Command(CommandRun),
    /// Change files.
    Patch {
        /// As the model wrote it.
        patch: String,
        /// Directory that its paths are relative to, when not the root.
        workdir: Option<String>,
        /// The paths that were decided on.
        paths: Vec<PathBuf>,
    },
    /// Read a file.
    ReadFile(ReadFileArgs),
    /// Search the workspace.
    Search(SearchArgs),
}

/// A command with everything decided.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CommandRun {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Absolute.
    pub cwd: PathBuf,
    /// What it may do.
    pub policy: SandboxPolicy,
    /// Until it is ended.
    pub timeout: Option<Duration>,
}

/// What a person is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApprovalKind {
    /// A command.
    Exec,
    /// Changes of files.
    Patch,
}
