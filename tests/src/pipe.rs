//! `tiro proto` and `tiro exec`: JSON lines over pipes.

use std::{
    io::{BufRead, BufReader},
    process::{ExitStatus, Output},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};

use crate::{
    binary,
    log::{DEADLINE, Log, NotSeen},
    process::{Process, run},
    project::Project,
};

/// A running `tiro proto`. Dropped, it is killed.
#[derive(Debug)]
pub struct Pipe {
    process: Process,
    events: Log<Value>,
    next_id: AtomicU64,
    seen: Mutex<usize>,
}

impl Pipe {
    /// Starts it in a project.
    #[must_use]
    pub fn start(project: &Project) -> Self {
        Self::start_with(project, &[])
    }

    /// Starts it with more arguments.
    #[must_use]
    pub fn start_with(project: &Project, arguments: &[&str]) -> Self {
        let events = Log::default();
        let log = events.clone();
        let arguments: Vec<_> = [&["proto"], arguments].concat();
        let process =
            Process::start(&project.start(binary::tiro(), &arguments), move |output, _| {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let event = serde_json::from_str(&line).unwrap_or_else(
                        |error| json!({"not json": line, "error": error.to_string()}),
                    );
                    log.push(event);
                }
                log.end();
            });
        Self { process, events, next_id: AtomicU64::new(1), seen: Mutex::new(0) }
    }

    /// Starts it and configures the session.
    #[must_use]
    pub fn configured(project: &Project, approval: &str, permissions: Value) -> Self {
        let pipe = Self::start(project);
        pipe.configure(approval, permissions);
        pipe.next("session_configured");
        pipe
    }

    /// Configures the session, without waiting for what comes of it.
    pub fn configure(&self, approval: &str, permissions: Value) -> String {
        self.submit(json!({
            "type": "configure_session",
            "model": "scripted",
            "instructions": null,
            "approval_policy": approval,
            "sandbox_policy": {"permissions": permissions},
        }))
    }

    /// Sends an op under a new id, which is returned.
    pub fn submit(&self, op: Value) -> String {
        let id = format!("s{}", self.next_id.fetch_add(1, Ordering::Relaxed));
        self.line(&json!({"id": id, "op": op}).to_string());
        id
    }

    /// Says something.
    pub fn say(&self, text: &str) -> String {
        self.submit(json!({"type": "user_input", "items": [{"type": "text", "text": text}]}))
    }

    /// Sends a line as it is.
    pub fn line(&self, line: &str) {
        self.process.input().write(format!("{line}\n").into_bytes());
    }

    /// Waits for the next event of this type, passing over others.
    ///
    /// # Panics
    /// With all events when it does not come.
    pub fn next(&self, kind: &str) -> Value {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let from = *seen;
        let found = self.events.wait_for(DEADLINE, |events| {
            let mut after = events.iter().enumerate().skip(from);
            after.find(|(_, event)| event["msg"]["type"] == kind).map(|(at, it)| (at, it.clone()))
        });
        match found {
            Ok((at, event)) => {
                *seen = at + 1;
                event
            }
            Err(NotSeen::Ended) => self.fail(&format!("tiro proto ended before {kind}")),
            Err(NotSeen::Deadline) => self.fail(&format!("waited in vain for {kind}")),
        }
    }

    /// Every event so far.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.events.read(<[Value]>::to_vec)
    }

    /// How many events of this type there were.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.events.read(|log| log.iter().filter(|event| event["msg"]["type"] == kind).count())
    }

    /// Ends the input and waits for the process to end; then all events are there, and
    /// what it wrote to standard error.
    ///
    /// # Panics
    /// When it does not end.
    pub fn finish(&self) -> ExitStatus {
        self.process.input().close();
        // The reader ends after the last event, which the process wrote before its end.
        let _ = self.events.wait_for(DEADLINE, |_| None::<()>);
        let ended = self.process.wait(DEADLINE);
        let closed = self.process.wait_for_stderr(DEADLINE);
        match (ended, closed) {
            (Ok(status), Ok(())) => status,
            (Err(_), _) => self.fail("tiro proto did not end"),
            (_, Err(_)) => self.fail("something holds the standard error of tiro proto"),
        }
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Fails the test, showing everything.
    ///
    /// # Panics
    /// Always.
    pub fn fail(&self, why: &str) -> ! {
        let events = self.events().iter().map(|event| format!("{event}\n")).collect::<String>();
        panic!("{why}\n--- events ---\n{events}--- stderr ---\n{}", self.process.stderr());
    }
}

/// Runs `tiro` with arguments to its end.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn tiro(project: &Project, arguments: &[&str]) -> Output {
    tiro_reading(project, arguments, "")
}

/// Runs `tiro` with arguments and a standard input to its end.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn tiro_reading(project: &Project, arguments: &[&str], input: &str) -> Output {
    run(&project.start(binary::tiro(), arguments), input).expect("tiro can be started")
}
