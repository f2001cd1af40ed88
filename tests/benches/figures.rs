//! The figures that Tiro holds itself to, measured on the release binary through
//! the harness. Prints a table and never fails: what a loaded machine measures is
//! no verdict.
#![expect(clippy::disallowed_methods, reason = "memory and size are read from files")]
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tiro_tests::{
    binary,
    client::{Client, Message, opted_in, says},
    model::{Gate, Model, Turn, Wire},
    profile::Profile,
    project::Project,
};

const AUTOMATIC: &str = "approval_policy = \"never\"\n\
    sandbox_permissions = [\"disk-full-read-access\", \"disk-write-cwd\"]";

/// The same, but a person is asked.
const ASKING: &str = "sandbox_permissions = [\"disk-full-read-access\", \"disk-write-cwd\"]";

/// Leaves processes behind that have left its session and hold its output.
const DAEMONS: &str = "setsid sleep 600 & (setsid sh -c 'sleep 600 & sleep 600' &); echo up; \
    sleep 600";

/// How often each interrupt is measured.
const INTERRUPTS: usize = 20;

fn main() {
    println!("{:<52} {:>12} {:>10}", "", "measured", "at most");
    start_up();
    first_delta();
    many_deltas();
    sandboxed_call();
    interrupts();
    let size = fs::metadata(binary::tiro()).map_or(0, |file| file.len());
    row("size of the binary", &megabytes(size), "16.0 MB");
}

fn row(what: &str, measured: &str, bar: &str) {
    println!("{what:<52} {measured:>12} {bar:>10}");
}

fn start_up() {
    let project = Project::new(&[]);
    let mut times = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..50 {
        let started = Instant::now();
        let client = Client::start(&project, Profile::vscode());
        client.initialize(Value::Null);
        times.push(started.elapsed());
        memory.push(status(&client, "VmRSS:"));
        client.finish();
    }
    row("spawn to initialize answered (median of 50)", &milliseconds(median(&mut times)), "8.0 ms");
    row("  resident then", &mebibytes(median(&mut memory)), "10.0 MiB");
}

fn first_delta() {
    let mut first = Vec::new();
    for _ in 0..10 {
        let (_model, _project, client) = session((0..1).map(|_| Turn::say("hello")));
        first.push(until_delta(&client));
    }
    let (_model, _project, client) = session((0..111).map(|_| Turn::say("hello")));
    let mut late: Vec<_> = (1..=111).map(|_| until_delta(&client)).collect();
    row(
        "user_input to first delta, turn 1 (median of 10)",
        &milliseconds(median(&mut first)),
        "5.0 ms",
    );
    let mut late = late.split_off(95);
    row("  about turn 101 (median of 16)", &milliseconds(median(&mut late)), "5.0 ms");
}

fn many_deltas() {
    let (_model, _project, client) = session([Turn::new().deltas(20_000, "word ")]);
    let before = client.log().len();
    client.request("tiro/userInput", says("go"));
    client.next("tiro/taskComplete");
    let log = client.log();
    let seen = log.iter().filter(|it| it.method() == Some("tiro/agentMessageDelta"));
    let text: usize =
        seen.filter_map(|it| it.value["params"]["delta"].as_str()).map(str::len).sum();
    assert_eq!(text, 100_000, "every piece arrives");
    let took = took(&log[before..], "tiro/taskComplete");
    row("20 000 deltas to the client", &milliseconds(took), "500.0 ms");
    row("  peak memory", &mebibytes(status(&client, "VmHWM:")), "16.0 MiB");
}

fn sandboxed_call() {
    let turns = (0..30).flat_map(|number| {
        let id = format!("c{number}");
        [Turn::new().call(&id, "shell", &json!({"command": ["true"]})), Turn::say("done")]
    });
    let (_model, _project, client) = session(turns);
    let mut times: Vec<_> = (0..30).map(|_| task(&client, "tiro/taskComplete")).collect();
    let failed = client.all("tiro/execCommandEnd").iter().any(|end| end["exit_code"] != 0);
    assert!(!failed, "`true` runs in the sandbox");
    row(
        "sandboxed `true`, input to end (median of 30)",
        &milliseconds(median(&mut times)),
        "25.0 ms",
    );
}

fn interrupts() {
    println!("interrupt to task_complete (slowest of {INTERRUPTS})");
    let gate = Gate::new();
    let stream = Turn::new().text("I begin").wait(&gate);
    interrupted("during an answer", AUTOMATIC, stream, "tiro/agentMessageDelta");
    let daemons = Turn::new().call("c", "shell", &json!({"command": ["sh", "-c", DAEMONS]}));
    interrupted("during a command with daemons", AUTOMATIC, daemons, "tiro/execCommandOutputDelta");
    let touch = Turn::new().call("c", "shell", &json!({"command": ["touch", "a"]}));
    interrupted("while a person is asked", ASKING, touch, "tiro/execApprovalRequest");
    gate.open();
}

/// Interrupts tasks of one answer each, once `begun` was seen.
fn interrupted(what: &str, config: &str, turn: Turn, begun: &str) {
    let (_model, _project, client) = session_with(config, vec![turn; INTERRUPTS]);
    let times = (0..INTERRUPTS).map(|_| {
        client.request("tiro/userInput", says("go"));
        client.next(begun);
        let before = client.log().len();
        client.request("tiro/interrupt", Value::Null);
        client.next("tiro/taskComplete");
        let log = client.log();
        // Something may have come in between.
        let sent = log[before..].iter().position(|it| it.method() == Some("tiro/interrupt"));
        took(&log[before + sent.expect("it was sent")..], "tiro/taskComplete")
    });
    let slowest = times.max().unwrap_or_default();
    row(&format!("  {what}"), &milliseconds(slowest), "100.0 ms");
}

fn session(turns: impl IntoIterator<Item = Turn>) -> (Model, Project, Client) {
    session_with(AUTOMATIC, turns)
}

fn session_with(config: &str, turns: impl IntoIterator<Item = Turn>) -> (Model, Project, Client) {
    let model = Model::start(turns);
    let project = Project::new(&[]).configured(&model.base_url(), Wire::Chat, config, "");
    let client = Client::ready(&project, Profile::vscode(), opted_in(json!({})));
    client.next("tiro/sessionConfigured");
    (model, project, client)
}

fn until_delta(client: &Client) -> Duration {
    task(client, "tiro/agentMessageDelta")
}

/// Runs one task; the time from its input to the first message with `method`.
fn task(client: &Client, method: &str) -> Duration {
    let before = client.log().len();
    client.request("tiro/userInput", says("go"));
    client.next("tiro/taskComplete");
    took(&client.log()[before..], method)
}

fn took(log: &[Message], method: &str) -> Duration {
    let seen = log.iter().find(|message| message.method() == Some(method));
    seen.expect("the task was waited for").at - log[0].at
}

/// A line of the process's status, in bytes.
fn status(client: &Client, name: &str) -> u64 {
    let pid = client.process().pid().as_raw_nonzero();
    let text = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status"));
    let text = text.unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

fn median<T: Copy + Ord>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "a figure with one decimal")]
fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0)
}

#[expect(clippy::cast_precision_loss, reason = "a figure with one decimal")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
