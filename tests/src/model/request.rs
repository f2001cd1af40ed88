//! What a model was asked, read alike for both APIs.

use std::{collections::BTreeMap, time::Instant};

use serde_json::Value;

use super::{Wire, http::Raw};

/// A request for an answer.
#[derive(Debug, Clone)]
pub struct Request {
    /// The API.
    pub wire: Wire,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it was sent.
    pub body: Value,
    /// When it was there.
    pub at: Instant,
}

impl Request {
    pub(super) fn parse(wire: Wire, raw: &Raw) -> Result<Self, String> {
        let body = serde_json::from_slice(&raw.body)
            .map_err(|error| format!("the body is not JSON: {error}"))?;
        Ok(Self { wire, headers: raw.headers.clone(), body, at: Instant::now() })
    }

    /// What the real APIs check: that it is a request for a stream, and that every
    /// tool call has exactly one answer, after it.
    pub(super) fn check(&self) -> Result<(), String> {
        if !self.body["model"].is_string() || self.body["stream"] != true {
            return Err("a model and \"stream\": true are missing".to_owned());
        }
        if self.items().is_empty() {
            return Err("the conversation is empty".to_owned());
        }
        if self.body["previous_response_id"].is_string() {
            return Ok(());
        }
        let mut open = Vec::new();
        for item in self.items() {
            for id in call_ids(item) {
                open.push(id);
            }
            if let Some((id, _)) = output(item) {
                let Some(at) = open.iter().position(|call| *call == id) else {
                    return Err(format!("no tool call asks for the output {id:?}"));
                };
                open.remove(at);
            } else if self.wire == Wire::Chat && item["role"] != "assistant" && !open.is_empty() {
                return Err(format!("the tool calls {open:?} have no answer before {item}"));
            }
        }
        match open.first() {
            Some(id) => Err(format!("no tool output found for function call {id}")),
            None => Ok(()),
        }
    }

    /// The items of the conversation, as they were sent.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        let key = match self.wire {
            Wire::Responses => "input",
            Wire::Chat => "messages",
        };
        self.body[key].as_array().map_or(&[], Vec::as_slice)
    }

    /// What the model is told before everything else.
    #[must_use]
    pub fn instructions(&self) -> String {
        if let Some(instructions) = self.body["instructions"].as_str() {
            return instructions.to_owned();
        }
        let told = self
            .items()
            .iter()
            .filter(|item| matches!(item["role"].as_str(), Some("system" | "developer")));
        told.map(|item| text(&item["content"])).collect::<Vec<_>>().join("\n")
    }

    /// Everything that a person said, in order.
    #[must_use]
    pub fn user_texts(&self) -> Vec<String> {
        let said = self.items().iter().filter(|item| item["role"] == "user");
        said.map(|item| text(&item["content"])).collect()
    }

    /// What a person said last.
    #[must_use]
    pub fn last_user_text(&self) -> String {
        self.user_texts().pop().unwrap_or_default()
    }

    /// Everything that the model said, in order.
    #[must_use]
    pub fn assistant_texts(&self) -> Vec<String> {
        let said = self.items().iter().filter(|item| item["role"] == "assistant");
        said.map(|item| text(&item["content"])).filter(|text| !text.is_empty()).collect()
    }

    /// The outputs of the tools, by the id of the call.
    #[must_use]
    pub fn tool_outputs(&self) -> BTreeMap<String, String> {
        self.items().iter().filter_map(output).collect()
    }

    /// The output of one call.
    ///
    /// # Panics
    /// When it is not there.
    #[must_use]
    pub fn tool_output(&self, call: &str) -> String {
        let mut outputs = self.tool_outputs();
        outputs.remove(call).unwrap_or_else(|| panic!("no output of {call:?} in {outputs:#?}"))
    }

    /// The names of the declared tools, in order.
    #[must_use]
    pub fn tools(&self) -> Vec<String> {
        let tools = self.body["tools"].as_array().into_iter().flatten();
        let names = tools.map(|tool| match tool["name"].as_str() {
            Some(name) => name,
            None => tool["function"]["name"].as_str().unwrap_or_default(),
        });
        names.map(str::to_owned).collect()
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The tool calls of an item.
fn call_ids(item: &Value) -> Vec<String> {
    if item["type"] == "function_call" {
        return item["call_id"].as_str().map(str::to_owned).into_iter().collect();
    }
    let calls = item["tool_calls"].as_array().into_iter().flatten();
    calls.filter_map(|call| call["id"].as_str()).map(str::to_owned).collect()
}

/// The call and the text of a tool's output.
fn output(item: &Value) -> Option<(String, String)> {
    if item["type"] == "function_call_output" {
        return Some((item["call_id"].as_str()?.to_owned(), text(&item["output"])));
    }
    (item["role"] == "tool")
        .then(|| Some((item["tool_call_id"].as_str()?.to_owned(), text(&item["content"]))))?
}

/// A text that is a string or a list of parts.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}
