//! Carries out what was prepared: all of it, or nothing.

use std::{path::PathBuf, sync::Arc};

use super::{Checkpoints, Prepared, RestoreError, Restored};
use crate::workspace::disk::raw::{self, Raw};

/// Names the undo step in an editor.
const LABEL: &str = "Tiro: restore";

pub(super) async fn carry_out(
    checkpoints: Arc<Checkpoints>,
    prepared: Prepared,
) -> Result<Restored, RestoreError> {
    let Prepared { record, plan, raws, modes, mut result } = prepared;
    let roots = checkpoints.workspace.roots();
    // First what an editor has no part in, because it is easily put back.
    let mut failure = None;
    for (done, (path, _, target)) in raws.iter().enumerate() {
        if let Err(error) = raw::put(&roots, path, target) {
            failure = Some((done, format!("cannot write {}: {error}", path.display())));
            break;
        }
    }
    if failure.is_none() && !plan.files().is_empty() {
        let applied = checkpoints.workspace.apply(plan, LABEL.to_owned()).await;
        failure = applied.err().map(|error| (raws.len(), error.to_string()));
    }
    if let Some((done, mut message)) = failure {
        for error in put_back(&roots, &raws[..done]) {
            message = format!("{message}; {error}");
        }
        let recorder = checkpoints.lock();
        if let Some(store) = &recorder.store {
            let _ = store.forget(&record.id);
        }
        return Err(RestoreError::Failed(message));
    }
    for (path, mode) in modes {
        // A text that is only in the editor so far has no mode yet.
        if let Err(error) = raw::set_mode(&roots, &path, mode) {
            result.notes.push(format!("{} keeps its mode: {error}", path.display()));
        }
    }
    Ok(result)
}

fn put_back(roots: &[PathBuf], done: &[(PathBuf, Raw, Raw)]) -> Vec<String> {
    done.iter()
        .rev()
        .filter_map(|(path, before, _)| {
            let error = raw::put(roots, path, before).err()?;
            Some(format!("taking back what was done failed for {}: {error}", path.display()))
        })
        .collect()
}
