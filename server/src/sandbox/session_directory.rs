//! The private directory of a session: what its commands cache and what they put
//! into `TMPDIR` stays for the next one. Removed with the session; what a killed
//! server left behind is removed by the next that starts.
//!
//! A directory is in use while the lock on a file in it is held, which ends with
//! the process however it ends, and which commands do not inherit.
#![expect(clippy::disallowed_methods, reason = "a directory that is made here, not the project")]

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

const PREFIX: &str = "tiro-session-";
const LOCK: &str = "lock";
/// Somebody may sweep between the making and the locking; more often than this
/// it is no accident.
const TRIES: usize = 20;

/// A directory that is removed with this value.
#[derive(Debug)]
pub struct SessionDirectory {
    path: PathBuf,
    _lock: File,
}

impl SessionDirectory {
    /// Makes one in the first of `places` that exists, lies neither in nor above
    /// one of `others` and has room. None when there is no such place: then each
    /// command has a directory of its own.
    #[must_use]
    pub fn new(places: &[PathBuf], others: &[PathBuf]) -> Option<Self> {
        let others: Vec<PathBuf> =
            others.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let apart = |place: &PathBuf| {
            place.parent().is_some() && !others.iter().any(|other| place.starts_with(other))
        };
        let mut places = places.iter().filter_map(|place| place.canonicalize().ok()).filter(apart);
        places.find_map(|place| Self::new_in(&place).ok())
    }

    fn new_in(place: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            let mut builder = tempfile::Builder::new();
            builder.prefix(PREFIX);
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
            let path = builder.tempdir_in(place)?.keep();
            match lock(&path, true) {
                Ok(Some(lock)) => return Ok(Self { path, _lock: lock }),
                // It was swept up before it was locked.
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    remove(&path);
                    return Err(error);
                }
            }
        }
        Err(io::Error::other("others keep removing it"))
    }

    /// Absolute, free of links, mode 0700.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SessionDirectory {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes the directories in `places` that no session uses any more. May take
/// as long as removing a large cache does.
pub fn sweep(places: &[PathBuf]) {
    for entry in places.iter().filter_map(|place| fs::read_dir(place).ok()).flatten().flatten() {
        let path = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) || !is_own(&path) {
            continue;
        }
        match lock(&path, false) {
            Ok(Some(_lock)) => remove(&path),
            Ok(None) => {}
            // Not locked yet, or never: what has something in it is not removed by this.
            Err(_) => {
                let _ = fs::remove_dir(&path);
            }
        }
    }
}

/// The lock of a directory; none while somebody else has it, or when it is gone.
fn lock(directory: &Path, make: bool) -> io::Result<Option<File>> {
    let path = directory.join(LOCK);
    let file = File::options().read(true).write(true).create(make).truncate(false).open(&path)?;
    match file.try_lock() {
        Ok(()) if path.exists() => Ok(Some(file)),
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether it is a directory of this user; nobody else's is touched.
fn is_own(path: &Path) -> bool {
    let Ok(found) = path.symlink_metadata() else { return false };
    #[cfg(unix)]
    let own = std::os::unix::fs::MetadataExt::uid(&found) == rustix::process::geteuid().as_raw();
    #[cfg(not(unix))]
    let own = true;
    own && found.is_dir()
}

/// The lock goes last, so that what is left of a removal that was cut short is
/// still swept up.
fn remove(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name() == LOCK {
            continue;
        }
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let _ = fs::remove_file(path);
        } else if fs::remove_dir_all(&path).is_err() {
            open_up(&path);
            let _ = fs::remove_dir_all(path);
        }
    }
    // What cannot be removed now is left to the next sweep.
    if fs::read_dir(directory).is_ok_and(|entries| entries.count() <= 1) {
        let _ = fs::remove_dir_all(directory);
    }
}

/// A command may have taken its own rights to a directory away, and so does the
/// overlay to the one it works in.
fn open_up(directory: &Path) {
    #[cfg(unix)]
    let _ = fs::set_permissions(directory, std::os::unix::fs::PermissionsExt::from_mode(0o700));
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn names(place: &Path) -> usize {
        fs::read_dir(place).expect("readable").count()
    }

    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("room");
        let path = directory.path().canonicalize().expect("it exists");
        (directory, path)
    }

    #[test]
    fn it_goes_with_its_session_whatever_is_in_it() {
        let (_kept, place) = place();
        let session = SessionDirectory::new(from_ref(&place), &[]).expect("room");
        let inner = session.path().join("home/work/work");
        fs::create_dir_all(&inner).expect("room");
        fs::write(session.path().join("file"), "").expect("room");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = session.path().metadata().expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
            fs::set_permissions(inner, fs::Permissions::from_mode(0o000)).expect("it is ours");
        }
        drop(session);
        assert_eq!(names(&place), 0);
    }

    #[test]
    fn only_what_nobody_holds_is_swept_up() {
        let (_kept, place) = place();
        let held = SessionDirectory::new(from_ref(&place), &[]).expect("room");
        let stale = place.join("tiro-session-stale");
        fs::create_dir_all(stale.join("home/upper")).expect("room");
        fs::write(stale.join(LOCK), "").expect("room");
        for other in ["tiro-session-without/lock-of-another-kind", "other/lock"] {
            fs::create_dir_all(place.join(other)).expect("room");
        }
        fs::create_dir(place.join("tiro-session-empty")).expect("room");
        sweep(from_ref(&place));
        assert!(held.path().exists() && !stale.exists());
        assert!(place.join("tiro-session-without").exists() && place.join("other").exists());
        assert!(!place.join("tiro-session-empty").exists());
    }

    #[test]
    fn it_is_not_made_where_commands_may_write() {
        let (_kept, place) = place();
        for name in ["home/tmp", "free"] {
            fs::create_dir_all(place.join(name)).expect("room");
        }
        let places = [place.join("home/tmp"), place.join("missing"), place.join("free")];
        let others = [place.join("home")];
        let session = SessionDirectory::new(&places, &others).expect("room");
        assert!(session.path().starts_with(place.join("free")));
        assert!(SessionDirectory::new(&places, from_ref(&place)).is_none());
        assert!(SessionDirectory::new(&["/".into()], &[]).is_none());
    }

    #[test]
    fn sessions_begin_while_others_sweep() {
        let (_kept, place) = place();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let made = SessionDirectory::new(from_ref(&place), &[]).expect("room");
                        sweep(from_ref(&place));
                        assert!(made.path().join(LOCK).exists());
                    }
                });
            }
        });
        assert_eq!(names(&place), 0);
    }
}
