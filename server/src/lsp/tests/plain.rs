//! What a client sees that knows nothing of Tiro.

use super::*;

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
async fn a_dialog_answers_its_own_approval_and_a_dismissed_one_stays_pending() {
    let (mut client, mut session) = Client::initialized(json!({}), json!({})).await;
    session.ask("a").await;
    session.ask("b").await;
    let method = "window/showMessageRequest";
    let first = client.receive_with("/method", method.into()).await;
    let second = client.receive_with("/method", method.into()).await;
    expect_test::expect!["Tiro: Run `cargo test` in /srv/x? “Run always here” allows this very command in this very directory, in the sandbox, until the session ends."]
        .assert_eq(first["params"]["message"].as_str().unwrap_or_default());
    client.answer(&second, json!({"title": "Run always here"})).await;
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
async fn a_late_answer_to_one_question_is_none_to_the_next_about_the_same_call() {
    let (mut client, mut session) = Client::initialized(json!({}), json!({})).await;
    session.ask("a").await;
    let method = "window/showMessageRequest";
    let first = client.receive_with("/method", method.into()).await;
    client.request("workspace/executeCommand", json!({"command": "tiro.approve"})).await;
    session.taken().await;
    // The sandbox stopped it; now it is about running without.
    session.ask("a").await;
    let second = client.receive_with("/method", method.into()).await;
    client.answer(&first, json!({"title": "Run once"})).await;
    client.answer(&second, json!({"title": "Don't run"})).await;
    let decision = ReviewDecision::Denied;
    assert_eq!(session.taken().await.op, Op::ExecApproval { id: "a".to_owned(), decision });
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
    let path = crate::lsp::convert::path_from_uri(&uri).expect("a file");
    let text = tokio::fs::read_to_string(path).await.expect("it is there");
    assert_eq!(text, "First.\n\nThen.\n");
    // One that will not show it gets a message.
    client.answer(&shown, json!({"success": false})).await;
    let message = client.receive().await;
    assert_eq!(message["params"]["message"], "First.\n\nThen.");
}

fn patch_request() -> EventMsg {
    let change = tiro_protocol::FileChange::Update {
        unified_diff: "@@ -1 +1 @@\n-a\n+b\n".to_owned(),
        move_path: None,
    };
    EventMsg::ApplyPatchApprovalRequest {
        call_id: Some("p".to_owned()),
        changes: [("/srv/x/a".into(), change)].into(),
        reason: None,
        grant_root: None,
    }
}

#[tokio::test]
async fn a_patch_is_shown_before_it_is_asked_about() {
    let capabilities = json!({"window": {"showDocument": {"support": true}}});
    let (mut client, session) = Client::initialized(capabilities, json!({})).await;
    session.tell("1", patch_request()).await;
    let shown = client.receive().await;
    assert_eq!(shown["method"], "window/showDocument");
    let uri = serde_json::from_value(shown["params"]["uri"].clone()).expect("a URI");
    let path = crate::lsp::convert::path_from_uri(&uri).expect("a file");
    let text = tokio::fs::read_to_string(path).await.expect("it is there");
    assert_eq!(text, "--- /srv/x/a\n+++ /srv/x/a\n@@ -1 +1 @@\n-a\n+b\n");
    // The question comes although the client has not answered.
    let question = client.receive().await;
    assert_eq!(question["params"]["message"], "Tiro: Apply changes to /srv/x/a (+1 −1)?");
}

#[tokio::test]
async fn a_client_that_shows_no_documents_has_the_patch_in_a_message() {
    let (mut client, session) = Client::initialized(json!({}), json!({})).await;
    session.tell("1", patch_request()).await;
    let shown = client.receive().await;
    assert_eq!(shown["method"], "window/showMessage");
    assert!(shown["params"]["message"].as_str().is_some_and(|text| text.contains("\n-a\n+b\n")));
    assert_eq!(client.receive().await["method"], "window/showMessageRequest");
}
