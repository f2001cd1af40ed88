//! One answer of the model: attempts until one is complete, as a stream of
//! events. No task is spawned: whoever drops the stream ends the request.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::atomic::Ordering,
    time::Duration,
};

use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use genai::chat::{ChatStreamEvent, StreamEnd, Usage};
use serde_json::Value;
use tiro_protocol::TokenUsage;

use super::{
    ModelClient, ModelError, ModelEvent, ModelItem, ModelRequest, ToolCall,
    calls::Calls,
    client::Attempt,
    failure::{Class, Failure},
    hold_back::HoldBack,
    retry::Tries,
};
use crate::config::WireApi;

/// Asks `client` and gives the answer as it comes.
pub(super) fn answer(
    client: ModelClient,
    request: ModelRequest,
) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
    let answer = Answer {
        calls: Calls::default(),
        held: HoldBack::new(&request.tools, writes_calls_as_text(&client)),
        client,
        request,
        tries: Tries::default(),
        attempt: None,
        pause: Duration::ZERO,
        ready: VecDeque::new(),
        done: false,
    };
    stream::unfold(answer, |mut answer| async move {
        let event = answer.next().await?;
        Some((event, answer))
    })
    .boxed()
}

/// Whether the model may stand behind a chat template without tools.
fn writes_calls_as_text(client: &ModelClient) -> bool {
    match client.provider().wire_api {
        WireApi::Chat | WireApi::Ollama => true,
        WireApi::Responses | WireApi::Anthropic | WireApi::Gemini => false,
    }
}

struct Answer {
    client: ModelClient,
    request: ModelRequest,
    tries: Tries,
    attempt: Option<Attempt>,
    /// To be waited for before the next attempt.
    pause: Duration,
    /// Of an API whose pieces are put together here.
    calls: Calls,
    held: HoldBack,
    ready: VecDeque<Result<ModelEvent, ModelError>>,
    done: bool,
}

