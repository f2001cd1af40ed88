//! What the doctor found, for a program to read and in words. Holds no key and
//! no value of the environment.

use std::{fmt, path::PathBuf};

use serde::Serialize;

use super::probe::ToolProbe;
use crate::{
    config::{Setting, WireApi},
    sandbox::Status,
};

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) version: &'static str,
    /// Whether a task could be done.
    pub(super) ok: bool,
    pub(super) sandbox: SandboxReport,
    pub(super) config: ConfigReport,
    /// Absent when the configuration cannot be used.
    pub(super) provider: Option<ProviderReport>,
    /// What to do, in order.
    pub(super) next: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct SandboxReport {
    /// `full`, `degraded` or `none`.
    level: String,
    landlock_abi: u32,
    missing: Vec<MissingReport>,
    #[serde(skip)]
    words: String,
}

#[derive(Debug, Serialize)]
struct MissingReport {
    protection: &'static str,
    consequence: &'static str,
    remedy: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct ConfigReport {
    pub(super) files: Vec<ConfigFile>,
    pub(super) settings: Vec<Setting>,
    pub(super) warnings: Vec<String>,
    pub(super) error: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    pub(super) exists: bool,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum ProviderReport {
    NotFound {
        error: String,
        /// What was tried, each with what came of it.
        tried: Vec<String>,
        advice: String,
    },
    Found {
        name: String,
        base_url: String,
        local: bool,
        wire_api: WireApi,
        /// Name of the variable, never its value.
        env_key: Option<String>,
        model: String,
        how: String,
        /// Absent when the provider was not reached.
        models: Option<Vec<String>>,
        /// Why it was not.
        problem: Option<String>,
        /// Absent when it was not asked for.
        tool_probe: Option<ToolProbe>,
    },
}

impl SandboxReport {
    pub(super) fn new(status: &Status) -> Self {
        Self {
            level: format!("{:?}", status.level).to_lowercase(),
            landlock_abi: status.landlock_abi,
            missing: status
                .missing
                .iter()
                .map(|missing| MissingReport {
                    protection: missing.protection,
                    consequence: missing.consequence,
                    remedy: missing.remedy,
                })
                .collect(),
            words: status.to_string(),
        }
    }
}

impl Report {
    /// Draws the conclusions.
    pub(super) fn new(
        sandbox: SandboxReport,
        config: ConfigReport,
        provider: Option<ProviderReport>,
    ) -> Self {
        let mut next = Vec::new();
        let mut ok = true;
        if sandbox.level == "none" {
            ok = false;
            next.extend(sandbox.missing.iter().map(|missing| {
                format!("commands are refused without a sandbox: use {}", missing.remedy)
            }));
        }
        if let Some(error) = &config.error {
            ok = false;
            next.push(format!("correct the configuration: {error}"));
        }
        match &provider {
            None => {}
            Some(ProviderReport::NotFound { advice, .. }) => {
                ok = false;
                next.push(advice.clone());
            }
            Some(ProviderReport::Found { models: None, problem, name, base_url, .. }) => {
                ok = false;
                let problem = problem.as_deref().unwrap_or("no answer");
                next.push(format!(
                    "make the provider `{name}` at {base_url} answer, or choose another: {problem}"
                ));
            }
            Some(ProviderReport::Found {
                models: Some(models),
                model,
                local,
                tool_probe,
                name,
                ..
            }) => {
                let listed = |name: &String| name == model || name.split(':').next() == Some(model);
                if !models.is_empty() && !models.iter().any(listed) {
                    next.push(format!(
                        "the provider `{name}` does not list the model `{model}`: check its name"
                    ));
                }
                if name == "ollama" {
                    next.push(
                        "Ollama cuts long conversations to its own context length: start it with OLLAMA_CONTEXT_LENGTH=32768 or more".to_owned(),
                    );
                }
                match tool_probe {
                    Some(ToolProbe::Text) => next.push(template_advice(name)),
                    Some(ToolProbe::None) => next.push(format!(
                        "`{model}` answered in words where it was told to call a tool: try a model that was trained for tools, such as qwen3"
                    )),
                    Some(ToolProbe::Failed(why)) => {
                        ok = false;
                        next.push(format!("the model does not answer: {why}"));
                    }
                    None if *local => next.push(
                        "run `tiro doctor --probe` to see whether the local model calls tools"
                            .to_owned(),
                    ),
                    Some(ToolProbe::Native) | None => {}
                }
            }
        }
        Self { version: env!("CARGO_PKG_VERSION"), ok, sandbox, config, provider, next }
    }
}

/// What a call written as text says about the server, and what helps.
fn template_advice(name: &str) -> String {
    let remedy = match name {
        "llama.cpp" => {
            "start llama-server with --jinja, and give it a template with tools by --chat-template-file if the model has none"
        }
        "ollama" => {
            "choose a model that `ollama show` lists with the capability `tools`, or put {{ .Tools }} into the TEMPLATE of its Modelfile"
        }
        "vllm" => {
            "start vLLM with --enable-auto-tool-choice and the --tool-call-parser of the model"
        }
        _ => "choose a chat template with tools in the server's settings, or a model that has one",
    };
    format!(
        "the model wrote the tool call as text, so its chat template has no tools: it never sees them as such. Tiro recognises such calls, but they come out right less often. To mend it, {remedy}"
    )
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "tiro {}\n\n{}\nconfig:", self.version, self.sandbox.words)?;
        for ConfigFile { path, exists } in &self.config.files {
            let state = if *exists { "" } else { " (not there)" };
            writeln!(out, "  file {}{state}", path.display())?;
        }
        for Setting { key, value, source } in &self.config.settings {
            writeln!(out, "  {key} = {value} ({source})")?;
        }
        for warning in &self.config.warnings {
            writeln!(out, "  warning: {warning}")?;
        }
        if let Some(error) = &self.config.error {
            writeln!(out, "  error: {error}")?;
        }
        if let Some(provider) = &self.provider {
            write!(out, "\nmodel:\n{provider}")?;
        }
        writeln!(out, "\nnext:")?;
        for step in &self.next {
            writeln!(out, "  - {step}")?;
        }
        if self.next.is_empty() {
            writeln!(out, "  nothing: open a project in your editor and ask")?;
        }
        Ok(())
    }
}

