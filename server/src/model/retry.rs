//! Whether a request is made again, and when. Pure: no clock, no randomness.

use std::time::Duration;

use super::failure::{Class, Failure};
use crate::config::ModelProvider;

const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(10);
/// A provider that asks for a longer pause is out of service for this task.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// The tries so far, within one answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tries {
    /// Failed requests since the last one that was answered.
    requests: u32,
    /// Broken streams.
    streams: u32,
}

impl Tries {
    /// The provider began to answer: the next failed request is the first again.
    pub(super) fn request_answered(&mut self) {
        self.requests = 0;
    }

    /// How long to wait before the request is made again; none when it is not.
    /// `jitter` is from 0 to 1.
    pub(super) fn next_delay(
        &mut self,
        failure: &Failure,
        provider: &ModelProvider,
        jitter: f64,
    ) -> Option<Duration> {
        let (tries, limit) = match failure.class {
            Class::Request => (&mut self.requests, provider.request_max_retries),
            Class::Stream => (&mut self.streams, provider.stream_max_retries),
            Class::Fatal => return None,
        };
        if *tries >= limit || failure.retry_after.is_some_and(|pause| pause > LONGEST_RETRY_AFTER) {
            return None;
        }
        let delay = failure.retry_after.unwrap_or_else(|| backoff(*tries, jitter));
        *tries += 1;
        Some(delay)
    }
}

/// 200 ms, doubled with every try, a tenth more or less, at most 10 s.
pub(super) fn backoff(tries: u32, jitter: f64) -> Duration {
    let doubled = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(tries)).min(LONGEST_DELAY);
    doubled.mul_f64(0.9 + 0.2 * jitter.clamp(0.0, 1.0)).min(LONGEST_DELAY)
}
