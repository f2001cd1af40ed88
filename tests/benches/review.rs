//! Review in a plain client with many pending hunks, through the release binary:
//! from what the client sends to what it is sent, both as its log has them, so
//! that what the client itself takes does not count. Prints a table and never
//! fails.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::{
    cell::Cell,
    fmt::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, Message, document},
    model::{Gate, Model, Turn, Wire},
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
const STARTS: usize = 5;

const DIAGNOSTICS: &str = "textDocument/publishDiagnostics";

fn main() {
    let what = format!("review: {} pending hunks in {FILES} files of {LINES} lines", FILES * HUNKS);
    println!("{what:<58} {:>10} {:>10}", "median", "slowest");
    for open in [FILES, 1] {
        println!("  {open} of the files open");
        let benches: Vec<Bench> = (0..STARTS).map(|_| Bench::new(open)).collect();
        row("  proposed: the first diagnostics to the last", each(&benches, |it| it.published));
        row(
            "  the end of the patch to that, with fitting the patch",
            each(&benches, |it| it.proposed),
        );
        let bench = &benches[0];
        row("  a line typed above, to the moved diagnostics", rounds(|_| bench.typed_above()));
        let in_hunk = [true, false].repeat(ROUNDS / 2).into_iter().map(|it| bench.typed_in(it));
        row("  a letter typed in a hunk, to its conflict and back", in_hunk.collect());
        row(
            "  a letter typed below, to code actions asked after it",
            rounds(|_| bench.typed_below()),
        );
        row("  code actions at a hunk", rounds(|_| bench.code_actions(20, 20)));
        row("  code actions of a whole file", rounds(|_| bench.code_actions(0, LINES)));
        row("  code lenses of a file", rounds(|_| bench.lenses()));
        row("  a hunk accepted, to its diagnostic gone", rounds(|_| bench.decided("tiro.accept")));
        row("  a hunk rejected, to its diagnostic gone", rounds(|_| bench.decided("tiro.reject")));
        let files = (0..ROUNDS / 2).map(|_| bench.file_decided()).collect();
        row("  all of a file accepted, to its diagnostics gone", files);
        row("  the rest rejected, to the last diagnostics gone", each(&benches, Bench::rest));
        benches.into_iter().for_each(|bench| bench.client.finish());
    }
}

fn rounds(measure: impl FnMut(usize) -> Duration) -> Vec<Duration> {
    (0..ROUNDS).map(measure).collect()
}

fn each(benches: &[Bench], measure: impl Fn(&Bench) -> Duration) -> Vec<Duration> {
    benches.iter().map(measure).collect()
}

fn row(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{what:<58} {:>10} {:>10}", milliseconds(median), milliseconds(slowest));
}

struct Bench {
    project: Project,
    client: Client,
    /// From the first diagnostics of the proposal to the last.
    published: Duration,
    /// From the last of the patch being let through to the last diagnostics.
    proposed: Duration,
    /// How many hunks were decided by themselves, from the last file on.
    decided: Cell<usize>,
    _model: Model,
}

fn line(number: usize) -> String {
    format!("{number:>8} the quick brown fox jumps over the lazy dog again\n")
}

fn name(file: usize) -> String {
    format!("src/file{file:02}.txt")
}

/// The line that a hunk of a file changes.
fn place(hunk: usize) -> usize {
    hunk * (LINES / HUNKS) + LINES / HUNKS / 2
}

impl Bench {
    fn new(open: usize) -> Self {
        let text: String = (0..LINES).map(line).collect();
        let mut patch = "*** Begin Patch\n".to_owned();
        for file in 0..FILES {
            let _ = writeln!(patch, "*** Update File: {}", name(file));
            for hunk in 0..HUNKS {
                let at = place(hunk);
                let (before, old, after) = (line(at - 1), line(at), line(at + 1));
                let _ = write!(patch, "@@\n {before}-{old}+changed {file} {hunk}\n {after}");
            }
        }
        patch.push_str("*** End Patch\n");
        let gate = Gate::new();
        let call = Turn::new().call("c", "apply_patch", &json!({"input": patch})).wait(&gate);
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
        gate.reached();
        let started = Instant::now();
        gate.open();
        let (first, last) = client.wait("all diagnostics", |log| {
            let shown: Vec<&Message> =
                log.iter().filter(|it| it.is_from_server(DIAGNOSTICS)).collect();
            (shown.len() == FILES).then(|| (shown[0].at, shown[FILES - 1].at))
        });
        client.next_request("window/showMessageRequest");
        let (published, proposed) = (last - first, last.saturating_duration_since(started));
        Self { project, client, published, proposed, decided: Cell::default(), _model: model }
    }

    fn path(&self, file: usize) -> PathBuf {
        self.project.path(&name(file))
    }

