//! Inputs without end, for programs that look for one which breaks something.
//!
//! The compiler's own coverage needs a nightly one, so inputs come of a corpus
//! whose texts are cut up, joined and changed. A seed says which inputs those are:
//! what went wrong once goes wrong again.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

/// How long to run and where to begin.
#[derive(Debug, Clone, Copy)]
pub struct Fuzz {
    /// Ends after this time.
    pub time: Duration,
    /// Of the first input; the next has the next.
    pub seed: u64,
    /// Ends after the first input: it is looked at again.
    pub once: bool,
}

impl Fuzz {
    /// `seconds` and `seed` as a person wrote them; 60 seconds, and a seed by the
    /// clock, where there is nothing or no number.
    #[must_use]
    pub fn new(seconds: Option<&str>, seed: Option<&str>) -> Self {
        let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(60);
        let given = seed.and_then(|text| text.parse().ok());
        let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let seed = given.unwrap_or(clock.map_or(0, |time| time.as_secs() << 24));
        Self { time: Duration::from_secs(seconds), seed, once: given.is_some() }
    }

    /// Calls `target` with one source of chance after another; gives how often. A
    /// panic of the target is told with the seed that leads to it.
    pub fn run(self, mut target: impl FnMut(&mut Chance)) -> u64 {
        let begin = Instant::now();
        let mut inputs = 0;
        while inputs == 0 || !self.once && begin.elapsed() < self.time {
            let seed = self.seed.wrapping_add(inputs);
            let told = Told(seed);
            target(&mut Chance::new(seed));
            std::mem::forget(told);
            inputs += 1;
        }
        inputs
    }
}

/// Tells the seed when it is dropped on the way out of a panic.
struct Told(u64);

impl Drop for Told {
    #[expect(clippy::print_stderr, reason = "it is what the person needs to see it again")]
    fn drop(&mut self) {
        eprintln!("seen again with TIRO_FUZZ_SEED={}", self.0);
    }
}

/// Numbers that look like chance and follow from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The same seed gives the same numbers.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number in a range, which must not be empty.
    pub fn number(&mut self, range: Range<usize>) -> usize {
        let numbers = u64::try_from(range.len().max(1)).unwrap_or(u64::MAX);
        range.start + usize::try_from(self.next() % numbers).unwrap_or(0)
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.number(0..times) == 0
    }

    /// One of several, of which there must be one.
    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.number(0..of.len())]
    }

    /// A place between two characters.
    pub fn place(&mut self, text: &str) -> usize {
        boundary(text, self.number(0..text.len() + 1))
    }

    /// A text of `words`, up to `most` of them.
    pub fn text(&mut self, words: &[&str], most: usize) -> String {
        (0..self.number(0..most + 1)).map(|_| self.pick(words)).collect()
    }

    /// A text with some of its parts taken out, doubled, moved, or replaced by words.
    pub fn mutated(&mut self, text: &str, words: &[&str]) -> String {
        let mut text = text.to_owned();
        for _ in 0..self.number(1..5) {
            let (one, other) = (self.place(&text), self.place(&text));
            let part = one.min(other)..one.max(other);
            let part = if self.one_in(2) {
                // Of a few bytes, not of half the text.
                part.start..boundary(&text, part.end.min(part.start + 8))
            } else {
                part
            };
            match self.number(0..5) {
                0 => text.replace_range(part, ""),
                1 => {
                    let doubled = text[part.clone()].to_owned();
                    text.insert_str(part.end, &doubled);
                }
                2 => {
                    let moved = text[part.clone()].to_owned();
                    text.replace_range(part, "");
                    let at = self.place(&text);
                    text.insert_str(at, &moved);
                }
                3 => text.replace_range(part, self.pick(words)),
                _ => {
                    let at = self.place(&text);
                    text.insert_str(at, self.pick(words));
                }
            }
            // Doubling must not run away.
            text.truncate(boundary(&text, 1 << 16));
        }
        text
    }
}

/// The place between two characters at `at` or before.
fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
