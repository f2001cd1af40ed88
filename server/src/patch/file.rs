//! The text that comes of hunks which have their place.
//!
//! Lines that no hunk touches come out byte for byte; context lines are the
//! file's own. What is put in gets the line ending that most lines have, unless
//! the patch states endings and they agree with the file's, and the file's way to
//! indent, where the patch was written with another.

mod indent;

use std::{borrow::Cow, ops::Range};

use super::{
    Hunk, HunkLine, LineKind,
    lines::{BOM, Lines},
    locate::Placement,
    replaced::{self, Replaced, Span},
};
use indent::Indentation;

/// A text, and where it is different from the one before.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) text: String,
    pub(super) replaced: Vec<Replaced>,
}

/// A part of the text that comes out.
enum Piece<'a> {
    /// Lines of the file.
    Kept(Range<usize>),
    New {
        text: Cow<'a, str>,
        ending: &'static str,
    },
}

/// `placements` are in the order of the file and do not overlap.
pub(super) fn apply(lines: &Lines<'_>, hunks: &[Hunk], placements: &[Placement]) -> Applied {
    if lines.has_mark() && placements.iter().any(|placement| moves_mark(hunks, placement)) {
        return apply(&lines.with_mark_in_line(), hunks, placements);
    }
    let majority = lines.majority();
    let mut pieces = Vec::with_capacity(placements.len() * 3 + 1);
    let mut mark = lines.has_mark();
    let mut final_newline = lines.len() == 0 || !lines.ending(lines.len() - 1).is_empty();
    let mut cursor = 0;
    for placement in placements {
        let hunk = &hunks[placement.hunk];
        let meant = hunk.endings_meant && agrees(lines, hunk, placement);
        let indentation = Indentation::new(lines, hunk, placement);
        keep(&mut pieces, cursor..placement.core_start);
        let mut at = placement.core_start;
        for line in core(hunk) {
            match line.kind {
                LineKind::Insert => pieces.push(Piece::New {
                    text: indentation.of(&line.text, at),
                    ending: ending(line, meant, majority),
                }),
                LineKind::Context => {
                    keep(&mut pieces, at..at + 1);
                    at += 1;
                }
                LineKind::Delete => {
                    mark &= at != 0 || !line.text.starts_with(BOM);
                    at += 1;
                }
            }
        }
        cursor = placement.core_end;
        if placement.end >= lines.len() {
            final_newline = hunk.final_newline.unwrap_or(final_newline);
        }
    }
    keep(&mut pieces, cursor..lines.len());
    // A line that was put in first may bring its own.
    mark &= !matches!(pieces.first(), Some(Piece::New { text, .. }) if text.starts_with(BOM));
    join(lines, &pieces, mark, final_newline, majority)
}

/// From the first change of a hunk to the last.
fn core(hunk: &Hunk) -> &[HunkLine] {
    let changes = |line: &HunkLine| line.kind != LineKind::Context;
    let first = hunk.lines.iter().position(changes).unwrap_or(hunk.lines.len());
    let last = hunk.lines.iter().rposition(changes).map_or(first, |last| last + 1);
    &hunk.lines[first..last]
}

fn keep(pieces: &mut Vec<Piece<'_>>, lines: Range<usize>) {
    match pieces.last_mut() {
        Some(Piece::Kept(last)) if last.end == lines.start => last.end = lines.end,
        _ if lines.is_empty() => {}
        _ => pieces.push(Piece::Kept(lines)),
    }
}

/// Whether the old lines of a hunk end as the lines of the file do.
fn agrees(lines: &Lines<'_>, hunk: &Hunk, placement: &Placement) -> bool {
    let places = placement.start..placement.end.min(lines.len());
    hunk.old().skip(placement.skipped).zip(places).all(|(old, line)| match lines.ending(line) {
        "" => true,
        ending => old.crlf == (ending == "\r\n"),
    })
}

/// Whether a hunk shows the mark and puts lines before it.
fn moves_mark(hunks: &[Hunk], placement: &Placement) -> bool {
    let lines = &hunks[placement.hunk].lines;
    let first = lines.iter().position(|line| line.kind != LineKind::Insert);
    placement.start == 0
        && first.is_some_and(|first| {
            let line = &lines[first];
            first > 0 && line.kind == LineKind::Context && line.text.starts_with(BOM)
        })
}

fn ending(line: &HunkLine, meant: bool, majority: &'static str) -> &'static str {
    match (meant, line.crlf) {
        (false, _) => majority,
        (true, true) => "\r\n",
        (true, false) => "\n",
    }
}

fn join(
    lines: &Lines<'_>,
    pieces: &[Piece<'_>],
    mark: bool,
    final_newline: bool,
    majority: &str,
) -> Applied {
    let source = lines.source();
    let added: usize = pieces
        .iter()
        .map(|piece| match piece {
            Piece::New { text, ending } => text.len() + ending.len(),
            Piece::Kept(_) => 0,
        })
        .sum();
    let mut text = String::with_capacity(source.len() + added + majority.len());
    if mark {
        text.push(BOM);
    }
    let mut count = 0;
    // Lines that come out as they were: of the file, and where they are now.
    let mut same: Vec<(Range<usize>, usize, usize)> = Vec::with_capacity(pieces.len());
    for (index, piece) in pieces.iter().enumerate() {
        let last = index + 1 == pieces.len();
        match piece {
            Piece::New { text: line, ending } => {
                text.push_str(line);
                if !last || final_newline {
                    text.push_str(ending);
                }
                count += 1;
            }
            Piece::Kept(range) => {
                let mut unchanged = range.clone();
                let mut bytes = lines.bytes(range);
                if range.start == 0 && lines.has_mark() {
                    bytes.start = BOM.len_utf8();
                    unchanged.start += usize::from(text.len() != BOM.len_utf8());
                }
                let end = range.end - 1;
                let ending = lines.ending(end);
                let wanted = match (last && !final_newline, ending) {
                    (true, _) => "",
                    (false, "") => majority,
                    (false, ending) => ending,
                };
                if wanted != ending {
                    bytes.end -= ending.len();
                    unchanged.end -= 1;
                }
                if unchanged.start < unchanged.end {
                    let before = lines.bytes(&(range.start..unchanged.start)).end;
                    let skipped = before.saturating_sub(bytes.start);
                    let marked = unchanged.start == 0 && lines.has_mark();
                    let at = if marked { 0 } else { text.len() + skipped };
                    same.push((unchanged.clone(), count + unchanged.start - range.start, at));
                }
                text.push_str(&source[bytes]);
                if wanted != ending {
                    text.push_str(wanted);
                }
                count += range.len();
            }
        }
    }
    let replaced = gaps(lines, &text, &same, count);
    Applied { text, replaced }
}

/// What lies between the lines that stay.
fn gaps(
    lines: &Lines<'_>,
    text: &str,
    same: &[(Range<usize>, usize, usize)],
    count: usize,
) -> Vec<Replaced> {
    let mut found = Vec::with_capacity(same.len() + 1);
    let (mut old, mut new, mut byte) = (0, 0, 0);
    let end = (lines.len()..lines.len(), count, text.len());
    for (range, line, at) in same.iter().chain([&end]) {
        let old_lines = old..range.start;
        let gap = Replaced {
            old: Span { bytes: lines.bytes(&old_lines), lines: old_lines },
            new: Span { lines: new..*line, bytes: byte..*at },
        };
        replaced::refine(lines.source(), text, &gap, &mut found);
        old = range.end;
        new = line + range.len();
        byte = at + lines.bytes(range).len();
    }
    found
}
