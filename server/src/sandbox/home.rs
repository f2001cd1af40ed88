//! The user's home directory as a command sees it: keys and tokens are hidden,
//! and what tools change there stays within the session. Names only; `mounts`
//! and `landlock` make it so.

use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::{
    ffi::{OsStr, OsString},
    fs::{DirEntry, FileType},
};

/// Below the home directory: what opens other doors.
const SECRETS: [&str; 27] = [
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".netrc",
    ".pgpass",
    ".pypirc",
    ".password-store",
    ".git-credentials",
    ".docker/config.json",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".config/gh",
    ".config/gcloud",
    ".config/git/credentials",
    ".config/op",
    ".config/hub",
    ".config/containers/auth.json",
    ".config/google-chrome",
    ".config/chromium",
    ".config/tiro",
    ".local/share/tiro",
    ".local/state/tiro",
    ".local/share/keyrings",
    ".mozilla",
    ".thunderbird",
];

/// Directories of tools whose names do not begin with a dot.
#[cfg(target_os = "linux")]
const OF_TOOLS: [&str; 1] = ["go"];

/// The home directory, when there is one that means something.
pub(super) fn directory(home: Option<&Path>) -> Option<PathBuf> {
    let home = home.filter(|home| home.is_absolute())?.canonicalize().ok()?;
    (home.is_dir() && home.parent().is_some()).then_some(home)
}

/// What is hidden of those that exist; not what a writable root itself is.
pub(super) fn secrets(home: Option<&Path>, more: &[PathBuf], roots: &[PathBuf]) -> Vec<PathBuf> {
    let below = SECRETS.iter().filter_map(|name| Some(home?.join(name)));
    let mut found = Vec::new();
    // Most do not exist: a look for each is less than following all links to it.
    let there = |path: &PathBuf| path.symlink_metadata().is_ok();
    for path in below.chain(more.iter().cloned()).filter(there) {
        let Ok(path) = path.canonicalize() else { continue };
        if path.parent().is_some() && !roots.contains(&path) && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// Files of the user's directly in the home directory that are kept from
/// changes: each is a mount.
#[cfg(target_os = "linux")]
const FILES: usize = 64;

/// What is in `home` that belongs to the user and not to tools: its directories
/// and files whose names do not begin with a dot. They are not part of the copy,
/// so that a write there fails instead of vanishing with the session.
#[cfg(target_os = "linux")]
pub(super) fn of_the_user(home: &Path) -> Vec<PathBuf> {
    let kind_is = |entry: &DirEntry, wanted: fn(&FileType) -> bool| {
        entry.file_type().is_ok_and(|kind| wanted(&kind))
    };
    let (mut found, mut files) = (Vec::new(), Vec::new());
    for entry in entries(home).filter(|entry| !is_of_tools(&entry.file_name())) {
        if kind_is(&entry, FileType::is_dir) {
            found.push(entry.path());
        } else if kind_is(&entry, FileType::is_file) && files.len() < FILES {
            files.push(entry.path());
        }
    }
    found.append(&mut files);
    found
}

/// The names in `upper`, a layer over the home directory, of what a user would
/// look for in the real one.
#[cfg(target_os = "linux")]
pub(super) fn strays(upper: &Path) -> Vec<OsString> {
    let there = |entry: &DirEntry| {
        // What was removed is there as a device.
        entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_file() || kind.is_symlink())
    };
    let names = entries(upper).filter(there).map(|entry| entry.file_name());
    let mut names: Vec<OsString> = names.filter(|name| !is_of_tools(name)).collect();
    names.sort();
    names
}

#[cfg(target_os = "linux")]
fn entries(directory: &Path) -> impl Iterator<Item = DirEntry> {
    std::fs::read_dir(directory).into_iter().flatten().flatten()
}

#[cfg(target_os = "linux")]
fn is_of_tools(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || OF_TOOLS.contains(&name.as_ref())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the tests make a home directory")]
    use super::*;

    #[test]
    fn what_exists_is_hidden_unless_it_is_the_workspace() {
        let place = tempfile::tempdir().expect("a directory");
        let home = place.path().canonicalize().expect("it exists");
        for name in [".ssh", ".aws", "project", ".cache", "go"] {
            std::fs::create_dir(home.join(name)).expect("a directory");
        }
        std::fs::write(home.join(".netrc"), "").expect("a file");
        let hidden = secrets(Some(&home), &[home.join("project")], &[home.join(".aws")]);
        assert_eq!(hidden, [home.join(".ssh"), home.join(".netrc"), home.join("project")]);
        std::fs::write(home.join("notes"), "").expect("a file");
        assert_eq!(of_the_user(&home), [home.join("project"), home.join("notes")]);
        assert_eq!(strays(&home), ["notes", "project"]);
        assert_eq!(directory(Some(Path::new("/"))), None);
        assert_eq!(directory(Some(Path::new("relative"))), None);
    }
}
