//! Tool calls that a model wrote as JSON text, because its chat template has no
//! tools: bare, fenced, or in `<tool_call>` tags. Pure.

use serde_json::{Map, Value};

use super::{ToolCall, ToolSpec, hold_back::HoldBack, schema};

/// How the id of a call begins that was found in text.
pub const TEXT_CALL: &str = "text_call";

/// A text in which calls were recognised.
#[derive(Debug, Clone, PartialEq)]
pub struct TextToolCalls {
    /// The text without the calls.
    pub text: String,
    /// The calls, in order; at least one. Their ids are unique in this text only.
    pub calls: Vec<ToolCall>,
}

/// Finds the calls in a complete `text` that name one of `tools` and fit its
/// schema; none when there is no such call.
#[must_use]
pub fn tool_calls_in_text(text: &str, tools: &[ToolSpec]) -> Option<TextToolCalls> {
    let mut held = HoldBack::new(tools, true);
    held.push(text);
    let calls = held.finish(true);
    let text = held.take_text().unwrap_or_default();
    (!calls.is_empty()).then_some(TextToolCalls { text, calls })
}

/// The calls in one block of JSON values; none unless each value is a call.
pub(super) fn calls_in_json(json: &str, tools: &[ToolSpec]) -> Option<Vec<ToolCall>> {
    let mut calls = Vec::new();
    for value in serde_json::Deserializer::from_str(json).into_iter() {
        collect(value.ok()?, tools, &mut calls)?;
    }
    (!calls.is_empty()).then_some(calls)
}

fn collect(value: Value, tools: &[ToolSpec], calls: &mut Vec<ToolCall>) -> Option<()> {
    match value {
        Value::Array(values) => {
            values.into_iter().try_for_each(|value| collect(value, tools, calls))
        }
        Value::Object(mut members) => match members.remove("tool_calls") {
            Some(values) => collect(values, tools, calls),
            None => {
                calls.push(call(members, tools, calls.len())?);
                Some(())
            }
        },
        _ => None,
    }
}

/// One call, in any of the shapes that models are trained on.
fn call(mut members: Map<String, Value>, tools: &[ToolSpec], number: usize) -> Option<ToolCall> {
    if let Some(Value::Object(function)) = members.get("function") {
        members = function.clone();
    }
    let name = ["name", "tool", "tool_name", "function"]
        .iter()
        .find_map(|key| members.get(*key)?.as_str())?
        .to_owned();
    let tool = tools.iter().find(|tool| tool.name == name)?;
    let arguments = ["arguments", "parameters", "args", "input"]
        .iter()
        .find_map(|key| members.remove(*key))
        .unwrap_or_else(|| Value::Object(Map::new()));
    let arguments = match arguments {
        Value::String(json) => serde_json::from_str(&json).ok()?,
        value => value,
    };
    (arguments.is_object() && schema::fits(&arguments, &tool.parameters)).then(|| ToolCall {
        call_id: format!("{TEXT_CALL}_{number}"),
        name,
        arguments: arguments.to_string(),
        signatures: None,
    })
}
