//! A repository that a command made: its hooks and what its configuration would
//! run are taken out, as the user's own git will read them.

use std::{fs, path::Path};

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
