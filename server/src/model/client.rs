//! The client of one model at one provider. Cheap to clone, and nothing is
//! built before it is needed: the server starts without a connection pool.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::stream::BoxStream;
use genai::{
    ModelIden, ServiceTarget,
    adapter::AdapterKind,
    chat::{ChatOptions, ChatStream, ReasoningEffort},
    resolver::{AuthData, Endpoint},
};

use serde::de::IgnoredAny;

use super::{ModelError, ModelEvent, ModelRequest, endpoint, request, stream};
use crate::config::{Config, Environment, ModelProvider, WireApi};

/// Asks one model.
#[derive(Clone)]
pub struct ModelClient {
    inner: Arc<Inner>,
}

struct Inner {
    provider: ModelProvider,
    model: String,
    key: Option<String>,
    temperature: Option<f64>,
    library: OnceLock<Result<genai::Client, ModelError>>,
    /// The model refused to show its reasoning; it is not asked for it again.
    reasoning_refused: AtomicBool,
}

/// One request under way.
pub(super) struct Attempt {
    pub(super) stream: ChatStream,
    /// An event came that is not JSON. The library passes over such events of
    /// the Responses API, and a piece of the answer would be missing.
    pub(super) malformed: Arc<AtomicBool>,
}

impl ModelClient {
    /// A client for `model` at `provider`, whose key is in `env`.
    ///
    /// # Errors
    /// The key is missing or cannot be one.
    pub fn new(
        provider: &ModelProvider,
        model: &str,
        env: &Environment,
    ) -> Result<Self, ModelError> {
        Ok(Self::build(provider, model, endpoint::key(provider, env)?, None))
    }

    /// The same, with the sampling settings of `config`.
    ///
    /// # Errors
    /// The key is missing or cannot be one.
    pub fn configured(
        config: &Config,
        provider: &ModelProvider,
        model: &str,
        env: &Environment,
    ) -> Result<Self, ModelError> {
        Ok(Self::build(provider, model, endpoint::key(provider, env)?, config.temperature))
    }

    fn build(
        provider: &ModelProvider,
        model: &str,
        key: Option<String>,
        temperature: Option<f64>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                provider: provider.clone(),
                model: model.to_owned(),
                key,
                temperature,
                library: OnceLock::new(),
                reasoning_refused: AtomicBool::new(false),
            }),
        }
    }

    /// Name of the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.inner.model
    }

    /// Name of the provider.
    #[must_use]
    pub fn provider_name(&self) -> &str {
        &self.inner.provider.name
    }

    /// Builds what the first request needs, so that it need not wait: some
    /// milliseconds for a hosted provider, whose certificates are loaded.
    pub fn prepare(&self) {
        let _ = self.library();
    }

    /// Asks the model. The request is made when the stream is first polled;
    /// dropping the stream ends it. It ends after `Completed` or an error.
    #[must_use]
    pub fn stream(
        &self,
        request: ModelRequest,
    ) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        stream::answer(self.clone(), request)
    }

    pub(super) fn provider(&self) -> &ModelProvider {
        &self.inner.provider
    }

    /// Marks that the model does not show its reasoning; true the first time.
    pub(super) fn refuse_reasoning(&self) -> bool {
        self.asks_for_reasoning() && !self.inner.reasoning_refused.swap(true, Ordering::Relaxed)
    }

    fn asks_for_reasoning(&self) -> bool {
        // Elsewhere this only says that reasoning which comes is kept. OpenAI
        // refuses the request when the model has none to show.
        let can = match self.inner.provider.wire_api {
            WireApi::Responses => {
                let name = self.inner.model.rsplit('/').next().unwrap_or_default();
                ["o1", "o3", "o4", "gpt-5", "gpt-6", "codex", "gpt-oss"]
                    .iter()
                    .any(|family| name.starts_with(family))
            }
            WireApi::Chat | WireApi::Anthropic | WireApi::Gemini | WireApi::Ollama => true,
        };
        can && !self.inner.reasoning_refused.load(Ordering::Relaxed)
    }

    fn library(&self) -> Result<&genai::Client, ModelError> {
        self.inner
            .library
            .get_or_init(|| {
                let http = endpoint::http_client(&self.inner.provider)?;
                genai::Client::builder().with_reqwest(http).build().map_err(|error| ModelError {
                    message: format!("cannot prepare the model client: {error}"),
                    status: None,
                })
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Opens one attempt. Nothing is sent before the stream is polled.
    pub(super) async fn open(&self, request: &ModelRequest) -> Result<Attempt, genai::Error> {
        let Inner { provider, model, key, temperature, .. } = &*self.inner;
        let library =
            self.library().map_err(|error| genai::Error::Internal(error.message.clone()))?;
        let wire_api = provider.wire_api;
        let target = ServiceTarget {
            // Only parsed: the address and the headers below take its place.
            endpoint: Endpoint::from_owned(format!("{}/", provider.base_url)),
            auth: AuthData::RequestOverride {
                url: endpoint::stream_url(provider, model),
                headers: endpoint::headers(provider, key.as_deref()).into(),
            },
            model: ModelIden::new(adapter(wire_api), model.as_str()),
        };
        let mut options = ChatOptions::default()
            .with_capture_usage(true)
            // Of Chat Completions `calls` puts them together.
            .with_capture_tool_calls(wire_api != WireApi::Chat)
            .with_capture_reasoning_content(self.asks_for_reasoning())
            .with_stream_header_timeout(provider.stream_idle_timeout)
            .with_stream_read_timeout(provider.stream_idle_timeout);
        if matches!(wire_api, WireApi::Responses | WireApi::Chat) {
            // Sends nothing, but keeps the library from taking `-high` or `-max`
            // at the end of a model's name for a setting of its own.
            options = options.with_reasoning_effort(ReasoningEffort::Budget(0));
        }
        if let Some(temperature) = temperature {
            options = options.with_temperature(*temperature);
        }
        let malformed = Arc::new(AtomicBool::new(false));
        if wire_api == WireApi::Responses {
            let seen = Arc::clone(&malformed);
            options = options.with_raw_frame_fn(move |_, frame| {
                let data = frame.data;
                let expected = data.is_empty() || data == "[DONE]";
                if !expected && serde_json::from_str::<IgnoredAny>(data).is_err() {
                    seen.store(true, Ordering::Relaxed);
                }
            });
        }
        let chat = request::to_library(request, wire_api);
        let stream = library.exec_chat_stream(target, chat, Some(&options)).await?.stream;
        Ok(Attempt { stream, malformed })
    }
}

fn adapter(wire_api: WireApi) -> AdapterKind {
    match wire_api {
        WireApi::Responses => AdapterKind::OpenAIResp,
        WireApi::Chat => AdapterKind::OpenAI,
        WireApi::Anthropic => AdapterKind::Anthropic,
        WireApi::Gemini => AdapterKind::Gemini,
        WireApi::Ollama => AdapterKind::Ollama,
    }
}

impl fmt::Debug for ModelClient {
    // Without the key.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ModelClient")
            .field("provider", &self.inner.provider)
            .field("model", &self.inner.model)
            .finish_non_exhaustive()
    }
}
