//! What a person types, and what of it has to be there.

use std::{collections::BTreeSet, ops::Range};

use tiro_tests::fuzz::Chance;

use super::{report::Fate, story::Story};

/// A person, and what became of the marks by their own hand.
pub(super) struct Person {
    /// Every mark that was in the text at first, or was typed.
    marks: BTreeSet<String>,
    /// Marks that the person took out.
    removed: BTreeSet<String>,
    /// Marks that the person brought back.
    restored: BTreeSet<String>,
    typed: usize,
    /// As long as every line has to stay in its place.
    pub(super) careful: bool,
    /// The text before what the person did last, and after.
    last: Option<(String, String)>,
}

impl Person {
    pub(super) fn new(story: &Story) -> Self {
        Self {
            marks: story.marks.iter().cloned().collect(),
            removed: BTreeSet::new(),
            restored: BTreeSet::new(),
            typed: 0,
            careful: true,
            last: None,
        }
    }

    fn mark(&mut self) -> String {
        self.typed += 1;
        let mark = format!("⟦p{}⟧", self.typed);
        self.marks.insert(mark.clone());
        mark
    }

    /// The bytes that the person wants to replace, and by what. `undone` is the
    /// text before the agent's last edit, where nothing was done since.
    pub(super) fn wants(
        &mut self,
        text: &str,
        story: &Story,
        undone: Option<String>,
        chance: &mut Chance,
    ) -> (Range<usize>, String) {
        let all = 0..text.len();
        if chance.one_in(6)
            && let Some((before, after)) = &self.last
            && after == text
        {
            return (all, before.clone());
        }
        if chance.one_in(3)
            && let Some(before) = undone
        {
            return (all, before);
        }
        let (ending, mark) = (story.ending, self.mark());
        let line = self.some_line(text, story, chance);
        // Who is careful leaves every line in its place.
        match chance.number(0..if self.careful { 7 } else { 10 }) {
            // In a line, at its ends too.
            0 | 1 => (at(place(text, &line, chance)), mark),
            2 => (at(line.start), format!("{mark}{ending}")),
            3 => (at(line.end), format!("{ending}{mark}")),
            // A new line behind, or more of the last one.
            4 => {
                let behind = next_line(text, line.end);
                let new = if behind == text.len() { mark } else { format!("{mark}{ending}") };
                (at(behind), new)
            }
            // The line is written anew.
            5 => (line, mark),
            6 => {
                self.marks.remove(&mark);
                let from = place(text, &line, chance);
                (from..place(text, &(from..line.end), chance), String::new())
            }
            // The line goes down.
            7 => {
                self.marks.remove(&mark);
                let next = next_line(text, line.end);
                if next == text.len() {
                    return (at(next), String::new());
                }
                let next = next..end_of_line(text, next);
                let swapped = format!("{}{ending}{}", &text[next.clone()], &text[line.clone()]);
                (line.start..next.end, swapped)
            }
            // Across lines that are not far.
            _ => {
                let from = place(text, &line, chance);
                let to = end_of_line(text, next_line(text, boundary(text, from + 60)));
                let to = place(text, &(line.end..to.max(line.end)), chance);
                (from..to.max(from), mark)
            }
        }
    }

    /// More often one that a hunk is about.
    fn some_line(&self, text: &str, story: &Story, chance: &mut Chance) -> Range<usize> {
        let mut hunks: Vec<&String> = story
            .hunks()
            .flat_map(|hunk| hunk.old.iter().chain(&hunk.new).chain(&hunk.beside))
            .collect();
        hunks.retain(|mark| text.contains(*mark));
        let near = if hunks.is_empty() || chance.one_in(4) {
            boundary(text, chance.number(0..text.len() + 1))
        } else {
            text.find(hunks[chance.number(0..hunks.len())]).unwrap_or_default()
        };
        let start = text[..near].rfind('\n').map_or(0, |found| found + 1);
        start..end_of_line(text, start)
    }

    /// Takes note of what the person has just done.
    pub(super) fn did(&mut self, before: String, after: String) {
        let agents = (1..40).map(|number| format!("⟦a{number}⟧"));
        for mark in self.marks.iter().cloned().chain(agents).collect::<Vec<_>>() {
            match (before.contains(&mark), after.contains(&mark)) {
                (true, false) => {
                    self.removed.insert(mark);
                }
                (false, true) => {
                    self.removed.remove(&mark);
                    self.restored.insert(mark);
                }
                (true, true) | (false, false) => {}
            }
        }
        self.last = Some((before, after));
    }

    /// Whether all these marks are gone by the person's own hand.
    pub(super) fn took_out(&self, marks: &[String]) -> bool {
        marks.iter().all(|mark| self.removed.contains(mark))
    }

    /// Nothing is there twice, and nothing is gone that only the person could
    /// have taken out.
    pub(super) fn check(&self, text: &str, story: &Story) -> Result<(), String> {
        let agents = story.hunks().flat_map(|hunk| &hunk.new);
        if let Some(twice) =
            self.marks.iter().chain(agents).find(|it| text.matches(&***it).count() > 1)
        {
            return Err(format!("{twice} is there twice"));
        }
        let going: BTreeSet<&String> = story.hunks().flat_map(|hunk| &hunk.old).collect();
        let mut kept = self.marks.difference(&self.removed).filter(|mark| !going.contains(mark));
        match kept.find(|mark| !text.contains(&***mark)) {
            Some(lost) => Err(format!("{lost} is lost")),
            None => Ok(()),
        }
    }

    /// Each hunk is there or not, as the model was told.
    pub(super) fn check_fates(&self, text: &str, story: &Story) -> Result<(), String> {
        for hunk in story.hunks() {
            let made = hunk.fate == Some(Fate::Applied);
            if let Some(mark) = &hunk.new
                && !self.removed.contains(mark)
                && text.contains(mark.as_str()) != made
            {
                return Err(format!("{mark} is not as the model was told: {:?}", hunk.fate));
            }
            for mark in hunk.old.iter().filter(|mark| !self.removed.contains(*mark)) {
                let there = text.contains(mark.as_str());
                if there == made && !(made && self.restored.contains(mark)) {
                    return Err(format!("{mark} is not as the model was told: {:?}", hunk.fate));
                }
            }
        }
        Ok(())
    }
}

fn at(place: usize) -> Range<usize> {
    place..place
}

/// A place in a line that is not in a mark.
fn place(text: &str, line: &Range<usize>, chance: &mut Chance) -> usize {
    let mut near = boundary(text, chance.number(line.start..line.end + 1)).max(line.start);
    if let Some(open) = text[line.start..near].rfind('⟦')
        && !text[line.start + open..near].contains('⟧')
    {
        near = line.start + open;
    }
    near
}

fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Where a line ends, without its ending.
fn end_of_line(text: &str, start: usize) -> usize {
    let end = text[start..].find('\n').map_or(text.len(), |found| start + found);
    if text[start..end].ends_with('\r') { end - 1 } else { end }
}

/// Where the line behind the one with this place begins.
fn next_line(text: &str, place: usize) -> usize {
    let place = boundary(text, place);
    text[place..].find('\n').map_or(text.len(), |found| place + found + 1)
}
