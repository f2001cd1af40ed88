//! Lines in, conversation out.

use expect_test::{Expect, expect};

use super::*;
use crate::model::ToolCall;

/// What is read of these lines, of which only so many turns are wanted.
fn check_turns(lines: &[&str], turns: usize, expected: &Expect) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let mut found = Lines::of(text.as_bytes());
    let cut = found.keep(turns);
    let mut shown = match found.talk() {
        Err(error) => format!("error: {error}\n"),
        Ok(talk) => {
            let (model, title) = found.about(&talk.head);
            assert_eq!(model, talk.model);
            let mut shown = format!("{title:?} with {model}, {} turns\n", found.turns());
            for item in &talk.items {
                shown += &format!("  {}\n", serde_json::to_string(item).unwrap());
            }
            for event in &talk.events {
                shown += &format!("  {}\n", serde_json::to_string(event).unwrap());
            }
            if !talk.added.is_empty() {
                shown += &format!("{} lines are added\n", talk.added.len());
            }
            if let Some((line, before)) = talk.damage {
                shown += &format!("damaged in line {line}, {before} lines before it count\n");
            }
            shown
        }
    };
    if cut > 0 {
        shown += &format!("{cut} turns are cut\n");
    }
    expected.assert_eq(&shown);
}

fn check(lines: &[&str], expected: &Expect) {
    check_turns(lines, usize::MAX, expected);
}

const HEAD: &str =
    r#"{"session":{"version":1,"id":"7","time":1,"roots":["/w"],"model":"m","provider":"p"}}"#;
const ONE: &str = r#"{"turn":{"id":"1","model":"m","provider":"p"}}"#;
const TWO: &str = r#"{"turn":{"id":"2","model":"n","provider":"p"}}"#;
const HI: &str = r#"{"item":{"user":[{"type":"text","text":"hi there\nyou"}]}}"#;
const HELLO: &str = r#"{"item":{"assistant":"hello"}}"#;
const DONE: &str = r#""done""#;

#[test]
fn lines_are_written_as_they_are_read() {
    let call = ToolCall {
        call_id: "c".into(),
        name: "shell".into(),
        arguments: "{".into(),
        signatures: None,
    };
    for (line, text) in [
        (Line::Done, DONE),
        (Line::Cut(2), r#"{"cut":2}"#),
        (Line::Turn(Begin { id: "1".into(), model: "m".into(), provider: "p".into() }), ONE),
        (Line::Item(HistoryItem::Assistant("hello".into())), HELLO),
        (
            Line::Item(HistoryItem::ToolCall(call)),
            r#"{"item":{"tool_call":{"call_id":"c","name":"shell","arguments":"{"}}}"#,
        ),
        (Line::History(vec![HistoryItem::Note("n".into())]), r#"{"history":[{"note":"n"}]}"#),
        (
            Line::Event(Event { id: "1".into(), msg: EventMsg::TaskComplete }),
            r#"{"event":{"id":"1","msg":{"type":"task_complete"}}}"#,
        ),
    ] {
        assert_eq!(line.text(), format!("{text}\n").into_bytes());
        assert_eq!(serde_json::from_str::<Line>(text).unwrap(), line);
    }
}

#[test]
fn a_talk_is_read_with_what_a_client_shows() {
    let event = r#"{"event":{"id":"1","msg":{"type":"agent_message","message":"hello"}}}"#;
    let steer = r#"{"item":{"user":[{"type":"text","text":"and \nthis"},{"type":"image","image_url":"data:"}]}}"#;
    check(
        &[HEAD, ONE, HI, event, HELLO, steer, DONE, TWO, HI, DONE],
        &expect![[r#"
            "hi there" with n, 2 turns
              {"user":[{"type":"text","text":"hi there\nyou"}]}
              {"assistant":"hello"}
              {"user":[{"type":"text","text":"and \nthis"},{"type":"image","image_url":"data:"}]}
              {"user":[{"type":"text","text":"hi there\nyou"}]}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"hi there\nyou"}}
              {"id":"1","msg":{"type":"agent_message","message":"hello"}}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"and \nthis","images":["data:"]}}
              {"id":"2","msg":{"type":"user_message","turn":2,"message":"hi there\nyou"}}
        "#]],
    );
}

#[test]
fn what_an_editor_adds_is_for_the_model_alone() {
    let said =
        r#"{"item":{"user":[{"type":"text","text":"go"},{"type":"text","text":"\n<editor>\nx"}]}}"#;
    check(
        &[HEAD, ONE, said, DONE],
        &expect![[r#"
            "go" with m, 1 turns
              {"user":[{"type":"text","text":"go"},{"type":"text","text":"\n<editor>\nx"}]}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"go"}}
        "#]],
    );
}

