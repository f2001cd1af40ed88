//! A scripted model: a real HTTP server on the loopback interface that speaks the
//! Responses and the Chat Completions API with real server-sent events.
//!
//! It answers each request with the next [`Turn`] of its script. Like the real
//! ones it refuses a conversation in which a tool call has no answer, so that a
//! broken history shows at once and not only in production.

use std::{
    collections::VecDeque,
    io::{self, BufReader},
    net::TcpStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use crate::log::{DEADLINE, Log};

mod chat;
mod http;
mod port;
mod request;
mod responses;
mod script;

pub use port::Port;
pub use request::Request;
pub use script::{Gate, Turn};

use http::{Body, read_request, respond};
use script::{Fault, Step};

/// The API that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// `POST /v1/responses`.
    Responses,
    /// `POST /v1/chat/completions`.
    Chat,
}

impl Wire {
    /// Its name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Responses => "responses",
            Self::Chat => "chat",
        }
    }

    fn of_path(path: &str) -> Option<Self> {
        match path {
            "/v1/responses" => Some(Self::Responses),
            "/v1/chat/completions" => Some(Self::Chat),
            _ => None,
        }
    }
}

/// The server. It lives as long as the test's process; its thread waits for
/// connections and holds nothing else.
#[derive(Debug, Clone)]
pub struct Model {
    shared: Arc<Shared>,
    port: u16,
}

#[derive(Debug)]
struct Shared {
    script: Mutex<VecDeque<Turn>>,
    requests: Log<Request>,
    objections: Mutex<Vec<String>>,
}

impl Model {
    /// Starts a model that follows a script.
    ///
    /// # Panics
    /// When no port can be had.
    #[must_use]
    pub fn start(script: impl IntoIterator<Item = Turn>) -> Self {
        Self::start_at(Port::closed(), script)
    }

    /// Starts it at a port where nothing answered until now.
    ///
    /// # Panics
    /// When the port cannot be opened.
    #[must_use]
    pub fn start_at(port: Port, script: impl IntoIterator<Item = Turn>) -> Self {
        let (port, listener) = port.open();
        let shared = Arc::new(Shared {
            script: Mutex::new(script.into_iter().collect()),
            requests: Log::default(),
            objections: Mutex::default(),
        });
        let model = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let model = Arc::clone(&model);
                // A client may go away at any time: that is its right.
                std::thread::spawn(move || model.serve(&stream));
            }
        });
        Self { shared, port }
    }

    /// What a provider's `base_url` is set to.
    #[must_use]
    pub fn base_url(&self) -> String {
        port::base_url(self.port)
    }

    /// Adds turns to the script.
    pub fn then(&self, turns: impl IntoIterator<Item = Turn>) {
        lock(&self.shared.script).extend(turns);
    }

    /// The requests for an answer so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.read(<[Request]>::to_vec)
    }

    /// Waits until there were `count` requests and returns the last of them.
    ///
    /// # Panics
    /// When they do not come.
    pub fn request(&self, count: usize) -> Request {
        let found = self.shared.requests.wait_for(DEADLINE, |seen| seen.get(count - 1).cloned());
        found.unwrap_or_else(|_| {
            panic!("the model got {} requests, not {count}", self.requests().len())
        })
    }

    /// Checks that the script was played to its end and no request was invalid.
    ///
    /// # Panics
    /// When one of that is not so.
    pub fn finish(&self) {
        let objections = lock(&self.shared.objections).join("\n");
        assert!(objections.is_empty(), "a real model would have refused:\n{objections}");
        let left = lock(&self.shared.script).len();
        assert_eq!(left, 0, "turns of the script were never asked for");
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) {
        let _ = stream.set_nodelay(true);
        let mut input = BufReader::new(stream);
        while let Ok(Some(request)) = read_request(&mut input) {
            let again = match (request.method.as_str(), Wire::of_path(&request.path)) {
                ("GET", None) if request.path == "/v1/models" => {
                    let models = json!({"object": "list", "data": [
                        {"id": "scripted", "object": "model", "created": 0, "owned_by": "tiro"}
                    ]});
                    respond(stream, 200, &[], &models)
                }
                ("POST", Some(wire)) => self.answer(stream, wire, &request),
                _ => respond(stream, 404, &[], &failure("no such path", "not_found")),
            };
            if again.is_err() {
                break;
            }
        }
    }

    /// Answers one request; an error closes the connection.
    fn answer(&self, stream: &TcpStream, wire: Wire, raw: &http::Raw) -> io::Result<()> {
        let request = match Request::parse(wire, raw) {
            Ok(request) => request,
            Err(why) => return self.refuse(stream, why),
        };
        self.requests.push(request.clone());
        if let Err(why) = request.check() {
            return self.refuse(stream, why);
        }
        let Some(turn) = lock(&self.script).pop_front() else {
            return self.refuse(stream, "the script has no further turn".to_owned());
        };
        let turn = turn.for_request(&request);
        if let Some(Fault::Status { status, headers, message }) = &turn.fault {
            return respond(stream, *status, headers, &failure(message, "scripted"));
        }
        if matches!(turn.fault, Some(Fault::Silence)) {
            return silent(stream);
        }
        let mut body = Body::start(stream)?;
        let number = self.requests.read(<[Request]>::len);
        let mut events: Box<dyn Events> = match wire {
            Wire::Responses => Box::new(responses::Stream::new(number)),
            Wire::Chat => Box::new(chat::Stream::new(number)),
        };
        body.send(&events.begin())?;
        for step in &turn.steps {
            match step {
                Step::Wait(gate) => gate.pass(),
                Step::Drop => return Err(io::ErrorKind::ConnectionAborted.into()),
                Step::Stall => return silent(stream),
                Step::Raw(text) => body.send(text)?,
                Step::Deltas { count, text } => {
                    for _ in 0..*count {
                        body.queue(&events.text(text))?;
                    }
                    body.flush()?;
                }
                Step::Text(text) => body.send(&events.text(text))?,
                Step::Reasoning(text) => body.send(&events.reasoning(text))?,
                Step::Call { id, name, pieces } => {
                    for event in events.call(id, name, pieces) {
                        body.send(&event)?;
                    }
                }
            }
        }
        body.send(&events.end(turn.usage))?;
        body.finish()
    }

    fn refuse(&self, stream: &TcpStream, why: String) -> io::Result<()> {
        let answer = failure(&why, "invalid_request_error");
        lock(&self.objections).push(why);
        respond(stream, 400, &[], &answer)
    }
}

/// What an API writes while it answers.
trait Events {
    fn begin(&mut self) -> String;
    fn text(&mut self, delta: &str) -> String;
    fn reasoning(&mut self, delta: &str) -> String;
    fn call(&mut self, id: &str, name: &str, pieces: &[String]) -> Vec<String>;
    /// `usage`: tokens in and out.
    fn end(&mut self, usage: (u64, u64)) -> String;
}

fn failure(message: &str, kind: &str) -> Value {
    json!({"error": {"message": message, "type": kind, "param": null, "code": null}})
}

/// Keeps the connection open and says nothing until the client goes away.
fn silent(mut stream: &TcpStream) -> io::Result<()> {
    while io::Read::read(&mut stream, &mut [0; 64])? > 0 {}
    Err(io::ErrorKind::ConnectionAborted.into())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
