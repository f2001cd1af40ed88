//! Which provider and which model: the configured ones, else whoever has a key
//! in the environment, else a server on this machine.

use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;

use super::{ModelError, endpoint};
use crate::config::{Config, Environment, ModelProvider, WireApi};

/// Time that a server on this machine has to answer.
const PROBE_TIMEOUT: Duration = Duration::from_millis(300);
/// Time that a provider which was chosen has to list its models.
const LIST_TIMEOUT: Duration = Duration::from_secs(5);
/// A list of models is smaller than this many bytes.
const LIST_LIMIT: usize = 4 << 20;

/// Servers that are looked for on this machine, with their usual names.
const LOCAL_SERVERS: &[(&str, &str)] = &[
    ("ollama", "Ollama"),
    ("llama.cpp", "llama.cpp"),
    ("lmstudio", "LM Studio"),
    ("vllm", "vLLM"),
];

/// What was picked, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// Who is asked.
    pub provider: ModelProvider,
    /// Which of its models.
    pub model: String,
    /// For a person to read, such as `OPENAI_API_KEY is set`.
    pub how: String,
}

/// Why nothing was picked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiscoverError {
    /// There is no provider.
    #[error("no model provider was found. Tried: {}. Next: {advice}", tried.join("; "))]
    NotFound {
        /// What was tried, each with what came of it.
        tried: Vec<String>,
        /// What to do.
        advice: String,
    },
    /// There is a provider, but no model of it can be named.
    #[error("{0}")]
    NoModel(String),
}

/// Picks the provider and the model. Asks servers only where it has to; those
/// that are merely looked for never see a key.
///
/// # Errors
/// Nothing is configured and nothing was found, or no model can be named.
pub async fn discover(config: &Config, env: &Environment) -> Result<Discovered, DiscoverError> {
    if let Some(name) = &config.model_provider {
        let provider = config.model_providers.get(name).ok_or_else(|| {
            DiscoverError::NoModel(format!(
                "there is no model provider `{name}` in the configuration"
            ))
        })?;
        return chosen(provider, config, env, format!("model_provider is `{name}`")).await;
    }
    let mut tried = Vec::new();
    for name in ["openai", "anthropic", "gemini"] {
        let Some(provider) = config.model_providers.get(name) else { continue };
        let Some(variable) = &provider.env_key else { continue };
        if env.var(variable).is_some() {
            return chosen(provider, config, env, format!("{variable} is set")).await;
        }
        tried.push(format!("{variable} is not set"));
        if name == "openai" && env.var("OPENAI_BASE_URL").is_some() {
            let keyless = ModelProvider { env_key: None, ..provider.clone() };
            match probe(&keyless).await {
                Ok(models) => return served(keyless, config, &models, "OPENAI_BASE_URL"),
                Err(why) => tried.push(format!("OPENAI_BASE_URL, {}: {why}", keyless.shown_url())),
            }
        }
    }
    let servers: Vec<(&str, ModelProvider)> = LOCAL_SERVERS
        .iter()
        .filter_map(|(name, title)| {
            let provider = config.model_providers.get(*name)?.clone();
            Some((*title, ModelProvider { env_key: None, ..provider }))
        })
        .collect();
    let answers = join_all(servers.iter().map(|(_, provider)| probe(provider))).await;
    for ((title, provider), answer) in servers.into_iter().zip(answers) {
        match answer {
            Ok(models) if models.is_empty() && config.model.is_none() => {
                tried.push(format!("{title} at {}: it has no model", provider.shown_url()));
            }
            Ok(models) => return served(provider, config, &models, title),
            Err(why) => tried.push(format!("{title} at {}: {why}", provider.shown_url())),
        }
    }
    let known = ["openai", "anthropic", "gemini", "ollama", "llama.cpp", "lmstudio", "vllm"];
    let own = config.model_providers.keys().find(|name| !known.contains(&name.as_str()));
    let advice = match own {
        Some(name) => format!(
            "`{name}` is configured; to use it, put model_provider = \"{name}\" into {}",
            config.tiro_home.join("config.toml").display()
        ),
        None => "start a local model with `ollama run qwen3`, or set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY where the editor starts from; `tiro doctor` shows what is found".to_owned(),
    };
    Err(DiscoverError::NotFound { tried, advice })
}

