//! Shows what the agent said as a Markdown document in the editor, or as a
//! message where the client shows no documents.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use lsp_types::{MessageType, ShowDocumentParams, request::ShowDocument};

use super::{convert, front::Front, plain::Waited};

/// Answers that stay on disk; older ones are taken away.
const KEPT: usize = 50;

/// Characters of an answer in a message.
const MESSAGE_CAP: usize = 4_000;

/// Shows one answer.
pub(super) async fn show(front: Arc<Front>, text: String) -> Waited {
    if !(front.profile().is_some_and(|profile| profile.show_document)
        && show_document(&front, &text).await)
    {
        let mut message: String = text.chars().take(MESSAGE_CAP).collect();
        if message.len() < text.len() {
            message.push('…');
        }
        front.show(MessageType::INFO, message);
    }
    Waited::Done
}

/// Whether the editor shows it now.
async fn show_document(front: &Front, text: &str) -> bool {
    let path = match write(&front.state_dir.join("answers"), text).await {
        Ok(path) => path,
        Err(error) => {
            front.log(format!(
                "Tiro cannot write an answer below {}: {error}",
                front.state_dir.display()
            ));
            return false;
        }
    };
    let Some(uri) = convert::uri_from_path(&path) else { return false };
    let shown = front.outbox.request::<ShowDocument>(ShowDocumentParams {
        uri,
        external: Some(false),
        take_focus: Some(false),
        selection: None,
    });
    shown.await.is_ok_and(|result| {
        result.get("success").and_then(serde_json::Value::as_bool) == Some(true)
    })
}

/// Writes an answer to a new file: an editor that still shows the last one
/// would not read it again. Names sort by time.
async fn write(directory: &Path, text: &str) -> io::Result<PathBuf> {
    let mut builder = tokio::fs::DirBuilder::new();
    #[cfg(unix)]
    builder.mode(0o700);
    builder.recursive(true).create(directory).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let path = directory.join(format!("answer-{:020}.md", now.as_micros()));
    tokio::fs::write(&path, format!("{text}\n")).await?;
    forget_old(directory).await?;
    Ok(path)
}

async fn forget_old(directory: &Path) -> io::Result<()> {
    let mut answers = Vec::new();
    let mut entries = tokio::fs::read_dir(directory).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("answer-") && name.ends_with(".md") {
            answers.push(entry.path());
        }
    }
    answers.sort();
    let old = answers.len().saturating_sub(KEPT);
    for path in &answers[..old] {
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
        let first = write(&directory, "first").await.expect("written");
        let kept = tokio::fs::read_to_string(&first).await.expect("there");
        assert_eq!(kept, "first\n");
        for _ in 0..KEPT {
            // The clock must move between two names.
            let last = write(&directory, "next").await.expect("written");
            while SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .is_ok_and(|now| last.ends_with(format!("answer-{:020}.md", now.as_micros())))
            {
            }
        }
        assert!(!first.exists());
        let mut entries = tokio::fs::read_dir(&directory).await.expect("there");
        let mut count = 0;
        while entries.next_entry().await.expect("readable").is_some() {
            count += 1;
        }
        assert_eq!(count, KEPT);
    }
}
