//! Sends what stands under the last `## You`: to the session, or to wait until
//! the task of somebody else has ended.

use std::{path::PathBuf, sync::Arc};

use lsp_types::{CodeActionKind, MessageType};
use serde_json::{Value, json};
use tiro_protocol::{InputItem, Op, Submission};
use tower_lsp::jsonrpc::Error;

use super::{
    Active, State, chat_at,
    document::{Turn, Who, is_chat, left_open, turns},
    message::{Context, Message},
    refresh,
    render::Answer,
    slash,
};
use crate::{
    documents::OpenDocument,
    lsp::{
        actions::{Offer, Place},
        commands::{Arguments, Outcome},
        front::{Front, lock},
        tasks::Origin,
    },
    session::SubmitError,
    workspace::Workspace as _,
};

const WAITS: &str = "Another task runs. This message is sent when it has ended; `/stop` ends it.";

/// The command `tiro.send`: the document that is named, or the only chat that is
/// open.
pub(crate) fn run_send(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    own_chat(front)?;
    let document = match arguments.text("uri") {
        Some(uri) => uri.parse().ok().and_then(|uri| chat_at(front, &uri)).ok_or_else(|| {
            Error::invalid_params(format!("{uri} is no chat that is open; open it and send again"))
        })?,
        None => the_only_chat(front)?,
    };
    Ok(Outcome::Done(send(front, &document)))
}

/// A client that opted in to events has a chat of its own, and is told of no other.
pub(super) fn own_chat(front: &Front) -> Result<(), Error> {
    if front.profile().is_some_and(|profile| profile.options.events) {
        return Err(Error::invalid_params(
            "this client shows the conversation itself; say it with tiro/userInput",
        ));
    }
    Ok(())
}

fn the_only_chat(front: &Front) -> Result<OpenDocument, Error> {
    let open = front.editor().map(|editor| editor.open_documents()).unwrap_or_default();
    let mut chats = open.into_iter().filter(|document| is_chat(&document.path));
    match (chats.next(), chats.next()) {
        (Some(document), None) => Ok(document),
        (None, _) => Err(Error::invalid_params(
            "no chat is open; tiro.chat opens a new one, and a file *.tiro.md is one",
        )),
        _ => Err(Error::invalid_params(
            "several chats are open; name one: [{\"uri\": \"file:///…\"}], or send from it",
        )),
    }
}

/// In a chat, below the last heading: to send what stands there.
pub(crate) fn offers(place: &Place<'_>) -> Vec<Offer> {
    let document = place.document;
    if has_own_interface(place) || !is_chat(&document.path) {
        return Vec::new();
    }
    let turns = turns(&document.text);
    let last = turns.last().filter(|turn| turn.who == Who::You);
    let here = last.filter(|turn| place.range.end.line >= turn.line);
    let send = Offer {
        title: "Tiro: send".to_owned(),
        kind: CodeActionKind::QUICKFIX,
        command: "tiro.send",
        argument: json!({ "uri": document.uri }),
        diagnostics: Vec::new(),
        preferred: true,
    };
    here.filter(|turn| !turn.said(&document.text).is_empty()).map(|_| send).into_iter().collect()
}

/// Everywhere else: to open a chat. What is about the place stands before it.
pub(crate) fn opening(place: &Place<'_>) -> Vec<Offer> {
    if has_own_interface(place) || is_chat(&place.document.path) {
        return Vec::new();
    }
    vec![Offer {
        title: "Tiro: open a chat".to_owned(),
        kind: CodeActionKind::SOURCE,
        command: "tiro.chat",
        argument: Value::Null,
        diagnostics: Vec::new(),
        preferred: false,
    }]
}

fn has_own_interface(place: &Place<'_>) -> bool {
    place.front.profile().is_some_and(|profile| profile.options.events)
}

/// What is missing, or the id of the submission.
fn send(front: &Arc<Front>, document: &OpenDocument) -> Value {
    let text = &document.text;
    let turns = turns(text);
    let missing = |what: &str| {
        front.show(MessageType::WARNING, format!("Tiro: nothing was sent: {what}"));
        Value::Null
    };
    let Some((turn, earlier)) = turns.split_last().filter(|(turn, _)| turn.who == Who::You) else {
        return missing(match turns.is_empty() {
            true => "this chat has no line `## You`; write your message below one",
            false => "write your message below a line `## You` after the last answer",
        });
    };
    let mut guard = lock(&front.chats.0);
    let state = &mut *guard;
    let Some(said) = unsent(state, document, turn) else {
        return missing("there is no message under the last `## You`");
    };
    if let Some((command, rest)) = slash::command(said) {
        let (command, rest) = (command.to_owned(), rest.to_owned());
        drop(guard);
        slash::run(front, document, turn, &command, &rest);
        return Value::Null;
    }
    let earlier = earlier.iter().map(|turn| (turn.who, turn.said(text).to_owned())).collect();
    let message = Message {
        id: front.new_id(),
        stream: 0,
        path: document.path.clone(),
        line: turn.line,
        said: said.to_owned(),
        earlier,
    };
    let id = message.id.clone();
    take(front, state, document, turn, message);
    drop(guard);
    refresh(front);
    json!({ "id": id })
}

