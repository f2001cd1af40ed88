//! Review in a plain client with many pending hunks, through the release binary:
//! from what a person does to what the client is sent. Prints a table and never
//! fails.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::{
    fmt::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, Message, document},
    model::{Model, Turn, Wire},
    profile::Profile,
    project::Project,
    uri,
};

const CONFIG: &str = "approval_policy = \"unless-allow-listed\"\n\
    sandbox_permissions = [\"disk-full-read-access\", \"disk-write-cwd\"]";

const FILES: usize = 50;
const HUNKS: usize = 10;
const LINES: usize = 400;
const ROUNDS: usize = 41;

fn main() {
    let what = format!("review: {} pending hunks in {FILES} files of {LINES} lines", FILES * HUNKS);
    println!("{what:<52} {:>12} {:>10}", "median", "at most");
    for open in [FILES, 1] {
        let bench = Bench::new(open);
        println!("  {open} open, all published after {}", milliseconds(bench.published));
        row("  a line above, to the moved diagnostics", || bench.typed(true), "10.0 ms");
        row("  a letter below, to the code actions after it", || bench.typed(false), "10.0 ms");
        row("  code actions at a hunk", || bench.code_actions(0, 20), "10.0 ms");
        row("  code actions of a whole file", || bench.code_actions(0, LINES), "10.0 ms");
        row("  code lenses of a file", || bench.lenses(), "10.0 ms");
        row("  a hunk rejected, to its diagnostic gone", || bench.decided(), "10.0 ms");
        let all = bench.rest();
        println!("  the rest rejected, to the last diagnostic gone: {}", milliseconds(all));
        bench.client.finish();
    }
}

fn row(what: &str, mut measure: impl FnMut() -> Duration, bar: &str) {
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| measure()).collect();
    times.sort_unstable();
    let (median, slowest) = (times[ROUNDS / 2], times[ROUNDS - 1]);
    println!(
        "{what:<52} {:>12} {bar:>10}   slowest {}",
        milliseconds(median),
        milliseconds(slowest)
    );
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

struct Bench {
    project: Project,
    client: Client,
    /// From the last question to the last diagnostics.
    published: Duration,
    _model: Model,
}

fn line(number: usize) -> String {
    format!("{number:>8} the quick brown fox jumps over the lazy dog again\n")
}

fn name(file: usize) -> String {
    format!("src/file{file:02}.txt")
}

