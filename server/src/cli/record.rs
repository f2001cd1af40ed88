//! The recording of a conversation: one JSON object a line, `{"submission": …}`
//! or `{"event": …}`, in the order in which they went over the pipe.
#![expect(
    clippy::disallowed_methods,
    reason = "the person names the file; it is not the project's"
)]

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tiro_protocol::{Event, Submission};

/// One line of a recording.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// What the client sent.
    Submission(Submission),
    /// What it got.
    Event(Event),
}

/// A recording that grows.
#[derive(Debug)]
pub(super) struct Recorder {
    file: File,
}

impl Recorder {
    pub(super) fn append(path: &Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        Ok(Self { file: file.with_context(|| format!("cannot record to {}", path.display()))? })
    }

    pub(super) fn submission(&mut self, submission: &Submission) -> anyhow::Result<()> {
        self.line(&Line::Submission(submission.clone()))
    }

    pub(super) fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        self.line(&Line::Event(event.clone()))
    }

    fn line(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes).context("cannot write the recording")
    }
}

/// The lines of a recording, in order.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Line>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the recording {}", path.display()))?;
    text.lines()
        .enumerate()
        .map(|(index, line)| {
            // As submissions are read everywhere: the same code serves.
            serde_json::from_slice(line.as_bytes())
                .with_context(|| format!("{}:{}: not a recorded line", path.display(), index + 1))
        })
        .collect()
}
