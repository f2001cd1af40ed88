//! The Rust files of the repository, each split into product code and tests.
#![expect(clippy::disallowed_methods, reason = "the files of this repository are what is tested")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::lex;

/// One Rust file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the repository, with `/`.
    pub(crate) file: String,
    /// As it is on disk.
    pub(crate) text: String,
    /// Without comments, the contents of strings, and tests; lines kept.
    pub(crate) product: String,
    /// The tests alone, likewise.
    pub(crate) tests: String,
}

impl Source {
    /// Takes a file apart. A file below a `tests` directory or module is all tests.
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let code = lex::blank(text);
        let all_tests = file.starts_with("tests/")
            || file.contains("/tests/")
            || file.contains("/benches/")
            || file.ends_with("/tests.rs");
        let (product, tests) =
            if all_tests { (lex::empty_like(&code), code) } else { lex::split_tests(&code) };
        Self { file: file.to_owned(), text: text.to_owned(), product, tests }
    }

    /// The modules from the crate's root down, for a file of the server:
    /// `["lsp", "events"]` for `server/src/lsp/events.rs`. Other files have none.
    pub(crate) fn module(&self) -> Option<Vec<&str>> {
        let inner = self.file.strip_prefix("server/src/")?.strip_suffix(".rs")?;
        (!matches!(inner, "main" | "lib")).then(|| inner.split('/').collect())
    }
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("server/ has a parent").to_path_buf()
}

/// The text of a file of the repository.
pub(crate) fn read(file: &str) -> String {
    let path = repository().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Rust file of the three crates.
pub(crate) fn rust_sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for member in ["protocol", "server", "tests"] {
        walk(&repository().join(member), &mut sources);
    }
    sources
}

/// The modules of the server that have a directory, with where it is.
pub(crate) fn modules() -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(repository().join("server/src")).expect("the server has sources") {
        let entry = entry.expect("the directory can be read");
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    names
}

fn walk(directory: &Path, sources: &mut Vec<Source>) {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    for entry in entries {
        let path = entry.expect("the directory can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | "node_modules" | "fixtures") {
                walk(&path, sources);
            }
        } else if name.ends_with(".rs") {
            let relative = path.strip_prefix(repository()).expect("it was found below the root");
            let file = relative.to_string_lossy().replace('\\', "/");
            sources.push(Source::new(&file, &read(&file)));
        }
    }
}
