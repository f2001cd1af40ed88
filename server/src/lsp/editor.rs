//! The workspace as the editor has it: open buffers over the disk. This file
//! keeps track of the buffers; `delivery` brings edits to them.

mod delivery;
mod expect;
mod saving;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use futures::future::BoxFuture;
use lsp_types::{
    MessageType, ShowMessageParams, TextDocumentContentChangeEvent, TextDocumentItem, Uri,
    VersionedTextDocumentIdentifier, WorkspaceFoldersChangeEvent, notification::ShowMessage,
};
use tokio::sync::watch;

use super::{
    capabilities::{ClientProfile, EditProfile},
    convert,
    front::lock,
    outbox::Outbox,
    prompt::visible,
};
use crate::{
    documents::{DocumentChange, Documents, OpenDocument, PositionEncoding},
    edits::EditPlan,
    workspace::{Applied, ApplyError, FileText, Journal, ReadError, Saved, Workspace, disk},
};
use expect::Expectations;

/// The files of the project as one editor has them. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct EditorWorkspace {
    outbox: Outbox,
    edits: EditProfile,
    encoding: PositionEncoding,
    state: Arc<Mutex<State>>,
    /// One plan at a time: two would not fit each other's documents.
    applying: Arc<tokio::sync::Mutex<()>>,
    /// Counts what the editor tells of its documents.
    changes: Arc<watch::Sender<u64>>,
    /// Told when a document was saved or closed.
    saves: Arc<tokio::sync::Notify>,
    journal: Journal,
}

#[derive(Debug)]
struct State {
    documents: Documents,
    /// The path of each open document, by the URI in the client's spelling:
    /// links are resolved once.
    paths: HashMap<String, PathBuf>,
    /// Open documents with a change that could not be taken: their texts here
    /// are not those of the editor any more.
    lost: HashSet<PathBuf>,
    roots: Vec<PathBuf>,
    expectations: Expectations,
}

impl State {
    fn path(&self, uri: &Uri) -> Option<PathBuf> {
        self.paths.get(self.spelling(uri)?.as_str()).cloned()
    }

    /// The URI under which the document was opened: some clients spell it
    /// otherwise the next time.
    fn spelling(&self, uri: &Uri) -> Option<String> {
        if self.paths.contains_key(uri.as_str()) {
            return Some(uri.as_str().to_owned());
        }
        let named = convert::path_from_uri(uri)?;
        let same = |name: &&String| {
            name.parse().is_ok_and(|name| convert::path_from_uri(&name).as_ref() == Some(&named))
        };
        self.paths.keys().find(same).cloned()
    }

    /// Compares a document that changed with what is waited for; whether it is
    /// that.
    fn compare(&mut self, path: &Path) -> bool {
        let Self { documents, expectations, .. } = self;
        expectations.concern(path) && expectations.seen(path, |text| documents.is(path, text))
    }
}

impl EditorWorkspace {
    /// `journal` is where plans are noted while they are carried out.
    pub(crate) fn new(profile: &ClientProfile, outbox: Outbox, journal: Journal) -> Self {
        let roots: Vec<PathBuf> =
            profile.roots.iter().filter_map(|root| root.canonicalize().ok()).collect();
        Self {
            outbox,
            edits: profile.edits,
            encoding: profile.encoding,
            state: Arc::new(Mutex::new(State {
                documents: Documents::new(profile.encoding),
                paths: HashMap::new(),
                lost: HashSet::new(),
                roots,
                expectations: Expectations::default(),
            })),
            applying: Arc::default(),
            changes: Arc::new(watch::channel(0).0),
            saves: Arc::default(),
            journal,
        }
    }

    /// The editor opened a document. One that is no local file does not count.
    pub(crate) fn opened(&self, document: TextDocumentItem) {
        let Some(path) = convert::path_from_uri(&document.uri) else { return };
        let path = convert::canonical(&path);
        // Most documents are opened as they are on disk.
        let saved = disk::read_text(&path).is_ok_and(|on_disk| *on_disk == *document.text);
        let mut state = lock(&self.state);
        // Under another name, through a link, it may be open already: changes
        // of that buffer are not changes of this one.
        state.paths.retain(|_, other| *other != path);
        state.lost.remove(&path);
        state.paths.insert(document.uri.as_str().to_owned(), path.clone());
        state.documents.open(OpenDocument {
            path: path.clone(),
            uri: document.uri.as_str().to_owned(),
            version: document.version,
            language_id: document.language_id,
            text: document.text.into(),
            saved,
        });
        state.compare(&path);
        self.count_change();
    }

