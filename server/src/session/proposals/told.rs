//! What the model is told of a patch that was not taken as it was proposed:
//! which hunks were made, rejected, amended, and which do not fit. Pure.

use std::{fmt::Write as _, path::Path};

use super::{
    choosing::reason,
    proposal::{Body, Choice, Fit, Place, Proposal, ProposedFile},
};
use crate::patch::{Change, FileUpdate, FileVersions, unified_diff};

/// Bytes of one text that is quoted.
const QUOTE: usize = 2_000;

/// Bytes of everything that is quoted.
const QUOTES: usize = 16_000;

impl Proposal {
    /// What became of it where that is not just what was proposed; empty where
    /// it is. To be asked before what is accepted is made.
    pub(crate) fn told(&self) -> String {
        let mut told = String::new();
        for file in self.files.iter().filter(|file| !file.is_whole()) {
            file.tell(&mut told);
        }
        told
    }
}

impl ProposedFile {
    /// Whether it is made as it was proposed.
    fn is_whole(&self) -> bool {
        self.proposed.is_none()
            && self.places().all(|place| place.choice == Choice::Accepted && !place.is_conflict())
    }

    fn tell(&self, told: &mut String) {
        let path = self.path.display();
        if let Some(proposed) = &self.proposed {
            let _ = writeln!(told, "{path}: the person wrote another text than the proposed one:");
            quote(told, &difference(&self.path, proposed, &self.wanted()));
        }
        let ids = |wanted: &dyn Fn(&Place<'_>) -> bool| {
            let ids: Vec<String> = self
                .places()
                .filter(|place| wanted(place))
                .map(|place| place.id.as_str().to_owned())
                .collect();
            ids.join(", ")
        };
        let applied = ids(&|place| place.choice == Choice::Accepted && !place.is_conflict());
        if !applied.is_empty() && self.proposed.is_none() {
            let _ = writeln!(told, "{path}: applied {applied}");
        }
        for place in self.places().filter(|place| place.choice == Choice::Rejected) {
            let _ = writeln!(told, "{path}: the person rejected {}:", place.id);
            quote(told, &self.shown(&place));
        }
        let conflicts = |place: &Place<'_>| place.choice == Choice::Accepted && place.is_conflict();
        for place in self.places().filter(conflicts) {
            let _ = writeln!(
                told,
                "{path}: {} was not applied, because {}; it is kept as a proposal, and the person \
                 decides:",
                place.id,
                reason(place.fit)
            );
            quote(told, &self.shown(&place));
            if let Fit::Changed { current } = place.fit {
                let line = place.start + 1;
                let _ = writeln!(told, "from line {line} on there stands now:");
                quote(told, if current.is_empty() { "(nothing)\n" } else { current });
            }
        }
    }

    /// The whole text that is wanted.
    fn wanted(&self) -> String {
        match &self.body {
            Body::Add { content, .. } => content.clone(),
            Body::Update(hunks) => hunks.result(|_| true),
            Body::Delete { base, .. } | Body::Move { base, .. } => base.to_string(),
        }
    }

    /// A hunk as a diff.
    fn shown(&self, place: &Place<'_>) -> String {
        let mut shown = match &self.body {
            Body::Move { .. } => String::new(),
            Body::Add { .. } => "a new file\n".to_owned(),
            Body::Delete { .. } => return "the whole file is deleted\n".to_owned(),
            Body::Update(_) => format!("@@ line {} @@\n", place.start + 1),
        };
        if let Some(target) = &self.move_path {
            let _ = writeln!(shown, "moved to {}", target.display());
        }
        if let Some(executable) = self.executable {
            let _ = writeln!(shown, "made {}", mode(executable));
        }
        for (sign, lines) in [('-', place.old), ('+', place.new)] {
            for line in lines.lines() {
                let _ = writeln!(shown, "{sign}{line}");
            }
        }
        shown
    }
}

/// What a file becomes.
pub(crate) fn mode(executable: bool) -> &'static str {
    if executable { "executable" } else { "not executable" }
}

/// What updates say of who can execute the files, which no line of a diff shows;
/// a line a file.
pub(crate) fn modes(updates: &[FileUpdate]) -> String {
    let mut told = String::new();
    for FileUpdate { path, change, executable } in updates {
        let path = match change {
            Change::Update { move_path: Some(target), .. } => target,
            Change::Update { .. } | Change::Add { .. } => path,
            Change::Delete { .. } => continue,
        };
        if let Some(executable) = executable {
            let _ = writeln!(told, "made {}: {}", mode(*executable), path.display());
        }
    }
    told
}

/// A diff without the names of the files.
fn difference(path: &Path, before: &str, after: &str) -> String {
    let files = [FileVersions { path, before: Some(before), after: Some(after) }];
    let diff = unified_diff(Path::new("/"), &files);
    match diff.find("@@") {
        Some(start) => diff[start..].to_owned(),
        None => "no difference\n".to_owned(),
    }
}

fn quote(told: &mut String, text: &str) {
    let mut left = QUOTE.min(QUOTES.saturating_sub(told.len()));
    for line in text.lines() {
        if line.len() > left {
            told.push_str("  …\n");
            return;
        }
        left -= line.len();
        let _ = writeln!(told, "  {line}");
    }
}
