//! When a person is asked, and what the person answers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// When the agent asks before it acts. Written in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum AskForApproval {
    /// Only commands known to read and nothing else run without asking.
    #[default]
    UnlessAllowListed,
    /// As above, but patches inside the writable roots are applied unasked.
    AutoEdit,
    /// Everything runs in the sandbox; only what the sandbox stopped is asked about.
    OnFailure,
    /// Nobody is asked; what the sandbox stops is reported to the model.
    Never,
}

/// A person's answer to an approval request. Written in snake_case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// Do it, this time.
    Approved,
    /// Do it, and do not ask again for the same thing in this session.
    ApprovedForSession,
    /// Do not do it; the task goes on.
    #[default]
    Denied,
    /// Do not do it, and end the task.
    Abort,
}

/// Something that a person has allowed for the rest of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Grant {
    /// This very command in this very directory.
    Command {
        /// Program and arguments.
        command: Vec<String>,
        /// Absolute path.
        cwd: PathBuf,
        /// Whether it runs without the sandbox.
        unsandboxed: bool,
    },
    /// Changes of files below this folder; commands may write there too.
    Folder {
        /// Absolute path.
        path: PathBuf,
    },
    /// Changes of this one file.
    File {
        /// Absolute path.
        path: PathBuf,
    },
    /// Commands may talk to the network.
    Network,
    /// Commands may read every file.
    Read,
}
