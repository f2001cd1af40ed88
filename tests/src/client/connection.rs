//! The two directions of a connection: frames in, frames out, and answers to what
//! the server asks.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    process::ChildStdout,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Instant,
};

use serde_json::{Value, json};

use super::{Answer, Message, ServerRequest};
use crate::{editor::Editor, log::Log, process::Input};

type Override = Box<dyn FnMut(&Value) -> Answer + Send>;

/// What the tests' thread and the reading thread share.
pub(super) struct Connection {
    pub(super) log: Log<Message>,
    pub(super) editor: Mutex<Editor>,
    pub(super) overrides: Mutex<HashMap<String, Override>>,
}

impl Connection {
    pub(super) fn new(editor: Editor) -> Self {
        let (log, overrides) = (Log::default(), Mutex::default());
        Self { log, editor: Mutex::new(editor), overrides }
    }

    pub(super) fn send(&self, input: &Input, value: Value) {
        let body = value.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.log.push(Message { from_server: false, at: Instant::now(), value: value.into() });
        input.write(frame.into_bytes());
    }

    /// Sends what the editor has to say. The editor stays locked meanwhile, so
    /// that versions go out in order.
    pub(super) fn flush(&self, input: &Input, editor: &mut Editor) {
        for (method, params) in editor.take_outbox() {
            self.send(input, json!({"jsonrpc": "2.0", "method": method, "params": params}));
        }
    }

    pub(super) fn read(&self, output: ChildStdout, input: &Input) {
        // When a message came is not when the editor got round to it.
        let (sender, frames) = mpsc::channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(frame) = read_frame(&mut output) {
                if sender.send((Instant::now(), frame)).is_err() {
                    return;
                }
            }
        });
        for (at, frame) in frames {
            let value: Arc<Value> = match frame.and_then(|body| {
                serde_json::from_slice::<Value>(&body).map_err(|error| format!("not JSON: {error}"))
            }) {
                Ok(value) => Arc::new(value),
                Err(fault) => {
                    lock(&self.editor).violation(format!("the server wrote no message: {fault}"));
                    return;
                }
            };
            let method = value["method"].as_str();
            // Before it can be seen: a test that has seen a request may change the answer
            // to the next.
            let chosen = method.filter(|_| value.get("id").is_some()).map(|method| {
                let mut overrides = lock(&self.overrides);
                overrides.get_mut(method).map_or(Answer::Editor, |answer| answer(&value["params"]))
            });
            self.log.push(Message { from_server: true, at, value: Arc::clone(&value) });
            let Some(method) = method else { continue };
            let Some(chosen) = chosen else {
                lock(&self.editor).on_notification(method, &value["params"]);
                continue;
            };
            if matches!(chosen, Answer::Hold) {
                continue;
            }
            let request = ServerRequest {
                id: value["id"].clone(),
                method: method.to_owned(),
                params: value["params"].clone(),
            };
            match chosen {
                Answer::Editor => self.perform(input, &request),
                Answer::Result(result) => self.reply(input, &request, "result", result),
                Answer::Error(code, message) => {
                    let error = json!({"code": code, "message": message});
                    self.reply(input, &request, "error", error);
                }
                Answer::Hold => {}
            }
        }
    }

    pub(super) fn perform(&self, input: &Input, request: &ServerRequest) {
        let mut editor = lock(&self.editor);
        let answer = editor.answer(&request.method, &request.params);
        let change_first = editor.profile().quirks.change_before_answer;
        if change_first {
            self.flush(input, &mut editor);
        }
        match answer {
            Ok(Some(result)) => self.reply(input, request, "result", result),
            Ok(None) => {}
            Err(error) => {
                let error = json!({"code": error.code, "message": error.message});
                self.reply(input, request, "error", error);
            }
        }
        self.flush(input, &mut editor);
    }

    fn reply(&self, input: &Input, request: &ServerRequest, key: &str, value: Value) {
        let mut message = json!({"jsonrpc": "2.0", "id": request.id});
        message[key] = value;
        self.send(input, message);
    }
}

/// One framed body; none at the end of the stream.
fn read_frame(input: &mut impl BufRead) -> Option<Result<Vec<u8>, String>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => return Some(Err(error.to_string())),
        }
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else {
            return Some(Err(format!("{header:?} is no header")));
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let Some(length) = length else { return Some(Err("no Content-Length".to_owned())) };
    let mut body = vec![0; length];
    match input.read_exact(&mut body) {
        Ok(()) => Some(Ok(body)),
        Err(error) => Some(Err(error.to_string())),
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
