//! The rules of a connection, over memory instead of pipes, with a session that
//! the test plays.

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
use crate::session::{SessionHandle, SubmitError};

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the fake session got and gives.
struct Session {
    submissions: mpsc::UnboundedReceiver<(Submission, oneshot::Sender<Result<(), SubmitError>>)>,
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
        Self::connect_with(Ok(()))
    }

    /// The session starts, or fails for the reason.
    fn connect_with(outcome: Result<(), String>) -> Self {
        let (to_server, input) = tokio::io::duplex(1 << 20);
        let (output, from_server) = tokio::io::duplex(1 << 20);
        let (started, session) = mpsc::unbounded_channel();
        let start = StartSession::new(move |starting| {
            outcome.clone()?;
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
        self.answered(Ok(())).await
    }

    async fn answered(&mut self, answer: Result<(), SubmitError>) -> Submission {
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
        };
        self.tell("1", msg).await;
    }
}

fn opted_in() -> Value {
    json!({"tiro": {"events": true}})
}

#[tokio::test]
async fn exit_after_shutdown_is_orderly_while_the_input_stays_open() {
    let (mut client, _session) = Client::initialized(json!({}), json!({})).await;
    assert_eq!(client.call("shutdown", Value::Null).await["result"], Value::Null);
    client.notify("exit", Value::Null).await;
    assert_eq!(client.ended().await, Ended::Orderly);
}

#[tokio::test]
async fn exit_alone_is_abrupt() {
    let (mut client, _session) = Client::initialized(json!({}), json!({})).await;
    client.notify("exit", Value::Null).await;
    assert_eq!(client.ended().await, Ended::Abrupt);
}

#[tokio::test]
async fn the_end_of_the_input_ends_the_server_and_lets_go_of_the_session() {
    let (client, mut session) = Client::initialized(json!({}), json!({})).await;
    let Client { to_server, from_server, server, .. } = client;
    drop(to_server);
    let ended = timeout(PATIENCE, server).await.expect("in time").expect("no panic");
    assert_eq!(ended, Ended::Abrupt);
    assert!(session.submissions.recv().await.is_none());
    drop(from_server);
}

#[tokio::test]
async fn before_initialize_requests_are_refused_and_after_it_unknown_ones() {
    let mut client = Client::connect();
    assert_eq!(client.call("tiro/interrupt", json!({})).await["error"]["code"], -32002);
    client.initialize(json!({}), json!({})).await;
    assert_eq!(client.call("tiro/nothing", json!({})).await["error"]["code"], -32601);
}

#[tokio::test]
async fn broken_messages_are_answered_and_the_server_goes_on() {
    let (mut client, _session) = Client::initialized(json!({}), json!({})).await;
    client.send("{\"jsonrpc\":").await;
    let error = client.receive().await;
    assert_eq!((&error["error"]["code"], &error["id"]), (&json!(-32700), &Value::Null));
    client.send("[]").await;
    assert_eq!(client.receive().await["error"]["code"], -32600);
    client.to_server.write_all(b"Content-Type: x\r\n\r\n").await.expect("the server reads");
    assert_eq!(client.receive().await["error"]["code"], -32700);
    assert_eq!(client.call("shutdown", Value::Null).await["result"], Value::Null);
}

#[tokio::test]
async fn an_oversized_request_is_answered_with_the_cap() {
    let (mut client, _session) = Client::initialized(json!({}), json!({})).await;
    let start = r#"{"jsonrpc":"2.0","id":77,"method":"tiro/userInput","params":{"x":""#;
    let length = MESSAGE_CAP + 1;
    let header = format!("Content-Length: {length}\r\n\r\n{start}");
    client.to_server.write_all(header.as_bytes()).await.expect("the server reads");
    let rest = vec![b'x'; 1 << 16];
    let mut left = usize::try_from(length).expect("it fits") - start.len();
    while left > 0 {
        let piece = left.min(rest.len());
        client.to_server.write_all(&rest[..piece]).await.expect("the server reads");
        left -= piece;
    }
    let error = client.receive().await;
    assert_eq!(error["id"], 77);
    expect_test::expect![
        "a message of 33554433 bytes is above the cap of 32 MiB (33554432 bytes) and was skipped"
    ]
    .assert_eq(error["error"]["message"].as_str().unwrap_or_default());
    assert_eq!(client.call("shutdown", Value::Null).await["result"], Value::Null);
}

