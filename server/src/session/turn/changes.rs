//! What a task has changed: for each file what it was before the task and what
//! it is now, whether by a patch or by a command.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use tiro_protocol::EventMsg;

use crate::checkpoints::{Noted, Touched, Version, diff};

/// Bytes of the texts that a diff is made of; what is beyond is left out.
const SHOWN: usize = 16 * 1024 * 1024;
/// Names that are listed where more are left out.
const NAMED: usize = 10;

/// First and last version of every file that a task touched.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    files: BTreeMap<PathBuf, (Version, Version)>,
    /// What a person was told is not in the diff.
    left_out: BTreeSet<PathBuf>,
}

impl Changes {
    /// Takes in what one step did. Gives what a person should see: the notes,
    /// and the diff of the whole task when anything changed.
    pub(crate) fn take_in(&mut self, changed: Noted, roots: &[PathBuf]) -> Vec<EventMsg> {
        let note = |message| EventMsg::BackgroundEvent { message };
        let mut events: Vec<EventMsg> = changed.notes.into_iter().map(note).collect();
        if changed.files.is_empty() {
            return events;
        }
        for Touched { path, before, after } in changed.files {
            self.files
                .entry(path)
                .and_modify(|(_, last)| last.clone_from(&after))
                .or_insert((before, after));
        }
        let (unified_diff, left_out) = self.diff(roots);
        events.extend(left_out.map(note));
        events.push(EventMsg::TurnDiff { unified_diff });
        events
    }

    /// One diff over all files that differ, with paths below the first root; and
    /// what to say of those that are left out, once.
    fn diff(&mut self, roots: &[PathBuf]) -> (String, Option<String>) {
        let root = roots.first().cloned().unwrap_or_default();
        let mut room = SHOWN;
        let fits = |version: &Version, room: &mut usize| {
            let size = match version {
                Version::Text { text, .. } => text.len(),
                Version::Absent | Version::Link { .. } | Version::Opaque => 0,
            };
            let fits = size <= *room;
            *room = room.saturating_sub(size);
            if fits { version.clone() } else { Version::Opaque }
        };
        let shown: Vec<_> = self
            .files
            .iter()
            .filter(|(_, (before, after))| before != after || *before == Version::Opaque)
            .map(|(path, (before, after))| (path, fits(before, &mut room), fits(after, &mut room)))
            .collect();
        let diff = diff(&root, shown.iter().map(|(path, one, two)| (path.as_path(), one, two)));
        let new: Vec<PathBuf> =
            diff.left_out.into_iter().filter(|path| self.left_out.insert(path.clone())).collect();
        let message = (!new.is_empty()).then(|| {
            let named = new.iter().take(NAMED).map(|path| path.display().to_string());
            let more = match new.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!(
                "changed, but not text that a diff can show: {}{more}",
                named.collect::<Vec<_>>().join(", ")
            )
        });
        (diff.unified, message)
    }
}
