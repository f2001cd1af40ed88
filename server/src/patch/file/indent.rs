//! How lines that are put in are indented where patch and file disagree.
//!
//! The old lines that a hunk shares with the file say what an indentation of
//! the patch is in the file: the same one is looked up; another one is counted
//! in the file's unit, or moved as far as its neighbours are.

use std::borrow::Cow;

use crate::patch::{
    Hunk,
    lines::{BOM, Lines},
    locate::Placement,
};

#[derive(Debug)]
pub(super) struct Indentation<'a> {
    /// Line of the file, and its indentation in the patch and in the file.
    pairs: Vec<(usize, &'a str, &'a str)>,
}

impl<'a> Indentation<'a> {
    pub(super) fn new(lines: &Lines<'a>, hunk: &'a Hunk, placement: &Placement) -> Self {
        let places = placement.start..placement.end.min(lines.len());
        let shared = hunk.old().skip(placement.skipped).zip(places);
        let mut pairs: Vec<_> = shared
            .filter(|(old, _)| !old.text.trim().is_empty())
            .map(|(old, line)| {
                let own = |text: &'a str| indentation(text.trim_start_matches(BOM));
                (line, own(&old.text), own(lines.text(line)))
            })
            .collect();
        if pairs.iter().all(|(_, patch, file)| patch == file) {
            pairs.clear();
        }
        Self { pairs }
    }

    /// A line of the patch as the file would indent it, `at` a line of the file.
    pub(super) fn of<'b>(&self, text: &'b str, at: usize) -> Cow<'b, str> {
        let own = indentation(text);
        let rest = &text[own.len()..];
        if self.pairs.is_empty() || rest.is_empty() || rest.starts_with(BOM) {
            return Cow::Borrowed(text);
        }
        let wanted = self.translate(own, at);
        if wanted == own { Cow::Borrowed(text) } else { Cow::Owned(wanted + rest) }
    }

    fn translate(&self, own: &str, at: usize) -> String {
        // Lines above say more than lines below: they are what was replaced.
        let distance = |line: usize| match at.checked_sub(line) {
            None | Some(0) => (line - at) * 2 + 2,
            Some(above) => above * 2 - 1,
        };
        let known = self.pairs.iter().filter(|(_, patch, _)| *patch == own);
        if let Some((_, _, file)) = known.min_by_key(|(line, _, _)| distance(*line)) {
            return (*file).to_owned();
        }
        let near = self
            .pairs
            .iter()
            .min_by_key(|(line, patch, _)| (patch.len().abs_diff(own.len()), distance(*line)));
        let Some((_, patch, file)) = near else { return own.to_owned() };
        if let Some(deeper) = own.strip_prefix(patch) {
            return format!("{file}{}", self.in_unit(deeper));
        }
        // Less deep: as much is taken away as the patch takes away.
        match patch.strip_prefix(own).map(|less| self.in_unit(less)) {
            Some(less) => file.strip_suffix(less.as_str()).unwrap_or(own).to_owned(),
            None => own.to_owned(),
        }
    }

    /// Spaces as tabs or tabs as spaces, where the file has those.
    fn in_unit(&self, indentation: &str) -> String {
        let Some((from, to)) = self.units() else { return indentation.to_owned() };
        let levels = indentation.matches(from.as_str()).count();
        let rest = indentation.replace(from.as_str(), "");
        to.repeat(levels) + &rest
    }

    /// One level in the patch and in the file, when one of them is a tab.
    fn units(&self) -> Option<(String, String)> {
        self.pairs.iter().find_map(|(_, patch, file)| {
            let only = |text: &str, letter: char| {
                !text.is_empty() && text.chars().all(|other| other == letter)
            };
            if only(patch, ' ') && only(file, '\t') && patch.len().is_multiple_of(file.len()) {
                Some((" ".repeat(patch.len() / file.len()), "\t".to_owned()))
            } else if only(patch, '\t') && only(file, ' ') && file.len().is_multiple_of(patch.len())
            {
                Some(("\t".to_owned(), " ".repeat(file.len() / patch.len())))
            } else if only(patch, ' ') && only(file, ' ') && patch.len() != file.len() {
                scaled(patch.len(), file.len(), &self.pairs)
            } else {
                None
            }
        })
    }
}

/// Two spaces a level here and four there: only where every pair says so.
fn scaled(patch: usize, file: usize, pairs: &[(usize, &str, &str)]) -> Option<(String, String)> {
    let all = pairs.iter().all(|(_, one, other)| one.len() * file == other.len() * patch);
    let (unit, other) = [8, 4, 3, 2, 1]
        .into_iter()
        .filter(|unit| patch.is_multiple_of(*unit) && (file * unit).is_multiple_of(patch))
        .map(|unit| (unit, file * unit / patch))
        .next()?;
    let several = pairs.iter().any(|(_, one, _)| one.len() != patch);
    (all && several).then(|| (" ".repeat(unit), " ".repeat(other)))
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}
