//! From files and overrides to one [`Config`]: override, then workspace file,
//! then user file, then default.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use tiro_protocol::{AskForApproval, SandboxPolicy};

use super::{
    CheckpointLimits, CommandLimits, Config, ConfigError, ConfigOverrides, ConfigToml, Environment,
    HistorySettings, ModelProvider, Setting, Source, permission, providers,
    trust::{self, approval_text},
};

/// Tokens: what hosted models have at least. Local ones are often started with
/// less, and need `model_context_window` then.
const DEFAULT_CONTEXT_WINDOW: usize = 128_000;

/// The settings while one layer after the other is laid over them.
#[derive(Debug)]
pub(super) struct Settings {
    model: Option<String>,
    model_provider: Option<String>,
    model_providers: BTreeMap<String, ModelProvider>,
    temperature: Option<f64>,
    model_context_window: usize,
    pub(super) approval_policy: AskForApproval,
    pub(super) sandbox_policy: SandboxPolicy,
    pub(super) command_limits: CommandLimits,
    pub(super) disable_response_storage: bool,
    pub(super) instructions: Option<String>,
    pub(super) checkpoints: CheckpointLimits,
    history: HistorySettings,
    sources: BTreeMap<String, Setting>,
}

impl Config {
    /// Reads the user's file and that of each workspace root (the first root
    /// wins where they differ) and lays `overrides` over them.
    ///
    /// # Errors
    /// A file that is there but cannot be used, or settings that do not fit.
    pub fn load(
        env: &Environment,
        workspace_roots: &[PathBuf],
        overrides: ConfigOverrides,
    ) -> Result<Self, ConfigError> {
        let tiro_home = env.tiro_home();
        let user_path = tiro_home.join("config.toml");
        let (user, mut warnings) = ConfigToml::read(&user_path)?.unwrap_or_default();
        let mut settings = Settings::defaults(env);
        settings.lay_over(&user, &Source::User(user_path), env.home(), &mut warnings);
        for root in workspace_roots.iter().rev() {
            let path = trust::file_of(root);
            let Some((mut file, unknown)) = ConfigToml::read(&path)? else { continue };
            warnings.extend(unknown);
            if !file.workspaces.is_empty() {
                warnings.push(format!(
                    "{}: [workspaces] is ignored, because a workspace cannot say which one is trusted",
                    path.display()
                ));
            }
            if !trust::is_trusted(&user, root) {
                warnings.extend(trust::tighten(&mut file, &settings, root, env.home()));
            }
            settings.lay_over(&file, &Source::Workspace(path), env.home(), &mut warnings);
        }
        settings.lay_over(&overrides.into(), &Source::Override, env.home(), &mut warnings);
        settings.finish(tiro_home, warnings)
    }
}

impl Settings {
    fn defaults(env: &Environment) -> Self {
        let mut settings = Self {
            model: None,
            model_provider: None,
            model_providers: providers::well_known(env),
            temperature: None,
            model_context_window: DEFAULT_CONTEXT_WINDOW,
            approval_policy: AskForApproval::default(),
            sandbox_policy: SandboxPolicy::read_only(),
            command_limits: CommandLimits::default(),
            disable_response_storage: false,
            instructions: None,
            checkpoints: CheckpointLimits::default(),
            history: HistorySettings::default(),
            sources: BTreeMap::new(),
        };
        for (key, value) in [
            ("model", "found with the provider"),
            ("model_provider", "found"),
            ("approval_policy", approval_text(settings.approval_policy)),
            ("sandbox_permissions", "[disk-full-read-access]"),
            ("disable_response_storage", "false"),
        ] {
            settings.note(key, value.into(), &Source::Default);
        }
        settings
    }

    fn note(&mut self, key: &str, value: String, source: &Source) {
        let setting = Setting { key: key.to_owned(), value, source: source.clone() };
        self.sources.insert(key.to_owned(), setting);
    }

