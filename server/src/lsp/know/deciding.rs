//! How a person decides what the session asks: by a dialog, and as long as that
//! has not brought an answer, by a code action or a command. Each question is
//! answered for itself; nothing but an answer is one.

use std::{collections::HashMap, sync::Arc};

use lsp_types::{
    CodeActionKind, MessageActionItem, MessageType, ShowMessageRequestParams,
    request::ShowMessageRequest,
};
use serde_json::{Value, json};
use tiro_protocol::ReviewDecision;
use tower_lsp::jsonrpc::Error;

use super::{
    super::{
        actions::{Offer, Place},
        answers,
        approvals::Pending,
        chat::is_chat,
        commands::{Arguments, Outcome},
        front::Front,
        prompt::short,
        review,
    },
    is_plain,
};

/// Characters of what a question is about, in the title of a code action.
const SUBJECT_CAP: usize = 60;

/// Asks the person, who first sees what is asked about. No answer is no
/// decision: it can still be given in another way.
pub(crate) fn ask(front: &Arc<Front>, pending: Pending, diff: Option<String>) {
    let shared = front.clone();
    front.spawn(async move {
        let front = shared;
        if let Some(diff) = diff {
            answers::show_diff(&front, &diff).await;
        }
        let actions = pending.prompt().answers.iter().map(|(title, _)| MessageActionItem {
            title: title.clone(),
            properties: HashMap::new(),
        });
        let reply = front.outbox.request::<ShowMessageRequest>(ShowMessageRequestParams {
            typ: MessageType::WARNING,
            message: format!("Tiro: {}", pending.prompt().message),
            actions: Some(actions.collect()),
        });
        settle(&front, &pending, &reply.await);
    });
}

/// Takes what the client made of the question.
fn settle(front: &Front, pending: &Pending, answer: &Result<Value, Error>) {
    let title = answer.as_ref().ok().and_then(|answer| answer.get("title")?.as_str());
    let decision = title.and_then(|title| pending.prompt().decision(title));
    if let Some(op) = decision.and_then(|decision| front.approvals.answer_this(pending, decision)) {
        front.tell(op);
        return;
    }
    if !front.approvals.is_pending(pending) {
        // It was answered in another way meanwhile; a dialog cannot be taken back.
        return;
    }
    let why = match (answer, title) {
        (Err(error), _) => format!(" (the editor could not ask: {})", error.message),
        (Ok(_), Some(title)) => format!(" ({title:?} is none of the answers)"),
        (Ok(Value::Null), None) => String::new(),
        (Ok(_), None) => " (what the editor answered is no answer)".to_owned(),
    };
    let place = match front.tasks.origin(pending.task()) {
        Some(origin) => format!("in {}", origin.path.display()),
        None => "in any open file".to_owned(),
    };
    front.log(format!(
        "Tiro still waits for a decision{why}; choose one of its code actions {place}, or run the \
         command tiro.approve, tiro.deny, tiro.answer {} or tiro.stop: {}",
        json!({"call_id": pending.id(), "decision": "approved"}),
        pending.prompt().message
    ));
}

/// The answers to what is asked, where the person would look for them: in the
/// document in which the task was started, and in every chat. The line there is
/// not insisted on: it moves while one types. Of a task that came from no
/// document, they are everywhere.
pub(crate) fn offers(place: &Place<'_>) -> Vec<Offer> {
    let waiting = place.front.approvals.waiting();
    if waiting.is_empty() || !is_plain(place.front) {
        return Vec::new();
    }
    let here = &place.document.path;
    let concerned = |pending: &&Pending| {
        is_chat(here)
            || place.front.tasks.origin(pending.task()).is_none_or(|origin| origin.path == *here)
    };
    waiting.iter().filter(concerned).flat_map(|it| offers_of(place.front, it)).collect()
}

/// Without "Stop", which is offered for the task itself, and without what review
/// offers in its own words.
fn offers_of(front: &Front, pending: &Pending) -> Vec<Offer> {
    let subject = short(&pending.prompt().subject, SUBJECT_CAP);
    let answers = pending.prompt().answers.iter();
    answers
        .filter(|(_, decision)| {
            *decision != ReviewDecision::Abort
                && !review::offers_as_much(front, pending.id(), *decision)
        })
        .map(|(title, decision)| Offer {
            title: format!("Tiro: {title} – {subject}"),
            kind: CodeActionKind::QUICKFIX,
            command: "tiro.answer",
            argument: json!({"call_id": pending.id(), "decision": decision}),
            diagnostics: Vec::new(),
            preferred: false,
        })
        .collect()
}

const USAGE: &str = "tiro.answer takes a decision, \"approved\", \"approved_for_session\", \"denied\" or \
     \"abort\", and the call it is for where several wait: \
     [{\"call_id\": \"…\", \"decision\": \"approved\"}] or [\"approved\"]";

/// `tiro.answer {call_id?, decision}`: a bare decision is for what waits longest.
pub(crate) fn run_answer(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    let decision = arguments.text("decision").map(|word| Value::from(word.replace('-', "_")));
    let decision: Option<ReviewDecision> =
        decision.and_then(|word| serde_json::from_value(word).ok());
    let decision = decision.ok_or_else(|| Error::invalid_params(USAGE))?;
    let id = arguments.field("call_id").and_then(Value::as_str);
    let op = front.approvals.answer(id, decision).ok_or_else(|| {
        Error::invalid_params("nothing waits for an approval, or not under this id")
    })?;
    Ok(Outcome::Submit(front.submission(op)))
}
