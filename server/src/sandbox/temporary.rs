//! Temporary directories that are for one command each: made and removed by its
//! keeper, and swept up by the next launcher when a keeper was killed.
//!
//! A directory is in use for as long as its lock is held, which no reuse of a
//! process number can fake. All of one user lie in one place, that holds nothing
//! else, so that nothing else can be swept away.

use std::{
    ffi::{OsStr, OsString},
    fs::Permissions,
    io,
    os::{
        fd::{AsFd, AsRawFd as _, OwnedFd},
        unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{
        AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, Stat, flock, fstat, mkdir, open,
        openat, rmdir, statat, unlinkat,
    },
    io::Errno,
    process::geteuid,
};

const PREFIX: &str = "run-";
/// A sweep may take a directory before it is locked; more often than this it is
/// no accident.
const TRIES: usize = 100;
/// Never through a link: a command that may write there could put one in the way.
const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A directory that is removed with this value.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    /// What it is in.
    place: OwnedFd,
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
        let path = place(&system);
        for _ in 0..TRIES {
            match mkdir(&path, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            let place = match open_own(&path) {
                Ok(place) => place,
                Err(Errno::NOENT) => continue,
                // Somebody took the name: as private, but nobody sweeps it.
                Err(_) => {
                    let path = builder.prefix("tiro-").tempdir_in(&system)?.keep();
                    let place = open(&system, DIRECTORY, Mode::empty())?;
                    return Ok(Self { path, place, _lock: None });
                }
            };
            let path = match builder.prefix(PREFIX).tempdir_in(&path) {
                Ok(directory) => directory.keep(),
                // Another command was the last one until now, and cleaned up.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            match lock(&place, name(&path)) {
                Lock::Held(lock) => return Ok(Self { path, place, _lock: Some(lock) }),
                Lock::Impossible => return Ok(Self { path, place, _lock: None }),
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
        // What cannot be removed is left to the next sweep.
        let _ = remove(&self.place, name(&self.path));
        let place = self.path.parent().filter(|place| name(place).as_bytes().starts_with(b"tiro-"));
        // Only the last command of all can: a directory with another in it stays.
        let _ = place.map(rmdir);
    }
}

/// Removes what killed keepers left behind.
pub(super) fn sweep() {
    sweep_in(&std::env::temp_dir());
}

fn sweep_in(system: &Path) {
    let path = place(system);
    let Ok(place) = open_own(&path) else { return };
    for name in names(&place).unwrap_or_default() {
        let ours = name.as_bytes().starts_with(PREFIX.as_bytes());
        if let Lock::Held(_lock) = if ours { lock(&place, &name) } else { Lock::Taken } {
            let _ = remove(&place, &name);
        }
    }
    let _ = rmdir(&path);
}

fn place(system: &Path) -> PathBuf {
    system.join(format!("tiro-{}", geteuid().as_raw()))
}

fn name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}

/// The place, if nobody but this user can have put anything there.
fn open_own(path: &Path) -> rustix::io::Result<OwnedFd> {
    let place = open(path, DIRECTORY, Mode::empty())?;
    let found = fstat(&place)?;
    let own = is_ours(&found) && found.st_mode & 0o077 == 0;
    if own { Ok(place) } else { Err(Errno::PERM) }
}

fn is_ours(found: &Stat) -> bool {
    found.st_uid == geteuid().as_raw()
}

fn names(directory: &OwnedFd) -> rustix::io::Result<Vec<OsString>> {
    let names = Dir::read_from(directory)?
        .filter_map(Result::ok)
        .map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned());
    Ok(names.filter(|name| name != "." && name != "..").collect())
}

/// Takes the lock of the directory `name` in `place`, if nobody has it.
pub(super) fn lock(place: impl AsFd, name: &OsStr) -> Lock {
    let Ok(directory) = open_up(&place, name) else { return Lock::Taken };
    match flock(&directory, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Lock::Taken,
        Err(_) => return Lock::Impossible,
    }
    let same = || {
        let (held, there) = (fstat(&directory), statat(&place, name, AtFlags::SYMLINK_NOFOLLOW));
        let (held, there) = (held.ok()?, there.ok()?);
        Some((held.st_dev, held.st_ino) == (there.st_dev, there.st_ino) && is_ours(&held))
    };
    if same() == Some(true) { Lock::Held(directory) } else { Lock::Taken }
}

/// Opens a directory, also where a command took its own right to away.
fn open_up(place: impl AsFd, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    match openat(&place, name, DIRECTORY, Mode::empty()) {
        Err(Errno::ACCESS) => {}
        other => return other,
    }
    let directory = openat(&place, name, DIRECTORY | OFlags::PATH, Mode::empty())?;
    let same = format!("/proc/self/fd/{}", directory.as_raw_fd());
    rustix::fs::chmodat(CWD, same, Mode::RWXU, AtFlags::empty())?;
    openat(&place, name, DIRECTORY, Mode::empty())
}

/// Removes the directory `name` in `place` with all that is in it.
fn remove(place: &OwnedFd, name: &OsStr) -> rustix::io::Result<()> {
    let directory = open_up(place, name)?;
    for entry in names(&directory)? {
        let found = statat(&directory, &entry, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
            remove(&directory, &entry)?;
            continue;
        }
        if unlinkat(&directory, &entry, AtFlags::empty()) == Err(Errno::ACCESS) {
            rustix::fs::fchmod(&directory, Mode::RWXU)?;
            unlinkat(&directory, &entry, AtFlags::empty())?;
        }
    }
    match unlinkat(place, name, AtFlags::REMOVEDIR) {
        Err(Errno::ACCESS) => {
            rustix::fs::fchmod(place, Mode::RWXU)?;
            unlinkat(place, name, AtFlags::REMOVEDIR)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn count(system: &Path) -> usize {
        fs::read_dir(system).expect("readable").count()
    }

    #[test]
    fn what_is_for_one_command_goes_with_it() {
        let system = tempfile::tempdir().expect("room");
        let temporary = Temporary::new_in(system.path()).expect("room");
        let closed = temporary.path().join("closed");
        fs::create_dir_all(closed.join("inner")).expect("room");
        std::os::unix::fs::symlink("/etc", temporary.path().join("link")).expect("a link");
        fs::set_permissions(&closed, Permissions::from_mode(0o000)).expect("it is ours");
        assert_eq!(count(system.path()), 1);
        drop(temporary);
        assert_eq!(count(system.path()), 0);
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
        assert_eq!(count(system.path()), 0);
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
        assert_eq!(count(system.path()), 2);
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
        assert_eq!(count(system.path()), 0);
    }
}
