//! Events for a client that knows nothing of Tiro: who shows what of them.
//! Dialogs for approvals, progress for tasks and commands, documents for answers
//! and what else there is to look at, messages for the rest.

use std::sync::Arc;

use lsp_types::MessageType;
use tiro_protocol::{Event, EventMsg};
use tokio::time::{MissedTickBehavior, interval};

use super::{answers, chat, comments, front::Front, know, progress, proposal, review, views};
use crate::session::Events;

/// Runs until the session ends.
pub(super) async fn run(front: Arc<Front>, mut events: Events) {
    let mut seconds = interval(progress::REFRESH);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut answer = String::new();
    loop {
        let has_news = front.progress.is_shown() || views::is_stale(&front);
        tokio::select! {
            event = events.recv() => {
                let Some(event) = event else {
                    comments::abandoned(&front);
                    return;
                };
                front.tasks.observe(&event);
                comments::observe(&front, &event);
                progress::observe(&front, &event);
                views::observe(&front, &event);
                know::observe(&front, &event);
                let in_chat = chat::observe(&front, &event);
                let pending = front.approvals.observe(&event);
                review::observe(&front, &event, !events.is_empty());
                if let Some(pending) = pending {
                    know::ask(&front, pending, proposal::diff(&event.msg).filter(|_| !in_chat));
                }
                if in_chat && chat::says(&event.msg) {
                    continue;
                }
                present(&front, event, &mut answer);
            }
            _ = seconds.tick(), if has_news => {
                front.progress.tick(&front.outbox);
                views::tick(&front);
            }
        }
    }
}

/// What is said in messages and answers.
fn present(front: &Arc<Front>, event: Event, answer: &mut String) {
    match event.msg {
        EventMsg::Error { message } => front.show(MessageType::ERROR, format!("Tiro: {message}")),
        EventMsg::TaskComplete => {
            let text = std::mem::take(answer);
            if !text.is_empty() {
                answers::show(front, text);
            }
        }
        EventMsg::AgentMessage { message } => {
            if !answer.is_empty() {
                answer.push_str("\n\n");
            }
            answer.push_str(message.trim_end());
        }
        EventMsg::SessionConfigured { model, .. } => {
            front.log(format!("Tiro uses the model {model}"));
        }
        EventMsg::BackgroundEvent { message } => front.log(format!("Tiro: {message}")),
        EventMsg::PatchApplyEnd { success: false, stderr, .. } => {
            front.log(format!("Tiro: a patch was not applied: {stderr}"));
        }
        // Of these a person sees the outcome; and events of the future.
        _ => {}
    }
}
