//! The one who reads and writes the files of sessions, apart from the event loop
//! and in the order in which it was told.

use std::{path::PathBuf, sync::Arc, time::UNIX_EPOCH};

use tiro_protocol::{Event, EventMsg, SessionSummary};

use super::{
    files::{self, Open},
    format::{Begin, Head, Line, Lines, Talk, VERSION},
};
use crate::{
    checkpoints::{self, new_id},
    config::HistorySettings,
    session::history::HistoryItem,
    workspace::Workspace,
};

#[cfg(test)]
mod tests;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Command {
    Write(Line),
    List { id: String },
    Resume { id: String, session: String, turns: Option<usize> },
}

/// What the event loop is told.
#[derive(Debug)]
pub(crate) enum Answer {
    /// For a person to read.
    Told(String),
    /// The sessions there are, and what is wrong with others.
    Listed { id: String, sessions: Vec<SessionSummary>, told: Vec<String> },
    /// A session was resumed, or not.
    Resumed { id: String, result: Result<Resumed, String> },
}

/// A session that goes on.
#[derive(Debug)]
pub(crate) struct Resumed {
    /// Its id from here on.
    pub(crate) session: String,
    /// The model of its last turn.
    pub(crate) model: String,
    pub(crate) items: Vec<HistoryItem>,
    pub(crate) events: Vec<Event>,
    /// Turns that are left out.
    pub(crate) cut: usize,
    /// For a person to read.
    pub(crate) told: Vec<String>,
}

/// The files of one workspace, and that of the present session.
pub(super) struct Owner {
    state_dir: PathBuf,
    workspace: Arc<dyn Workspace>,
    settings: HistorySettings,
    /// Of the present session.
    id: String,
    /// None before a person has said something.
    file: Option<Open>,
    /// What came before that.
    early: Vec<Line>,
    /// A task runs.
    running: bool,
    /// The diff of the task, which is written once.
    diff: Option<Line>,
    /// Why nothing is written any more was said.
    given_up: bool,
}

impl Owner {
    pub(super) fn new(
        id: String,
        state_dir: PathBuf,
        workspace: Arc<dyn Workspace>,
        settings: HistorySettings,
    ) -> Self {
        Self {
            state_dir,
            workspace,
            settings,
            id,
            file: None,
            early: Vec::new(),
            running: false,
            diff: None,
            given_up: false,
        }
    }

    /// Does one thing.
    pub(super) fn perform(&mut self, command: Command) -> Option<Answer> {
        match command {
            Command::Write(line) => self.write(line).err().map(Answer::Told),
            Command::List { id } => {
                let (sessions, told) = self.list();
                Some(Answer::Listed { id, sessions, told })
            }
            Command::Resume { id, session, turns } => {
                let result = self.resume(&session, turns);
                Some(Answer::Resumed { id, result })
            }
        }
    }

    fn directory(&self) -> PathBuf {
        checkpoints::place(&self.state_dir, "sessions", &self.workspace.roots())
    }

    /// Writes a line when it is time; the error is for a person, and comes once.
    fn write(&mut self, line: Line) -> Result<(), String> {
        if !self.settings.save || self.given_up {
            return Ok(());
        }
        let text = match &line {
            Line::Turn(begin) => {
                self.running = true;
                let before = match self.file {
                    None => self.begin(begin)?,
                    Some(_) => Vec::new(),
                };
                [before, line.text(), self.early.drain(..).flat_map(|it| it.text()).collect()]
                    .concat()
            }
            // The task's next one has it all.
            Line::Event(Event { msg: EventMsg::TurnDiff { .. }, .. }) if self.running => {
                self.diff = Some(line);
                return Ok(());
            }
            Line::Done => {
                self.running = false;
                let diff = self.diff.take().map(|it| it.text()).unwrap_or_default();
                [diff, line.text()].concat()
            }
            Line::Item(_) if self.file.is_none() => {
                self.early.push(line);
                return Ok(());
            }
            _ => line.text(),
        };
        self.append(&text)
    }

    /// Makes the file of the session; what stands first in it.
    fn begin(&mut self, turn: &Begin) -> Result<Vec<u8>, String> {
        let roots = self.workspace.roots();
        let head = Line::Session(Head {
            version: VERSION,
            id: self.id.clone(),
            time: checkpoints::now(),
            roots: roots.iter().map(|root| root.display().to_string()).collect(),
            model: turn.model.clone(),
            provider: turn.provider.clone(),
        });
        self.create()?;
        Ok(head.text())
    }

    fn create(&mut self) -> Result<(), String> {
        let directory = self.directory();
        match Open::create(&directory, &self.id) {
            Ok(open) => {
                self.file = Some(open);
                files::prune(&directory, &self.settings);
                Ok(())
            }
            Err(error) => {
                self.given_up = true;
                Err(format!(
                    "this session is not kept, so it cannot be resumed later: {} cannot be \
                     written: {error}",
                    directory.display()
                ))
            }
        }
    }

