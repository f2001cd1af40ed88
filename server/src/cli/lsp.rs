//! `tiro lsp`: the server that an editor starts.

use std::{process::ExitCode, sync::Arc};

use serde_json::Value;

use super::{doctor, log::log_to_stderr};
use crate::{
    config::{Config, ConfigError, ConfigOverrides, Environment},
    lsp::{self, Models, Outside, Settings, StartSession, Starting, Surroundings},
    model::{discover, list_models},
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
        let outside = outside(env.clone(), overrides.clone());
        let start = StartSession::new(move |starting| {
            start(&env, &overrides, &warnings, starting).map_err(|error| error.to_string())
        })
        .asking(outside);
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
    let of = Surroundings { roots: starting.roots, settings: starting.settings };
    let (mut config, more_warnings) = load(env, overrides, of)?;
    config.warnings.extend(warnings.iter().cloned().chain(more_warnings));
    Ok(session::spawn(SessionSetup {
        workspace: starting.workspace,
        config,
        env: env.clone(),
        configured: true,
    }))
}

/// Who answers the front about settings, models and this machine.
fn outside(env: Arc<Environment>, overrides: ConfigOverrides) -> Outside {
    let (for_models, for_doctor) =
        ((env.clone(), overrides.clone()), (env.clone(), overrides.clone()));
    Outside::new(
        move |of| settings(&env, &overrides, of).map_err(|error| error.to_string()),
        move |of| {
            let (env, overrides) = for_models.clone();
            Box::pin(async move {
                let (config, _) = load(&env, &overrides, of).map_err(|error| error.to_string())?;
                let found = discover(&config, &env).await.map_err(|error| error.to_string())?;
                let names = list_models(&found.provider, &env).await;
                let names = names.map_err(|error| error.message)?;
                Ok(Models { provider: found.provider.name, names })
            })
        },
        move |of| {
            let (env, overrides) = for_doctor.clone();
            Box::pin(async move {
                // It reads files and asks the kernel: on a thread of its own.
                let runtime = tokio::runtime::Handle::current();
                let examined = tokio::task::spawn_blocking(move || {
                    let (from_editor, _) = ConfigOverrides::from_json(of.settings)?;
                    let overrides = lay_over(&overrides, &from_editor)?;
                    let root = of.roots.first().cloned().unwrap_or_default();
                    Ok(runtime.block_on(doctor::words(&env, &root, overrides)))
                });
                let report: Result<String, ConfigError> =
                    examined.await.map_err(|error| error.to_string())?;
                report.map_err(|error| error.to_string())
            })
        },
    )
}

/// The configuration with what the editor says, and the warnings about that.
fn load(
    env: &Environment,
    overrides: &ConfigOverrides,
    of: Surroundings,
) -> Result<(Config, Vec<String>), ConfigError> {
    let (from_editor, warnings) = ConfigOverrides::from_json(of.settings)?;
    let overrides = lay_over(overrides, &from_editor)?;
    Ok((Config::load(env, &of.roots, overrides)?, warnings))
}

fn settings(
    env: &Environment,
    overrides: &ConfigOverrides,
    of: Surroundings,
) -> Result<Settings, ConfigError> {
    const LIVE: [&str; 5] = [
        "model",
        "instructions",
        "approval_policy",
        "sandbox_permissions",
        "disable_response_storage",
    ];
    let (config, warnings) = load(env, overrides, of)?;
    let others = config.sources.iter().filter(|setting| !LIVE.contains(&setting.key.as_str()));
    let others = others.map(|setting| (setting.key.clone(), setting.value.clone()));
    // What is shown of a provider is less than what it is.
    let providers = config.model_providers.iter();
    let providers =
        providers.map(|(name, it)| (format!("model_providers.{name}"), format!("{it:?}")));
    Ok(Settings {
        others: others.chain(providers).collect(),
        model: config.model,
        instructions: config.instructions,
        approval_policy: config.approval_policy,
        sandbox_policy: config.sandbox_policy,
        disable_response_storage: config.disable_response_storage,
        warnings,
    })
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
