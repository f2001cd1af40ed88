//! What wakes a task, and what it wants done.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use tiro_protocol::{EventMsg, FileChange, InputItem, ReviewDecision, SandboxPolicy, TokenUsage};

use crate::{
    checkpoints::Noted,
    model::{ModelError, ModelEvent},
    sandbox::{CommandOutcome, OutputChunk, SandboxError},
    session::{approvals::Grant, history::HistoryItem, proposals::Proposal},
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
    /// What is accepted of a patch begins to be applied.
    PatchBegins { call_id: String, auto_approved: bool, changes: BTreeMap<PathBuf, FileChange> },
    /// A patch was applied, or nothing of it.
    PatchApplied { call_id: String, result: Result<AppliedPatch, String> },
    /// A command changed files, or there is something to say of them.
    FilesChanged { changed: Noted },
    /// A tool that only reads has its answer.
    ToolReturned { call_id: String, result: Result<String, String> },
    /// The code that did a call panicked.
    Crashed { call_id: String, message: String },
    /// A person answered. `taken` has the paths of a patch that are approved,
    /// where those are not all.
    Decision { call_id: String, decision: ReviewDecision, taken: Option<Vec<PathBuf>> },
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
    /// What no line of a diff shows, for a person to read; a line a file.
    pub modes: String,
    /// The patch as hunks. The call has it until somebody is asked about it or
    /// it is applied.
    pub proposal: Option<Box<Proposal>>,
}

/// A patch that was applied.
#[derive(Debug, Clone, Default)]
pub(crate) struct AppliedPatch {
    /// Where each change is now.
    pub files: Vec<Applied>,
    /// What was not made as it was proposed, for the model.
    pub told: String,
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
    /// Do it. A patch goes its own way, below.
    Start { call_id: String, action: Action },
    /// Let a person decide about it, hunk by hunk.
    Propose(Box<Proposal>),
    /// Nobody decides about it any more.
    Withdraw { call_id: String },
    /// Apply a patch, and say when that begins: this one, or what a person has
    /// decided to take of the one that was proposed.
    ApplyPatch {
        call_id: String,
        auto_approved: bool,
        changes: BTreeMap<PathBuf, FileChange>,
        proposal: Option<Box<Proposal>>,
    },
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
    Patch,
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
