//! Code lenses in a chat: "Send" over what would be sent, "Stop" over the answer
//! that is made.

use lsp_types::{CodeLens, CodeLensParams, Command, Position, Range};
use serde_json::{Value, json};

use super::{
    chat_at,
    document::{Who, turns},
};
use crate::lsp::front::{Front, lock};

/// The answer to `textDocument/codeLens`; none outside of chats.
pub(crate) fn lenses(front: &Front, params: &CodeLensParams) -> Option<Vec<CodeLens>> {
    let document = chat_at(front, &params.text_document.uri)?;
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
    Some(lenses)
}
