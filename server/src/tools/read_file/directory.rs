//! What `read_file` says of a directory, and of a file that is not there.

use std::{collections::BTreeSet, path::Path};

use ignore::WalkBuilder;

use crate::{
    tools::location::{self, Reach},
    workspace::Workspace,
};

/// Entries that are listed.
const MAX_ENTRIES: usize = 500;
/// Entries that are looked at for a file of a similar name.
const MAX_LOOKED_AT: usize = 20_000;
/// Names that are suggested.
const MAX_SUGGESTIONS: usize = 5;
/// Names at least this much alike are suggested; 1 is the same name.
const ALIKE: f32 = 0.75;

/// A walk that honours ignore files, also where there is no git repository.
fn walk(directory: &Path, reach: &Reach) -> WalkBuilder {
    let mut walk = WalkBuilder::new(directory);
    let reach = reach.clone();
    walk.hidden(false).require_git(false);
    walk.filter_entry(move |entry| entry.file_name() != ".git" && !reach.hides(entry.path()));
    walk.sort_by_file_name(Ord::cmp);
    walk
}

/// The entries of a directory, directories with a slash. A file that is only in
/// the editor so far is one of them.
pub(super) fn listing(
    workspace: &dyn Workspace,
    name: &str,
    directory: &Path,
    reach: &Reach,
) -> String {
    let mut entries: Vec<String> = Vec::new();
    for entry in walk(directory, reach).max_depth(Some(1)).build().flatten() {
        if entry.depth() == 0 {
            continue;
        }
        let slash = if entry.file_type().is_some_and(|kind| kind.is_dir()) { "/" } else { "" };
        entries.push(format!("{}{slash}\n", entry.file_name().to_string_lossy()));
    }
    let unsaved = workspace.unsaved().into_iter().filter(|path| !reach.hides(path));
    for path in unsaved.filter(|path| path.parent() == Some(directory) && !path.exists()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        entries.push(format!("{name} (not saved yet)\n"));
    }
    let shown: String = entries.iter().take(MAX_ENTRIES).map(String::as_str).collect();
    let left_out = match entries.len().saturating_sub(MAX_ENTRIES) {
        0 => String::new(),
        more => format!("[{more} more entries: use search with a glob]\n"),
    };
    let count = match entries.len() {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    };
    format!("{name} (directory, {count}, ignored files left out)\n{shown}{left_out}")
}

/// The error for a missing file, with the names that may have been meant.
pub(super) fn missing(workspace: &dyn Workspace, asked: &str, reach: &Reach) -> String {
    let roots = workspace.roots();
    let asked_name = Path::new(asked).file_name().unwrap_or_default().to_string_lossy();
    let asked_name = asked_name.to_lowercase();
    // The better the fit, the smaller the first part.
    let mut found: BTreeSet<(i32, String)> = BTreeSet::new();
    let entries = roots.iter().flat_map(|root| walk(root, reach).build().flatten());
    for entry in entries.take(MAX_LOOKED_AT) {
        let name = entry.file_name().to_string_lossy().to_lowercase();
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if !is_file || name.len().abs_diff(asked_name.len()) > 3 {
            continue;
        }
        let alike = similar::TextDiff::from_chars(asked_name.as_str(), name.as_str()).ratio();
        if alike >= ALIKE {
            let rank = if name == asked_name { 0 } else { 1 };
            found.insert((rank, location::display(&roots, entry.path())));
        }
    }
    let names: Vec<String> =
        found.into_iter().take(MAX_SUGGESTIONS).map(|(_, name)| name).collect();
    if names.is_empty() {
        format!("{asked} does not exist; look for it with search")
    } else {
        format!("{asked} does not exist; did you mean {}?", names.join(", "))
    }
}
