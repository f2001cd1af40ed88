//! Brings the events of the session to the client: as notifications to one that
//! opted in, in the words of the standard protocol to any other.

use std::sync::Arc;

use serde_json::{Map, Value};
use tiro_protocol::{Event, lsp};

use super::{front::Front, know, plain, review};
use crate::session::Events;

/// Events that are taken from the queue at once.
const BATCH: usize = 64;

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
    while events.recv_many(&mut batch, BATCH).await > 0 {
        for event in batch.drain(..) {
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
    use tiro_protocol::EventMsg;

    use super::*;

    #[test]
    fn an_event_is_its_fields_with_id_and_seq() {
        let msg = EventMsg::AgentMessageDelta { delta: "x".to_owned() };
        let (method, params) = notification(Event { id: "7".to_owned(), msg }, 3).expect("JSON");
        assert_eq!(method, "tiro/agentMessageDelta");
        assert_eq!(Value::from(params), serde_json::json!({"delta": "x", "id": "7", "seq": 3}));
    }

    #[test]
    fn an_event_without_fields_has_id_and_seq_alone() {
        let event = Event { id: "7".to_owned(), msg: EventMsg::TaskComplete };
        let (method, params) = notification(event, 1).expect("JSON");
        assert_eq!(method, "tiro/taskComplete");
        assert_eq!(Value::from(params), serde_json::json!({"id": "7", "seq": 1}));
    }
}
