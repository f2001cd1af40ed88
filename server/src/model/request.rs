//! A conversation in the provider library's words, so that every wire API
//! accepts it: calls follow the text they came with, results stand together.

use std::collections::HashMap;

use genai::chat::{
    CacheControl, ChatMessage, ChatRequest, ChatRole, ContentPart, MessageContent, Tool,
    ToolCall as LibraryCall, ToolResponse,
};
use serde_json::{Value, json};

use super::{ModelItem, ModelRequest, UserPart};
use crate::config::WireApi;

/// The request as the library takes it.
pub(super) fn to_library(request: &ModelRequest, wire_api: WireApi) -> ChatRequest {
    let mut messages = Vec::new();
    // Gemini matches results by name.
    let mut names: HashMap<&str, &str> = HashMap::new();
    for item in &request.items {
        match item {
            ModelItem::User(parts) => {
                let parts: Vec<ContentPart> = parts.iter().filter_map(user_part).collect();
                if !parts.is_empty() {
                    messages.push(ChatMessage::user(MessageContent::from_parts(parts)));
                }
            }
            ModelItem::Assistant(text) if text.trim().is_empty() => {}
            ModelItem::Assistant(text) => {
                messages.push(ChatMessage::assistant(MessageContent::from_text(text)));
            }
            ModelItem::ToolCall(call) => {
                names.insert(&call.call_id, &call.name);
                let part = ContentPart::ToolCall(LibraryCall {
                    call_id: call.call_id.clone(),
                    fn_name: call.name.clone(),
                    fn_arguments: arguments_object(&call.arguments),
                    thought_signatures: call.signatures.clone(),
                });
                append(&mut messages, ChatRole::Assistant, part, true);
            }
            ModelItem::ToolResult { call_id, output } => {
                let mut result = ToolResponse::new(call_id, output);
                if let Some(name) = names.get(call_id.as_str()) {
                    result = result.with_fn_name(*name);
                }
                // Ollama's adapter keeps one result of a message only.
                let together = wire_api != WireApi::Ollama;
                append(&mut messages, ChatRole::Tool, ContentPart::ToolResponse(result), together);
            }
        }
    }
    if wire_api == WireApi::Anthropic
        && let Some(last) = messages.pop()
    {
        // All up to here is the same in the next request of the task.
        messages.push(last.with_options(CacheControl::Ephemeral));
    }
    let mut chat = ChatRequest::new(messages);
    if !request.instructions.is_empty() {
        chat = chat.with_system(&request.instructions);
    }
    if !request.tools.is_empty() {
        chat = chat.with_tools(request.tools.iter().map(|tool| {
            let library = Tool::new(tool.name.as_str())
                .with_description(&tool.description)
                .with_schema(tool.parameters.clone());
            // Optional arguments stay optional: strict mode makes all required.
            if wire_api == WireApi::Responses { library.with_strict(false) } else { library }
        }));
    }
    chat.store = Some(request.store);
    chat
}

/// Puts `part` behind the last message when that has the same role and parts of
/// its kind go `together`, else in a message of its own.
fn append(messages: &mut Vec<ChatMessage>, role: ChatRole, part: ContentPart, together: bool) {
    match messages.last_mut() {
        Some(last) if together && last.role == role => last.content.push(part),
        _ => messages.push(ChatMessage::new(role, MessageContent::from_parts(vec![part]))),
    }
}

/// A part that says something: an empty one is refused by some providers.
fn user_part(part: &UserPart) -> Option<ContentPart> {
    match part {
        UserPart::Text(text) => (!text.is_empty()).then(|| ContentPart::from_text(text)),
        UserPart::Image { mime_type, base64 } => {
            Some(ContentPart::from_binary_base64(mime_type, base64.as_str(), None))
        }
    }
}

/// Arguments as every provider takes them back: an object, also when the model
/// wrote something else.
fn arguments_object(arguments: &str) -> Value {
    match serde_json::from_str(arguments) {
        Ok(Value::Object(object)) => Value::Object(object),
        Err(_) if arguments.trim().is_empty() => json!({}),
        Ok(_) | Err(_) => json!({ "malformed_arguments": arguments }),
    }
}