/// What of the last section was not sent yet: while its answer is on its way,
/// only what was written after it.
fn unsent<'a>(state: &State, document: &'a OpenDocument, turn: &Turn) -> Option<&'a str> {
    let text = &document.text;
    let mut start = turn.body.start;
    if state.is_running(&document.path)
        && let Some(stream) = state.stream_of(&document.path).and_then(|id| state.streams.get(&id))
        && stream.is_between(start, text.len())
    {
        start = stream.anchor();
    }
    let said = text.get(start..turn.end(text).max(start))?.trim();
    (!said.is_empty()).then_some(said)
}

fn take(
    front: &Arc<Front>,
    state: &mut State,
    document: &OpenDocument,
    turn: &Turn,
    mut message: Message,
) {
    if !front.profile().is_some_and(|profile| profile.edits.apply) {
        // The answer is shown as that to any question is.
        return submit(front, state, message);
    }
    let busy = front.tasks.is_running() || state.active.is_some();
    let of_active = state
        .stream_of(&document.path)
        .filter(|id| state.active.as_ref().is_some_and(|active| active.stream == *id));
    message.stream = state.begin(document, turn.end(&document.text));
    let stream = message.stream;
    let closing = left_open(&message.said).map(|fence| format!("\n{fence}")).unwrap_or_default();
    if of_active.is_some() {
        let heading = state.active.as_mut().map(|active| active.answer.heading());
        state.push(front, stream, &(closing + &heading.unwrap_or_default()));
        submit(front, state, message);
        return;
    }
    let mut answer = Answer::new(root(front));
    let mut begin = closing + &answer.heading();
    if busy {
        begin += &answer.block(&format!("> {WAITS}"));
    }
    state.push(front, stream, &begin);
    if let Some(queued) = state.queue.iter_mut().find(|queued| queued.stream == stream) {
        queued.said = format!("{}\n\n{}", queued.said, message.said);
    } else if busy {
        state.queue.push_back(message);
    } else {
        activate(front, state, message, answer);
    }
}

/// The next message that waited, now that nothing runs.
pub(super) fn start_next(front: &Arc<Front>, state: &mut State) {
    while let Some(message) = state.queue.pop_front() {
        // Its document may have been closed for good.
        if let Some(stream) = state.streams.get_mut(&message.stream) {
            stream.go_on();
            let answer = Answer::going_on(root(front));
            return activate(front, state, message, answer);
        }
    }
}

fn activate(front: &Arc<Front>, state: &mut State, message: Message, answer: Answer) {
    let (stream, submission) = (message.stream, message.id.clone());
    state.active = Some(Active { stream, submission, task: None, answer });
    submit(front, state, message);
}

/// Hands a message to the session. What it names is read first, where that
/// holds nobody up; a message that names nothing goes at once.
fn submit(front: &Arc<Front>, state: &mut State, message: Message) {
    let context = Context {
        known: !state.known.insert(message.path.clone()),
        other: state.last.replace(message.path.clone()).filter(|last| *last != message.path),
    };
    if message.stream != 0 {
        state.remember(&message.id, message.stream);
    }
    let origin = Origin { path: message.path.clone(), line: message.line };
    front.tasks.started_at(&message.id, origin);
    if !message.has_mentions() {
        let items = message.items(&context, Vec::new());
        let reply = hand_over(front, &message, items);
        let front_too = front.clone();
        front.spawn(async move { settle(&front_too, &message, reply.await).await });
        return;
    }
    let front_too = front.clone();
    front.spawn(async move {
        let named = message.read_mentions(&front_too).await;
        let items = message.items(&context, named);
        let reply = hand_over(&front_too, &message, items);
        settle(&front_too, &message, reply.await).await;
    });
}

fn hand_over(
    front: &Front,
    message: &Message,
    items: Vec<InputItem>,
) -> tokio::sync::oneshot::Receiver<crate::session::Reply> {
    front.submit(Submission { id: message.id.clone(), op: Op::UserInput { items } })
}

/// A message that the session does not take is said so in its document.
async fn settle(
    front: &Arc<Front>,
    message: &Message,
    reply: Result<crate::session::Reply, tokio::sync::oneshot::error::RecvError>,
) {
    let Err(error) = reply.unwrap_or(Err(SubmitError::Ended)) else { return };
    let mut guard = lock(&front.chats.0);
    let state = &mut *guard;
    state.known.remove(&message.path);
    state.submitted.remove(&message.id);
    let event = tiro_protocol::EventMsg::Error { message: error.to_string() };
    let failed = state.active.take_if(|active| active.submission == message.id);
    match failed {
        Some(mut active) => {
            let text = active.answer.event(&event);
            state.push(front, active.stream, &text);
            state.end(front, active.stream);
            start_next(front, state);
        }
        None if message.stream != 0 => {
            let text = state.active.as_mut().map(|active| active.answer.event(&event));
            state.push(front, message.stream, &text.unwrap_or_default());
        }
        None => front.show(MessageType::ERROR, format!("Tiro: {error}")),
    }
    drop(guard);
    refresh(front);
}

/// The folder from which paths are shown.
pub(super) fn root(front: &Front) -> PathBuf {
    front.editor().and_then(|editor| editor.roots().into_iter().next()).unwrap_or_default()
}
