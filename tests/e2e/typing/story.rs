//! A text in which every line can be found again, and patches of it.

use tiro_tests::fuzz::Chance;

use super::{FILE, report::Fate};

/// What stands around the marks of lines.
const WORDS: &[&str] = &["", "word ", "é", "𝄞 ", "}", "\t", "日本 "];

/// The file as it is at first, and what the model wants of it.
pub(super) struct Story {
    pub(super) text: String,
    pub(super) ending: &'static str,
    /// The mark of each line.
    pub(super) marks: Vec<String>,
    pub(super) patches: Vec<Patch>,
}

/// One call.
pub(super) struct Patch {
    pub(super) call: String,
    /// In the order of the file.
    pub(super) hunks: Vec<Hunk>,
}

/// Lines that become others.
pub(super) struct Hunk {
    /// As the program will name it.
    pub(super) id: String,
    /// The marks of the lines that go.
    pub(super) old: Vec<String>,
    /// The mark of what comes, where something comes.
    pub(super) new: Option<String>,
    /// The mark of the line before, where lines are put in.
    pub(super) beside: Option<String>,
    /// As it stands in the patch.
    body: String,
    /// Once the model was told.
    pub(super) fate: Option<Fate>,
}

impl Story {
    pub(super) fn new(chance: &mut Chance) -> Self {
        let ending = if chance.one_in(4) { "\r\n" } else { "\n" };
        let marks: Vec<String> =
            (0..chance.number(6..20)).map(|number| format!("⟦b{number}⟧")).collect();
        let lines: Vec<String> = marks
            .iter()
            .map(|mark| format!("{}{mark}{}", chance.pick(WORDS), chance.pick(WORDS)))
            .collect();
        let mut text = lines.join(ending);
        let mut end = lines.len();
        if chance.one_in(4) {
            // Without it the line before would lose its ending: one more change.
            end -= 1;
        } else {
            text.push_str(ending);
        }
        let mut patches: Vec<Patch> = (1..=chance.number(1..3))
            .map(|number| Patch { call: format!("c{number}"), hunks: Vec::new() })
            .collect();
        let (mut at, mut count) = (chance.number(0..3), 0);
        while at < end {
            let which = chance.number(0..patches.len());
            let patch = &mut patches[which].hunks;
            let id = format!("h{}", patch.len() + 1);
            count += 1;
            let mark = format!("⟦a{count}⟧");
            let many = chance.number(1..3).min(end - at);
            let going = || lines[at..at + many].iter().map(|line| format!("\n-{line}"));
            let old = marks[at..at + many].to_vec();
            let (old, new, beside, body) = match chance.number(0..4) {
                0 => (Vec::new(), Some(mark.clone()), Some(marks[at].clone()), {
                    format!("\n {}\n+put in {mark}", lines[at])
                }),
                1 => (old, None, None, going().collect()),
                2 => (old, Some(mark.clone()), None, {
                    format!("{}\n+one\n+{mark} two", going().collect::<String>())
                }),
                _ => (old, Some(mark.clone()), None, {
                    format!("{}\n+{mark}", going().collect::<String>())
                }),
            };
            patch.push(Hunk { id, old, new, beside, body, fate: None });
            // Equal lines between keep hunks apart.
            at += many + chance.number(1..5);
        }
        patches.retain(|patch| !patch.hunks.is_empty());
        Self { text, ending, marks, patches }
    }

    pub(super) fn hunks(&self) -> impl Iterator<Item = &Hunk> {
        self.patches.iter().flat_map(|patch| &patch.hunks)
    }

    pub(super) fn hunks_of(&self, call: &str) -> Vec<String> {
        let of = self.patches.iter().filter(|patch| patch.call == call);
        of.flat_map(|patch| patch.hunks.iter().map(|hunk| hunk.id.clone())).collect()
    }

    pub(super) fn hunk(&mut self, call: &str, id: &str) -> &mut Hunk {
        let mut patches = self.patches.iter_mut().filter(|patch| patch.call == call);
        let found = patches.find_map(|patch| patch.hunks.iter_mut().find(|hunk| hunk.id == id));
        found.expect("only these hunks are proposed")
    }
}

impl Patch {
    /// What stands between the first and the last line of the patch.
    pub(super) fn body(&self) -> String {
        let hunks: String = self.hunks.iter().map(|hunk| format!("\n@@{}", hunk.body)).collect();
        format!("*** Update File: {FILE}{hunks}")
    }

    /// One fate for each hunk.
    pub(super) fn become_(&mut self, fates: Vec<Fate>) {
        for (hunk, fate) in self.hunks.iter_mut().zip(fates) {
            hunk.fate = Some(fate);
        }
    }
}
