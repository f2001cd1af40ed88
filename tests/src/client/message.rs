//! What goes over the wire between client and server, as tests see it.

use std::{fmt, sync::Arc, time::Instant};

use serde_json::Value;

/// One message, as it went over the wire.
#[derive(Debug, Clone)]
pub struct Message {
    /// Whether the server sent it.
    pub from_server: bool,
    /// When it was queued or read.
    pub at: Instant,
    /// The JSON, shared: it can be long.
    pub value: Arc<Value>,
}

impl Message {
    /// The method of a request or notification.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.value["method"].as_str()
    }

    /// Whether the server sent it with this method.
    #[must_use]
    pub fn is_from_server(&self, method: &str) -> bool {
        self.from_server && self.method() == Some(method)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.value.to_string();
        let arrow = if self.from_server { "<--" } else { "-->" };
        // Enough of a message to see what it is about.
        match text.char_indices().nth(2_000) {
            Some((cut, _)) => write!(out, "{arrow} {} … ({} bytes)", &text[..cut], text.len()),
            None => write!(out, "{arrow} {text}"),
        }
    }
}

/// What a client answers a request of the server with.
#[derive(Debug, Clone)]
pub enum Answer {
    /// What the editor would answer.
    Editor,
    /// This result.
    Result(Value),
    /// This error.
    Error(i64, String),
    /// Nothing; [`super::Client::answer`] may do so later.
    Hold,
}

/// A request of the server.
#[derive(Debug, Clone)]
pub struct ServerRequest {
    /// Its id, in the server's spelling.
    pub id: Value,
    /// Its method.
    pub method: String,
    /// Its params.
    pub params: Value,
}

/// A JSON-RPC error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpcError {
    /// Such as -32602.
    pub code: i64,
    /// What the person or the programmer reads.
    pub message: String,
}
