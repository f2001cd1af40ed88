//! Patches as text, and what comes of them.

mod bad_input;
mod fit;
mod formats;
mod fuzzy;
mod round_trip;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::*;

/// Files by their path below `/w`.
type Files<'a> = &'a [(&'a str, &'a str)];

fn resolve_in(files: Files<'_>, patch: &Patch) -> Result<Vec<FileUpdate>, PatchError> {
    let files: BTreeMap<PathBuf, Arc<str>> =
        files.iter().map(|(path, text)| (Path::new("/w").join(path), Arc::from(*text))).collect();
    let mut read = |path: &Path| files.get(path).cloned().ok_or(ReadFailure::NotFound);
    let mut absolute = |path: &Path| Ok(Path::new("/w").join(path));
    resolve(patch, &mut read, &mut absolute)
}

/// The updates, or the error, as text. Line endings and marks are visible.
fn outcome(files: Files<'_>, patch: &str) -> String {
    let patch = match parse(patch) {
        Ok(patch) => patch,
        Err(error) => return format!("not a patch: {error}\n"),
    };
    let updates = match resolve_in(files, &patch) {
        Ok(updates) => updates,
        Err(error) => return format!("does not fit: {error}\n"),
    };
    let mut out = String::new();
    for FileUpdate { path, change, executable } in updates {
        if let Some(executable) = executable {
            let _ = writeln!(out, "executable: {executable}");
        }
        let (head, text) = match change {
            Change::Add { content } => ("add", content),
            Change::Delete { .. } => ("delete", String::new()),
            Change::Update { result, move_path: None, .. } => ("update", result.to_string()),
            Change::Update { result, move_path: Some(target), .. } => {
                let _ = write!(out, "{} -> ", path.display());
                let _ = writeln!(out, "{}", target.display());
                out.push_str(&visible(&result));
                continue;
            }
        };
        let _ = writeln!(out, "{head} {}", path.display());
        out.push_str(&visible(&text));
    }
    out
}

fn visible(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let shown = line.replace('\u{feff}', "<BOM>").replace('\r', "<CR>");
        let _ = match shown.strip_suffix('\n') {
            Some(line) => writeln!(out, "  {line}"),
            None => writeln!(out, "  {shown}<no newline>"),
        };
    }
    out
}

#[track_caller]
fn check(files: Files<'_>, patch: &str, expected: &expect_test::Expect) {
    expected.assert_eq(&outcome(files, patch));
}

fn envelope(body: &str) -> String {
    format!("*** Begin Patch\n{body}*** End Patch\n")
}
