//! What is kept of one stream: its head and its tail, in bounded memory. Pure;
//! `command` feeds it, `spool` keeps what is lost here.

use std::collections::VecDeque;

use super::Captured;

/// Bytes kept from the beginning of a stream.
pub(super) const HEAD: usize = 32 * 1024;
/// Bytes kept from its end, where the error is.
pub(super) const TAIL: usize = 32 * 1024;
/// Bytes of a single line: three quarters from its beginning, the rest from its end.
const LINE: usize = 4 * 1024;

/// One stream while it is read.
#[derive(Debug, Default)]
pub(super) struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total: u64,
}

impl Capture {
    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let (head, rest) = bytes.split_at(bytes.len().min(HEAD - self.head.len()));
        self.head.extend_from_slice(head);
        let rest = &rest[rest.len().saturating_sub(TAIL)..];
        let surplus = (self.tail.len() + rest.len()).saturating_sub(TAIL);
        self.tail.drain(..surplus);
        self.tail.extend(rest);
    }

    /// The text of what was kept, with a note wherever something was left out.
    pub(super) fn finish(self) -> Captured {
        let (head, tail) = (self.head, Vec::from(self.tail));
        let mut text = Vec::new();
        let mut omitted = 0;
        if self.total == (head.len() + tail.len()) as u64 {
            omitted += push_lines(&mut text, &[head, tail].concat());
        } else {
            let head = &head[..boundary_before(&head, head.len())];
            let tail = &tail[beginning(&tail)..];
            let between = self.total - (head.len() + tail.len()) as u64;
            omitted += between + push_lines(&mut text, head);
            if !head.ends_with(b"\n") {
                text.push(b'\n');
            }
            text.extend_from_slice(format!("[… {between} bytes left out …]\n").as_bytes());
            omitted += push_lines(&mut text, tail);
        }
        Captured {
            text: String::from_utf8_lossy(&text).into_owned(),
            total_bytes: self.total,
            omitted_bytes: omitted,
        }
    }
}

/// Where a tail that was cut anywhere is best begun: after the line that was
/// cut, unless that one is very long.
fn beginning(tail: &[u8]) -> usize {
    let line = tail.iter().take(LINE).position(|byte| *byte == b'\n');
    line.map_or_else(|| boundary_after(tail, 0), |end| end + 1)
}

/// Adds the lines of `bytes`, shortened where they are too long; how many bytes
/// were left out.
fn push_lines(text: &mut Vec<u8>, bytes: &[u8]) -> u64 {
    let mut omitted = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.len() <= LINE {
            text.extend_from_slice(line);
            continue;
        }
        let begin = boundary_before(line, LINE / 4 * 3);
        let end = boundary_after(line, line.len() - LINE / 4);
        let left_out = end - begin;
        omitted += left_out as u64;
        text.extend_from_slice(&line[..begin]);
        text.extend_from_slice(format!("[… {left_out} bytes of this line left out …]").as_bytes());
        text.extend_from_slice(&line[end..]);
    }
    omitted
}

/// The last place at or before `at` that is not within a UTF-8 character.
pub(super) fn boundary_before(bytes: &[u8], at: usize) -> usize {
    // A character has at most four bytes; in anything longer there is none to respect.
    let start = at.saturating_sub(3);
    for place in (start..at).rev() {
        let width = match bytes[place] {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xbf => continue,
            _ => return at,
        };
        return if place + width > at { place } else { at };
    }
    at
}

/// The first place at or after `at` that does not begin within a UTF-8 character.
fn boundary_after(bytes: &[u8], at: usize) -> usize {
    let continuing = bytes[at..].iter().take(3).take_while(|byte| (0x80..=0xbf).contains(*byte));
    at + continuing.count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn capture(pieces: &[&[u8]]) -> Captured {
        let mut capture = Capture::default();
        for piece in pieces {
            capture.push(piece);
        }
        capture.finish()
    }

    #[test]
    fn short_output_is_kept_as_it_is() {
        let kept = capture(&[b"one\n", b"", b"two"]);
        assert_eq!(kept, Captured { text: "one\ntwo".into(), total_bytes: 7, omitted_bytes: 0 });
    }

    #[test]
    fn of_long_output_both_ends_are_kept_and_the_rest_is_counted() {
        let lines: String = (0..40_000).map(|number| format!("line {number}\n")).collect();
        let kept = capture(&[lines.as_bytes()]);
        let (head, rest) = kept.text.split_once("[… ").expect("a note");
        let (count, tail) = rest.split_once(" bytes left out …]\n").expect("a note");
        assert!(lines.starts_with(head.trim_end_matches('\n')));
        assert!(
            lines.ends_with(tail) && tail.starts_with("line ") && tail.ends_with("line 39999\n")
        );
        assert_eq!(count.parse(), Ok(kept.omitted_bytes));
        assert!(kept.text.len() <= HEAD + TAIL + 64);
    }

    #[test]
    fn a_long_line_keeps_its_ends() {
        let line = format!("begin{}end\nnext\n", "x".repeat(20_000));
        let kept = capture(&[line.as_bytes()]);
        assert!(kept.text.starts_with("beginxxx") && kept.text.ends_with("xxxend\nnext\n"));
        assert!(kept.text.contains(" bytes of this line left out …]"));
        assert!(kept.text.len() < LINE + 100);
        assert_eq!(kept.omitted_bytes, kept.total_bytes - 4096 - 5);
    }

    #[test]
    fn characters_are_not_cut_in_two() {
        let kept = capture(&["€".repeat(100_000).as_bytes()]);
        assert!(!kept.text.contains('\u{fffd}'), "{:?}", kept.text.find('\u{fffd}'));
        let kept_bytes = kept.text.chars().filter(|character| *character == '€').count() * 3;
        assert_eq!(kept_bytes as u64 + kept.omitted_bytes, kept.total_bytes);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        assert_eq!(capture(&[b"a\xffb"]).text, "a\u{fffd}b");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn how_the_bytes_arrive_makes_no_difference(
            pattern in prop::collection::vec(any::<u8>(), 1..200),
            times in 0usize..1500,
            size in 1usize..70_000,
        ) {
            let bytes = pattern.repeat(times);
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            let kept = capture(&pieces);
            prop_assert_eq!(&kept, &capture(&[&bytes]));
            prop_assert_eq!(kept.total_bytes, bytes.len() as u64);
            prop_assert!(kept.omitted_bytes <= kept.total_bytes);
        }

        #[test]
        fn a_boundary_never_lies_within_a_character(text in ".{0,40}", at in 0usize..160) {
            let at = at.min(text.len());
            prop_assert!(text.is_char_boundary(boundary_before(text.as_bytes(), at)));
            prop_assert!(text.is_char_boundary(boundary_after(text.as_bytes(), at)));
        }
    }
}
