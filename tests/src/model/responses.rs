//! The events of a Responses stream.

use serde_json::{Value, json};

use super::Events;

/// One answer. At most one item is being written: text and reasoning are closed
/// when something else follows.
#[derive(Debug)]
pub(super) struct Stream {
    id: String,
    sequence: u64,
    open: Option<Open>,
    output: Vec<Value>,
}

#[derive(Debug, PartialEq, Eq)]
enum Open {
    Message(String),
    Reasoning(String),
}

impl Stream {
    pub(super) fn new(number: usize) -> Self {
        Self { id: format!("resp_{number}"), sequence: 0, open: None, output: Vec::new() }
    }

    fn event(&mut self, kind: &str, mut fields: Value) -> String {
        fields["type"] = json!(kind);
        fields["sequence_number"] = json!(self.sequence);
        self.sequence += 1;
        format!("event: {kind}\ndata: {fields}\n\n")
    }

    fn response(&self, status: &str, usage: &Value) -> Value {
        json!({"response": {
            "id": self.id,
            "object": "response",
            "created_at": 1_700_000_000,
            "status": status,
            "error": null,
            "incomplete_details": null,
            "instructions": null,
            "model": "scripted",
            "output": self.output,
            "parallel_tool_calls": true,
            "tool_choice": "auto",
            "tools": [],
            "usage": usage,
        }})
    }

    fn item_id(&self, prefix: &str) -> String {
        format!("{prefix}_{}_{}", self.id, self.output.len())
    }

    fn open_message(&mut self) -> String {
        if matches!(self.open, Some(Open::Message(_))) {
            return String::new();
        }
        let mut events = self.close();
        let (index, id) = (self.output.len(), self.item_id("msg"));
        let item = json!({"id": id, "type": "message", "status": "in_progress",
            "role": "assistant", "content": []});
        events +=
            &self.event("response.output_item.added", json!({"output_index": index, "item": item}));
        let part = json!({"type": "output_text", "text": "", "annotations": []});
        events += &self.event(
            "response.content_part.added",
            json!({"item_id": id, "output_index": index, "content_index": 0, "part": part}),
        );
        self.open = Some(Open::Message(String::new()));
        events
    }

    fn open_reasoning(&mut self) -> String {
        if matches!(self.open, Some(Open::Reasoning(_))) {
            return String::new();
        }
        let mut events = self.close();
        let (index, id) = (self.output.len(), self.item_id("rs"));
        let item = json!({"id": id, "type": "reasoning", "summary": []});
        events +=
            &self.event("response.output_item.added", json!({"output_index": index, "item": item}));
        self.open = Some(Open::Reasoning(String::new()));
        events
    }

    /// Ends the item that is being written, if there is one.
    fn close(&mut self) -> String {
        let index = self.output.len();
        match self.open.take() {
            None => String::new(),
            Some(Open::Message(text)) => {
                let id = self.item_id("msg");
                let place = |mut fields: Value| {
                    fields["item_id"] = json!(id);
                    fields["output_index"] = json!(index);
                    fields["content_index"] = json!(0);
                    fields
                };
                let part = json!({"type": "output_text", "text": text, "annotations": []});
                let item = json!({"id": id, "type": "message", "status": "completed",
                    "role": "assistant", "content": [part]});
                let mut events =
                    self.event("response.output_text.done", place(json!({"text": text})));
                events += &self.event("response.content_part.done", place(json!({"part": part})));
                events + &self.finish_item(index, item)
            }
            Some(Open::Reasoning(text)) => {
                let summary = json!([{"type": "summary_text", "text": text}]);
                let id = self.item_id("rs");
                let item = json!({"id": id, "type": "reasoning", "summary": summary});
                self.finish_item(index, item)
            }
        }
    }

    fn finish_item(&mut self, index: usize, item: Value) -> String {
        self.output.push(item.clone());
        self.event("response.output_item.done", json!({"output_index": index, "item": item}))
    }
}

impl Events for Stream {
    fn begin(&mut self) -> String {
        let created = self.response("in_progress", &Value::Null);
        let mut events = self.event("response.created", created.clone());
        events += &self.event("response.in_progress", created);
        events
    }

    fn text(&mut self, delta: &str) -> String {
        let mut events = self.open_message();
        if let Some(Open::Message(text)) = &mut self.open {
            text.push_str(delta);
        }
        let (index, id) = (self.output.len(), self.item_id("msg"));
        let fields =
            json!({"item_id": id, "output_index": index, "content_index": 0, "delta": delta});
        events += &self.event("response.output_text.delta", fields);
        events
    }

    fn reasoning(&mut self, delta: &str) -> String {
        let mut events = self.open_reasoning();
        if let Some(Open::Reasoning(text)) = &mut self.open {
            text.push_str(delta);
        }
        let (index, id) = (self.output.len(), self.item_id("rs"));
        let fields =
            json!({"item_id": id, "output_index": index, "summary_index": 0, "delta": delta});
        events += &self.event("response.reasoning_summary_text.delta", fields);
        events
    }

    fn call(&mut self, id: &str, name: &str, pieces: &[String]) -> Vec<String> {
        let mut events = vec![self.close()];
        let (index, item_id) = (self.output.len(), self.item_id("fc"));
        let item = |status: &str, arguments: &str| {
            json!({"id": item_id, "type": "function_call", "status": status,
                "call_id": id, "name": name, "arguments": arguments})
        };
        let added = json!({"output_index": index, "item": item("in_progress", "")});
        events.push(self.event("response.output_item.added", added));
        for piece in pieces {
            let fields = json!({"item_id": item_id, "output_index": index, "delta": piece});
            events.push(self.event("response.function_call_arguments.delta", fields));
        }
        let arguments = pieces.concat();
        let done = json!({"item_id": item_id, "output_index": index, "arguments": arguments});
        events.push(self.event("response.function_call_arguments.done", done));
        events.push(self.finish_item(index, item("completed", &arguments)));
        events
    }

    fn end(&mut self, (input, output): (u64, u64)) -> String {
        let mut events = self.close();
        let usage = json!({
            "input_tokens": input,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input + output,
        });
        let completed = self.response("completed", &usage);
        events += &self.event("response.completed", completed);
        events
    }
}
