//! A patch that waits for a person in a plain client, and what they do there.

use std::{collections::BTreeMap, ops::Range};

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, Message, RpcError, ServerRequest},
    model::Turn,
    profile::Profile,
    uri,
};

use crate::stage::{ASKING, Stage, particular, patch, say, text_of};

pub(crate) const TEXT: &str = "01\n02\n03\n04\n05\n06\n07\n08\n09\n10\n11\n12\n";

pub(crate) const THREE: &str =
    "*** Update File: a.txt\n@@\n-02\n+two\n@@\n-06\n+six\n@@\n-10\n+ten";

/// The text with all of it.
pub(crate) fn all_three() -> String {
    TEXT.replace("02", "two").replace("06", "six").replace("10", "ten")
}

/// A task whose patches, `c1` and so on, wait for the person; `a.txt` is open.
pub(crate) struct Reviewed {
    pub(crate) stage: Stage,
    pub(crate) client: Client,
    /// The last dialog; it is open.
    pub(crate) question: ServerRequest,
}

impl Reviewed {
    pub(crate) fn new(profile: Profile, files: &[(&str, &str)], bodies: &[&str]) -> Self {
        let stage = stage(files, bodies);
        let client = stage.plain(profile);
        client.open(&stage.project.path("a.txt"));
        let params = json!({"command": "tiro.ask", "arguments": ["go"]});
        if let Err(error) = client.call("workspace/executeCommand", params) {
            client.fail(&format!("tiro.ask was refused: {error:?}"));
        }
        let questions = bodies.iter().map(|_| client.next_request("window/showMessageRequest"));
        let question = questions.last().expect("a patch");
        Self { stage, client, question }
    }

    /// A client that opted in to events.
    pub(crate) fn opted_in(profile: Profile, files: &[(&str, &str)], bodies: &[&str]) -> Self {
        let stage = stage(files, bodies);
        let client = stage.client(profile);
        client.open(&stage.project.path("a.txt"));
        say(&client, "go");
        for _ in bodies {
            client.next("tiro/applyPatchApprovalRequest");
        }
        let question = ServerRequest { id: Value::Null, method: String::new(), params: json!({}) };
        Self { stage, client, question }
    }

    /// Waits until the diagnostics that are shown of a file are such; gives them.
    pub(crate) fn until(&self, name: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        self.until_after(name, 0, wanted)
    }

    /// The same, passing over what was published before, of any file.
    pub(crate) fn until_after(
        &self,
        name: &str,
        before: usize,
        wanted: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        self.client.wait(&format!("diagnostics of {name}"), |log| {
            let shown =
                self.all_of(log, name, before).last()?["diagnostics"].as_array().cloned()?;
            wanted(&shown).then_some(shown)
        })
    }

    /// The version that the diagnostics of a file were shown for last.
    pub(crate) fn version_of(&self, name: &str) -> Value {
        let log = self.client.log();
        let shown = self.all_of(&log, name, 0).last().map(|params| params["version"].clone());
        shown.unwrap_or_default()
    }

