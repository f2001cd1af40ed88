//! One block of text that may be a tool call, read as it grows: what wraps it,
//! whether it begins like a call, and where it ends. Each byte is read once.

use crate::model::{ToolCall, ToolSpec, text_tool_calls::calls_in_json};

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

/// A block that may be a call, with how far it has been read.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) text: String,
    scanned: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Where the JSON begins and, when a value is complete, ends.
    json: Option<(usize, Option<usize>)>,
    close: &'static str,
}

pub(super) enum Verdict {
    Undecided,
    NotACall,
    /// Ends at this byte.
    Complete(usize),
}

impl Held {
    /// Reads what came since the last time.
    pub(super) fn judge(&mut self) -> Verdict {
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
    pub(super) fn calls(&self, end: usize, tools: &[ToolSpec]) -> Option<Vec<ToolCall>> {
        let (start, _) = self.json?;
        let block = self.text.get(start..end)?.trim_end();
        let json = block.strip_suffix(self.close).unwrap_or(block);
        calls_in_json(json, tools)
    }
}
