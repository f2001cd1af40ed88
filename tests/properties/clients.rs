//! Clients of every profile end with the text of the reference, and so does the
//! server that hears of it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use proptest::{prelude::*, test_runner::TestCaseError};
use serde_json::{Value, json};
use tiro::{
    documents::{DocumentChange, Documents, OpenDocument, Position, PositionEncoding, Range},
    edits::{self, FileEdit, TextEdit},
    lsp::ClientForm,
    patch::{Change, FileUpdate},
};
use tiro_tests::{
    editor::{Editor, text},
    profile::Profile,
};

use crate::texts;

const ENCODINGS: [&str; 3] = ["utf-8", "utf-16", "utf-32"];

/// Checks that many cases, each with every client that takes edits.
pub(crate) fn run(cases: u32) {
    let clients: Vec<Client> = Profile::all()
        .into_iter()
        .filter(|profile| profile.declares("/workspace/applyEdit"))
        .flat_map(|profile| ENCODINGS.map(|encoding| Client::new(profile.clone(), encoding)))
        .collect();
    let edits = prop::collection::vec(texts::replacement(), 1..6);
    let strategy = (texts::base(), edits, 0..ENCODINGS.len());
    texts::check(cases, &strategy, |(base, edits, turn)| {
        let result = texts::replaced(&base, &edits);
        // One encoding a client and case: all three have their turn.
        for (index, chunk) in clients.chunks(ENCODINGS.len()).enumerate() {
            chunk[(index + turn) % ENCODINGS.len()].check(&base, &result)?;
        }
        Ok(())
    });
}

/// The one document of a client in memory.
pub(crate) fn path() -> PathBuf {
    PathBuf::from("/w/a.txt")
}

/// A client and what the server knows of it.
pub(crate) struct Client {
    profile: Profile,
    form: ClientForm,
    encoding: &'static str,
}

impl Client {
    pub(crate) fn new(profile: Profile, encoding: &'static str) -> Self {
        let profile = profile.declaring("general/positionEncodings", json!([encoding]));
        let initialize =
            Editor::new(profile.clone(), Path::new("/w")).initialize_params(Value::Null);
        let form = ClientForm::new(&initialize).unwrap();
        Self { profile, form, encoding }
    }

    /// An editor and a server that both have the document open.
    pub(crate) fn open(&self, text: &str) -> (Editor, Documents) {
        let mut editor = Editor::new(self.profile.clone(), Path::new("/w"));
        let sync = json!({"change": 2});
        editor.initialized(&json!({"capabilities":
            {"positionEncoding": self.encoding, "textDocumentSync": sync}}));
        editor.open_with(&path(), text.to_owned());
        let mut documents = Documents::new(self.form.encoding());
        for (_, params) in editor.take_outbox() {
            let document = &params["textDocument"];
            documents.open(OpenDocument {
                path: path(),
                uri: document["uri"].as_str().unwrap().to_owned(),
                version: 1,
                language_id: String::new(),
                text: Arc::from(document["text"].as_str().unwrap()),
                saved: true,
            });
        }
        (editor, documents)
    }

    /// The params of the request that brings the open document to `result`.
    pub(crate) fn request(&self, document: &OpenDocument, result: &str) -> Value {
        let edits = plan(document, result, self.form.encoding());
        let edit = self.form.edit(&document.uri, document.version, edits).unwrap();
        json!({"label": "a label", "edit": edit})
    }

    fn check(&self, base: &str, result: &str) -> Result<(), TestCaseError> {
        let (base, result) = self.as_opened(base, result);
        let (mut editor, mut documents) = self.open(&base);
        let params = self.request(&documents.get(&path()).unwrap(), &result);
        let answer = editor.answer("workspace/applyEdit", &params);
        prop_assert_eq!(editor.violations(), &[] as &[String]);
        prop_assert_eq!(answer.unwrap().unwrap()["applied"].clone(), true);
        prop_assert_eq!(editor.text(&path()), &result, "{} {}", self.profile.name, self.encoding);
        for (_, params) in editor.take_outbox() {
            take_in(&mut documents, &params);
        }
        prop_assert_eq!(&*documents.get(&path()).unwrap().text, &result);
        Ok(())
    }

    /// A client that normalises line endings has one kind in a document.
    fn as_opened(&self, base: &str, result: &str) -> (String, String) {
        if !self.profile.quirks.normalises_line_endings {
            return (base.to_owned(), result.to_owned());
        }
        let ending = text::line_ending(base);
        let uniform =
            |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', ending);
        (uniform(base), uniform(result))
    }
}

/// The server hears a `textDocument/didChange`.
pub(crate) fn take_in(documents: &mut Documents, params: &Value) {
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    let place = |value: &Value| Position {
        line: number(&value["line"]),
        character: number(&value["character"]),
    };
    let changes: Vec<DocumentChange> = params["contentChanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let range = change
                .get("range")
                .map(|range| Range { start: place(&range["start"]), end: place(&range["end"]) });
            DocumentChange { range, text: change["text"].as_str().unwrap().to_owned() }
        })
        .collect();
    let version = i32::try_from(params["textDocument"]["version"].as_i64().unwrap()).unwrap();
    documents.change(&path(), version, &changes).unwrap();
}

fn plan(document: &OpenDocument, result: &str, encoding: PositionEncoding) -> Vec<TextEdit> {
    let change =
        Change::Update { base: document.text.clone(), result: result.to_owned(), move_path: None };
    let update = FileUpdate { path: document.path.clone(), change };
    let plan = edits::plan(&[update], &|_| Some(document.version), encoding).unwrap();
    match plan.files() {
        [FileEdit::Update { edits, .. }] => edits.clone(),
        [] => Vec::new(),
        other => panic!("{other:?}"),
    }
}
