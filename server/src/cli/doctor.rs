//! `tiro doctor`: what works on this machine, what does not, and what to do.
//!
//! `report` holds what is found and its words, `probe` asks the model for a
//! tool call; this file does the asking around.

mod probe;
mod report;
#[cfg(test)]
mod tests;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;

use self::report::{ConfigFile, ConfigReport, ProviderReport, Report, SandboxReport};
use super::Shared;
use crate::{
    config::{Config, ConfigOverrides, Environment},
    model::{DiscoverError, Discovered, ModelClient, discover, list_models},
    sandbox,
};

/// Show what works on this machine, what does not, and what to do.
#[derive(Debug, clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    shared: Shared,
    /// Ask the model to call a tool, and say how it does.
    #[arg(long)]
    probe: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Prints the report; fails when no task could be done.
    ///
    /// # Errors
    /// Wrong arguments, or standard output that cannot be written.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let env = Environment::from_process();
        let root = self
            .shared
            .cwd
            .canonicalize()
            .with_context(|| format!("cannot open the folder {}", self.shared.cwd.display()))?;
        let arguments = self.shared.config.iter().map(String::as_str);
        let (overrides, warnings) = ConfigOverrides::from_arguments(arguments)?;
        let mut report = examine(&env, &root, overrides, self.probe).await;
        report.config.warnings.extend(warnings);
        let text = if self.json {
            format!("{}\n", serde_json::to_string_pretty(&report)?)
        } else {
            report.to_string()
        };
        std::io::stdout().write_all(text.as_bytes()).context("cannot write to standard output")?;
        Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The report as it is printed, for whoever is asked in another way.
pub(super) async fn words(env: &Environment, root: &Path, overrides: ConfigOverrides) -> String {
    examine(env, root, overrides, false).await.to_string()
}

/// Looks at everything that a task needs, for the workspace `root`.
async fn examine(
    env: &Environment,
    root: &Path,
    overrides: ConfigOverrides,
    probe: bool,
) -> Report {
    let files = config_files(env, root);
    let sandbox = SandboxReport::new(&sandbox::status());
    let loaded = Config::load(env, &[root.to_owned()], overrides);
    let (config, provider) = match loaded {
        Ok(config) => {
            let provider = examine_provider(&config, env, probe).await;
            let Config { warnings, sources, .. } = config;
            (ConfigReport { files, settings: sources, warnings, error: None }, Some(provider))
        }
        Err(error) => {
            let error = Some(error.to_string());
            let nothing = ConfigReport { files, settings: Vec::new(), warnings: Vec::new(), error };
            (nothing, None)
        }
    };
    Report::new(sandbox, config, provider)
}

fn config_files(env: &Environment, root: &Path) -> Vec<ConfigFile> {
    let file = |path: PathBuf| ConfigFile { exists: path.exists(), path };
    vec![file(env.tiro_home().join("config.toml")), file(root.join(".tiro/config.toml"))]
}

async fn examine_provider(config: &Config, env: &Environment, probe: bool) -> ProviderReport {
    let Discovered { provider, model, how } = match discover(config, env).await {
        Ok(found) => found,
        Err(DiscoverError::NotFound { tried, advice }) => {
            let error = "no model provider was found".to_owned();
            return ProviderReport::NotFound { error, tried, advice };
        }
        Err(DiscoverError::NoModel(error)) => {
            let advice = format!("name a model: {error}");
            return ProviderReport::NotFound { error, tried: Vec::new(), advice };
        }
    };
    let listed = list_models(&provider, env).await.map_err(|error| error.message);
    let (models, problem) = match listed {
        Ok(models) => (Some(models), None),
        Err(problem) => (None, Some(problem)),
    };
    let tool_probe = match ModelClient::configured(config, &provider, &model, env) {
        Ok(client) if probe && models.is_some() => Some(probe::ask_for_a_call(&client).await),
        // Without a list nothing would answer; without a key the list says so.
        Ok(_) | Err(_) => None,
    };
    ProviderReport::Found {
        local: provider.is_local(),
        name: provider.name.clone(),
        base_url: provider.shown_url(),
        wire_api: provider.wire_api,
        env_key: provider.env_key.clone(),
        model,
        how,
        models,
        problem,
        tool_probe,
    }
}
