//! What a client declares and how it behaves, as data: one file a client in
//! `tests/profiles/`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One client.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// As it names itself in `clientInfo`; empty where it sends none.
    pub name: String,
    /// Where each value is from: project, file and version or documentation, by a
    /// path of keys such as `workspace/workspaceEdit`, which covers what is below
    /// it. A path that is not declared says why.
    pub sources: BTreeMap<String, String>,
    /// The `capabilities` of `initialize`, as JSON.
    pub capabilities: Value,
    /// How it behaves where clients differ.
    #[serde(default)]
    pub quirks: Quirks,
}

/// Where clients differ in what they do, not in what they declare.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Quirks {
    /// Converts the line endings of new text to those of the document.
    pub normalises_line_endings: bool,
    /// What becomes of an edit that names another version than the document has.
    pub stale_version: StaleVersion,
    /// What an edit of a file does that is not open.
    pub closed_files: ClosedFiles,
    /// `create` over an existing path empties it, whatever the options say.
    pub create_truncates: bool,
    /// `didChange` goes out before the answer to `workspace/applyEdit`.
    pub change_before_answer: bool,
    /// Sends the whole text although the server takes pieces.
    pub sends_full_text: bool,
    /// Edits with an annotation that needs confirmation wait for a person.
    pub previews_annotations: bool,
    /// Says `applied: true` and does nothing.
    pub lies: bool,
    /// Shows questions of the server, so that a person can answer them.
    pub answers_questions: bool,
    /// Characters of a path that are percent-encoded besides the usual ones.
    pub percent_encodes: String,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            normalises_line_endings: false,
            stale_version: StaleVersion::default(),
            closed_files: ClosedFiles::default(),
            create_truncates: false,
            change_before_answer: true,
            sends_full_text: false,
            previews_annotations: false,
            lies: false,
            answers_questions: true,
            percent_encodes: String::new(),
        }
    }
}

/// What a client says to an edit for another version than it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StaleVersion {
    /// `applied: false` and no more.
    #[default]
    Refused,
    /// `applied: false` and why.
    RefusedWithReason,
    /// Skips the document and says `applied: true`.
    SkippedAsApplied,
    /// A JSON-RPC error.
    Error,
    /// Never looks at the version, and carries the edit out.
    Ignored,
}

/// What a client does with an edit of a file that is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClosedFiles {
    /// Opens it, edits the buffer and leaves it unsaved.
    #[default]
    Opened,
    /// Writes the disk.
    Written,
}

macro_rules! profiles {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        impl Profile {
            $($(#[$doc])*
            #[must_use]
            pub fn $name() -> Self {
                Self::parse(include_str!(concat!("../profiles/", $file, ".json")))
            })*

            /// Every profile, with the name of its file.
            #[must_use]
            pub fn named(file: &str) -> Option<Self> {
                FILES.iter().find(|(name, _)| *name == file).map(|(_, text)| Self::parse(text))
            }

            /// Every profile.
            #[must_use]
            pub fn all() -> Vec<Self> {
                vec![$(Self::$name()),*]
            }
        }

        const FILES: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../profiles/", $file, ".json")))),*];
    };
}

profiles! {
    /// Visual Studio Code.
    vscode = "vscode";
    /// Neovim 0.11.
    neovim = "neovim";
    /// Helix.
    helix = "helix";
    /// Emacs 30 with its eglot.
    eglot = "eglot";
    /// Emacs 28 with the eglot of Debian 12, which declares far less.
    eglot_1_9 = "eglot-1.9";
    /// Emacs with lsp-mode.
    lsp_mode = "lsp-mode";
    /// kakoune-lsp.
    kakoune = "kakoune";
    /// Sublime Text with LSP.
    sublime = "sublime";
    /// Vim with coc.nvim.
    vim_coc = "vim-coc";
    /// Vim with ALE.
    vim_ale = "vim-ale";
    /// Vim with vim-lsp.
    vim_lsp = "vim-lsp";
    /// Zed.
    zed = "zed";
    /// A client that declares nothing.
    bare = "bare";
}

impl Profile {
    fn parse(text: &str) -> Self {
        serde_json::from_str(text).expect("profiles are part of the harness and well-formed")
    }

    /// The capability at a JSON pointer; null when it is not declared.
    #[must_use]
    pub fn capability(&self, pointer: &str) -> &Value {
        self.capabilities.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Whether a boolean capability is declared.
    #[must_use]
    pub fn declares(&self, pointer: &str) -> bool {
        self.capability(pointer) == true
    }

    /// The same client with other behaviour.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Quirks)) -> Self {
        change(&mut self.quirks);
        self
    }

    /// The same client declaring `value` at a path of keys such as
    /// `general/positionEncodings`; null takes a declaration away.
    #[must_use]
    pub fn declaring(mut self, keys: &str, value: Value) -> Self {
        let mut place = &mut self.capabilities;
        for key in keys.split('/') {
            place = &mut place[key];
        }
        *place = value;
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{FILES, Profile};

    #[test]
    fn every_profile_is_well_formed() {
        assert_eq!(Profile::all().len(), 13);
        assert!(Profile::vscode().declares("/workspace/workspaceEdit/documentChanges"));
        assert!(Profile::bare().capability("/workspace").is_null());
    }

    /// The paths of all values that are no objects, and of empty objects.
    fn leaves(path: &str, value: &Value, found: &mut Vec<String>) {
        match value.as_object().filter(|fields| !fields.is_empty()) {
            Some(fields) => {
                for (key, value) in fields {
                    leaves(&format!("{path}/{key}"), value, found);
                }
            }
            None => found.push(path.to_owned()),
        }
    }

    #[test]
    fn every_value_has_a_source() {
        for profile in Profile::all() {
            let name = format!("{} {}", profile.name, profile.sources.len());
            let mut values = Vec::new();
            leaves("", &profile.capabilities, &mut values);
            values.retain(|path| !path.is_empty());
            for path in &values {
                let covered = profile.sources.keys().any(|source| {
                    let rest = path[1..].strip_prefix(source.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                assert!(covered, "{name}: nothing says where {path} is from");
            }
            for (path, source) in &profile.sources {
                assert!(source.len() > 20, "{name}: {path} needs a project and a file");
            }
        }
    }

    /// The quirks that a file gives, each with a source of its own or for all.
    #[test]
    fn every_quirk_has_a_source() {
        for (file, text) in FILES {
            let whole: Value = serde_json::from_str(text).expect("JSON");
            let sources = &whole["sources"];
            for quirk in whole["quirks"].as_object().into_iter().flat_map(|quirks| quirks.keys()) {
                let own = &sources[format!("quirks/{quirk}")];
                assert!(
                    own.is_string() || sources["quirks"].is_string(),
                    "{file}: nothing says where {quirk} is from"
                );
            }
        }
    }
}
