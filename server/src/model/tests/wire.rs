//! Each wire API both ways: what is sent, and what is made of the answer.

use expect_test::{Expect, expect};
use futures::StreamExt;
use serde_json::{Value, json};

use super::{
    answers::{ask, client, full_answer, question},
    server::{Reply, Server},
};
use crate::{
    config::WireApi,
    model::{ModelEvent, ModelItem, ModelRequest, ToolCall, UserPart},
};

async fn check_answer(wire_api: WireApi, expected: Expect) {
    let server = Server::start([Reply::Stream(full_answer(wire_api))]).await;
    let shown = ask(&client(&server.provider(wire_api)), question()).await;
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    let key = asked[0].headers.lines().find(|line| line.contains("sk-secret")).unwrap();
    expected.assert_eq(&format!("{}\n{key}\n{shown}", asked[0].line));
}

#[tokio::test]
async fn responses_streams_text_reasoning_calls_and_usage() {
    check_answer(
        WireApi::Responses,
        expect![[r#"
        POST /v1/responses HTTP/1.1
        authorization: bearer sk-secret
        reasoning "hm"
        text "Hello "
        text "you"
        call c1 shell {"command":["ls"]}
        completed: 10 in (4 cached), 5 out (2 reasoning), 15
    "#]],
    )
    .await;
}

#[tokio::test]
async fn chat_streams_text_reasoning_calls_and_usage() {
    check_answer(
        WireApi::Chat,
        expect![[r#"
        POST /v1/chat/completions HTTP/1.1
        authorization: bearer sk-secret
        reasoning "hm"
        text "Hello "
        text "you"
        call c1 shell {"command":["ls"]}
        completed: 10 in (4 cached), 5 out (2 reasoning), 15
    "#]],
    )
    .await;
}

#[tokio::test]
async fn anthropic_streams_text_reasoning_calls_and_usage() {
    check_answer(
        WireApi::Anthropic,
        expect![[r#"
        POST /v1/messages HTTP/1.1
        x-api-key: sk-secret
        reasoning "hm"
        text "Hello "
        text "you"
        call c1 shell {"command":["ls"]}
        completed: 10 in (4 cached), 5 out (0 reasoning), 15
    "#]],
    )
    .await;
}

#[tokio::test]
async fn gemini_streams_text_reasoning_calls_and_usage() {
    check_answer(
        WireApi::Gemini,
        expect![[r#"
        POST /v1beta/models/o3:streamGenerateContent?alt=sse HTTP/1.1
        x-goog-api-key: sk-secret
        reasoning "hm"
        text "Hello "
        text "you"
        call call#shell#0 shell {"command":["ls"]}
        completed: 10 in (4 cached), 5 out (2 reasoning), 15
    "#]],
    )
    .await;
}

#[tokio::test]
async fn ollama_streams_text_reasoning_calls_and_usage() {
    check_answer(
        WireApi::Ollama,
        expect![[r#"
        POST /api/chat HTTP/1.1
        authorization: bearer sk-secret
        reasoning "hm"
        text "Hello "
        text "you"
        call (random) shell {"command":["ls"]}
        completed: 10 in (0 cached), 5 out (0 reasoning), 15
    "#]],
    )
    .await;
}

/// A conversation with a picture, two calls at once, one of them malformed.
fn conversation() -> ModelRequest {
    let call = |id: &str, arguments: &str| {
        ModelItem::ToolCall(ToolCall {
            call_id: id.into(),
            name: "shell".into(),
            arguments: arguments.into(),
            signatures: None,
        })
    };
    let result = |id: &str, output: &str| ModelItem::ToolResult {
        call_id: id.into(),
        output: output.into(),
    };
    ModelRequest {
        items: vec![
            ModelItem::User(vec![
                UserPart::Text("look".into()),
                UserPart::Image { mime_type: "image/png".into(), base64: "aGk=".into() },
            ]),
            ModelItem::Assistant("I see.".into()),
            call("c1", "{\"command\":[\"ls\"]}"),
            call("c2", "{\"command\""),
            result("c1", "a.rs"),
            result("c2", "the arguments are not JSON"),
            ModelItem::User(vec![UserPart::Text("go on".into())]),
        ],
        store: true,
        ..question()
    }
}

async fn check_request(wire_api: WireApi, expected: Expect) {
    let server = Server::start([Reply::Stream(full_answer(wire_api))]).await;
    ask(&client(&server.provider(wire_api)), conversation()).await;
    let mut body = server.asked()[0].body.clone();
    for key in [
        "/tools/0/parameters",
        "/tools/0/function/parameters",
        "/tools/0/input_schema",
        "/tools/0/functionDeclarations/0/parameters",
        "/tools/0/functionDeclarations/0/parametersJsonSchema",
    ] {
        if let Some(schema) = body.pointer_mut(key) {
            assert_eq!(schema["required"], json!(["command"]));
            *schema = Value::String("(schema)".into());
        }
    }
    let members = body.as_object().unwrap().iter().map(|(key, value)| match value {
        Value::Array(elements) => {
            let lines: String = elements.iter().map(|element| format!("  {element}\n")).collect();
            format!("{key}:\n{lines}")
        }
        value => format!("{key}: {value}\n"),
    });
    expected.assert_eq(&members.collect::<String>());
}

#[tokio::test]
async fn responses_gets_a_valid_conversation() {
    check_request(WireApi::Responses, expect![[r#"
        store: true
        model: "o3"
        stream: true
        instructions: "Be brief."
        reasoning: {"summary":"detailed"}
        include:
          "reasoning.encrypted_content"
        tools:
          {"type":"function","name":"shell","parameters":"(schema)","description":"Runs a command.","strict":false}
        input:
          {"role":"user","content":[{"type":"input_text","text":"look"},{"type":"input_image","detail":"auto","image_url":"data:image/png;base64,aGk="}]}
          {"type":"message","role":"assistant","content":[{"type":"output_text","text":"I see."}]}
          {"type":"function_call","call_id":"c1","name":"shell","arguments":"{\"command\":[\"ls\"]}"}
          {"type":"function_call","call_id":"c2","name":"shell","arguments":"{\"malformed_arguments\":\"{\\\"command\\\"\"}"}
          {"type":"function_call_output","call_id":"c1","output":"a.rs"}
          {"type":"function_call_output","call_id":"c2","output":"the arguments are not JSON"}
          {"role":"user","content":"go on"}
    "#]]).await;
}

#[tokio::test]
async fn chat_gets_a_valid_conversation() {
    check_request(WireApi::Chat, expect![[r#"
        model: "o3"
        stream: true
        tools:
          {"type":"function","function":{"name":"shell","description":"Runs a command.","parameters":"(schema)","strict":false}}
        messages:
          {"role":"system","content":"Be brief."}
          {"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}
          {"role":"assistant","content":"I see.","tool_calls":[{"type":"function","id":"c1","function":{"name":"shell","arguments":"{\"command\":[\"ls\"]}"}},{"type":"function","id":"c2","function":{"name":"shell","arguments":"{\"malformed_arguments\":\"{\\\"command\\\"\"}"}}]}
          {"role":"tool","content":"a.rs","tool_call_id":"c1"}
          {"role":"tool","content":"the arguments are not JSON","tool_call_id":"c2"}
          {"role":"user","content":"go on"}
        stream_options: {"include_usage":true}
    "#]]).await;
}

#[tokio::test]
async fn anthropic_gets_a_valid_conversation() {
    check_request(WireApi::Anthropic, expect![[r#"
        model: "o3"
        stream: true
        system: "Be brief."
        tools:
          {"name":"shell","input_schema":"(schema)","description":"Runs a command."}
        messages:
          {"role":"user","content":[{"type":"text","text":"look"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]}
          {"role":"assistant","content":[{"type":"text","text":"I see."},{"type":"tool_use","id":"c1","name":"shell","input":{"command":["ls"]}},{"type":"tool_use","id":"c2","name":"shell","input":{"malformed_arguments":"{\"command\""}}]}
          {"role":"user","content":[{"type":"tool_result","content":"a.rs","tool_use_id":"c1"},{"type":"tool_result","content":"the arguments are not JSON","tool_use_id":"c2"}]}
          {"role":"user","content":[{"type":"text","text":"go on","cache_control":{"type":"ephemeral"}}]}
        max_tokens: 64000
    "#]]).await;
}

#[tokio::test]
async fn gemini_gets_a_valid_conversation() {
    check_request(WireApi::Gemini, expect![[r#"
        generationConfig: {"thinkingConfig":{"includeThoughts":true}}
        systemInstruction: {"parts":[{"text":"Be brief."}]}
        tools:
          {"functionDeclarations":[{"name":"shell","description":"Runs a command.","parametersJsonSchema":"(schema)"}]}
        contents:
          {"role":"user","parts":[{"text":"look"},{"inline_data":{"mime_type":"image/png","data":"aGk="}}]}
          {"role":"model","parts":[{"text":"I see."},{"functionCall":{"id":"c1","name":"shell","args":{"command":["ls"]}}},{"functionCall":{"id":"c2","name":"shell","args":{"malformed_arguments":"{\"command\""}}}]}
          {"role":"user","parts":[{"functionResponse":{"name":"shell","response":{"name":"shell","content":"a.rs"},"id":"c1"}},{"functionResponse":{"name":"shell","response":{"name":"shell","content":"the arguments are not JSON"},"id":"c2"}}]}
          {"role":"user","parts":[{"text":"go on"}]}
    "#]]).await;
}

#[tokio::test]
async fn ollama_gets_a_valid_conversation() {
    check_request(WireApi::Ollama, expect![[r#"
        model: "o3"
        stream: true
        tools:
          {"type":"function","function":{"name":"shell","description":"Runs a command.","parameters":"(schema)"}}
        messages:
          {"role":"system","content":"Be brief."}
          {"role":"user","content":"look","images":["aGk="]}
          {"role":"assistant","content":"I see.","tool_calls":[{"function":{"name":"shell","arguments":{"command":["ls"]}}},{"function":{"name":"shell","arguments":{"malformed_arguments":"{\"command\""}}}]}
          {"role":"tool","content":"a.rs"}
          {"role":"tool","content":"the arguments are not JSON"}
          {"role":"user","content":"go on"}
    "#]]).await;
}

#[tokio::test]
async fn a_model_name_is_sent_as_it_is() {
    let server = Server::start([Reply::Stream(full_answer(WireApi::Chat))]).await;
    let env = crate::config::Environment::from_pairs([("TEST_KEY", "k")]);
    let provider = server.provider(WireApi::Chat);
    let client = crate::model::ModelClient::new(&provider, "qwen/coder-max", &env).unwrap();
    ask(&client, question()).await;
    let body = &server.asked()[0].body;
    assert_eq!(body["model"], "qwen/coder-max");
    assert_eq!(body.get("reasoning_effort"), None);
}

#[tokio::test]
async fn a_call_id_that_was_used_before_is_made_unique() {
    let server = Server::start([Reply::Stream(full_answer(WireApi::Chat))]).await;
    let shown = ask(&client(&server.provider(WireApi::Chat)), conversation()).await;
    assert!(shown.contains("call c1_2 shell"), "{shown}");
}

#[tokio::test]
async fn one_connection_serves_every_turn() {
    let answer = Reply::Stream(full_answer(WireApi::Chat));
    let server = Server::start([answer.clone(), answer]).await;
    let client = client(&server.provider(WireApi::Chat));
    client.prepare();
    let first = ask(&client, question()).await;
    // The connection's own task has to see the end of the answer.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(first, ask(&client.clone(), question()).await);
    assert_eq!((server.asked().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn the_signature_of_a_call_goes_back_with_it() {
    let answer = Reply::Stream(full_answer(WireApi::Gemini));
    let server = Server::start([answer.clone(), answer]).await;
    let client = client(&server.provider(WireApi::Gemini));
    let mut request = question();
    let events: Vec<_> = client.stream(request.clone()).collect().await;
    let call = events
        .into_iter()
        .find_map(|event| match event {
            Ok(ModelEvent::ToolCall(call)) => Some(call),
            _ => None,
        })
        .unwrap();
    assert_eq!(call.signatures, Some(vec!["sig".to_owned()]));
    request.items.push(ModelItem::ToolCall(call.clone()));
    request.items.push(ModelItem::ToolResult { call_id: call.call_id, output: "a.rs".into() });
    ask(&client, request).await;
    let sent = &server.asked()[1].body["contents"][1]["parts"];
    expect![[
        r#"[{"functionCall":{"name":"shell","args":{"command":["ls"]}},"thoughtSignature":"sig"}]"#
    ]]
    .assert_eq(&sent.to_string());
}
