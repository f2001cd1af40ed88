//! A text on its way from what was read to what is written.

use std::{ops::Deref, sync::Arc};

use crate::patch::{
    file::Applied,
    replaced::{self, Replaced},
};

#[derive(Debug, Clone)]
pub(super) enum Text {
    /// As it was read.
    Read(Arc<str>),
    /// Made in one step of one that was read.
    Patched { base: Arc<str>, text: String, replaced: Vec<Replaced> },
    /// Any other.
    Made(String),
}

impl Text {
    /// The text that comes of this one.
    pub(super) fn patched(&self, applied: Applied) -> Self {
        let Applied { text, replaced } = applied;
        match self {
            Self::Read(base) => Self::Patched { base: Arc::clone(base), text, replaced },
            Self::Patched { .. } | Self::Made(_) => Self::Made(text),
        }
    }

    /// Against the text that was there before.
    pub(super) fn since(self, before: &Arc<str>) -> (Arc<str>, Vec<Replaced>) {
        match self {
            Self::Read(text) if Arc::ptr_eq(&text, before) => (text, Vec::new()),
            Self::Patched { base, text, replaced } if Arc::ptr_eq(&base, before) => {
                (text.into(), replaced)
            }
            Self::Read(text) => {
                let replaced = replaced::between(before, &text);
                (text, replaced)
            }
            Self::Patched { text, .. } | Self::Made(text) => {
                let replaced = replaced::between(before, &text);
                (text.into(), replaced)
            }
        }
    }

    pub(super) fn into_string(self) -> String {
        match self {
            Self::Read(text) => text.to_string(),
            Self::Patched { text, .. } | Self::Made(text) => text,
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Read(text) => text,
            Self::Patched { text, .. } | Self::Made(text) => text,
        }
    }
}
