//! Which files a search looks at: the walk that honours ignore files, and the
//! files that so far only the editor has.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use ignore::{
    WalkBuilder,
    overrides::{Override, OverrideBuilder},
};

use super::{Limit, SearchArgs};
use crate::{
    tools::location::{self, Location, Reach},
    workspace::{FileText, Workspace},
};

/// Larger files are data, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// One file to look at.
pub(super) struct File<'a> {
    pub(super) name: String,
    path: PathBuf,
    workspace: &'a dyn Workspace,
}

impl File<'_> {
    /// The text, unless it is none.
    pub(super) fn read(&self) -> Option<FileText> {
        let file = self.workspace.read(&self.path).ok()?;
        let is_text = file.text.len() as u64 <= MAX_FILE && !file.text.contains('\0');
        is_text.then_some(file)
    }
}

/// The files that a search was asked to look at.
pub(super) struct Files<'a> {
    workspace: &'a dyn Workspace,
    roots: Vec<PathBuf>,
    bases: Vec<Location>,
    globs: Vec<Override>,
    reach: &'a Reach,
}

impl<'a> Files<'a> {
    /// Checks path and glob.
    pub(super) fn new(
        workspace: &'a dyn Workspace,
        args: &SearchArgs,
        reach: &'a Reach,
    ) -> Result<Self, String> {
        let roots = workspace.roots();
        let bases = match args.path.as_deref().map(str::trim) {
            Some(path) if !path.is_empty() => {
                let base = location::resolve(workspace, path, reach)?;
                let in_editor = workspace.unsaved().iter().any(|it| it.starts_with(&base.path));
                if !base.real.exists() && !in_editor {
                    return Err(format!(
                        "{path} does not exist; leave path out to search everywhere"
                    ));
                }
                vec![base]
            }
            _ => roots.iter().map(|it| Location { path: it.clone(), real: it.clone() }).collect(),
        };
        let globs = match args.glob.as_deref().map(str::trim) {
            Some(glob) if !glob.is_empty() => {
                let compiled: Result<Vec<Override>, ignore::Error> = roots
                    .iter()
                    .chain(bases.iter().map(|base| &base.real))
                    .map(|root| OverrideBuilder::new(root).add(glob)?.build())
                    .collect();
                compiled.map_err(|error| format!("the glob {glob:?} cannot be used: {error}"))?
            }
            _ => Vec::new(),
        };
        Ok(Self { workspace, roots, bases, globs, reach })
    }

    /// Calls `visit` for each file. Says whether it got to the end.
    pub(super) fn each(&self, limit: &Limit<'_>, visit: &mut dyn FnMut(&File<'a>)) -> bool {
        let unsaved: BTreeSet<PathBuf> = self.workspace.unsaved().into_iter().collect();
        let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
        for base in &self.bases {
            let walk = self.walk(&base.real);
            for entry in walk.build().flatten() {
                if limit.is_reached() {
                    return false;
                }
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                if !is_file || !self.is_asked_for(entry.path()) {
                    continue;
                }
                // Roots and bases may lie in each other.
                if (self.bases.len() == 1 && !unsaved.contains(entry.path()))
                    || seen.insert(entry.path().to_path_buf())
                {
                    visit(&self.file(entry.into_path()));
                }
            }
            for path in unsaved.iter().filter(|path| self.is_only_in_editor(path, base, &walk)) {
                if self.is_asked_for(path) && seen.insert(path.clone()) {
                    visit(&self.file(path.clone()));
                }
            }
        }
        true
    }

    fn walk(&self, base: &Path) -> WalkBuilder {
        let mut walk = WalkBuilder::new(base);
        let reach = self.reach.clone();
        walk.require_git(false).max_filesize(Some(MAX_FILE));
        walk.filter_entry(move |entry| !reach.hides(entry.path()));
        walk.sort_by_file_name(Ord::cmp);
        walk
    }

    fn file(&self, path: PathBuf) -> File<'a> {
        let name = location::display(&self.roots, &path);
        File { name, path, workspace: self.workspace }
    }

    /// A glob is tried as seen from the workspace folder and from the directory
    /// searched: models mean either.
    fn is_asked_for(&self, path: &Path) -> bool {
        self.globs.is_empty()
            || self
                .globs
                .iter()
                .any(|glob| path.starts_with(glob.path()) && !glob.matched(path, false).is_ignore())
    }

    /// Whether the walk missed a file because the disk does not have it yet, and
    /// would not have left it out anyway.
    fn is_only_in_editor(&self, path: &Path, base: &Location, walk: &WalkBuilder) -> bool {
        if path == base.path {
            return !path.exists();
        }
        let Ok(relative) = path.strip_prefix(&base.real) else { return false };
        let ignored = walk
            .build_matchers()
            .first_mut()
            .is_none_or(|matcher| matcher.matched(relative, false).is_ignore());
        !path.exists() && !ignored && !self.reach.hides(path)
    }
}