impl Bench {
    fn new(open: usize) -> Self {
        let text: String = (0..LINES).map(line).collect();
        let mut patch = "*** Begin Patch\n".to_owned();
        for file in 0..FILES {
            let _ = writeln!(patch, "*** Update File: {}", name(file));
            for hunk in 0..HUNKS {
                let at = hunk * (LINES / HUNKS) + LINES / HUNKS / 2;
                let (before, old, after) = (line(at - 1), line(at), line(at + 1));
                let _ = write!(patch, "@@\n {before}-{old}+changed {file} {hunk}\n {after}");
            }
        }
        patch.push_str("*** End Patch\n");
        let call = Turn::new().call("c", "apply_patch", &json!({"input": patch}));
        let model = Model::start([call, Turn::say("done")]);
        let names: Vec<String> = (0..FILES).map(name).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), &*text)).collect();
        let project = Project::new(&files);
        let project = project.configured(&model.base_url(), Wire::Chat, CONFIG, "");
        let client = Client::ready(&project, Profile::vscode(), Value::Null);
        for name in names.iter().take(open) {
            client.open(&project.path(name));
        }
        let ask = json!({"command": "tiro.ask", "arguments": ["go"]});
        let asked = client.call("workspace/executeCommand", ask);
        assert!(asked.is_ok(), "{asked:?}");
        let started = Instant::now();
        let shown = |message: &&Message| message.is_from_server("textDocument/publishDiagnostics");
        client.wait("all diagnostics", |log| {
            (log.iter().filter(shown).count() == FILES).then_some(())
        });
        let published = started.elapsed();
        client.next_request("window/showMessageRequest");
        Self { project, client, published, _model: model }
    }

    fn path(&self, file: usize) -> PathBuf {
        self.project.path(&name(file))
    }

    /// A person types at the beginning of the first file, or at its end.
    fn typed(&self, moves: bool) -> Duration {
        let path = self.path(0);
        let started = Instant::now();
        if moves {
            self.client.edit(|editor| editor.type_at(&path, 0..0, "typed\n"));
            self.next_of(&path);
        } else {
            let end = self.client.editor().text(&path).len();
            self.client.edit(|editor| editor.type_at(&path, end..end, "x"));
            self.code_actions(0, 20);
        }
        started.elapsed()
    }

    fn code_actions(&self, file: usize, line: usize) -> Duration {
        let at = json!({"line": line, "character": 0});
        let params = json!({
            "textDocument": document(&self.path(file)),
            "range": {"start": {"line": if line == LINES { 0 } else { line }, "character": 0}, "end": at},
            "context": {"diagnostics": []},
        });
        let started = Instant::now();
        let actions = self.client.call("textDocument/codeAction", params).unwrap_or_default();
        let took = started.elapsed();
        assert!(actions.as_array().is_some_and(|all| all.len() > 4), "{actions}");
        took
    }

    fn lenses(&self) -> Duration {
        let params = json!({"textDocument": document(&self.path(0))});
        let started = Instant::now();
        let lenses = self.client.call("textDocument/codeLens", params).unwrap_or_default();
        let took = started.elapsed();
        assert!(lenses.as_array().is_some_and(|all| !all.is_empty()), "{lenses}");
        took
    }

    /// The last hunk that is marked is rejected, file by file from the last.
    fn decided(&self) -> Duration {
        let last = self.client.all("textDocument/publishDiagnostics");
        let (path, code) = (0..FILES)
            .rev()
            .find_map(|file| {
                let path = self.path(file);
                let of = |params: &&Value| path_of(params).as_ref() == Some(&path);
                let shown = last.iter().rev().find(of)?;
                let mark = shown["diagnostics"].as_array()?.last()?;
                Some((path, mark["code"].as_str()?.to_owned()))
            })
            .expect("some are left");
        let params = json!({"command": "tiro.reject", "arguments": [code]});
        let seen = self.client.all("textDocument/publishDiagnostics").len();
        let started = Instant::now();
        self.client.request("workspace/executeCommand", params);
        self.client.wait("it to be gone", |log| {
            let shown =
                log.iter().filter(|it| it.is_from_server("textDocument/publishDiagnostics"));
            shown
                .skip(seen)
                .any(|it| path_of(&it.value["params"]).as_ref() == Some(&path))
                .then_some(())
        });
        started.elapsed()
    }

    /// All that is left.
    fn rest(&self) -> Duration {
        let params = json!({"command": "tiro.rejectAll", "arguments": []});
        let started = Instant::now();
        let answer = self.client.call("workspace/executeCommand", params);
        assert!(answer.is_ok(), "{answer:?}");
        let path = self.path(0);
        self.client.wait("the last diagnostic to go", |log| {
            let mut shown =
                log.iter().filter(|it| it.is_from_server("textDocument/publishDiagnostics"));
            let last = shown.rfind(|it| path_of(&it.value["params"]).as_ref() == Some(&path))?;
            last.value["params"]["diagnostics"].as_array()?.is_empty().then_some(())
        });
        started.elapsed()
    }

    /// Waits for the next diagnostics of a file.
    fn next_of(&self, path: &PathBuf) {
        let of = |params: &Value| path_of(params).as_ref() == Some(path);
        self.client.next_where("textDocument/publishDiagnostics", of);
    }
}

fn path_of(params: &Value) -> Option<PathBuf> {
    params["uri"].as_str().and_then(uri::to_path)
}
