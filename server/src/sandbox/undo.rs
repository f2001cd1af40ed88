//! Compares protected paths before and after a command, and undoes what it
//! changed: those that mounts cannot hold because they did not exist, and all
//! of them where there are no mounts. Nothing is deleted: what a command put
//! there is kept under another name. Called by the keeper, outside the sandbox.
#![expect(clippy::disallowed_methods, reason = "puts back what a command changed in a workspace")]

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    },
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustix::fs::{Mode, OFlags, fstat};

use super::protected::{self, Protected};

mod repository;

/// Files in one protected directory, and bytes in all, that are remembered.
const ENTRIES: usize = 256;
const BYTES: u64 = 4 * 1024 * 1024;

/// What was at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Absent,
    Link(PathBuf),
    File {
        bytes: Vec<u8>,
        mode: u32,
    },
    Tree(BTreeMap<OsString, State>),
    /// Too much to remember, or no file and no directory.
    Other,
}

/// What there was before a command.
#[derive(Debug)]
pub(super) struct Before {
    roots: Vec<PathBuf>,
    states: Vec<(PathBuf, State)>,
    /// The directories of repositories, which can be renamed where there are no mounts.
    places: Vec<(PathBuf, OwnedFd)>,
    /// What is at the places of repositories and pointers to them: a directory above
    /// can be renamed also where there are mounts, and another put in its place.
    known: Vec<(PathBuf, Identity)>,
    /// When all this was.
    time: SystemTime,
}

impl Before {
    /// Remembers what the mounts do not hold; everything where there are none.
    pub(super) fn new(protected: &Protected, roots: &[PathBuf], mounted: bool) -> Self {
        let mut states = Vec::new();
        let mut places = Vec::new();
        let mut bytes = BYTES;
        let present = protected.present.iter().filter(|_| !mounted);
        for path in protected.watched.iter().chain(present) {
            states.push((path.clone(), State::of(path, &mut bytes)));
        }
        for path in protected.repositories.iter().filter(|_| !mounted) {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            if let Ok(place) = rustix::fs::open(path, flags, Mode::empty()) {
                places.push((path.clone(), place));
            }
        }
        let known = protected.repositories.iter().chain(&protected.pointers);
        let known = known.filter_map(|path| Some((path.clone(), identity(path)?))).collect();
        let roots = roots.to_vec();
        Self { roots, states, places, known, time: SystemTime::now() }
    }

    /// Undoes what has changed since; a line for each thing, for the user.
    pub(super) fn undo(&self) -> Vec<String> {
        let mut said = Vec::new();
        for (path, place) in &self.places {
            if let Some(result) = put_back(path, place) {
                said.push(line(path, &result));
            }
        }
        for (path, before) in &self.states {
            // With its directory it went where nothing reads it: a working tree was removed.
            if path.parent().is_some_and(|parent| !parent.exists()) {
                continue;
            }
            if State::of(path, &mut BYTES.clone()) != *before {
                said.push(line(path, &before.restore(path)));
            }
        }
        let now = Protected::find(&self.roots);
        for made in now.repositories.iter().filter(|found| self.is_new(found)) {
            said.extend(repository::disarm(made));
        }
        for made in now.pointers.iter().filter(|found| self.is_new(found)) {
            if !repository::is_known(made, &now.repositories) {
                said.push(line(made, &set_aside(made)));
            }
        }
        said
    }

    /// Made since, or moved to where it is: that changes the time of the directory
    /// itself. One that was only not found before is the user's own.
    fn is_new(&self, path: &Path) -> bool {
        let was = self.known.iter().find(|(known, _)| known == path);
        if let Some((_, was)) = was {
            return identity(path) != Some(*was);
        }
        // A file system's clock is coarser than the other.
        const COARSE: Duration = Duration::from_secs(1);
        let Ok(found) = path.symlink_metadata() else { return false };
        let changed = u64::try_from(found.ctime()).unwrap_or(0);
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(changed);
        let made = found.created().unwrap_or(changed);
        made.max(changed) + COARSE >= self.time
    }
}

/// Device and inode.
type Identity = (u64, u64);

fn identity(path: &Path) -> Option<Identity> {
    path.symlink_metadata().ok().map(|found| (found.dev(), found.ino()))
}

fn line(path: &Path, result: &io::Result<()>) -> String {
    let shown = path.display();
    let why = protected::reason(path).unwrap_or("it is protected");
    match result {
        Ok(()) => format!("undid a change of `{shown}`: {why}"),
        Err(error) => {
            format!("`{shown}` was changed and could not be put back ({error}): look at it; {why}")
        }
    }
}

impl State {
    fn of(path: &Path, bytes: &mut u64) -> Self {
        let Ok(found) = path.symlink_metadata() else { return Self::Absent };
        if found.is_symlink() {
            return fs::read_link(path).map_or(Self::Other, Self::Link);
        }
        if found.is_file() && found.len() <= *bytes {
            *bytes -= found.len();
            let mode = found.permissions().mode() & 0o7777;
            return fs::read(path).map_or(Self::Other, |bytes| Self::File { bytes, mode });
        }
        let entries = fs::read_dir(path).map(|entries| entries.flatten().take(ENTRIES + 1));
        let Ok(entries) = entries else { return Self::Other };
        let tree: BTreeMap<_, _> =
            entries.map(|entry| (entry.file_name(), Self::of(&entry.path(), bytes))).collect();
        if tree.len() > ENTRIES { Self::Other } else { Self::Tree(tree) }
    }

