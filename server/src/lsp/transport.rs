//! Drives the service: one message after another, each to its handler.
//!
//! It takes the place of `tower_lsp::Server`, which stops reading at the first
//! message that it cannot parse, holds messages of any size, and runs out of
//! slots when four handlers wait. Here the part of a handler before its first
//! await runs before the next message is looked at, so handlers see messages
//! in order; what a handler waits for delays nobody else.

use futures::{
    StreamExt,
    stream::{FuturesUnordered, Stream},
};
use lsp_types::{MessageType, ShowMessageParams, notification::ShowMessage};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncRead;
use tower_lsp::{
    LanguageServer, LspService,
    jsonrpc::{Error, ErrorCode, Id, Request, Response},
};
use tower_service::Service;

use super::{
    framing::{Frame, FrameReader, MESSAGE_CAP},
    outbox::Outbox,
    oversized::Beginning,
};

/// Why no more messages are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The client said `exit`.
    Exit,
    /// The input ended.
    InputEnded,
}

/// A message, before it is known which kind it is.
#[derive(Deserialize)]
struct Incoming {
    #[serde(default, deserialize_with = "present")]
    id: Option<Id>,
    method: Option<String>,
    #[serde(default, deserialize_with = "present")]
    params: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    error: Option<Failure>,
}

/// An error of the client, which may have more fields than ours.
#[derive(Deserialize)]
struct Failure {
    code: i64,
    message: String,
}

/// Tells `null` from absent.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads and serves until the client says `exit` or the input ends. `lost` is
/// told when a change of a document was not taken in: of which, where known.
/// `initializing` sees the params of `initialize` as they came, before they lose
/// what their types do not have.
pub(crate) async fn serve<S: LanguageServer>(
    mut input: FrameReader<impl AsyncRead + Unpin>,
    mut service: LspService<S>,
    outbox: &Outbox,
    lost: impl Fn(Option<&str>),
    initializing: impl Fn(&Value),
) -> Stop {
    let mut waiting = FuturesUnordered::new();
    loop {
        let frame = tokio::select! {
            frame = input.next() => frame,
            Some(response) = next(&mut waiting) => {
                respond(outbox, response);
                continue;
            }
        };
        let body = match frame {
            Ok(Some(Frame::Message(body))) => body,
            Ok(Some(Frame::TooLarge { length, head })) => {
                let beginning = Beginning::new(&head);
                if beginning.may_change_a_document() {
                    lost(beginning.document.as_deref());
                }
                refuse_oversized(outbox, length, beginning);
                continue;
            }
            Ok(Some(Frame::BadHeader(problem))) => {
                fail(outbox, Id::Null, ErrorCode::ParseError, problem);
                continue;
            }
            Ok(None) => return Stop::InputEnded,
            Err(error) => {
                tracing::warn!("cannot read the input: {error}");
                return Stop::InputEnded;
            }
        };
        let Some(request) = route(&body, outbox) else { continue };
        drop(body);
        let exits = request.method() == "exit";
        if request.method() == "initialize"
            && let Some(params) = request.params()
        {
            initializing(params);
        }
        let mut answer = service.call(request);
        match futures::poll!(&mut answer) {
            std::task::Poll::Ready(response) => respond(outbox, response),
            std::task::Poll::Pending => waiting.push(answer),
        }
        if exits {
            return Stop::Exit;
        }
    }
}

/// The next of the waiting handlers to finish; never ends while there is none.
async fn next<S: Stream + Unpin>(waiting: &mut S) -> Option<S::Item> {
    match waiting.next().await {
        Some(item) => Some(item),
        None => std::future::pending().await,
    }
}

/// Takes a message apart: a request or notification is returned, a response
/// goes to whoever waits for it, anything else is answered with an error.
fn route(body: &[u8], outbox: &Outbox) -> Option<Request> {
    let incoming: Incoming = match serde_json::from_slice(body) {
        Ok(incoming) => incoming,
        Err(error) if error.is_data() => {
            fail(outbox, Id::Null, ErrorCode::InvalidRequest, format!("not a message: {error}"));
            return None;
        }
        Err(error) => {
            fail(outbox, Id::Null, ErrorCode::ParseError, format!("not JSON: {error}"));
            return None;
        }
    };
    match incoming {
        Incoming { id, method: Some(method), params, .. } => {
            let params = params.or_else(|| {
                // An op without fields may come without params.
                method.starts_with("tiro/").then(|| Value::Object(serde_json::Map::new()))
            });
            let mut request = Request::build(method);
            if let Some(params) = params {
                request = request.params(params);
            }
            if let Some(id) = id {
                request = request.id(id);
            }
            Some(request.finish())
        }
        Incoming { id: Some(Id::Number(id)), error: Some(failure), .. } => {
            let Failure { code, message } = failure;
            outbox
                .settle(id, Err(Error { code: code.into(), message: message.into(), data: None }));
            None
        }
        Incoming { id: Some(Id::Number(id)), result, .. } => {
            outbox.settle(id, Ok(result.unwrap_or_default()));
            None
        }
        // An answer to an error without an id, or to a request that is not ours.
        Incoming { result: Some(_), .. } | Incoming { error: Some(_), .. } => None,
        Incoming { id, .. } => {
            let problem = "a message has a method, a result or an error".to_owned();
            fail(outbox, id.unwrap_or_default(), ErrorCode::InvalidRequest, problem);
            None
        }
    }
}

/// Answers a message that was too large: its request where it was one, and the
/// person otherwise, since nobody waits for an answer to a notification.
fn refuse_oversized(outbox: &Outbox, length: u64, beginning: Beginning) {
    let mut problem = format!(
        "a message of {length} bytes is above the cap of {} MiB ({MESSAGE_CAP} bytes) and was skipped",
        MESSAGE_CAP / (1024 * 1024),
    );
    if beginning.id == Id::Null {
        if beginning.may_change_a_document() {
            problem.push_str("; close what you changed and open it again to have it read anew");
        }
        let message = format!("Tiro: {problem}");
        outbox.notify::<ShowMessage>(ShowMessageParams { typ: MessageType::ERROR, message });
    }
    fail(outbox, beginning.id, ErrorCode::InvalidRequest, problem);
}

fn fail(outbox: &Outbox, id: Id, code: ErrorCode, message: String) {
    outbox.respond(&Response::from_error(id, Error { code, message: message.into(), data: None }));
}

fn respond<E>(outbox: &Outbox, response: Result<Option<Response>, E>) {
    if let Ok(Some(response)) = response {
        outbox.respond(&response);
    }
}
