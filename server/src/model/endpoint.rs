//! Where a request goes and what introduces us there: URL and headers of each
//! wire API. The one place that puts a key into a request.

use std::time::Duration;

use super::ModelError;
use crate::config::{Environment, ModelProvider, WireApi};

/// Time for a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The URL that answers are streamed from.
pub(super) fn stream_url(provider: &ModelProvider, model: &str) -> String {
    match provider.wire_api {
        WireApi::Responses => join(provider, "responses"),
        WireApi::Chat => join(provider, "chat/completions"),
        WireApi::Anthropic => join(provider, "messages"),
        WireApi::Gemini => {
            let model = model.strip_prefix("models/").unwrap_or(model);
            let url = join(provider, &format!("models/{model}:streamGenerateContent"));
            let separator = if url.contains('?') { '&' } else { '?' };
            format!("{url}{separator}alt=sse")
        }
        WireApi::Ollama => join(provider, "api/chat"),
    }
}

/// The URL that lists the models.
pub(super) fn models_url(provider: &ModelProvider) -> String {
    match provider.wire_api {
        WireApi::Ollama => join(provider, "api/tags"),
        WireApi::Responses | WireApi::Chat | WireApi::Anthropic | WireApi::Gemini => {
            join(provider, "models")
        }
    }
}

/// Puts `path` behind the base URL and before its query, if it has one.
fn join(provider: &ModelProvider, path: &str) -> String {
    let (base, query) = match provider.base_url.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (provider.base_url.as_str(), String::new()),
    };
    let mut base = base.trim_end_matches('/');
    if provider.wire_api == WireApi::Ollama {
        // Ollama's own API has no version part; people give the address of either.
        base = base.strip_suffix("/v1").or_else(|| base.strip_suffix("/api")).unwrap_or(base);
    }
    format!("{base}/{path}{query}")
}

/// The headers of a request.
pub(super) fn headers(provider: &ModelProvider, key: Option<&str>) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    if provider.wire_api == WireApi::Anthropic {
        headers.push(("anthropic-version".to_owned(), "2023-06-01".to_owned()));
    }
    if let Some(key) = key {
        headers.push(match provider.wire_api {
            WireApi::Anthropic => ("x-api-key".to_owned(), key.to_owned()),
            WireApi::Gemini => ("x-goog-api-key".to_owned(), key.to_owned()),
            WireApi::Responses | WireApi::Chat | WireApi::Ollama => {
                ("authorization".to_owned(), format!("Bearer {key}"))
            }
        });
    }
    headers
}

/// The key of a provider, from the variable that its configuration names.
pub(super) fn key(
    provider: &ModelProvider,
    env: &Environment,
) -> Result<Option<String>, ModelError> {
    let Some(name) = &provider.env_key else { return Ok(None) };
    let Some(key) = env.var(name).map(str::trim).filter(|key| !key.is_empty()) else {
        if provider.is_local() {
            return Ok(None);
        }
        return Err(ModelError {
            message: format!(
                "{name} is not set: put the key for the model provider `{}` there, in the environment that the editor starts from",
                provider.name
            ),
            status: None,
        });
    };
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ModelError {
            message: format!(
                "the value of {name} is not a key: it has a space or a line break in it"
            ),
            status: None,
        });
    }
    Ok(Some(key.to_owned()))
}

/// A connection pool for the address. Plain HTTP does not load the system's
/// certificates (5 ms and megabytes), and this machine is never reached through a proxy.
pub(super) fn http_client(provider: &ModelProvider) -> Result<reqwest::Client, ModelError> {
    // The only provider of ciphers in this program. It can be named once; whoever
    // was first named the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        // A redirect would carry the key and the project to another address.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("tiro/", env!("CARGO_PKG_VERSION")));
    if provider.base_url.starts_with("http://") {
        builder = builder.tls_certs_only([]);
    }
    if provider.is_local() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| ModelError {
        message: format!("cannot prepare connections to {}: {error}", provider.shown_url()),
        status: None,
    })
}
