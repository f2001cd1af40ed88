//! A repository that a command made: its hooks and what its configuration would
//! run are taken out, as the user's own git will read them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::set_aside;

/// Sections and keys that only describe; a star stands for every key.
const HARMLESS: [(&str, &[&str]); 17] = [
    (
        "core",
        &[
            "repositoryformatversion",
            "filemode",
            "bare",
            "logallrefupdates",
            "ignorecase",
            "precomposeunicode",
            "symlinks",
            "worktree",
            "autocrlf",
            "eol",
            "quotepath",
            "sharedrepository",
            "abbrev",
            "longpaths",
        ],
    ),
    ("user", &["name", "email"]),
    ("remote", &["url", "fetch", "push", "pushurl", "tagopt", "mirror", "prune", "promisor"]),
    ("branch", &["remote", "merge", "rebase", "description"]),
    ("extensions", &["*"]),
    ("submodule", &["url", "active", "branch", "recurse"]),
    ("init", &["defaultbranch"]),
    ("pull", &["rebase", "ff"]),
    ("push", &["default", "autosetupremote", "followtags"]),
    ("fetch", &["prune", "prunetags"]),
    ("merge", &["conflictstyle", "ff"]),
    ("rebase", &["autosquash", "autostash"]),
    ("advice", &["*"]),
    ("color", &["*"]),
    ("gc", &["auto"]),
    ("commit", &["gpgsign"]),
    ("rerere", &["enabled"]),
];

/// Disarms the repository whose directory (`.git`) this is; a line for each
/// thing that was taken out.
pub(super) fn disarm(directory: &Path) -> Vec<String> {
    let mut said = Vec::new();
    let hooks = fs::read_dir(directory.join("hooks"));
    for hook in hooks.into_iter().flatten().flatten() {
        let path = hook.path();
        let name = hook.file_name();
        let name = name.to_string_lossy();
        if !name.ends_with(".sample") && !name.contains(super::ASIDE) {
            said.push(super::line(&path, &set_aside(&path)));
        }
    }
    // Only a working tree has one, and that lies within its repository.
    let elsewhere = directory.join("commondir");
    if elsewhere.symlink_metadata().is_ok() {
        said.push(super::line(&elsewhere, &set_aside(&elsewhere)));
    }
    for name in ["config", "config.worktree"] {
        let path = directory.join(name);
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if let Some(clean) = without_programs(&text) {
            let result = set_aside(&path).and_then(|()| fs::write(&path, clean));
            said.push(super::line(&path, &result));
        }
    }
    said
}

/// Whether the file or link named `.git` at `pointer` leads to one of `repositories`,
/// which were looked at: another one would be read unseen.
pub(super) fn is_known(pointer: &Path, repositories: &[PathBuf]) -> bool {
    let below = |directory: &Path, name: &str| directory.join(name.trim_end()).canonicalize().ok();
    let Some(parent) = pointer.parent() else { return false };
    let directory = match fs::read_to_string(pointer) {
        Ok(text) => text.strip_prefix("gitdir: ").and_then(|name| below(parent, name)),
        Err(_) => pointer.canonicalize().ok(),
    };
    let Some(directory) = directory else { return false };
    let common = match fs::read_to_string(directory.join("commondir")) {
        Ok(name) => below(&directory, &name),
        Err(_) => Some(directory),
    };
    common.is_some_and(|common| repositories.contains(&common))
}

/// `config` without the settings that are not known to be harmless; none when
/// there are no such settings.
fn without_programs(config: &str) -> Option<String> {
    let mut section = String::new();
    let mut clean = String::new();
    let (mut removed, mut continued, mut kept) = (false, false, true);
    for line in config.lines() {
        let setting = line.trim();
        if !continued {
            kept = if setting.is_empty() || setting.starts_with(['#', ';']) {
                true
            } else if let Some(header) =
                setting.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
            {
                let name = header.split(['.', ' ', '"']).next().unwrap_or_default();
                section = name.to_lowercase();
                // A setting on the line of its section is legal and unusual.
                !header.contains([']', '='])
            } else {
                let key = setting.split('=').next().unwrap_or_default().trim().to_lowercase();
                HARMLESS.iter().any(|(name, keys)| {
                    *name == section && keys.iter().any(|known| *known == "*" || *known == key)
                })
            };
        }
        continued = setting.ends_with('\\');
        if kept {
            clean.push_str(line);
            clean.push('\n');
        } else {
            removed = true;
        }
    }
    removed.then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_a_repository_that_is_known() {
        let place = tempfile::tempdir().expect("a directory");
        let root = place.path().canonicalize().expect("it exists");
        for name in [".git/worktrees/w", "wt", "evil"] {
            fs::create_dir_all(root.join(name)).expect("a directory");
        }
        let known = [root.join(".git")];
        let check = |pointer: &str, common: &str| {
            fs::write(root.join("wt/.git"), pointer).expect("a file");
            fs::write(root.join(".git/worktrees/w/commondir"), common).expect("a file");
            is_known(&root.join("wt/.git"), &known)
        };
        assert!(check("gitdir: ../.git\n", "../..\n"));
        assert!(check(&format!("gitdir: {}/.git/worktrees/w\n", root.display()), "../..\n"));
        assert!(!check("gitdir: ../.git/worktrees/w\n", "../../../evil\n"));
        assert!(!check("gitdir: ../evil\n", "../..\n"));
        assert!(!check("nonsense", "../..\n"));
    }

    #[test]
    fn what_git_itself_writes_stays() {
        let config = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\
            [remote \"origin\"]\n\turl = /x\n\tfetch = +refs/*\n[branch \"main\"]\n\tmerge = x\n";
        assert_eq!(without_programs(config), None);
    }

    #[test]
    fn what_runs_programs_goes() {
        let check = |config: &str, expected: &str| {
            assert_eq!(without_programs(config).as_deref(), Some(expected), "{config}");
        };
        check("[core]\n\tbare = false\n\tfsmonitor = x\n", "[core]\n\tbare = false\n");
        check("[Alias]\n\ts = !x \\\n more\n[user]\n\tname = n\n", "[Alias]\n[user]\n\tname = n\n");
        check("[core] fsmonitor = x\n", "");
        check("[include]\npath = x\n", "[include]\n");
        check("[filter \"x\"]\nclean = y\n", "[filter \"x\"]\n");
    }
}