    /// Makes `path` what it was; what is there now gets another name.
    fn restore(&self, path: &Path) -> io::Result<()> {
        if let (Self::Tree(before), true) = (self, is_directory(path)) {
            let now = fs::read_dir(path)?.flatten().map(|entry| entry.file_name());
            let mut names: Vec<OsString> = now.collect();
            names.extend(before.keys().cloned());
            names.sort();
            names.dedup();
            for name in names {
                let below = path.join(&name);
                let before = before.get(&name).unwrap_or(&Self::Absent);
                // What was set aside earlier is no change.
                if !is_set_aside(&below) && Self::of(&below, &mut BYTES.clone()) != *before {
                    before.restore(&below)?;
                }
            }
            return Ok(());
        }
        set_aside(path)?;
        match self {
            Self::Absent => Ok(()),
            Self::Link(target) => symlink(target, path),
            Self::File { bytes, mode } => {
                fs::write(path, bytes)?;
                fs::set_permissions(path, fs::Permissions::from_mode(*mode))
            }
            Self::Tree(before) => {
                fs::create_dir(path)?;
                before.iter().try_for_each(|(name, state)| state.restore(&path.join(name)))
            }
            Self::Other => Err(io::Error::other("it was too large to be remembered")),
        }
    }
}

fn is_directory(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_dir())
}

const ASIDE: &str = ".undone-";

fn is_set_aside(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(ASIDE))
}

/// Gives what is at `path` a name that nothing reads.
fn set_aside(path: &Path) -> io::Result<()> {
    for number in 1..1000 {
        let mut name = path.as_os_str().to_owned();
        name.push(format!("{ASIDE}{number}"));
        if Path::new(&name).symlink_metadata().is_ok() {
            continue;
        }
        return match fs::rename(path, name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        };
    }
    Err(io::Error::other("too many changes were undone before: remove the `.undone-` files"))
}

/// Renames a repository back that is no longer where it was.
fn put_back(path: &Path, place: &OwnedFd) -> Option<io::Result<()>> {
    let same = |path: &Path| {
        let (now, before) = (rustix::fs::stat(path).ok()?, fstat(place).ok()?);
        Some((now.st_dev, now.st_ino) == (before.st_dev, before.st_ino))
    };
    if same(path) == Some(true) {
        return None;
    }
    let now = fs::read_link(format!("/proc/self/fd/{}", place.as_raw_fd()));
    Some(now.and_then(|now| {
        if same(&now) != Some(true) {
            return Err(io::Error::other("it was removed"));
        }
        set_aside(path)?;
        fs::rename(now, path)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mounted: bool, change: impl FnOnce(&Path)) -> (String, String) {
        let place = tempfile::tempdir().expect("a directory");
        let root = place.path();
        fs::create_dir_all(root.join(".git/hooks")).expect("a directory");
        fs::write(root.join(".git/config"), "[core]\n").expect("a file");
        fs::write(root.join(".git/hooks/pre-commit"), "mine").expect("a file");
        let roots = [root.to_path_buf()];
        let before = Before::new(&Protected::find(&roots), &roots, mounted);
        change(root);
        let said = before.undo().join("\n").replace(&root.display().to_string(), "");
        let mut tree = Vec::new();
        list(root, root, &mut tree);
        tree.sort();
        (said, tree.join(" "))
    }

    fn list(root: &Path, directory: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                list(root, &path, found);
            } else {
                let name = path.strip_prefix(root).expect("below").display().to_string();
                found.push(format!("{name}={}", fs::read_to_string(&path).expect("text").trim()));
            }
        }
    }

    const UNTOUCHED: &str = ".git/config=[core] .git/hooks/pre-commit=mine";

    #[test]
    fn nothing_is_said_when_nothing_changed() {
        assert_eq!(check(false, |_| {}), (String::new(), UNTOUCHED.to_owned()));
        assert_eq!(check(true, |_| {}), (String::new(), UNTOUCHED.to_owned()));
    }

    #[test]
    fn what_was_changed_is_put_back_and_kept_beside() {
        let (said, tree) = check(false, |root| {
            fs::write(root.join(".git/config"), "[core]\nfsmonitor=x\n").expect("a file");
            fs::remove_file(root.join(".git/hooks/pre-commit")).expect("a file");
            fs::write(root.join(".git/hooks/post-checkout"), "evil").expect("a file");
        });
        assert_eq!(said.lines().count(), 2, "{said}");
        assert_eq!(
            tree,
            ".git/config.undone-1=[core]\nfsmonitor=x .git/config=[core] \
             .git/hooks/post-checkout.undone-1=evil .git/hooks/pre-commit=mine"
        );
    }

    #[test]
    fn a_repository_that_was_renamed_comes_back() {
        let (said, tree) = check(false, |root| {
            fs::rename(root.join(".git"), root.join("g")).expect("a directory");
            fs::create_dir(root.join(".git")).expect("a directory");
            fs::write(root.join(".git/config"), "evil").expect("a file");
        });
        assert!(said.starts_with("undid a change of `/.git`"), "{said}");
        assert_eq!(tree, format!(".git.undone-1/config=evil {UNTOUCHED}"));
    }

    #[test]
    fn what_did_not_exist_must_not() {
        let (said, tree) = check(true, |root| {
            fs::create_dir(root.join(".tiro")).expect("a directory");
            fs::write(root.join(".tiro/config.toml"), "x").expect("a file");
            fs::write(root.join(".git/commondir"), "..").expect("a file");
        });
        assert_eq!(said.lines().count(), 2, "{said}");
        assert_eq!(
            tree,
            format!(".git/commondir.undone-1=.. {UNTOUCHED} .tiro.undone-1/config.toml=x").replace(
                &format!(".git/commondir.undone-1=.. {UNTOUCHED}"),
                ".git/commondir.undone-1=.. .git/config=[core] .git/hooks/pre-commit=mine"
            )
        );
    }
}
