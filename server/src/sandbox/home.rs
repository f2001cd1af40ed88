//! The user's home directory as a command sees it: keys and tokens are hidden,
//! and what tools change there stays within the session. Names only; `mounts`
//! and `landlock` make it so.

use std::path::{Path, PathBuf};

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

#[cfg(target_os = "linux")]
/// Directories of tools whose names do not begin with a dot.
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
    for path in below.chain(more.iter().cloned()) {
        let Ok(path) = path.canonicalize() else { continue };
        if path.parent().is_some() && !roots.contains(&path) && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

#[cfg(target_os = "linux")]
/// What is in `home` that belongs to the user and not to tools: its directories
/// whose names do not begin with a dot. They are not part of the copy, so that a
/// write there fails instead of vanishing with the session.
pub(super) fn of_the_user(home: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(home) else { return Vec::new() };
    let entries = entries.flatten().filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        !name.starts_with('.')
            && !OF_TOOLS.contains(&name.as_ref())
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
    });
    entries.map(|entry| entry.path()).collect()
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
        assert_eq!(of_the_user(&home), [home.join("project")]);
        assert_eq!(directory(Some(Path::new("/"))), None);
        assert_eq!(directory(Some(Path::new("relative"))), None);
    }
}
