//! What a person sees of the demo: the events of the session as lines.
#![expect(clippy::print_stdout, reason = "the demo shows on standard output what it does")]

use std::io::{IsTerminal, Write};

use serde_json::Value;

/// How a piece of text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

/// The terminal, and where on it the next word goes.
#[derive(Debug)]
pub(super) struct Screen {
    colour: bool,
    /// Whether the cursor stands behind words of a message.
    line_open: bool,
    /// Whether the message that `agentMessage` will repeat was shown already.
    streamed: bool,
    /// The start of a line of output that has not ended yet.
    partial: String,
}

impl Screen {
    /// Colours only on a terminal, and only where nobody objects.
    pub(super) fn new(no_color: bool) -> Self {
        let colour = !no_color && std::io::stdout().is_terminal();
        Self { colour, line_open: false, streamed: false, partial: String::new() }
    }

    /// A line of the demo's own.
    pub(super) fn say(&mut self, text: &str) {
        self.line(Style::Bold, &format!("» {text}"));
    }

    /// Something on the side.
    pub(super) fn note(&mut self, text: &str) {
        self.line(Style::Dim, &format!("  · {text}"));
    }

    /// An empty line.
    pub(super) fn blank(&mut self) {
        self.line(Style::Plain, "");
    }

    /// Good news at the end.
    pub(super) fn good(&mut self, text: &str) {
        self.line(Style::Green, &format!("✓ {text}"));
    }

    /// Bad news at the end.
    pub(super) fn bad(&mut self, text: &str) {
        self.line(Style::Red, &format!("✗ {text}"));
    }

    /// Something that the sandbox stopped.
    pub(super) fn refused(&mut self, text: &str) {
        self.line(Style::Yellow, &format!("⊘ {text}"));
    }

    /// One event, by its method. Events with nothing to see are passed over.
    pub(super) fn event(&mut self, method: &str, params: &Value) {
        let text = |name: &str| params[name].as_str().unwrap_or_default();
        match method {
            "tiro/agentMessageDelta" => {
                self.words(text("delta"));
                self.streamed = true;
            }
            // It comes when the whole answer is there, which may be after the
            // command that the answer asks for began.
            "tiro/agentMessage" => {
                if !std::mem::take(&mut self.streamed) {
                    self.words(text("message"));
                }
                self.end_line();
            }
            "tiro/execCommandBegin" => {
                self.line(Style::Bold, &format!("  $ {}", command_line(&params["command"])));
            }
            "tiro/execCommandOutputDelta" => self.output(text("chunk")),
            "tiro/execCommandEnd" => {
                if !self.partial.is_empty() {
                    self.output("\n");
                }
                self.line(Style::Dim, &format!("  └ exit code {}", params["exit_code"]));
            }
            "tiro/patchApplyBegin" => self.changes(&params["changes"]),
            "tiro/patchApplyEnd" if params["success"] == false => {
                self.line(Style::Red, &format!("  the patch was not applied: {}", text("stderr")));
            }
            "tiro/backgroundEvent" => self.note(text("message")),
            "tiro/error" => self.bad(text("message")),
            _ => {}
        }
    }

    fn words(&mut self, words: &str) {
        if !self.line_open {
            println!();
            self.line_open = true;
        }
        print!("{words}");
        // A terminal that went away is noticed by the next write.
        let _ = std::io::stdout().flush();
    }

    fn end_line(&mut self) {
        if self.line_open {
            println!();
            self.line_open = false;
        }
    }

    fn output(&mut self, chunk: &str) {
        self.partial.push_str(chunk);
        while let Some(end) = self.partial.find('\n') {
            let rest = self.partial.split_off(end + 1);
            let line = std::mem::replace(&mut self.partial, rest);
            self.line(Style::Dim, &format!("  │ {}", line.trim_end()));
        }
    }

    fn changes(&mut self, changes: &Value) {
        for (path, change) in changes.as_object().into_iter().flatten() {
            self.line(Style::Bold, &format!("  edit {path}"));
            let diff = change["update"]["unified_diff"].as_str().unwrap_or_default();
            let added = change["add"]["content"].as_str().unwrap_or_default();
            for line in diff.lines() {
                let style = match line.chars().next() {
                    Some('+') => Style::Green,
                    Some('-') => Style::Red,
                    Some('@') => Style::Dim,
                    _ => Style::Plain,
                };
                self.line(style, &format!("  │ {line}"));
            }
            for line in added.lines() {
                self.line(Style::Green, &format!("  │ +{line}"));
            }
        }
    }

    fn line(&mut self, style: Style, text: &str) {
        self.end_line();
        println!("{}", styled(self.colour, style, text));
    }
}

fn styled(colour: bool, style: Style, text: &str) -> String {
    let code = match style {
        Style::Bold => "1",
        Style::Dim => "2",
        Style::Red => "31",
        Style::Green => "32",
        Style::Yellow => "33",
        Style::Plain => return text.to_owned(),
    };
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A command for a person to read: words that a shell would split are quoted.
pub(super) fn command_line(command: &Value) -> String {
    let words = command.as_array().into_iter().flatten().filter_map(Value::as_str);
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    let quoted = words.map(|word| {
        if !word.is_empty() && word.chars().all(plain) {
            word.to_owned()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_is_quoted_where_a_shell_would_split_it() {
        let command = json!(["sh", "-c", "echo 'a' > b", "", "x.rs"]);
        assert_eq!(command_line(&command), "sh -c 'echo '\\''a'\\'' > b' '' x.rs");
    }

    #[test]
    fn there_are_no_escapes_without_colour() {
        assert_eq!(styled(false, Style::Red, "no"), "no");
        assert_eq!(styled(true, Style::Red, "no"), "\u{1b}[31mno\u{1b}[0m");
    }
}
