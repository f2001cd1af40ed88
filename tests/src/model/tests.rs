//! The scripted model by raw HTTP, without the program it is made for.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

use super::{Gate, Model, Turn, Wire};

struct Http(BufReader<TcpStream>);

impl Http {
    fn connect(model: &Model) -> Self {
        Self(BufReader::new(TcpStream::connect(("127.0.0.1", model.port)).unwrap()))
    }

    fn send(&mut self, path: &str, body: &Value) {
        let body = body.to_string();
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        self.0.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Status line, headers and body of one answer.
    fn answer(&mut self) -> (String, String, String) {
        let status = self.line();
        let headers: Vec<String> =
            std::iter::from_fn(|| Some(self.line()).filter(|line| !line.is_empty())).collect();
        let headers = headers.join("\n");
        let mut body = Vec::new();
        if let Some(length) = headers.split("content-length: ").nth(1) {
            body.resize(length.lines().next().unwrap().parse().unwrap(), 0);
            self.0.read_exact(&mut body).unwrap();
        } else {
            while let Ok(size) = usize::from_str_radix(&self.line(), 16) {
                (&mut self.0).take(size as u64).read_to_end(&mut body).unwrap();
                self.line();
                if size == 0 {
                    break;
                }
            }
        }
        (status, headers, String::from_utf8(body).unwrap())
    }
}

fn ask(wire: Wire, more: &[Value]) -> Value {
    let mut items = vec![json!({"role": "user", "content": "hi"})];
    items.extend_from_slice(more);
    let key = if wire == Wire::Chat { "messages" } else { "input" };
    json!({"model": "scripted", "stream": true, key: items})
}

fn events(body: &str) -> Vec<Value> {
    let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[test]
fn chat_streams_text_reasoning_and_calls_over_one_connection() {
    let turn = Turn::new().reasoning("hm").text("a").text("b").usage(7, 3);
    let arguments = json!({"command": ["echo", "a long argument that comes in pieces"]});
    let model = Model::start([turn, Turn::new().call("call_1", "shell", &arguments)]);
    let mut http = Http::connect(&model);

    http.send("/v1/chat/completions", &ask(Wire::Chat, &[]));
    let (status, _, body) = http.answer();
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.ends_with("data: [DONE]\n\n"));
    let chunks = events(&body);
    assert_eq!(chunks[1]["choices"][0]["delta"]["reasoning_content"], "hm");
    assert_eq!(chunks[3]["choices"][0]["delta"]["content"], "b");
    assert_eq!(chunks[4]["choices"][0]["finish_reason"], "stop");
    assert_eq!(chunks[5]["usage"]["total_tokens"], 10);

    http.send("/v1/chat/completions", &ask(Wire::Chat, &[]));
    let chunks = events(&http.answer().2);
    let pieces: Vec<_> = chunks
        .iter()
        .filter_map(|chunk| chunk.pointer("/choices/0/delta/tool_calls/0/function/arguments"))
        .map(|piece| piece.as_str().unwrap())
        .collect();
    assert!(pieces.len() > 2);
    assert_eq!(pieces.concat(), arguments.to_string());
    model.finish();
}

#[test]
fn responses_numbers_its_events_and_repeats_the_whole_at_the_end() {
    let turn = Turn::new().reasoning("hm").text("a").text("b").call("call_1", "shell", &json!({}));
    let model = Model::start([turn]);
    let mut http = Http::connect(&model);
    http.send("/v1/responses", &ask(Wire::Responses, &[]));
    let events = events(&http.answer().2);
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    expect_test::expect![[r#"
        response.created
        response.in_progress
        response.output_item.added
        response.reasoning_summary_text.delta
        response.output_item.done
        response.output_item.added
        response.content_part.added
        response.output_text.delta
        response.output_text.delta
        response.output_text.done
        response.content_part.done
        response.output_item.done
        response.output_item.added
        response.function_call_arguments.delta
        response.function_call_arguments.done
        response.output_item.done
        response.completed"#]]
    .assert_eq(&kinds.join("\n"));
    assert!(events.iter().enumerate().all(|(at, event)| event["sequence_number"] == at));
    let output = &events.last().unwrap()["response"]["output"];
    assert_eq!(output[1]["content"][0]["text"], "ab");
    assert_eq!(output[2]["call_id"], "call_1");
}

#[test]
fn a_conversation_with_an_unanswered_call_is_refused() {
    let chat_call = json!({"role": "assistant", "tool_calls": [{"id": "c1"}]});
    let chat_answer = json!({"role": "tool", "tool_call_id": "c1", "content": "ok"});
    let call = json!({"type": "function_call", "call_id": "c1", "name": "shell"});
    let answer = json!({"type": "function_call_output", "call_id": "c1", "output": "ok"});
    let cases = [
        (Wire::Chat, "/v1/chat/completions", [chat_call, chat_answer]),
        (Wire::Responses, "/v1/responses", [call, answer]),
    ];
    for (wire, path, [call, answer]) in cases {
        let model = Model::start([Turn::say("fine")]);
        let mut http = Http::connect(&model);
        for broken in [vec![call.clone()], vec![answer.clone()], vec![answer.clone(), call.clone()]]
        {
            http.send(path, &ask(wire, &broken));
            assert_eq!(http.answer().0, "HTTP/1.1 400 Failure");
        }
        http.send(path, &ask(wire, &[call, answer]));
        assert_eq!(http.answer().0, "HTTP/1.1 200 OK");
        let request = model.request(4);
        assert_eq!(request.tool_output("c1"), "ok");
        assert_eq!(request.user_texts(), ["hi"]);
        assert!(std::panic::catch_unwind(|| model.finish()).is_err(), "it remembers");
    }
}

#[test]
fn faults_are_what_they_say() {
    let model = Model::start([
        Turn::status_retry_after(429, "slow down", 3),
        Turn::new().text("half").drop_stream(),
    ]);
    let mut http = Http::connect(&model);
    http.send("/v1/chat/completions", &ask(Wire::Chat, &[]));
    let (status, headers, body) = http.answer();
    assert_eq!(status, "HTTP/1.1 429 Failure");
    assert!(headers.contains("retry-after: 3"));
    assert!(body.contains("slow down"));

    http.send("/v1/chat/completions", &ask(Wire::Chat, &[]));
    let (_, _, body) = http.answer();
    assert!(body.contains("half") && !body.contains("[DONE]"));

    http = Http::connect(&model);
    http.send("/v1/chat/completions", &ask(Wire::Chat, &[]));
    assert_eq!(http.answer().0, "HTTP/1.1 400 Failure", "the script is over");
}

#[test]
fn a_gate_holds_the_model_until_the_test_opens_it() {
    let gate = Gate::new();
    let model = Model::start([Turn::new().text("one").wait(&gate).text("two")]);
    let mut http = Http::connect(&model);
    http.send("/v1/chat/completions", &ask(Wire::Chat, &[]));
    gate.reached();
    gate.open();
    assert!(http.answer().2.contains("two"));
}
