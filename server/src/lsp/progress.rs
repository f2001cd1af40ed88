//! The progress of the running task, in clients that show progress. Cancelling
//! it ends the task.

use std::sync::Arc;

use lsp_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport,
    notification::Progress as ProgressNotification, request::WorkDoneProgressCreate,
};
use tokio::task::JoinSet;

use super::{
    front::{Front, lock},
    plain::Waited,
};

/// Characters of a message; more does not fit where editors show it.
const MESSAGE_CAP: usize = 100;

/// The progress of one task after another.
pub(super) struct Progress {
    front: Arc<Front>,
    running: Option<Running>,
    tasks: u64,
}

struct Running {
    token: String,
    /// The client made it, and it was begun.
    begun: bool,
    message: String,
}

impl Progress {
    pub(super) fn new(front: Arc<Front>) -> Self {
        Self { front, running: None, tasks: 0 }
    }

    /// A task starts: the client is asked for a place to show it.
    pub(super) fn begin(&mut self, task: &str, waits: &mut JoinSet<Waited>) {
        self.end();
        if !self.front.profile().is_some_and(|profile| profile.progress) {
            return;
        }
        // A client may use an id twice; a token must be new.
        self.tasks += 1;
        let token = format!("tiro/{task}/{}", self.tasks);
        let made =
            self.front.outbox.request::<WorkDoneProgressCreate>(WorkDoneProgressCreateParams {
                token: NumberOrString::String(token.clone()),
            });
        *lock(&self.front.progress_token) = Some(token.clone());
        let message = "thinking".to_owned();
        self.running = Some(Running { token: token.clone(), begun: false, message });
        waits.spawn(async move {
            let made = made.await.is_ok();
            Waited::ProgressMade { token, made }
        });
    }

    /// The client made a progress, or not, perhaps of a task that has ended.
    pub(super) fn made(&mut self, token: &str, made: bool) {
        let Some(running) = self.running.as_mut().filter(|running| running.token == token) else {
            return;
        };
        if !made {
            self.running = None;
            return;
        }
        running.begun = true;
        let begin = WorkDoneProgressBegin {
            title: "Tiro".to_owned(),
            cancellable: Some(true),
            message: Some(running.message.clone()),
            percentage: None,
        };
        self.send(WorkDoneProgress::Begin(begin));
    }

    /// The task does something else now.
    pub(super) fn report(&mut self, message: &str) {
        let Some(running) = &mut self.running else { return };
        if running.message == message {
            return;
        }
        running.message = message.chars().take(MESSAGE_CAP).collect();
        if running.begun {
            let report = WorkDoneProgressReport {
                cancellable: Some(true),
                message: Some(running.message.clone()),
                percentage: None,
            };
            self.send(WorkDoneProgress::Report(report));
        }
    }

    /// The task has ended.
    pub(super) fn end(&mut self) {
        lock(&self.front.progress_token).take();
        if self.running.as_ref().is_some_and(|running| running.begun) {
            self.send(WorkDoneProgress::End(WorkDoneProgressEnd { message: None }));
        }
        self.running = None;
    }

    fn send(&self, value: WorkDoneProgress) {
        if let Some(running) = &self.running {
            let token = NumberOrString::String(running.token.clone());
            let value = ProgressParamsValue::WorkDone(value);
            self.front.outbox.notify::<ProgressNotification>(ProgressParams { token, value });
        }
    }
}