#[tokio::test]
async fn an_op_is_answered_with_its_id_before_anything_happens() {
    let (mut client, mut session) = Client::initialized(json!({}), opted_in()).await;
    let items = json!([{"type": "text", "text": "hi"}]);
    let id = client.request("tiro/userInput", json!({"id": "q", "items": items})).await;
    let submission = session.taken().await;
    assert_eq!(submission.id, "q");
    assert_eq!(client.receive_with("/id", id.into()).await["result"], json!({"id": "q"}));
}

#[tokio::test]
async fn an_interrupt_may_come_without_params() {
    let (mut client, mut session) = Client::initialized(json!({}), opted_in()).await;
    client.send(r#"{"jsonrpc":"2.0","id":9,"method":"tiro/interrupt"}"#).await;
    assert_eq!(session.taken().await.op, Op::Interrupt);
    assert_eq!(client.receive_with("/id", 9.into()).await["result"], json!({"id": "tiro-1"}));
}

#[tokio::test]
async fn a_refusal_of_the_session_has_its_code_and_words() {
    let (mut client, mut session) = Client::initialized(json!({}), opted_in()).await;
    for (refusal, code) in [
        (SubmitError::NotPending("7".to_owned()), -32602),
        (SubmitError::WrongState("not now".to_owned()), -32803),
    ] {
        let params = json!({"id": "7", "decision": "approved"});
        let id = client.request("tiro/execApproval", params).await;
        session.answered(Err(refusal.clone())).await;
        let error = client.receive_with("/id", id.into()).await;
        assert_eq!(error["error"]["code"], code);
        assert_eq!(error["error"]["message"], refusal.to_string());
    }
}

#[tokio::test]
async fn events_go_to_a_client_that_opted_in_and_are_numbered() {
    let (mut client, session) = Client::initialized(json!({}), opted_in()).await;
    session.tell("", EventMsg::SessionConfigured { model: "m".to_owned() }).await;
    session.tell("1", EventMsg::TaskStarted).await;
    assert_eq!(
        client.receive().await,
        json!({"jsonrpc": "2.0", "method": "tiro/sessionConfigured",
            "params": {"model": "m", "id": "", "seq": 1}})
    );
    assert_eq!(
        client.receive().await,
        json!({"jsonrpc": "2.0", "method": "tiro/taskStarted", "params": {"id": "1", "seq": 2}})
    );
}

#[tokio::test]
async fn another_client_gets_no_notification_of_ours() {
    let (mut client, session) = Client::initialized(json!({}), json!({})).await;
    session.tell("1", EventMsg::TaskStarted).await;
    session.tell("1", EventMsg::Error { message: "no model".to_owned() }).await;
    session.tell("1", EventMsg::TaskComplete).await;
    let shown = client.receive().await;
    assert_eq!(shown["method"], "window/showMessage");
    assert_eq!(shown["params"], json!({"type": 1, "message": "Tiro: no model"}));
}

#[tokio::test]
async fn a_session_that_cannot_start_is_shown_and_every_op_says_why() {
    let mut client = Client::connect_with(Err("config.toml:1:2: no".to_owned()));
    client.initialize(json!({}), opted_in()).await;
    let shown = client.receive().await;
    assert_eq!(shown["params"], json!({"type": 1, "message": "Tiro: config.toml:1:2: no"}));
    let error = client.call("tiro/interrupt", json!({})).await;
    assert_eq!(error["error"], json!({"code": -32803, "message": "config.toml:1:2: no"}));
}

#[tokio::test]
async fn without_a_folder_a_question_says_to_open_one_and_then_works() {
    let mut client = Client::connect();
    client.call("initialize", json!({"capabilities": {}})).await;
    client.notify("initialized", json!({})).await;
    let ask = json!({"command": "tiro.ask", "arguments": ["hi"]});
    let error = client.call("workspace/executeCommand", ask.clone()).await;
    assert_eq!(error["error"]["code"], -32803);
    let message = error["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("open a folder"), "{message}");

    let uri = super::convert::uri_from_path(client.root.path()).expect("a URI");
    let event = json!({"added": [{"uri": uri, "name": "x"}], "removed": []});
    client.notify("workspace/didChangeWorkspaceFolders", json!({"event": event})).await;
    let mut session = client.session.recv().await.expect("a session");
    assert_eq!(session.starting.roots, [client.root.path().canonicalize().expect("it is there")]);
    client.request("workspace/executeCommand", ask).await;
    assert!(matches!(session.taken().await.op, Op::UserInput { .. }));
}

#[tokio::test]
async fn settings_of_the_editor_reach_the_session() {
    let options = json!({"tiro": {"config": {"model": "m"}}});
    let (_client, session) = Client::initialized(json!({}), options).await;
    assert_eq!(session.starting.settings, json!({"model": "m"}));
}

/// The named regression: whatever waits for a person holds nobody up.
#[tokio::test]
async fn five_pending_approvals_hold_up_neither_changes_nor_shutdown() {
    let (mut client, mut session) = Client::initialized(json!({}), json!({})).await;
    let path = client.root.path().canonicalize().expect("it is there").join("a.txt");
    let uri = super::convert::uri_from_path(&path).expect("a URI");
    let item = json!({"uri": uri, "languageId": "text", "version": 0, "text": ""});
    client.notify("textDocument/didOpen", json!({"textDocument": item})).await;
    session.tell("1", EventMsg::TaskStarted).await;
    for call_id in ["a", "b", "c", "d", "e"] {
        session.ask(call_id).await;
    }
    let mut asked = Vec::new();
    while asked.len() < 5 {
        asked.push(client.receive_with("/method", "window/showMessageRequest".into()).await);
    }
    for version in 1..=200 {
        let end = json!({"line": 0, "character": version - 1});
        let change = json!({"range": {"start": end, "end": end}, "text": "x"});
        let params = json!({"textDocument": {"uri": uri, "version": version},
            "contentChanges": [change]});
        client.notify("textDocument/didChange", params).await;
    }
    let id = client.request("shutdown", Value::Null).await;
    assert_eq!(client.receive_with("/id", id.into()).await["result"], Value::Null);
    let read = session.starting.workspace.read(&path).expect("it is open");
    assert_eq!((&*read.text, read.version), (&*"x".repeat(200), Some(200)));
    assert_eq!(session.taken().await.op, Op::Interrupt);
}

#[tokio::test]
async fn a_dialog_answers_its_own_approval_and_a_dismissed_one_stays_pending() {
    let (mut client, mut session) = Client::initialized(json!({}), json!({})).await;
    session.ask("a").await;
    session.ask("b").await;
    let method = "window/showMessageRequest";
    let first = client.receive_with("/method", method.into()).await;
    let second = client.receive_with("/method", method.into()).await;
    assert_eq!(first["params"]["message"], "Tiro: Run `cargo test` in /srv/x?");
    client.answer(&second, json!({"title": "Always run this here"})).await;
    let decision = ReviewDecision::ApprovedForSession;
    assert_eq!(session.taken().await.op, Op::ExecApproval { id: "b".to_owned(), decision });
    client.answer(&first, Value::Null).await;
    client.receive_with("/method", "window/logMessage".into()).await;
    let approve = json!({"command": "tiro.approve"});
    let id = client.request("workspace/executeCommand", approve.clone()).await;
    let decision = ReviewDecision::Approved;
    assert_eq!(session.taken().await.op, Op::ExecApproval { id: "a".to_owned(), decision });
    client.receive_with("/id", id.into()).await;
    let none = client.call("workspace/executeCommand", approve).await;
    assert_eq!(none["error"]["code"], -32602);
}

#[tokio::test]
async fn a_late_or_senseless_reply_does_no_harm() {
    let (mut client, session) = Client::initialized(json!({}), json!({})).await;
    session.ask("a").await;
    let asked = client.receive_with("/method", "window/showMessageRequest".into()).await;
    session.tell("1", EventMsg::TaskComplete).await;
    client.answer(&asked, json!({"title": 7})).await;
    client.answer(&asked, json!({"title": "Run once"})).await;
    client.send(r#"{"jsonrpc":"2.0","id":999,"result":null}"#).await;
    client.send(r#"{"jsonrpc":"2.0","id":"x","error":{"code":1,"message":"m"}}"#).await;
    assert_eq!(client.call("shutdown", Value::Null).await["result"], Value::Null);
}

#[tokio::test]
async fn progress_follows_the_task_and_cancelling_it_interrupts() {
    let capabilities = json!({"window": {"workDoneProgress": true}});
    let (mut client, mut session) = Client::initialized(capabilities, json!({})).await;
    session.tell("1", EventMsg::TaskStarted).await;
    let create = client.receive().await;
    assert_eq!(create["method"], "window/workDoneProgress/create");
    client.answer(&create, Value::Null).await;
    let begin = client.receive().await;
    assert_eq!(begin["params"]["value"]["kind"], "begin");
    assert_eq!(begin["params"]["value"]["cancellable"], true);
    let token = create["params"]["token"].clone();
    client.notify("window/workDoneProgress/cancel", json!({"token": token})).await;
    assert_eq!(session.taken().await.op, Op::Interrupt);
    session.tell("1", EventMsg::TaskComplete).await;
    assert_eq!(client.receive().await["params"]["value"]["kind"], "end");
}

#[tokio::test]
async fn an_answer_is_shown_as_a_document() {
    let capabilities = json!({"window": {"showDocument": {"support": true}}});
    let (mut client, session) = Client::initialized(capabilities, json!({})).await;
    session.tell("1", EventMsg::TaskStarted).await;
    for message in ["First.", "Then."] {
        session.tell("1", EventMsg::AgentMessage { message: message.to_owned() }).await;
    }
    session.tell("1", EventMsg::TaskComplete).await;
    let shown = client.receive().await;
    assert_eq!(shown["method"], "window/showDocument");
    let uri = serde_json::from_value(shown["params"]["uri"].clone()).expect("a URI");
    let path = super::convert::path_from_uri(&uri).expect("a file");
    let text = tokio::fs::read_to_string(path).await.expect("it is there");
    assert_eq!(text, "First.\n\nThen.\n");
    // One that will not show it gets a message.
    client.answer(&shown, json!({"success": false})).await;
    let message = client.receive().await;
    assert_eq!(message["params"]["message"], "First.\n\nThen.");
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_neither_memory_nor_ops() {
    let (mut client, mut session) = Client::initialized(json!({}), opted_in()).await;
    let sent = Arc::new(Mutex::new(0_usize));
    let count = sent.clone();
    let events = session.events.clone();
    let flood = tokio::spawn(async move {
        let delta = "x".repeat(64 * 1024);
        loop {
            let msg = EventMsg::AgentMessageDelta { delta: delta.clone() };
            if events.send(Event { id: "1".to_owned(), msg }).await.is_err() {
                return;
            }
            *count.lock().expect("not poisoned") += 1;
        }
    });
    // What the session says is kept back; what the client says still arrives.
    client.request("tiro/interrupt", json!({})).await;
    assert_eq!(session.taken().await.op, Op::Interrupt);
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    let sent = *sent.lock().expect("not poisoned");
    assert!(sent < 250, "{sent} messages of 64 KiB were taken from the session");
    flood.abort();
}
