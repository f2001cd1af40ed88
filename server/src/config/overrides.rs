//! What the command line and the editor say, over and above every file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tiro_protocol::AskForApproval;

use super::{ConfigError, ConfigToml, HistoryToml, PermissionEntry, ProviderToml, unknown_keys};

/// The settings of one command line or one editor session, under the keys of
/// the file. Trust in a workspace cannot be given here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigOverrides {
    /// Name of the model.
    pub model: Option<String>,
    /// Name of a provider.
    pub model_provider: Option<String>,
    /// Providers by name.
    pub model_providers: BTreeMap<String, ProviderToml>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Tokens that the model can take in.
    pub model_context_window: Option<usize>,
    /// When a person is asked.
    pub approval_policy: Option<AskForApproval>,
    /// What commands may do.
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
    /// Mebibytes that checkpoints keep for one workspace.
    pub checkpoint_store_mib: Option<u64>,
    /// Mebibytes beyond which a file is not kept.
    pub checkpoint_file_mib: Option<u64>,
    /// Days after which a checkpoint is thrown away.
    pub checkpoint_max_age_days: Option<u64>,
    /// What is kept of sessions.
    pub history: HistoryToml,
}

impl ConfigOverrides {
    /// Reads the `config` object of an editor's `initializationOptions`; null
    /// is no override. The second part is a warning for every unknown key.
    pub fn from_json(settings: Value) -> Result<(Self, Vec<String>), ConfigError> {
        if settings.is_null() {
            return Ok(Default::default());
        }
        let warnings = unknown_keys::warnings(&settings);
        let wrong = wrong_keys(&settings);
        if !wrong.is_empty() {
            let wrong = wrong.join("; ");
            return Err(ConfigError::Invalid(format!("the editor's `config`: {wrong}")));
        }
        let overrides = serde_json::from_value(settings)
            .map_err(|error| ConfigError::Invalid(format!("the editor's `config`: {error}")))?;
        Ok((overrides, warnings))
    }

    /// Whether there is a setting of this name at the top.
    #[must_use]
    pub fn has_key(key: &str) -> bool {
        unknown_keys::is_known(key)
    }

    /// Reads `key=value` arguments of a command line. A key may be dotted; a
    /// value is TOML, or else text: `model=o3`, `model_providers.x.base_url=http://…`.
    /// The second part is a warning for every unknown key.
    pub fn from_arguments<'a>(
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<(Self, Vec<String>), ConfigError> {
        let mut settings = Value::Object(serde_json::Map::new());
        for argument in arguments {
            let Some((key, text)) = argument.split_once('=') else {
                return Err(ConfigError::Invalid(format!(
                    "the override {argument:?} has no `=`: write KEY=VALUE"
                )));
            };
            let mut place = &mut settings;
            for part in key.trim().split('.') {
                if !place.is_object() {
                    return Err(ConfigError::Invalid(format!(
                        "the override of `{key}` does not fit with another one"
                    )));
                }
                place = &mut place[part];
                if place.is_null() {
                    *place = Value::Object(serde_json::Map::new());
                }
            }
            *place = toml::from_str::<BTreeMap<String, Value>>(&format!("value = {text}"))
                .ok()
                .and_then(|mut table| table.remove("value"))
                .unwrap_or_else(|| text.trim().into());
        }
        let warnings = unknown_keys::warnings(&settings);
        let overrides = serde_json::from_value(settings)
            .map_err(|error| ConfigError::Invalid(format!("the command line: {error}")))?;
        Ok((overrides, warnings))
    }
}

/// What is wrong with each value by itself, by its key: the reader of a whole
/// object does not say which it was.
fn wrong_keys(settings: &Value) -> Vec<String> {
    let one = |(key, value): (&String, &Value)| {
        let alone = Value::Object([(key.clone(), value.clone())].into_iter().collect());
        let error = serde_json::from_value::<ConfigOverrides>(alone).err()?;
        Some(format!("`{key}`: {error}"))
    };
    settings.as_object().into_iter().flatten().filter_map(one).collect()
}

impl From<ConfigOverrides> for ConfigToml {
    fn from(overrides: ConfigOverrides) -> Self {
        let ConfigOverrides {
            model,
            model_provider,
            model_providers,
            temperature,
            model_context_window,
            approval_policy,
            sandbox_permissions,
            command_timeout_ms,
            command_max_tasks,
            command_max_output_bytes,
            command_max_memory_bytes,
            disable_response_storage,
            instructions,
            checkpoint_store_mib,
            checkpoint_file_mib,
            checkpoint_max_age_days,
            history,
        } = overrides;
        Self {
            model,
            model_provider,
            model_providers,
            temperature,
            model_context_window,
            approval_policy,
            sandbox_permissions,
            command_timeout_ms,
            command_max_tasks,
            command_max_output_bytes,
            command_max_memory_bytes,
            disable_response_storage,
            instructions,
            checkpoint_store_mib,
            checkpoint_file_mib,
            checkpoint_max_age_days,
            history,
            workspaces: BTreeMap::new(),
        }
    }
}
