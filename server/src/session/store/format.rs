//! The file of a session: one JSON value a line, the first about the session,
//! the others as things happened. Nothing in it is ever changed; what was cut off
//! stays there before the line that says so. Pure: text in, conversation out.

use serde::{Deserialize, Serialize};
use tiro_protocol::{Event, EventMsg, InputItem};

use crate::session::history::{HistoryItem, said};

#[cfg(test)]
mod tests;

/// Files of a later version are not read.
pub(super) const VERSION: u32 = 1;

/// Characters of a title.
const TITLE: usize = 80;

/// The model is told where the record of a task breaks off.
const BREAKS_OFF: &str = "[the record of this conversation breaks off here, and what was done last may be missing from it; \
     look at the files again before you change them]";

/// The result of a call that has none.
const NO_RESULT: &str = "what came of this is not known";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// The first.
    Session(Head),
    /// A person begins a task.
    Turn(Begin),
    /// A person says more while the task runs. It becomes an item when the model
    /// is told, in this task or in one of its own.
    Said(Vec<InputItem>),
    /// The conversation goes on.
    Item(HistoryItem),
    /// It was shortened to this.
    History(Vec<HistoryItem>),
    /// What a client was shown.
    Event(Event),
    /// The task has ended.
    Done,
    /// Of the turns so far only the first so many count.
    Cut(usize),
}

/// What a session is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(super) version: u32,
    pub(super) id: String,
    /// Milliseconds since 1970.
    pub(super) time: u64,
    /// The workspace folders, for a person to read.
    pub(super) roots: Vec<String>,
    pub(super) model: String,
    pub(super) provider: String,
}

/// How a task begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Begin {
    /// The submission.
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) provider: String,
}

impl Line {
    /// With its end.
    pub(super) fn text(&self) -> Vec<u8> {
        // A path that is not UTF-8 has no JSON: no client was told of it either, and
        // an empty line says nothing.
        let mut text = serde_json::to_vec(self).unwrap_or_default();
        text.push(b'\n');
        text
    }
}

/// The lines of a file that count.
pub(super) struct Lines<'a> {
    /// With their numbers, from 1.
    lines: Vec<(usize, &'a [u8])>,
    /// Where in `lines` each turn begins.
    turns: Vec<usize>,
    /// The first input there ever was.
    first: Option<&'a [u8]>,
    /// Bytes up to the end of the last whole line.
    pub(super) whole: usize,
}

/// What a file says.
pub(super) struct Talk {
    pub(super) head: Head,
    /// The model of the last turn.
    pub(super) model: String,
    pub(super) items: Vec<HistoryItem>,
    pub(super) events: Vec<Event>,
    /// What is to be added to the file: the last items, where a task broke off.
    pub(super) added: Vec<Line>,
    /// Number of the first line that cannot be read, and how many of those that
    /// count come before it.
    pub(super) damage: Option<(usize, usize)>,
}

