//! Back to before a task: a person chooses one of the checkpoints, and is told
//! what became of each file.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lsp_types::MessageType;
use serde_json::{Value, json};
use tiro_protocol::{Checkpoint, EventMsg, Op};
use tower_lsp::jsonrpc::Error;

use super::{
    super::{
        commands::{Arguments, Outcome},
        front::Front,
        prompt::{short, visible},
    },
    Asked,
    choice::{BUTTONS, choose},
};

/// Characters of what was asked, on a button.
const TITLE_CAP: usize = 32;

/// Files that a message names.
const NAMED: usize = 20;

const USAGE: &str = "tiro.restore takes nothing, or a checkpoint and perhaps some files: \
     [{\"checkpoint\": \"…\", \"paths\": [\"…\"]}]";

/// `tiro.restore {checkpoint?, paths?}`.
pub(crate) fn run_restore(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    let invalid = |_| Error::invalid_params(USAGE);
    if let Some(checkpoint) = arguments.text("checkpoint") {
        let paths = arguments.field("paths").filter(|paths| !paths.is_null()).cloned();
        let paths = paths.map(serde_json::from_value).transpose().map_err(invalid)?;
        let op = Op::Restore { checkpoint: checkpoint.to_owned(), paths };
        return Ok(Outcome::Submit(front.submission(op)));
    }
    if arguments.field("checkpoint").is_some() || arguments.field("paths").is_some() {
        return Err(Error::invalid_params(USAGE));
    }
    if front.tasks.is_running() {
        let text = "Tiro: a task is running; stop it with tiro.stop, or wait for its end, and \
                    restore then";
        front.show(MessageType::INFO, text.to_owned());
        return Ok(Outcome::Done(Value::Null));
    }
    let submission = front.submission(Op::Checkpoints);
    front.know.expects(&submission.id, Asked::Checkpoints);
    Ok(Outcome::Submit(submission))
}

/// The list came that a person asked for.
pub(super) fn offer(front: &Arc<Front>, checkpoints: Vec<Checkpoint>) {
    if checkpoints.is_empty() {
        let text = "Tiro: there is nothing to go back to: no task has changed a file";
        front.show(MessageType::INFO, text.to_owned());
        return;
    }
    let shared = front.clone();
    front.spawn(async move {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let newest = checkpoints.iter().rev().take(BUTTONS);
        let choices = newest
            .map(|checkpoint| (title(checkpoint, now), checkpoint.id.clone()))
            .collect::<Vec<_>>();
        let older = checkpoints.len() - choices.len();
        let mut question = "go back to before which task? What it and every later one changed is \
                            undone; what you changed since stays."
            .to_owned();
        if older > 0 {
            question.push_str(&format!(" {older} older ones are not shown."));
        }
        let example = choices.first().map(|(_, id)| json!({ "checkpoint": id }));
        let other = format!("name one to tiro.restore: {}", example.unwrap_or_default());
        if let Some(id) = choose(&shared, &question, choices, "Change nothing", &other).await {
            let op = Op::Restore { checkpoint: id, paths: None };
            super::submit_or_say(&shared, shared.submission(op)).await;
        }
    });
}

/// A checkpoint on a button: when, what was asked, how much was changed.
fn title(checkpoint: &Checkpoint, now: Duration) -> String {
    let asked = short(&visible(&checkpoint.title), TITLE_CAP);
    let files = match checkpoint.files.as_slice() {
        [file] => file_name(&file.path),
        files => format!("{} files", files.len()),
    };
    let passed = now.saturating_sub(Duration::from_millis(checkpoint.time));
    format!("{}: {asked} ({files})", ago(passed.as_secs()))
}

fn file_name(path: &Path) -> String {
    visible(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// How long ago, in the largest unit that says something.
fn ago(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "min"),
        3_600..86_400 => (seconds / 3_600, "h"),
        86_400..172_800 => return "1 day ago".to_owned(),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit} ago")
}

/// A restore was done, or nothing of it: what became of each file.
pub(super) fn ended(front: &Front, msg: &EventMsg) {
    let EventMsg::RestoreEnd { restored, merged, refused, success, .. } = msg else { return };
    if !success {
        let files: Vec<String> = refused
            .iter()
            .map(|file| format!("{}: {}", shown(&file.path), visible(&file.reason)))
            .collect();
        let text = format!("Tiro: nothing was restored. {}", capped(files, "; "));
        front.show(MessageType::WARNING, text);
        return;
    }
    let mut parts = Vec::new();
    for (what, files) in [("as before", restored), ("as before, with your changes", merged)] {
        if !files.is_empty() {
            let files = files.iter().map(|path| shown(path)).collect();
            parts.push(format!("{what}: {}", capped(files, ", ")));
        }
    }
    if parts.is_empty() {
        parts.push("everything was so already".to_owned());
    }
    front.show(MessageType::INFO, format!("Tiro: restored; {}", parts.join("; ")));
}

fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

/// The first of many.
fn capped(mut all: Vec<String>, between: &str) -> String {
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all.join(between)
}

#[cfg(test)]
mod tests {
    use tiro_protocol::{CheckpointChange, CheckpointFile};

    use super::*;

    #[test]
    fn a_button_says_when_what_and_how_much() {
        let file = |path: &str| CheckpointFile {
            path: path.into(),
            change: CheckpointChange::Modified,
            kept: true,
        };
        let mut checkpoint = Checkpoint {
            id: "c".into(),
            title: "mend the parser so that it takes everything".into(),
            time: 60_000,
            files: vec![file("/w/a.rs")],
        };
        let at = |seconds: u64| Duration::from_secs(60 + seconds);
        assert_eq!(title(&checkpoint, at(5)), "just now: mend the parser so th…everything (a.rs)");
        checkpoint.title = "mend it".into();
        checkpoint.files.push(file("/w/b.rs"));
        for (seconds, expected) in [
            (90, "1 min ago: mend it (2 files)"),
            (7_300, "2 h ago: mend it (2 files)"),
            (90_000, "1 day ago: mend it (2 files)"),
            (260_000, "3 days ago: mend it (2 files)"),
        ] {
            assert_eq!(title(&checkpoint, at(seconds)), expected);
        }
        assert_eq!(title(&checkpoint, Duration::ZERO), "just now: mend it (2 files)");
    }

    #[test]
    fn many_files_are_counted() {
        let all = |count: usize| (0..count).map(|number| number.to_string()).collect();
        assert_eq!(capped(all(2), ", "), "0, 1");
        assert!(capped(all(25), ", ").ends_with("18, 19, and 5 more"));
    }
}
