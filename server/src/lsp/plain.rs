//! Events for a client that knows nothing of Tiro: dialogs for approvals,
//! progress for a task, a document for an answer, messages for the rest.

use std::sync::Arc;

use lsp_types::{
    MessageActionItem, MessageType, ShowMessageRequestParams, request::ShowMessageRequest,
};
use tiro_protocol::{Event, EventMsg};
use tokio::task::JoinSet;

use super::{
    answers, approvals::Pending, comments, conflicts, front::Front, progress::Progress,
    prompt::Prompt, proposal,
};
use crate::session::Events;

/// What was waited for outside the queue of events.
pub(super) enum Waited {
    /// The client was asked to make a progress; whether it did.
    ProgressMade { token: String, made: bool },
    /// Nothing that matters here.
    Done,
}

/// Runs until the session ends. What it waits for ends with it.
pub(super) async fn run(front: Arc<Front>, mut events: Events) {
    let mut waits = JoinSet::new();
    let mut progress = Progress::new(front.clone());
    let mut answer = String::new();
    loop {
        tokio::select! {
            event = events.recv() => {
                let Some(event) = event else {
                    comments::abandoned(&front);
                    return;
                };
                front.tasks.observe(&event);
                conflicts::observe(&front, &event);
                comments::observe(&front, &event);
                let pending = front.approvals.observe(&event);
                if let (Some(pending), Some(prompt)) = (pending, Prompt::of(&event.msg)) {
                    progress.report("waiting for your decision");
                    waits.spawn(ask(front.clone(), pending, prompt, proposal::diff(&event.msg)));
                    continue;
                }
                present(&front, event, &mut progress, &mut answer, &mut waits);
            }
            Some(waited) = waits.join_next() => {
                if let Ok(Waited::ProgressMade { token, made }) = waited {
                    progress.made(&token, made);
                }
            }
        }
    }
}

fn present(
    front: &Arc<Front>,
    event: Event,
    progress: &mut Progress,
    answer: &mut String,
    waits: &mut JoinSet<Waited>,
) {
    match event.msg {
        EventMsg::Error { message } => front.show(MessageType::ERROR, format!("Tiro: {message}")),
        EventMsg::TaskStarted => progress.begin(&event.id, waits),
        EventMsg::TaskComplete => {
            progress.end();
            let text = std::mem::take(answer);
            if !text.is_empty() {
                waits.spawn(answers::show(front.clone(), text));
            }
        }
        EventMsg::AgentMessage { message } => {
            if !answer.is_empty() {
                answer.push_str("\n\n");
            }
            answer.push_str(message.trim_end());
        }
        EventMsg::SessionConfigured { model } => front.log(format!("Tiro uses the model {model}")),
        EventMsg::BackgroundEvent { message } => front.log(format!("Tiro: {message}")),
        EventMsg::ExecCommandBegin { command, .. } => {
            progress.report(&format!("running {}", super::prompt::command_line(&command)));
        }
        EventMsg::ExecCommandEnd { .. } | EventMsg::AgentMessageDelta { .. } => {
            progress.report("thinking");
        }
        EventMsg::PatchApplyBegin { changes, .. } => {
            progress.report(&match changes.len() {
                1 => "editing a file".to_owned(),
                files => format!("editing {files} files"),
            });
        }
        EventMsg::PatchApplyEnd { success: false, stderr, .. } => {
            front.log(format!("Tiro: a patch was not applied: {stderr}"));
        }
        EventMsg::PlanUpdate { plan, .. } => {
            use tiro_protocol::PlanStatus::InProgress;
            if let Some(item) = plan.into_iter().find(|item| item.status == InProgress) {
                progress.report(&item.step);
            }
        }
        // Of these a person sees the outcome; and events of the future.
        _ => {}
    }
}

/// Asks the person, who first sees what is asked about. No answer is no
/// decision: it can still be given by command.
async fn ask(front: Arc<Front>, pending: Pending, prompt: Prompt, diff: Option<String>) -> Waited {
    if let Some(diff) = diff {
        answers::show_diff(&front, &diff).await;
    }
    let actions = prompt.answers.iter().map(|(title, _)| MessageActionItem {
        title: title.clone(),
        properties: std::collections::HashMap::new(),
    });
    let reply = front.outbox.request::<ShowMessageRequest>(ShowMessageRequestParams {
        typ: MessageType::WARNING,
        message: format!("Tiro: {}", prompt.message),
        actions: Some(actions.collect()),
    });
    let answer = reply.await.ok();
    let title = answer.as_ref().and_then(|answer| answer.get("title")?.as_str());
    match title.and_then(|title| prompt.decision(title)) {
        Some(decision) => {
            // It may have been answered in another way meanwhile.
            if let Some(op) = front.approvals.answer_this(&pending, decision) {
                front.tell(op);
            }
        }
        None if front.approvals.is_pending(&pending) => front.log(format!(
            "Tiro still waits for a decision; run the command tiro.approve, tiro.deny or tiro.stop: {}",
            prompt.message
        )),
        None => {}
    }
    Waited::Done
}
