//! Code lenses: what stands above a line. They are collected from those who know
//! of something, as code actions are.

use std::sync::Arc;

use lsp_types::{CodeLens, CodeLensParams};

use super::{chat, front::Front, review};
use crate::documents::OpenDocument;

/// What one of those who know of something shows in a document.
type Provider = fn(&Arc<Front>, &OpenDocument) -> Vec<CodeLens>;

/// Those who know of something, in the order in which it is shown.
const PROVIDERS: &[Provider] = &[review::lenses, chat::lenses];

/// The answer to `textDocument/codeLens`. Waits for nothing.
pub(crate) fn shown(front: &Arc<Front>, params: &CodeLensParams) -> Vec<CodeLens> {
    let document =
        front.editor().and_then(|editor| editor.open_document(&params.text_document.uri));
    let Some(document) = document else { return Vec::new() };
    PROVIDERS.iter().flat_map(|provider| provider(front, &document)).collect()
}
