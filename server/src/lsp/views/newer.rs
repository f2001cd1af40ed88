//! What version 3.18 of the protocol has and the crate of its types lacks:
//! documents whose text the server gives.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The request of the client for a text.
pub(crate) const CONTENT: &str = "workspace/textDocumentContent";

/// The request of the server to ask again.
pub(super) const REFRESH: &str = "workspace/textDocumentContent/refresh";

/// Of [`CONTENT`] and of [`REFRESH`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TextDocumentContentParams {
    /// The document; kept as the client writes it.
    pub(crate) uri: String,
}

/// The answer to [`CONTENT`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TextDocumentContentResult {
    /// All of it.
    pub(crate) text: String,
}

/// How [`CONTENT`] is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TextDocumentContentRegistrationOptions {
    /// Of the URIs that are asked for.
    pub(crate) schemes: Vec<String>,
}

/// Whether a client asks for texts once it is told to, by the params of its
/// `initialize`. The answer to that has no place for it in the crate's types, so
/// it has to be told later.
pub(crate) fn asks_for_content(initialize: &Value) -> bool {
    initialize.pointer("/capabilities/workspace/textDocumentContent/dynamicRegistration")
        == Some(&Value::Bool(true))
}
