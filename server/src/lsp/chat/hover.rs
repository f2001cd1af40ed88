//! Hovering over a command or a diff that a chat shows cut: all of it.

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use super::{chat_at, document::block_at};
use crate::lsp::front::{Front, lock};

/// Bytes that are shown; editors stop to scroll well before.
const MOST: usize = 64 * 1024;

/// The answer to `textDocument/hover`; none outside of chats.
pub(crate) fn hovered(front: &Front, params: &HoverParams) -> Option<Hover> {
    let at = &params.text_document_position_params;
    let document = chat_at(front, &at.text_document.uri)?;
    let block = block_at(&document.text, at.position.line)?;
    let (kind, id) = block.info.split_once(' ')?;
    let whole = lock(&front.chats.0).kept.block(kind, id)?.to_owned();
    let plain = front.profile().is_some_and(|profile| profile.hover_plain);
    let (kind, value) = if plain {
        (MarkupKind::PlainText, content(&whole))
    } else {
        (MarkupKind::Markdown, whole)
    };
    let value = cut(value);
    Some(Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), range: None })
}

/// Without the fences.
fn content(block: &str) -> String {
    let lines: Vec<&str> = block.lines().collect();
    lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default().join("\n")
}

/// The beginning and the end, fences and all.
fn cut(text: String) -> String {
    if text.len() <= MOST {
        return text;
    }
    let (mut head, mut tail) = (MOST / 2, text.len() - MOST / 2);
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    format!("{}\n… {} bytes are left out\n{}", &text[..head], tail - head, &text[tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_has_no_fences() {
        assert_eq!(content("```diff c\n+a\n+b\n```"), "+a\n+b");
        assert_eq!(content("```"), "");
    }

    #[test]
    fn much_is_cut_in_the_middle() {
        let text = format!("```\n{}\n```", "é".repeat(MOST));
        let cut = cut(text);
        assert!(cut.len() < MOST + 100 && cut.starts_with("```\né") && cut.ends_with("é\n```"));
    }
}
