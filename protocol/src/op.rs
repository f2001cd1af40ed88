//! What a client submits.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{AskForApproval, Grant, PatchSelection, ReviewDecision, SandboxPolicy};

/// One entry of the submission queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Submission {
    /// Chosen by the client; the events that answer carry it.
    pub id: String,
    /// What to do.
    pub op: Op,
}

/// What a client asks of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Op {
    /// Sets the session up, or anew: ends a running task, keeps the history.
    ConfigureSession {
        /// Name of the model at its provider.
        model: String,
        /// Said to the model before everything else.
        #[serde(default)]
        instructions: Option<String>,
        /// When a person is asked.
        approval_policy: AskForApproval,
        /// What commands may do.
        sandbox_policy: SandboxPolicy,
        /// Keep nothing at the provider; send the transcript each time.
        #[serde(default)]
        disable_response_storage: bool,
    },
    /// Ends the running task.
    Interrupt,
    /// Says something: starts a task, or steers the one that runs.
    UserInput {
        /// What is said, in order.
        items: Vec<InputItem>,
    },
    /// Answers an `exec_approval_request`.
    ExecApproval {
        /// The `id` or the `call_id` of the event that is answered.
        id: String,
        /// The answer.
        decision: ReviewDecision,
    },
    /// Answers an `apply_patch_approval_request`.
    PatchApproval {
        /// The `id` or the `call_id` of the event that is answered.
        id: String,
        /// The answer.
        decision: ReviewDecision,
        /// What of the patch is approved; all of it when absent. With an answer
        /// that approves nothing it is an error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        selection: Option<PatchSelection>,
    },
    /// Asks for a `proposal_list`.
    Proposal {
        /// The one that is asked for; all that are open when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposal: Option<String>,
    },
    /// Accepts one hunk. A patch that waits for approval is applied when its
    /// last hunk is decided; what is left of an earlier one, at once.
    AcceptHunk {
        /// Id of the proposal.
        proposal: String,
        /// Id of the hunk.
        hunk: String,
    },
    /// Rejects one hunk.
    RejectHunk {
        /// Id of the proposal.
        proposal: String,
        /// Id of the hunk.
        hunk: String,
    },
    /// Accepts and rejects hunks of one or several proposals, all of them or
    /// none: at least one is named, and none both ways. Each proposal is
    /// applied as with its last hunk by itself, but as one edit.
    DecideHunks {
        /// What is accepted: ids of hunks by the id of their proposal.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        accept: BTreeMap<String, Vec<String>>,
        /// What is rejected, likewise.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        reject: BTreeMap<String, Vec<String>>,
    },
    /// Asks for a `grant_list`.
    ListGrants,
    /// Takes back what was allowed for the session. Answered by a `grant_list`.
    RevokeGrant {
        /// As it stands in the list.
        grant: Grant,
    },
    /// Asks for a `checkpoint_list`.
    Checkpoints,
    /// Goes back to before a task: undoes what it and every later one changed.
    /// Answered by a `restore_end`; not while a task runs.
    Restore {
        /// The id from the list.
        checkpoint: String,
        /// Only these files; absolute, or relative to the first workspace folder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paths: Option<Vec<PathBuf>>,
    },
    /// Asks for a `session_list`.
    ListSessions,
    /// Goes on with an earlier session, or with an earlier state of this one, in
    /// the place of the present conversation. Answered by a `session_resumed`, or
    /// by an `error`; not while a task runs.
    ResumeSession {
        /// The id from the list, or this session's own.
        session: String,
        /// Only the first so many of its turns, each of which is a task with all
        /// that was said in it; all when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turns: Option<usize>,
    },
}

/// One piece of what a person says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum InputItem {
    /// Words.
    Text {
        /// The words.
        text: String,
    },
    /// A picture.
    Image {
        /// A `data:` URI.
        image_url: String,
    },
    /// A picture on disk, read when the request to the model is built.
    LocalImage {
        /// Where it is.
        path: PathBuf,
    },
}
