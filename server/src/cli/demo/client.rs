//! The demo's end of the connection: the binary itself, started as `tiro lsp`,
//! and JSON-RPC over its standard input and output.
#![expect(
    clippy::disallowed_methods,
    reason = "starts Tiro itself, as an editor does; commands are started by its sandbox"
)]

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, bail};
use serde_json::{Value, json};

/// A running server.
#[derive(Debug)]
pub(super) struct Client {
    child: Child,
    /// Taken away to end the server.
    stdin: Option<ChildStdin>,
    messages: mpsc::Receiver<Value>,
    next_id: u64,
}

impl Client {
    /// Starts the server. Its log goes to `log`.
    pub(super) fn start(
        program: &Path,
        environment: &[(&str, String)],
        log: File,
    ) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .arg("lsp")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            // A failing test says what failed; where in the test runner is noise.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {} lsp", program.display()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the server has no output")?;
        let (sender, messages) = mpsc::channel();
        // Ends with the server's output.
        thread::Builder::new().name("demo-reader".to_owned()).spawn(move || {
            let mut reader = BufReader::new(stdout);
            while let Ok(Some(message)) = read_message(&mut reader) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { child, stdin, messages, next_id: 1 })
    }

    /// Sends a request and gives its id.
    pub(super) fn request(&mut self, method: &str, params: &Value) -> anyhow::Result<u64> {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))?;
        Ok(id)
    }

    /// Sends a notification.
    pub(super) fn notify(&mut self, method: &str, params: &Value) -> anyhow::Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
    }

    /// Answers a request of the server.
    pub(super) fn respond(&mut self, id: &Value, result: &Value) -> anyhow::Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }))
    }

    /// Says that a request of the server is not known here.
    pub(super) fn refuse(&mut self, id: &Value, method: &str) -> anyhow::Result<()> {
        let error =
            json!({ "code": -32601, "message": format!("the demo does not know {method}") });
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "error": error }))
    }

    /// The next message of the server.
    pub(super) fn receive(&self, patience: Duration) -> anyhow::Result<Value> {
        match self.messages.recv_timeout(patience) {
            Ok(message) => Ok(message),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                bail!("the server said nothing for {} seconds", patience.as_secs())
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => bail!("the server ended unexpectedly"),
        }
    }

    /// Asks the server to end, and waits until it has.
    pub(super) fn shut_down(mut self) -> anyhow::Result<()> {
        let id = self.request("shutdown", &Value::Null)?;
        while self.receive(Duration::from_secs(10))?["id"] != id {}
        self.notify("exit", &Value::Null)?;
        self.stdin = None;
        let status = self.child.wait().context("cannot wait for the server")?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(())
    }

    fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        let stdin = self.stdin.as_mut().context("the server was told to end")?;
        let body = message.to_string();
        write!(stdin, "Content-Length: {}\r\n\r\n{body}", body.len())
            .and_then(|()| stdin.flush())
            .context("the server does not listen any more")
    }
}

impl Drop for Client {
    // After `shut_down` the server is gone and both of these do nothing.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next message, or nothing at the end.
fn read_message(reader: &mut BufReader<ChildStdout>) -> anyhow::Result<Option<Value>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<u64>().context("a length that is no number")?);
        }
    }
    let length = length.context("a message without a length")?;
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// Runs a command in `directory` under `tiro sandbox`, writing only there. Gives
/// whether it succeeded, and what it wrote.
pub(super) fn run_sandboxed(
    program: &Path,
    directory: &Path,
    command: &[&str],
) -> anyhow::Result<(bool, String)> {
    let output = Command::new(program)
        .args(["sandbox", "--policy", "workspace-write", "--cwd"])
        .arg(directory)
        .arg("--")
        .args(command)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {} sandbox", program.display()))?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}
