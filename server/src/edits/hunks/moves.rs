//! Which changes are one for a person although equal lines lie between them.
//!
//! Where a brace or an empty line happens to match, lines that were changed in
//! their place look as if one change took them out and the next one put them in.
//! Who takes only one of the two would lose these lines or have them twice.

use std::collections::HashMap;

use crate::edits::lines::Run;

/// So many equal lines are looked across. What moves further is two changes: a
/// person would not find the end of one that is so long.
const NEAR: usize = 16;

/// `runs` lead from `base` to `result`. Those between which a word moves are one
/// run, with all that lies between them.
pub(super) fn joined(base: &str, result: &str, runs: &[Run]) -> Vec<Run> {
    let mut words: Vec<Option<Words<'_>>> = runs.iter().map(|_| None).collect();
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    // The first run that belongs to none before it.
    let mut free = 0;
    for (index, run) in runs.iter().enumerate() {
        match joined.last_mut() {
            Some(last) if index < free => {
                last.old.end = run.old.end;
                last.new.end = run.new.end;
                last.lines.end = run.lines.end;
            }
            _ => joined.push(run.clone()),
        }
        for (next, other) in runs.iter().enumerate().skip(index + 1) {
            let between = &base[run.old.end..other.old.start];
            if memchr::memchr_iter(b'\n', between.as_bytes()).nth(NEAR).is_some() {
                break;
            }
            for at in [index, next] {
                words[at].get_or_insert_with(|| Words::new(base, result, &runs[at]));
            }
            if let (Some(one), Some(another)) = (&words[index], &words[next])
                && one.share(another, between)
            {
                free = next + 1;
            }
        }
        words[index] = None;
    }
    joined
}

/// How often each word is in what goes, and in what comes.
struct Words<'a>(HashMap<&'a str, (usize, usize)>);

impl<'a> Words<'a> {
    fn new(base: &'a str, result: &'a str, run: &Run) -> Self {
        let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
        words(&base[run.old.clone()]).for_each(|word| counts.entry(word).or_default().0 += 1);
        words(&result[run.new.clone()]).for_each(|word| counts.entry(word).or_default().1 += 1);
        Self(counts)
    }

    /// Whether a word goes in one and comes in the other, and is nowhere else
    /// near: a word that is everywhere says nothing.
    fn share(&self, other: &Self, between: &str) -> bool {
        self.0.iter().any(|(word, counts)| {
            let there = other.0.get(word);
            let moves = matches!((counts, there), ((1, 0), Some((0, 1))) | ((0, 1), Some((1, 0))));
            moves && !words(between).any(|it| it == *word)
        })
    }
}

/// The words and numbers of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}