#[test]
fn turns_that_were_cut_or_are_not_wanted_do_not_count() {
    let shorter = r#"{"history":[{"note":"short"}]}"#;
    let lines = [HEAD, ONE, HI, HELLO, DONE, TWO, shorter, HI, DONE];
    check_turns(
        &lines,
        1,
        &expect![[r#"
            "hi there" with m, 1 turns
              {"user":[{"type":"text","text":"hi there\nyou"}]}
              {"assistant":"hello"}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"hi there\nyou"}}
            1 turns are cut
        "#]],
    );
    check_turns(
        &lines,
        0,
        &expect![[r#"
            "hi there" with m, 0 turns
            2 turns are cut
        "#]],
    );
    let again = [lines.as_slice(), &[r#"{"cut":0}"#, TWO, HELLO, DONE]].concat();
    check(
        &again,
        &expect![[r#"
            "hi there" with n, 1 turns
              {"assistant":"hello"}
        "#]],
    );
    check(
        &lines,
        &expect![[r#"
            "hi there" with n, 2 turns
              {"note":"short"}
              {"user":[{"type":"text","text":"hi there\nyou"}]}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"hi there\nyou"}}
              {"id":"2","msg":{"type":"user_message","turn":2,"message":"hi there\nyou"}}
        "#]],
    );
}

#[test]
fn where_a_task_breaks_off_its_calls_get_results() {
    let call = |id: &str| {
        format!(r#"{{"item":{{"tool_call":{{"call_id":"{id}","name":"s","arguments":""}}}}}}"#)
    };
    let result = r#"{"item":{"tool_result":{"call_id":"a","output":"o"}}}"#;
    check(
        &[HEAD, ONE, HI, &call("a"), &call("b"), result],
        &expect![[r#"
            "hi there" with m, 1 turns
              {"user":[{"type":"text","text":"hi there\nyou"}]}
              {"tool_call":{"call_id":"a","name":"s","arguments":""}}
              {"tool_call":{"call_id":"b","name":"s","arguments":""}}
              {"tool_result":{"call_id":"a","output":"o"}}
              {"tool_result":{"call_id":"b","output":"what came of this is not known"}}
              {"note":"[the record of this conversation breaks off here, and what was done last may be missing from it; look at the files again before you change them]"}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"hi there\nyou"}}
            3 lines are added
        "#]],
    );
}

#[test]
fn what_was_said_too_late_for_the_model_is_not_lost() {
    let said = |text: &str| format!(r#"{{"said":[{{"type":"text","text":"{text}"}}]}}"#);
    let told = r#"{"item":{"user":[{"type":"text","text":"told"}]}}"#;
    check(
        &[HEAD, ONE, HI, &said("told"), &said("late"), told],
        &expect![[r#"
            "hi there" with m, 1 turns
              {"user":[{"type":"text","text":"hi there\nyou"}]}
              {"user":[{"type":"text","text":"told"}]}
              {"note":"[the record of this conversation breaks off here, and what was done last may be missing from it; look at the files again before you change them]"}
              {"user":[{"type":"text","text":"late"}]}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"hi there\nyou"}}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"told"}}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"late"}}
            3 lines are added
        "#]],
    );
    // It began a turn of its own, which is not wanted.
    check_turns(
        &[HEAD, ONE, HI, &said("late"), DONE, TWO, told, DONE],
        1,
        &expect![[r#"
            "hi there" with m, 1 turns
              {"user":[{"type":"text","text":"hi there\nyou"}]}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"hi there\nyou"}}
            1 turns are cut
        "#]],
    );
}

#[test]
fn what_comes_before_damage_is_read() {
    check(
        &[HEAD, ONE, HI, DONE, r#"{"item":{"assis"#, HELLO],
        &expect![[r#"
            "hi there" with m, 1 turns
              {"user":[{"type":"text","text":"hi there\nyou"}]}
              {"id":"1","msg":{"type":"user_message","turn":1,"message":"hi there\nyou"}}
            damaged in line 5, 4 lines before it count
        "#]],
    );
    check(
        &["x", ONE],
        &expect![[r"
        error: its first line is damaged
    "]],
    );
    check(
        &[],
        &expect![[r"
        error: its first line is damaged
    "]],
    );
    check(
        &[&HEAD.replace(":1,", ":2,")],
        &expect![[r"
            error: a newer tiro wrote it, in version 2 of the format; this one reads 1
        "]],
    );
}

#[test]
fn at_any_place_where_the_writing_ended_the_whole_lines_are_read() {
    let text = [HEAD, ONE, HI, HELLO, DONE, TWO, HI, DONE].join("\n") + "\n";
    for end in HEAD.len() + 1..=text.len() {
        let lines = Lines::of(&text.as_bytes()[..end]);
        assert!(lines.whole <= end && text.as_bytes()[lines.whole - 1] == b'\n');
        let talk = lines.talk().unwrap();
        assert_eq!(talk.damage, None, "{end}");
        assert_eq!(lines.turns(), text[..lines.whole].matches(r#"{"turn""#).count());
    }
}
