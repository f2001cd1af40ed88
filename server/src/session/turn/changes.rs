//! What a task has changed: for each file what it was before the task and what
//! it is now, whether by a patch or by a command.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    path::PathBuf,
    sync::Arc,
};

use tiro_protocol::EventMsg;

use crate::{
    checkpoints::{Noted, Shown, Touched, Version, diff},
    patch::Replaced,
};

/// Bytes of the texts that a diff is made of; what is beyond is left out.
const SHOWN: usize = 16 * 1024 * 1024;
/// Names that are listed where more are left out.
const NAMED: usize = 3;

/// First and last version of every file that a task touched.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    files: BTreeMap<PathBuf, Changed>,
    /// What a person was told is not in the diff.
    left_out: BTreeSet<PathBuf>,
}

#[derive(Debug)]
struct Changed {
    first: Version,
    last: Version,
    /// What is different between the two, where one step made the one of the other.
    replaced: Option<Arc<[Replaced]>>,
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
        for Touched { path, before, after, replaced } in changed.files {
            match self.files.entry(path) {
                Entry::Vacant(entry) => {
                    entry.insert(Changed { first: before, last: after, replaced });
                }
                Entry::Occupied(mut entry) => {
                    let changed = entry.get_mut();
                    (changed.last, changed.replaced) = (after, None);
                }
            }
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
            .filter(|(_, Changed { first, last, .. })| first != last || *first == Version::Opaque)
            .map(|(path, changed)| {
                let Changed { first, last, replaced } = changed;
                (path, fits(first, &mut room), fits(last, &mut room), replaced.as_deref())
            })
            .collect();
        let diff = diff(
            &root,
            shown.iter().map(|(path, before, after, replaced)| Shown {
                path,
                before,
                after,
                replaced: *replaced,
            }),
        );
        let new: Vec<PathBuf> =
            diff.left_out.into_iter().filter(|path| self.left_out.insert(path.clone())).collect();
        let message = (!new.is_empty()).then(|| {
            let named = new
                .iter()
                .take(NAMED)
                .map(|path| path.strip_prefix(&root).unwrap_or(path).display().to_string());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{checkpoints::PLAIN_MODE, patch};

    fn step(before: &str, after: &str, known: bool) -> Noted {
        let version = |text: &str| Version::of_text(Some(text.into()), PLAIN_MODE);
        let replaced = known.then(|| patch::between(before, after).into());
        let (path, before, after) = ("/w/a".into(), version(before), version(after));
        let touched = Touched { path, before, after, replaced };
        Noted { files: vec![touched], notes: Vec::new() }
    }

    #[test]
    fn what_is_known_to_be_different_gives_the_diff_that_comparing_gives() {
        let text: String = (0..40).map(|line| format!("line {line}\n")).collect();
        let once = text.replace("line 3\n", "LINE 3\n").replace("line 30\n", "");
        let twice = format!("first\n{}", once.replace("LINE 3\n", "line 3\n"));
        let roots = [PathBuf::from("/w")];
        let (mut knowing, mut comparing) = (Changes::default(), Changes::default());
        for (before, after) in [(&text, &once), (&once, &twice)] {
            let events = knowing.take_in(step(before, after, true), &roots);
            assert_eq!(events, comparing.take_in(step(before, after, false), &roots));
            let [EventMsg::TurnDiff { unified_diff }] = events.as_slice() else { panic!() };
            assert!(unified_diff.contains("-line 30\n"), "{unified_diff}");
        }
        let EventMsg::TurnDiff { unified_diff } =
            &knowing.take_in(step(&twice, &twice, true), &roots)[0]
        else {
            panic!()
        };
        assert!(!unified_diff.contains("LINE 3\n"), "{unified_diff}");
    }
    #[test]
    fn of_files_without_a_diff_a_few_are_named_once_and_the_rest_counted() {
        let step = |names: &[&str]| {
            let touched = |name: &&str| {
                let (path, before, after) =
                    (PathBuf::from("/w").join(name), Version::Absent, Version::Opaque);
                Touched { path, before, after, replaced: None }
            };
            Noted { files: names.iter().map(touched).collect(), notes: Vec::new() }
        };
        let mut changes = Changes::default();
        let said = |events: Vec<EventMsg>| {
            events.into_iter().find_map(|event| match event {
                EventMsg::BackgroundEvent { message } => Some(message),
                _ => None,
            })
        };
        let roots = [PathBuf::from("/w")];
        let first = changes.take_in(step(&["o/a", "o/b", "o/c", "o/d", "o/e"]), &roots);
        assert_eq!(
            said(first).as_deref(),
            Some("changed, but not text that a diff can show: o/a, o/b, o/c and 2 more")
        );
        let again = changes.take_in(step(&["o/a", "o/f"]), &roots);
        assert_eq!(said(again).as_deref(), Some("changed, but not text that a diff can show: o/f"));
    }
}
