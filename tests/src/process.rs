//! A child process with captured standard error, whose end can be waited for and
//! which never outlives its test.
#![expect(clippy::disallowed_methods, reason = "the harness starts the program it tests")]

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{ChildStdout, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::log::{Log, NotSeen};

/// A running program. Dropped, it is killed.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    input: Input,
    ended: Log<ExitStatus>,
    stderr: Log<String>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The way to a program's standard input, for any thread.
#[derive(Debug, Clone)]
pub struct Input(Arc<Mutex<Option<mpsc::Sender<Vec<u8>>>>>);

impl Input {
    /// Queues bytes; they are dropped once the input is closed.
    pub fn write(&self, bytes: Vec<u8>) {
        if let Some(input) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            // A program that has ended reads nothing; the test sees its end.
            let _ = input.send(bytes);
        }
    }

    /// Closes it after what was queued.
    pub fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// What to start.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    /// The program.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: &'a [&'a str],
    /// Its whole environment.
    pub environment: &'a [(OsString, OsString)],
    /// Its working directory.
    pub directory: &'a Path,
}

impl Process {
    /// Starts a program and hands its standard output to `read` on a thread.
    ///
    /// # Panics
    /// When it cannot be started: then no test can say anything.
    pub fn start(
        start: &Start<'_>,
        read: impl FnOnce(ChildStdout, Input) + Send + 'static,
    ) -> Self {
        let mut child = Command::new(start.program)
            .args(start.arguments)
            .env_clear()
            .envs(start.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(start.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", start.program.display()));
        let pid = Pid::from_child(&child);
        let mut stdin = child.stdin.take().expect("stdin was piped");
        let stdout = child.stdout.take().expect("stdout was piped");
        let errors = child.stderr.take().expect("stderr was piped");

        // Writing has its own thread: a program that blocks on its output while we
        // block on its input would otherwise stop both.
        let (input, to_write) = mpsc::channel::<Vec<u8>>();
        let input = Input(Arc::new(Mutex::new(Some(input))));
        let writer = std::thread::spawn(move || {
            for bytes in to_write {
                if stdin.write_all(&bytes).and_then(|()| stdin.flush()).is_err() {
                    break;
                }
            }
        });
        let answers = input.clone();
        let reader = std::thread::spawn(move || read(stdout, answers));
        let stderr = Log::default();
        let lines = stderr.clone();
        let error_reader = std::thread::spawn(move || {
            let mut errors = BufReader::new(errors);
            let mut line = Vec::new();
            while matches!(errors.read_until(b'\n', &mut line), Ok(read) if read > 0) {
                lines.push(String::from_utf8_lossy(&line).into_owned());
                line.clear();
            }
            lines.end();
        });
        let ended = Log::default();
        let end = ended.clone();
        let waiter = std::thread::spawn(move || {
            if let Ok(status) = child.wait() {
                end.push(status);
            }
            end.end();
        });
        Self {
            pid,
            input,
            ended,
            stderr,
            threads: Mutex::new(vec![writer, reader, error_reader, waiter]),
        }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Its standard input.
    #[must_use]
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.read(<[String]>::concat)
    }

    /// Waits until it writes no more to standard error: that it has ended does not say
    /// that all of it was read.
    ///
    /// # Errors
    /// When it is still open at the deadline.
    pub fn wait_for_stderr(&self, deadline: Duration) -> Result<(), NotSeen> {
        match self.stderr.wait_for(deadline, |_| None::<()>) {
            Err(NotSeen::Deadline) => Err(NotSeen::Deadline),
            Ok(()) | Err(NotSeen::Ended) => Ok(()),
        }
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// When it has not ended at the deadline.
    pub fn wait(&self, deadline: Duration) -> Result<ExitStatus, NotSeen> {
        self.ended.wait_for(deadline, |ended| ended.first().copied())
    }

    /// Ends it at once.
    pub fn kill(&self) {
        if self.ended.read(<[ExitStatus]>::is_empty) {
            // It may end by itself between the look and the kill.
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.input.close();
        self.kill();
        let _ = self.wait(crate::log::DEADLINE);
        for thread in self.threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // A grandchild may hold a pipe open; its reader then ends with the test.
            if thread.is_finished() {
                let _ = thread.join();
            }
        }
    }
}

/// Runs a program to its end and returns its status, output and errors. The input
/// has to be short: it is written before anything is read.
///
/// # Errors
/// When it cannot be started.
pub fn run(start: &Start<'_>, input: &str) -> io::Result<std::process::Output> {
    let mut child = Command::new(start.program)
        .args(start.arguments)
        .env_clear()
        .envs(start.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(start.directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program need not read its input.
        let _ = stdin.write_all(input.as_bytes());
    }
    child.wait_with_output()
}
