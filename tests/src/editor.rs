//! An editor in memory: open documents with versions, answers to what a server
//! asks, and a list of everything a strict client would object to.
//!
//! It behaves as its [`Profile`] says. What it has to tell the server collects in
//! an outbox that the [`crate::client`] sends.
#![expect(clippy::disallowed_methods, reason = "an editor reads and saves files")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, mem,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{editor::text::Encoding, profile::Profile, uri};

mod answers;
mod apply;
mod diagnostics;
pub mod text;
mod undo;

/// An open document.
#[derive(Debug, Clone)]
pub struct Document {
    /// In the editor's own spelling.
    pub uri: String,
    /// Counts up with every change.
    pub version: i64,
    /// What the person sees.
    pub text: String,
    /// Whether the disk has something else.
    pub unsaved: bool,
}

/// The editor.
#[derive(Debug)]
pub struct Editor {
    profile: Profile,
    folders: Vec<PathBuf>,
    encoding: Encoding,
    incremental: bool,
    opted_in: bool,
    /// The `initializationOptions`.
    options: Value,
    documents: BTreeMap<PathBuf, Document>,
    /// The texts before each change, by path.
    undo: BTreeMap<PathBuf, Vec<String>>,
    outbox: Vec<(String, Value)>,
    progress: BTreeSet<String>,
    violations: Vec<String>,
    context: Value,
    diagnostics: Value,
}

impl Editor {
    /// An editor without documents, on the workspace folder `root`.
    #[must_use]
    pub fn new(profile: Profile, root: &Path) -> Self {
        Self {
            profile,
            folders: vec![root.to_path_buf()],
            encoding: Encoding::Utf16,
            incremental: false,
            opted_in: false,
            options: Value::Null,
            documents: BTreeMap::new(),
            undo: BTreeMap::new(),
            outbox: Vec::new(),
            progress: BTreeSet::new(),
            violations: Vec::new(),
            context: Value::Null,
            diagnostics: json!([]),
        }
    }

    /// How it behaves.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The params of `initialize`.
    pub fn initialize_params(&mut self, options: Value) -> Value {
        self.opted_in = options.pointer("/tiro/events") == Some(&Value::Bool(true));
        self.options = options.clone();
        let folders = self.workspace_folders();
        let mut params = json!({
            "processId": std::process::id(),
            "rootUri": folders[0]["uri"],
            "workspaceFolders": folders,
            "capabilities": self.profile.capabilities,
            "initializationOptions": options,
        });
        if !self.profile.name.is_empty() {
            params["clientInfo"] = json!({"name": self.profile.name});
        }
        params
    }

    /// Takes what the server chose from its answer to `initialize`.
    pub fn initialized(&mut self, result: &Value) {
        let chosen = &result["capabilities"]["positionEncoding"];
        let offered = self.profile.capability("/general/positionEncodings").as_array();
        let is_offered = offered.is_some_and(|offered| offered.contains(chosen));
        if !(chosen.is_null() || chosen == "utf-16" || is_offered) {
            self.violation(format!("the server chose {chosen}, which was not offered"));
        }
        self.encoding = Encoding::named(chosen);
        let sync = &result["capabilities"]["textDocumentSync"];
        let kind = if sync.is_object() { &sync["change"] } else { sync };
        self.incremental = kind == 2 && !self.profile.quirks.sends_full_text;
    }

    /// Everything that a strict client objects to, so far.
    #[must_use]
    pub fn violations(&self) -> &[String] {
        &self.violations
    }

    /// Notes an objection.
    pub fn violation(&mut self, what: String) {
        self.violations.push(what);
    }

    /// What is to be sent, as method and params.
    pub fn take_outbox(&mut self) -> Vec<(String, Value)> {
        mem::take(&mut self.outbox)
    }

    /// The URI of a path, in this editor's spelling.
    #[must_use]
    pub fn uri_of(&self, path: &Path) -> String {
        uri::from_path(path, &self.profile.quirks.percent_encodes)
    }

    /// An open document.
    #[must_use]
    pub fn document(&self, path: &Path) -> Option<&Document> {
        self.documents.get(path)
    }

    /// The text of an open document.
    ///
    /// # Panics
    /// When it is not open.
    #[must_use]
    pub fn text(&self, path: &Path) -> &str {
        match self.documents.get(path) {
            Some(document) => &document.text,
            None => panic!("{} is not open in the editor", path.display()),
        }
    }

