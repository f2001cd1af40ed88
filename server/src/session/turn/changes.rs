//! What a task has changed: for each file the text before the task and the
//! text now.

use std::{collections::BTreeMap, path::PathBuf};

use super::input::Text;
use crate::patch::{FileVersions, unified_diff};

/// First and last text of every file that a task touched.
#[derive(Debug, Default)]
pub(super) struct Changes {
    files: BTreeMap<PathBuf, (Text, Text)>,
}

impl Changes {
    /// Adds what one patch did; says whether that was anything.
    pub(super) fn add(&mut self, texts: Vec<(PathBuf, Text, Text)>) -> bool {
        let any = !texts.is_empty();
        for (path, before, after) in texts {
            self.files
                .entry(path)
                .and_modify(|(_, last)| last.clone_from(&after))
                .or_insert((before, after));
        }
        any
    }

    /// One diff over all files that differ, with paths below the first root.
    pub(super) fn diff(&self, roots: &[PathBuf]) -> String {
        let root = roots.first().cloned().unwrap_or_default();
        let files: Vec<FileVersions<'_>> = self
            .files
            .iter()
            .map(|(path, (before, after))| FileVersions {
                path,
                before: before.as_deref(),
                after: after.as_deref(),
            })
            .collect();
        unified_diff(&root, &files)
    }
}
