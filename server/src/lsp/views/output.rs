//! What one command wrote, as far as it is kept to be looked at: its beginning
//! and its end. Pure.

use std::{fmt::Write, path::PathBuf};

/// Bytes of the beginning that are kept.
const HEAD: usize = 64 * 1024;

/// Bytes of the end that are kept, at least; twice as many before some go.
const TAIL: usize = 128 * 1024;

/// One command.
#[derive(Debug)]
pub(super) struct Output {
    /// Counts the commands.
    pub(super) number: u64,
    pub(super) call_id: String,
    command: String,
    cwd: PathBuf,
    head: String,
    tail: String,
    left_out: usize,
    exit_code: Option<i32>,
}

impl Output {
    pub(super) fn new(number: u64, call_id: String, command: String, cwd: PathBuf) -> Self {
        let (head, tail) = (String::new(), String::new());
        Self { number, call_id, command, cwd, head, tail, left_out: 0, exit_code: None }
    }

    /// It wrote something.
    pub(super) fn wrote(&mut self, chunk: &str) {
        let room = HEAD.saturating_sub(self.head.len());
        let split = if self.tail.is_empty() { floor(chunk, room) } else { 0 };
        let (head, tail) = chunk.split_at(split);
        self.head.push_str(head);
        self.tail.push_str(tail);
        if self.tail.len() > 2 * TAIL {
            let cut = floor(&self.tail, self.tail.len() - TAIL);
            self.left_out += cut;
            self.tail.drain(..cut);
        }
    }

    /// It has ended. What was said with that counts where nothing came before.
    pub(super) fn ended(&mut self, exit_code: i32, stdout: &str, stderr: &str) {
        self.exit_code = Some(exit_code);
        if self.head.is_empty() {
            self.wrote(stdout);
            self.wrote(stderr);
        }
    }

    /// All that is kept.
    pub(super) fn text(&self) -> String {
        let mut text = format!("$ {}\n# in {}\n\n", self.command, self.cwd.display());
        text.push_str(&self.head);
        if self.left_out > 0 {
            let _ = write!(text, "\n… {} bytes left out …\n", self.left_out);
        }
        text.push_str(&self.tail);
        if !text.ends_with('\n') {
            text.push('\n');
        }
        match self.exit_code {
            Some(code) => {
                let _ = writeln!(text, "\n# exit code {code}");
            }
            None => text.push_str("\n# still running\n"),
        }
        text
    }
}

/// The last place at or before `at` where a character begins.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output() -> Output {
        Output::new(1, "c".to_owned(), "make".to_owned(), "/w".into())
    }

    #[test]
    fn what_it_wrote_stands_between_the_command_and_its_end() {
        let mut output = output();
        output.wrote("one\n");
        assert_eq!(output.text(), "$ make\n# in /w\n\none\n\n# still running\n");
        output.wrote("two");
        output.ended(2, "one\ntwo", "");
        assert_eq!(output.text(), "$ make\n# in /w\n\none\ntwo\n\n# exit code 2\n");
    }

    #[test]
    fn a_command_that_never_began_says_why() {
        let mut output = output();
        output.ended(127, "", "there is no such program");
        assert!(output.text().contains("there is no such program\n\n# exit code 127"));
    }

    #[test]
    fn of_much_the_beginning_and_the_end_are_kept() {
        let mut output = output();
        output.wrote("first ");
        for _ in 0..1000 {
            output.wrote(&"é".repeat(500));
        }
        output.wrote("last");
        let text = output.text();
        assert!(text.starts_with("$ make\n# in /w\n\nfirst é") && text.contains("élast\n"));
        assert!(text.len() < HEAD + 2 * TAIL + 200, "{}", text.len());
        let left_out: usize = text
            .split_once("… ")
            .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok())
            .expect("says what is missing");
        let kept = output.head.len() + output.tail.len();
        assert_eq!(kept + left_out, 6 + 1_000_000 + 4);
    }
}
