//! What went wrong with one attempt, read from the library's errors: whether it
//! is worth another try, and words for a person that hold no key.

use std::{error::Error as StdError, time::Duration};

use genai::webc::StreamTimeout;
use serde_json::Value;

use super::ModelError;
use crate::config::ModelProvider;

/// Which of the retry rules applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// No answer began.
    Request,
    /// The answer broke off.
    Stream,
    /// Another try would end the same way.
    Fatal,
}

/// One failed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) class: Class,
    /// What happened, as the end of "the model provider …".
    pub(super) reason: String,
    pub(super) status: Option<u16>,
    /// The pause that the provider asks for.
    pub(super) retry_after: Option<Duration>,
}

/// More letters of a provider's own words than these are noise.
const LONGEST_MESSAGE: usize = 600;

impl Failure {
    fn new(class: Class, reason: impl Into<String>) -> Self {
        Self { class, reason: reason.into(), status: None, retry_after: None }
    }

    /// The stream ended before the answer was complete.
    pub(super) fn broke_off() -> Self {
        Self::new(Class::Stream, "ended the stream before the answer was complete")
    }

    /// Something came that is not JSON.
    pub(super) fn malformed(what: &str) -> Self {
        Self::new(
            Class::Stream,
            format!("sent something that is not JSON where JSON was due ({what})"),
        )
    }

    /// Reads an error of the library.
    pub(super) fn from_library(error: &genai::Error) -> Self {
        use genai::Error;
        match error {
            Error::WebStream { error, .. } => Self::from_transport(error.as_ref()),
            Error::HttpError { status, body, headers, .. } => {
                let retry_after = |name: &str, unit: f64| {
                    let seconds = headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok()?;
                    Duration::try_from_secs_f64(seconds * unit).ok()
                };
                Self::from_status(
                    status.as_u16(),
                    body,
                    retry_after("retry-after-ms", 0.001)
                        .or_else(|| retry_after("retry-after", 1.0)),
                )
            }
            Error::ChatResponse { body, .. } => Self::from_error_event(body),
            Error::StreamParse { serde_error, .. }
                if serde_error.is_data() && serde_error.line() == 0 =>
            {
                Self::new(Class::Stream, format!("reported: {}", shorten(&serde_error.to_string())))
            }
            Error::StreamParse { serde_error, .. } => Self::malformed(&serde_error.to_string()),
            other => Self::new(
                Class::Fatal,
                format!("could not be asked: {}", shorten(&other.to_string())),
            ),
        }
    }

    fn from_transport(error: &(dyn StdError + Send + Sync + 'static)) -> Self {
        if let Some(error) = error.downcast_ref::<genai::Error>() {
            return Self::from_library(error);
        }
        if error.downcast_ref::<StreamTimeout>().is_some() {
            return Self::new(Class::Stream, "was silent for too long");
        }
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            let class = if error.is_builder() {
                Class::Fatal
            } else if error.is_body() || error.is_decode() {
                Class::Stream
            } else {
                Class::Request
            };
            let what = match class {
                Class::Stream => "dropped the connection in the middle of the answer",
                Class::Request | Class::Fatal => "could not be reached",
            };
            return Self::new(class, format!("{what} ({})", innermost(error)));
        }
        Self::new(Class::Stream, format!("sent something unreadable ({})", innermost(error)))
    }

    fn from_status(status: u16, body: &str, retry_after: Option<Duration>) -> Self {
        let class = if status == 429 || status >= 500 { Class::Request } else { Class::Fatal };
        let body = body.trim();
        let said = serde_json::from_str(body)
            .ok()
            .and_then(|json: Value| message_of(&json))
            .or_else(|| (!body.is_empty() && !body.starts_with('<')).then(|| body.to_owned()));
        let reason = said.map_or_else(
            || format!("answered with status {status}"),
            |said| format!("answered with status {status}: {}", shorten(&said)),
        );
        Self { class, reason, status: Some(status), retry_after }
    }

    fn from_error_event(body: &Value) -> Self {
        let said = message_of(body).unwrap_or_else(|| body.to_string());
        let error = body.get("error").unwrap_or(body);
        let refused = error.get("type").and_then(Value::as_str) == Some("invalid_request_error")
            || error
                .get("code")
                .and_then(Value::as_u64)
                .is_some_and(|code| (400..500).contains(&code) && code != 429);
        let class = if refused { Class::Fatal } else { Class::Stream };
        Self::new(class, format!("reported: {}", shorten(&said)))
    }

    /// The failure as the end of the task: with what the person can do.
    pub(super) fn into_error(self, provider: &ModelProvider, model: &str) -> ModelError {
        let name = &provider.name;
        let advice = match (self.status, &provider.env_key) {
            (Some(401 | 403), Some(variable)) => {
                format!("; check the key in {variable}")
            }
            (Some(401 | 403), None) => format!(
                "; it wants a key: name its variable as `env_key` in [model_providers.{name}]"
            ),
            (Some(404), _) => format!(
                "; check the model `{model}` and the address {} (`tiro doctor` lists the models)",
                provider.shown_url()
            ),
            (None, _) if self.reason.starts_with("could not be reached") => {
                format!("; check that {} is up, or run `tiro doctor`", provider.shown_url())
            }
            _ => String::new(),
        };
        ModelError {
            message: format!("the model provider `{name}` {}{advice}", self.reason),
            status: self.status,
        }
    }
}

/// The message in an error body, in the shapes that providers use.
fn message_of(body: &Value) -> Option<String> {
    let body = body.get(0).unwrap_or(body);
    ["/error/message", "/error/error/message", "/message", "/error", "/detail"]
        .iter()
        .find_map(|path| body.pointer(path)?.as_str())
        .filter(|message| !message.is_empty())
        .map(str::to_owned)
}

fn shorten(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST_MESSAGE) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// The cause at the bottom. The errors above it quote the URL.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_timeout() => "timed out".to_owned(),
        Some(_) => "the request failed".to_owned(),
        None => shorten(&cause.to_string()),
    }
}
