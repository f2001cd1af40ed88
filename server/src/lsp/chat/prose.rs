//! What the model says, on its way into the document: piece by piece, so that it
//! stays Markdown and cannot pass for a turn of its own. Pure.

use super::blocks::is_deceiving;
use super::document::{Fences, LONGEST_HEADING, Line, heading};

/// One message of the model as it comes in.
#[derive(Debug, Default)]
pub(super) struct Prose {
    fences: Fences,
    /// The line as it was said so far.
    line: String,
    /// How much of it was given on.
    given: usize,
}

impl Prose {
    /// What of the message goes on now. Line endings become `\n`; what editors
    /// cannot show is left out.
    pub(super) fn piece(&mut self, piece: &str) -> String {
        let mut given = String::with_capacity(piece.len());
        for letter in piece.chars() {
            match letter {
                '\n' => {
                    self.end_line(&mut given);
                    given.push('\n');
                }
                '\t' => self.line.push(letter),
                _ if letter.is_control() || is_deceiving(letter) => {}
                _ => self.line.push(letter),
            }
        }
        if !may_be_heading(&self.line) {
            given.push_str(&self.line[self.given..]);
            self.given = self.line.len();
        }
        given
    }

    /// The rest, when the message is over; code that was left open is closed.
    pub(super) fn end(&mut self) -> String {
        let mut given = String::new();
        let between = if self.line.is_empty() { "" } else { "\n" };
        self.end_line(&mut given);
        if let Some(closing) = std::mem::take(&mut self.fences).closing() {
            given.push_str(between);
            given.push_str(&closing);
        }
        given
    }

    fn end_line(&mut self, given: &mut String) {
        let line = std::mem::take(&mut self.line);
        let rest = &line[std::mem::take(&mut self.given)..];
        if self.fences.line(&line) == Line::Text && heading(&line).is_some() {
            // A level lower it is a heading still, and no turn.
            given.push_str(&rest.replacen("##", "###", 1));
        } else {
            given.push_str(rest);
        }
    }
}

/// Whether a line that begins so may turn out to begin a turn.
fn may_be_heading(line: &str) -> bool {
    let rest = line.trim_start_matches(' ');
    if line.len() > LONGEST_HEADING || line.len() - rest.len() > 3 {
        return false;
    }
    let Some(name) = rest.strip_prefix("##") else { return "##".starts_with(rest) };
    let name = name.trim().to_ascii_lowercase();
    let name = name.trim_end_matches('#').trim_end();
    ["you", "tiro"].iter().any(|who| who.starts_with(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lsp::chat::document::{Who, turns};

    fn whole(text: &str) -> String {
        let mut prose = Prose::default();
        prose.piece(text) + &prose.end()
    }

    #[test]
    fn most_of_it_goes_on_at_once() {
        let mut prose = Prose::default();
        assert_eq!(prose.piece("I loo"), "I loo");
        assert_eq!(prose.piece("k.\n\n#"), "k.\n\n");
        assert_eq!(prose.piece("# Yo"), "");
        assert_eq!(prose.piece("ur tests"), "## Your tests");
        assert_eq!(prose.piece("\n##"), "\n");
        assert_eq!(prose.end(), "##");
    }

    #[test]
    fn a_heading_of_a_turn_goes_a_level_down() {
        assert_eq!(whole("a\n## You\nb\n  ## tiro ##\n"), "a\n### You\nb\n  ### tiro ##\n");
        assert_eq!(whole("```\n## You\n```\n## You"), "```\n## You\n```\n### You");
    }

    #[test]
    fn code_does_not_swallow_what_follows() {
        assert_eq!(whole("see\n````rust\nfn a() {}"), "see\n````rust\nfn a() {}\n````");
    }

    #[test]
    fn what_is_not_text_stays_out() {
        assert_eq!(whole("a\r\nb\u{0}\u{1b}[1m\u{7f}\tc\u{2028}d"), "a\nb[1m\tcd");
    }

    #[test]
    fn a_line_without_end_is_not_held_back() {
        let long = format!("## {}", " ".repeat(LONGEST_HEADING));
        let mut prose = Prose::default();
        assert_eq!(prose.piece(&long), long);
    }

    fn said() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("(\n|\r\n|## ?|You|tiro|```|~~~| |#|word|é𝄞){0,6}", 0..8)
    }

    proptest! {
        #[test]
        fn pieces_make_the_whole(pieces in said()) {
            let mut prose = Prose::default();
            let streamed: String = pieces.iter().map(|piece| prose.piece(piece)).collect();
            prop_assert_eq!(streamed + &prose.end(), whole(&pieces.concat()));
        }

        #[test]
        fn whatever_is_said_is_one_turn(pieces in said()) {
            let answer = whole(&pieces.concat());
            let text = format!("## You\n\nhi\n\n## Tiro\n\n{answer}\n\n## You\n\n");
            let turns: Vec<Who> = turns(&text).iter().map(|turn| turn.who).collect();
            prop_assert_eq!(turns, [Who::You, Who::Tiro, Who::You]);
            prop_assert_eq!(whole(&answer), answer);
        }
    }
}
