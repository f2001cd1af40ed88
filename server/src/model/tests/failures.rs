//! A provider that misbehaves, in every way the rules know.

use expect_test::{Expect, expect};

use super::{
    answers::{ask, chat_pieces, chat_text, client, full_answer, question},
    server::{Reply, Server},
};
use crate::config::WireApi;

async fn check(wire_api: WireApi, replies: impl IntoIterator<Item = Reply>, expected: Expect) {
    let server = Server::start(replies).await;
    let shown = ask(&client(&server.provider(wire_api)), question()).await;
    let shown = shown.replace(&server.port.to_string(), "PORT");
    expected.assert_eq(&format!("{shown}{} requests\n", server.asked().len()));
}

fn status(status: u16, headers: &str, body: &str) -> Reply {
    Reply::Full(status, headers.into(), body.into())
}

#[tokio::test]
async fn a_dropped_stream_is_asked_again_and_what_was_said_is_void() {
    let dropped = Reply::Dropped(chat_pieces(&["Hel"]));
    check(WireApi::Chat, [dropped, Reply::Stream(chat_text(&["Hello"]))], expect![[r#"
        text "Hel"
        again: the model provider `test` dropped the connection in the middle of the answer (unexpected EOF during chunk size line)
        text "Hello"
        completed
        2 requests
    "#]]).await;
}

#[tokio::test]
async fn a_stream_that_ends_too_early_is_not_taken_for_an_answer() {
    for wire_api in
        [WireApi::Responses, WireApi::Chat, WireApi::Anthropic, WireApi::Gemini, WireApi::Ollama]
    {
        let full = full_answer(wire_api);
        let cut = full.find("Hello ").unwrap();
        let cut = cut + full[cut..].find('\n').unwrap() + 1;
        let begun = full[..cut].to_owned() + "\n";
        let server = Server::start([Reply::Stream(begun.clone()), Reply::Stream(begun)]).await;
        let shown = ask(&client(&server.provider(wire_api)), question()).await;
        let last = shown.lines().last().unwrap();
        assert_eq!(
            last,
            "error: the model provider `test` ended the stream before the answer was complete (after several tries)",
            "{wire_api:?}"
        );
        assert_eq!(server.asked().len(), 2, "{wire_api:?}");
    }
}

#[tokio::test]
async fn a_wrong_key_fails_at_once_and_names_the_variable() {
    let body =
        r#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error"}}"#;
    check(WireApi::Responses, [status(401, "", body)], expect![[r#"
        error: the model provider `test` answered with status 401: Incorrect API key provided; check the key in TEST_KEY
        1 requests
    "#]]).await;
}

#[tokio::test]
async fn too_many_requests_waits_as_long_as_it_is_told() {
    let body = r#"{"error":{"message":"slow down"}}"#;
    let replies = [
        status(429, "retry-after-ms: 20\r\n", body),
        status(429, "retry-after: 0.02\r\n", body),
        Reply::Stream(chat_text(&["ok"])),
    ];
    check(
        WireApi::Chat,
        replies,
        expect![[r#"
        again: the model provider `test` answered with status 429: slow down
        again: the model provider `test` answered with status 429: slow down
        text "ok"
        completed
        3 requests
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_server_error_is_tried_again_until_the_limit() {
    let down = || status(500, "retry-after-ms: 1\r\n", "<html>oops</html>");
    check(
        WireApi::Anthropic,
        [down(), down(), down()],
        expect![[r#"
        again: the model provider `test` answered with status 500
        again: the model provider `test` answered with status 500
        error: the model provider `test` answered with status 500 (after several tries)
        3 requests
    "#]],
    )
    .await;
}

#[tokio::test]
async fn another_refusal_fails_at_once_with_the_message_of_the_body() {
    check(
        WireApi::Chat,
        [status(400, "", r#"{"error":{"message":"context too long","code":400}}"#)],
        expect![[r#"
            error: the model provider `test` answered with status 400: context too long
            1 requests
        "#]],
    )
    .await;
    check(WireApi::Ollama, [status(404, "", r#"{"error":"model not found"}"#)], expect![[r#"
        error: the model provider `test` answered with status 404: model not found; check the model `o3` and the address http://127.0.0.1:PORT (`tiro doctor` lists the models)
        1 requests
    "#]])
        .await;
    check(
        WireApi::Gemini,
        [status(403, "", r#"[{"error":{"message":"API key not valid"}}]"#)],
        expect![[r#"
            error: the model provider `test` answered with status 403: API key not valid; check the key in TEST_KEY
            1 requests
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_error_inside_the_stream_is_told_apart() {
    let overloaded = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    check(
        WireApi::Anthropic,
        [Reply::Stream(overloaded.into()), Reply::Stream(overloaded.into())],
        expect![[r#"
            again: the model provider `test` reported: Overloaded
            error: the model provider `test` reported: Overloaded (after several tries)
            2 requests
        "#]],
    )
    .await;
    let refused = "data: {\"error\":{\"code\":400,\"message\":\"the prompt does not fit\"}}\n\n";
    check(
        WireApi::Chat,
        [Reply::Stream(refused.into())],
        expect![[r#"
        error: the model provider `test` reported: the prompt does not fit
        1 requests
    "#]],
    )
    .await;
    let failed = "data: {\"type\":\"response.failed\",\"response\":{\"id\":\"r\",\"status\":\"failed\",\"model\":\"m\",\"error\":{\"message\":\"the model broke\"}}}\n\n";
    check(
        WireApi::Responses,
        [Reply::Stream(failed.into()), Reply::Stream(failed.into())],
        expect![[r#"
            again: the model provider `test` reported: the model broke
            error: the model provider `test` reported: the model broke (after several tries)
            2 requests
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_malformed_event_is_tried_again() {
    let malformed = Reply::Stream("data: {\"choices\": [\n\n".into());
    check(WireApi::Chat, [malformed, Reply::Stream(chat_text(&["ok"]))], expect![[r#"
        again: the model provider `test` sent something that is not JSON where JSON was due (EOF while parsing a list at line 1 column 13)
        text "ok"
        completed
        2 requests
    "#]]).await;
}

#[tokio::test]
async fn a_malformed_event_in_the_middle_does_not_leave_a_gap() {
    let whole = full_answer(WireApi::Responses);
    let broken = whole.replacen("\"Hello \"", "\"Hello ", 1);
    let server = Server::start([Reply::Stream(broken), Reply::Stream(whole)]).await;
    let shown = ask(&client(&server.provider(WireApi::Responses)), question()).await;
    let again = shown.find("again: the model provider `test` sent something that is not JSON");
    let (before, after) = shown.split_at(again.unwrap());
    assert!(!before.contains("completed"), "{shown}");
    assert!(after.contains("text \"Hello \"\ntext \"you\"\n"), "{shown}");
}

#[tokio::test]
async fn a_provider_that_falls_silent_is_given_up() {
    for silent in [Reply::Never, Reply::Silent(chat_pieces(&["Hel"]))] {
        let server = Server::start([silent.clone(), silent]).await;
        let mut provider = server.provider(WireApi::Chat);
        provider.stream_idle_timeout = std::time::Duration::from_millis(100);
        let shown = ask(&client(&provider), question()).await;
        assert_eq!(
            shown.lines().last().unwrap(),
            "error: the model provider `test` was silent for too long (after several tries)"
        );
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_named_with_its_address() {
    let server = Server::start([]).await;
    let mut provider = server.provider(WireApi::Chat);
    drop(server);
    provider.request_max_retries = 0;
    let shown = ask(&client(&provider), question()).await;
    assert!(
        shown.starts_with("error: the model provider `test` could not be reached (")
            && shown.contains("; check that http://127.0.0.1:"),
        "{shown}"
    );
}

#[tokio::test]
async fn reasoning_that_is_refused_is_not_asked_for_again() {
    let body = r#"{"error":{"message":"Unsupported parameter: 'reasoning.summary'"}}"#;
    let answer = || Reply::Stream(full_answer(WireApi::Responses));
    let server = Server::start([status(400, "", body), answer(), answer()]).await;
    let client = client(&server.provider(WireApi::Responses));
    let shown = ask(&client, question()).await;
    assert!(shown.contains("completed"), "{shown}");
    ask(&client, question()).await;
    let asked: Vec<bool> =
        server.asked().iter().map(|asked| asked.body.get("reasoning").is_some()).collect();
    assert_eq!(asked, [true, false, false]);
}

#[tokio::test]
async fn a_dropped_answer_ends_its_request() {
    use futures::StreamExt;
    let server = Server::start([Reply::Silent(chat_pieces(&["Hel"]))]).await;
    let mut events = client(&server.provider(WireApi::Chat)).stream(question());
    assert!(events.next().await.is_some());
    drop(events);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_missing_key_is_said_before_anything_is_sent() {
    let env = crate::config::Environment::from_pairs([("HOME", "/"), ("BAD", "two words")]);
    let mut provider = crate::config::Config::load(&env, &[], Default::default())
        .unwrap()
        .model_providers
        .remove("openai")
        .unwrap();
    let error = |provider: &crate::config::ModelProvider| {
        crate::model::ModelClient::new(provider, "m", &env).unwrap_err()
    };
    expect!["OPENAI_API_KEY is not set: put the key for the model provider `openai` there, in the environment that the editor starts from"]
        .assert_eq(&error(&provider).message);
    provider.env_key = Some("BAD".into());
    expect!["the value of BAD is not a key: it has a space or a line break in it"]
        .assert_eq(&error(&provider).message);
}
