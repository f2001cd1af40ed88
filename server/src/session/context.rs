//! What fits into the model's window. When the conversation outgrows it, the
//! oldest tool results are cut first, then the oldest exchanges go, then what a
//! single long task did first. A call and its result are never parted. Pure.

use std::ops::Range;

use super::history::HistoryItem;

#[cfg(test)]
mod tests;

/// Bytes of text for one token, about; low enough that code does not exceed it.
const BYTES_PER_TOKEN: usize = 3;

/// A tool result is left as it is while it is shorter than this.
const SHORT: usize = 400;

/// What stands in the place of a result that was cut.
const CUT: &str = "[this output was left out to save room; run the tool again if it is needed]";

/// What stands in the place of the middle of a result.
const MIDDLE: &str = "\n[the middle of this output was left out to save room]\n";

/// What stands in the place of what was dropped.
const DROPPED: &str = "[an earlier part of this conversation was left out to save room]";

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
/// untouched where at all possible. What a person asked for last always stays.
pub(super) fn compact(history: &mut Vec<HistoryItem>, window: usize) -> Option<Compacted> {
    let budget = window.saturating_mul(BYTES_PER_TOKEN) / 4 * 3;
    if size(history) <= budget {
        return None;
    }
    // Down to half, so that it does not happen again at the next step.
    let target = budget / 2;
    let recent = history.len().saturating_sub(6);
    let mut results = cut_results(history, 0..recent, target);
    let mut items = 0;
    if size(history) > budget {
        items = drop_exchanges(history, budget);
    }
    // What is left is one task.
    if size(history) > budget {
        let last = last_results(history, &rounds(history));
        results += cut_results(history, 0..last, target);
    }
    if size(history) > budget {
        items += drop_rounds(history, budget);
    }
    if size(history) > budget {
        results += shorten_results(history, budget);
    }
    (results > 0 || items > 0).then_some(Compacted { results, items })
}

fn size(history: &[HistoryItem]) -> usize {
    history.iter().map(HistoryItem::size).sum()
}

/// Leaves out whole results of a part of the history, the oldest first, until all
/// of it is no larger than `target`.
fn cut_results(history: &mut [HistoryItem], part: Range<usize>, target: usize) -> usize {
    let mut size = size(history);
    let mut cut = 0;
    for item in &mut history[part] {
        if size <= target {
            break;
        }
        if let HistoryItem::ToolResult { output, .. } = item
            && output.len() > SHORT
        {
            size -= output.len() - CUT.len();
            *output = CUT.to_owned();
            cut += 1;
        }
    }
    cut
}

/// Drops the oldest exchanges until the rest fits or there is but one.
fn drop_exchanges(history: &mut Vec<HistoryItem>, budget: usize) -> usize {
    let marked = unmark(history, 0);
    let before = history.len();
    while size(history) > budget {
        let Some(next) = next_exchange(history) else { break };
        history.drain(..next);
    }
    let dropped = before - history.len();
    if marked || dropped > 0 {
        history.insert(0, HistoryItem::Note(DROPPED.to_owned()));
    }
    dropped
}

/// Where the second exchange begins: what is before it can go without tearing a
/// call from its result. What was said right after a result belongs to the task
/// that was running.
fn next_exchange(history: &[HistoryItem]) -> Option<usize> {
    let begins = |pair: &[HistoryItem]| {
        matches!(pair[1], HistoryItem::User(_))
            && !matches!(pair[0], HistoryItem::ToolResult { .. })
    };
    history.windows(2).position(begins).map(|before| before + 1)
}

/// Drops the oldest rounds of the only exchange, all but the last with results if
/// need be, and nothing that a person said.
fn drop_rounds(history: &mut Vec<HistoryItem>, budget: usize) -> usize {
    let asked = history.iter().position(|item| matches!(item, HistoryItem::User(_)));
    let begin = asked.map_or(0, |asked| asked + 1);
    let marked = unmark(history, begin);
    let before = history.len();
    while size(history) > budget {
        let rounds = rounds(history);
        let last = last_results(history, &rounds);
        let said = |round: &Range<usize>| matches!(history[round.start], HistoryItem::User(_));
        let mut old = rounds.into_iter().filter(|round| round.start >= begin && round.end <= last);
        let Some(round) = old.find(|round| !said(round)) else { break };
        history.drain(round);
    }
    let dropped = before - history.len();
    if marked || dropped > 0 {
        history.insert(begin, HistoryItem::Note(DROPPED.to_owned()));
    }
    dropped
}

/// Where the last round begins that has results: the model may not have seen them.
fn last_results(history: &[HistoryItem], rounds: &[Range<usize>]) -> usize {
    let is_result = |item: &HistoryItem| matches!(item, HistoryItem::ToolResult { .. });
    let last = rounds.iter().rev().find(|round| history[(*round).clone()].iter().any(is_result));
    last.map_or(history.len(), |round| round.start)
}

/// Takes away the mark at a place, if it is there.
fn unmark(history: &mut Vec<HistoryItem>, at: usize) -> bool {
    let marked = history.get(at).is_some_and(|item| *item == HistoryItem::Note(DROPPED.to_owned()));
    if marked {
        history.remove(at);
    }
    marked
}

/// The history in pieces, each of which has the results of all its calls.
fn rounds(history: &[HistoryItem]) -> Vec<Range<usize>> {
    let mut rounds = Vec::new();
    let (mut start, mut open) = (0, 0_usize);
    for (index, item) in history.iter().enumerate() {
        match item {
            HistoryItem::ToolCall(_) => open += 1,
            HistoryItem::ToolResult { .. } => open = open.saturating_sub(1),
            // What the model says while it calls belongs to its calls.
            HistoryItem::Assistant(_) => {
                if matches!(history.get(index + 1), Some(HistoryItem::ToolCall(_))) {
                    continue;
                }
            }
            HistoryItem::User(_) | HistoryItem::Note(_) => {}
        }
        if open == 0 {
            rounds.push(start..index + 1);
            start = index + 1;
        }
    }
    rounds
}

/// Keeps of each result only as much as all of them may take: the beginning and,
/// as that is where errors are, more of the end.
fn shorten_results(history: &mut [HistoryItem], budget: usize) -> usize {
    let mut outputs: Vec<&mut String> = Vec::new();
    let mut others = 0;
    for item in history {
        if item.size() <= SHORT {
            others += item.size();
            continue;
        }
        match item {
            HistoryItem::ToolResult { output, .. } => outputs.push(output),
            HistoryItem::User(_)
            | HistoryItem::Assistant(_)
            | HistoryItem::ToolCall(_)
            | HistoryItem::Note(_) => others += item.size(),
        }
    }
    let room = budget.saturating_sub(others);
    let share = (room / outputs.len().max(1)).max(SHORT);
    let mut shortened = 0;
    for output in outputs {
        if output.len() > share {
            let kept = share - MIDDLE.len();
            let head = kept_chars(output.chars(), kept / 3);
            let tail = output.len() - kept_chars(output.chars().rev(), kept - kept / 3);
            *output = format!("{}{MIDDLE}{}", &output[..head], &output[tail..]);
            shortened += 1;
        }
    }
    shortened
}

/// The bytes of as many characters as fit into `room` bytes.
fn kept_chars(chars: impl Iterator<Item = char>, room: usize) -> usize {
    let ends = chars.scan(0, |end, letter| {
        *end += letter.len_utf8();
        Some(*end)
    });
    ends.take_while(|end| *end <= room).last().unwrap_or(0)
}
