//! What a client declares and how it behaves, as data: one file a client in
//! `tests/profiles/`.

use serde::Deserialize;
use serde_json::Value;

/// One client.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// As it names itself in `clientInfo`.
    pub name: String,
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

            /// Every profile.
            #[must_use]
            pub fn all() -> Vec<Self> {
                vec![$(Self::$name()),*]
            }
        }
    };
}

profiles! {
    /// Visual Studio Code.
    vscode = "vscode";
    /// Neovim 0.11.
    neovim = "neovim";
    /// Helix.
    helix = "helix";
    /// Emacs with eglot.
    eglot = "eglot";
    /// kakoune-lsp.
    kakoune = "kakoune";
    /// Sublime Text with LSP.
    sublime = "sublime";
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
    use super::Profile;

    #[test]
    fn every_profile_is_well_formed() {
        let names: Vec<_> = Profile::all().into_iter().map(|profile| profile.name).collect();
        assert_eq!(names.len(), 7);
        assert!(Profile::vscode().declares("/workspace/workspaceEdit/documentChanges"));
        assert!(Profile::bare().capability("/workspace").is_null());
    }
}
