//! What the agent reports.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    Checkpoint, FileChange, Grant, Proposal, RefusedFile, SandboxPermission, SessionSummary,
};

/// One entry of the event queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Event {
    /// Id of the submission that started the task this belongs to.
    pub id: String,
    /// What happened.
    pub msg: EventMsg,
}

/// Something that happened. A client ignores a `type` it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventMsg {
    /// Something failed; says what and what to do.
    Error {
        /// For a person to read.
        message: String,
    },
    /// A task began.
    TaskStarted,
    /// A task ended; comes once for each `task_started`.
    TaskComplete,
    /// A whole message of the agent.
    AgentMessage {
        /// Markdown.
        message: String,
    },
    /// A piece of a message, as it arrives. `agent_message` follows with the whole.
    AgentMessageDelta {
        /// The piece.
        delta: String,
    },
    /// A piece of the model's reasoning, as it arrives.
    AgentReasoningDelta {
        /// The piece.
        delta: String,
    },
    /// The session is set up.
    SessionConfigured {
        /// Name of the model at its provider.
        model: String,
        /// Name of the provider.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// Under which it can be resumed; none where nothing is kept of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_id: Option<String>,
    },
    /// A command starts.
    ExecCommandBegin {
        /// Names this call in the events that follow.
        call_id: String,
        /// Program and arguments.
        command: Vec<String>,
        /// Absolute path of its working directory.
        cwd: PathBuf,
    },
    /// A command wrote something.
    ExecCommandOutputDelta {
        /// The call.
        call_id: String,
        /// Where it wrote.
        stream: OutputStream,
        /// What it wrote; bytes that are not UTF-8 are replaced.
        chunk: String,
    },
    /// A command ended.
    ExecCommandEnd {
        /// The call.
        call_id: String,
        /// Standard output: head and tail where it was long.
        stdout: String,
        /// Standard error: head and tail where it was long.
        stderr: String,
        /// 124 after a time-out, 128+n after signal n.
        exit_code: i32,
        /// What the sandbox stopped, and by which rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        denial: Option<String>,
    },
    /// A person has to decide about a command.
    ExecApprovalRequest {
        /// Names this request where several are pending.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_id: Option<String>,
        /// Program and arguments.
        command: Vec<String>,
        /// Absolute path of its working directory.
        cwd: PathBuf,
        /// Why it is asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What it is to be allowed beyond what an approved command may do, as
        /// the sandbox stopped it; `approved_for_session` allows every later
        /// command just that. Omitted: nothing more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schema", ts(as = "Option<Vec<SandboxPermission>>", optional))]
        permissions: Vec<SandboxPermission>,
        /// It is to run without any sandbox; `approved_for_session` holds for this
        /// very command in this very directory. Omitted: it is not.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(feature = "schema", ts(as = "Option<bool>", optional))]
        unsandboxed: bool,
    },
    /// A person has to decide about changes of files.
    ApplyPatchApprovalRequest {
        /// Names this request where several are pending.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_id: Option<String>,
        /// Absolute path to change.
        changes: BTreeMap<PathBuf, FileChange>,
        /// Why it is asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Approving also makes this folder writable for the session.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grant_root: Option<PathBuf>,
    },
    /// Something worth knowing that asks for nothing.
    BackgroundEvent {
        /// For a person to read.
        message: String,
    },
    /// Changes of files are about to be made.
    PatchApplyBegin {
        /// Names this call in the event that follows.
        call_id: String,
        /// Whether nobody was asked.
        auto_approved: bool,
        /// Absolute path to change.
        changes: BTreeMap<PathBuf, FileChange>,
    },
    /// Changes of files were made, or none was.
    PatchApplyEnd {
        /// The call.
        call_id: String,
        /// What was done, a line a file.
        stdout: String,
        /// What went wrong.
        stderr: String,
        /// Whether all was done; otherwise nothing was.
        success: bool,
    },
    /// What the model has used in this session.
    TokenCount(TokenUsage),
    /// Everything the task changed so far.
    TurnDiff {
        /// One diff over all files, with file headers.
        unified_diff: String,
    },
    /// The model's plan.
    PlanUpdate {
        /// Why it changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        explanation: Option<String>,
        /// The steps, in order.
        plan: Vec<PlanItem>,
    },
    /// What is allowed for the rest of the session.
    GrantList {
        /// Oldest first.
        grants: Vec<Grant>,
    },
    /// The proposals that were asked for.
    ProposalList {
        /// Oldest first.
        proposals: Vec<Proposal>,
    },
    /// A proposal was made, followed what was typed, was decided on, or closed.
    ProposalUpdated {
        /// As it is now.
        proposal: Proposal,
    },
    /// What can be restored.
    CheckpointList {
        /// Oldest first; a task that changed nothing has none.
        checkpoints: Vec<Checkpoint>,
    },
    /// A restore was done, or nothing of it.
    RestoreEnd {
        /// The id that it went back to.
        checkpoint: String,
        /// Files that are as they were.
        restored: Vec<PathBuf>,
        /// Files that are as they were, with what a person changed since.
        merged: Vec<PathBuf>,
        /// Files that were changed since in the same lines, or not kept: if
        /// there is one, nothing was done.
        refused: Vec<RefusedFile>,
        /// Whether all was done; otherwise nothing was.
        success: bool,
    },
    /// What a person said; only among the events of a `session_resumed`.
    UserMessage {
        /// Which turn it belongs to, from 1: to say it anew, resume the turns before.
        turn: usize,
        /// The words.
        message: String,
        /// Pictures, as `data:` URIs.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schema", ts(as = "Option<Vec<String>>", optional))]
        images: Vec<String>,
        /// Pictures on disk.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schema", ts(as = "Option<Vec<PathBuf>>", optional))]
        local_images: Vec<PathBuf>,
    },
    /// What can be resumed.
    SessionList {
        /// Last used first.
        sessions: Vec<SessionSummary>,
    },
    /// A session goes on; what was said and allowed before is no part of it.
    SessionResumed {
        /// The id under which it goes on: that of the `resume_session`, or a new
        /// one where that session is held elsewhere or its file is damaged.
        session: String,
        /// Name of the model that it was held with; the present one stays.
        model: String,
        /// What was said and done in it, in order, with the ids of that time.
        events: Vec<Event>,
        /// How many later turns are left out, as only the first were asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cut: Option<usize>,
    },
}

/// Where a command wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Tokens, as the provider counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct TokenUsage {
    /// Sent to the model.
    #[cfg_attr(feature = "schema", ts(type = "number"))]
    pub input_tokens: u64,
    /// Of these, read from the provider's cache.
    #[serde(default)]
    #[cfg_attr(feature = "schema", ts(type = "number"))]
    pub cached_input_tokens: u64,
    /// Written by the model.
    #[cfg_attr(feature = "schema", ts(type = "number"))]
    pub output_tokens: u64,
    /// Of these, reasoning.
    #[serde(default)]
    #[cfg_attr(feature = "schema", ts(type = "number"))]
    pub reasoning_output_tokens: u64,
    /// All together.
    #[cfg_attr(feature = "schema", ts(type = "number"))]
    pub total_tokens: u64,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct PlanItem {
    /// What is done.
    pub step: String,
    /// How far it is.
    pub status: PlanStatus,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PlanStatus {
    /// Not begun.
    #[default]
    Pending,
    /// Being done.
    InProgress,
    /// Done.
    Completed,
}
