//! An LSP client over the standard input and output of the real binary.
//!
//! Everything sent and received stands in one ordered log. What the server asks
//! of the client is answered by the in-memory editor, or by what a test put in
//! its place: at once, late, never, or wrong.

use std::{
    collections::HashMap,
    fmt,
    path::Path,
    process::ExitStatus,
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicI64, atomic::Ordering},
};

use serde_json::{Value, json};

use crate::{
    binary,
    editor::Editor,
    log::{DEADLINE, NotSeen},
    process::Process,
    profile::Profile,
    project::Project,
    uri,
};

mod connection;
mod message;

pub use message::{Answer, Message, RpcError, ServerRequest};

use connection::{Connection, lock};

/// The client. Dropped, it kills the server.
pub struct Client {
    process: Process,
    connection: Arc<Connection>,
    next_id: AtomicI64,
    seen: Mutex<HashMap<String, usize>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client").field("pid", &self.process.pid()).finish_non_exhaustive()
    }
}

impl Client {
    /// Starts `tiro lsp` in a project; nothing is sent yet.
    #[must_use]
    pub fn start(project: &Project, profile: Profile) -> Self {
        Self::start_program(project, profile, binary::tiro(), &["lsp"])
    }

    /// Starts another program that speaks LSP.
    #[must_use]
    pub fn start_program(
        project: &Project,
        profile: Profile,
        program: &Path,
        arguments: &[&str],
    ) -> Self {
        let connection = Arc::new(Connection::new(Editor::new(profile, project.root())));
        let reader = Arc::clone(&connection);
        let process = Process::start(&project.start(program, arguments), move |output, input| {
            reader.read(output, &input);
            reader.log.end();
        });
        Self { process, connection, next_id: AtomicI64::new(1), seen: Mutex::default() }
    }

    /// Starts, initializes with `options` as `initializationOptions`, and says
    /// `initialized`.
    #[must_use]
    pub fn ready(project: &Project, profile: Profile, options: Value) -> Self {
        let client = Self::start(project, profile);
        client.initialize(options);
        client.notify("initialized", json!({}));
        client
    }

