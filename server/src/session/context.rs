//! What fits into the model's window. When the conversation outgrows it, the
//! oldest tool results are cut first, then the oldest exchanges go. Pure.

use super::history::HistoryItem;

/// Bytes of text for one token, about; low enough that code does not exceed it.
const BYTES_PER_TOKEN: usize = 3;

/// A tool result is left as it is while it is shorter than this.
const SHORT: usize = 400;

/// What stands in the place of a result that was cut.
const CUT: &str = "[this output was left out to save room; run the tool again if it is needed]";

/// How much of the conversation was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compacted {
    /// Tool results that were cut.
    pub(super) results: usize,
    /// Pieces of the conversation that were dropped.
    pub(super) items: usize,
}

/// Makes the history fit a window of `window` tokens. Leaves a quarter free for
/// the instructions, the tools and the answer, and what was said and seen last
/// untouched where at all possible.
pub(super) fn compact(history: &mut Vec<HistoryItem>, window: usize) -> Option<Compacted> {
    let budget = window.saturating_mul(BYTES_PER_TOKEN) / 4 * 3;
    let mut size: usize = history.iter().map(HistoryItem::size).sum();
    if size <= budget {
        return None;
    }
    // Down to half, so that it does not happen again at the next step.
    let target = budget / 2;
    let mut done = Compacted { results: 0, items: 0 };
    let recent = history.len().saturating_sub(6);
    for item in &mut history[..recent] {
        if size <= target {
            return Some(done);
        }
        if let HistoryItem::ToolResult { output, .. } = item
            && output.len() > SHORT
        {
            size -= output.len() - CUT.len();
            *output = CUT.to_owned();
            done.results += 1;
        }
    }
    let before = history.len();
    while size > budget {
        let Some(next) = next_exchange(history) else { break };
        size -= history[..next].iter().map(HistoryItem::size).sum::<usize>();
        history.drain(..next);
    }
    done.items = before - history.len();
    if done.items > 0 {
        history.insert(0, HistoryItem::Note(DROPPED.to_owned()));
    }
    (done.results > 0 || done.items > 0).then_some(done)
}

const DROPPED: &str = "[the beginning of this conversation was left out to save room]";

/// Where the second thing that a person said begins: what is before it can go
/// without tearing a call from its result.
fn next_exchange(history: &[HistoryItem]) -> Option<usize> {
    history
        .iter()
        .enumerate()
        .skip(1)
        .find(|(_, item)| matches!(item, HistoryItem::User(_)))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use tiro_protocol::InputItem;

    use super::*;
    use crate::model::ToolCall;

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

    fn size(history: &[HistoryItem]) -> usize {
        history.iter().map(HistoryItem::size).sum()
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
        let mut history: Vec<_> =
            (0..50).map(|n| user(&format!("{n}{}", "x".repeat(1_000)))).collect();
        let done = compact(&mut history, 10_000).expect("too large");
        assert!(done.items > 0);
        assert_eq!(history[0], HistoryItem::Note(DROPPED.into()));
        assert!(size(&history) <= 22_600);
    }

    #[test]
    fn a_call_keeps_its_result() {
        for window in (50..6_000).step_by(37) {
            let mut history = exchanges(12, 900);
            compact(&mut history, window);
            for (index, item) in history.iter().enumerate() {
                if let HistoryItem::ToolCall(call) = item {
                    assert!(
                        matches!(history.get(index + 1), Some(HistoryItem::ToolResult { call_id, .. }) if *call_id == call.call_id),
                        "window {window}: call {index} lost its result"
                    );
                }
            }
        }
    }
}
