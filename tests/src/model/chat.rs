//! The events of a Chat Completions stream.

use serde_json::{Value, json};

use super::Events;

/// One answer.
#[derive(Debug)]
pub(super) struct Stream {
    id: String,
    calls: usize,
}

impl Stream {
    pub(super) fn new(number: usize) -> Self {
        Self { id: format!("chatcmpl-{number}"), calls: 0 }
    }

    fn chunk(&self, choices: &Value, usage: &Value) -> String {
        let chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": "scripted",
            "system_fingerprint": null,
            "choices": choices,
            "usage": usage,
        });
        format!("data: {chunk}\n\n")
    }

    fn delta(&self, delta: &Value) -> String {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": null});
        self.chunk(&json!([choice]), &Value::Null)
    }
}

impl Events for Stream {
    fn begin(&mut self) -> String {
        self.delta(&json!({"role": "assistant", "content": "", "refusal": null}))
    }

    fn text(&mut self, delta: &str) -> String {
        self.delta(&json!({"content": delta}))
    }

    fn reasoning(&mut self, delta: &str) -> String {
        self.delta(&json!({"reasoning_content": delta}))
    }

    fn call(&mut self, id: &str, name: &str, pieces: &[String]) -> Vec<String> {
        let index = self.calls;
        self.calls += 1;
        let first = json!({"tool_calls": [{
            "index": index, "id": id, "type": "function",
            "function": {"name": name, "arguments": ""},
        }]});
        let mut events = vec![self.delta(&first)];
        events.extend(pieces.iter().map(|piece| {
            let call = json!({"index": index, "function": {"arguments": piece}});
            self.delta(&json!({"tool_calls": [call]}))
        }));
        events
    }

    fn end(&mut self, (input, output): (u64, u64)) -> String {
        let reason = if self.calls > 0 { "tool_calls" } else { "stop" };
        let last = json!({"index": 0, "delta": {}, "logprobs": null, "finish_reason": reason});
        let usage = json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        });
        let last = self.chunk(&json!([last]), &Value::Null);
        format!("{last}{}data: [DONE]\n\n", self.chunk(&json!([]), &usage))
    }
}