    /// The editor changed a document. Whether that is an edit of ours, and no more.
    pub(crate) fn changed(
        &self,
        document: &VersionedTextDocumentIdentifier,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> bool {
        let changes: Vec<DocumentChange> = changes
            .into_iter()
            .map(|change| DocumentChange {
                range: change.range.map(convert::range),
                text: change.text,
            })
            .collect();
        let mut state = lock(&self.state);
        let Some(path) = state.path(&document.uri) else { return false };
        let mut ours = false;
        match state.documents.change(&path, document.version, &changes) {
            Ok(()) => {
                if changes.iter().any(|change| change.range.is_none()) {
                    state.lost.remove(&path);
                }
                ours = state.compare(&path);
            }
            Err(error) => {
                tracing::warn!("a change was not taken: {error}");
                state.lost.insert(path);
            }
        }
        self.count_change();
        ours
    }

    /// A change of the document with this URI was not taken in, or of one that
    /// is not known: then none can be relied on.
    pub(crate) fn lose(&self, uri: Option<&str>) {
        let state = &mut *lock(&self.state);
        let of = |(name, path): (&String, &PathBuf)| {
            uri.is_none_or(|uri| uri == name).then(|| path.clone())
        };
        state.lost.extend(state.paths.iter().filter_map(of));
    }

    fn is_lost(&self, path: &Path) -> bool {
        lock(&self.state).lost.contains(path)
    }

    /// The editor saved a document.
    pub(crate) fn saved(&self, uri: &Uri, text: Option<&str>) {
        let mut state = lock(&self.state);
        if let Some(path) = state.path(uri) {
            state.documents.save(&path, text);
            self.saves.notify_waiters();
        }
    }

    /// The editor closed a document.
    pub(crate) fn closed(&self, uri: &Uri) {
        let mut state = lock(&self.state);
        let spelling = state.spelling(uri);
        if let Some(path) = spelling.and_then(|uri| state.paths.remove(&uri)) {
            state.documents.close(&path);
            state.lost.remove(&path);
            self.saves.notify_waiters();
        }
        self.count_change();
    }

    fn count_change(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// The URI of an open document in the client's spelling, else one of ours.
    pub(crate) fn uri_of(&self, path: &Path) -> Option<Uri> {
        match self.document(path) {
            Some(document) => document.uri.parse().ok(),
            None => convert::uri_from_path(path),
        }
    }

    /// The person added folders or took some away.
    pub(crate) fn change_roots(&self, event: &WorkspaceFoldersChangeEvent) {
        let paths = |folders: &[lsp_types::WorkspaceFolder]| -> Vec<PathBuf> {
            let paths = folders.iter().filter_map(|folder| convert::path_from_uri(&folder.uri));
            paths.map(|path| convert::canonical(&path)).collect()
        };
        let removed = paths(&event.removed);
        let mut state = lock(&self.state);
        state.roots.retain(|root| !removed.contains(root));
        for root in paths(&event.added) {
            if root.is_dir() && !state.roots.contains(&root) {
                state.roots.push(root);
            }
        }
    }

    /// The open document with this URI, in any spelling.
    pub(crate) fn open_document(&self, uri: &Uri) -> Option<OpenDocument> {
        let state = lock(&self.state);
        state.documents.get(&state.path(uri)?)
    }

    /// Whether the text of an open document is not known here any more.
    pub(crate) fn is_out_of_step(&self, path: &Path) -> bool {
        self.is_lost(path)
    }

    /// The open document of this path.
    pub(crate) fn document(&self, path: &Path) -> Option<OpenDocument> {
        lock(&self.state).documents.get(path)
    }

    /// Every open document.
    pub(crate) fn open_documents(&self) -> Vec<OpenDocument> {
        lock(&self.state).documents.iter().cloned().collect()
    }

    /// Looks at the text of an open document (path, version, text) where it is,
    /// without a copy. Short: every handler waits for it.
    pub(crate) fn look_at<T>(
        &self,
        uri: &Uri,
        look: impl FnOnce(&Path, i32, &str) -> T,
    ) -> Option<T> {
        let state = lock(&self.state);
        let path = state.path(uri)?;
        let (version, text) = state.documents.text(&path)?;
        Some(look(&path, version, text))
    }
}

impl Workspace for EditorWorkspace {
    fn roots(&self) -> Vec<PathBuf> {
        lock(&self.state).roots.clone()
    }

    fn encoding(&self) -> PositionEncoding {
        self.encoding
    }

    fn read(&self, path: &Path) -> Result<FileText, ReadError> {
        match self.document(path).or_else(|| self.document(&convert::canonical(path))) {
            Some(document) if self.is_lost(&document.path) => {
                Err(ReadError::OutOfStep(document.path))
            }
            Some(document) => Ok(FileText {
                text: document.text,
                version: Some(document.version),
                unsaved: !document.saved,
            }),
            None => Ok(FileText { text: disk::read_text(path)?, version: None, unsaved: false }),
        }
    }

    fn unsaved(&self) -> Vec<PathBuf> {
        let state = lock(&self.state);
        let unsaved = state.documents.iter().filter(|document| !document.saved);
        unsaved.map(|document| document.path.clone()).collect()
    }

    fn changed(&self) -> Option<watch::Receiver<u64>> {
        Some(self.changes.subscribe())
    }

    fn apply(
        &self,
        plan: EditPlan,
        label: String,
    ) -> BoxFuture<'_, Result<Vec<Applied>, ApplyError>> {
        Box::pin(delivery::apply(self.clone(), plan, label))
    }

    fn left_over(&self) -> Vec<String> {
        let left_over = self.journal.left_over(&self.roots());
        // Every client shows it: the person has to look at those files.
        for message in &left_over {
            self.outbox.notify::<ShowMessage>(ShowMessageParams {
                typ: MessageType::WARNING,
                message: format!("Tiro: {}", visible(message)),
            });
        }
        left_over
    }

    fn save_for_command<'a>(&'a self, command: &'a [String], ask: bool) -> BoxFuture<'a, Saved> {
        Box::pin(saving::save_for_command(self, command, ask))
    }
}
