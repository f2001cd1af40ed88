//! From a range of an open document to what is told of it. Pure.

use std::path::{Path, PathBuf};

use lsp_types::{Diagnostic, DiagnosticSeverity, NumberOrString};

use super::words::{Excerpt, Problem};
use crate::documents::{LineIndex, OpenDocument, Position, PositionEncoding, Range};

/// Lines on each side of a cursor, or of a comment, that are told.
const AROUND: u32 = 5;

/// Problems without this source are of other servers.
const OWN: &str = "tiro";

/// What is told of a range; where nothing is selected, of the lines around it.
pub(crate) fn excerpt(
    document: &OpenDocument,
    roots: &[PathBuf],
    range: Range,
    encoding: PositionEncoding,
) -> Excerpt {
    if range.start == range.end {
        return around(document, roots, (range.start.line, range.start.line));
    }
    let text = &*document.text;
    let index = LineIndex::new(text);
    let start = index.offset(text, range.start, encoding);
    let end = index.offset(text, range.end, encoding).max(start);
    let first = index.position(text, start, encoding).line;
    let last = index.position(text, end, encoding);
    // Whole lines are selected up to the beginning of the next one.
    let ends_before = last.character == 0 && last.line > first;
    let lines = (first, if ends_before { last.line - 1 } else { last.line });
    let text = text[start..end].to_owned();
    Excerpt { text, around: None, ..about(document, roots, lines) }
}

/// What is told of some lines, 0-based, and of those around them.
pub(crate) fn around(document: &OpenDocument, roots: &[PathBuf], lines: (u32, u32)) -> Excerpt {
    let text = &*document.text;
    let index = LineIndex::new(text);
    let end_of_all = u32::try_from(index.line_count() - 1).unwrap_or(u32::MAX);
    let lines = (lines.0.min(end_of_all), lines.1.min(end_of_all));
    let first = lines.0.saturating_sub(AROUND);
    let start_of =
        |line| index.offset(text, Position { line, character: 0 }, PositionEncoding::Utf8);
    let (start, end) = (start_of(first), start_of(lines.1.saturating_add(AROUND + 1)));
    let text = text[start..end].to_owned();
    Excerpt { text, around: Some(first + 1), ..about(document, roots, lines) }
}

fn about(document: &OpenDocument, roots: &[PathBuf], (first, last): (u32, u32)) -> Excerpt {
    Excerpt {
        file: named(&document.path, roots),
        language: document.language_id.clone(),
        lines: (first + 1, last + 1),
        text: String::new(),
        around: None,
        unsaved: !document.saved,
    }
}

/// The path as the model names it in patches.
fn named(path: &Path, roots: &[PathBuf]) -> String {
    let relative = roots.first().and_then(|root| path.strip_prefix(root).ok());
    relative.unwrap_or(path).display().to_string()
}

/// Whether another server than this one says it.
pub(crate) fn is_foreign(diagnostic: &Diagnostic) -> bool {
    diagnostic.source.as_deref() != Some(OWN)
}

/// What is told of a diagnostic.
pub(crate) fn problem(diagnostic: &Diagnostic) -> Problem {
    let severity = match diagnostic.severity {
        Some(DiagnosticSeverity::WARNING) => "warning",
        Some(DiagnosticSeverity::INFORMATION) => "information",
        Some(DiagnosticSeverity::HINT) => "hint",
        _ => "error",
    };
    let code = diagnostic.code.as_ref().map(|code| match code {
        NumberOrString::Number(number) => number.to_string(),
        NumberOrString::String(code) => code.clone(),
    });
    let source: Vec<String> = diagnostic.source.clone().into_iter().chain(code).collect();
    Problem {
        line: diagnostic.range.start.line.saturating_add(1),
        severity,
        source: source.join(" "),
        message: diagnostic.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> OpenDocument {
        OpenDocument {
            path: "/w/src/a.rs".into(),
            uri: "file:///w/src/a.rs".into(),
            version: 1,
            language_id: "rust".into(),
            text: text.into(),
            saved: true,
        }
    }

    fn told(text: &str, start: (u32, u32), end: (u32, u32)) -> (Excerpt, String) {
        let at = |(line, character)| Position { line, character };
        let range = Range { start: at(start), end: at(end) };
        let roots = [PathBuf::from("/w")];
        let excerpt = excerpt(&document(text), &roots, range, PositionEncoding::Utf16);
        let text = excerpt.text.clone();
        (excerpt, text)
    }

    #[test]
    fn a_selection_is_told_as_it_is() {
        let (excerpt, text) = told("one\n𝄞wo\nthree\n", (0, 1), (1, 3));
        assert_eq!((excerpt.lines, text.as_str(), excerpt.around), ((1, 2), "ne\n𝄞w", None));
        assert_eq!(excerpt.file, "src/a.rs");
        let (excerpt, text) = told("one\ntwo\nthree\n", (0, 0), (2, 0));
        assert_eq!((excerpt.lines, text.as_str()), ((1, 2), "one\ntwo\n"));
    }

    #[test]
    fn a_cursor_is_told_with_the_lines_around_it() {
        let numbers: Vec<String> = (1..=20).map(|number| number.to_string()).collect();
        let text = numbers.join("\n");
        let (excerpt, text_there) = told(&text, (9, 1), (9, 1));
        assert_eq!((excerpt.lines, excerpt.around), ((10, 10), Some(5)));
        assert_eq!(text_there, "5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n");
        // What a client says of a text that is shorter by now.
        let (excerpt, text_there) = told("a\nb", (90, 0), (90, 0));
        assert_eq!((excerpt.lines, text_there.as_str()), ((2, 2), "a\nb"));
        let (excerpt, text_there) = told("", (3, 0), (9, 0));
        assert_eq!((excerpt.lines, text_there.as_str()), ((1, 1), ""));
    }
}