    fn lay_over(
        &mut self,
        file: &ConfigToml,
        source: &Source,
        home: Option<&PathBuf>,
        warnings: &mut Vec<String>,
    ) {
        if let Some(model) = &file.model {
            self.model = Some(model.clone());
            self.note("model", model.clone(), source);
        }
        if let Some(name) = &file.model_provider {
            self.model_provider = Some(name.clone());
            self.note("model_provider", name.clone(), source);
        }
        for (name, provider) in &file.model_providers {
            providers::apply(&mut self.model_providers, name, provider);
            let shown = self.model_providers[name].shown_url();
            self.note(&format!("model_providers.{name}"), shown, source);
        }
        if let Some(temperature) = file.temperature {
            self.temperature = Some(temperature);
            self.note("temperature", temperature.to_string(), source);
        }
        if let Some(window) = file.model_context_window {
            self.model_context_window = window;
            self.note("model_context_window", window.to_string(), source);
        }
        if let Some(policy) = file.approval_policy {
            self.approval_policy = policy;
            self.note("approval_policy", approval_text(policy).into(), source);
        }
        if let Some(entries) = &file.sandbox_permissions {
            let mut permissions = Vec::new();
            for entry in entries {
                match entry.resolve(home) {
                    Some(permission) if !permissions.contains(&permission) => {
                        permissions.push(permission);
                    }
                    Some(_) => {}
                    None => warnings.push(format!(
                        "{source}: {:?} is ignored, because there is no home directory",
                        permission::to_text(&entry.0)
                    )),
                }
            }
            let shown = permissions.iter().map(permission::to_text).collect::<Vec<_>>().join(", ");
            self.sandbox_policy = SandboxPolicy { permissions };
            self.note("sandbox_permissions", format!("[{shown}]"), source);
        }
        self.limit_commands(file, source);
        if let Some(disable) = file.disable_response_storage {
            self.disable_response_storage = disable;
            self.note("disable_response_storage", disable.to_string(), source);
        }
        if let Some(instructions) = &file.instructions {
            self.instructions = Some(instructions.clone());
            let lines = instructions.lines().count();
            self.note("instructions", format!("{lines} lines"), source);
        }
        for (key, value) in self.checkpoints.lay_over(file) {
            self.note(key, value.to_string(), source);
        }
        for (key, value) in self.history.lay_over(&file.history) {
            self.note(key, value, source);
        }
    }

    fn limit_commands(&mut self, file: &ConfigToml, source: &Source) {
        let limits = &mut self.command_limits;
        let mut said = Vec::new();
        let mut set = |key: &'static str, value: Option<u64>, place: &mut u64| {
            if let Some(value) = value {
                *place = value;
                said.push((key, value));
            }
        };
        let mut milliseconds = u64::try_from(limits.timeout.as_millis()).unwrap_or(u64::MAX);
        set("command_timeout_ms", file.command_timeout_ms, &mut milliseconds);
        limits.timeout = Duration::from_millis(milliseconds);
        set("command_max_tasks", file.command_max_tasks, &mut limits.max_tasks);
        set(
            "command_max_output_bytes",
            file.command_max_output_bytes,
            &mut limits.max_output_bytes,
        );
        if let Some(bytes) = file.command_max_memory_bytes {
            set(
                "command_max_memory_bytes",
                Some(bytes),
                limits.max_memory_bytes.get_or_insert_default(),
            );
        }
        for (key, value) in said {
            self.note(key, value.to_string(), source);
        }
    }

    fn finish(self, tiro_home: PathBuf, warnings: Vec<String>) -> Result<Config, ConfigError> {
        for provider in self.model_providers.values() {
            providers::validate(provider)?;
        }
        if let Some(name) = &self.model_provider
            && !self.model_providers.contains_key(name)
        {
            let known = self.model_providers.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(ConfigError::Invalid(format!(
                "there is no model provider `{name}`: add [model_providers.{name}] with its `base_url`, or use one of {known}"
            )));
        }
        if let Some(temperature) = self.temperature.filter(|heat| !(0.0..=2.0).contains(heat)) {
            return Err(ConfigError::Invalid(format!(
                "`temperature` must be from 0 to 2, but is {temperature}"
            )));
        }
        let limits = &self.command_limits;
        for (key, zero) in [
            ("command_timeout_ms", limits.timeout.is_zero()),
            ("command_max_tasks", limits.max_tasks == 0),
            ("command_max_memory_bytes", limits.max_memory_bytes == Some(0)),
        ] {
            if zero {
                return Err(ConfigError::Invalid(format!(
                    "`{key}` must be above 0, as nothing can run with that"
                )));
            }
        }
        Ok(Config {
            model: self.model,
            model_provider: self.model_provider,
            model_providers: self.model_providers,
            temperature: self.temperature,
            model_context_window: self.model_context_window,
            approval_policy: self.approval_policy,
            sandbox_policy: self.sandbox_policy,
            command_limits: self.command_limits,
            disable_response_storage: self.disable_response_storage,
            instructions: self.instructions,
            checkpoints: self.checkpoints,
            history: self.history,
            tiro_home,
            warnings,
            sources: self.sources.into_values().collect(),
        })
    }
}

impl ConfigError {
    /// The file that is wrong, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Syntax { path, .. } | Self::Unreadable { path, .. } => Some(path),
            Self::Invalid(_) => None,
        }
    }
}
