//! Text on its way to the person, held back while it could be a tool call.
//!
//! A call can begin where a line begins. Everything else passes at once; of a
//! block that turns out to be something else nothing is lost, only late.

use super::{ToolCall, ToolSpec, text_tool_calls::calls_in_json};

/// More than this is not held: 64 KiB.
const LONGEST_HELD: usize = 64 * 1024;

/// The first member of an object that is a call.
const FIRST_KEYS: &[&str] = &[
    "name",
    "arguments",
    "parameters",
    "function",
    "tool",
    "tool_name",
    "tool_calls",
    "type",
    "id",
    "args",
    "input",
];

/// Wrappers of a call, each with what closes it. The bare form comes last.
const WRAPPERS: &[(&str, &str)] = &[
    ("<tool_call>", "</tool_call>"),
    ("```json\n", "```"),
    ("```tool_call\n", "```"),
    ("```\n", "```"),
    ("", ""),
];

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

/// A block that may be a call, with how far it has been read.
#[derive(Debug, Default)]
struct Held {
    text: String,
    scanned: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Where the JSON begins and, when a value is complete, ends.
    json: Option<(usize, Option<usize>)>,
    close: &'static str,
}

enum Verdict {
    Undecided,
    NotACall,
    /// Ends at this byte.
    Complete(usize),
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
            call.call_id = format!("text_call_{number}");
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

impl Held {
    /// Reads what came since the last time.
    fn judge(&mut self) -> Verdict {
        if self.json.is_none() {
            match self.begin() {
                Verdict::Undecided if self.json.is_some() => {}
                verdict => return verdict,
            }
        }
        let Some((start, mut ended)) = self.json else { return Verdict::Undecided };
        let bytes = self.text.as_bytes();
        while self.scanned < bytes.len() {
            let byte = bytes[self.scanned];
            if let Some(end) = ended {
                // A value is complete: another one, the closing mark, or the end.
                if byte.is_ascii_whitespace() {
                    self.scanned += 1;
                    continue;
                }
                if matches!(byte, b'{' | b'[') {
                    ended = None;
                    self.json = Some((start, None));
                    continue;
                }
                let rest = &self.text[self.scanned..];
                if !self.close.is_empty() && rest.starts_with(self.close) {
                    return Verdict::Complete(self.scanned + self.close.len());
                }
                if !self.close.is_empty() && self.close.starts_with(rest) {
                    return Verdict::Undecided;
                }
                return Verdict::Complete(end);
            }
            self.scanned += 1;
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        ended = Some(self.scanned);
                        self.json = Some((start, ended));
                    }
                }
                _ => {}
            }
        }
        Verdict::Undecided
    }

    /// Looks for a wrapper and the first member's name.
    fn begin(&mut self) -> Verdict {
        let text = self.text.as_str();
        for (open, close) in WRAPPERS {
            let Some(inside) = text.strip_prefix(open) else {
                if open.starts_with(text) {
                    return Verdict::Undecided;
                }
                continue;
            };
            let json = inside.trim_start();
            let Some(object) =
                json.strip_prefix('[').map_or(Some(json), |list| Some(list.trim_start()))
            else {
                return Verdict::NotACall;
            };
            if object.is_empty() {
                return Verdict::Undecided;
            }
            let Some(member) = object.strip_prefix('{').map(str::trim_start) else {
                return Verdict::NotACall;
            };
            if member.is_empty() {
                return Verdict::Undecided;
            }
            let Some(key) = member.strip_prefix('"') else { return Verdict::NotACall };
            let may_be = match key.split_once('"') {
                Some((key, _)) => FIRST_KEYS.contains(&key),
                None => FIRST_KEYS.iter().any(|known| known.starts_with(key)),
            };
            if !may_be {
                return Verdict::NotACall;
            }
            if key.contains('"') {
                let start = text.len() - json.len();
                self.scanned = start;
                self.json = Some((start, None));
                self.close = close;
            }
            return Verdict::Undecided;
        }
        Verdict::NotACall
    }

    /// The calls in the block up to `end`.
    fn calls(&self, end: usize, tools: &[ToolSpec]) -> Option<Vec<ToolCall>> {
        let (start, _) = self.json?;
        let block = self.text.get(start..end)?.trim_end();
        let json = block.strip_suffix(self.close).unwrap_or(block);
        calls_in_json(json, tools)
    }
}
