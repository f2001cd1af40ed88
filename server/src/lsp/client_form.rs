//! How one client takes edits, for whoever has no connection to it: the property
//! tests hold the edits that are really sent against clients in memory.

use lsp_types::InitializeParams;
use serde::Deserialize;
use serde_json::Value;

use super::{
    capabilities::ClientProfile,
    workspace_edit::{Step, workspace_edit},
};
use crate::{documents::PositionEncoding, edits::TextEdit};

/// What a client declared of edits.
#[derive(Debug)]
pub struct ClientForm {
    profile: ClientProfile,
}

impl ClientForm {
    /// From the params of `initialize`.
    ///
    /// # Errors
    /// When they are none.
    pub fn new(initialize: &Value) -> serde_json::Result<Self> {
        let params = InitializeParams::deserialize(initialize)?;
        Ok(Self { profile: ClientProfile::new(&params) })
    }

    /// How columns are counted with it.
    #[must_use]
    pub fn encoding(&self) -> PositionEncoding {
        self.profile.encoding
    }

    /// The `WorkspaceEdit` that it is sent for the edits of one open document;
    /// none where it takes no edits or `uri` is none.
    #[must_use]
    pub fn edit(&self, uri: &str, version: i32, edits: Vec<TextEdit>) -> Option<Value> {
        if !self.profile.edits.apply {
            return None;
        }
        let step = Step::Edit { uri: uri.parse().ok()?, version: Some(version), edits };
        serde_json::to_value(workspace_edit(vec![step], self.profile.edits)).ok()
    }
}
