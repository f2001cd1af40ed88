//! A person who does something in a client, and what is told of it: one step after
//! the other, each with what it brings.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, Message, ServerRequest, document},
    model::Turn,
    profile::Profile,
    uri,
};

use super::words::{self, Told};
use crate::{
    plain_ask::is,
    stage::{Stage, text_of},
};

/// A play in one client.
pub(super) struct Play {
    pub(super) stage: Stage,
    pub(super) client: Client,
    /// Whether progress is told; where nothing waits it may be over too soon.
    pub(super) progress: bool,
    out: String,
    /// How much of the log is told.
    told: usize,
    /// The marks of each file, as they were told last.
    marks: BTreeMap<String, String>,
}

impl Play {
    pub(super) fn new(
        profile: &Profile,
        config: &str,
        files: &[(&str, &str)],
        script: impl IntoIterator<Item = Turn>,
    ) -> Self {
        let stage = Stage::new(config, files, script);
        let client = stage.plain(profile.clone());
        // The session is there; what its start says is the same everywhere.
        client.next_where("window/logMessage", |params| {
            params["message"].as_str().is_some_and(|text| text.contains("uses the model"))
        });
        let told = client.log().len();
        let (out, marks) = (String::new(), BTreeMap::new());
        Self { stage, client, progress: false, out, told, marks }
    }

    /// The person does something; what it brings is told when `act` returns.
    pub(super) fn step<R>(&mut self, what: &str, act: impl FnOnce(&Self) -> R) -> R {
        self.out.push_str(&format!("\nThe person {what}.\n"));
        let result = act(self);
        self.tell();
        result
    }

    fn tell(&mut self) {
        let log = self.client.log();
        let told = Told { project: &self.stage.project, log: &log, from: self.told };
        self.out.push_str(&words::of_step(&told, self.progress, &mut self.marks));
        self.told = log.len();
    }

    /// Adds a text under a line of its own.
    pub(super) fn note(&mut self, what: &str, text: &str) {
        let text = words::text(&self.stage.project, text);
        self.out.push_str(&format!("\n{what}:\n{}", words::indented(&text)));
    }

    /// Adds the text of a file as the person has it, and gives it.
    pub(super) fn shows_text(&mut self, file: &str) -> String {
        let text = text_of(&self.stage, &self.client, file);
        self.note(&format!("{file} at the end"), &text);
        text
    }

    /// Ends; checks that the client had nothing to object to.
    pub(super) fn end(self) -> String {
        self.client.finish();
        self.stage.model.finish();
        self.out
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.stage.project.path(file)
    }

    pub(super) fn able(&self, pointer: &str) -> bool {
        let editor = self.client.editor();
        let declared = editor.profile().capability(pointer);
        declared == true || declared.is_object()
    }

    pub(super) fn takes_edits(&self) -> bool {
        self.able("/workspace/applyEdit")
    }

    pub(super) fn answers(&self) -> bool {
        self.client.editor().profile().quirks.answers_questions
    }

    // --- what a person does ---

    /// Runs a command of the server.
    pub(super) fn run(&self, command: &str, arguments: Value) {
        let params = json!({"command": command, "arguments": arguments});
        if let Err(error) = self.client.call("workspace/executeCommand", params) {
            self.client.fail(&format!("{command} was refused: {error:?}"));
        }
    }

    /// The code actions of lines, counted from 0, under what is shown there.
    pub(super) fn actions(&self, path: &Path, lines: [usize; 2], shown: &Value) -> Vec<Value> {
        let at = |line| json!({"line": line, "character": 0});
        let params = json!({
            "textDocument": {"uri": self.client.editor().uri_of(path)},
            "range": {"start": at(lines[0]), "end": at(lines[1])},
            "context": {"diagnostics": shown},
        });
        match self.client.call("textDocument/codeAction", params) {
            Ok(Value::Array(actions)) => actions,
            other => self.client.fail(&format!("code actions: {other:?}")),
        }
    }

    /// Does what a code action names.
    pub(super) fn choose(&self, actions: &[Value], title: &str) {
        let Some(action) = actions.iter().find(|action| action["title"] == title) else {
            self.client.fail(&format!("{title:?} is not among {actions:#?}"));
        };
        let command = if action["command"].is_object() { &action["command"] } else { action };
        self.run(command["command"].as_str().unwrap(), command["arguments"].clone());
    }

    /// Asks for the code actions of a line and does one of them.
    pub(super) fn act(&mut self, file: &str, line: usize, title: &str) {
        let path = self.path(file);
        let shown = self.last_marks(file);
        let shown: Vec<Value> =
            shown.into_iter().filter(|mark| mark["range"]["start"]["line"] == line).collect();
        let what = format!("asks for the code actions in line {} of {file}", line + 1);
        let actions = self.step(&what, |play| play.actions(&path, [line, line], &json!(shown)));
        self.out.push_str(&format!("\nThe person chooses \u{201c}{title}\u{201d}.\n"));
        self.choose(&actions, title);
    }

