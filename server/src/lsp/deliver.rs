//! Brings the events of the session to the client: as notifications to one that
//! opted in, in the words of the standard protocol to any other.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tiro_protocol::{Event, lsp};
use tokio::time::{Instant, timeout_at};

use super::{front::Front, know, plain, review};
use crate::session::Events;

/// Events that are taken from the queue at once.
const BATCH: usize = 256;

/// Pieces that come within this time of another are sent as one: a model that writes
/// thousands in a second would keep an editor from all else. One that comes later is
/// not held back.
const PAUSE: Duration = Duration::from_millis(5);

/// Runs until the session ends.
pub(crate) async fn run(front: Arc<Front>, events: Events) {
    if front.profile().is_some_and(|profile| profile.options.events) {
        notify(&front, events).await;
    } else {
        plain::run(front, events).await;
    }
}

async fn notify(front: &Arc<Front>, mut events: Events) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut seq = 0;
    // Until then pieces wait for more of them.
    let mut open = Instant::now();
    while gather(&mut events, &mut batch, &mut open).await {
        for event in joined(&mut batch) {
            front.tasks.observe(&event);
            front.approvals.observe(&event);
            review::observe(front, &event, false);
            know::observe(front, &event);
            seq += 1;
            if let Some((method, params)) = notification(event, seq) {
                front.outbox.stream(&method, params).await;
            }
        }
    }
}

/// Waits for events; for more of them while the last is a piece, until `open` says that
/// the one before it was long ago. False when there will be none.
async fn gather(events: &mut Events, batch: &mut Vec<Event>, open: &mut Instant) -> bool {
    let is_open = events.recv_many(batch, BATCH).await > 0;
    while batch.last().is_some_and(is_piece) && Instant::now() < *open {
        let more = timeout_at(*open, events.recv_many(batch, BATCH)).await;
        if more.is_ok_and(|count| count == 0) {
            break;
        }
    }
    if batch.last().is_some_and(is_piece) {
        *open = Instant::now() + PAUSE;
    }
    is_open
}

/// The events, with pieces of one stream that follow one another as one piece.
fn joined(batch: &mut Vec<Event>) -> impl Iterator<Item = Event> {
    let mut events = batch.drain(..).peekable();
    std::iter::from_fn(move || {
        let mut event = events.next()?;
        while events.next_if(|next| join(&mut event, next)).is_some() {}
        Some(event)
    })
}

/// Whether more of the same may follow, which then is one event with it.
fn is_piece(event: &Event) -> bool {
    use tiro_protocol::EventMsg::{AgentMessageDelta, AgentReasoningDelta, ExecCommandOutputDelta};
    matches!(
        event.msg,
        AgentMessageDelta { .. } | AgentReasoningDelta { .. } | ExecCommandOutputDelta { .. }
    )
}

/// Appends the next piece, if it is one of the same stream.
fn join(event: &mut Event, next: &Event) -> bool {
    use tiro_protocol::EventMsg::{
        AgentMessageDelta, AgentReasoningDelta, ExecCommandOutputDelta as Output,
    };
    if event.id != next.id {
        return false;
    }
    let (text, more) = match (&mut event.msg, &next.msg) {
        (AgentMessageDelta { delta }, AgentMessageDelta { delta: more })
        | (AgentReasoningDelta { delta }, AgentReasoningDelta { delta: more }) => (delta, more),
        (Output { call_id, stream, chunk }, Output { call_id: other, stream: of, chunk: more })
            if call_id == other && stream == of =>
        {
            (chunk, more)
        }
        _ => return false,
    };
    text.push_str(more);
    true
}

/// The notification of an event, by the one rule for every event.
fn notification(event: Event, seq: u64) -> Option<(String, Map<String, Value>)> {
    let Ok(Value::Object(mut params)) = serde_json::to_value(event.msg) else {
        // The golden tests of the protocol show that every event is an object.
        tracing::error!("an event has no JSON");
        return None;
    };
    let method = lsp::method(params.remove("type")?.as_str()?);
    params.insert("id".to_owned(), event.id.into());
    params.insert("seq".to_owned(), seq.into());
    Some((method, params))
}

