//! The model of the demo where no provider is found: Chat Completions over real
//! HTTP on the loopback interface, with the answers of [`super::script`].

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::Context;
use serde_json::{Value, json};

use super::script::{self, Answer};

/// Its name, as the session announces it.
pub(super) const MODEL: &str = "tiro-demo-script";

/// Between two words, so that a person sees them arrive.
const PACE: Duration = Duration::from_millis(6);

/// More than a transcript of the demo can have.
const MAX_BODY: u64 = 8 << 20;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(super) struct ScriptedModel {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ScriptedModel {
    /// Listens on a port of the loopback interface that is free.
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .context("cannot listen on 127.0.0.1 for the built-in model")?;
        let address = listener.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let thread = thread::Builder::new().name("demo-model".to_owned()).spawn(move || {
            for connection in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                if let Ok(connection) = connection {
                    // The client sees a broken answer and reports it.
                    let _ = serve(&connection);
                }
            }
        })?;
        Ok(Self { address, ended, thread: Some(thread) })
    }

    /// A configuration file that leads to this server and nowhere else.
    pub(super) fn config(&self) -> String {
        format!(
            "model = \"{MODEL}\"\nmodel_provider = \"demo\"\n\n[model_providers.demo]\n\
             base_url = \"http://{}/v1\"\nwire_api = \"chat\"\n",
            self.address
        )
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the thread, which looks at the flag.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One request and its answer; the connection ends with it.
fn serve(mut connection: &TcpStream) -> anyhow::Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(connection);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<u64>().unwrap_or(0).min(MAX_BODY);
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;

    if request.starts_with("POST /v1/chat/completions") {
        let body: Value = serde_json::from_slice(&body)?;
        stream(connection, &script::answer(&tool_results(&body)))
    } else if request.starts_with("GET /v1/models") {
        let models = json!({ "object": "list", "data": [{ "id": MODEL, "object": "model" }] });
        Ok(connection.write_all(whole("200 OK", &models).as_bytes())?)
    } else {
        let error = json!({ "error": { "message": "the demo's model has no such endpoint" } });
        Ok(connection.write_all(whole("404 Not Found", &error).as_bytes())?)
    }
}

fn whole(status: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Sends an answer as server-sent events, a word at a time.
fn stream(mut connection: &TcpStream, answer: &Answer) -> anyhow::Result<()> {
    connection.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n",
    )?;
    for word in answer.text.split_inclusive(' ') {
        connection.write_all(chunk(&json!({ "content": word }), None).as_bytes())?;
        thread::sleep(PACE);
    }
    let mut reason = "stop";
    if let Some((name, arguments)) = &answer.call {
        let call = json!({ "tool_calls": [{
            "index": 0,
            "id": format!("call_{name}_{:x}", answer.text.len()),
            "type": "function",
            "function": { "name": name, "arguments": arguments.to_string() },
        }] });
        connection.write_all(chunk(&call, None).as_bytes())?;
        reason = "tool_calls";
    }
    connection.write_all(chunk(&json!({}), Some(reason)).as_bytes())?;
    connection.write_all(b"data: [DONE]\n\n")?;
    Ok(())
}

fn chunk(delta: &Value, finish_reason: Option<&str>) -> String {
    let chunk = json!({
        "id": "chatcmpl-demo",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": MODEL,
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish_reason }],
    });
    format!("data: {chunk}\n\n")
}

/// What the tools brought back so far, in order.
fn tool_results(request: &Value) -> Vec<String> {
    let messages = request["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    messages
        .iter()
        .filter(|message| message["role"] == "tool")
        .map(|message| match &message["content"] {
            Value::String(text) => text.clone(),
            Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
            _ => String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(model: &ScriptedModel, request: &str) -> String {
        let mut connection = TcpStream::connect(model.address).expect("it listens");
        connection.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("it answers");
        answer
    }

    #[test]
    fn it_streams_the_script_and_reads_tool_results() {
        let model = ScriptedModel::start().expect("it starts");
        let ask = |messages: Value| {
            let body = json!({ "messages": messages, "stream": true }).to_string();
            exchange(
                &model,
                &format!(
                    "POST /v1/chat/completions HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                ),
            )
        };
        let first = ask(json!([{ "role": "user", "content": "hi" }]));
        assert!(first.contains("text/event-stream") && first.contains("\"name\":\"shell\""));
        assert!(first.ends_with("data: [DONE]\n\n"));
        let text = [json!({ "type": "text", "text": "no test ran" })];
        let second = ask(json!([{ "role": "tool", "content": text }]));
        assert!(second.contains("\"finish_reason\":\"stop\""), "{second}");
    }

    #[test]
    fn it_lists_itself_and_knows_nothing_else() {
        let model = ScriptedModel::start().expect("it starts");
        assert!(exchange(&model, "GET /v1/models HTTP/1.1\r\n\r\n").contains(MODEL));
        assert!(exchange(&model, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    }
}
