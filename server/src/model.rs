//! Asks the model: one small module around the provider library. Knows no
//! session and no tool; turns a [`ModelRequest`] into a stream of [`ModelEvent`]s.
//!
//! [`discover()`] says which provider and model to use, [`ModelClient::stream`]
//! asks it. The provider library is named in `client`, `request` and `failure`
//! only; when a request is made again is decided by the pure functions of `retry`.

mod calls;
mod client;
mod discover;
mod endpoint;
mod failure;
mod hold_back;
mod request;
mod retry;
mod schema;
mod stream;
#[cfg(test)]
pub(crate) mod tests;
mod text_tool_calls;

use std::time::Duration;

use tiro_protocol::TokenUsage;

pub use client::ModelClient;
pub use discover::{DiscoverError, Discovered, discover, list_models};
pub use text_tool_calls::{TEXT_CALL, TextToolCalls, tool_calls_in_text};

/// One piece of the conversation, as it is sent to the model.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelItem {
    /// What a person said.
    User(Vec<UserPart>),
    /// What the model said.
    Assistant(String),
    /// What the model wants done.
    ToolCall(ToolCall),
    /// What came of it.
    ToolResult {
        /// The call that this answers.
        call_id: String,
        /// For the model to read.
        output: String,
    },
}

/// Words or a picture.
#[derive(Debug, Clone, PartialEq)]
pub enum UserPart {
    /// Words.
    Text(String),
    /// A picture.
    Image {
        /// Such as `image/png`.
        mime_type: String,
        /// The bytes, in base64.
        base64: String,
    },
}

/// The model asks for a tool.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ToolCall {
    /// Unique in the conversation.
    pub call_id: String,
    /// Name of a declared tool, if the model is right.
    pub name: String,
    /// Arguments as the model wrote them: JSON text, or not.
    pub arguments: String,
    /// Opaque, to be sent back with the call (Gemini's thought signatures).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<String>>,
}

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Its name.
    pub name: String,
    /// When and how to use it.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: serde_json::Value,
}

/// All that one call of the model takes.
#[derive(Debug, Clone, Default)]
pub struct ModelRequest {
    /// Said before everything else.
    pub instructions: String,
    /// The conversation.
    pub items: Vec<ModelItem>,
    /// The tools.
    pub tools: Vec<ToolSpec>,
    /// Whether the provider may keep the conversation.
    pub store: bool,
}

/// What arrives while the model answers.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// A piece of text.
    TextDelta(String),
    /// A piece of reasoning.
    ReasoningDelta(String),
    /// A call whose arguments are complete.
    ToolCall(ToolCall),
    /// The request is made again after `delay`, for `reason`. What was streamed
    /// since the request began is void.
    Retrying {
        /// For a person to read.
        reason: String,
        /// How long until then.
        delay: Duration,
    },
    /// The answer is complete; the stream ends.
    Completed {
        /// What it took, where the provider says.
        usage: Option<TokenUsage>,
    },
}

/// Why the model gave no answer, after all retries.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// Says what happened and what to do.
    pub message: String,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
}
