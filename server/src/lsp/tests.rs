//! The rules of a connection, over memory instead of pipes, with a session that
//! the test plays. The harness of the connection is here, the rules below.

mod connection;
mod delivering;
mod editing;
mod plain;
mod session;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tiro_protocol::{Event, EventMsg, Op, ReviewDecision, Submission};
use tokio::{
    io::{AsyncWriteExt, DuplexStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

use super::{
    Ended, StartSession, Starting,
    framing::{Frame, FrameReader, MESSAGE_CAP},
    serve,
};
use crate::session::{Answer, Reply, SessionHandle, SubmitError};

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the fake session got and gives.
struct Session {
    submissions: mpsc::UnboundedReceiver<(Submission, oneshot::Sender<Reply>)>,
    events: mpsc::Sender<Event>,
    starting: Starting,
}

struct Client {
    to_server: DuplexStream,
    from_server: FrameReader<DuplexStream>,
    server: JoinHandle<Ended>,
    session: mpsc::UnboundedReceiver<Session>,
    root: tempfile::TempDir,
    last_id: i64,
}

impl Client {
    /// A server that was sent nothing yet.
    fn connect() -> Self {
        Self::connect_with(|| Ok(()))
    }

    /// The session starts, or fails for the reason.
    fn connect_with(outcome: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        let (to_server, input) = tokio::io::duplex(1 << 20);
        let (output, from_server) = tokio::io::duplex(1 << 20);
        let (started, session) = mpsc::unbounded_channel();
        let start = StartSession::new(move |starting| {
            outcome()?;
            let (sender, submissions) = mpsc::unbounded_channel();
            let (events, receiver) = mpsc::channel(64);
            let _ = started.send(Session { submissions, events, starting });
            Ok((SessionHandle::new(sender), receiver))
        });
        let root = tempfile::tempdir().expect("a directory");
        let state = root.path().join("state");
        let server = tokio::spawn(serve(input, output, start, state));
        let from_server = FrameReader::new(from_server);
        Self { to_server, from_server, server, session, root, last_id: 0 }
    }

    async fn initialized(capabilities: Value, options: Value) -> (Self, Session) {
        let mut client = Self::connect();
        client.initialize(capabilities, options).await;
        let session = client.session.recv().await.expect("a session");
        (client, session)
    }

    async fn initialize(&mut self, capabilities: Value, options: Value) -> Value {
        let root = super::convert::uri_from_path(self.root.path()).expect("a URI");
        let folders = json!([{"uri": root, "name": "x"}]);
        let params = json!({
            "processId": null,
            "capabilities": capabilities,
            "initializationOptions": options,
            "workspaceFolders": folders,
        });
        let result = self.call("initialize", params).await;
        self.notify("initialized", json!({})).await;
        result
    }

    async fn send(&mut self, message: &str) {
        let frame = format!("Content-Length: {}\r\n\r\n{message}", message.len());
        self.to_server.write_all(frame.as_bytes()).await.expect("the server reads");
    }

    /// Begins like this, and is one byte too long.
    async fn send_oversized(&mut self, start: &str) {
        let length = MESSAGE_CAP + 1;
        let header = format!("Content-Length: {length}\r\n\r\n{start}");
        self.to_server.write_all(header.as_bytes()).await.expect("the server reads");
        let rest = vec![b'x'; 1 << 16];
        let mut left = usize::try_from(length).expect("it fits") - start.len();
        while left > 0 {
            let piece = left.min(rest.len());
            self.to_server.write_all(&rest[..piece]).await.expect("the server reads");
            left -= piece;
        }
    }

    async fn notify(&mut self, method: &str, params: Value) {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        self.send(&message.to_string()).await;
    }

    async fn request(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        let id = self.last_id;
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.send(&message.to_string()).await;
        id
    }

    async fn receive(&mut self) -> Value {
        let frame = timeout(PATIENCE, self.from_server.next()).await.expect("a message in time");
        match frame.expect("memory cannot fail") {
            Some(Frame::Message(body)) => serde_json::from_slice(&body).expect("JSON"),
            other => panic!("not a message: {other:?}"),
        }
    }

    /// The next message that has the member, with others skipped.
    async fn receive_with(&mut self, pointer: &str, value: Value) -> Value {
        loop {
            let message = self.receive().await;
            if message.pointer(pointer) == Some(&value) {
                return message;
            }
        }
    }

    /// Requests, and gives the response.
    async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params).await;
        self.receive_with("/id", id.into()).await
    }

    async fn answer(&mut self, request: &Value, result: Value) {
        let message = json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        self.send(&message.to_string()).await;
    }

    async fn ended(self) -> Ended {
        timeout(PATIENCE, self.server).await.expect("it ends in time").expect("it does not panic")
    }
}

impl Session {
    /// Takes the next submission.
    async fn taken(&mut self) -> Submission {
        self.answered(Ok(Answer::new())).await
    }

    async fn answered(&mut self, answer: Reply) -> Submission {
        let next = timeout(PATIENCE, self.submissions.recv()).await;
        let (submission, reply) = next.expect("a submission in time").expect("the link is there");
        let _ = reply.send(answer);
        submission
    }

    async fn tell(&self, id: &str, msg: EventMsg) {
        self.events.send(Event { id: id.to_owned(), msg }).await.expect("delivery is there");
    }

    async fn ask(&self, call_id: &str) {
        let msg = EventMsg::ExecApprovalRequest {
            call_id: Some(call_id.to_owned()),
            command: vec!["cargo".to_owned(), "test".to_owned()],
            cwd: "/srv/x".into(),
            reason: None,
            permissions: Vec::new(),
            unsandboxed: false,
        };
        self.tell("1", msg).await;
    }
}

fn opted_in() -> Value {
    json!({"tiro": {"events": true}})
}