impl Answer {
    async fn next(&mut self) -> Option<Result<ModelEvent, ModelError>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.done {
                return None;
            }
            if let Err(failure) = self.advance().await {
                self.fail(failure);
            }
        }
    }

    /// Takes the next thing that the attempt gives, or begins one.
    async fn advance(&mut self) -> Result<(), Failure> {
        let Some(attempt) = &mut self.attempt else {
            let pause = std::mem::take(&mut self.pause);
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            let opened = self.client.open(&self.request).await;
            self.attempt = Some(opened.map_err(|error| Failure::from_library(&error))?);
            return Ok(());
        };
        let event = attempt.stream.next().await;
        if attempt.malformed.load(Ordering::Relaxed) {
            return Err(Failure::malformed("an event"));
        }
        let event = match event {
            None => return Err(Failure::broke_off()),
            Some(Err(error)) => return Err(Failure::from_library(&error)),
            Some(Ok(event)) => event,
        };
        match event {
            // The library says so before anything is sent.
            ChatStreamEvent::Start => return Ok(()),
            ChatStreamEvent::Chunk(chunk) => {
                self.held.push(&chunk.content);
                self.release_text();
            }
            ChatStreamEvent::ReasoningChunk(chunk) => {
                self.ready.push_back(Ok(ModelEvent::ReasoningDelta(chunk.content)));
            }
            ChatStreamEvent::ToolCallChunk(chunk) => {
                if self.client.provider().wire_api == WireApi::Chat {
                    let call = chunk.tool_call;
                    let arguments = arguments_text(call.fn_arguments);
                    self.calls.push(call.call_id, call.fn_name, &arguments);
                }
            }
            ChatStreamEvent::ThoughtSignatureChunk(_) | ChatStreamEvent::Heartbeat => {}
            ChatStreamEvent::End(end) => return self.complete(end),
        }
        self.tries.request_answered();
        Ok(())
    }

    fn complete(&mut self, end: StreamEnd) -> Result<(), Failure> {
        let wire_api = self.client.provider().wire_api;
        let broke_off = match wire_api {
            // The library ends these also when the connection is closed too early.
            WireApi::Responses | WireApi::Gemini => end.captured_stop_reason.is_none(),
            WireApi::Ollama => end.captured_stop_reason.is_none() && end.captured_usage.is_none(),
            WireApi::Chat | WireApi::Anthropic => false,
        };
        if broke_off {
            return Err(Failure::broke_off());
        }
        let usage = end.captured_usage.as_ref().map(token_usage);
        let mut native = std::mem::take(&mut self.calls).finish();
        let captured = end.captured_into_tool_calls().unwrap_or_default();
        native.extend(captured.into_iter().map(|call| ToolCall {
            call_id: call.call_id,
            name: call.fn_name,
            arguments: match call.fn_arguments {
                Value::Null => "{}".to_owned(),
                arguments => arguments_text(arguments),
            },
            signatures: call.thought_signatures,
        }));
        let in_text = self.held.finish(native.is_empty());
        self.release_text();
        let mut taken: HashSet<String> = self
            .request
            .items
            .iter()
            .filter_map(|item| match item {
                ModelItem::ToolCall(call) => Some(call.call_id.clone()),
                ModelItem::User(_) | ModelItem::Assistant(_) | ModelItem::ToolResult { .. } => None,
            })
            .collect();
        for mut call in native.into_iter().chain(in_text) {
            call.call_id = unique_id(call.call_id, &mut taken);
            self.ready.push_back(Ok(ModelEvent::ToolCall(call)));
        }
        self.ready.push_back(Ok(ModelEvent::Completed { usage }));
        self.done = true;
        // Lets the connection go back to its pool while the answer is looked at.
        self.attempt = None;
        Ok(())
    }

    fn release_text(&mut self) {
        if let Some(text) = self.held.take_text() {
            self.ready.push_back(Ok(ModelEvent::TextDelta(text)));
        }
    }

    /// Decides what a failed attempt leads to.
    fn fail(&mut self, failure: Failure) {
        self.attempt = None;
        self.calls = Calls::default();
        self.held.reset();
        if failure.status == Some(400)
            && ["reasoning", "think"].iter().any(|word| failure.reason.contains(word))
            && self.client.refuse_reasoning()
        {
            return;
        }
        let jitter = RandomState::new().hash_one(0_u8) as f64 / u64::MAX as f64;
        match self.tries.next_delay(&failure, self.client.provider(), jitter) {
            Some(delay) => {
                self.pause = delay;
                let reason = format!(
                    "the model provider `{}` {}",
                    self.client.provider_name(),
                    failure.reason
                );
                self.ready.push_back(Ok(ModelEvent::Retrying { reason, delay }));
            }
            None => {
                let tried_again = failure.class != Class::Fatal;
                let mut error = failure.into_error(self.client.provider(), self.client.model());
                if tried_again && self.tries != Tries::default() {
                    error.message.push_str(" (after several tries)");
                }
                self.ready.push_back(Err(error));
                self.done = true;
            }
        }
    }
}

/// What is not JSON stays as the model wrote it.
fn arguments_text(arguments: Value) -> String {
    match arguments {
        Value::String(text) => text,
        Value::Null => String::new(),
        json => json.to_string(),
    }
}

/// `id`, or one like it that is not taken: small servers count from zero in
/// every answer, and some leave it empty.
fn unique_id(id: String, taken: &mut HashSet<String>) -> String {
    let stem = if id.is_empty() { "call".to_owned() } else { id };
    let mut unique = stem.clone();
    let mut number = 1;
    while !taken.insert(unique.clone()) {
        number += 1;
        unique = format!("{stem}_{number}");
    }
    unique
}

fn token_usage(usage: &Usage) -> TokenUsage {
    let count =
        |tokens: Option<i32>| tokens.and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    let input = count(usage.prompt_tokens);
    let output = count(usage.completion_tokens);
    TokenUsage {
        input_tokens: input,
        cached_input_tokens: count(
            usage.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens),
        ),
        output_tokens: output,
        reasoning_output_tokens: count(
            usage.completion_tokens_details.as_ref().and_then(|details| details.reasoning_tokens),
        ),
        total_tokens: usage.total_tokens.map_or(input + output, |total| count(Some(total))),
    }
}
