//! A hunk as it is marked in the text: where, and the diagnostic there. Pure.

use std::ops::RangeInclusive;

use lsp_types::{Diagnostic, DiagnosticSeverity, NumberOrString, Position, Range};
use tiro_protocol::{HunkState, ProposedFile, ProposedHunk, ProposedKind};

use super::{known::is_undecided, words};
use crate::documents::PositionEncoding;

/// Who looks at the marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A client that knows nothing of proposals: it is shown every hunk.
    Plain,
    /// One that shows proposals itself: it is shown what conflicts.
    OptedIn,
}

/// One hunk in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    /// Id of its proposal.
    pub(super) proposal: String,
    /// Its id in the proposal.
    pub(super) hunk: String,
    /// It does not fit as the text is now.
    pub(super) is_conflict: bool,
    /// The 0-based lines in which it is meant.
    lines: RangeInclusive<u32>,
    /// As it is shown.
    pub(super) diagnostic: Diagnostic,
}

impl Mark {
    /// Whether it is meant in one of these lines.
    pub(super) fn is_in(&self, lines: &RangeInclusive<u32>) -> bool {
        self.lines.start() <= lines.end() && lines.start() <= self.lines.end()
    }

    /// What names it among all hunks: the code of its diagnostic.
    pub(super) fn code(&self) -> Option<&NumberOrString> {
        self.diagnostic.code.as_ref()
    }
}

/// Where a text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End(Position);

impl End {
    pub(super) fn of(text: &str, encoding: PositionEncoding) -> Self {
        let line = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        let last = text.rsplit('\n').next().unwrap_or_default();
        let character = match encoding {
            PositionEncoding::Utf8 => last.len(),
            PositionEncoding::Utf16 => last.encode_utf16().count(),
            PositionEncoding::Utf32 => last.chars().count(),
        };
        Self(Position { line: number(line), character: number(character) })
    }
}

/// The marks of one file of a proposal. Where its text ends is known of an open
/// document in the version that the lines are counted in.
pub(super) fn marks<'a>(
    proposal: &'a str,
    file: &'a ProposedFile,
    reader: Reader,
    end: Option<End>,
) -> impl Iterator<Item = Mark> + 'a {
    let wanted = move |hunk: &&ProposedHunk| match reader {
        Reader::Plain => is_undecided(hunk),
        Reader::OptedIn => hunk.state == HunkState::Conflict,
    };
    file.hunks.iter().filter(wanted).map(move |hunk| mark(proposal, file, hunk, reader, end))
}

fn mark(
    proposal: &str,
    file: &ProposedFile,
    hunk: &ProposedHunk,
    reader: Reader,
    end: Option<End>,
) -> Mark {
    let is_conflict = hunk.state == HunkState::Conflict;
    let place = place(file, hunk, reader);
    let (severity, message) = if is_conflict {
        (DiagnosticSeverity::WARNING, words::conflict(proposal, file, hunk, reader))
    } else {
        (DiagnosticSeverity::INFORMATION, words::proposed(file, hunk))
    };
    Mark {
        proposal: proposal.to_owned(),
        hunk: hunk.id.clone(),
        is_conflict,
        lines: place.meant,
        diagnostic: Diagnostic {
            range: range(&place.marked, end),
            severity: Some(severity),
            code: Some(NumberOrString::String(format!("{proposal} {}", hunk.id))),
            source: Some("tiro".to_owned()),
            message,
            ..Diagnostic::default()
        },
    }
}

/// 0-based lines.
struct Place {
    marked: RangeInclusive<u32>,
    meant: RangeInclusive<u32>,
}

