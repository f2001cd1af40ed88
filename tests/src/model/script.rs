//! What a scripted model does when it is asked.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::Request;
use crate::log::DEADLINE;

/// The answer to one request.
#[derive(Debug, Clone, Default)]
pub struct Turn {
    pub(super) steps: Vec<Step>,
    pub(super) fault: Option<Fault>,
    pub(super) usage: (u64, u64),
    made: Option<Made>,
}

/// A turn that depends on the request.
#[derive(Clone)]
struct Made(Arc<dyn Fn(&Request) -> Turn + Send + Sync>);

impl fmt::Debug for Made {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a turn made from the request")
    }
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Text(String),
    Deltas { count: usize, text: String },
    Reasoning(String),
    Call { id: String, name: String, pieces: Vec<String> },
    Wait(Gate),
    Raw(String),
    Drop,
    Stall,
}

#[derive(Debug, Clone)]
pub(super) enum Fault {
    Status { status: u16, headers: Vec<(String, String)>, message: String },
    Silence,
}

impl Turn {
    /// An answer that says nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { usage: (10, 5), ..Self::default() }
    }

    /// An answer of one piece of text.
    #[must_use]
    pub fn say(text: &str) -> Self {
        Self::new().text(text)
    }

    /// An answer that is made when the request is there.
    #[must_use]
    pub fn with(make: impl Fn(&Request) -> Self + Send + Sync + 'static) -> Self {
        Self { made: Some(Made(Arc::new(make))), ..Self::new() }
    }

    /// An HTTP error, its message in the body as providers write it.
    #[must_use]
    pub fn status(status: u16, message: &str) -> Self {
        let message = message.to_owned();
        let fault = Fault::Status { status, headers: Vec::new(), message };
        Self { fault: Some(fault), ..Self::new() }
    }

    /// An HTTP error with a `Retry-After` header.
    #[must_use]
    pub fn status_retry_after(status: u16, message: &str, seconds: u64) -> Self {
        let headers = vec![("retry-after".to_owned(), seconds.to_string())];
        let message = message.to_owned();
        Self { fault: Some(Fault::Status { status, headers, message }), ..Self::new() }
    }

    /// Not even a status.
    #[must_use]
    pub fn silence() -> Self {
        Self { fault: Some(Fault::Silence), ..Self::new() }
    }

    /// A piece of text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.step(Step::Text(text.to_owned()))
    }

    /// The same piece of text `count` times, as fast as the connection takes it.
    #[must_use]
    pub fn deltas(self, count: usize, text: &str) -> Self {
        self.step(Step::Deltas { count, text: text.to_owned() })
    }

    /// A piece of reasoning.
    #[must_use]
    pub fn reasoning(self, text: &str) -> Self {
        self.step(Step::Reasoning(text.to_owned()))
    }

    /// A tool call; the arguments arrive in pieces.
    #[must_use]
    pub fn call(self, id: &str, name: &str, arguments: &Value) -> Self {
        self.call_raw(id, name, &arguments.to_string())
    }

    /// A tool call with arguments that need not be JSON.
    #[must_use]
    pub fn call_raw(self, id: &str, name: &str, arguments: &str) -> Self {
        let letters: Vec<char> = arguments.chars().collect();
        // Real models send a few letters at a time, and take minutes for what is long.
        let length = (letters.len() / 256).max(24);
        let pieces = letters.chunks(length).map(|piece| piece.iter().collect()).collect();
        self.step(Step::Call { id: id.to_owned(), name: name.to_owned(), pieces })
    }

    /// Goes on when the test opens the gate.
    #[must_use]
    pub fn wait(self, gate: &Gate) -> Self {
        self.step(Step::Wait(gate.clone()))
    }

    /// Bytes of the body as they are.
    #[must_use]
    pub fn raw(self, text: &str) -> Self {
        self.step(Step::Raw(text.to_owned()))
    }

    /// Breaks the connection here.
    #[must_use]
    pub fn drop_stream(self) -> Self {
        self.step(Step::Drop)
    }

    /// Says nothing more, and keeps the connection.
    #[must_use]
    pub fn stall(self) -> Self {
        self.step(Step::Stall)
    }

    /// Tokens in and out, as they are reported at the end.
    #[must_use]
    pub fn usage(mut self, input: u64, output: u64) -> Self {
        self.usage = (input, output);
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub(super) fn for_request(self, request: &Request) -> Self {
        match &self.made {
            Some(made) => made.0(request).for_request(request),
            None => self,
        }
    }
}

/// A point where the model waits for the test.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    shared: Arc<(Mutex<GateState>, Condvar)>,
}

#[derive(Debug, Default)]
struct GateState {
    reached: bool,
    open: bool,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until the model stands before it.
    ///
    /// # Panics
    /// When it does not come.
    pub fn reached(&self) {
        assert!(self.wait_until(|state| state.reached), "the model never came to the gate");
    }

    /// Lets the model go on.
    pub fn open(&self) {
        self.set(|state| state.open = true);
    }

    pub(super) fn pass(&self) {
        self.set(|state| state.reached = true);
        // A test that failed never opens it; its connection then just goes on.
        self.wait_until(|state| state.open);
    }

    fn set(&self, change: impl FnOnce(&mut GateState)) {
        change(&mut self.shared.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.shared.1.notify_all();
    }

    fn wait_until(&self, holds: impl Fn(&GateState) -> bool) -> bool {
        let end = Instant::now() + DEADLINE;
        let mut state = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !holds(&state) {
            let left = end.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return false;
            }
            let waited = self.shared.1.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}