#[cfg(test)]
mod tests {
    use tiro_protocol::{EventMsg, OutputStream};

    use super::*;

    #[test]
    fn an_event_is_its_fields_with_id_and_seq() {
        let msg = EventMsg::AgentMessageDelta { delta: "x".to_owned() };
        let (method, params) = notification(Event { id: "7".to_owned(), msg }, 3).expect("JSON");
        assert_eq!(method, "tiro/agentMessageDelta");
        assert_eq!(Value::from(params), serde_json::json!({"delta": "x", "id": "7", "seq": 3}));
    }

    #[test]
    fn pieces_of_one_stream_that_wait_are_one() {
        let said = |id: &str, text: &str| Event {
            id: id.to_owned(),
            msg: EventMsg::AgentMessageDelta { delta: text.to_owned() },
        };
        let wrote = |call: &str, stream, text: &str| Event {
            id: "1".to_owned(),
            msg: EventMsg::ExecCommandOutputDelta {
                call_id: call.to_owned(),
                stream,
                chunk: text.to_owned(),
            },
        };
        let done = Event { id: "1".to_owned(), msg: EventMsg::TaskComplete };
        let (out, err) = (OutputStream::Stdout, OutputStream::Stderr);
        let mut batch = vec![
            said("1", "a"),
            said("1", "b"),
            said("2", "c"),
            wrote("x", out, "d"),
            wrote("x", out, "e"),
            wrote("y", out, "f"),
            wrote("y", err, "g"),
            done.clone(),
            said("1", "h"),
        ];
        let all: Vec<Event> = joined(&mut batch).collect();
        assert_eq!(
            all,
            [
                said("1", "ab"),
                said("2", "c"),
                wrote("x", out, "de"),
                wrote("y", out, "f"),
                wrote("y", err, "g"),
                done,
                said("1", "h"),
            ]
        );
    }

    fn piece(text: &str) -> Event {
        Event { id: "1".to_owned(), msg: EventMsg::AgentMessageDelta { delta: text.to_owned() } }
    }

    /// What `gather` takes from the queue, one time after the other, and when.
    #[tokio::test(start_paused = true)]
    async fn a_piece_waits_for_more_only_when_one_was_just_sent() {
        let (sender, mut events) = tokio::sync::mpsc::channel(16);
        let began = Instant::now();
        let (mut batch, mut open) = (Vec::new(), began);
        let done = Event { id: "1".to_owned(), msg: EventMsg::TaskComplete };

        sender.send(piece("a")).await.unwrap();
        assert!(gather(&mut events, &mut batch, &mut open).await);
        assert_eq!((batch.drain(..).count(), began.elapsed()), (1, Duration::ZERO), "the first");

        for text in ["b", "c"] {
            sender.send(piece(text)).await.unwrap();
        }
        assert!(gather(&mut events, &mut batch, &mut open).await);
        assert_eq!((batch.drain(..).count(), began.elapsed()), (2, PAUSE), "those right after");

        sender.send(piece("d")).await.unwrap();
        sender.send(done).await.unwrap();
        assert!(gather(&mut events, &mut batch, &mut open).await);
        assert_eq!((batch.drain(..).count(), began.elapsed()), (2, PAUSE), "an end holds nothing");

        tokio::time::advance(PAUSE * 3).await;
        sender.send(piece("e")).await.unwrap();
        assert!(gather(&mut events, &mut batch, &mut open).await);
        assert_eq!((batch.drain(..).count(), began.elapsed()), (1, PAUSE * 4), "one that is late");

        drop(sender);
        assert!(!gather(&mut events, &mut batch, &mut open).await);
    }

    #[test]
    fn an_event_without_fields_has_id_and_seq_alone() {
        let event = Event { id: "7".to_owned(), msg: EventMsg::TaskComplete };
        let (method, params) = notification(event, 1).expect("JSON");
        assert_eq!(method, "tiro/taskComplete");
        assert_eq!(Value::from(params), serde_json::json!({"id": "7", "seq": 1}));
    }
}
