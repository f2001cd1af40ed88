//! Cuts the input into messages. Lives in front of the JSON so that nothing a
//! client sends can end the server or fill its memory: an oversized message is
//! skipped, a header that makes no sense is stepped over, and both are reported.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes that one message may have.
pub(crate) const MESSAGE_CAP: u64 = 32 * 1024 * 1024;

/// Bytes that the header of one message may have.
const HEADER_CAP: usize = 8 * 1024;

/// Bytes of an oversized message that are kept, to find out whom to answer.
const HEAD_CAP: usize = 4 * 1024;

/// Memory that stays reserved between messages.
const IDLE_BUFFER: usize = 64 * 1024;

const LENGTH: &[u8] = b"content-length:";

/// What the input had next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The body of a message.
    Message(Vec<u8>),
    /// A message above the cap; its body is gone.
    TooLarge {
        /// Bytes that it had.
        length: u64,
        /// How its body began.
        head: Vec<u8>,
    },
    /// Bytes that begin no message; says what is wrong with them.
    BadHeader(String),
}

#[derive(Debug)]
enum State {
    Header,
    Body { length: usize },
    Skip { left: u64, length: u64, head: Vec<u8> },
    Resync,
}

/// Reads frames. Dropping the future of [`FrameReader::next`] loses nothing.
#[derive(Debug)]
pub(crate) struct FrameReader<R> {
    input: R,
    buffer: Vec<u8>,
    cap: u64,
    state: State,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(crate) fn new(input: R) -> Self {
        Self::with_cap(input, MESSAGE_CAP)
    }

    pub(crate) fn with_cap(input: R, cap: u64) -> Self {
        Self { input, buffer: Vec::new(), cap, state: State::Header }
    }

    /// The next frame; none at the end of the input.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.take() {
                return Ok(Some(frame));
            }
            if let State::Body { length } = self.state {
                self.buffer.reserve_exact(length - self.buffer.len());
            } else {
                self.buffer.reserve(HEADER_CAP);
            }
            if self.input.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// A frame out of what has been read, if that is enough.
    fn take(&mut self) -> Option<Frame> {
        loop {
            match &mut self.state {
                State::Header => {
                    let Some(end) = find(&self.buffer, b"\r\n\r\n") else {
                        if self.buffer.len() <= HEADER_CAP {
                            return None;
                        }
                        self.state = State::Resync;
                        return Some(Frame::BadHeader(format!(
                            "no message begins in {HEADER_CAP} bytes; looking for the next Content-Length"
                        )));
                    };
                    let header: Vec<u8> = self.buffer.drain(..end + 4).collect();
                    match content_length(&header) {
                        Ok(length) if length > self.cap => {
                            self.state = State::Skip { left: length, length, head: Vec::new() };
                        }
                        // The cap is far below what a usize holds.
                        Ok(length) => self.state = State::Body { length: length as usize },
                        Err(problem) => {
                            self.state = State::Resync;
                            return Some(Frame::BadHeader(problem));
                        }
                    }
                }
                State::Body { length } => {
                    if self.buffer.len() < *length {
                        return None;
                    }
                    let mut rest = self.buffer.split_off(*length);
                    rest.shrink_to(IDLE_BUFFER);
                    self.state = State::Header;
                    return Some(Frame::Message(std::mem::replace(&mut self.buffer, rest)));
                }
                State::Skip { left, length, head } => {
                    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(self.buffer.len());
                    let wanted = HEAD_CAP.saturating_sub(head.len()).min(here);
                    head.extend_from_slice(&self.buffer[..wanted]);
                    self.buffer.drain(..here);
                    *left -= here as u64;
                    if *left > 0 {
                        return None;
                    }
                    let frame = Frame::TooLarge { length: *length, head: std::mem::take(head) };
                    self.state = State::Header;
                    return Some(frame);
                }
                State::Resync => {
                    if let Some(start) = find(&self.buffer, LENGTH) {
                        self.buffer.drain(..start);
                        self.state = State::Header;
                    } else {
                        let keep = self.buffer.len().min(LENGTH.len() - 1);
                        self.buffer.drain(..self.buffer.len() - keep);
                        return None;
                    }
                }
            }
        }
    }
}

/// Where `needle`, given in lower case, begins.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle))
}

fn content_length(header: &[u8]) -> Result<u64, String> {
    let header = String::from_utf8_lossy(header);
    let Some(value) = header.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-length").then(|| value.trim())
    }) else {
        return Err("the header has no Content-Length".to_owned());
    };
    value.parse().map_err(|_| format!("the Content-Length {value:?} is not a number of bytes"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    async fn check(input: &str, frames: &Expect) {
        // Whole and byte by byte: where the input is cut must not matter.
        for piece in [input.len(), 1] {
            let pieces = input.as_bytes().chunks(piece).map(io::Result::Ok).collect::<Vec<_>>();
            let input = tokio_util::io::StreamReader::new(futures::stream::iter(
                pieces.into_iter().map(|piece| piece.map(io::Cursor::new)),
            ));
            let mut reader = FrameReader::with_cap(input, 10);
            let mut seen = String::new();
            while let Some(frame) = reader.next().await.expect("memory cannot fail") {
                seen.push_str(&match frame {
                    Frame::Message(body) => {
                        format!("message {}\n", String::from_utf8_lossy(&body))
                    }
                    Frame::TooLarge { length, head } => {
                        format!("too large: {length}, {}\n", String::from_utf8_lossy(&head))
                    }
                    Frame::BadHeader(problem) => format!("{problem}\n"),
                });
            }
            frames.assert_eq(&seen);
        }
    }

    #[tokio::test]
    async fn messages_follow_one_another() {
        check(
            "Content-Length: 2\r\n\r\n{}content-length:4\r\nContent-Type: x\r\n\r\nnull",
            &expect![[r#"
                message {}
                message null
            "#]],
        )
        .await;
    }

    #[tokio::test]
    async fn an_oversized_message_is_skipped_and_the_next_is_read() {
        check(
            "Content-Length: 12\r\n\r\n[1,2,3,4,56]Content-Length: 2\r\n\r\n{}",
            &expect![[r#"
                too large: 12, [1,2,3,4,56]
                message {}
            "#]],
        )
        .await;
    }

    #[tokio::test]
    async fn a_header_without_a_length_is_stepped_over() {
        check(
            "Content-Type: x\r\n\r\n{}Content-Length: -1\r\n\r\n{}Content-Length: 2\r\n\r\n{}",
            &expect![[r#"
                the header has no Content-Length
                the Content-Length "-1" is not a number of bytes
                message {}
            "#]],
        )
        .await;
    }

    #[tokio::test]
    async fn a_message_that_is_cut_off_ends_the_input() {
        check("Content-Length: 9\r\n\r\n{}", &expect![""]).await;
    }
}
