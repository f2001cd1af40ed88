//! Random texts and random edits of them, with a reference that knows nothing
//! but characters.

use std::hash::{BuildHasher, RandomState};

use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

/// Replaces some characters.
#[derive(Debug, Clone)]
pub(crate) struct Replacement {
    at: Index,
    len: usize,
    text: String,
}

impl Replacement {
    /// Where it is in a text: bytes at which a cursor can be.
    pub(crate) fn bytes(&self, text: &str) -> std::ops::Range<usize> {
        let within_ending = |at: usize| text[..at].ends_with('\r') && text[at..].starts_with('\n');
        let places = text.char_indices().map(|(at, _)| at);
        let mut places: Vec<usize> = places.filter(|&at| !within_ending(at)).collect();
        places.push(text.len());
        let at = self.at.index(places.len());
        places[at]..places[(at + self.len).min(places.len() - 1)]
    }

    /// What comes there.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// The reference: one vector of characters.
pub(crate) fn replaced(text: &str, replacements: &[Replacement]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for Replacement { at, len, text } in replacements {
        let at = at.index(letters.len() + 1);
        let end = (at + len).min(letters.len());
        letters.splice(at..end, text.chars());
    }
    letters.into_iter().collect()
}

fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a",
        "b",
        "word ",
        "é",
        "e\u{301}",
        "𝄞",
        "👩\u{200d}👧",
        "日本",
        "\u{feff}",
        "\t",
        "}",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r\n",
        "\r",
        "line\n",
        "line\n",
        "other\r\n",
    ])
}

/// A text of some pieces; all kinds of line endings, with and without a last one.
pub(crate) fn text(pieces: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..pieces).prop_map(|pieces| pieces.concat())
}

/// Also the texts that are rare: of many lines, and of one line of 1 MB.
pub(crate) fn base() -> impl Strategy<Value = String> {
    let many = text(24).prop_map(|text| format!("{text}\n").repeat(100));
    let long = text(8).prop_map(|text| {
        let line = text.replace(['\n', '\r'], "") + "𝄞x";
        line.repeat(1_000_000 / line.len())
    });
    let bom = text(24).prop_map(|text| format!("\u{feff}{text}"));
    prop_oneof![800 => text(40), 100 => bom, 100 => many, 1 => long]
}

pub(crate) fn replacement() -> impl Strategy<Value = Replacement> {
    (any::<Index>(), 0..12_usize, text(6)).prop_map(|(at, len, text)| Replacement { at, len, text })
}

/// Runs a property and shows the smallest case that breaks it, and the seed of all
/// cases: `TIRO_PROPERTY_SEED` runs the same ones again.
#[expect(clippy::disallowed_methods, reason = "which cases to look at is a variable")]
pub(crate) fn check<S: Strategy>(
    cases: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let given = std::env::var("TIRO_PROPERTY_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = given.unwrap_or_else(|| RandomState::new().hash_one(0));
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed.to_le_bytes().repeat(4));
    if let Err(error) = TestRunner::new_with_rng(config, random).run(strategy, property) {
        panic!("{error}\nseen again with TIRO_PROPERTY_SEED={seed}");
    }
}
