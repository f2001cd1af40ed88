//! What lies in a workspace and runs later with the user's rights: hooks and
//! configuration of git, pointers to repositories, and Tiro's own folder.
//! Finds them; `mounts` makes them read-only, `undo` compares.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Tiro's folder in a workspace.
pub(super) const OWN: &str = ".tiro";
/// In a repository's directory.
const IN_REPOSITORY: [&str; 4] = ["hooks", "config", "config.worktree", "commondir"];
/// Directories below a root in which repositories are looked for.
const DEPTH: usize = 6;
/// Directories that are looked into in all, as this is done for every command.
const DIRECTORIES: usize = 200;
/// Have very many directories, and none with a repository that a user works in.
const SKIPPED: [&str; 6] =
    ["node_modules", "target", "__pycache__", "site-packages", "dist", "build"];

/// What was found below some roots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Protected {
    /// Exist: files and directories that must not change.
    pub(super) present: Vec<PathBuf>,
    /// Do not exist, or are links, which cannot be mounted on: must stay so.
    pub(super) watched: Vec<PathBuf>,
    /// Directories of repositories: must stay where they are.
    pub(super) repositories: Vec<PathBuf>,
    /// Files and links named `.git`, which say where the repository is.
    pub(super) pointers: Vec<PathBuf>,
}

impl Protected {
    /// Looks below `roots`, which are free of links.
    pub(super) fn find(roots: &[PathBuf]) -> Self {
        let mut found = Self::default();
        let mut budget = DIRECTORIES;
        for root in roots {
            found.sort_in(root.join(OWN));
            let mut level = vec![root.clone()];
            for depth in 0..=DEPTH {
                let mut next = Vec::new();
                for directory in level {
                    if budget == 0 {
                        break;
                    }
                    budget -= 1;
                    found.look_into(&directory, depth == 0, &mut next);
                }
                level = next;
            }
        }
        found
    }

    fn look_into(&mut self, directory: &Path, root: bool, next: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(directory) else { return };
        let mut names = Vec::new();
        for entry in entries.flatten() {
            let (name, kind) = (entry.file_name(), entry.file_type());
            let is_directory = kind.as_ref().is_ok_and(fs::FileType::is_dir);
            match name.to_str() {
                Some(".git") if is_directory => self.repository(&entry.path()),
                Some(".git") => {
                    self.pointers.push(entry.path());
                    self.sort_in(entry.path());
                }
                Some(".tiro") if !root => self.sort_in(entry.path()),
                Some(name)
                    if is_directory && !SKIPPED.contains(&name) && !name.starts_with('.') =>
                {
                    next.push(entry.path());
                }
                _ => {}
            }
            names.push(name);
        }
        // A repository without files beside it, or a part of one.
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        if has("HEAD") && (has("commondir") || has("objects") && has("refs")) {
            self.repository(directory);
        }
    }

    /// `directory` is what `.git` is otherwise.
    fn repository(&mut self, directory: &Path) {
        if self.repositories.iter().any(|known| known == directory) {
            return;
        }
        self.repositories.push(directory.to_path_buf());
        for name in IN_REPOSITORY {
            self.sort_in(directory.join(name));
        }
        self.modules(&directory.join("modules"), 2);
        self.worktrees(&directory.join("worktrees"));
    }

    /// Where the working trees of a repository say that their configuration is.
    /// Not mounted on, so that a working tree can be removed.
    fn worktrees(&mut self, directory: &Path) {
        let Ok(entries) = fs::read_dir(directory) else { return };
        for entry in entries.flatten() {
            let names = ["commondir", "config.worktree"];
            self.watched.extend(names.map(|name| entry.path().join(name)));
        }
    }

    /// Repositories of submodules, which may lie some names deep.
    fn modules(&mut self, directory: &Path, depth: usize) {
        let Ok(entries) = fs::read_dir(directory) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.join("HEAD").is_file() {
                self.repository(&path);
            } else if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.modules(&path, depth - 1);
            }
        }
    }

    fn sort_in(&mut self, path: PathBuf) {
        match path.symlink_metadata() {
            Ok(found) if !found.is_symlink() => self.present.push(path),
            _ => self.watched.push(path),
        }
    }
}

/// Why a command may not change `path`, if it is protected by its name.
pub(super) fn reason(path: &Path) -> Option<&'static str> {
    let names: Vec<&str> = path.components().filter_map(|name| name.as_os_str().to_str()).collect();
    if names.contains(&OWN) {
        return Some("Tiro's own folder decides what commands may do");
    }
    let inside = names.iter().position(|name| *name == ".git")?;
    let below = names.get(inside + 1..)?;
    let is_in = |wanted: &[&str]| below.iter().any(|name| wanted.contains(name));
    if below.is_empty() {
        Some("a repository must stay where it is")
    } else if is_in(&["config", "config.worktree"]) || below[0].starts_with("config.") {
        Some(
            "git runs programs that its configuration names, with your rights (`git config`, \
             `git remote add`, setting an upstream and renaming a branch change it)",
        )
    } else if is_in(&IN_REPOSITORY) {
        Some("git runs what is written there with your rights")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the tests make a workspace")]
    use super::*;

    #[test]
    fn repositories_are_found_also_within_others() {
        let place = tempfile::tempdir().expect("a directory");
        let root = place.path().to_path_buf();
        for name in [".git/hooks", "a/b/.git", "node_modules/x/.git", ".git/modules/m/n/hooks"] {
            fs::create_dir_all(root.join(name)).expect("a directory");
        }
        for name in [".git/config", ".git/modules/m/n/HEAD", "a/.git"] {
            fs::write(root.join(name), "").expect("a file");
        }
        let found = Protected::find(std::slice::from_ref(&root));
        let names = |paths: &[PathBuf]| {
            let names = paths.iter().filter_map(|path| path.strip_prefix(&root).ok());
            let mut names: Vec<String> = names.map(|name| name.display().to_string()).collect();
            names.sort();
            names.join(" ")
        };
        assert_eq!(names(&found.present), ".git/config .git/hooks .git/modules/m/n/hooks a/.git");
        assert_eq!(names(&found.repositories), ".git .git/modules/m/n a/b/.git");
        assert_eq!(names(&found.pointers), "a/.git");
        assert!(names(&found.watched).starts_with(".git/commondir .git/config.worktree "));
        assert!(names(&found.watched).ends_with(
            ".tiro a/b/.git/commondir a/b/.git/config a/b/.git/config.worktree a/b/.git/hooks"
        ));
    }

    #[test]
    fn names_tell_why() {
        let has = |path: &str| reason(Path::new(path)).is_some();
        assert!(has("/w/.git/hooks/pre-commit") && has("/w/.git/config") && has("/w/.tiro/x"));
        assert!(has("/w/.git") && has("/w/.git/config.lock") && has("/w/.git/modules/m/config"));
        assert!(!has("/w/.git/index") && !has("/w/config") && !has("/w/hooks/x"));
    }
}
