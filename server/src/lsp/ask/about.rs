//! "Ask Tiro about this…": LSP has no field to write in, so the place is quoted
//! in a chat document, and the person writes there.

use std::sync::Arc;

use lsp_types::CodeActionKind;
use serde_json::{Value, json};
use tower_lsp::jsonrpc::Error;

use super::{asked, excerpt, words};
use crate::lsp::{
    actions::{Offer, Place},
    chat,
    commands::{Arguments, Outcome},
    convert,
    front::Front,
};

/// What is offered at every place.
pub(crate) fn offer(place: &Place<'_>) -> Option<Offer> {
    (!place.front.knows_tiro()).then(|| Offer {
        title: "Ask Tiro about this…".to_owned(),
        kind: CodeActionKind::REFACTOR,
        command: "tiro.askAbout",
        argument: json!({
            "uri": place.document.uri,
            "range": convert::lsp_range(place.range),
        }),
        diagnostics: Vec::new(),
        preferred: false,
    })
}

/// `tiro.askAbout`: opens a chat with the place in it.
pub(crate) fn run(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    let (asked, document) = asked(front, "tiro.askAbout", arguments)?;
    let excerpt = excerpt(front, &document, asked.range);
    chat::open_about(front, quote(&excerpt));
    Ok(Outcome::Done(Value::Null))
}

/// The place as a quote in Markdown.
fn quote(excerpt: &words::Excerpt) -> String {
    let told = words::place(excerpt);
    told.trim_end().lines().map(|line| format!("> {line}").trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_has_its_mark_on_every_line() {
        let excerpt = words::Excerpt {
            file: "src/lib.rs".into(),
            language: "rust".into(),
            lines: (1, 1),
            text: "fn a() {}".into(),
            around: None,
            unsaved: false,
        };
        expect_test::expect![[r"
            > This is about src/lib.rs, line 1 (rust):
            >
            > ```rust
            > fn a() {}
            > ```
        "]]
        .assert_eq(&quote(&excerpt));
    }
}