impl<'a> Lines<'a> {
    /// What is behind the last line end was being written when the process was
    /// ended.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        let whole = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        let mut this = Self { lines: Vec::new(), turns: Vec::new(), first: None, whole };
        let lines = bytes[..whole].split(|byte| *byte == b'\n').enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            if line.starts_with(br#"{"cut":"#)
                && let Ok(Line::Cut(turns)) = serde_json::from_slice(line)
            {
                this.keep(turns);
                continue;
            }
            if line.starts_with(br#"{"turn":"#) {
                this.turns.push(this.lines.len());
            } else if this.first.is_none() && is_input(line) {
                this.first = Some(line);
            }
            this.lines.push((index + 1, line));
        }
        this
    }

    /// Leaves out all but the first `turns`; says how many those are.
    pub(super) fn keep(&mut self, turns: usize) -> usize {
        let more = self.turns.len().saturating_sub(turns);
        if more > 0 {
            self.lines.truncate(self.turns[turns]);
            self.turns.truncate(turns);
        }
        more
    }

    /// How many turns there are.
    pub(super) fn turns(&self) -> usize {
        self.turns.len()
    }

    /// The lines that count, without the head; `upto` of all.
    pub(super) fn texts(&self, upto: Option<usize>) -> impl Iterator<Item = &'a [u8]> {
        let upto = upto.unwrap_or(self.lines.len());
        self.lines[..upto].iter().skip(1).map(|(_, line)| *line)
    }

    /// About the session; the error says why it cannot be read.
    pub(super) fn head(&self) -> Result<Head, String> {
        let first = self.lines.first().map_or(&[][..], |(_, line)| line);
        match serde_json::from_slice(first) {
            Ok(Line::Session(head)) if head.version <= VERSION => Ok(head),
            Ok(Line::Session(head)) => Err(format!(
                "a newer tiro wrote it, in version {} of the format; this one reads {VERSION}",
                head.version
            )),
            _ => Err("its first line is damaged".to_owned()),
        }
    }

    /// The model of the last turn, and the first words of the first input.
    pub(super) fn about(&self, head: &Head) -> (String, String) {
        let last = self.turns.last().map(|at| serde_json::from_slice(self.lines[*at].1));
        let model = match last {
            Some(Ok(Line::Turn(begin))) => begin.model,
            _ => head.model.clone(),
        };
        let first = self.lines.iter().map(|(_, line)| *line).find(|line| is_input(line));
        let title = match first.or(self.first).map(serde_json::from_slice) {
            Some(Ok(Line::Item(HistoryItem::User(items)))) => title(&items),
            _ => String::new(),
        };
        (model, title)
    }

    /// The conversation, as far as the lines can be read.
    pub(super) fn talk(&self) -> Result<Talk, String> {
        let head = self.head()?;
        let (mut items, mut events) = (Vec::new(), Vec::new());
        let mut model = head.model.clone();
        let (mut task, mut turn, mut open) = (String::new(), 0, false);
        let mut untold: Vec<Vec<InputItem>> = Vec::new();
        let mut damage = None;
        for (index, (number, line)) in self.lines.iter().enumerate().skip(1) {
            let Ok(line) = serde_json::from_slice(line) else {
                damage = Some((*number, index));
                break;
            };
            match line {
                Line::Turn(begin) => {
                    (task, model) = (begin.id, begin.model);
                    turn += 1;
                    open = true;
                }
                Line::Said(items) => untold.push(items),
                Line::Item(item) => {
                    if let HistoryItem::User(items) = &item {
                        untold.retain(|said| said != items);
                        events.push(Event { id: task.clone(), msg: user_message(turn, items) });
                    }
                    items.push(item);
                }
                Line::History(all) => items = all,
                Line::Event(event) => events.push(event),
                Line::Done => open = false,
                Line::Session(_) | Line::Cut(_) => {}
            }
        }
        let mut added = Vec::new();
        if open {
            let missing = without_result(&items)
                .into_iter()
                .map(|call_id| HistoryItem::ToolResult { call_id, output: NO_RESULT.to_owned() });
            let note = HistoryItem::Note(BREAKS_OFF.to_owned());
            for items in &untold {
                events.push(Event { id: task.clone(), msg: user_message(turn, items) });
            }
            let untold = untold.into_iter().map(HistoryItem::User);
            let last: Vec<HistoryItem> = missing.chain([note]).chain(untold).collect();
            added.extend(last.iter().cloned().map(Line::Item));
            added.push(Line::Done);
            items.extend(last);
        }
        Ok(Talk { head, model, items, events, added, damage })
    }
}

fn is_input(line: &[u8]) -> bool {
    line.starts_with(br#"{"item":{"user":"#)
}

/// The calls at the end that have no result.
fn without_result(items: &[HistoryItem]) -> Vec<String> {
    let mut open = Vec::new();
    for item in items {
        match item {
            HistoryItem::ToolCall(call) => open.push(call.call_id.clone()),
            HistoryItem::ToolResult { call_id, .. } => open.retain(|id| id != call_id),
            HistoryItem::User(_) | HistoryItem::Assistant(_) | HistoryItem::Note(_) => {}
        }
    }
    open
}

/// The first words of an input. What comes before its last text is context.
fn title(items: &[InputItem]) -> String {
    let last = said(items).pop().unwrap_or_default();
    let line = last.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(TITLE).collect()
}

fn user_message(turn: usize, items: &[InputItem]) -> EventMsg {
    let (mut images, mut local_images) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            InputItem::Image { image_url } => images.push(image_url.clone()),
            InputItem::LocalImage { path } => local_images.push(path.clone()),
            _ => {}
        }
    }
    EventMsg::UserMessage { turn, message: said(items).join("\n"), images, local_images }
}
