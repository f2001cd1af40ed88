//! Asks the model for one small tool call, and sees in which form it comes.

use std::time::Duration;

use futures::StreamExt;
use serde::Serialize;
use serde_json::json;

use crate::model::{
    ModelClient, ModelEvent, ModelItem, ModelRequest, TEXT_CALL, ToolSpec, UserPart,
};

/// Time for a small model on a slow machine to load and to answer.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How the model called the tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToolProbe {
    /// As its API has it.
    Native,
    /// As JSON in its text: its chat template has no tools.
    Text,
    /// Not at all.
    None,
    /// The request failed.
    Failed(String),
}

pub(super) async fn ask_for_a_call(client: &ModelClient) -> ToolProbe {
    let request = ModelRequest {
        instructions: "You answer by calling tools.".to_owned(),
        items: vec![ModelItem::User(vec![UserPart::Text(
            "Call the tool `report_ready` with `ready` set to true. Write nothing else.".to_owned(),
        )])],
        tools: vec![ToolSpec {
            name: "report_ready".to_owned(),
            description: "Tells whether you are ready.".to_owned(),
            parameters: json!({
                "type": "object",
                "properties": { "ready": { "type": "boolean" } },
                "required": ["ready"],
            }),
        }],
        store: false,
    };
    let mut events = client.stream(request);
    let answer = async {
        while let Some(event) = events.next().await {
            match event {
                Ok(ModelEvent::ToolCall(call)) if call.call_id.starts_with(TEXT_CALL) => {
                    return ToolProbe::Text;
                }
                Ok(ModelEvent::ToolCall(_)) => return ToolProbe::Native,
                Ok(
                    ModelEvent::TextDelta(_)
                    | ModelEvent::ReasoningDelta(_)
                    | ModelEvent::Retrying { .. }
                    | ModelEvent::Completed { .. },
                ) => {}
                Err(error) => return ToolProbe::Failed(error.message),
            }
        }
        ToolProbe::None
    };
    tokio::time::timeout(TIMEOUT, answer)
        .await
        .unwrap_or_else(|_| ToolProbe::Failed(format!("no answer within {} s", TIMEOUT.as_secs())))
}
