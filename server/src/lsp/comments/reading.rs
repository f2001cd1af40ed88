//! Reads the texts that the editor tells of: a short one in the handler, a long
//! one elsewhere, and one that can have no comment for the agent not at all.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use lsp_types::Uri;

use super::{
    board::{How, Mode, Next, Reading},
    find,
    hand_over::take_up,
};
use crate::lsp::{
    chat::is_chat,
    front::{Front, lock},
};

/// Nothing typed for so long: a comment is complete.
const QUIET: Duration = Duration::from_millis(1500);

/// Bytes of a text that a handler reads itself.
const AT_ONCE: usize = 64 << 10;

/// The editor told of a document's text.
pub(crate) fn told(front: &Arc<Front>, uri: &Uri, how: How) {
    if front.knows_tiro() || lock(&front.comments.board).mode == Mode::Off {
        return;
    }
    let Some(editor) = front.editor() else { return };
    // A text that can have none is not even copied.
    let looked = editor.look_at(uri, |path, version, text| {
        // What looks like a comment in a chat is talk.
        let may = find::may_have_some(text) && !is_chat(path);
        (path.to_owned(), version, may.then_some(text.len()))
    });
    match looked {
        Some((path, _, Some(length))) => read(front, path, length, how),
        Some((path, version, None)) => {
            lock(&front.comments.board).read(Reading::nothing(path, version), how);
        }
        None => {}
    }
}

/// Reads a document of so many bytes: here, or where it takes longer, elsewhere.
pub(super) fn read(front: &Arc<Front>, path: PathBuf, length: usize, how: How) {
    if length <= AT_ONCE {
        if let Some(document) = front.editor().and_then(|editor| editor.document(&path)) {
            was_read(front, Reading::of(&document), how);
        }
        return;
    }
    {
        let mut reading = lock(&front.comments.reading);
        if let Some(again) = reading.get_mut(&path) {
            // What the person changed counts as such, whatever we change with it.
            *again = if *again == Some(How::Changed) { *again } else { Some(how) };
            return;
        }
        reading.insert(path.clone(), None);
    }
    let job = front.clone();
    front.spawn(async move {
        let mut how = how;
        loop {
            read_elsewhere(&job, &path, how).await;
            let mut reading = lock(&job.comments.reading);
            match reading.get_mut(&path).and_then(Option::take) {
                // It was changed while it was read.
                Some(again) => how = again,
                None => {
                    reading.remove(&path);
                    return;
                }
            }
        }
    });
}

async fn read_elsewhere(front: &Arc<Front>, path: &Path, how: How) {
    let Some(editor) = front.editor().cloned() else { return };
    let at = path.to_owned();
    let reading = move || editor.document(&at).map(|document| Reading::of(&document));
    let reading = tokio::task::spawn_blocking(reading).await;
    // One that was closed meanwhile is not known any more.
    let is_open = front.editor().is_some_and(|editor| editor.document(path).is_some());
    if let (Ok(Some(reading)), true) = (reading, is_open) {
        was_read(front, reading, how);
    }
}

fn was_read(front: &Arc<Front>, reading: Reading, how: How) {
    let path = reading.path().to_owned();
    let Next { due, wait } = lock(&front.comments.board).read(reading, how);
    take_up(front, due);
    if let Some(tick) = wait {
        let job = front.clone();
        front.spawn(async move {
            tokio::time::sleep(QUIET).await;
            let due = lock(&job.comments.board).quiet(&path, tick);
            take_up(&job, due);
        });
    }
}
