//! What the documents show cut, whole, for as long as there is room.

use std::collections::VecDeque;

/// Bytes that are kept; what is older goes first.
const ROOM: usize = 8 * 1024 * 1024;

/// Blocks of code by the id of their call.
#[derive(Debug, Default)]
pub(super) struct Kept {
    blocks: VecDeque<(String, String)>,
    bytes: usize,
}

impl Kept {
    pub(super) fn add(&mut self, blocks: Vec<(String, String)>) {
        for (id, block) in blocks {
            self.bytes += block.len();
            self.blocks.push_back((id, block));
        }
        while self.bytes > ROOM
            && let Some((_, block)) = self.blocks.pop_front()
        {
            self.bytes -= block.len();
        }
    }

    /// The block of a kind, which its first word names; the newest where an id
    /// was used twice.
    pub(super) fn block(&self, kind: &str, id: &str) -> Option<&str> {
        let info = format!("{kind} {id}");
        let is = |block: &str| {
            block.lines().next().is_some_and(|first| first.trim_start_matches('`') == info)
        };
        let mut newest = self.blocks.iter().rev();
        newest.find(|(known, block)| known == id && is(block)).map(|(_, block)| block.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_told_apart_and_the_oldest_go() {
        let mut kept = Kept::default();
        let block = |info: &str, text: &str| format!("```{info}\n{text}\n```");
        kept.add(vec![
            ("c".to_owned(), block("diff c", "+a")),
            ("c".to_owned(), block("console c", "$ a")),
            ("c".to_owned(), block("console c", "$ b")),
        ]);
        assert_eq!(kept.block("console", "c"), Some("```console c\n$ b\n```"));
        assert_eq!(kept.block("diff", "c"), Some("```diff c\n+a\n```"));
        assert_eq!(kept.block("diff", "d"), None);
        kept.add(vec![("e".to_owned(), block("diff e", &"x".repeat(ROOM - 20)))]);
        assert_eq!(kept.block("diff", "c"), None);
        assert!(kept.block("diff", "e").is_some() && kept.bytes <= ROOM);
    }
}
