//! Sessions on disk, so that they can be listed and resumed: a file of lines for
//! each, below the state directory. Written in the order of the calls by a thread
//! of its own; the event loop hands lines over and waits for nothing.
//!
//! `format` is what the lines are, `files` where they are, `owner` who reads and
//! writes them.

mod files;
mod format;
mod owner;

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tiro_protocol::{Event, EventMsg};

use crate::{checkpoints::new_id, config::HistorySettings, workspace::Workspace};
pub(super) use format::{Begin, Line};
pub(super) use owner::{Answer, Resumed};
use owner::{Command, Owner};

/// How long the end of a session waits for what is not written yet.
const LAST_LINES: Duration = Duration::from_millis(500);

type Work = Box<dyn FnOnce(mpsc::Receiver<Command>) + Send>;

/// The way to the owner of the files.
pub(super) struct Store {
    id: String,
    saves: bool,
    /// Of the thread, until there is something to do.
    work: Option<Work>,
    owner: Option<mpsc::Sender<Command>>,
    /// Is closed when all is written.
    written: Option<mpsc::Receiver<()>>,
}

impl Store {
    /// For one session. Nothing is looked at or written before it has to be; `tell`
    /// gets what comes of that, on another thread.
    pub(super) fn new(
        state_dir: PathBuf,
        workspace: Arc<dyn Workspace>,
        settings: HistorySettings,
        tell: impl Fn(Answer) + Send + 'static,
    ) -> Self {
        let id = new_id();
        let mut owner = Owner::new(id.clone(), state_dir, workspace, settings);
        let work = move |commands: mpsc::Receiver<Command>| {
            commands.into_iter().filter_map(|command| owner.perform(command)).for_each(tell);
        };
        let work = Some(Box::new(work) as Work);
        Self { id, saves: settings.save, work, owner: None, written: None }
    }

    /// Under which the present session can be resumed.
    pub(super) fn id(&self) -> Option<String> {
        self.saves.then(|| self.id.clone())
    }

    /// The session goes on under another id.
    pub(super) fn goes_on_as(&mut self, id: &str) {
        id.clone_into(&mut self.id);
    }

    /// Keeps what happened. Before the first turn only the conversation counts.
    pub(super) fn write(&mut self, line: Line) {
        if self.saves {
            self.send(Command::Write(line));
        }
    }

    /// Keeps an event, if it shows the talk. The many that do not cost nothing.
    pub(super) fn event(&mut self, event: &Event) {
        if shows_talk(&event.msg) {
            self.write(Line::Event(event.clone()));
        }
    }

    /// Asks for the sessions there are. False when there will be no answer.
    pub(super) fn list(&mut self, id: String) -> bool {
        self.send(Command::List { id })
    }

    /// Takes up a session. False when there will be no answer.
    pub(super) fn resume(&mut self, id: String, session: String, turns: Option<usize>) -> bool {
        self.send(Command::Resume { id, session, turns })
    }

    fn send(&mut self, command: Command) -> bool {
        if let Some(work) = self.work.take() {
            let (owner, commands) = mpsc::channel();
            let (all, written) = mpsc::channel();
            let thread = thread::Builder::new().name("tiro-store".to_owned());
            let started = thread.spawn(move || {
                let _all: mpsc::Sender<()> = all;
                work(commands);
            });
            if let Err(error) = started {
                tracing::error!("sessions are not kept: no thread can be started: {error}");
            }
            (self.owner, self.written) = (Some(owner), Some(written));
        }
        self.owner.as_ref().is_some_and(|owner| owner.send(command).is_ok())
    }
}

/// The process may end right after the session: what was said is on disk then.
impl Drop for Store {
    fn drop(&mut self) {
        self.owner = None;
        if let Some(written) = self.written.take() {
            let _ = written.recv_timeout(LAST_LINES);
        }
    }
}

fn shows_talk(msg: &EventMsg) -> bool {
    matches!(
        msg,
        EventMsg::Error { .. }
            | EventMsg::AgentMessage { .. }
            | EventMsg::ExecCommandBegin { .. }
            | EventMsg::ExecCommandEnd { .. }
            | EventMsg::PatchApplyBegin { .. }
            | EventMsg::PatchApplyEnd { .. }
            | EventMsg::TokenCount(_)
            | EventMsg::TurnDiff { .. }
            | EventMsg::PlanUpdate { .. }
    )
}
