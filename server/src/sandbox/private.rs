//! Directories of a session's own: the temporary one, and the layer that takes
//! what tools change in the home directory. Made by the keeper, and removed by
//! it when they are only for one command.

use std::{
    fs, io,
    os::{fd::OwnedFd, unix::fs::PermissionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, Mode, OFlags, flock};

/// The directories of one command.
#[derive(Debug, Default)]
pub(super) struct Private {
    /// What `TMPDIR` will be; none where no permission grants one.
    pub(super) temp: Option<PathBuf>,
    /// An upper and a work directory for the home directory.
    pub(super) home: Option<(PathBuf, PathBuf)>,
    /// Removed in the end.
    owned: Option<PathBuf>,
    /// Two commands cannot use one layer at a time.
    lock: Option<OwnedFd>,
}

impl Private {
    /// Only a temporary directory, which is somebody else's.
    pub(super) fn given(temp: Option<PathBuf>) -> Self {
        Self { temp, home: None, owned: None, lock: None }
    }

    /// Makes what is needed: in `state` when that is given and no other command
    /// uses it at the moment, else in the system's temporary directory.
    ///
    /// # Errors
    /// When there is no room, or no right, to make one.
    pub(super) fn new(temp: Option<&Path>, state: Option<&Path>, home: bool) -> io::Result<Self> {
        let mut private = Self::default();
        let kept = state.map(|state| state.join("home"));
        if let Some(kept) = kept.as_deref().filter(|_| home) {
            fs::create_dir_all(kept)?;
            private.lock = try_lock(kept);
        }
        let layer_is_kept = private.lock.is_some();
        if temp.is_none() && state.is_none() || home && !layer_is_kept {
            let only_own = fs::Permissions::from_mode(0o700);
            let made = tempfile::Builder::new().prefix("tiro-").permissions(only_own).tempdir()?;
            private.owned = Some(made.keep().canonicalize()?);
        }
        private.temp = match (temp, state, &private.owned) {
            (Some(temp), ..) => Some(temp.to_path_buf()),
            (None, Some(state), _) => Some(made(state.join("tmp"))?),
            (None, None, Some(owned)) => Some(made(owned.join("tmp"))?),
            (None, None, None) => None,
        };
        let layer = if layer_is_kept { kept } else { private.owned.clone() };
        if let Some(layer) = layer.filter(|_| home) {
            private.home = Some((made(layer.join("upper"))?, made(layer.join("work"))?));
        }
        Ok(private)
    }
}

fn made(path: PathBuf) -> io::Result<PathBuf> {
    fs::create_dir_all(&path)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    Ok(path)
}

fn try_lock(directory: &Path) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = rustix::fs::open(directory, flags, Mode::empty()).ok()?;
    flock(&directory, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(directory)
}

impl Drop for Private {
    fn drop(&mut self) {
        let Some(owned) = &self.owned else { return };
        #[expect(clippy::disallowed_methods, reason = "a directory that was made here")]
        if fs::remove_dir_all(owned).is_err() {
            open_up(owned);
            // What cannot be removed is left to the system's own cleaning.
            let _ = fs::remove_dir_all(owned);
        }
    }
}

/// A command may have taken its own rights to a directory away.
fn open_up(directory: &Path) {
    let _ = fs::set_permissions(directory, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_one_command_goes_with_it() {
        let private = Private::new(None, None, true).expect("room");
        let temp = private.temp.clone().expect("a directory");
        let closed = temp.join("closed");
        fs::create_dir_all(closed.join("inner")).expect("room");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("it is ours");
        assert!(private.home.is_some());
        drop(private);
        assert!(!temp.exists() && !temp.parent().expect("a parent").exists());
    }

    #[test]
    fn a_session_keeps_its_layer_and_a_second_command_gets_its_own() {
        let state = tempfile::tempdir().expect("room");
        let first = Private::new(None, Some(state.path()), true).expect("room");
        let second = Private::new(None, Some(state.path()), true).expect("room");
        let upper = |private: &Private| private.home.clone().expect("a layer").0;
        assert_eq!(upper(&first), state.path().join("home/upper"));
        assert!(!upper(&second).starts_with(state.path()));
        assert_eq!(first.temp, second.temp);
        drop((first, second));
        let third = Private::new(None, Some(state.path()), true).expect("room");
        assert_eq!(upper(&third), state.path().join("home/upper"));
    }
}
