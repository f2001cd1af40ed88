//! The output as it is written, in pieces for the editor: cut between
//! characters, joined when they come fast, and bounded in all.

use std::time::Duration;

use tiro_protocol::OutputStream;
use tokio::{sync::mpsc::UnboundedSender, time::Instant};

use super::{OutputChunk, output::boundary_before};

/// Pieces that come faster than this are joined.
const JOINED: Duration = Duration::from_millis(15);
/// Bytes after which a piece is sent at once.
const PIECE: usize = 16 * 1024;
/// Bytes of one command that are sent at all.
const TOTAL: usize = 1024 * 1024;

/// Sends the output of one command.
#[derive(Debug)]
pub(super) struct Deltas {
    sender: UnboundedSender<OutputChunk>,
    stream: OutputStream,
    /// Of `stream`, not sent so far.
    waiting: Vec<u8>,
    /// The first bytes of a character of the other stream.
    parked: Vec<u8>,
    sent: usize,
    last: Option<Instant>,
}

impl Deltas {
    pub(super) fn new(sender: UnboundedSender<OutputChunk>) -> Self {
        let (waiting, parked) = (Vec::new(), Vec::new());
        Self { sender, stream: OutputStream::Stdout, waiting, parked, sent: 0, last: None }
    }

    /// Takes what a stream wrote.
    pub(super) fn push(&mut self, stream: OutputStream, bytes: &[u8], now: Instant) {
        if self.sent >= TOTAL {
            return;
        }
        if stream != self.stream {
            self.flush(now);
            std::mem::swap(&mut self.waiting, &mut self.parked);
            self.stream = stream;
        }
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE || self.due().is_none_or(|due| due <= now) {
            self.flush(now);
        }
    }

    /// When what is waiting should be sent; none when nothing was sent so far.
    fn due(&self) -> Option<Instant> {
        self.last.map(|last| last + JOINED)
    }

    /// When [`Self::flush`] should be called next.
    pub(super) fn next(&self) -> Option<Instant> {
        (boundary_before(&self.waiting, self.waiting.len()) > 0).then(|| self.due()).flatten()
    }

    /// Sends all that is waiting, but for the beginning of a character.
    pub(super) fn flush(&mut self, now: Instant) {
        let rest = self.waiting.split_off(boundary_before(&self.waiting, self.waiting.len()));
        let whole = std::mem::replace(&mut self.waiting, rest);
        self.send(&whole, now);
    }

    /// Sends everything; nothing comes after it.
    pub(super) fn finish(mut self, now: Instant) {
        let waiting = std::mem::take(&mut self.waiting);
        self.send(&waiting, now);
        self.stream = match self.stream {
            OutputStream::Stdout => OutputStream::Stderr,
            OutputStream::Stderr => OutputStream::Stdout,
        };
        let parked = std::mem::take(&mut self.parked);
        self.send(&parked, now);
    }

    fn send(&mut self, bytes: &[u8], now: Instant) {
        if bytes.is_empty() || self.sent >= TOTAL {
            return;
        }
        self.last = Some(now);
        self.sent += bytes.len();
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        if self.sent >= TOTAL {
            text.push_str("\n[… further output is not shown while the command runs …]\n");
            self.waiting.clear();
        }
        // Nobody listens any more when the session has ended.
        let _ = self.sender.send(OutputChunk { stream: self.stream, text });
    }
}

#[cfg(test)]
mod tests {
    use OutputStream::{Stderr, Stdout};
    use tokio::sync::mpsc;

    use super::*;

    fn check(pushes: &[(OutputStream, &[u8], u64)], expected: &[(OutputStream, &str)]) {
        let (sender, mut received) = mpsc::unbounded_channel();
        let mut deltas = Deltas::new(sender);
        let start = Instant::now();
        for (stream, bytes, millis) in pushes {
            deltas.push(*stream, bytes, start + Duration::from_millis(*millis));
        }
        deltas.finish(start);
        let mut chunks = Vec::new();
        while let Ok(chunk) = received.try_recv() {
            chunks.push((chunk.stream, chunk.text));
        }
        let chunks: Vec<_> = chunks.iter().map(|(stream, text)| (*stream, text.as_str())).collect();
        assert_eq!(chunks, expected);
    }

    #[test]
    fn the_first_piece_is_sent_at_once_and_quick_ones_after_it_together() {
        check(
            &[
                (Stdout, b"a", 0),
                (Stdout, b"b", 1),
                (Stdout, b"c", 2),
                (Stdout, b"d", 20),
                (Stdout, b"e", 21),
            ],
            &[(Stdout, "a"), (Stdout, "bcd"), (Stdout, "e")],
        );
    }

    #[test]
    fn the_order_of_the_streams_is_kept() {
        check(
            &[(Stdout, b"a", 0), (Stderr, b"b", 1), (Stdout, b"c", 2)],
            &[(Stdout, "a"), (Stderr, "b"), (Stdout, "c")],
        );
    }

    #[test]
    fn a_character_is_sent_whole_also_when_the_other_stream_comes_between() {
        check(
            &[(Stdout, b"a\xe2\x82", 0), (Stderr, b"x", 30), (Stdout, b"\xac!", 60)],
            &[(Stdout, "a"), (Stderr, "x"), (Stdout, "€!")],
        );
        check(&[(Stdout, b"\xe2\x82", 0)], &[(Stdout, "\u{fffd}")]);
    }

    #[test]
    fn what_is_sent_is_bounded() {
        let (sender, mut received) = mpsc::unbounded_channel();
        let mut deltas = Deltas::new(sender);
        let now = Instant::now();
        for _ in 0..1000 {
            deltas.push(Stdout, &[b'x'; 8192], now);
        }
        deltas.finish(now);
        let mut last = String::new();
        let mut total = 0;
        while let Ok(chunk) = received.try_recv() {
            total += chunk.text.len();
            last = chunk.text;
        }
        assert!(total < TOTAL + PIECE + 100, "{total}");
        assert!(last.ends_with("not shown while the command runs …]\n"));
    }
}
