//! Messages, their order, their faults, and the end of a connection.

use super::*;

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
    client.send_oversized(start).await;
    let error = client.receive().await;
    assert_eq!(error["id"], 77);
    expect_test::expect![
        "a message of 33554433 bytes is above the cap of 32 MiB (33554432 bytes) and was skipped"
    ]
    .assert_eq(error["error"]["message"].as_str().unwrap_or_default());
    assert_eq!(client.call("shutdown", Value::Null).await["result"], Value::Null);
}

/// The named regression: whatever waits for a person holds nobody up.
#[tokio::test]
async fn five_pending_approvals_hold_up_neither_changes_nor_shutdown() {
    let (mut client, mut session) = Client::initialized(json!({}), json!({})).await;
    let path = client.root.path().canonicalize().expect("it is there").join("a.txt");
    let uri = crate::lsp::convert::uri_from_path(&path).expect("a URI");
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
