//! What a person configured: the files, the overrides, and what comes of both.
//!
//! [`Environment`] is the process environment, read once; [`ConfigToml`] is one
//! file and [`ConfigOverrides`] what the command line or the editor says;
//! [`Config::load`] makes of all this a [`Config`], after which nothing is
//! looked up any more. Keys of providers are never in any of them: a file names
//! the variable that holds one.

mod checkpoints;
mod environment;
mod file;
mod history;
mod overrides;
mod permission;
mod providers;
mod resolve;
#[cfg(test)]
mod tests;
mod trust;
mod unknown_keys;

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use tiro_protocol::{AskForApproval, SandboxPolicy};

pub use checkpoints::CheckpointLimits;
pub use environment::Environment;
pub use file::{ConfigToml, ProviderToml, WorkspaceToml};
pub use history::{HistorySettings, HistoryToml, Persistence};
pub use overrides::ConfigOverrides;
pub use permission::PermissionEntry;

/// How a provider is spoken to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WireApi {
    /// OpenAI Responses.
    Responses,
    /// OpenAI Chat Completions, and all that imitate it.
    Chat,
    /// Anthropic Messages.
    Anthropic,
    /// Google Gemini.
    Gemini,
    /// Ollama's own.
    Ollama,
}

/// An endpoint that serves models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelProvider {
    /// Its name in the configuration, or a well-known one.
    pub name: String,
    /// Up to and with the version part, such as `http://127.0.0.1:8080/v1`.
    pub base_url: String,
    /// The environment variable that holds the key; none for a local server.
    pub env_key: Option<String>,
    /// How it is spoken to.
    pub wire_api: WireApi,
    /// Tries after a failed request.
    pub request_max_retries: u32,
    /// Tries after a broken stream.
    pub stream_max_retries: u32,
    /// Silence after which a stream counts as broken.
    pub stream_idle_timeout: Duration,
}

/// Everything resolved; nothing is looked up after this.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Name of the model; found with the provider when none is configured.
    pub model: Option<String>,
    /// Name of a provider; found when none is configured.
    pub model_provider: Option<String>,
    /// The providers that were configured, and the well-known ones.
    pub model_providers: BTreeMap<String, ModelProvider>,
    /// Sampling temperature; the provider's own default when absent.
    pub temperature: Option<f64>,
    /// Tokens that the model can take in.
    pub model_context_window: usize,
    /// When a person is asked.
    pub approval_policy: AskForApproval,
    /// What commands may do.
    pub sandbox_policy: SandboxPolicy,
    /// How much one command may use.
    pub command_limits: CommandLimits,
    /// Keep nothing at the provider.
    pub disable_response_storage: bool,
    /// Added to what the model is told.
    pub instructions: Option<String>,
    /// What is kept of files that tasks change.
    pub checkpoints: CheckpointLimits,
    /// What is kept of sessions.
    pub history: HistorySettings,
    /// Directory of the user's configuration.
    pub tiro_home: PathBuf,
    /// For a person to read: unknown keys, settings that had no effect.
    pub warnings: Vec<String>,
    /// Every setting with where it came from, for `tiro doctor`.
    pub sources: Vec<Setting>,
}

/// How much one command may use: `command_timeout_ms` and the keys after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandLimits {
    /// Wall time when the model gives none.
    pub timeout: Duration,
    /// Processes and threads.
    pub max_tasks: u64,
    /// Bytes of output that are kept in a file.
    pub max_output_bytes: u64,
    /// Bytes of memory; none: no limit.
    pub max_memory_bytes: Option<u64>,
}

impl Default for CommandLimits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(120),
            max_tasks: 8192,
            max_output_bytes: 64 * 1024 * 1024,
            max_memory_bytes: None,
        }
    }
}

/// One resolved setting.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Setting {
    /// As in the file.
    pub key: String,
    /// As text, for a person to read.
    pub value: String,
    /// Who said so.
    pub source: Source,
}

/// Who said what a setting is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Nobody.
    Default,
    /// The user's file.
    User(PathBuf),
    /// A workspace's file.
    Workspace(PathBuf),
    /// The command line or the editor.
    Override,
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::User(path) | Self::Workspace(path) => write!(out, "{}", path.display()),
            Self::Override => out.write_str("command line or editor"),
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A file is not what it should be.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column, in characters.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {message}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        message: String,
    },
    /// The settings do not fit together, or an override is wrong.
    #[error("{0}")]
    Invalid(String),
}