/// The provider is certain; the model is configured, well known, or listed.
async fn chosen(
    provider: &ModelProvider,
    config: &Config,
    env: &Environment,
    how: String,
) -> Result<Discovered, DiscoverError> {
    let found = |model: String| Discovered { provider: provider.clone(), model, how };
    if let Some(model) = &config.model {
        return Ok(found(model.clone()));
    }
    if let Some(model) = usual_model(provider) {
        return Ok(found(model.to_owned()));
    }
    let name = &provider.name;
    match list_models(provider, env).await {
        Ok(models) => match pick(&models) {
            Some(model) => Ok(found(model)),
            None => Err(DiscoverError::NoModel(format!(
                "the model provider `{name}` lists no model: load one there, or set `model`"
            ))),
        },
        Err(error) => Err(DiscoverError::NoModel(format!(
            "no `model` is set, and the model provider `{name}` at {} does not list any: {}",
            provider.shown_url(),
            error.message
        ))),
    }
}

/// A server answered with its models.
fn served(
    provider: ModelProvider,
    config: &Config,
    models: &[String],
    title: &str,
) -> Result<Discovered, DiscoverError> {
    let how = format!("{title} answers at {}", provider.shown_url());
    match config.model.clone().or_else(|| pick(models)) {
        Some(model) => Ok(Discovered { provider, model, how }),
        None => Err(DiscoverError::NoModel(format!("{how}, but has no model: load one there"))),
    }
}

/// What the hosted providers are asked for when nobody says.
fn usual_model(provider: &ModelProvider) -> Option<&'static str> {
    let hosted = |address: &str| provider.base_url.starts_with(address);
    if hosted("https://api.openai.com/") {
        Some("gpt-5")
    } else if hosted("https://api.anthropic.com/") {
        Some("claude-sonnet-4-5")
    } else if hosted("https://generativelanguage.googleapis.com/") {
        Some("gemini-2.5-pro")
    } else {
        None
    }
}

/// The first model that can hold a conversation.
fn pick(models: &[String]) -> Option<String> {
    let talks = |name: &&String| {
        let name = name.to_lowercase();
        !["embed", "rerank", "whisper", "tts", "bge-"].iter().any(|kind| name.contains(kind))
    };
    models.iter().find(talks).or_else(|| models.first()).cloned()
}

/// The models of a provider, by name, in its own order.
///
/// # Errors
/// The key is missing, or no list came within 5 s.
pub async fn list_models(
    provider: &ModelProvider,
    env: &Environment,
) -> Result<Vec<String>, ModelError> {
    let key = endpoint::key(provider, env)?;
    let listed = tokio::time::timeout(LIST_TIMEOUT, fetch_models(provider, key.as_deref())).await;
    let (message, status) = match listed {
        Ok(Ok(models)) => return Ok(models),
        Ok(Err((message, status))) => (message, status),
        Err(_) => (format!("no answer within {} s", LIST_TIMEOUT.as_secs()), None),
    };
    let advice = match (status, &provider.env_key) {
        (Some(401 | 403), Some(variable)) => format!("; check the key in {variable}"),
        _ => String::new(),
    };
    Err(ModelError { message: format!("{message}{advice}"), status })
}

async fn probe(provider: &ModelProvider) -> Result<Vec<String>, String> {
    match tokio::time::timeout(PROBE_TIMEOUT, fetch_models(provider, None)).await {
        Ok(answer) => answer.map_err(|(message, _)| message),
        Err(_) => Err(format!("no answer within {} ms", PROBE_TIMEOUT.as_millis())),
    }
}

async fn fetch_models(
    provider: &ModelProvider,
    key: Option<&str>,
) -> Result<Vec<String>, (String, Option<u16>)> {
    let http = endpoint::http_client(provider).map_err(|error| (error.message, None))?;
    let mut request = http.get(endpoint::models_url(provider));
    for (name, value) in endpoint::headers(provider, key) {
        request = request.header(name, value);
    }
    let unreached = |error: &reqwest::Error| {
        let what = if error.is_connect() { "nothing answers" } else { "it broke off" };
        (what.to_owned(), None)
    };
    let mut response = request.send().await.map_err(|error| unreached(&error))?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err((format!("it answered with status {status}"), Some(status)));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreached(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LIST_LIMIT {
            return Err(("its list of models is too long".to_owned(), None));
        }
    }
    serde_json::from_slice(&body)
        .ok()
        .and_then(|json| model_names(&json, provider.wire_api))
        .ok_or_else(|| ("what it answered is not a list of models".to_owned(), None))
}

fn model_names(json: &Value, wire_api: WireApi) -> Option<Vec<String>> {
    let list = json.get("data").or_else(|| json.get("models"))?.as_array()?;
    let name = |model: &Value| {
        let name = model.get("id").or_else(|| model.get("name"))?.as_str()?;
        let name =
            if wire_api == WireApi::Gemini { name.trim_start_matches("models/") } else { name };
        Some(name.to_owned())
    };
    Some(list.iter().filter_map(name).collect())
}
