//! Everything that goes to the client: one queue, one writer, in order.
//!
//! Anyone may put a message in the queue without waiting, so a handler never
//! waits for a client that does not read. Only what can come in bulk (events)
//! waits for room, which bounds the memory that a slow client costs.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll},
};

use lsp_types::{notification::Notification, request::Request};
use serde::Serialize;
use serde_json::Value;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
};
use tower_lsp::jsonrpc::{Error, Response};

/// Bytes of bulk messages that may wait for the client.
const ROOM: usize = 256 * 1024;

/// Messages that are written at once.
const BATCH: usize = 128;

type Answer = Result<Value, Error>;

/// The way to the client. Clones share one queue.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    queue: mpsc::UnboundedSender<Outgoing>,
    room: Arc<Semaphore>,
    requests: Arc<Requests>,
}

#[derive(Debug, Default)]
struct Requests {
    last_id: AtomicI64,
    waiting: Mutex<HashMap<i64, oneshot::Sender<Answer>>>,
}

/// What the writer does next.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A framed message, and the room that it takes until it is written.
    Message {
        bytes: Vec<u8>,
        /// Given back when this is dropped.
        _room: Option<OwnedSemaphorePermit>,
    },
    /// Nothing follows.
    End,
}

#[derive(Serialize)]
struct Message<'a, P> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    method: &'a str,
    params: P,
}

