//! Text on its way to the person, held back while it could be a tool call.
//!
//! A call can begin where a line begins. Everything else passes at once; of a
//! block that turns out to be something else nothing is lost, only late.

mod block;

use self::block::{Held, Verdict};
use super::{TEXT_CALL, ToolCall, ToolSpec};

/// More than this is not held: 64 KiB.
const LONGEST_HELD: usize = 64 * 1024;

/// The state of one answer's text.
#[derive(Debug)]
pub(super) struct HoldBack {
    tools: Vec<ToolSpec>,
    passed: String,
    held: Option<Held>,
    /// Only white space since the line began.
    at_line_start: bool,
    /// Blocks that are calls, as text, in order.
    blocks: Vec<(String, Vec<ToolCall>)>,
}

impl HoldBack {
    /// Holds back calls of `tools` if `active`.
    pub(super) fn new(tools: &[ToolSpec], active: bool) -> Self {
        Self {
            tools: if active { tools.to_vec() } else { Vec::new() },
            passed: String::new(),
            held: None,
            at_line_start: true,
            blocks: Vec::new(),
        }
    }

    /// Forgets the text; the answer begins anew.
    pub(super) fn reset(&mut self) {
        *self = Self::new(&std::mem::take(&mut self.tools), true);
    }

    /// Takes the next piece of text.
    pub(super) fn push(&mut self, text: &str) {
        if self.tools.is_empty() {
            self.passed.push_str(text);
            return;
        }
        let mut rest = text.to_owned();
        while !rest.is_empty() {
            rest = match &mut self.held {
                None => self.pass(&rest),
                Some(held) => {
                    held.text.push_str(&rest);
                    match held.judge() {
                        Verdict::Undecided if held.text.len() <= LONGEST_HELD => String::new(),
                        Verdict::Undecided => self.release_all(),
                        Verdict::NotACall => self.release_line(),
                        Verdict::Complete(end) => self.decide(end),
                    }
                }
            };
        }
    }

    /// Text that a person may see now.
    pub(super) fn take_text(&mut self) -> Option<String> {
        (!self.passed.is_empty()).then(|| std::mem::take(&mut self.passed))
    }

    /// The text is complete: gives the calls in it if they `count`; what was
    /// held for nothing can be taken as text after this.
    pub(super) fn finish(&mut self, count: bool) -> Vec<ToolCall> {
        if let Some(held) = self.held.take() {
            let end = held.text.trim_end().len();
            match held.calls(end, &self.tools) {
                Some(calls) => self.blocks.push((held.text, calls)),
                None => self.passed.push_str(&held.text),
            }
        }
        let mut calls = Vec::new();
        for (text, found) in std::mem::take(&mut self.blocks) {
            if count {
                calls.extend(found);
            } else {
                self.passed.push_str(&text);
            }
        }
        for (number, call) in calls.iter_mut().enumerate() {
            call.call_id = format!("{TEXT_CALL}_{number}");
        }
        calls
    }

    /// Passes text up to where a call may begin; gives the rest.
    fn pass(&mut self, text: &str) -> String {
        for (place, letter) in text.char_indices() {
            if self.at_line_start && matches!(letter, '{' | '[' | '`' | '<') {
                self.passed.push_str(&text[..place]);
                self.held = Some(Held::default());
                return text[place..].to_owned();
            }
            self.at_line_start = letter == '\n' || self.at_line_start && letter.is_whitespace();
        }
        self.passed.push_str(text);
        String::new()
    }

    /// The block is no call: its first line passes, the rest is read anew.
    fn release_line(&mut self) -> String {
        let text = self.held.take().unwrap_or_default().text;
        let end = text.find('\n').map_or(text.len(), |end| end + 1);
        self.at_line_start = text[..end].ends_with('\n');
        self.passed.push_str(&text[..end]);
        text[end..].to_owned()
    }

    fn release_all(&mut self) -> String {
        let text = self.held.take().unwrap_or_default().text;
        self.at_line_start = text.ends_with('\n');
        self.passed.push_str(&text);
        String::new()
    }

    /// The block that ends at `end` is complete.
    fn decide(&mut self, end: usize) -> String {
        let held = self.held.take().unwrap_or_default();
        let (block, rest) = held.text.split_at(end);
        match held.calls(end, &self.tools) {
            Some(calls) => self.blocks.push((block.to_owned(), calls)),
            None => self.passed.push_str(block),
        }
        self.at_line_start = block.ends_with('\n');
        rest.to_owned()
    }
}
