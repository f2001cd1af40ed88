//! Calls written as text: what is recognised, and what a person sees meanwhile.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::{
    answers::{ask, chat_text, client, question, shell},
    server::{Reply, Server},
};
use crate::{
    config::WireApi,
    model::{hold_back::HoldBack, tool_calls_in_text},
};

fn check(text: &str, expected: &Expect) {
    let shown = match tool_calls_in_text(text, &[shell()]) {
        None => "no call".to_owned(),
        Some(found) => {
            let calls = found.calls.iter().fold(String::new(), |mut all, call| {
                write!(all, "{} {} {}; ", call.call_id, call.name, call.arguments).unwrap();
                all
            });
            format!("{:?} {calls}", found.text)
        }
    };
    expected.assert_eq(&shown);
}

#[test]
fn the_shapes_that_models_write_are_recognised() {
    check(
        r#"{"name": "shell", "arguments": {"command": ["ls"]}}"#,
        &expect![[r#""" text_call_0 shell {"command":["ls"]}; "#]],
    );
    check(
        "I look.\n```json\n{\"name\": \"shell\", \"parameters\": {\"command\": [\"ls\"]}}\n```\nDone.",
        &expect![[r#""I look.\n\nDone." text_call_0 shell {"command":["ls"]}; "#]],
    );
    check(
        "<tool_call>\n{\"name\": \"shell\", \"arguments\": {\"command\": [\"ls\"]}}\n</tool_call>\n<tool_call>{\"name\": \"shell\", \"arguments\": {\"command\": [\"pwd\"]}}</tool_call>",
        &expect![[
            r#""\n" text_call_0 shell {"command":["ls"]}; text_call_1 shell {"command":["pwd"]}; "#
        ]],
    );
    check(
        r#"{"type":"function","function":{"name":"shell","arguments":"{\"command\":[\"a}b\\\"\"]}"}}"#,
        &expect![[r#""" text_call_0 shell {"command":["a}b\""]}; "#]],
    );
    check(
        r#"[{"name":"shell","arguments":{"command":["a"]}},{"name":"shell","arguments":{"command":["b"]}}]"#,
        &expect![[
            r#""" text_call_0 shell {"command":["a"]}; text_call_1 shell {"command":["b"]}; "#
        ]],
    );
    check(
        "<tool_call>{\"name\":\"shell\",\"arguments\":{\"command\":[]}}",
        &expect![[r#""" text_call_0 shell {"command":[]}; "#]],
    );
}

#[test]
fn what_names_no_tool_or_does_not_fit_stays_text() {
    for text in [
        r#"{"name": "rm", "arguments": {"command": ["ls"]}}"#,
        r#"{"name": "shell", "arguments": {}}"#,
        r#"{"name": "shell", "arguments": {"command": "ls"}}"#,
        r#"{"name": "shell", "arguments": {"command": ["ls"], "other": 1}}"#,
        r#"{"name": "shell", "arguments": {"command": ["ls"], "mode": "odd"}}"#,
        r#"{"name": "shell", "arguments": {"command": ["ls"]}"#,
        r#"Write {"name": "shell", "arguments": {"command": ["ls"]}} for that."#,
        "```rust\nfn main() {}\n```",
        "[a link](b)",
        "<details>",
        "",
    ] {
        check(text, &expect!["no call"]);
    }
}

/// Feeds `text` by single letters; gives what a person saw before the end, and after.
fn seen(text: &str) -> (String, String) {
    let mut held = HoldBack::new(&[shell()], true);
    let mut before = String::new();
    for letter in text.chars() {
        held.push(&letter.to_string());
        before.push_str(&held.take_text().unwrap_or_default());
    }
    held.finish(true);
    (before, held.take_text().unwrap_or_default())
}

#[test]
fn a_call_is_never_seen_and_other_text_is_not_kept_for_long() {
    let call = "Wait.\n{\"name\": \"shell\", \"arguments\": {\"command\": [\"ls\"]}}\nNow";
    assert_eq!(seen(call), ("Wait.\n\nNow".into(), String::new()));
    let code = "```rust\nstruct A {\n  { \"x\": 1 }\n}\n```\nend";
    assert_eq!(seen(code), (code.into(), String::new()));
    let json = "```json\n{\"port\": 1}\n```\nend";
    assert_eq!(seen(json), (json.into(), String::new()));
    let begun = "{\"name\": \"shell\", \"argu";
    assert_eq!(seen(begun), (String::new(), begun.into()));
}

#[test]
fn a_block_that_is_too_long_passes() {
    let long = format!("{{\"name\": \"{}", "x".repeat(70_000));
    let (before, after) = seen(&long);
    assert!(before.len() > 60_000);
    assert_eq!(before + &after, long);
}

proptest::proptest! {
    #[test]
    fn no_text_is_lost_or_moved(text in "([a-z\\n `{}\\[\\]<>\":,]|```json\n|<tool_call>|\\{\"name\": )*") {
        let (before, after) = seen(&text);
        if tool_calls_in_text(&text, &[shell()]).is_none() {
            proptest::prop_assert_eq!(before + &after, text);
        }
    }
}

#[tokio::test]
async fn a_call_in_the_text_of_an_answer_becomes_a_call() {
    let pieces = [
        "On it.\n",
        "```js",
        "on\n{\"na",
        "me\": \"shell\", \"arguments\": {\"command\": [\"ls\"]}}",
        "\n```",
    ];
    let server = Server::start([Reply::Stream(chat_text(&pieces))]).await;
    let shown = ask(&client(&server.provider(WireApi::Chat)), question()).await;
    expect![[r#"
        text "On it.\n"
        call text_call_0 shell {"command":["ls"]}
        completed
    "#]]
    .assert_eq(&shown);
}