    /// From the first message that `act` sends to the first that is `wanted`
    /// after it.
    fn time(&self, act: impl FnOnce(), wanted: impl Fn(&Message) -> bool) -> Duration {
        let seen = self.client.wait("now", |log| Some(log.len()));
        // It may still look at the last answer, and there are few processors.
        drop(self.client.editor());
        act();
        self.client.wait("what is measured", |log| {
            let mut new = log[seen..].iter();
            let sent = new.find(|it| !it.from_server && it.method().is_some())?.at;
            Some(new.find(|it| it.from_server && wanted(it))?.at - sent)
        })
    }

    /// From a request to its answer.
    fn asked(&self, method: &str, params: Value) -> (Duration, Value) {
        let answer = Cell::default();
        let send = || answer.set(self.client.request(method, params));
        let took = self.time(send, |it| it.value["id"] == answer.get() && it.method().is_none());
        let value = self.client.response(answer.get());
        (took, value.unwrap_or_else(|error| panic!("{method}: {error:?}")))
    }

    /// A person types in the first file.
    fn types(&self, bytes: std::ops::Range<usize>, new: &str) {
        self.client.edit(|editor| editor.type_at(&self.path(0), bytes, new));
    }

    fn typed_above(&self) -> Duration {
        self.time(|| self.types(0..0, "typed\n"), |it| shows(it, &self.path(0)))
    }

    /// A letter comes into the line of the first hunk, or goes again.
    fn typed_in(&self, comes: bool) -> Duration {
        let old = line(place(0));
        let at = self.client.editor().text(&self.path(0)).find(&old[..8]).expect("the line") + 8;
        let (end, new) = if comes { (at, "x") } else { (at + 1, "") };
        self.time(|| self.types(at..end, new), |it| shows(it, &self.path(0)))
    }

    fn typed_below(&self) -> Duration {
        let end = self.client.editor().text(&self.path(0)).len();
        let params = self.place(0, 20, 20);
        let answer = Cell::default();
        let act = || {
            self.types(end..end, "x");
            answer.set(self.client.request("textDocument/codeAction", params));
        };
        self.time(act, |it| it.value["id"] == answer.get() && it.method().is_none())
    }

    fn place(&self, file: usize, from: usize, to: usize) -> Value {
        json!({
            "textDocument": document(&self.path(file)),
            "range": {"start": {"line": from, "character": 0}, "end": {"line": to, "character": 0}},
            "context": {"diagnostics": []},
        })
    }

    /// The text has moved down by what was typed above it.
    fn code_actions(&self, from: usize, to: usize) -> Duration {
        let place = self.place(0, from + ROUNDS, to + ROUNDS);
        let (took, actions) = self.asked("textDocument/codeAction", place);
        assert!(actions.as_array().is_some_and(|all| all.len() > 4), "{actions}");
        took
    }

    fn lenses(&self) -> Duration {
        let params = json!({"textDocument": document(&self.path(0))});
        let (took, lenses) = self.asked("textDocument/codeLens", params);
        assert!(lenses.as_array().is_some_and(|all| all.len() == 3 * HUNKS), "{lenses}");
        took
    }

    /// The next hunk is decided, file by file from the last.
    fn decided(&self, command: &str) -> Duration {
        let count = self.decided.replace(self.decided.get() + 1);
        let hunk = format!("h{}", FILES * HUNKS - count);
        let path = self.path(FILES - 1 - count / HUNKS);
        let params = json!({"command": command, "arguments": ["c", hunk]});
        let act = || {
            self.client.request("workspace/executeCommand", params);
        };
        self.time(act, |it| shows(it, &path))
    }

    /// All that waits in the next file that was not touched is accepted.
    fn file_decided(&self) -> Duration {
        let file = FILES - 1 - self.decided.get().div_ceil(HUNKS);
        self.decided.set((FILES - file) * HUNKS);
        let path = self.path(file);
        let arguments = json!([{"path": path}]);
        let act = || {
            let params = json!({"command": "tiro.acceptFile", "arguments": arguments});
            self.client.request("workspace/executeCommand", params);
        };
        self.time(act, |it| shows(it, &path) && it.value["params"]["diagnostics"] == json!([]))
    }

    /// All that is left.
    fn rest(&self) -> Duration {
        let params = json!({"command": "tiro.rejectAll", "arguments": []});
        let act = || {
            self.client.request("workspace/executeCommand", params);
        };
        // They go in the order of the files that are left.
        let last = FILES - 1 - self.decided.get().div_ceil(HUNKS);
        self.time(act, |it| shows(it, &self.path(last)))
    }
}

/// Whether a message has the diagnostics of this file.
fn shows(message: &Message, path: &Path) -> bool {
    let of = || message.value["params"]["uri"].as_str().and_then(uri::to_path);
    message.is_from_server(DIAGNOSTICS) && of().as_deref() == Some(path)
}