/// The lines that a hunk is about. One that only inserts is shown on the line
/// above, which is there even at the end of the text; one about the whole file
/// on the first.
fn place(file: &ProposedFile, hunk: &ProposedHunk, reader: Reader) -> Place {
    let count = hunk.current_lines.as_ref().unwrap_or(&hunk.deleted_lines).len();
    let start = number(hunk.orig_index.saturating_sub(1));
    let lines = |count: usize| start..=start.saturating_add(number(count.saturating_sub(1)));
    let no_lines = hunk.deleted_lines.is_empty() && hunk.inserted_lines.is_empty();
    match file.kind {
        ProposedKind::Add | ProposedKind::Delete if reader == Reader::Plain => {
            Place { marked: 0..=0, meant: 0..=u32::MAX }
        }
        ProposedKind::Update if no_lines => Place { marked: 0..=0, meant: 0..=u32::MAX },
        ProposedKind::Update if count == 0 && reader == Reader::Plain => {
            let above = start.saturating_sub(1);
            Place { marked: above..=above, meant: above..=start }
        }
        ProposedKind::Add | ProposedKind::Delete | ProposedKind::Update => {
            Place { marked: lines(count), meant: lines(count) }
        }
    }
}

/// Whole lines; the last line of a text without a final newline up to its end.
fn range(lines: &RangeInclusive<u32>, end: Option<End>) -> Range {
    let at = |line| Position { line, character: 0 };
    let after = at(lines.end().saturating_add(1));
    match end {
        Some(End(end)) if end < after => {
            let start = at((*lines.start()).min(end.line));
            // Below the last line there is nothing to mark.
            let start = if start < end { start } else { at(end.line.saturating_sub(1)) };
            Range { start, end }
        }
        _ => Range { start: at(*lines.start()), end: after },
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(orig_index: usize, old: &[&str], new: &[&str], text: &str, expected: &Expect) {
        let lines = |lines: &[&str]| lines.iter().map(ToString::to_string).collect();
        let hunk = ProposedHunk {
            id: "h1".into(),
            orig_index,
            deleted_lines: lines(old),
            inserted_lines: lines(new),
            state: HunkState::Pending,
            current_lines: None,
            reason: None,
        };
        let file = ProposedFile {
            path: "/w/a".into(),
            move_path: None,
            kind: ProposedKind::Update,
            version: None,
            hunks: vec![hunk],
        };
        let end = Some(End::of(text, PositionEncoding::Utf16));
        let shown = marks("p", &file, Reader::Plain, end).map(|mark| {
            let Range { start, end } = mark.diagnostic.range;
            format!(
                "{}:{}-{}:{} meant {:?} {}",
                start.line,
                start.character,
                end.line,
                end.character,
                mark.lines,
                mark.diagnostic.message
            )
        });
        expected.assert_eq(&shown.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_mark_is_never_of_nothing_where_there_is_a_line() {
        let of = |text, lines| {
            let Range { start, end } = range(&lines, Some(End::of(text, PositionEncoding::Utf16)));
            ((start.line, start.character), (end.line, end.character))
        };
        assert_eq!(of("1\n2\n", 2..=2), ((1, 0), (2, 0)));
        assert_eq!(of("1\n2", 5..=7), ((1, 0), (1, 1)));
        assert_eq!(of("", 3..=3), ((0, 0), (0, 0)));
    }

    #[test]
    fn a_mark_covers_whole_lines_that_are_there() {
        let text = "1\n2\n3\n";
        check(
            2,
            &["2", "3"],
            &["x"],
            text,
            &expect!["1:0-3:0 meant 1..=2 Proposed: replace these 2 lines with: x"],
        );
        check(
            4,
            &[],
            &["4"],
            text,
            &expect!["2:0-3:0 meant 2..=3 Proposed: insert after this line: 4"],
        );
        check(
            1,
            &[],
            &["0"],
            text,
            &expect!["0:0-1:0 meant 0..=0 Proposed: insert before this line: 0"],
        );
        check(
            3,
            &["3"],
            &[],
            "1\n2\n3😀",
            &expect!["2:0-2:3 meant 2..=2 Proposed: delete this line"],
        );
        check(
            1,
            &[],
            &["0"],
            "",
            &expect!["0:0-0:0 meant 0..=0 Proposed: insert before this line: 0"],
        );
    }
}
