//! What the model was told of a patch, hunk by hunk.

use super::story::Patch;

/// What became of a hunk, in the model's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is made.
    Applied,
    /// The person does not want it.
    Rejected,
    /// It does not fit, and waits for the person.
    Kept,
    /// Nothing was made of the patch.
    Dropped,
}

/// Reads the result of a call. Every hunk has to be accounted for, once.
pub(super) fn fates(told: &str, patch: &Patch) -> Result<Vec<Fate>, String> {
    let all = |fate| Ok(vec![fate; patch.hunks.len()]);
    if told.starts_with("the person does not want this change") {
        return all(Fate::Rejected);
    }
    let refused = told.starts_with("error: the patch was not applied");
    if refused && !told.contains("nothing of it fits") {
        return all(Fate::Dropped);
    }
    // What is quoted of the texts is further in.
    let lines: Vec<&str> = told.lines().filter(|line| !line.starts_with("  ")).collect();
    let partly = lines.iter().any(|line| {
        [": applied h", ": the person rejected h", " was not applied, because "]
            .iter()
            .any(|part| line.contains(part))
    });
    if !partly {
        let done = ["changed", "the files are as it wants them already"];
        return match done.iter().any(|done| told.starts_with(done)) {
            true => all(Fate::Applied),
            false => Err(format!("it is told {told:?}")),
        };
    }
    let fate = |id: &str| {
        let applied = lines.iter().filter_map(|line| line.split_once(": applied "));
        let mut applied = applied.flat_map(|(_, ids)| ids.split(", "));
        let is_applied = applied.any(|it| it == id);
        let has = |part: &str| lines.iter().any(|line| line.contains(part));
        let fates = [
            is_applied.then_some(Fate::Applied),
            has(&format!(": the person rejected {id}:")).then_some(Fate::Rejected),
            has(&format!(": {id} was not applied, because ")).then_some(Fate::Kept),
        ];
        let fates: Vec<Fate> = fates.into_iter().flatten().collect();
        match fates.as_slice() {
            [fate] => Ok(*fate),
            fates => Err(format!("of {id} it is told {fates:?}: {told:?}")),
        }
    };
    patch.hunks.iter().map(|hunk| fate(&hunk.id)).collect()
}
