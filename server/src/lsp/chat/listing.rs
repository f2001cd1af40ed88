//! What can be named in a message: the files of the project, and what open
//! documents define. Made in the background, and answered from what is known.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
    time::Duration,
};

use ignore::WalkBuilder;
use regex::Regex;
use tokio::time::Instant;

use super::document::is_chat;
use crate::{
    documents::OpenDocument,
    lsp::front::{Front, lock},
    workspace::Workspace as _,
};

/// How long a list is good enough.
const FRESH: Duration = Duration::from_secs(3);

/// Files that are listed.
const FILES: usize = 20_000;

/// Definitions that are listed.
const DEFINITIONS: usize = 10_000;

/// Bytes of a document that are looked at.
const LOOKED_AT: usize = 2 * 1024 * 1024;

/// What is known.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// As one names them: relative to their root, with `/`.
    pub(super) files: Arc<[String]>,
    pub(super) definitions: Arc<[Definition]>,
    made: Option<Instant>,
    running: bool,
}

/// A line that seems to define something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// 0-based.
    pub(super) line: usize,
    pub(super) text: String,
}

/// Has the list made anew, if it is old.
pub(super) fn refresh(front: &Arc<Front>) {
    let Some(editor) = front.editor().cloned() else { return };
    {
        let listing = &mut lock(&front.chats.0).listing;
        if listing.running || listing.made.is_some_and(|made| made.elapsed() < FRESH) {
            return;
        }
        listing.running = true;
    }
    let front_too = front.clone();
    front.spawn(async move {
        let (roots, documents) = (editor.roots(), editor.open_documents());
        let make = move || (files(&roots, FILES), definitions(&documents));
        let made = tokio::task::spawn_blocking(make).await;
        let listing = &mut lock(&front_too.chats.0).listing;
        listing.running = false;
        listing.made = Some(Instant::now());
        if let Ok((files, definitions)) = made {
            (listing.files, listing.definitions) = (files.into(), definitions.into());
        }
    });
}

/// The files that the project does not ignore, up to so many.
fn files(roots: &[PathBuf], most: usize) -> Vec<String> {
    let mut files = Vec::new();
    for root in roots {
        let mut walk = WalkBuilder::new(root);
        walk.require_git(false).follow_links(false).sort_by_file_name(Ord::cmp);
        let found = walk.build().flatten();
        let found = found.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        let names = found.filter_map(|entry| name(entry.path().strip_prefix(root).ok()?));
        files.extend(names.take(most - files.len()));
    }
    files
}

/// A name that one word can be.
fn name(path: &Path) -> Option<String> {
    let name = path.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
    (!name.contains(char::is_whitespace)).then_some(name)
}

/// What open documents define, as far as the words of many languages tell.
pub(super) fn definitions(documents: &[OpenDocument]) -> Vec<Definition> {
    static DEFINES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"\b(?:fn|func|fun|def|defun|function|class|struct|enum|union|trait|interface|protocol|type|typedef|module|mod|namespace|object|record|const|static|macro_rules!)\s+([A-Za-z_][A-Za-z0-9_]*)",
        )
        .expect("a pattern that a test compiles")
    });
    let of = |document: &OpenDocument| {
        let text = document.text.clone();
        let path = document.path.clone();
        let lines: Vec<Definition> = (text.len() <= LOOKED_AT)
            .then(|| text.lines().enumerate())
            .into_iter()
            .flatten()
            .filter_map(|(line, text)| {
                let name = DEFINES.captures(text)?.get(1)?.as_str().to_owned();
                let text = text.trim().chars().take(200).collect();
                Some(Definition { name, path: path.clone(), line, text })
            })
            .collect();
        lines
    };
    let documents = documents.iter().filter(|document| !is_chat(&document.path));
    documents.flat_map(of).take(DEFINITIONS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_found_by_their_words() {
        let document = |path: &str, text: &str| OpenDocument {
            path: path.into(),
            uri: format!("file://{path}"),
            version: 1,
            language_id: String::new(),
            text: text.into(),
            saved: true,
        };
        let open = [
            document("/w/a.rs", "pub(crate) fn one(x: u8) {\n    let two = 2;\n}\nstruct Three;\n"),
            document("/w/b.py", "class Four:\n    def five(self):\n        return defer\n"),
            document("/w/c.tiro.md", "fn six()"),
        ];
        let found: Vec<(String, usize)> =
            definitions(&open).into_iter().map(|it| (it.name, it.line)).collect();
        let names = [("one", 0), ("Three", 3), ("Four", 0), ("five", 1)];
        assert_eq!(found, names.map(|(name, line)| (name.to_owned(), line)));
    }

    #[tokio::test]
    async fn ignored_files_are_not_listed() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().to_owned();
        tokio::fs::create_dir_all(root.join("src/.tiro")).await.expect("made");
        for name in ["src/a.rs", "out.log", "a b", ".hidden", "src/.tiro/x"] {
            tokio::fs::write(root.join(name), "").await.expect("written");
        }
        tokio::fs::write(root.join(".gitignore"), "*.log\n").await.expect("written");
        assert_eq!(files(std::slice::from_ref(&root), 10), ["src/a.rs"]);
        assert_eq!(files(&[root], 0), [""; 0]);
    }
}