    fn all_of<'a>(
        &self,
        log: &'a [Message],
        name: &str,
        before: usize,
    ) -> impl Iterator<Item = &'a Value> {
        let path = self.stage.project.path(name);
        let shown = log.iter().filter(|it| it.is_from_server("textDocument/publishDiagnostics"));
        shown.skip(before).map(|message| &message.value["params"]).filter(move |params| {
            params["uri"].as_str().and_then(uri::to_path).as_ref() == Some(&path)
        })
    }

    /// Code actions with the cursor at the beginning of a line.
    pub(crate) fn actions(&self, name: &str, line: u64) -> Vec<Value> {
        let shown = self.all_of(&self.client.log(), name, 0).last().cloned().unwrap_or_default();
        let shown = shown["diagnostics"].as_array().cloned().unwrap_or_default();
        let here: Vec<Value> = shown
            .into_iter()
            .filter(|it| {
                lines(std::slice::from_ref(it)).iter().any(|at| (at.0..at.1).contains(&line))
            })
            .collect();
        self.actions_in(name, line..line, &here)
    }

    /// Code actions of whole lines, with what the client says it shows there.
    pub(crate) fn actions_in(&self, name: &str, lines: Range<u64>, shown: &[Value]) -> Vec<Value> {
        let at = |line| json!({"line": line, "character": 0});
        let actions = self.client.call(
            "textDocument/codeAction",
            json!({
                "textDocument": {"uri": self.uri(name)},
                "range": {"start": at(lines.start), "end": at(lines.end)},
                "context": {"diagnostics": shown},
            }),
        );
        actions.expect("code actions").as_array().cloned().expect("a list")
    }

    /// Picks a code action at a line.
    pub(crate) fn act(&self, name: &str, line: u64, title: &str) {
        let actions = self.actions(name, line);
        match actions.iter().find(|action| action["title"] == title) {
            Some(action) => self.run(action),
            None => self.client.fail(&format!("{title:?} is not among {:?}", titles(&actions))),
        }
    }

    /// Runs what a code action names.
    pub(crate) fn run(&self, action: &Value) {
        let command = if action["command"].is_object() { &action["command"] } else { action };
        let name = command["command"].as_str().expect("a command");
        if let Err(error) = self.command(name, command["arguments"].clone()) {
            self.client.fail(&format!("{name} was refused: {error:?}"));
        }
    }

    pub(crate) fn command(&self, name: &str, arguments: Value) -> Result<Value, RpcError> {
        let params = json!({"command": name, "arguments": arguments});
        self.client.call("workspace/executeCommand", params)
    }

    /// The lenses of a file, a line a place.
    pub(crate) fn lenses(&self, name: &str) -> String {
        let mut lines: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for lens in self.all_lenses(name) {
            let line = lens["range"]["start"]["line"].as_u64().expect("a line");
            let title = lens["command"]["title"].as_str().expect("a title").to_owned();
            lines.entry(line).or_default().push(title);
        }
        lines.iter().map(|(line, titles)| format!("{line}: {}\n", titles.join(" | "))).collect()
    }

    /// The command of a lens.
    pub(crate) fn lens(&self, name: &str, line: u64, title: &str) -> Value {
        let lenses = self.all_lenses(name);
        let wanted = |lens: &&Value| {
            lens["range"]["start"]["line"] == line && lens["command"]["title"] == title
        };
        lenses.iter().find(wanted).expect("the lens")["command"].clone()
    }

    fn all_lenses(&self, name: &str) -> Vec<Value> {
        let params = json!({"textDocument": {"uri": self.uri(name)}});
        let lenses = self.client.call("textDocument/codeLens", params).expect("lenses");
        lenses.as_array().cloned().expect("a list")
    }

    fn uri(&self, name: &str) -> String {
        self.client.editor().uri_of(&self.stage.project.path(name))
    }

    /// Types over a piece of `a.txt`.
    pub(crate) fn types(&self, old: &str, new: &str) {
        let path = self.stage.project.path("a.txt");
        self.client.edit(|editor| editor.type_over(&path, old, new));
    }

    pub(crate) fn text(&self, name: &str) -> String {
        text_of(&self.stage, &self.client, name)
    }

    /// What the model was told of a call; waits until it is.
    pub(crate) fn told(&self, call_id: &str) -> String {
        self.stage.model.request(2).tool_output(call_id)
    }

    /// Answers the dialog, which may be about nothing any more.
    pub(crate) fn answer_late(&self, action: usize) {
        let action = self.question.params["actions"][action].clone();
        self.client.answer(&self.question, action);
    }

    /// Ends, and checks that no error was shown.
    pub(crate) fn finish(self) {
        let shown = self.client.all("window/showMessage");
        if let Some(error) = shown.iter().find(|params| params["type"] == 1) {
            self.client.fail(&format!("an error was shown: {error}"));
        }
        self.client.finish();
    }
}

fn stage(files: &[(&str, &str)], bodies: &[&str]) -> Stage {
    let turn = bodies.iter().enumerate().fold(Turn::new(), |turn, (at, body)| {
        turn.call(&format!("c{}", at + 1), "apply_patch", &patch(body))
    });
    Stage::new(ASKING, files, [turn, Turn::say("done")])
}

/// The 0-based lines of diagnostics: the first, and the one after the last.
pub(crate) fn lines(marks: &[Value]) -> Vec<(u64, u64)> {
    let line = |at: &Value| at["line"].as_u64().expect("a line");
    marks.iter().map(|it| (line(&it["range"]["start"]), line(&it["range"]["end"]))).collect()
}

pub(crate) fn titles(actions: &[Value]) -> Vec<&str> {
    particular(actions.iter().filter_map(|action| action["title"].as_str()))
}
