//! Where in a file the lines are that a patch asks for.
//!
//! The lines of the file are looked up in the lines of the patch, not the other
//! way round: one run over the file serves all hunks, and only what is asked for
//! is stored. A pass that no hunk needs costs nothing.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
    rc::Rc,
};

use super::{
    super::{Hunk, HunkLine, lines::Lines},
    Leniency,
    compare::{PASSES, Pass},
};

/// Of a line of the file that no hunk asks for.
const NOBODY: u32 = u32::MAX;

/// The lines of a file and what hunks ask of them.
pub(super) struct Finder<'a> {
    pub(super) lines: &'a Lines<'a>,
    pub(super) leniency: Leniency,
    hunks: &'a [Hunk],
    passes: [OnceCell<Index<'a>>; PASSES.len()],
    scopes: RefCell<HashMap<&'a str, Rc<[usize]>>>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(lines: &'a Lines<'a>, hunks: &'a [Hunk], leniency: Leniency) -> Self {
        Self { lines, leniency, hunks, passes: Default::default(), scopes: RefCell::default() }
    }

    pub(super) fn index(&self, pass: Pass) -> &Index<'a> {
        self.passes[pass as usize].get_or_init(|| Index::new(self.lines, self.hunks, pass))
    }

    /// Where all the lines follow each other in a pass.
    pub(super) fn search(&self, pass: Pass, old: &[&HunkLine]) -> Rc<[usize]> {
        /// For so many hunks the file is searched for a line of each: that is
        /// quicker than to look at every line of the file.
        const FEW: usize = 4;
        let longest = old.iter().enumerate().max_by_key(|(_, line)| line.text.len());
        match longest {
            Some((offset, line))
                if matches!(pass, Pass::Exact)
                    && self.hunks.len() <= FEW
                    && line.text.trim().len() >= 8 =>
            {
                self.exactly(old, offset)
            }
            _ => self.index(pass).search(old),
        }
    }

    /// Searches for one of the lines and looks at its neighbours.
    fn exactly(&self, old: &[&HunkLine], offset: usize) -> Rc<[usize]> {
        let source = self.lines.source().as_bytes();
        let part = memchr::memmem::Finder::new(&old[offset].text);
        let mut last = None;
        let starts = part.find_iter(source).filter_map(|byte| {
            let line = self.lines.line_at(byte);
            let start = line.checked_sub(offset).filter(|_| last.replace(line) != Some(line))?;
            let there = start + old.len() <= self.lines.len()
                && old.iter().zip(start..).all(|(old, line)| old.text == self.lines.text(line));
            there.then_some(start)
        });
        starts.collect()
    }

    /// Lines that are alike in the strictest pass that has one; where none has,
    /// lines that contain it.
    pub(super) fn matching(&self, wanted: &'a str) -> Rc<[usize]> {
        if let Some(known) = self.scopes.borrow().get(wanted) {
            return Rc::clone(known);
        }
        let found = PASSES.iter().map(|pass| self.index(*pass).lines_of(wanted));
        let found = found.into_iter().find(|found| !found.is_empty()).unwrap_or_else(|| {
            let part = memchr::memmem::Finder::new(wanted.trim());
            let contains = |line: &usize| part.find(self.lines.text(*line).as_bytes()).is_some();
            (0..self.lines.len()).filter(contains).collect()
        });
        self.scopes.borrow_mut().insert(wanted, Rc::clone(&found));
        found
    }
}

/// The file as numbers of the lines that hunks ask for.
pub(super) struct Index<'a> {
    pass: Pass,
    numbers: HashMap<std::borrow::Cow<'a, str>, u32, Quick>,
    /// By number, ascending.
    positions: Vec<Vec<usize>>,
    /// By line of the file.
    lines: Vec<u32>,
    /// What has been searched already.
    searched: RefCell<HashMap<Vec<u32>, Rc<[usize]>>>,
}

