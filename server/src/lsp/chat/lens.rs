//! Code lenses in a chat: "Send" over what would be sent, "Stop" over the answer
//! that is made.

use std::sync::Arc;

use lsp_types::{CodeLens, Command, Position, Range};
use serde_json::{Value, json};

use super::document::{Who, is_chat, turns};
use crate::{
    documents::OpenDocument,
    lsp::front::{Front, lock},
};

/// The lenses of one document; none where it is no chat.
pub(crate) fn lenses(front: &Arc<Front>, document: &OpenDocument) -> Vec<CodeLens> {
    if !is_chat(&document.path) || front.profile().is_none_or(|it| it.options.events) {
        return Vec::new();
    }
    let running = {
        let state = lock(&front.chats.0);
        let stream = state.stream_of(&document.path);
        state.active.as_ref().is_some_and(|active| Some(active.stream) == stream)
    };
    let turns = turns(&document.text);
    let mut lenses = Vec::new();
    let lens = |line: u32, title: &str, command: &str, argument: Value| {
        let at = Position { line, character: 0 };
        let (title, command) = (title.to_owned(), command.to_owned());
        let command = Some(Command { title, command, arguments: Some(vec![argument]) });
        CodeLens { range: Range { start: at, end: at }, command, data: None }
    };
    if let Some(turn) = turns.last().filter(|turn| turn.who == Who::You) {
        lenses.push(lens(turn.line, "Send", "tiro.send", json!({ "uri": document.uri })));
    }
    let answer = turns.iter().rev().find(|turn| turn.who == Who::Tiro);
    if let Some(turn) = answer.filter(|_| running) {
        lenses.push(lens(turn.line, "Stop", "tiro.stop", Value::Null));
    }
    lenses
}
