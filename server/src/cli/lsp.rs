//! `tiro lsp`: the server that an editor starts.

use std::{process::ExitCode, sync::Arc};

use serde_json::Value;

use super::log::log_to_stderr;
use crate::{
    config::{Config, ConfigError, ConfigOverrides, Environment},
    lsp::{self, StartSession, Starting},
    session::{self, Events, SessionHandle, SessionSetup},
};

/// Serve an editor over standard input and output.
#[derive(Debug, clap::Args)]
pub struct Lsp {
    /// Override a setting of the configuration, such as `model=o3`; what the
    /// editor says comes before this.
    #[arg(short, long = "config", value_name = "KEY=VALUE")]
    config: Vec<String>,
    /// For clients that want to say so: it is the only way there is.
    #[arg(long, hide = true)]
    stdio: bool,
}

impl Lsp {
    /// Serves until the editor is done. The exit code is 0 after an orderly
    /// `shutdown`.
    ///
    /// # Errors
    /// Arguments that make no sense.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let env = Arc::new(Environment::from_process());
        log_to_stderr(&env);
        let arguments = self.config.iter().map(String::as_str);
        let (overrides, warnings) = ConfigOverrides::from_arguments(arguments)?;
        let state_dir = env.state_dir();
        let start = StartSession::new(move |starting| {
            start(&env, &overrides, &warnings, starting).map_err(|error| error.to_string())
        });
        let ended = lsp::serve(tokio::io::stdin(), tokio::io::stdout(), start, state_dir).await;
        Ok(ExitCode::from(ended.exit_code()))
    }
}

fn start(
    env: &Arc<Environment>,
    overrides: &ConfigOverrides,
    warnings: &[String],
    starting: Starting,
) -> Result<(SessionHandle, Events), ConfigError> {
    let (from_editor, more_warnings) = ConfigOverrides::from_json(starting.settings)?;
    let overrides = lay_over(overrides, &from_editor)?;
    let mut config = Config::load(env, &starting.roots, overrides)?;
    config.warnings.extend(warnings.iter().cloned().chain(more_warnings));
    Ok(session::spawn(SessionSetup {
        workspace: starting.workspace,
        config,
        env: env.clone(),
        configured: true,
    }))
}

/// What the editor says over what the command line says, key by key.
fn lay_over(
    base: &ConfigOverrides,
    editor: &ConfigOverrides,
) -> Result<ConfigOverrides, ConfigError> {
    let invalid = |error: serde_json::Error| ConfigError::Invalid(error.to_string());
    let mut settings = serde_json::to_value(base).map_err(invalid)?;
    overlay(&mut settings, serde_json::to_value(editor).map_err(invalid)?);
    serde_json::from_value(settings).map_err(invalid)
}

/// Objects are merged; anything else that is not null replaces.
fn overlay(base: &mut Value, over: Value) {
    match (base, over) {
        (_, Value::Null) => {}
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                overlay(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_comes_before_the_command_line_key_by_key() {
        let overrides = |settings| ConfigOverrides::from_json(settings).expect("settings").0;
        let base = overrides(serde_json::json!({"model": "a", "instructions": "i",
            "model_providers": {"p": {"base_url": "http://127.0.0.1:1", "env_key": "K"}}}));
        let editor = overrides(serde_json::json!({"model": "b",
            "model_providers": {"p": {"base_url": "http://127.0.0.1:2"}}}));
        let both = overrides(serde_json::json!({"model": "b", "instructions": "i",
            "model_providers": {"p": {"base_url": "http://127.0.0.1:2", "env_key": "K"}}}));
        assert_eq!(lay_over(&base, &editor).expect("they fit"), both);
    }
}