impl<'a> Index<'a> {
    fn new(lines: &Lines<'a>, hunks: &'a [Hunk], pass: Pass) -> Self {
        let mut numbers = HashMap::with_hasher(Quick::default());
        let mut sieve = Sieve::default();
        for hunk in hunks {
            let old = hunk.old().map(|line| &line.text).chain(&hunk.scope);
            for text in old {
                let next = u32::try_from(numbers.len()).unwrap_or(NOBODY);
                let key = pass.key(text);
                sieve.put(&key);
                numbers.entry(key).or_insert(next);
            }
        }
        let mut positions = vec![Vec::new(); numbers.len()];
        let number = |(line, text): (usize, &'a str)| {
            let key = pass.key(text);
            let found = if sieve.may_have(&key) { numbers.get(&key) } else { None };
            let Some(number) = found else { return NOBODY };
            positions[*number as usize].push(line);
            *number
        };
        let lines = lines.texts().enumerate().map(number).collect();
        Self { pass, numbers, positions, lines, searched: RefCell::default() }
    }

    fn number(&self, text: &str) -> Option<u32> {
        self.numbers.get(&self.pass.key(text)).copied()
    }

    /// Where a line is.
    pub(super) fn positions(&self, text: &str) -> &[usize] {
        self.number(text).map_or(&[], |number| &self.positions[number as usize])
    }

    fn lines_of(&self, text: &str) -> Rc<[usize]> {
        Rc::from(self.positions(text))
    }

    /// Where all the lines follow each other.
    pub(super) fn search(&self, old: &[&HunkLine]) -> Rc<[usize]> {
        let numbers: Option<Vec<u32>> = old.iter().map(|line| self.number(&line.text)).collect();
        let Some(numbers) = numbers else { return Rc::from([]) };
        if let Some(known) = self.searched.borrow().get(&numbers) {
            return Rc::clone(known);
        }
        let rarity = |(_, number): &(usize, &u32)| self.positions[**number as usize].len();
        let Some((offset, rarest)) = numbers.iter().enumerate().min_by_key(rarity) else {
            return Rc::from([]);
        };
        let starts = self.positions[*rarest as usize].iter().filter_map(|at| {
            let start = at.checked_sub(offset)?;
            (self.lines.get(start..start + numbers.len())? == numbers).then_some(start)
        });
        let found: Rc<[usize]> = starts.collect();
        self.searched.borrow_mut().insert(numbers, Rc::clone(&found));
        found
    }
}

/// Tells most lines that nobody asks for without hashing them.
struct Sieve([u64; 1024]);

impl Default for Sieve {
    fn default() -> Self {
        Self([0; 1024])
    }
}

impl Sieve {
    /// Of the length and of eight bytes each of the beginning, the middle and the
    /// end: where lines are alike, it is mostly in some of these only.
    fn bit(text: &str) -> (usize, u64) {
        let bytes = text.as_bytes();
        let parts = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) => {
                let middle = bytes[(bytes.len() - 8) / 2..].first_chunk().unwrap_or(first);
                [*first, *middle, *last].map(u64::from_le_bytes)
            }
            _ => {
                let mut few = [0; 8];
                few[..bytes.len()].copy_from_slice(bytes);
                [u64::from_le_bytes(few), 0, 0]
            }
        };
        let mix =
            |sum: u64, part: u64| (sum.rotate_left(25) ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bit = parts.into_iter().fold(bytes.len() as u64, mix) >> 48;
        ((bit / 64) as usize, 1 << (bit % 64))
    }

    fn put(&mut self, text: &str) {
        let (word, bit) = Self::bit(text);
        self.0[word] |= bit;
    }

    fn may_have(&self, text: &str) -> bool {
        let (word, bit) = Self::bit(text);
        self.0[word] & bit != 0
    }
}

/// Hashes a line in a fifth of the time that the standard library takes; what the
/// hash will be cannot be known beforehand there either.
#[derive(Clone)]
struct Quick(u64);

impl Default for Quick {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Quick {
    type Hasher = Folding;

    fn build_hasher(&self) -> Folding {
        Folding(self.0)
    }
}

struct Folding(u64);

impl Folding {
    fn fold(&mut self, word: u64) {
        let mixed = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 29;
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.fold(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        }
        let mut last = [0; 8];
        last[..words.remainder().len()].copy_from_slice(words.remainder());
        self.fold(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.0 >> 32
    }
}
