//! A whole task that patches a large open file, through the release binary: from
//! the person's input to the end of the task, with a scripted model and a client
//! that carries the edit out. Prints a table and never fails.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client, says},
    model::{Model, Turn, Wire},
    profile::Profile,
    project::Project,
    uri,
};

const CONFIG: &str = "approval_policy = \"never\"\n\
    sandbox_permissions = [\"disk-full-read-access\", \"disk-write-cwd\"]";

const LINES: usize = 100_000;
const ROUNDS: usize = 10;

fn main() {
    println!(
        "{:<52} {:>12} {:>10}",
        "patch of an open file, 100 000 lines, 6 MB", "median", "at most"
    );
    for hunks in [1, 1000] {
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| turn(hunks)).collect();
        times.sort_unstable();
        let median = times[ROUNDS / 2].as_secs_f64() * 1000.0;
        let what = format!("  {hunks} hunks, input to end of task");
        println!("{what:<52} {:>12} {:>10}", format!("{median:.1} ms"), "120.0 ms");
    }
}

/// 60 bytes with the newline.
fn line(number: usize) -> String {
    format!("{number:>8} the quick brown fox jumps over the lazy dog again\n")
}

fn turn(hunks: usize) -> Duration {
    let text: String = (0..LINES).map(line).collect();
    let mut patch = "*** Begin Patch\n*** Update File: big.txt\n".to_owned();
    for hunk in 0..hunks {
        let at = hunk * (LINES / hunks) + LINES / hunks / 2;
        let (before, old, after) = (line(at - 1), line(at), line(at + 1));
        let _ = write!(patch, "@@\n {before}-{old}+changed {hunk}\n {after}");
    }
    patch.push_str("*** End Patch\n");
    let model = Model::start([
        Turn::new().call("c", "apply_patch", &json!({"input": patch})),
        Turn::say("done"),
    ]);
    let project = Project::new(&[("big.txt", &text)]);
    let project = project.configured(&model.base_url(), Wire::Chat, CONFIG, "");
    let options = json!({"tiro": {"events": true}});
    let client = Client::ready(&project, Profile::vscode(), options);
    client.next("tiro/sessionConfigured");
    client.open(&project.path("big.txt"));
    // An answer after which everything before has been taken in.
    let settled = client.call("tiro/listGrants", Value::Null);
    assert!(settled.is_ok(), "{settled:?}");
    client.on("workspace/applyEdit", |_| Answer::Hold);
    let started = Instant::now();
    client.request("tiro/userInput", says("go"));
    let request = client.next_request("workspace/applyEdit");
    // As VS Code does it: every edit of its own, from the end of the text.
    let edits = request.params["edit"]["documentChanges"][0]["edits"].as_array();
    let edits = edits.map(Vec::as_slice).unwrap_or_default();
    assert_eq!(edits.len(), hunks, "one edit a hunk");
    let changes: Vec<Value> = edits
        .iter()
        .rev()
        .map(|edit| json!({"range": edit["range"], "text": edit["newText"]}))
        .collect();
    let document = json!({"uri": uri::from_path(&project.path("big.txt"), ""), "version": 2});
    let params = json!({"textDocument": document, "contentChanges": changes});
    client.notify("textDocument/didChange", params);
    client.answer(&request, json!({"applied": true}));
    client.next("tiro/taskComplete");
    let took = started.elapsed();
    assert_eq!(client.next("tiro/patchApplyEnd")["success"], true, "it is applied");
    client.finish();
    took
}
