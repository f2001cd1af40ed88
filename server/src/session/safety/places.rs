//! The directories in which a command of a script may find itself. A `cd` that
//! may fail, or that runs in a pipeline's own shell, leaves both possible.

use std::path::{Component, Path, PathBuf};

use crate::tools::bash::Word;

/// After this many possibilities nothing is claimed any more.
const MAX_PLACES: usize = 16;

#[derive(Debug, Clone)]
pub(super) struct Places<'roots> {
    /// Empty once it could be anywhere.
    possible: Vec<PathBuf>,
    roots: &'roots [PathBuf],
}

impl<'roots> Places<'roots> {
    pub(super) fn new(cwd: &Path, roots: &'roots [PathBuf]) -> Self {
        let possible = step(Path::new("/"), cwd).into_iter().collect();
        Self { possible, roots }
    }

    /// Whether every possible directory is in the workspace.
    pub(super) fn are_inside(&self) -> bool {
        !self.possible.is_empty()
            && self
                .possible
                .iter()
                .all(|place| self.roots.iter().any(|root| place.starts_with(root)))
    }

    /// What `git -C directory` makes of them.
    pub(super) fn moved_to(&self, directory: &Word) -> Self {
        let moved: Option<Vec<PathBuf>> = if directory.pattern || directory.home {
            None
        } else {
            self.possible.iter().map(|place| step(place, Path::new(&directory.text))).collect()
        };
        Self { possible: moved.unwrap_or_default(), roots: self.roots }
    }

    /// Takes a `cd` with these arguments into account.
    pub(super) fn change_directory(&mut self, arguments: &[Word]) {
        let moved = match arguments {
            [directory] if !directory.text.starts_with('-') => self.moved_to(directory).possible,
            _ => Vec::new(),
        };
        if moved.is_empty() || self.possible.len() + moved.len() > MAX_PLACES {
            self.possible.clear();
        }
        if !self.possible.is_empty() {
            self.possible.extend(moved);
            self.possible.sort();
            self.possible.dedup();
        }
    }
}

/// Where `path` leads from `base`. `x/..` may lead elsewhere than it seems when
/// x is a link, so `..` counts only at the start.
fn step(base: &Path, path: &Path) -> Option<PathBuf> {
    let mut place = base.to_path_buf();
    let mut descended = false;
    for component in path.components() {
        match component {
            Component::RootDir => place = PathBuf::from("/"),
            Component::CurDir => {}
            Component::Normal(name) => {
                place.push(name);
                descended = true;
            }
            Component::ParentDir if descended => return None,
            Component::ParentDir => {
                place.pop();
            }
            Component::Prefix(_) => return None,
        }
    }
    Some(place)
}
