//! One configuration file as it is written: every field may be absent.
#![expect(
    clippy::disallowed_methods,
    reason = "configuration files are read before there is a workspace, and never shown in an editor's place"
)]

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiro_protocol::AskForApproval;

use super::{ConfigError, HistoryToml, PermissionEntry, WireApi, unknown_keys};

/// A file beyond this many bytes is no configuration.
const SIZE_LIMIT: u64 = 1 << 20;

/// A configuration file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ConfigToml {
    /// Name of the model.
    pub model: Option<String>,
    /// Name of a provider.
    pub model_provider: Option<String>,
    /// Providers by name; a well-known name changes that provider.
    pub model_providers: BTreeMap<String, ProviderToml>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Tokens that the model can take in.
    pub model_context_window: Option<usize>,
    /// When a person is asked.
    pub approval_policy: Option<AskForApproval>,
    /// What commands may do: absent means read-only, empty means nothing.
    pub sandbox_permissions: Option<Vec<PermissionEntry>>,
    /// Milliseconds until a command is ended for which the model gave no time.
    pub command_timeout_ms: Option<u64>,
    /// Processes and threads of one command.
    pub command_max_tasks: Option<u64>,
    /// Bytes of its output that are kept in a file.
    pub command_max_output_bytes: Option<u64>,
    /// Bytes of memory of its processes.
    pub command_max_memory_bytes: Option<u64>,
    /// Keep nothing at the provider.
    pub disable_response_storage: Option<bool>,
    /// Added to what the model is told.
    pub instructions: Option<String>,
    /// Mebibytes of files that checkpoints keep for one workspace; 0 keeps none.
    pub checkpoint_store_mib: Option<u64>,
    /// Mebibytes beyond which a file is not kept.
    pub checkpoint_file_mib: Option<u64>,
    /// Days after which a checkpoint is thrown away.
    pub checkpoint_max_age_days: Option<u64>,
    /// What is kept of sessions.
    pub history: HistoryToml,
    /// Workspaces by absolute path; only the user's own file is asked.
    pub workspaces: BTreeMap<PathBuf, WorkspaceToml>,
}

/// `[model_providers.NAME]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProviderToml {
    /// Up to and with the version part.
    pub base_url: Option<String>,
    /// The environment variable that holds the key.
    pub env_key: Option<String>,
    /// How it is spoken to.
    pub wire_api: Option<WireApi>,
    /// Tries after a failed request.
    pub request_max_retries: Option<u32>,
    /// Tries after a broken stream.
    pub stream_max_retries: Option<u32>,
    /// Silence, in milliseconds, after which a stream counts as broken.
    pub stream_idle_timeout_ms: Option<u64>,
}

/// `[workspaces."/absolute/path"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WorkspaceToml {
    /// Whether its file may loosen as well as tighten.
    pub trusted: bool,
}

impl ConfigToml {
    /// Reads the text of the file at `path`, which serves for messages only.
    /// The second part is a warning for every unknown key.
    pub fn parse(path: &Path, text: &str) -> Result<(Self, Vec<String>), ConfigError> {
        let at = |error: &toml::de::Error| {
            let offset = error.span().map_or(0, |span| span.start);
            let (line, column) = line_and_column(text, offset);
            ConfigError::Syntax {
                path: path.to_owned(),
                line,
                column,
                // The error's own display quotes the line, which may hold a secret.
                message: error.message().trim().replace('\n', ", "),
            }
        };
        let parsed: Self = toml::from_str(text).map_err(|error| at(&error))?;
        let keys: serde_json::Value = toml::from_str(text).map_err(|error| at(&error))?;
        let warnings = unknown_keys::warnings(&keys)
            .into_iter()
            .map(|warning| format!("{}: {warning}", path.display()))
            .collect();
        Ok((parsed, warnings))
    }

    /// Reads the file at `path`; none when there is no such file.
    pub fn read(path: &Path) -> Result<Option<(Self, Vec<String>)>, ConfigError> {
        let unreadable =
            |message: String| ConfigError::Unreadable { path: path.to_owned(), message };
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(unreadable(error.to_string())),
        };
        // A workspace is not ours: opening a pipe that it put there would block.
        if !metadata.is_file() {
            return Err(unreadable("it is not a file".into()));
        }
        if metadata.len() > SIZE_LIMIT {
            return Err(unreadable(format!("it has more than {SIZE_LIMIT} bytes")));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| unreadable("it is not UTF-8; save it in that encoding".into()))?;
        Self::parse(path, &text).map(Some)
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
