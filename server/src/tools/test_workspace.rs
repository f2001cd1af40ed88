//! A workspace for tests: a temporary directory, and texts that only an editor
//! has. Knows one root unless more are added.
#![expect(clippy::disallowed_methods, reason = "sets up the files that the tests look at")]

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::future::BoxFuture;
use tempfile::TempDir;

use crate::{
    documents::PositionEncoding,
    edits::EditPlan,
    workspace::{Applied, ApplyError, FileText, ReadError, Workspace},
};

pub(crate) struct TestWorkspace {
    directory: TempDir,
    pub(crate) roots: Vec<PathBuf>,
    buffers: BTreeMap<PathBuf, Arc<str>>,
}

impl TestWorkspace {
    /// The files and their texts, below the root `project`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().canonicalize().unwrap();
        let mut workspace =
            Self { roots: vec![base.join("project")], directory, buffers: BTreeMap::new() };
        fs::create_dir(&workspace.roots[0]).unwrap();
        for (path, text) in files {
            workspace.write(path, text.as_bytes());
        }
        workspace
    }

    pub(crate) fn write(&mut self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Opens a file with a text that the disk does not have.
    pub(crate) fn open(mut self, path: &str, text: &str) -> Self {
        self.buffers.insert(self.path(path), text.into());
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.roots[0].join(path)
    }

    /// A text with the place of the temporary directory left out.
    pub(crate) fn without_place(&self, text: &str) -> String {
        let place = self.directory.path().canonicalize().unwrap();
        text.replace(&*place.to_string_lossy(), "/tmp")
    }
}

impl Workspace for TestWorkspace {
    fn roots(&self) -> Vec<PathBuf> {
        self.roots.clone()
    }

    fn encoding(&self) -> PositionEncoding {
        PositionEncoding::Utf16
    }

    fn read(&self, path: &Path) -> Result<FileText, ReadError> {
        if let Some(text) = self.buffers.get(path) {
            return Ok(FileText { text: text.clone(), version: Some(1), unsaved: true });
        }
        if path.is_dir() {
            return Err(ReadError::NotAFile(path.into()));
        }
        let bytes = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ReadError::NotFound(path.into()),
            _ => ReadError::Io { path: path.into(), source },
        })?;
        let text = String::from_utf8(bytes).map_err(|_| ReadError::NotUtf8(path.into()))?;
        Ok(FileText { text: text.into(), version: None, unsaved: false })
    }

    fn unsaved(&self) -> Vec<PathBuf> {
        self.buffers.keys().cloned().collect()
    }

    fn apply(&self, _: EditPlan, _: String) -> BoxFuture<'_, Result<Vec<Applied>, ApplyError>> {
        Box::pin(async { Err(ApplyError::Stale(PathBuf::from("a test only reads"))) })
    }
}
