//! What is thrown away of a store: checkpoints that are too old, the oldest
//! while there is too much, and the contents that nothing names any more.

use std::{
    collections::HashSet,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{digest::Digest, record::Record, store::Store};
use crate::config::CheckpointLimits;

/// Since 1970.
pub(super) fn now_in_microseconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    now_in_microseconds() / 1_000
}

/// Cleans a store that nobody else uses.
pub(super) fn prune(store: &Store, limits: &CheckpointLimits) {
    let age = u64::try_from(limits.age.as_millis()).unwrap_or(u64::MAX);
    let oldest = now().saturating_sub(age);
    let (records, _) = store.records();
    let (old, mut young): (Vec<Record>, Vec<Record>) =
        records.into_iter().partition(|record| record.time < oldest);
    for record in &old {
        let _ = store.forget(&record.id);
    }
    let blobs = store.blobs();
    let tree: HashSet<Digest> = store.tree_on_disk().blobs().collect();
    // The newest that fit, with the tree as it is now.
    let mut wanted = tree;
    let mut size: u64 = wanted.iter().filter_map(|digest| blobs.get(digest)).sum();
    let mut full = false;
    while let Some(record) = young.pop() {
        let new: HashSet<Digest> = record
            .blobs()
            .map(|(digest, _)| digest)
            .filter(|digest| !wanted.contains(digest))
            .collect();
        let more: u64 = new.iter().filter_map(|digest| blobs.get(digest)).sum();
        full |= size + more > limits.store_bytes;
        if full {
            let _ = store.forget(&record.id);
        } else {
            size += more;
            wanted.extend(new);
        }
    }
    for digest in blobs.into_keys().filter(|digest| !wanted.contains(digest)) {
        store.drop_blob(digest);
    }
}
