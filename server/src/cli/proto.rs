//! `tiro proto`: one submission a line in, one event a line out.

use std::{io::Write, path::PathBuf, sync::Arc};

use anyhow::Context;
use tiro_protocol::{Event, EventMsg, Submission};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use super::{Shared, log::log_to_stderr, record::Recorder, replay};
use crate::{
    session::{self, Events, SessionHandle, SessionSetup},
    workspace::{DiskWorkspace, Journal},
};

/// Bytes of one line at most.
const LONGEST_LINE: usize = 32 * 1024 * 1024;

/// Bytes that are read at once.
const BUFFER: usize = 64 * 1024;

/// Characters of what is said about a line that does not parse.
const LONGEST_ERROR: usize = 1024;

/// Speak the protocol over a pipe: one Submission a line on standard input,
/// one Event a line on standard output.
#[derive(Debug, clap::Args)]
pub struct Proto {
    #[command(flatten)]
    shared: Shared,
    /// Append what is sent and received to this file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Submit again what was recorded in this file, instead of reading standard input.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

impl Proto {
    /// Runs until the input ends and the task is finished.
    ///
    /// # Errors
    /// A configuration, a folder or a recording that cannot be used.
    pub async fn run(self) -> anyhow::Result<()> {
        let (env, root, config) = self.shared.load()?;
        log_to_stderr(&env);
        let workspace =
            Arc::new(DiskWorkspace::new(&[root])?.noting_in(Journal::below(&env.state_dir())));
        let setup = SessionSetup { workspace, config, env: Arc::new(env), configured: false };
        let recorder = self.record.as_deref().map(Recorder::append).transpose()?;
        let recording = self.replay.as_deref().map(replay::read).transpose()?;
        let (session, events) = session::spawn(setup);
        let output = Output { recorder };
        match recording {
            Some(recording) => replay::run(recording, session, events, output).await,
            None => pipe(tokio::io::stdin(), session, events, output).await,
        }
    }
}

/// Where events go: to standard output and to the recording.
pub(super) struct Output {
    recorder: Option<Recorder>,
}

impl Output {
    pub(super) fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&line).and_then(|()| stdout.flush()).context("cannot write events")?;
        self.recorder.as_mut().map_or(Ok(()), |recorder| recorder.event(event))
    }

    pub(super) fn submission(&mut self, submission: &Submission) -> anyhow::Result<()> {
        self.recorder.as_mut().map_or(Ok(()), |recorder| recorder.submission(submission))
    }
}

async fn pipe(
    input: impl AsyncRead + Unpin,
    session: SessionHandle,
    mut events: Events,
    mut output: Output,
) -> anyhow::Result<()> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut line = Line::default();
    let mut session = Some(session);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => output.event(&event)?,
                None => return Ok(()),
            },
            // Takes nothing out of the buffer when the other branch is taken.
            chunk = input.fill_buf(), if session.is_some() => {
                let chunk = chunk.context("cannot read submissions")?;
                let end = chunk.is_empty();
                let newline = chunk.iter().position(|byte| *byte == b'\n');
                let taken = newline.map_or(chunk.len(), |at| at + 1);
                line.push(&chunk[..taken]);
                input.consume(taken);
                if newline.is_none() && !end {
                    continue;
                }
                let line = std::mem::take(&mut line);
                if let Some(handle) = &session
                    && (line.too_long || !line.bytes.trim_ascii().is_empty())
                {
                    take(&line, handle, &mut output).await?;
                }
                if end {
                    session = None;
                }
            }
        }
    }
}

/// A line as far as it is kept: one that is too long is not collected.
#[derive(Debug, Default)]
struct Line {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Line {
    fn push(&mut self, chunk: &[u8]) {
        self.too_long |= self.bytes.len() + chunk.len() > LONGEST_LINE;
        if !self.too_long {
            self.bytes.extend_from_slice(chunk);
        }
    }
}

async fn take(line: &Line, session: &SessionHandle, output: &mut Output) -> anyhow::Result<()> {
    let submission = match parse(line) {
        Ok(submission) => submission,
        Err(refused) => return output.event(&error_event(refused.id, refused.message)),
    };
    output.submission(&submission)?;
    let id = submission.id.clone();
    // The loop answers before it does anything else.
    if let Ok(Err(error)) = session.submit(submission).await {
        output.event(&error_event(id, error.to_string()))?;
    }
    Ok(())
}

/// A line that is no submission.
#[derive(Debug)]
struct Refused {
    /// The line's own, where it can be read.
    id: String,
    message: String,
}

/// One line.
fn parse(line: &Line) -> Result<Submission, Refused> {
    if line.too_long {
        let message = format!(
            "this line is longer than the {} MiB that are taken",
            LONGEST_LINE / (1024 * 1024)
        );
        return Err(Refused { id: String::new(), message });
    }
    serde_json::from_slice(&line.bytes).map_err(|error| {
        let id = serde_json::from_slice::<serde_json::Value>(&line.bytes)
            .ok()
            .and_then(|value| Some(value.get("id")?.as_str()?.to_owned()))
            .unwrap_or_default();
        // It quotes what the line has, however long that is.
        let error: String = error.to_string().chars().take(LONGEST_ERROR).collect();
        Refused { id, message: format!("this line is not a submission: {error}") }
    })
}

pub(super) fn error_event(id: String, message: String) -> Event {
    Event { id, msg: EventMsg::Error { message } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(line: &str) -> (String, String) {
        let mut whole = Line::default();
        line.as_bytes().chunks(BUFFER).for_each(|chunk| whole.push(chunk));
        let refused = parse(&whole).expect_err("is refused");
        (refused.id, refused.message)
    }

    #[test]
    fn what_is_no_submission_is_answered_with_the_id_it_has() {
        assert_eq!(refused("{").0, "");
        let (id, message) = refused(r#"{"id":"7","op":{"type":"fly"}}"#);
        assert_eq!(id, "7");
        assert!(message.contains("`fly`"), "{message}");
        assert_eq!(refused(r#"{"id":7,"op":{"type":"interrupt"}}"#).0, "");
    }

    #[test]
    fn a_line_has_a_cap() {
        let (_, message) = refused(&"x".repeat(LONGEST_LINE + 1));
        assert!(message.contains("32 MiB"), "{message}");
        let mut line = Line::default();
        line.push(&[b'x'; 10]);
        line.push(&vec![b'x'; LONGEST_LINE]);
        assert_eq!((line.bytes.len(), line.too_long), (10, true));
    }
}
