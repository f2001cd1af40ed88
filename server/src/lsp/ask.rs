//! Asking about a place: code actions on any selection, line or diagnostic, and
//! the commands behind them. `about` opens a chat, `place` makes of the place what is told of it,
//! `words` has the words.

use std::sync::Arc;

use lsp_types::{CodeActionKind, Diagnostic, Uri};
use serde::Deserialize;
use serde_json::json;
use tiro_protocol::{InputItem, Op};
use tower_lsp::jsonrpc::Error;

use super::{
    actions::{Offer, Place},
    commands::{Arguments, Outcome},
    convert,
    front::Front,
    prompt::{beginning, visible},
    tasks::Origin,
};
use crate::{documents::OpenDocument, workspace::Workspace};
use words::Wish;

pub(super) mod about;
pub(super) mod place;
pub(super) mod words;

/// Diagnostics of one place for which a fix is offered.
const FIXES: usize = 10;

/// Characters of a diagnostic in a title.
const TITLE: usize = 80;

/// A place as a client gives it back.
#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    text: Option<String>,
    uri: Uri,
    range: lsp_types::Range,
    #[serde(default)]
    diagnostics: Vec<Diagnostic>,
}

/// What can be asked about a place.
pub(super) fn offers(place: &Place<'_>) -> Vec<Offer> {
    if place.front.knows_tiro() {
        return Vec::new();
    }
    let foreign = || place.diagnostics.iter().filter(|it| place::is_foreign(it));
    let argument = |diagnostics: Vec<Diagnostic>| {
        json!({
            "uri": place.document.uri,
            "range": convert::lsp_range(place.range),
            "diagnostics": diagnostics,
        })
    };
    let fixes = foreign().take(FIXES).map(|diagnostic| Offer {
        title: format!("Tiro: fix: {}", short(&diagnostic.message)),
        kind: CodeActionKind::QUICKFIX,
        command: "tiro.fix",
        argument: argument(vec![diagnostic.clone()]),
        diagnostics: vec![diagnostic.clone()],
        preferred: false,
    });
    let all = argument(foreign().cloned().collect());
    let asks =
        [("Tiro: explain this", "tiro.explain"), ("Tiro: write a test for this", "tiro.writeTest")]
            .map(|(title, command)| Offer {
                title: title.to_owned(),
                kind: CodeActionKind::REFACTOR,
                command,
                argument: all.clone(),
                diagnostics: Vec::new(),
                preferred: false,
            });
    fixes.chain(about::offer(place)).chain(asks).collect()
}

/// The first line of a message, as much as fits a menu.
fn short(message: &str) -> String {
    beginning(&visible(message.trim().lines().next().unwrap_or_default()), TITLE)
}

/// `tiro.ask`: a text, which may come with a place.
pub(super) fn ask(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    let text = arguments.text("text").filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| {
        Error::invalid_params(
            "tiro.ask takes the question as its first argument: [\"text\"] or [{\"text\": \"text\"}], \
             with \"uri\" and \"range\" where it is about a place in an open document",
        )
    })?;
    if arguments.has("uri") {
        return about(front, "tiro.ask", arguments, Wish::Own(text.to_owned()));
    }
    let op = Op::UserInput { items: vec![InputItem::Text { text: text.to_owned() }] };
    Ok(Outcome::Submit(front.submission(op)))
}

/// `tiro.explain`
pub(super) fn explain(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    about(front, "tiro.explain", arguments, Wish::Explain)
}

/// `tiro.writeTest`
pub(super) fn write_test(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    about(front, "tiro.writeTest", arguments, Wish::WriteTest)
}

/// `tiro.fix`
pub(super) fn fix(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    about(front, "tiro.fix", arguments, Wish::Fix)
}

/// Submits what is wanted at the place that a client gave.
fn about(
    front: &Arc<Front>,
    command: &str,
    arguments: &Arguments<'_>,
    wish: Wish,
) -> Result<Outcome, Error> {
    let (asked, document) = asked(front, command, arguments)?;
    if wish == Wish::Fix && asked.diagnostics.is_empty() {
        let problem = "tiro.fix needs the diagnostics that are to be fixed in its first argument";
        return Err(Error::invalid_params(problem));
    }
    let wish = match asked.text {
        Some(text) => Wish::Own(text),
        None => wish,
    };
    let excerpt = excerpt(front, &document, asked.range);
    let foreign = asked.diagnostics.iter().filter(|it| place::is_foreign(it));
    let problems: Vec<_> = foreign.map(place::problem).collect();
    let text = words::request(&excerpt, &problems, &wish);
    let submission = front.submission(Op::UserInput { items: vec![InputItem::Text { text }] });
    let line = asked.range.start.line;
    front.tasks.started_at(&submission.id, Origin { path: document.path, line });
    Ok(Outcome::Submit(submission))
}

fn asked(
    front: &Arc<Front>,
    command: &str,
    arguments: &Arguments<'_>,
) -> Result<(Asked, OpenDocument), Error> {
    let asked: Asked = arguments.parse().map_err(|problem| {
        Error::invalid_params(format!(
            "{command} takes a place as its first argument, {{\"uri\": …, \"range\": …}}: {problem}"
        ))
    })?;
    let document = front.editor().and_then(|editor| editor.open_document(&asked.uri));
    let document = document.ok_or_else(|| {
        let uri = visible(asked.uri.as_str());
        Error::invalid_params(format!("{uri} is not open here; open it and try again"))
    })?;
    Ok((asked, document))
}

fn excerpt(front: &Front, document: &OpenDocument, range: lsp_types::Range) -> words::Excerpt {
    let (roots, encoding) = match front.editor() {
        Some(editor) => (editor.roots(), editor.encoding()),
        None => Default::default(),
    };
    place::excerpt(document, &roots, convert::range(range), encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_short_line() {
        assert_eq!(short("  expected `;`\nhelp: add it"), "expected `;`");
        assert_eq!(short(""), "");
        let long = short(&"é".repeat(200));
        assert_eq!(long.chars().count(), TITLE + 1);
        assert_eq!(short("a\u{202e}b"), "a\\u{202e}b");
    }
}