    /// Sends `initialize` and waits for its result.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn initialize(&self, options: Value) -> Value {
        let params = self.editor().initialize_params(options);
        let result = self
            .call("initialize", params)
            .unwrap_or_else(|error| self.fail(&format!("initialize was refused: {error:?}")));
        self.editor().initialized(&result);
        result
    }

    /// Sends a request; its response is waited for with [`Self::response`].
    pub fn request(&self, method: &str, params: Value) -> i64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.connection.send(self.process.input(), message);
        id
    }

    /// Waits for the response to a request.
    ///
    /// # Errors
    /// The error that the server answered with.
    ///
    /// # Panics
    /// With the whole log when no response comes.
    pub fn response(&self, id: i64) -> Result<Value, RpcError> {
        let value = self.wait(&format!("the response to request {id}"), |log| {
            log.iter()
                .find(|message| {
                    message.from_server
                        && message.value["id"] == id
                        && message.value.get("method").is_none()
                })
                .map(|message| Arc::clone(&message.value))
        });
        match value.get("error") {
            Some(error) => Err(RpcError {
                code: error["code"].as_i64().unwrap_or_default(),
                message: error["message"].as_str().unwrap_or_default().to_owned(),
            }),
            None => Ok(value["result"].clone()),
        }
    }

    /// Sends a request and waits for its response.
    ///
    /// # Errors
    /// The error that the server answered with.
    pub fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let id = self.request(method, params);
        self.response(id)
    }

    /// Sends a notification.
    pub fn notify(&self, method: &str, params: Value) {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        self.connection.send(self.process.input(), message);
    }

    /// Sends bytes as they are, framing included.
    pub fn send_raw(&self, bytes: Vec<u8>) {
        self.process.input().write(bytes);
    }

    /// Replaces the editor's answers to one method.
    pub fn on(&self, method: &str, answer: impl FnMut(&Value) -> Answer + Send + 'static) {
        lock(&self.connection.overrides).insert(method.to_owned(), Box::new(answer));
    }

    /// Waits for the next request of the server with this method that was not
    /// returned yet.
    pub fn next_request(&self, method: &str) -> ServerRequest {
        let value = self.next_message(method, |value| value.get("id").is_some());
        ServerRequest {
            id: value["id"].clone(),
            method: method.to_owned(),
            params: value["params"].clone(),
        }
    }

    /// Answers a request that was held.
    pub fn answer(&self, request: &ServerRequest, result: Value) {
        let message = json!({"jsonrpc": "2.0", "id": request.id, "result": result});
        self.connection.send(self.process.input(), message);
    }

    /// Lets the editor do and answer a request that was held.
    pub fn perform(&self, request: &ServerRequest) {
        self.connection.perform(self.process.input(), request);
    }

    /// Waits for the params of the next notification with this method that was
    /// not returned yet.
    pub fn next(&self, method: &str) -> Value {
        self.next_where(method, |_| true)
    }

    /// As [`Self::next`], passing over those whose params do not satisfy `wanted`.
    pub fn next_where(&self, method: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        self.next_message(method, |value| wanted(&value["params"]))["params"].clone()
    }

    fn next_message(&self, method: &str, mut wanted: impl FnMut(&Value) -> bool) -> Arc<Value> {
        let mut from = lock(&self.seen).get(method).copied().unwrap_or_default();
        let (at, value) = self.wait(&format!("the next {method}"), |log| {
            let mut new = log.iter().enumerate().skip(from);
            let found = new.find(|(_, it)| it.is_from_server(method) && wanted(&it.value));
            // What was looked at once is not looked at again: a stream may be long.
            from = log.len();
            found.map(|(at, message)| (at, Arc::clone(&message.value)))
        });
        lock(&self.seen).insert(method.to_owned(), at + 1);
        value
    }

    /// The params of every notification or request of the server with this method
    /// so far.
    #[must_use]
    pub fn all(&self, method: &str) -> Vec<Value> {
        self.connection.log.read(|log| {
            let of_method = log.iter().filter(|message| message.is_from_server(method));
            of_method.map(|message| message.value["params"].clone()).collect()
        })
    }

    /// Waits for what `find` finds in the whole log.
    ///
    /// # Panics
    /// With the whole log when it does not come.
    pub fn wait<R>(&self, what: &str, find: impl FnMut(&[Message]) -> Option<R>) -> R {
        self.connection.log.wait_for(DEADLINE, find).unwrap_or_else(|why| {
            self.fail(&match why {
                NotSeen::Ended => format!("the server ended before {what}"),
                NotSeen::Deadline => format!("waited in vain for {what}"),
            })
        })
    }

    /// The log so far.
    #[must_use]
    pub fn log(&self) -> Vec<Message> {
        self.connection.log.read(<[Message]>::to_vec)
    }

    /// Fails the test, showing the whole log.
    ///
    /// # Panics
    /// Always.
    pub fn fail(&self, why: &str) -> ! {
        let log = self.log().iter().map(|message| format!("{message}\n")).collect::<String>();
        panic!("{why}\n--- messages ---\n{log}--- stderr ---\n{}", self.process.stderr());
    }

    /// The editor. What it does while the guard lives is not sent: use
    /// [`Self::edit`] for that.
    pub fn editor(&self) -> MutexGuard<'_, Editor> {
        lock(&self.connection.editor)
    }

    /// Lets a person do something in the editor and tells the server.
    pub fn edit(&self, act: impl FnOnce(&mut Editor)) {
        let mut editor = lock(&self.connection.editor);
        act(&mut editor);
        self.connection.flush(self.process.input(), &mut editor);
    }

    /// Opens a file of the project with the text that the disk has.
    pub fn open(&self, path: &Path) {
        self.edit(|editor| editor.open(path));
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// `shutdown`, `exit`; checks that the server ended with 0 and that it did
    /// nothing a strict client would object to.
    ///
    /// # Panics
    /// When one of that is not so.
    pub fn finish(self) {
        let shutdown = self.call("shutdown", Value::Null);
        if shutdown != Ok(Value::Null) {
            self.fail(&format!("shutdown was answered with {shutdown:?}"));
        }
        self.notify("exit", Value::Null);
        let status = self.wait_exit();
        if status.code() != Some(0) {
            self.fail(&format!("the server ended with {status} after shutdown and exit"));
        }
        let violations = self.editor().violations().join("\n");
        if !violations.is_empty() {
            self.fail(&format!("a strict client objects:\n{violations}"));
        }
    }

    /// Kills the server, and waits until the editor has done all that it was
    /// still asked to: from then on nobody writes files.
    ///
    /// # Panics
    /// With the whole log when the server does not end.
    pub fn kill(&self) {
        self.process.kill();
        self.wait_exit();
        let rest = self.connection.log.wait_for(DEADLINE, |_| None::<()>);
        if rest != Err(NotSeen::Ended) {
            self.fail("something holds the output of the server open");
        }
    }

    /// Waits until the process has ended.
    ///
    /// # Panics
    /// With the whole log when it does not end.
    pub fn wait_exit(&self) -> ExitStatus {
        self.process.wait(DEADLINE).unwrap_or_else(|_| self.fail("the server did not end"))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.process.kill();
    }
}

/// The `initializationOptions` of a client that wants everything Tiro offers.
#[must_use]
pub fn opted_in(config: Value) -> Value {
    json!({"tiro": {
        "events": true,
        "saveDocuments": true,
        "diagnostics": true,
        "context": true,
        "config": config,
    }})
}

/// The params of `tiro/userInput` that say `text`.
#[must_use]
pub fn says(text: &str) -> Value {
    json!({"items": [{"type": "text", "text": text}]})
}

/// A `textDocument` identifier.
#[must_use]
pub fn document(path: &Path) -> Value {
    json!({"uri": uri::from_path(path, "")})
}