    fn append(&mut self, text: &[u8]) -> Result<(), String> {
        let Some(open) = &mut self.file else { return Ok(()) };
        let more = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let result = if open.size().saturating_add(more) > self.settings.bytes / 4 {
            Err("it has a quarter of history.max_bytes".to_owned())
        } else {
            open.append(text).map_err(|error| error.to_string())
        };
        result.map_err(|reason| {
            self.given_up = true;
            let path = files::path(&self.directory(), &self.id);
            format!(
                "from here on this session is not kept; it can be resumed as it was until now: {} \
                 cannot be written: {reason}",
                path.display()
            )
        })
    }

    fn list(&self) -> (Vec<SessionSummary>, Vec<String>) {
        let (mut sessions, mut told) = (Vec::new(), Vec::new());
        for it in files::found(&self.directory()) {
            let bytes = files::read(&it.path).map_err(|error| error.to_string());
            let read = bytes.and_then(|bytes| {
                let lines = Lines::of(&bytes);
                let head = lines.head()?;
                let (model, title) = lines.about(&head);
                let time = it.used.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
                Ok(SessionSummary {
                    id: it.id,
                    title,
                    time: u64::try_from(time).unwrap_or(u64::MAX),
                    model,
                    turns: lines.turns(),
                })
            });
            match read {
                Ok(summary) => sessions.push(summary),
                Err(reason) => told.push(format!(
                    "the session in {} cannot be read and is left out: {reason}",
                    it.path.display()
                )),
            }
        }
        (sessions, told)
    }

    fn resume(&mut self, session: &str, turns: Option<usize>) -> Result<Resumed, String> {
        let unknown =
            || format!("there is no session {session:?}; list_sessions says which there are");
        if !files::is_id(session) {
            return Err(unknown());
        }
        let directory = self.directory();
        let path = files::path(&directory, session);
        let damaged = |reason: String| {
            format!("the session in {} cannot be resumed: {reason}", path.display())
        };
        // Held from before it is read: nobody adds to it in between.
        let own = self.file.take_if(|open| open.id == session);
        let is_own = own.is_some();
        let held = own.or_else(|| Open::existing(&directory, session).ok());
        let read = files::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => unknown(),
            _ => damaged(error.to_string()),
        });
        let read = read.and_then(|bytes| {
            let mut lines = Lines::of(&bytes);
            let cut = turns.map_or(0, |turns| lines.keep(turns));
            let talk = lines.talk().map_err(damaged)?;
            let kept = lines.texts(talk.damage.map(|(_, upto)| upto)).map(<[u8]>::to_vec);
            let kept = kept.collect();
            Ok((Old { turns: lines.turns(), cut, whole: lines.whole, kept }, talk))
        });
        let (old, talk) = match read {
            Ok(read) => read,
            Err(error) => {
                if is_own {
                    self.file = held;
                }
                return Err(error);
            }
        };
        self.id = session.to_owned();
        self.file = None;
        (self.running, self.given_up) = (false, false);
        self.early.clear();
        self.diff = None;
        let mut told = Vec::new();
        if let Some((number, _)) = talk.damage {
            told.push(format!(
                "{} is damaged in line {number}: what comes before it is resumed, as a new session",
                path.display()
            ));
        }
        if self.settings.save {
            let went_on = match held.filter(|_| talk.damage.is_none()) {
                Some(open) => self.go_on(open, &old),
                None => self.copy(&old, &talk),
            };
            let added: Vec<u8> = talk.added.iter().flat_map(Line::text).collect();
            told.extend(went_on.and_then(|()| self.append(&added)).err());
        }
        let Talk { model, items, events, .. } = talk;
        let session = self.id.clone();
        Ok(Resumed { session, model, items, events, cut: old.cut, told })
    }

    /// In its own file.
    fn go_on(&mut self, mut open: Open, old: &Old) -> Result<(), String> {
        let whole = open.truncate(old.whole).map_err(|error| error.to_string());
        self.file = Some(open);
        whole?;
        if old.cut > 0 { self.append(&Line::Cut(old.turns).text()) } else { Ok(()) }
    }

    /// In a new file.
    fn copy(&mut self, old: &Old, talk: &Talk) -> Result<(), String> {
        self.id = new_id();
        self.create()?;
        let head = Head { id: self.id.clone(), ..talk.head.clone() };
        let mut text = Line::Session(head).text();
        for line in &old.kept {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        self.append(&text)
    }
}

/// What was read of a file.
struct Old {
    turns: usize,
    cut: usize,
    whole: usize,
    kept: Vec<Vec<u8>>,
}
