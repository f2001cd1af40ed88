//! Temporary directories that are for one command each: made and removed by its
//! keeper, and swept up by the next launcher when a keeper was killed.
//!
//! A directory is in use for as long as its lock is held, which no reuse of a
//! process number can fake. All of one user lie in one place, that holds nothing
//! else, so that nothing else can be swept away.

use std::{
    fs::{self, Permissions},
    io,
    os::{
        fd::OwnedFd,
        unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock, fstat},
    io::Errno,
    process::geteuid,
};

const PREFIX: &str = "run-";
/// A sweep may take a directory before it is locked; more often than this it is
/// no accident.
const TRIES: usize = 100;

/// A directory that is removed with this value.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    /// None where the file system has no locks; then nobody sweeps it either.
    _lock: Option<OwnedFd>,
}

/// What became of taking the lock of a directory.
pub(super) enum Lock {
    Held(OwnedFd),
    /// Someone else has it, or the directory is gone.
    Taken,
    /// There are no locks here.
    Impossible,
}

impl Temporary {
    /// A new one, below `TMPDIR` or the system's directory.
    ///
    /// # Errors
    /// When there is no room, or no right, to make one.
    pub(super) fn new() -> io::Result<Self> {
        Self::new_in(&std::env::temp_dir())
    }

    fn new_in(system: &Path) -> io::Result<Self> {
        let system = system.canonicalize()?;
        let mut builder = tempfile::Builder::new();
        builder.permissions(Permissions::from_mode(0o700));
        let place = place(&system);
        for _ in 0..TRIES {
            match fs::DirBuilder::new().mode(0o700).create(&place) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            match place.symlink_metadata() {
                Ok(found) if is_own(&found) => {}
                // Somebody took the name: as private, but nobody sweeps it.
                Ok(_) => {
                    let path = builder.prefix("tiro-").tempdir_in(&system)?.keep();
                    return Ok(Self { path, _lock: None });
                }
                Err(_) => continue,
            }
            let path = match builder.prefix(PREFIX).tempdir_in(&place) {
                Ok(directory) => directory.keep(),
                // Another command was the last one until now, and cleaned up.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            match lock(&path) {
                Lock::Held(lock) => return Ok(Self { path, _lock: Some(lock) }),
                Lock::Impossible => return Ok(Self { path, _lock: None }),
                // It was swept up before it was locked.
                Lock::Taken => {}
            }
        }
        Err(io::Error::other("others keep removing it"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        remove(&self.path);
        if let Some(place) = self.path.parent() {
            remove_place(place);
        }
    }
}

/// Removes what killed keepers left behind.
pub(super) fn sweep() {
    sweep_in(&std::env::temp_dir());
}

fn sweep_in(system: &Path) {
    let place = place(system);
    if !place.symlink_metadata().is_ok_and(|found| is_own(&found)) {
        return;
    }
    for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if let Lock::Held(_lock) = if ours { lock(&entry.path()) } else { Lock::Taken } {
            remove(&entry.path());
        }
    }
    remove_place(&place);
}

fn place(system: &Path) -> PathBuf {
    system.join(format!("tiro-{}", geteuid().as_raw()))
}

/// Nobody but this user can have put anything there.
fn is_own(place: &fs::Metadata) -> bool {
    place.is_dir() && place.uid() == geteuid().as_raw() && place.mode() & 0o077 == 0
}

/// Only the last command of all can: a directory with another in it stays.
fn remove_place(place: &Path) {
    if place.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tiro-")) {
        let _ = fs::remove_dir(place);
    }
}

/// Takes the lock of a directory, if nobody has it.
pub(super) fn lock(path: &Path) -> Lock {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(directory) => directory,
        // A command can take its own right to read it away, but not while it is locked.
        Err(Errno::ACCESS) if fs::set_permissions(path, Permissions::from_mode(0o700)).is_ok() => {
            match rustix::fs::open(path, flags, Mode::empty()) {
                Ok(directory) => directory,
                Err(_) => return Lock::Taken,
            }
        }
        Err(_) => return Lock::Taken,
    };
    match flock(&directory, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Lock::Taken,
        Err(_) => return Lock::Impossible,
    }
    let same = || Some(fstat(&directory).ok()?.st_ino == path.symlink_metadata().ok()?.ino());
    if same() == Some(true) { Lock::Held(directory) } else { Lock::Taken }
}

fn remove(directory: &Path) {
    #[expect(clippy::disallowed_methods, reason = "a directory that was made here")]
    if fs::remove_dir_all(directory).is_err() {
        open_up(directory);
        // What cannot be removed is left to the next sweep.
        let _ = fs::remove_dir_all(directory);
    }
}

/// A command may have taken its own rights to a directory away.
fn open_up(directory: &Path) {
    let _ = fs::set_permissions(directory, Permissions::from_mode(0o700));
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(system: &Path) -> usize {
        fs::read_dir(system).expect("readable").count()
    }

    #[test]
    fn what_is_for_one_command_goes_with_it() {
        let system = tempfile::tempdir().expect("room");
        let temporary = Temporary::new_in(system.path()).expect("room");
        let closed = temporary.path().join("closed");
        fs::create_dir_all(closed.join("inner")).expect("room");
        fs::set_permissions(&closed, Permissions::from_mode(0o000)).expect("it is ours");
        assert_eq!(names(system.path()), 1);
        drop(temporary);
        assert_eq!(names(system.path()), 0);
    }

    #[test]
    fn only_what_nobody_holds_is_swept_up() {
        let system = tempfile::tempdir().expect("room");
        let held = Temporary::new_in(system.path()).expect("room");
        let place = held.path().parent().expect("it has one").to_path_buf();
        let stale = place.join("run-of-the-dead");
        fs::create_dir_all(stale.join("inner")).expect("room");
        fs::create_dir(place.join("other")).expect("room");
        sweep_in(system.path());
        assert!(held.path().exists() && !stale.exists() && place.join("other").exists());
        fs::remove_dir(place.join("other")).expect("it is there");
        drop(held);
        assert_eq!(names(system.path()), 0);
    }

    #[test]
    fn a_place_of_somebody_else_is_not_used() {
        let system = tempfile::tempdir().expect("room");
        let target = system.path().join("target");
        fs::create_dir_all(target.join("run-x")).expect("room");
        std::os::unix::fs::symlink(&target, place(system.path())).expect("a link");
        let temporary = Temporary::new_in(system.path()).expect("room");
        assert_eq!(temporary.path().parent(), system.path().canonicalize().ok().as_deref());
        sweep_in(system.path());
        assert!(target.join("run-x").exists());
        drop(temporary);
        assert_eq!(names(system.path()), 2);
    }

    #[test]
    fn directories_are_made_while_others_sweep() {
        let system = tempfile::tempdir().expect("room");
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let made = Temporary::new_in(system.path()).expect("room");
                        assert!(made.path().exists());
                        sweep_in(system.path());
                        assert!(made.path().exists());
                    }
                });
            }
        });
        assert_eq!(names(system.path()), 0);
    }
}
