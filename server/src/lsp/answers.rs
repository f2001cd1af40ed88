//! Texts that a person reads, as files that the editor is asked to show, or as
//! messages where the client shows no documents: what the agent said, a patch
//! that waits for approval, and what `views` has for clients that ask for no
//! content of ours.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lsp_types::{MessageType, ShowDocumentParams, request::ShowDocument};
use serde_json::Value;
use tower_lsp::jsonrpc::Error;

use super::{convert, front::Front};

/// Documents of one kind that stay on disk; older ones are taken away.
const KEPT: usize = 50;

/// Characters of an answer or a diff in a message.
const MESSAGE_CAP: usize = 4_000;

/// What is shown: the beginning of a file's name, and its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(pub(super) &'static str, pub(super) &'static str);

const ANSWER: Kind = Kind("answer-", ".md");
const DIFF: Kind = Kind("changes-", ".diff");

/// Shows one answer.
pub(super) fn show(front: &Arc<Front>, text: String) {
    let shared = front.clone();
    front.spawn(async move { show_text(&shared, ANSWER, &text, false).await });
}

/// Shows a text, as what it is. Where the person asked for it, `focus` brings it
/// to the front.
pub(super) async fn show_text(front: &Front, kind: Kind, text: &str, focus: bool) {
    let shown = match show_document(front, kind, text, focus).await {
        Some(reply) => is_success(reply.await),
        None => false,
    };
    if !shown {
        show_message(front, text);
    }
}

/// Whether a client says that it shows a document.
pub(super) fn is_success(answer: Result<Value, Error>) -> bool {
    answer.is_ok_and(|result| result.get("success").and_then(Value::as_bool) == Some(true))
}

/// Shows what a patch would change. The client is not waited for: the question
/// that follows must come, whatever it does with the diff.
pub(super) async fn show_diff(front: &Front, diff: &str) {
    match show_document(front, DIFF, diff, false).await {
        Some(reply) => drop(reply),
        None => show_message(front, &format!("Tiro proposes:\n{diff}")),
    }
}

fn show_message(front: &Front, text: &str) {
    let mut message: String = text.chars().take(MESSAGE_CAP).collect();
    if message.len() < text.len() {
        message.push('…');
    }
    front.show(MessageType::INFO, message);
}

/// Asks the editor to show a document, if it can; gives what it will answer.
async fn show_document(
    front: &Front,
    kind: Kind,
    text: &str,
    focus: bool,
) -> Option<impl Future<Output = Result<Value, Error>> + use<>> {
    if !front.profile().is_some_and(|profile| profile.show_document) {
        return None;
    }
    let path = match write(&front.state_dir.join("answers"), kind, text).await {
        Ok(path) => path,
        Err(error) => {
            front.log(format!(
                "Tiro cannot write what it shows below {}: {error}",
                front.state_dir.display()
            ));
            return None;
        }
    };
    Some(front.outbox.request::<ShowDocument>(ShowDocumentParams {
        uri: convert::uri_from_path(&path)?,
        external: Some(false),
        take_focus: Some(focus),
        selection: None,
    }))
}

/// Writes a text to a new file: an editor that still shows the last one would
/// not read it again. Names sort by time.
async fn write(directory: &Path, kind: Kind, text: &str) -> io::Result<PathBuf> {
    let mut builder = tokio::fs::DirBuilder::new();
    #[cfg(unix)]
    builder.mode(0o700);
    builder.recursive(true).create(directory).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let path = directory.join(file_name(kind, now));
    tokio::fs::write(&path, format!("{}\n", text.trim_end_matches('\n'))).await?;
    forget_old(directory, kind).await?;
    Ok(path)
}

fn file_name(Kind(start, end): Kind, now: Duration) -> String {
    format!("{start}{:020}{end}", now.as_micros())
}

async fn forget_old(directory: &Path, Kind(start, end): Kind) -> io::Result<()> {
    let mut found = Vec::new();
    let mut entries = tokio::fs::read_dir(directory).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(start) && name.ends_with(end) {
            found.push(entry.path());
        }
    }
    found.sort();
    let old = found.len().saturating_sub(KEPT);
    for path in &found[..old] {
        tokio::fs::remove_file(path).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_answers_are_kept() {
        let state = tempfile::tempdir().expect("a directory");
        let directory = state.path().join("answers");
        let first = write(&directory, ANSWER, "first").await.expect("written");
        let kept = tokio::fs::read_to_string(&first).await.expect("there");
        assert_eq!(kept, "first\n");
        let diff = write(&directory, DIFF, "+a\n").await.expect("written");
        assert_eq!(tokio::fs::read_to_string(&diff).await.expect("there"), "+a\n");
        for _ in 0..KEPT {
            // The clock must move between two names.
            let last = write(&directory, ANSWER, "next").await.expect("written");
            while SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .is_ok_and(|now| last.ends_with(file_name(ANSWER, now)))
            {}
        }
        assert!(!first.exists());
        let mut entries = tokio::fs::read_dir(&directory).await.expect("there");
        let mut count = 0;
        while entries.next_entry().await.expect("readable").is_some() {
            count += 1;
        }
        // The diff is of another kind, and none of these.
        assert!(diff.exists());
        assert_eq!(count, KEPT + 1);
    }
}
