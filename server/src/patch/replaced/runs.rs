//! Compares two large texts of which little is different, window by window. A
//! line ends with `\n` here, so that no boundary can fall into a `\r\n`.

use std::ops::Range;

use similar::{Algorithm, DiffOp};

use super::line_start;

/// Bytes of the old text that are other bytes in the new one: whole lines on
/// both sides, where the last line of a text may have no ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// In the old text.
    pub(super) old: Range<usize>,
    /// In the new text.
    pub(super) new: Range<usize>,
}

/// How many lines are compared at once, one after the other until what follows
/// a change is found again. Beyond that it is the whole rest.
const WINDOWS: [usize; 3] = [64, 512, 4096];

/// So many equal lines are no chance.
const SOLID: usize = 8;

/// The runs that differ: in order, with equal lines between any two.
///
/// Equal parts cost a comparison of memory; lines are made only around what
/// differs.
pub(super) fn runs(old: &str, new: &str) -> Vec<Run> {
    let head = line_start(old, common_prefix(old.as_bytes(), new.as_bytes()));
    let tail = common_tail(&old.as_bytes()[head..], &new.as_bytes()[head..]);
    let mut runs =
        Runs { old, new, old_end: old.len() - tail, new_end: new.len() - tail, found: Vec::new() };
    let (mut o, mut n) = (head, head);
    while o < runs.old_end || n < runs.new_end {
        (o, n) = runs.next(o, n);
        let (rest, other) = (&old[o..runs.old_end], &new[n..runs.new_end]);
        let same = line_start(rest, common_prefix(rest.as_bytes(), other.as_bytes()));
        (o, n) = (o + same, n + same);
    }
    runs.found.iter().filter_map(|run| trimmed(old, new, run)).collect()
}

/// A run without the lines that are equal at its ends; none where all are.
fn trimmed(old: &str, new: &str, run: &Run) -> Option<Run> {
    let (a, b) = (&old[run.old.clone()], &new[run.new.clone()]);
    let head = line_start(a, common_prefix(a.as_bytes(), b.as_bytes()));
    let tail = common_tail(&a.as_bytes()[head..], &b.as_bytes()[head..]);
    let run = Run {
        old: run.old.start + head..run.old.end - tail,
        new: run.new.start + head..run.new.end - tail,
    };
    (!run.old.is_empty() || !run.new.is_empty()).then_some(run)
}

struct Runs<'a> {
    old: &'a str,
    new: &'a str,
    old_end: usize,
    new_end: usize,
    found: Vec<Run>,
}

impl Runs<'_> {
    /// Takes in what differs from `o` and `n` on, up to lines that are equal
    /// again, where it says they begin.
    fn next(&mut self, o: usize, n: usize) -> (usize, usize) {
        let (old, new) = (&self.old[o..self.old_end], &self.new[n..self.new_end]);
        for size in WINDOWS {
            let old_lines: Vec<&str> = old.split_inclusive('\n').take(size).collect();
            let new_lines: Vec<&str> = new.split_inclusive('\n').take(size).collect();
            if old_lines.len() < size && new_lines.len() < size {
                break;
            }
            let ops = similar::capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines);
            let solid = |op: &DiffOp| matches!(op, DiffOp::Equal { len, .. } if *len >= SOLID);
            if let Some(last) = ops.iter().rposition(solid) {
                let (old_at, new_at) = (offsets(o, &old_lines), offsets(n, &new_lines));
                self.push(&ops[..last], &old_at, &new_at);
                let next = &ops[last];
                return (old_at[next.old_range().start], new_at[next.new_range().start]);
            }
        }
        let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
        let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
        let ops = similar::capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines);
        self.push(&ops, &offsets(o, &old_lines), &offsets(n, &new_lines));
        (self.old_end, self.new_end)
    }

    fn push(&mut self, ops: &[DiffOp], old_at: &[usize], new_at: &[usize]) {
        for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
            let (o, n) = (op.old_range(), op.new_range());
            let run =
                Run { old: old_at[o.start]..old_at[o.end], new: new_at[n.start]..new_at[n.end] };
            match self.found.last_mut() {
                Some(last) if last.old.end == run.old.start && last.new.end == run.new.start => {
                    last.old.end = run.old.end;
                    last.new.end = run.new.end;
                }
                _ => self.found.push(run),
            }
        }
    }
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let mut same = 0;
    // Large pieces are compared as memory, what is left byte by byte.
    for size in [4096, 64, 1] {
        let pieces = a[same..].chunks(size).zip(b[same..].chunks(size));
        same += pieces.take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum::<usize>();
    }
    same
}

/// How many bytes of whole lines the two texts have in common at their ends.
fn common_tail(a: &[u8], b: &[u8]) -> usize {
    let mut same = 0;
    for size in [4096, 64, 1] {
        let pieces = a[..a.len() - same].rchunks(size).zip(b[..b.len() - same].rchunks(size));
        same += pieces.take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum::<usize>();
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<(String, String)> {
        let runs = runs(old, new).into_iter();
        runs.map(|run| (old[run.old].to_owned(), new[run.new].to_owned())).collect()
    }

    fn numbered(lines: impl IntoIterator<Item = usize>) -> String {
        lines.into_iter().map(|line| format!("line {line}\n")).collect()
    }

    #[test]
    fn far_apart_changes_are_found_each_for_itself() {
        let old = numbered(0..20_000);
        let mut new = old.clone();
        let mut expected = Vec::new();
        for line in (0..20_000).step_by(400) {
            let (from, to) = (format!("line {line}\n"), format!("LINE {line}\nand\n"));
            new = new.replacen(&from, &to, 1);
            expected.push((from, to));
        }
        assert_eq!(shown(&old, &new), expected);
    }

    #[test]
    fn what_is_longer_than_a_window_is_one_change() {
        for size in [100, 1000, 6000] {
            let old = numbered(0..20_000);
            let new = numbered((0..500).chain(500 + size..20_000));
            assert_eq!(shown(&old, &new), [(numbered(500..500 + size), String::new())]);
            assert_eq!(shown(&new, &old), [(String::new(), numbered(500..500 + size))]);
        }
    }

    #[test]
    fn a_text_that_is_all_different_is_one_change() {
        let (old, new) = (numbered(0..5000), numbered(5000..11_000));
        assert_eq!(shown(&old, &new), [(old.clone(), new.clone())]);
    }
}
