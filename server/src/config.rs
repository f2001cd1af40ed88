//! What a person configured: the files, the overrides, and what comes of both.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use tiro_protocol::{AskForApproval, SandboxPolicy};

/// How a provider is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    /// When a person is asked.
    pub approval_policy: AskForApproval,
    /// What commands may do.
    pub sandbox_policy: SandboxPolicy,
    /// Keep nothing at the provider.
    pub disable_response_storage: bool,
    /// Added to what the model is told.
    pub instructions: Option<String>,
    /// Directory of the user's configuration.
    pub tiro_home: PathBuf,
    /// For a person to read: unknown keys, settings that had no effect.
    pub warnings: Vec<String>,
}
