//! Ops, events, and the start of the session.

use super::*;

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
    session
        .tell(
            "",
            EventMsg::SessionConfigured { model: "m".to_owned(), provider: None, session_id: None },
        )
        .await;
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
async fn a_session_that_cannot_start_is_shown_and_every_op_says_why() {
    let mut client = Client::connect_with(|| Err("config.toml:1:2: no".to_owned()));
    client.initialize(json!({}), opted_in()).await;
    let shown = client.receive().await;
    assert_eq!(shown["params"], json!({"type": 1, "message": "Tiro: config.toml:1:2: no"}));
    let error = client.call("tiro/interrupt", json!({})).await;
    assert_eq!(error["error"], json!({"code": -32803, "message": "config.toml:1:2: no"}));
}

#[tokio::test]
async fn a_session_that_could_not_start_is_tried_again_when_a_person_asks() {
    let outcome = Arc::new(Mutex::new(Err("config.toml:1:2: no".to_owned())));
    let now = outcome.clone();
    let mut client = Client::connect_with(move || now.lock().expect("not poisoned").clone());
    client.initialize(json!({}), opted_in()).await;
    let question = json!({"id": "q", "items": [{"type": "text", "text": "hi"}]});
    let error = client.call("tiro/userInput", question.clone()).await;
    assert_eq!(error["error"]["code"], -32803);
    *outcome.lock().expect("not poisoned") = Ok(());
    let id = client.request("tiro/userInput", question).await;
    let mut session = client.session.recv().await.expect("a session");
    assert_eq!(session.taken().await.id, "q");
    assert_eq!(client.receive_with("/id", id.into()).await["result"], json!({"id": "q"}));
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

    let uri = crate::lsp::convert::uri_from_path(client.root.path()).expect("a URI");
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