/// More names than these are counted only.
const MODELS_SHOWN: usize = 8;

impl fmt::Display for ProviderReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, base_url, env_key, model, how, models, problem, tool_probe) = match self {
            Self::NotFound { error, tried, advice: _ } => {
                writeln!(out, "  {error}")?;
                return tried.iter().try_for_each(|what| writeln!(out, "  tried: {what}"));
            }
            Self::Found {
                name,
                base_url,
                env_key,
                model,
                how,
                models,
                problem,
                tool_probe,
                local: _,
                wire_api: _,
            } => (name, base_url, env_key, model, how, models, problem, tool_probe),
        };
        writeln!(out, "  {model} of {name} at {base_url}, because {how}")?;
        if let Some(variable) = env_key {
            writeln!(out, "  key: from {variable}")?;
        }
        match models {
            Some(models) => {
                let shown =
                    models.iter().take(MODELS_SHOWN).cloned().collect::<Vec<_>>().join(", ");
                let more = models.len().saturating_sub(MODELS_SHOWN);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                writeln!(out, "  reached; models: {shown}{more}")?;
            }
            None => {
                writeln!(out, "  not reached: {}", problem.as_deref().unwrap_or("no answer"))?;
            }
        }
        match tool_probe {
            None => Ok(()),
            Some(ToolProbe::Native) => writeln!(out, "  tools: the model calls them"),
            Some(ToolProbe::Text) => writeln!(out, "  tools: the model writes the call as text"),
            Some(ToolProbe::None) => writeln!(out, "  tools: the model did not call one"),
            Some(ToolProbe::Failed(why)) => writeln!(out, "  tools: {why}"),
        }
    }
}
