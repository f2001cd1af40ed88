//! The demo's editor: documents in memory, edited by `workspace/applyEdit` and
//! saved when the server asks for it. Counts columns in UTF-16, as every client can.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use serde_json::Value;

use super::project;

/// One open document.
#[derive(Debug, Clone)]
pub(super) struct Document {
    /// Where it is saved.
    path: PathBuf,
    /// Goes up by one with every edit.
    pub(super) version: i64,
    /// What the person sees.
    pub(super) text: String,
    saved: bool,
}

/// The open documents, by URI.
#[derive(Debug, Default)]
pub(super) struct Editor {
    documents: BTreeMap<String, Document>,
}

impl Editor {
    /// Opens a file and gives its URI and document.
    pub(super) fn open(&mut self, path: &Path) -> anyhow::Result<(String, Document)> {
        let text = project::read(path)?;
        let document = Document { path: path.to_path_buf(), version: 1, text, saved: true };
        let uri = file_uri(path);
        self.documents.insert(uri.clone(), document.clone());
        Ok((uri, document))
    }

    /// Applies a `WorkspaceEdit` and gives the open documents that changed, with
    /// their URIs. Files that are not open are changed on disk.
    pub(super) fn apply(&mut self, edit: &Value) -> anyhow::Result<Vec<(String, Document)>> {
        let changes = edit["documentChanges"].as_array();
        let changes = changes.context("the edit has no documentChanges, which were announced")?;
        let mut changed = Vec::new();
        for change in changes {
            if !change["kind"].is_null() {
                bail!("file operations were not announced, yet the edit has {}", change["kind"]);
            }
            let uri =
                change["textDocument"]["uri"].as_str().context("an edit names no document")?;
            let edits = change["edits"].as_array().context("an edit has no list of changes")?;
            let Some(document) = self.documents.get_mut(uri) else {
                let path = file_path(uri)?;
                project::write(&path, &edited(&project::read(&path)?, edits)?)?;
                continue;
            };
            if let Some(version) = change["textDocument"]["version"].as_i64()
                && version != document.version
            {
                bail!("the edit is for version {version}, but {uri} is at {}", document.version);
            }
            document.text = edited(&document.text, edits)?;
            document.version += 1;
            document.saved = false;
            changed.push((uri.to_owned(), document.clone()));
        }
        Ok(changed)
    }

    /// Saves every document that has changes and gives the URIs.
    pub(super) fn save_all(&mut self) -> anyhow::Result<Vec<String>> {
        let mut saved = Vec::new();
        for (uri, document) in self.documents.iter_mut().filter(|(_, document)| !document.saved) {
            project::write(&document.path, &document.text)?;
            document.saved = true;
            saved.push(uri.clone());
        }
        Ok(saved)
    }
}

/// The `file:` URI of an absolute path.
pub(super) fn file_uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

fn file_path(uri: &str) -> anyhow::Result<PathBuf> {
    let encoded = uri.strip_prefix("file://").with_context(|| format!("{uri} is not a file"))?;
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| encoded_byte(after)).flatten();
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    Ok(PathBuf::from(String::from_utf8(bytes).with_context(|| format!("{uri} is not UTF-8"))?))
}

fn encoded_byte(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits.get(..2)?).ok()?, 16).ok()
}

/// The text after a list of `TextEdit`s, all of which speak of the text before.
fn edited(text: &str, edits: &[Value]) -> anyhow::Result<String> {
    let mut spans = Vec::with_capacity(edits.len());
    for edit in edits {
        let new_text = edit["newText"].as_str().context("an edit has no newText")?;
        let start = offset(text, &edit["range"]["start"])?;
        let end = offset(text, &edit["range"]["end"])?;
        spans.push((start, end, new_text));
    }
    spans.sort_by_key(|&(start, end, _)| (start, end));
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end, new_text) in spans {
        if start < done || end < start {
            bail!("the edits of a document overlap");
        }
        result.push_str(&text[done..start]);
        result.push_str(new_text);
        done = end;
    }
    result.push_str(&text[done..]);
    Ok(result)
}

/// The byte offset of a position; one past the end of its line is the line's end.
fn offset(text: &str, position: &Value) -> anyhow::Result<usize> {
    let line = position["line"].as_u64().context("a position has no line")?;
    let character = position["character"].as_u64().context("a position has no character")?;
    let mut start = 0;
    for _ in 0..line {
        match text[start..].find('\n') {
            Some(length) => start += length + 1,
            None => return Ok(text.len()),
        }
    }
    let (mut at, mut units) = (start, 0);
    for letter in text[start..].chars() {
        if units >= character || letter == '\n' {
            break;
        }
        units += letter.len_utf16() as u64;
        at += letter.len_utf8();
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edit(from: (u32, u32), to: (u32, u32), new_text: &str) -> Value {
        json!({
            "range": {
                "start": { "line": from.0, "character": from.1 },
                "end": { "line": to.0, "character": to.1 },
            },
            "newText": new_text,
        })
    }

    #[test]
    fn edits_speak_of_the_text_before_and_count_in_utf16() {
        let edits = [edit((2, 0), (2, 0), "end\n"), edit((0, 2), (1, 1), "X")];
        assert_eq!(edited("𝒳ab\nfg\n", &edits).expect("they fit"), "𝒳Xg\nend\n");
    }

    #[test]
    fn overlapping_edits_are_refused() {
        let edits = [edit((0, 0), (0, 2), "x"), edit((0, 1), (0, 3), "y")];
        assert!(edited("abcd", &edits).is_err());
    }

    #[test]
    fn a_uri_leads_back_to_its_path() {
        let path = Path::new("/tmp/a b/ü%41.rs");
        assert_eq!(file_uri(path), "file:///tmp/a%20b/%C3%BC%2541.rs");
        assert_eq!(file_path(&file_uri(path)).expect("a file"), path);
    }

    #[test]
    fn an_edit_of_another_version_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.rs");
        project::write(&path, "one\n").expect("it is written");
        let mut editor = Editor::default();
        let (uri, _) = editor.open(&path).expect("it opens");
        let edit_at = |version: i64| {
            json!({ "documentChanges": [{
                "textDocument": { "uri": uri, "version": version },
                "edits": [edit((0, 0), (1, 0), "two\n")],
            }] })
        };
        assert!(editor.apply(&edit_at(7)).is_err());
        assert_eq!(editor.apply(&edit_at(1)).expect("it fits")[0].1.text, "two\n");
        assert_eq!(project::read(&path).expect("it is there"), "one\n");
        assert_eq!(editor.save_all().expect("it saves"), [uri]);
        assert_eq!(project::read(&path).expect("it is there"), "two\n");
    }
}
