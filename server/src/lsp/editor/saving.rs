//! Commands see the disk: before one runs, what is unsaved is saved by the
//! client, if it can, or by the person, who is asked.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use lsp_types::{
    LogMessageParams, MessageActionItem, MessageType, ShowMessageRequestParams,
    notification::LogMessage, request::ShowMessageRequest,
};
use serde_json::json;
use tokio::time::{Instant, timeout, timeout_at};

use super::EditorWorkspace;
use crate::{
    documents::OpenDocument,
    lsp::{chat::is_chat, front::lock, prompt::command_line},
    workspace::{Saved, Workspace as _, disk, is_within},
};

/// How long saving may take.
const SAVE: Duration = Duration::from_secs(5);

/// How long the news of it may follow the answer.
const GRACE: Duration = Duration::from_secs(1);

/// Files that a question names.
const NAMED: usize = 5;

/// Characters of the command that a question shows.
const SHOWN: usize = 200;

const WAITING: &str = "a command waits until the files are saved; tiro.stop ends the task";

const RUN: &str = "Run anyway";
const DO_NOT_RUN: &str = "Don't run";

/// Has the client save documents; whether it says that it did.
pub(super) async fn request(editor: &EditorWorkspace, uris: &[&str]) -> bool {
    if !editor.edits.save {
        return false;
    }
    let reply = editor.outbox.request_method("tiro/saveDocuments", json!({ "uris": uris }));
    matches!(timeout(SAVE, reply).await, Ok(Ok(_)))
}

pub(super) async fn save_for_command(
    editor: &EditorWorkspace,
    command: &[String],
    ask: bool,
) -> Saved {
    let mut older = older(editor).await;
    if !older.is_empty() {
        let uris: Vec<&str> = older.iter().map(|document| document.uri.as_str()).collect();
        if request(editor, &uris).await {
            older = saved_until(editor, Instant::now() + GRACE).await;
        }
    }
    if older.is_empty() {
        Saved::AllOnDisk
    } else if ask {
        ask_person(editor, command, &older).await
    } else {
        Saved::Older(paths(&older))
    }
}

/// What is still not saved when nothing is left to wait for.
async fn saved_until(editor: &EditorWorkspace, deadline: Instant) -> Vec<OpenDocument> {
    loop {
        let mut news = std::pin::pin!(editor.saves.notified());
        news.as_mut().enable();
        let older = older(editor).await;
        if older.is_empty() || timeout_at(deadline, news).await.is_err() {
            return older;
        }
    }
}

/// Waits for a decision, or for the files to be saved. No answer is no decision:
/// saving still counts, and so does an interrupt.
async fn ask_person(
    editor: &EditorWorkspace,
    command: &[String],
    unsaved: &[OpenDocument],
) -> Saved {
    let actions = [RUN, DO_NOT_RUN].map(|title| MessageActionItem {
        title: title.to_owned(),
        properties: std::collections::HashMap::new(),
    });
    let mut reply = editor.outbox.request::<ShowMessageRequest>(ShowMessageRequestParams {
        typ: MessageType::WARNING,
        message: question(&editor.roots(), command, unsaved),
        actions: Some(actions.to_vec()),
    });
    let mut answered = false;
    loop {
        let mut news = std::pin::pin!(editor.saves.notified());
        news.as_mut().enable();
        let older = older(editor).await;
        if older.is_empty() {
            return Saved::AllOnDisk;
        }
        tokio::select! {
            () = news => {}
            answer = &mut reply, if !answered => {
                answered = true;
                let title = answer.as_ref().map(|answer| answer.pointer("/title"));
                match title.map(|title| title.and_then(serde_json::Value::as_str)) {
                    Ok(Some(DO_NOT_RUN)) => return Saved::Declined,
                    // A client that cannot ask anybody answers with an error.
                    Ok(Some(RUN)) | Err(_) => return Saved::Older(paths(&older)),
                    Ok(_) => editor.outbox.notify::<LogMessage>(LogMessageParams {
                        typ: MessageType::INFO,
                        message: format!("Tiro: {WAITING}"),
                    }),
                }
            }
        }
    }
}

fn question(roots: &[PathBuf], command: &[String], unsaved: &[OpenDocument]) -> String {
    let mut names: Vec<String> =
        unsaved.iter().take(NAMED).map(|document| name(roots, &document.path)).collect();
    if unsaved.len() > NAMED {
        names.push(format!("{} more", unsaved.len() - NAMED));
    }
    let files = match unsaved.len() {
        1 => "1 file has".to_owned(),
        count => format!("{count} files have"),
    };
    let mut line = command_line(command);
    if let Some((end, _)) = line.char_indices().nth(SHOWN) {
        line.truncate(end);
        line.push('…');
    }
    format!(
        "Tiro: {files} unsaved changes: {}. The command `{line}` would see the older text. \
         Save to go on.",
        names.join(", ")
    )
}

fn name(roots: &[PathBuf], path: &Path) -> String {
    let below = roots.iter().find_map(|root| path.strip_prefix(root).ok());
    below.unwrap_or(path).display().to_string()
}

fn paths(documents: &[OpenDocument]) -> Vec<PathBuf> {
    documents.iter().map(|document| document.path.clone()).collect()
}

/// The documents below the roots whose text the disk does not have. What was
/// typed and taken back again is not among them.
async fn older(editor: &EditorWorkspace) -> Vec<OpenDocument> {
    let unsaved: Vec<OpenDocument> = {
        let state = lock(&editor.state);
        // A chat is written to while the commands of its task run; they have
        // nothing to do with it.
        let unsaved = state.documents.iter().filter(|it| !it.saved && !is_chat(&it.path));
        unsaved.filter(|document| is_within(&document.path, &state.roots)).cloned().collect()
    };
    if unsaved.is_empty() {
        return unsaved;
    }
    let differs = |document: &OpenDocument| {
        disk::read_text(&document.path).map_or(true, |on_disk| on_disk != document.text)
    };
    let compare = move || unsaved.into_iter().filter(differs).collect();
    match tokio::task::spawn_blocking(compare).await {
        Ok(older) => older,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the runtime cancels it, and this with it.
            Err(_) => std::future::pending().await,
        },
    }
}
