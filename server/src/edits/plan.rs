//! From what a patch does to the plan that is applied.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{EditPlan, FileEdit, text};
use crate::{
    documents::PositionEncoding,
    patch::{Change, FileUpdate},
};

/// Why updates cannot be one plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Two updates of one path.
    #[error("{} is changed twice; put its changes into one", .0.display())]
    Twice(PathBuf),
    /// Something would be put where another file is.
    #[error("{} would be overwritten by another file of the same patch", .0.display())]
    Taken(PathBuf),
    /// A file would be in a directory that is a file.
    #[error(
        "{} cannot be put below {}, which is a file; take that away first, in a patch of its own",
        .path.display(), .file.display()
    )]
    Below {
        /// Where something would be put.
        path: PathBuf,
        /// What is in its way.
        file: PathBuf,
    },
    /// A path that is not absolute.
    #[error("{} is not an absolute path", .0.display())]
    Relative(PathBuf),
}

/// Makes the plan: edits against the text that each file had when it was read,
/// for the version that `version_of` an open document says, in an order in
/// which every path is free when something is put there.
///
/// Files that change places (`a` to `b` and `b` to `a`) are no moves in the
/// plan: each gets the other's text, so no step needs a name in between. What
/// changes nothing is not in the plan: no editor would ever show that it did it.
///
/// Updates that are given away are not copied: their texts can be large.
///
/// # Errors
/// When the updates contradict each other.
pub fn plan<'a>(
    updates: impl Into<Cow<'a, [FileUpdate]>>,
    version_of: &dyn Fn(&Path) -> Option<i32>,
    encoding: PositionEncoding,
) -> Result<EditPlan, PlanError> {
    let mut updates = updates.into().into_owned();
    updates.iter_mut().for_each(stay);
    let updates = order(break_circles(updates)?)?;
    let files = updates.into_iter().map(|FileUpdate { path, change, executable }| match change {
        Change::Add { content } => FileEdit::Create { path, text: content, executable },
        Change::Delete { base } => FileEdit::Delete { version: version_of(&path), path, base },
        Change::Update { base, result, replaced, move_path } => FileEdit::Update {
            version: version_of(&path),
            edits: text::edits(&base, &result, &replaced, encoding),
            path,
            base,
            result,
            move_path,
            executable,
        },
    });
    Ok(EditPlan { files: files.filter(does_something).collect() })
}

/// A move of a file to where it is is none.
fn stay(update: &mut FileUpdate) {
    if let Change::Update { move_path, .. } = &mut update.change
        && move_path.as_ref() == Some(&update.path)
    {
        *move_path = None;
    }
}

fn does_something(edit: &FileEdit) -> bool {
    match edit {
        FileEdit::Update { edits, move_path, executable, .. } => {
            !edits.is_empty() || move_path.is_some() || executable.is_some()
        }
        FileEdit::Create { .. } | FileEdit::Delete { .. } => true,
    }
}

/// Where an update puts something that was not there.
fn taken(update: &FileUpdate) -> Option<&PathBuf> {
    match &update.change {
        Change::Add { .. } => Some(&update.path),
        Change::Update { move_path, .. } => move_path.as_ref(),
        Change::Delete { .. } => None,
    }
}

/// Whether nothing is at the update's path afterwards.
fn leaves(update: &FileUpdate) -> bool {
    match &update.change {
        Change::Add { .. } => false,
        Change::Delete { .. } => true,
        Change::Update { move_path, .. } => move_path.is_some(),
    }
}

/// Checks that the updates go together, and makes moves in a circle updates in
/// place.
fn break_circles(updates: Vec<FileUpdate>) -> Result<Vec<FileUpdate>, PlanError> {
    let mut by_path: BTreeMap<&Path, &FileUpdate> = BTreeMap::new();
    for update in &updates {
        for path in [Some(&update.path), taken(update)].into_iter().flatten() {
            if !path.is_absolute() {
                return Err(PlanError::Relative(path.clone()));
            }
        }
        if by_path.insert(&update.path, update).is_some() {
            return Err(PlanError::Twice(update.path.clone()));
        }
    }
    let mut targets = BTreeSet::new();
    for path in updates.iter().filter_map(taken) {
        let occupied = by_path
            .get(path.as_path())
            .is_some_and(|update| !leaves(update) && !matches!(update.change, Change::Add { .. }));
        if occupied || !targets.insert(path) {
            return Err(PlanError::Taken(path.clone()));
        }
    }
    let next = |update: &FileUpdate| match &update.change {
        Change::Update { move_path: Some(target), .. } => by_path.get(target.as_path()).copied(),
        Change::Update { move_path: None, .. } | Change::Add { .. } | Change::Delete { .. } => None,
    };
    let in_circle = |update: &FileUpdate| {
        let mut at = next(update);
        for _ in 0..updates.len() {
            match at {
                Some(other) if other.path == update.path => return true,
                Some(other) => at = next(other),
                None => return false,
            }
        }
        false
    };
    let target = |update: &FileUpdate| {
        let target = next(update).filter(|_| in_circle(update))?;
        match &target.change {
            Change::Update { base, .. } => Some((target.path.clone(), Arc::clone(base))),
            Change::Add { .. } | Change::Delete { .. } => None,
        }
    };
    let targets: Vec<_> = updates.iter().map(target).collect();
    let in_place =
        |(update, target): (FileUpdate, Option<(PathBuf, Arc<str>)>)| match (update.change, target)
        {
            (Change::Update { result, .. }, Some((path, base))) => {
                let change = Change::update(base, result, None);
                FileUpdate { path, change, executable: update.executable }
            }
            (change, _) => FileUpdate { change, ..update },
        };
    Ok(updates.into_iter().zip(targets).map(in_place).collect())
}

/// What leaves a path goes before what comes there, or below it: a directory
/// may take the place of a file. Else the order is kept. There are no circles
/// any more but those of a file that goes below itself.
fn order(updates: Vec<FileUpdate>) -> Result<Vec<FileUpdate>, PlanError> {
    let mut waiting = updates;
    let mut ordered: Vec<FileUpdate> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let occupied: BTreeSet<PathBuf> = waiting
            .iter()
            .filter(|update| leaves(update))
            .map(|update| update.path.clone())
            .collect();
        let blocker = |update: &FileUpdate| {
            let mut places = taken(update)?.ancestors();
            places.find(|at| occupied.contains(*at)).map(Path::to_owned)
        };
        let (ready, blocked): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|update| blocker(update).is_none());
        if let (true, Some(update)) = (ready.is_empty(), blocked.first())
            && let (Some(path), Some(file)) = (taken(update), blocker(update))
        {
            return Err(PlanError::Below { path: path.clone(), file });
        }
        ordered.extend(ready);
        waiting = blocked;
    }
    let stays: BTreeSet<&Path> =
        ordered.iter().filter(|it| !leaves(it)).map(|it| &*it.path).collect();
    for path in ordered.iter().filter_map(taken) {
        if let Some(file) = path.ancestors().skip(1).find(|at| stays.contains(at)) {
            return Err(PlanError::Below { path: path.clone(), file: file.to_owned() });
        }
    }
    Ok(ordered)
}