    /// Opens a file with the text that the disk has.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn open(&mut self, path: &Path) {
        let text = fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("cannot open {}: {error}", path.display()));
        self.open_with(path, text);
    }

    /// Opens a document with a text that the disk need not have.
    pub fn open_with(&mut self, path: &Path, text: String) {
        let uri = self.uri_of(path);
        let extension = path.extension().and_then(|end| end.to_str()).unwrap_or("plaintext");
        let language = if extension == "rs" { "rust" } else { extension };
        self.outbox.push((
            "textDocument/didOpen".to_owned(),
            json!({"textDocument":
                {"uri": uri, "languageId": language, "version": 1, "text": text}}),
        ));
        let document = Document { uri, version: 1, text, unsaved: false };
        self.documents.insert(path.to_path_buf(), document);
    }

    /// Types `new` in the place of the one occurrence of `old`, without saving.
    ///
    /// # Panics
    /// When the document is not open or has no, or more than one, such place.
    pub fn type_over(&mut self, path: &Path, old: &str, new: &str) {
        let text = self.text(path);
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {text:?}");
        let start = text.find(old).expect("it was counted");
        self.change(path, &[(start, start + old.len(), new.to_owned())]);
    }

    /// Types `new` in the place of some bytes, without saving.
    ///
    /// # Panics
    /// When the document is not open or a byte is not the first of a character.
    pub fn type_at(&mut self, path: &Path, bytes: std::ops::Range<usize>, new: &str) {
        self.change(path, &[(bytes.start, bytes.end, new.to_owned())]);
    }

    /// Replaces byte ranges, which are in order and refer to the present text.
    fn change(&mut self, path: &Path, edits: &[(usize, usize, String)]) {
        let (encoding, incremental) = (self.encoding, self.incremental);
        let document = self.documents.get_mut(path).expect("the caller knows that it is open");
        self.undo.entry(path.to_path_buf()).or_default().push(document.text.clone());
        let mut pieces = Vec::new();
        // From the end, so that the ranges before stay right.
        for (start, end, new) in edits.iter().rev() {
            let range = json!({
                "start": text::position(&document.text, *start, encoding),
                "end": text::position(&document.text, *end, encoding),
            });
            document.text.replace_range(*start..*end, new);
            pieces.push(json!({"range": range, "text": new}));
        }
        if !incremental {
            pieces = vec![json!({"text": document.text})];
        }
        document.version += 1;
        document.unsaved = true;
        self.outbox.push((
            "textDocument/didChange".to_owned(),
            json!({
                "textDocument": {"uri": document.uri, "version": document.version},
                "contentChanges": pieces,
            }),
        ));
    }

    /// Saves an open document.
    ///
    /// # Panics
    /// When it is not open or the disk cannot be written.
    pub fn save(&mut self, path: &Path) {
        let document = self.documents.get_mut(path).expect("only an open document is saved");
        fs::write(path, &document.text).expect("a document can be saved");
        document.unsaved = false;
        let uri = json!({"uri": document.uri});
        self.outbox.push(("textDocument/didSave".to_owned(), json!({"textDocument": uri})));
    }

    /// Closes a document; unsaved text is lost.
    pub fn close(&mut self, path: &Path) {
        self.undo.remove(path);
        if let Some(document) = self.documents.remove(path) {
            let uri = json!({"uri": document.uri});
            self.outbox.push(("textDocument/didClose".to_owned(), json!({"textDocument": uri})));
        }
    }

    /// Adds a workspace folder, to be told of at `initialize`.
    pub fn add_folder(&mut self, path: &Path) {
        self.folders.push(path.to_path_buf());
    }

    fn workspace_folders(&self) -> Value {
        let folders = self.folders.iter();
        folders.map(|path| json!({"uri": self.uri_of(path), "name": "folder"})).collect()
    }

    /// What `tiro/context` and `tiro/diagnostics` are answered with.
    pub fn knows(&mut self, context: Value, diagnostics: Value) {
        (self.context, self.diagnostics) = (context, diagnostics);
    }

    /// Looks at a notification of the server.
    pub fn on_notification(&mut self, method: &str, params: &Value) {
        if method.starts_with("tiro/") && !self.opted_in {
            self.violation(format!("{method} was sent to a client that did not opt in"));
        }
        if method == "textDocument/publishDiagnostics" {
            self.check_diagnostics(params);
        }
        if method == "$/progress" {
            let token = params["token"].to_string();
            if !self.progress.contains(&token) {
                self.violation(format!("progress for the token {token}, which nobody made"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
