//! Progress of the running task and of each of its commands, in clients that
//! show progress. Cancelling one of them ends the task. What was begun is ended
//! whatever happens: with the command, with the task, with the connection.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use lsp_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport,
    notification::Progress as ProgressNotification, request::WorkDoneProgressCreate,
};
use tiro_protocol::{Event, EventMsg, PlanStatus};
use tokio::time::{Instant, timeout};

use super::{
    front::{Front, lock},
    outbox::Outbox,
    prompt::{command_line, short, visible},
};

/// Characters of a title and of a message; more does not fit where editors show it.
const TITLE_CAP: usize = 60;
const MESSAGE_CAP: usize = 100;

/// A client that has not made a progress by then is not waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often what is shown may change.
pub(super) const REFRESH: Duration = Duration::from_secs(1);

const THINKING: &str = "thinking";

/// What is shown.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    shown: Vec<Shown>,
    /// Counts the tokens: each is new, as a client may use ids twice.
    made: u64,
    closed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    Task,
    Command(String),
}

#[derive(Debug)]
struct Shown {
    token: String,
    of: Of,
    title: String,
    step: String,
    since: Instant,
    /// When the client was last told; never before it made the progress.
    told: Option<Instant>,
}

/// Looks at an event, and shows what it changes.
pub(super) fn observe(front: &Arc<Front>, event: &Event) {
    let progress = &front.progress;
    let step = |step: &str| progress.step(&front.outbox, &Of::Task, step);
    match &event.msg {
        EventMsg::TaskStarted => {
            progress.end_all(&front.outbox);
            begin(front, &event.id, Of::Task, "Tiro", THINKING);
        }
        EventMsg::TaskComplete => progress.end_all(&front.outbox),
        EventMsg::ExecCommandBegin { call_id, command, .. } => {
            let command = command_line(command);
            step(&format!("running {command}"));
            begin(front, &event.id, Of::Command(call_id.clone()), &command, "started");
        }
        EventMsg::ExecCommandOutputDelta { call_id, chunk, .. } => {
            let mut lines = chunk.lines().rev().map(str::trim);
            if let Some(last) = lines.find(|line| !line.is_empty()) {
                progress.step(&front.outbox, &Of::Command(call_id.clone()), &visible(last));
            }
        }
        EventMsg::ExecCommandEnd { call_id, .. } => {
            progress.end(&front.outbox, &Of::Command(call_id.clone()));
            step(THINKING);
        }
        EventMsg::AgentMessageDelta { .. } => step(THINKING),
        EventMsg::ExecApprovalRequest { .. } | EventMsg::ApplyPatchApprovalRequest { .. } => {
            step("waiting for your decision");
        }
        EventMsg::PatchApplyBegin { changes, .. } => step(&match changes.len() {
            1 => "editing a file".to_owned(),
            files => format!("editing {files} files"),
        }),
        EventMsg::PlanUpdate { plan, .. } => {
            if let Some(item) = plan.iter().find(|item| item.status == PlanStatus::InProgress) {
                step(&visible(&item.step));
            }
        }
        _ => {}
    }
}

/// Asks the client for a place to show something, and begins it there.
fn begin(front: &Arc<Front>, task: &str, of: Of, title: &str, step: &str) {
    if !front.profile().is_some_and(|profile| profile.progress) {
        return;
    }
    let Some(token) = front.progress.add(task, of, title, step) else { return };
    let params = WorkDoneProgressCreateParams { token: NumberOrString::String(token.clone()) };
    let made = front.outbox.request::<WorkDoneProgressCreate>(params);
    let shared = front.clone();
    front.spawn(async move {
        let made = timeout(PATIENCE, made).await.is_ok_and(|answer| answer.is_ok());
        shared.progress.made(&shared.outbox, &token, made);
    });
}

impl Progress {
    fn add(&self, task: &str, of: Of, title: &str, step: &str) -> Option<String> {
        let state = &mut *lock(&self.0);
        if state.closed {
            return None;
        }
        state.made += 1;
        let token = format!("tiro/{task}/{}", state.made);
        state.shown.push(Shown {
            token: token.clone(),
            of,
            title: short(title, TITLE_CAP),
            step: short(step, MESSAGE_CAP),
            since: Instant::now(),
            told: None,
        });
        Some(token)
    }

    /// The client made a progress, or not; what it is of may have ended.
    fn made(&self, outbox: &Outbox, token: &str, made: bool) {
        let state = &mut *lock(&self.0);
        let Some(at) = state.shown.iter().position(|shown| shown.token == token) else { return };
        if !made {
            state.shown.remove(at);
            return;
        }
        let shown = &mut state.shown[at];
        shown.told = Some(Instant::now());
        let begin = WorkDoneProgressBegin {
            title: shown.title.clone(),
            cancellable: Some(true),
            message: Some(shown.message()),
            percentage: None,
        };
        send(outbox, token, WorkDoneProgress::Begin(begin));
    }

