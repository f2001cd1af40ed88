//! Completion in a chat: `@` names a file or something that is defined, `/` at
//! the beginning of a message a command. Answered at once, from what is known.

use std::sync::Arc;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionParams, CompletionResponse,
    TextEdit,
};

use super::{
    chat_at,
    document::{Who, turns},
    listing, slash,
};
use crate::{
    documents::{LineIndex, OpenDocument, Position, Range},
    lsp::{
        convert,
        front::{Front, lock},
    },
    workspace::Workspace as _,
};

/// More than this nobody reads; typing on narrows it.
const MOST: usize = 100;

/// What is typed at a place.
#[derive(Debug, PartialEq, Eq)]
struct Typed {
    /// `@` or `/`.
    sign: char,
    /// What follows it, up to the place.
    partial: String,
    /// Where that begins, as a byte offset.
    start: usize,
}

/// The answer to `textDocument/completion`; none outside of chats.
pub(crate) fn completed(
    front: &Arc<Front>,
    params: &CompletionParams,
) -> Option<CompletionResponse> {
    let at = &params.text_document_position;
    let document = chat_at(front, &at.text_document.uri)?;
    let encoding = front.editor()?.encoding();
    let index = LineIndex::new(&document.text);
    let position = Position { line: at.position.line, character: at.position.character };
    let offset = index.offset(&document.text, position, encoding);
    let typed = typed(&document, offset)?;
    let start = index.position(&document.text, typed.start, encoding);
    let range = convert::lsp_range(Range { start, end: position });
    let item = |(rank, (name, kind, detail)): (usize, (String, CompletionItemKind, String))| {
        CompletionItem {
            kind: Some(kind),
            detail: (!detail.is_empty()).then_some(detail),
            sort_text: Some(format!("{rank:04}")),
            filter_text: Some(name.clone()),
            text_edit: Some(TextEdit { range, new_text: name.clone() }.into()),
            label: name,
            ..CompletionItem::default()
        }
    };
    let found = match typed.sign {
        '/' => commands(&typed.partial),
        _ => {
            listing::refresh(front);
            names(front, &typed.partial)
        }
    };
    let items = found.into_iter().enumerate().map(item).collect();
    // The list is made while one types.
    let is_incomplete = typed.sign == '@';
    Some(CompletionList { is_incomplete, items }.into())
}

fn typed(document: &OpenDocument, offset: usize) -> Option<Typed> {
    let text = &document.text;
    let before = &text[..offset];
    let word = before
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = word + before[word..].find(|letter| !"([{\"'`".contains(letter)).unwrap_or_default();
    let sign = before[word..].chars().next().filter(|sign| matches!(sign, '@' | '/'))?;
    let typed = Typed { sign, partial: before[word + 1..].to_owned(), start: word + 1 };
    if sign == '@' {
        return Some(typed);
    }
    let turns = turns(text);
    let turn = turns.last().filter(|turn| turn.who == Who::You)?;
    let first = before.get(turn.body.start..word)?.trim().is_empty();
    first.then_some(typed)
}

fn commands(partial: &str) -> Vec<(String, CompletionItemKind, String)> {
    let fits = |(name, _): &(&str, &str)| name.starts_with(partial);
    let item = |(name, does): (&str, &str)| {
        (name.to_owned(), CompletionItemKind::KEYWORD, does.to_owned())
    };
    slash::all().filter(fits).map(item).collect()
}

fn names(front: &Front, partial: &str) -> Vec<(String, CompletionItemKind, String)> {
    let (files, definitions) = {
        let listing = &lock(&front.chats.0).listing;
        (listing.files.clone(), listing.definitions.clone())
    };
    let wanted = partial.to_lowercase();
    let files = files.iter().filter_map(|file| {
        let rank = rank(file, &wanted)?;
        Some((rank, (file.clone(), CompletionItemKind::FILE, String::new())))
    });
    let definitions = definitions.iter().filter_map(|definition| {
        let rank = rank(&definition.name, &wanted)?;
        let (name, text) = (definition.name.clone(), definition.text.clone());
        Some((rank, (name, CompletionItemKind::REFERENCE, text)))
    });
    let mut found: Vec<_> = files.chain(definitions).collect();
    found.sort_by_key(|(rank, _)| *rank);
    let mut seen = std::collections::BTreeSet::new();
    let found = found.into_iter().map(|(_, item)| item);
    found.filter(|(name, ..)| seen.insert(name.clone())).take(MOST).collect()
}

/// How well a name fits what was typed, in lower case: the less the better.
fn rank(name: &str, wanted: &str) -> Option<(u8, usize)> {
    let lower = name.to_lowercase();
    let last = lower.rsplit('/').next().unwrap_or(&lower);
    let class = if last.starts_with(wanted) || lower.starts_with(wanted) {
        0
    } else if lower.contains(wanted) {
        1
    } else {
        let mut letters = lower.chars();
        wanted.chars().all(|letter| letters.any(|other| other == letter)).then_some(2)?
    };
    Some((class, name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place is shown as `|`.
    #[track_caller]
    fn check(text: &str, expected: Option<(char, &str)>) {
        let at = text.find('|').expect("a place");
        let text = text.replace('|', "");
        let document = OpenDocument {
            path: "/w/a.tiro.md".into(),
            uri: String::new(),
            version: 1,
            language_id: String::new(),
            text: text.into(),
            saved: true,
        };
        let found = typed(&document, at);
        let found = found.as_ref().map(|typed| (typed.sign, typed.partial.as_str()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_word_with_a_sign_is_completed() {
        check("## You\n\nsee @|", Some(('@', "")));
        check("## You\n\nsee (@src/a| b", Some(('@', "src/a")));
        check("## You\n\nme@exam|", None);
        check("## You\n\n@a b|", None);
        check("## You\n\n /he|", Some(('/', "he")));
        check("## You\n\nsee /he|", None);
        check("## You\n\n/a\n\n## Tiro\n\n/b|", None);
        check("|", None);
        check("é\u{a0}@é|", Some(('@', "é")));
    }

    #[test]
    fn the_nearest_name_is_first() {
        let mut names = ["src/domain.rs", "docs/main.md", "src/main.rs", "my-admin.txt", "zzz"];
        names.sort_by_key(|name| rank(name, "main").unwrap_or((9, 0)));
        assert_eq!(names, ["src/main.rs", "docs/main.md", "src/domain.rs", "my-admin.txt", "zzz"]);
        assert_eq!(rank("zzz", "main"), None);
        assert_eq!(rank("Anything", ""), Some((0, 8)));
    }
}
