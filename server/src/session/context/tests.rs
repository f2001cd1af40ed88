//! What is left of a conversation that has outgrown the window.

use tiro_protocol::InputItem;

use super::{CUT, DROPPED, MIDDLE, compact, size};
use crate::{model::ToolCall, session::history::HistoryItem};

fn user(text: &str) -> HistoryItem {
    HistoryItem::User(vec![InputItem::Text { text: text.into() }])
}

fn call(id: &str) -> HistoryItem {
    HistoryItem::ToolCall(ToolCall {
        call_id: id.into(),
        name: "shell".into(),
        arguments: "{}".into(),
        signatures: None,
    })
}

fn result(id: &str, size: usize) -> HistoryItem {
    HistoryItem::ToolResult { call_id: id.into(), output: "x".repeat(size) }
}

fn exchanges(count: usize, size: usize) -> Vec<HistoryItem> {
    (0..count)
        .flat_map(|n| {
            let id = n.to_string();
            [user("do"), call(&id), result(&id, size), HistoryItem::Assistant("done".into())]
        })
        .collect()
}

#[test]
fn what_fits_is_left_alone() {
    let mut history = exchanges(3, 100);
    let before = history.clone();
    assert_eq!(compact(&mut history, 10_000), None);
    assert_eq!(history, before);
}

#[test]
fn old_results_are_cut_before_anything_is_dropped() {
    let mut history = exchanges(10, 3_000);
    let done = compact(&mut history, 10_000).expect("too large");
    assert_eq!(done.items, 0);
    assert!(done.results > 0);
    assert!(size(&history) <= 22_500);
    assert_eq!(history.len(), 40, "nothing was dropped");
    assert_eq!(history[38], result("9", 3_000), "the latest result is whole");
}

#[test]
fn then_whole_exchanges_go_and_it_is_said() {
    let mut history: Vec<_> = (0..50).map(|n| user(&format!("{n}{}", "x".repeat(1_000)))).collect();
    let done = compact(&mut history, 10_000).expect("too large");
    assert!(done.items > 0);
    assert_eq!(history[0], HistoryItem::Note(DROPPED.into()));
    assert!(size(&history) <= 22_600);
}

/// One task: a round has `calls` calls with results of `size` bytes.
fn task(rounds: usize, calls: usize, size: usize) -> Vec<HistoryItem> {
    let mut history = vec![user("do")];
    for round in 0..rounds {
        let ids: Vec<_> = (0..calls).map(|number| format!("{round}-{number}")).collect();
        if round % 2 == 0 {
            history.push(HistoryItem::Assistant("thus".into()));
        }
        history.extend(ids.iter().map(|id| call(id)));
        history.extend(ids.iter().map(|id| result(id, size)));
    }
    history
}

/// Every call is answered, in its round, before anybody speaks.
fn valid(history: &[HistoryItem]) -> bool {
    let mut open: Vec<&str> = Vec::new();
    history.iter().all(|item| match item {
        HistoryItem::ToolCall(call) => {
            open.push(&call.call_id);
            true
        }
        HistoryItem::ToolResult { call_id, .. } => {
            let at = open.iter().position(|id| id == call_id);
            at.map(|at| open.remove(at)).is_some()
        }
        _ => open.is_empty(),
    }) && open.is_empty()
}

#[test]
fn a_call_keeps_its_result() {
    let conversations = [exchanges(12, 900), task(9, 1, 2_000), task(5, 3, 700), {
        let mut history = exchanges(3, 900);
        history.extend(task(8, 2, 900));
        history
    }];
    for window in (50..6_000).step_by(37) {
        for conversation in &conversations {
            let mut history = conversation.clone();
            compact(&mut history, window);
            assert!(valid(&history), "window {window}: {history:#?}");
        }
    }
}

#[test]
fn of_one_long_task_the_first_results_are_cut() {
    let mut history = task(10, 1, 4_000);
    let done = compact(&mut history, 4_000).expect("too large");
    assert_eq!((done.items, history[0].clone()), (0, user("do")));
    assert_eq!(history.last(), Some(&result("9-0", 4_000)), "the latest result is whole");
    assert!(
        history.contains(&HistoryItem::ToolResult { call_id: "8-0".into(), output: CUT.into() })
    );
    assert!(size(&history) <= 9_000);
}

#[test]
fn then_its_first_rounds_go_and_it_is_said_once() {
    let mut history = task(400, 1, 300);
    let done = compact(&mut history, 4_000).expect("too large");
    assert!(done.items > 0);
    assert_eq!(history[..2], [user("do"), HistoryItem::Note(DROPPED.into())]);
    assert!(size(&history) <= 9_100);
    history.extend(task(400, 1, 300).split_off(1));
    assert!(compact(&mut history, 4_000).is_some());
    assert!(size(&history) <= 9_100);
    let marks = history.iter().filter(|item| **item == HistoryItem::Note(DROPPED.into())).count();
    assert_eq!(marks, 1);
}

#[test]
fn of_results_that_are_too_large_alone_the_head_and_the_tail_are_kept() {
    let mut history = vec![user("do"), call("a"), call("b"), call("c")];
    history.extend([result("a", 50_000), result("b", 50), result("c", 50_000)]);
    if let HistoryItem::ToolResult { output, .. } = &mut history[4] {
        *output = format!("FIRST{}LAST", "é".repeat(20_000));
    }
    let done = compact(&mut history, 4_000).expect("too large");
    assert_eq!((done.results, done.items), (2, 0));
    assert!(size(&history) <= 9_000);
    let HistoryItem::ToolResult { output, .. } = &history[4] else { panic!("a result") };
    assert!(output.starts_with("FIRST") && output.contains(MIDDLE) && output.ends_with("LAST"));
    assert_eq!(history[5], result("b", 50));
    assert_eq!(compact(&mut history, 4_000), None, "once is enough");
}

#[test]
fn what_was_said_to_a_running_task_does_not_push_its_results_out() {
    let mut history = task(6, 1, 3_000);
    history.push(user("be quick"));
    compact(&mut history, 4_000).expect("too large");
    assert_eq!(history[0], user("do"));
    assert_eq!(history.last(), Some(&user("be quick")));
    assert_eq!(history[history.len() - 2], result("5-0", 3_000));
    assert!(valid(&history) && size(&history) <= 9_000);
}
