//! What each wire API streams for one answer, and how an answer reads as text.

use std::fmt::Write as _;

use futures::StreamExt;
use serde_json::{Value, json};

use crate::{
    config::{Environment, ModelProvider, WireApi},
    model::{ModelClient, ModelEvent, ModelItem, ModelRequest, ToolSpec, UserPart},
};

/// An answer with reasoning, two pieces of text, and a call of `shell`.
pub(crate) fn full_answer(wire_api: WireApi) -> String {
    match wire_api {
        WireApi::Responses => sse([
            json!({"type": "response.created", "response": {}}),
            json!({"type": "response.reasoning_summary_text.delta", "delta": "hm"}),
            json!({"type": "response.output_text.delta", "delta": "Hello "}),
            json!({"type": "response.output_text.delta", "delta": "you"}),
            json!({"type": "response.output_item.added", "output_index": 1, "item": {"type": "function_call", "call_id": "c1", "name": "shell"}}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{\"command\":"}),
            json!({"type": "response.output_item.done", "output_index": 1, "item": {"type": "function_call", "call_id": "c1", "name": "shell", "arguments": "{\"command\":[\"ls\"]}"}}),
            json!({"type": "response.completed", "response": {"id": "r", "status": "completed", "model": "m", "output": [],
                "usage": {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 15}}}),
        ]),
        WireApi::Chat => {
            sse([
                json!({"choices": [{"delta": {"reasoning_content": "hm"}}]}),
                json!({"choices": [{"delta": {"content": "Hello "}}]}),
                json!({"choices": [{"delta": {"content": "you"}}]}),
                json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "shell", "arguments": "{\"command\":"}}]}}]}),
                json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "[\"ls\"]}"}}]}}]}),
                json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}),
                json!({"choices": [], "usage": {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 15}}),
            ]) + "data: [DONE]\n\n"
        }
        WireApi::Anthropic => [
            json!({"type": "message_start", "message": {"usage": {"input_tokens": 6, "cache_read_input_tokens": 4, "output_tokens": 1}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "hm"}}),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}),
            json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Hello "}}),
            json!({"type": "ping"}),
            json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "you"}}),
            json!({"type": "content_block_stop", "index": 1}),
            json!({"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "c1", "name": "shell"}}),
            json!({"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "{\"command\":[\"ls\"]}"}}),
            json!({"type": "content_block_stop", "index": 2}),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}}),
            json!({"type": "message_stop"}),
        ]
        .iter()
        .map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()))
        .collect(),
        WireApi::Gemini => sse([
            json!({"candidates": [{"content": {"parts": [{"text": "hm", "thought": true}]}}]}),
            json!({"candidates": [{"content": {"parts": [{"text": "Hello "}]}}]}),
            json!({"candidates": [{"content": {"parts": [{"text": "you"}, {"functionCall": {"name": "shell", "args": {"command": ["ls"]}}, "thoughtSignature": "sig"}]}, "finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 10, "cachedContentTokenCount": 4, "candidatesTokenCount": 3, "thoughtsTokenCount": 2, "totalTokenCount": 15}}),
        ]),
        WireApi::Ollama => [
            json!({"message": {"thinking": "hm", "content": ""}}),
            json!({"message": {"content": "Hello "}}),
            json!({"message": {"content": "you"}}),
            json!({"message": {"content": "", "tool_calls": [{"function": {"name": "shell", "arguments": {"command": ["ls"]}}}]}}),
            json!({"message": {"content": ""}, "done": true, "done_reason": "stop", "prompt_eval_count": 10, "eval_count": 5}),
        ]
        .iter()
        .map(|line| format!("{line}\n"))
        .collect(),
    }
}

/// A Chat Completions answer of these pieces of text.
pub(crate) fn chat_text(pieces: &[&str]) -> String {
    chat_pieces(pieces)
        + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
}

/// The same without its end.
pub(crate) fn chat_pieces(pieces: &[&str]) -> String {
    sse(pieces.iter().map(|piece| json!({"choices": [{"delta": {"content": piece}}]})))
}

fn sse(events: impl IntoIterator<Item = Value>) -> String {
    events.into_iter().map(|event| format!("data: {event}\n\n")).collect()
}

pub(crate) fn shell() -> ToolSpec {
    ToolSpec {
        name: "shell".into(),
        description: "Runs a command.".into(),
        parameters: json!({
            "type": "object",
            "properties": {
                "command": {"type": "array", "items": {"type": "string"}},
                "timeout_ms": {"type": "integer"},
                "mode": {"type": "string", "enum": ["fast", "slow"]},
            },
            "required": ["command"],
            "additionalProperties": false,
        }),
    }
}

pub(crate) fn question() -> ModelRequest {
    ModelRequest {
        instructions: "Be brief.".into(),
        items: vec![ModelItem::User(vec![UserPart::Text("hi".into())])],
        tools: vec![shell()],
        store: false,
    }
}

pub(crate) fn client(provider: &ModelProvider) -> ModelClient {
    let env = Environment::from_pairs([("TEST_KEY", "sk-secret")]);
    ModelClient::new(provider, "o3", &env).unwrap()
}

/// The whole answer, a line an event.
pub(crate) async fn ask(client: &ModelClient, request: ModelRequest) -> String {
    let mut shown = String::new();
    let mut events = client.stream(request);
    while let Some(event) = events.next().await {
        match event {
            Ok(ModelEvent::TextDelta(text)) => writeln!(shown, "text {text:?}"),
            Ok(ModelEvent::ReasoningDelta(text)) => writeln!(shown, "reasoning {text:?}"),
            Ok(ModelEvent::ToolCall(call)) => writeln!(
                shown,
                "call {} {} {}",
                if is_random(&call.call_id) { "(random)" } else { &call.call_id },
                call.name,
                call.arguments
            ),
            Ok(ModelEvent::Retrying { reason, .. }) => writeln!(shown, "again: {reason}"),
            Ok(ModelEvent::Completed { usage: None }) => writeln!(shown, "completed"),
            Ok(ModelEvent::Completed { usage: Some(usage) }) => writeln!(
                shown,
                "completed: {} in ({} cached), {} out ({} reasoning), {}",
                usage.input_tokens,
                usage.cached_input_tokens,
                usage.output_tokens,
                usage.reasoning_output_tokens,
                usage.total_tokens
            ),
            Err(error) => writeln!(shown, "error: {error}"),
        }
        .unwrap();
    }
    assert!(!shown.contains("sk-secret"));
    shown
}

/// An id that the library makes up where Ollama gives none.
fn is_random(id: &str) -> bool {
    id.strip_prefix("call_")
        .is_some_and(|rest| rest.len() == 8 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