impl Outbox {
    /// The queue, and what [`write`] takes from.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Outgoing>) {
        let (queue, outgoing) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(ROOM));
        (Self { queue, room, requests: Arc::default() }, outgoing)
    }

    /// Sends a notification of the protocol.
    pub(crate) fn notify<N: Notification>(&self, params: N::Params) {
        self.push(&Message { jsonrpc: "2.0", id: None, method: N::METHOD, params });
    }

    /// Sends one of many notifications: waits while too much is on its way.
    pub(crate) async fn stream(&self, method: &str, params: impl Serialize) {
        let bytes = frame(&Message { jsonrpc: "2.0", id: None, method, params });
        let size = u32::try_from(bytes.len().min(ROOM)).unwrap_or(u32::MAX);
        let room = self.room.clone().acquire_many_owned(size).await.ok();
        let _ = self.queue.send(Outgoing::Message { bytes, _room: room });
    }

    /// Ends the writer after what is in the queue now.
    pub(crate) fn close(&self) {
        let _ = self.queue.send(Outgoing::End);
    }

    /// Sends a request of the protocol. It is on its way when this returns.
    pub(crate) fn request<R: Request>(&self, params: R::Params) -> Reply {
        self.request_method(R::METHOD, params)
    }

    /// Sends a request by its method.
    pub(crate) fn request_method(&self, method: &str, params: impl Serialize) -> Reply {
        let id = self.requests.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (answer, answered) = oneshot::channel();
        self.waiting().insert(id, answer);
        self.push(&Message { jsonrpc: "2.0", id: Some(id), method, params });
        Reply { id, answered, requests: self.requests.clone() }
    }

    /// Answers a request of the client.
    pub(crate) fn respond(&self, response: &Response) {
        self.push(response);
    }

    /// Hands an answer of the client to whoever waits for it. One that nobody
    /// waits for, or no longer, is dropped.
    pub(crate) fn settle(&self, id: i64, answer: Answer) {
        let waiting = self.waiting().remove(&id);
        match waiting {
            Some(waiting) => drop(waiting.send(answer)),
            None => tracing::debug!(id, "a reply that nobody waits for"),
        }
    }

    fn push(&self, message: &impl Serialize) {
        let _ = self.queue.send(Outgoing::Message { bytes: frame(message), _room: None });
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<i64, oneshot::Sender<Answer>>> {
        self.requests.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The client's answer to come. Dropping it stops the waiting; a late answer
/// then does nothing.
#[derive(Debug)]
pub(crate) struct Reply {
    id: i64,
    answered: oneshot::Receiver<Answer>,
    requests: Arc<Requests>,
}

impl Future for Reply {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        Pin::new(&mut self.answered)
            .poll(context)
            .map(|answer| answer.unwrap_or_else(|_| Err(Error::request_cancelled())))
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.requests.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Writes what is in the queue until the [`Outbox`] is closed or the client no
/// longer takes anything.
pub(crate) async fn write(
    mut outgoing: mpsc::UnboundedReceiver<Outgoing>,
    mut output: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut bytes = Vec::new();
    while outgoing.recv_many(&mut batch, BATCH).await > 0 {
        let mut ends = false;
        for next in &batch {
            match next {
                Outgoing::Message { bytes: message, .. } => bytes.extend_from_slice(message),
                Outgoing::End => ends = true,
            }
        }
        output.write_all(&bytes).await?;
        output.flush().await?;
        if ends {
            break;
        }
        batch.clear();
        bytes.clear();
        bytes.shrink_to(ROOM);
    }
    Ok(())
}

/// A message with its header.
fn frame(message: &impl Serialize) -> Vec<u8> {
    /// As wide as the cap of a message needs; leading zeroes are avoided by
    /// writing the number at the end of the space.
    const HEADER: usize = "Content-Length: \r\n\r\n".len() + 20;
    let mut bytes = vec![0; HEADER];
    bytes.reserve(192);
    if let Err(error) = serde_json::to_writer(&mut bytes, message) {
        // Types with string keys do not fail; a message less is the least harm.
        tracing::error!("cannot write a message: {error}");
        return Vec::new();
    }
    let header = format!("Content-Length: {}\r\n\r\n", bytes.len() - HEADER);
    let start = HEADER - header.len();
    bytes[start..HEADER].copy_from_slice(header.as_bytes());
    bytes.drain(..start);
    bytes
}

#[cfg(test)]
mod tests {
    use lsp_types::{LogMessageParams, MessageType, notification::LogMessage, request};

    use super::*;

    fn log(outbox: &Outbox, message: &str) {
        let message = message.to_owned();
        outbox.notify::<LogMessage>(LogMessageParams { typ: MessageType::INFO, message });
    }

    #[tokio::test]
    async fn messages_are_framed_and_in_order() {
        let (outbox, outgoing) = Outbox::new();
        log(&outbox, "é");
        outbox.stream("tiro/taskStarted", serde_json::json!({"seq": 1})).await;
        drop(outbox);
        let mut written = Vec::new();
        write(outgoing, &mut written).await.expect("memory cannot fail");
        expect_test::expect![[r#"
            Content-Length: 81
            
            {"jsonrpc":"2.0","method":"window/logMessage","params":{"type":3,"message":"é"}}Content-Length: 64
            
            {"jsonrpc":"2.0","method":"tiro/taskStarted","params":{"seq":1}}"#]]
        .assert_eq(&String::from_utf8_lossy(&written).replace("\r\n", "\n"));
    }

    #[tokio::test]
    async fn a_late_or_unknown_reply_does_nothing() {
        let (outbox, _outgoing) = Outbox::new();
        let dropped = outbox.request::<request::WorkspaceFoldersRequest>(());
        let id = dropped.id;
        drop(dropped);
        outbox.settle(id, Ok(Value::Null));
        outbox.settle(99, Ok(Value::Null));
        let kept = outbox.request::<request::WorkspaceFoldersRequest>(());
        outbox.settle(kept.id, Ok(Value::from(7)));
        assert_eq!(kept.await, Ok(Value::from(7)));
    }

    #[tokio::test]
    async fn bulk_waits_for_room_and_the_rest_does_not() {
        let (outbox, mut outgoing) = Outbox::new();
        let big = "x".repeat(ROOM);
        outbox.stream("a", &big).await;
        let mut second = Box::pin(outbox.stream("b", &big));
        assert!(futures::poll!(&mut second).is_pending());
        log(&outbox, "not kept back");
        drop(outgoing.recv().await);
        second.await;
    }
}