    fn step(&self, outbox: &Outbox, of: &Of, step: &str) {
        let mut state = lock(&self.0);
        let Some(shown) = state.shown.iter_mut().find(|shown| shown.of == *of) else { return };
        let step = short(step, MESSAGE_CAP);
        if shown.step != step {
            shown.step = step;
            shown.tell(outbox);
        }
    }

    /// A second has passed: tells how far everything is.
    pub(super) fn tick(&self, outbox: &Outbox) {
        lock(&self.0).shown.iter_mut().for_each(|shown| shown.tell(outbox));
    }

    /// Whether there is anything that a second more changes.
    pub(super) fn is_shown(&self) -> bool {
        !lock(&self.0).shown.is_empty()
    }

    /// Whether this is one of ours that goes on.
    pub(super) fn has(&self, token: &str) -> bool {
        lock(&self.0).shown.iter().any(|shown| shown.token == token)
    }

    fn end(&self, outbox: &Outbox, of: &Of) {
        let state = &mut *lock(&self.0);
        for ended in state.shown.extract_if(.., |shown| shown.of == *of) {
            ended.end(outbox);
        }
    }

    fn end_all(&self, outbox: &Outbox) {
        // What a task shows is begun before its commands, and ended after them.
        lock(&self.0).shown.drain(..).rev().for_each(|shown| shown.end(outbox));
    }

    /// Ends everything, for good.
    pub(super) fn close(&self, outbox: &Outbox) {
        lock(&self.0).closed = true;
        self.end_all(outbox);
    }
}

impl Shown {
    fn message(&self) -> String {
        match self.since.elapsed().as_secs() {
            0 => self.step.clone(),
            seconds => format!("{} ({})", self.step, elapsed(seconds)),
        }
    }

    /// Tells the client, unless it was told within the last second.
    fn tell(&mut self, outbox: &Outbox) {
        if self.told.is_none_or(|told| told.elapsed() < REFRESH) {
            return;
        }
        self.told = Some(Instant::now());
        let report = WorkDoneProgressReport {
            cancellable: Some(true),
            message: Some(self.message()),
            percentage: None,
        };
        send(outbox, &self.token, WorkDoneProgress::Report(report));
    }

    fn end(&self, outbox: &Outbox) {
        if self.told.is_some() {
            send(outbox, &self.token, WorkDoneProgress::End(WorkDoneProgressEnd { message: None }));
        }
    }
}

fn elapsed(seconds: u64) -> String {
    match seconds / 60 {
        0 => format!("{seconds} s"),
        minutes => format!("{minutes} min {:02} s", seconds % 60),
    }
}

fn send(outbox: &Outbox, token: &str, value: WorkDoneProgress) {
    let token = NumberOrString::String(token.to_owned());
    let value = ProgressParamsValue::WorkDone(value);
    outbox.notify::<ProgressNotification>(ProgressParams { token, value });
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use tokio::time::advance;

    use super::*;
    use crate::lsp::outbox::Outgoing;

    /// What was sent since the last look: the kind and the message of each.
    fn sent(outgoing: &mut tokio::sync::mpsc::UnboundedReceiver<Outgoing>) -> String {
        let mut all = String::new();
        while let Ok(Outgoing::Message { bytes, .. }) = outgoing.try_recv() {
            let text = String::from_utf8_lossy(&bytes);
            let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
            let json: serde_json::Value = serde_json::from_str(body).expect("JSON");
            let value = &json["params"]["value"];
            let message = value["message"].as_str().unwrap_or_default();
            let _ = write!(all, "{} {message};", value["kind"].as_str().unwrap_or_default());
        }
        all
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_is_told_at_most_once_a_second_and_the_end_always() {
        let (outbox, mut outgoing) = Outbox::new();
        let progress = Progress::default();
        let token = progress.add("1", Of::Task, "Tiro", "thinking").expect("open");
        let other = progress.add("1", Of::Command("c".into()), "make", "started").expect("open");
        assert_ne!(token, other);
        progress.step(&outbox, &Of::Task, "running make");
        assert_eq!(sent(&mut outgoing), "", "nothing before the client made it");
        progress.made(&outbox, &token, true);
        progress.step(&outbox, &Of::Task, "thinking");
        assert_eq!(sent(&mut outgoing), "begin running make;");
        advance(REFRESH).await;
        progress.tick(&outbox);
        progress.tick(&outbox);
        assert_eq!(sent(&mut outgoing), "report thinking (1 s);");
        advance(Duration::from_secs(64)).await;
        progress.step(&outbox, &Of::Task, "editing a file");
        assert_eq!(sent(&mut outgoing), "report editing a file (1 min 05 s);");
        progress.made(&outbox, &other, false);
        assert!(!progress.has(&other) && progress.has(&token));
        progress.close(&outbox);
        assert_eq!(sent(&mut outgoing), "end ;");
        assert!(!progress.is_shown());
        assert_eq!(progress.add("2", Of::Task, "Tiro", ""), None, "nothing begins after the end");
    }
}
