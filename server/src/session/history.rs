//! The conversation as it was, in the order in which a model may be shown it.

use serde::{Deserialize, Serialize};
use tiro_protocol::InputItem;

use super::images::user_part;
use crate::model::{ModelItem, ToolCall, UserPart};

/// How a text begins that a front adds to what a person said.
pub const NOT_SAID: &str = "\n<editor>\n";

/// One piece of the conversation. A [`HistoryItem::ToolCall`] is always
/// followed by its result before anybody speaks again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HistoryItem {
    /// What a person said.
    User(Vec<InputItem>),
    /// What the model said.
    Assistant(String),
    /// What the model wanted done.
    ToolCall(ToolCall),
    /// What came of it.
    ToolResult {
        /// The call.
        call_id: String,
        /// For the model to read.
        output: String,
    },
    /// Something the model is told that nobody said: what was left out, what
    /// was interrupted.
    Note(String),
}

impl HistoryItem {
    /// Bytes that it takes in a request, about.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        match self {
            HistoryItem::User(items) => items
                .iter()
                .map(|item| match item {
                    InputItem::Text { text } => text.len(),
                    // A picture is billed by its size on screen, not by its bytes.
                    _ => PICTURE,
                })
                .sum(),
            HistoryItem::Assistant(text) | HistoryItem::Note(text) => text.len(),
            HistoryItem::ToolCall(call) => call.name.len() + call.arguments.len(),
            HistoryItem::ToolResult { output, .. } => output.len(),
        }
    }
}

/// The texts of an input that a person said.
pub(crate) fn said(items: &[InputItem]) -> Vec<&str> {
    let texts = items.iter().filter_map(|item| match item {
        InputItem::Text { text } => Some(text.as_str()),
        _ => None,
    });
    texts.filter(|text| !text.starts_with(NOT_SAID)).collect()
}

/// What a picture counts as, in bytes of text: about a thousand tokens.
const PICTURE: usize = 4_096;

/// As a request has it.
impl From<HistoryItem> for ModelItem {
    fn from(item: HistoryItem) -> Self {
        match item {
            HistoryItem::User(items) => Self::User(items.iter().map(user_part).collect()),
            HistoryItem::Note(text) => Self::User(vec![UserPart::Text(text)]),
            HistoryItem::Assistant(text) => Self::Assistant(text),
            HistoryItem::ToolCall(call) => Self::ToolCall(call),
            HistoryItem::ToolResult { call_id, output } => Self::ToolResult { call_id, output },
        }
    }
}
