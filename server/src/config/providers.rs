//! The well-known providers, and how configured ones are laid over them.

use std::{collections::BTreeMap, time::Duration};

use super::{ConfigError, Environment, ModelProvider, ProviderToml, WireApi};

pub(super) const REQUEST_MAX_RETRIES: u32 = 4;
pub(super) const STREAM_MAX_RETRIES: u32 = 10;
pub(super) const STREAM_IDLE_TIMEOUT: Duration = Duration::from_secs(300);

const OPENAI_URL: &str = "https://api.openai.com/v1";

/// The providers that need no configuration. Each base URL of a hosted one can
/// be moved with the variable that its own tools use.
pub(super) fn well_known(env: &Environment) -> BTreeMap<String, ModelProvider> {
    let openai = env.var("OPENAI_BASE_URL").unwrap_or(OPENAI_URL);
    // What stands in for OpenAI rarely has more than Chat Completions.
    let openai_api =
        if host(openai) == Some("api.openai.com") { WireApi::Responses } else { WireApi::Chat };
    let anthropic = env.var("ANTHROPIC_BASE_URL").map_or_else(
        || "https://api.anthropic.com/v1".to_owned(),
        |url| {
            let url = url.trim_end_matches('/');
            if url.ends_with("/v1") { url.to_owned() } else { format!("{url}/v1") }
        },
    );
    let gemini = "https://generativelanguage.googleapis.com/v1beta";
    [
        provider("openai", openai, Some("OPENAI_API_KEY"), openai_api),
        provider("anthropic", &anthropic, Some("ANTHROPIC_API_KEY"), WireApi::Anthropic),
        provider("gemini", gemini, Some("GEMINI_API_KEY"), WireApi::Gemini),
        provider("ollama", "http://127.0.0.1:11434/v1", None, WireApi::Chat),
        provider("llama.cpp", "http://127.0.0.1:8080/v1", None, WireApi::Chat),
        provider("lmstudio", "http://127.0.0.1:1234/v1", None, WireApi::Chat),
        provider("vllm", "http://127.0.0.1:8000/v1", None, WireApi::Chat),
    ]
    .into_iter()
    .map(|provider| (provider.name.clone(), provider))
    .collect()
}

fn provider(name: &str, base_url: &str, env_key: Option<&str>, wire_api: WireApi) -> ModelProvider {
    ModelProvider {
        name: name.to_owned(),
        base_url: base_url.trim_end_matches('/').to_owned(),
        env_key: env_key.map(str::to_owned),
        wire_api,
        request_max_retries: REQUEST_MAX_RETRIES,
        stream_max_retries: STREAM_MAX_RETRIES,
        stream_idle_timeout: STREAM_IDLE_TIMEOUT,
    }
}

/// Lays the configured fields of one provider over what is there.
pub(super) fn apply(
    providers: &mut BTreeMap<String, ModelProvider>,
    name: &str,
    settings: &ProviderToml,
) {
    let entry =
        providers.entry(name.to_owned()).or_insert_with(|| provider(name, "", None, WireApi::Chat));
    let ProviderToml {
        base_url,
        env_key,
        wire_api,
        request_max_retries,
        stream_max_retries,
        stream_idle_timeout_ms,
    } = settings;
    if let Some(base_url) = base_url {
        entry.base_url = base_url.trim_end_matches('/').to_owned();
    }
    if let Some(env_key) = env_key {
        entry.env_key = Some(env_key.clone()).filter(|name| !name.is_empty());
    }
    entry.wire_api = wire_api.unwrap_or(entry.wire_api);
    entry.request_max_retries = request_max_retries.unwrap_or(entry.request_max_retries);
    entry.stream_max_retries = stream_max_retries.unwrap_or(entry.stream_max_retries);
    entry.stream_idle_timeout =
        stream_idle_timeout_ms.map_or(entry.stream_idle_timeout, Duration::from_millis);
}

/// Refuses a provider that cannot be spoken to.
pub(super) fn validate(provider: &ModelProvider) -> Result<(), ConfigError> {
    let name = &provider.name;
    if provider.base_url.is_empty() {
        return Err(ConfigError::Invalid(format!(
            "the model provider `{name}` has no address: set `base_url` in [model_providers.{name}]"
        )));
    }
    if host(&provider.base_url).is_none() {
        let variable = match name.as_str() {
            "openai" => " (or OPENAI_BASE_URL)",
            "anthropic" => " (or ANTHROPIC_BASE_URL)",
            _ => "",
        };
        return Err(ConfigError::Invalid(format!(
            "the `base_url`{variable} of the model provider `{name}` must begin with http:// or https:// and name a host"
        )));
    }
    if provider.stream_idle_timeout.is_zero() {
        return Err(ConfigError::Invalid(format!(
            "`stream_idle_timeout_ms` of the model provider `{name}` must be at least 1"
        )));
    }
    Ok(())
}

/// The host that an http(s) URL names, without user and port.
fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority.rsplit('@').next()?;
    let host = if place.starts_with('[') {
        place.split_inclusive(']').next()?
    } else {
        place.split(':').next()?
    };
    (!host.is_empty()).then_some(host)
}

impl ModelProvider {
    /// Whether the address is this machine's own.
    #[must_use]
    pub fn is_local(&self) -> bool {
        host(&self.base_url).is_some_and(|host| {
            let address = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost"
                || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        })
    }

    /// The address without the user and password that it may hold.
    #[must_use]
    pub fn shown_url(&self) -> String {
        let Some((scheme, rest)) = self.base_url.split_once("://") else {
            return self.base_url.clone();
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let place = rest[..end].rfind('@').map_or(0, |at| at + 1);
        let rest = rest[place..].split(['?', '#']).next().unwrap_or_default();
        format!("{scheme}://{rest}")
    }
}
