//! Which runs of lines differ between two texts. Used by the edits of a plan
//! and by hunks; a line ends with `\n` here, so that no boundary between runs
//! can fall into a `\r\n`.

use std::ops::Range;

use similar::{Algorithm, DiffOp};

/// Bytes of the old text that are other bytes in the new one: whole lines on
/// both sides, where the last line of a text may have no ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// In the old text.
    pub(super) old: Range<usize>,
    /// In the new text.
    pub(super) new: Range<usize>,
}

/// The runs that differ: in order, with equal lines between any two.
///
/// Lines that could stand before or after what was inserted or deleted are
/// taken to stand after it, so that one change has one form.
pub(super) fn runs(old: &str, new: &str) -> Vec<Run> {
    let head = line_start(old, common_prefix(old.as_bytes(), new.as_bytes()));
    let tail = common_tail(&old.as_bytes()[head..], &new.as_bytes()[head..]);
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    if head == old_end && head == new_end {
        return Vec::new();
    }
    let old_lines: Vec<&str> = old[head..old_end].split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new[head..new_end].split_inclusive('\n').collect();
    let ops = similar::capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines);
    let (old_at, new_at) = (offsets(head, &old_lines), offsets(head, &new_lines));
    let mut runs: Vec<Run> = Vec::new();
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let (o, n) = (op.old_range(), op.new_range());
        let mut run =
            Run { old: old_at[o.start]..old_at[o.end], new: new_at[n.start]..new_at[n.end] };
        let floor = runs.last().map_or(0, |run| run.old.end);
        slide_up(old, new, &mut run, floor);
        match runs.last_mut() {
            Some(last) if last.old.end == run.old.start => {
                last.old.end = run.old.end;
                last.new.end = run.new.end;
            }
            _ => runs.push(run),
        }
    }
    runs
}

/// Moves an insertion or a deletion up past lines that are its own last line,
/// but not above `floor`.
fn slide_up(old: &str, new: &str, run: &mut Run, floor: usize) {
    let (moved, text) = match (run.old.is_empty(), run.new.is_empty()) {
        (true, false) => (run.new.clone(), new),
        (false, true) => (run.old.clone(), old),
        _ => return,
    };
    let mut span = moved;
    while run.old.start > floor {
        let before = line_start(old, run.old.start - 1)..run.old.start;
        let line = &old[before.clone()];
        if !line.ends_with('\n') || !text[span.clone()].ends_with(line) {
            return;
        }
        // What remains of it has to begin where a line begins.
        let rest = span.end - line.len();
        if rest > span.start && text.as_bytes()[rest - 1] != b'\n' {
            return;
        }
        span = span.start - line.len()..rest;
        let len = line.len();
        run.old = run.old.start - len..run.old.end - len;
        run.new = run.new.start - len..run.new.end - len;
    }
}

/// Where the line begins that the byte at `offset` is in.
pub(super) fn line_start(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    const CHUNK: usize = 4096;
    let chunks = a.chunks(CHUNK).zip(b.chunks(CHUNK));
    let same = chunks.take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum::<usize>();
    let same = same.min(a.len()).min(b.len());
    same + a[same..].iter().zip(&b[same..]).take_while(|(a, b)| a == b).count()
}

/// How many bytes of whole lines the two texts have in common at their ends.
fn common_tail(a: &[u8], b: &[u8]) -> usize {
    const CHUNK: usize = 4096;
    let chunks = a.rchunks(CHUNK).zip(b.rchunks(CHUNK));
    let same = chunks.take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum::<usize>();
    let rest = a[..a.len() - same].iter().rev().zip(b[..b.len() - same].iter().rev());
    let same = same + rest.take_while(|(a, b)| a == b).count();
    let begins = |bytes: &[u8], at: usize| at == 0 || bytes[at - 1] == b'\n';
    let mut at = a.len() - same;
    if !(begins(a, at) && begins(b, b.len() - same)) {
        at = a[at..].iter().position(|&byte| byte == b'\n').map_or(a.len(), |end| at + end + 1);
    }
    a.len() - at
}

/// Byte offsets at which the lines begin, and that of the end.
fn offsets(from: usize, lines: &[&str]) -> Vec<usize> {
    let mut offset = from;
    let mut offsets = vec![from];
    offsets.extend(lines.iter().map(|line| {
        offset += line.len();
        offset
    }));
    offsets
}
