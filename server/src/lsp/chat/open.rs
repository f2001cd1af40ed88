//! Opens a new chat: a file in the workspace, where the editor's server is this
//! one, and out of the way of everything that lists what the project has.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use lsp_types::{MessageType, Position, Range, ShowDocumentParams, request::ShowDocument};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tower_lsp::jsonrpc::Error;

use super::document::{ENDING, Who};
use crate::{
    lsp::{
        commands::{Arguments, Outcome},
        convert,
        front::Front,
    },
    workspace::{Workspace as _, resolve},
};

/// The command `tiro.chat`; what is given with it is quoted.
pub(crate) fn run_chat(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    super::send::own_chat(front)?;
    super::open_about(front, arguments.text("quote").unwrap_or_default().to_owned());
    Ok(Outcome::Done(Value::Null))
}

/// Makes the file and shows it, or says why not.
pub(super) async fn open(front: &Front, quote: &str) {
    let roots = front.editor().map(|editor| editor.roots()).unwrap_or_default();
    let Some(root) = roots.first() else {
        let message = "Tiro: no folder is open; open the project's folder to chat about it";
        return front.show(MessageType::WARNING, message.to_owned());
    };
    let (text, cursor) = beginning(quote);
    let path = match create(root, &text).await {
        Ok(path) => path,
        Err(error) => {
            let below = root.join(FOLDER);
            let message = format!("Tiro: no chat can be made below {}: {error}", below.display());
            return front.show(MessageType::ERROR, message);
        }
    };
    if !show(front, &path, cursor).await {
        let name = path.strip_prefix(root).unwrap_or(&path).display();
        let message = format!("Tiro: open {name} to chat; write below `## You` and send");
        front.show(MessageType::INFO, message);
    }
}

/// Below the workspace folder; commands cannot write there.
const FOLDER: &str = ".tiro/chats";

/// The text of a new chat, and the line where the person writes.
fn beginning(quote: &str) -> (String, u32) {
    let quote = quote.trim_end();
    let quote = if quote.is_empty() { String::new() } else { format!("{quote}\n\n") };
    let above = format!("{}\n\n{quote}", Who::You.heading());
    let line = above.lines().count();
    (above + "\n", u32::try_from(line).unwrap_or(u32::MAX))
}

/// Makes a file with a name that is not taken.
async fn create(root: &Path, text: &str) -> io::Result<PathBuf> {
    let folder = root.join(FOLDER);
    // Links in a project may lead anywhere.
    let (base, named) = (root.to_owned(), folder.clone());
    let real = tokio::task::spawn_blocking(move || resolve(&base, &named)).await;
    if !matches!(real, Ok(Ok(real)) if real == folder) {
        let reason = "it is a link, or below one; take that away";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    tokio::fs::create_dir_all(&folder).await?;
    match write_new(&folder.join(".gitignore"), "*\n").await {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let name = stamp(now.unwrap_or_default().as_secs());
    let names = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name}-{n}")));
    for name in names {
        let path = folder.join(name + ENDING);
        match write_new(&path, text).await {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

async fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).open(path).await?;
    file.write_all(text.as_bytes()).await?;
    file.flush().await
}

/// Seconds since 1970 as date and time of UTC, in a form that sorts.
fn stamp(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // The calendar repeats every 400 years; a year is counted from March, so that
    // the day that some years have more is their last.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}-{hour:02}{minute:02}{second:02}")
}

async fn show(front: &Front, path: &Path, line: u32) -> bool {
    if !front.profile().is_some_and(|profile| profile.show_document) {
        return false;
    }
    let Some(uri) = convert::uri_from_path(path) else { return false };
    let at = Position { line, character: 0 };
    let reply = front.outbox.request::<ShowDocument>(ShowDocumentParams {
        uri,
        external: Some(false),
        take_focus: Some(true),
        selection: Some(Range { start: at, end: at }),
    });
    reply.await.is_ok_and(|result| result.get("success").and_then(Value::as_bool) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_begins_with_a_heading_and_a_line_to_write_in() {
        assert_eq!(beginning(""), ("## You\n\n\n".to_owned(), 2));
        let (text, line) = beginning("```rust a.rs:1-2\nfn a() {}\n```\n");
        assert_eq!(text, "## You\n\n```rust a.rs:1-2\nfn a() {}\n```\n\n\n");
        assert_eq!(text.lines().nth(line as usize), Some(""));
        assert_eq!(line, 6);
    }

    #[test]
    fn a_name_is_the_time() {
        for (seconds, name) in [
            (0, "1970-01-01-000000"),
            (951_827_696, "2000-02-29-123456"),
            (1_709_251_199, "2024-02-29-235959"),
            (1_735_689_600, "2025-01-01-000000"),
            (4_107_542_400, "2100-03-01-000000"),
        ] {
            assert_eq!(stamp(seconds), name);
        }
    }

    #[tokio::test]
    async fn names_that_are_taken_are_counted_on_and_nothing_is_overwritten() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("it exists");
        let mut made = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let path = create(&root, "## You\n").await.expect("made");
            assert!(super::super::is_chat(&path) && path.starts_with(root.join(FOLDER)));
            assert!(made.insert(path));
        }
        let ignored = root.join(FOLDER).join(".gitignore");
        assert_eq!(tokio::fs::read_to_string(&ignored).await.expect("there"), "*\n");
        tokio::fs::write(&ignored, "mine\n").await.expect("written");
        create(&root, "").await.expect("made");
        assert_eq!(tokio::fs::read_to_string(&ignored).await.expect("there"), "mine\n");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_does_not_lead_out_of_the_project() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("it exists");
        let (outside, root) = (root.join("outside"), root.join("project"));
        tokio::fs::create_dir(&outside).await.expect("made");
        tokio::fs::create_dir(&root).await.expect("made");
        std::os::unix::fs::symlink(&outside, root.join(".tiro")).expect("a link");
        create(&root, "").await.expect_err("it leads out");
        assert!(!outside.join("chats").exists());
    }
}
