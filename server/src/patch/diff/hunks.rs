//! The hunks of a unified diff, from what is known to be different.

use std::{fmt::Write as _, ops::Range};

use crate::patch::replaced::{self, Replaced};

/// Context lines around a change.
const CONTEXT: usize = 3;

/// The hunks that lead from one text to the other, without file headers.
pub(in crate::patch) fn between(before: &str, after: &str) -> String {
    of(before, after, &replaced::between(before, after))
}

/// The same where the changes are known: the texts are not compared.
pub(super) fn of(before: &str, after: &str, replaced: &[Replaced]) -> String {
    let mut diff = String::new();
    let near =
        |one: &Replaced, next: &Replaced| next.old.lines.start - one.old.lines.end <= 2 * CONTEXT;
    for group in replaced.chunk_by(near) {
        let ([first, ..], [.., last]) = (group, group) else { continue };
        let front = lines_before(before, first.old.bytes.start);
        let back = lines_behind(before, last.old.bytes.end);
        let (ahead, behind) = (count(before, &front), count(before, &back));
        let old = first.old.lines.start - ahead..last.old.lines.end + behind;
        let new = first.new.lines.start - ahead..last.new.lines.end + behind;
        let _ = writeln!(diff, "@@ -{} +{} @@", span(&old), span(&new));
        let mut at = front.start;
        for Replaced { old, new } in group {
            write_lines(&mut diff, ' ', &before[at..old.bytes.start]);
            write_lines(&mut diff, '-', &before[old.bytes.clone()]);
            write_lines(&mut diff, '+', &after[new.bytes.clone()]);
            at = old.bytes.end;
        }
        write_lines(&mut diff, ' ', &before[at..back.end]);
    }
    diff
}

fn span(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

/// The bytes of the context in front of a line that begins at `at`.
fn lines_before(text: &str, at: usize) -> Range<usize> {
    let mut start = at;
    for _ in 0..CONTEXT {
        let Some(before) = start.checked_sub(1) else { break };
        start = memchr::memrchr(b'\n', &text.as_bytes()[..before]).map_or(0, |end| end + 1);
    }
    start..at
}

/// The bytes of the context behind a line that ends at `at`.
fn lines_behind(text: &str, at: usize) -> Range<usize> {
    let mut end = at;
    for _ in 0..CONTEXT {
        let rest = &text.as_bytes()[end..];
        end += memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
    }
    at..end
}

fn count(text: &str, bytes: &Range<usize>) -> usize {
    replaced::line_count(&text[bytes.clone()])
}

fn write_lines(diff: &mut String, sign: char, lines: &str) {
    for line in lines.split_inclusive('\n') {
        diff.push(sign);
        diff.push_str(line);
        if !line.ends_with('\n') {
            diff.push_str("\n\\ No newline at end of file\n");
        }
    }
}
