//! What the tasks did to one file, one after the other, and how that is undone.

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    super::{
        digest::Digest,
        merge::merge,
        record::{Record, State},
        store::Store,
    },
    load,
};
use crate::workspace::disk::raw::Raw;

/// Before and after, oldest first. Between two links somebody else changed it.
pub(super) type Chain = Vec<(State, State)>;

/// What comes of undoing.
pub(super) struct Undone {
    pub(super) value: Raw,
    /// Whether changes of others are in it.
    pub(super) merged: bool,
}

/// The chain of every path that the records change.
pub(super) fn chains(records: &[Record]) -> BTreeMap<PathBuf, Chain> {
    let mut chains: BTreeMap<PathBuf, Chain> = BTreeMap::new();
    for record in records {
        for step in &record.steps {
            let Some(path) = record.path(step) else { continue };
            let chain = chains.entry(path).or_default();
            match chain.last_mut() {
                Some((_, after)) if after.is(&step.before) => after.clone_from(&step.after),
                Some(_) | None => chain.push((step.before.clone(), step.after.clone())),
            }
        }
    }
    chains
}

/// Undoes a chain, the last link first. The error is the reason for refusing.
pub(super) fn undo(store: &Store, chain: &Chain, current: &Raw) -> Result<Undone, String> {
    let mut undone = Undone { value: current.clone(), merged: false };
    // Somebody went back already.
    if chain.first().is_some_and(|(target, _)| is(target, current)) {
        return Ok(undone);
    }
    for (before, after) in chain.iter().rev() {
        if is(after, &undone.value) {
            undone.value = load(store, before)?;
        } else {
            undone.value = without(load(store, before)?, load(store, after)?, &undone.value)?;
            undone.merged = true;
        }
    }
    Ok(undone)
}

/// `value` without the change from `before` to `after`.
fn without(before: Raw, after: Raw, value: &Raw) -> Result<Raw, String> {
    match (before, after, value) {
        (before, _, value) if before == *value => Ok(before),
        (
            Raw::File { bytes: before, mode: old },
            Raw::File { bytes: after, mode: new },
            Raw::File { bytes, mode },
        ) => {
            // Who gave it another mode meant that.
            let mode = if *mode == new { old } else { *mode };
            let bytes = if *bytes == after {
                before
            } else if before == after {
                bytes.clone()
            } else {
                merge_bytes(&after, &before, bytes).ok_or(
                    "it was changed since, in the same lines; undo that, or restore the other \
                     files by name",
                )?
            };
            Ok(Raw::File { bytes, mode })
        }
        (_, Raw::Absent, _) => Err("there is a new file of that name".to_owned()),
        (_, _, Raw::Absent) => Err("it was deleted since".to_owned()),
        (Raw::Absent, _, _) => {
            Err("the task made it, and it was changed since; delete it yourself".to_owned())
        }
        _ => Err("it was changed since".to_owned()),
    }
}

fn merge_bytes(base: &[u8], ours: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
    let text = |bytes| std::str::from_utf8(bytes).ok();
    Some(merge(text(base)?, text(ours)?, text(theirs)?)?.into_bytes())
}

fn is(state: &State, value: &Raw) -> bool {
    match (state, value) {
        (State::Absent, Raw::Absent) => true,
        (State::Link { target }, Raw::Link { target: real }) => target.to_path() == *real,
        (State::File { blob, mode, size }, Raw::File { bytes, mode: real }) => {
            mode == real && *size == bytes.len() as u64 && Digest::of(bytes) == *blob
        }
        _ => false,
    }
}