    /// As [`Self::act`], and waits for what it brings.
    pub(super) fn acts(&mut self, file: &str, line: usize, title: &str, wait: impl FnOnce(&Self)) {
        self.act(file, line, title);
        wait(self);
        self.tell();
    }

    /// Decides about a question: in the dialog where the client has one, else by
    /// the code action with the same words.
    pub(super) fn decides(
        &mut self,
        question: &ServerRequest,
        (button, action): (&str, &str),
        file: &str,
        wait: impl FnOnce(&Self),
    ) {
        if self.answers() {
            self.step(&format!("answers the question with \u{201c}{button}\u{201d}"), |play| {
                play.client.answer(question, json!({"title": button}));
                wait(play);
            });
        } else {
            self.acts(file, 0, action, wait);
        }
    }

    /// The chat that the server opened, or named where the client opens none.
    pub(super) fn chat(&self) -> PathBuf {
        let log = self.client.log();
        let found = log.iter().rev().find_map(|message| {
            let params = &message.value["params"];
            if is(message, "window/showDocument") {
                return params["uri"].as_str().and_then(uri::to_path);
            }
            let said = params["message"].as_str().filter(|_| is(message, "window/showMessage"))?;
            let file = said.split_whitespace().find(|word| word.ends_with(".tiro.md"))?;
            Some(self.path(file))
        });
        found.unwrap_or_else(|| self.client.fail("no chat was named"))
    }

    // --- what is waited for ---

    pub(super) fn question(&self) -> ServerRequest {
        self.client.next_request("window/showMessageRequest")
    }

    /// Waits until the person was shown something with this in it since the last
    /// step: as a message or in a document.
    pub(super) fn shown(&self, part: &str) -> String {
        let from = self.told;
        self.client.wait(&format!("{part:?} to be shown"), |log| {
            log[from..]
                .iter()
                .find_map(|message| words::shown(message).filter(|it| it.contains(part)))
        })
    }

    /// Waits until the person was shown a text since the last step, and gives it;
    /// a document of the server's own is asked for, as its client does.
    pub(super) fn viewed(&self) -> String {
        let from = self.told;
        let shown = self.client.wait("something to be shown", |log| {
            let mut new = log[from..].iter();
            new.find(|it| is(it, "window/showMessage") || is(it, "window/showDocument")).cloned()
        });
        let address = &shown.value["params"]["uri"];
        if !address.as_str().is_some_and(|address| address.starts_with("tiro:")) {
            return words::shown(&shown).unwrap_or_default();
        }
        let content = self.client.call("workspace/textDocumentContent", json!({"uri": address}));
        match content {
            Ok(content) => content["text"].as_str().unwrap_or_default().to_owned(),
            Err(error) => self.client.fail(&format!("no content: {error:?}")),
        }
    }

    /// Waits until the text of a file is so.
    pub(super) fn until_text(&self, path: &Path, holds: impl Fn(&str) -> bool) -> String {
        loop {
            let seen = self.client.log().len();
            let text = self.client.editor().text(path).to_owned();
            if holds(&text) {
                return text;
            }
            self.client.wait("another text", |log| (log.len() > seen).then_some(()));
        }
    }

    /// Waits until a file has so many marks.
    pub(super) fn until_marks(&self, file: &str, count: usize) {
        self.until_marked(file, |marks| marks.len() == count);
    }

    pub(super) fn until_marked(&self, file: &str, holds: impl Fn(&[Value]) -> bool) {
        let path = self.path(file);
        self.client
            .wait(&format!("the marks of {file}"), |log| holds(&marks(log, &path)?).then_some(()));
    }

    fn last_marks(&self, file: &str) -> Vec<Value> {
        marks(&self.client.log(), &self.path(file)).unwrap_or_default()
    }

    /// Waits for the beginning or the end of a progress; gives its token. At once
    /// where the client shows none.
    pub(super) fn progress(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        if !self.able("/window/workDoneProgress") {
            return Value::Null;
        }
        self.client.wait("a progress", |log| {
            let mut all = log.iter().filter(|it| is(it, "$/progress"));
            all.find(|it| wanted(&it.value["params"])).map(|it| it.value["params"]["token"].clone())
        })
    }

    /// The lenses of a document, where the client shows some.
    pub(super) fn lenses(&self, path: &Path) {
        if self.able("/textDocument/codeLens") {
            let params = json!({"textDocument": document(path)});
            self.client.call("textDocument/codeLens", params).unwrap();
        }
    }
}

/// The marks of a file that were published last.
fn marks(log: &[Message], path: &Path) -> Option<Vec<Value>> {
    let all = log.iter().filter(|it| it.is_from_server("textDocument/publishDiagnostics"));
    let mut of_path = all
        .map(|it| &it.value["params"])
        .filter(|params| params["uri"].as_str().and_then(uri::to_path).as_deref() == Some(path));
    of_path.next_back()?["diagnostics"].as_array().cloned()
}
