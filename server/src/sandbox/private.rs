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
    /// An upper and a work directory for the home directory, where they are kept.
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

    /// Makes what is needed: in `state` when that is given, else in the system's
    /// temporary directory. There is no layer for the `home` without `state`, or
    /// while another command uses it.
    ///
    /// # Errors
    /// When there is no room, or no right, to make one.
    pub(super) fn new(temp: Option<&Path>, state: Option<&Path>, home: bool) -> io::Result<Self> {
        let mut private = Self::default();
        if let Some(kept) = state.filter(|_| home).map(|state| state.join("home")) {
            fs::create_dir_all(&kept)?;
            private.lock = try_lock(&kept);
            if private.lock.is_some() {
                private.home = Some((made(kept.join("upper"))?, made(kept.join("work"))?));
            }
        }
        private.temp = match (temp, state) {
            (Some(temp), _) => Some(temp.to_path_buf()),
            (None, Some(state)) => Some(made(state.join("tmp"))?),
            (None, None) => {
                let only_own = fs::Permissions::from_mode(0o700);
                let builder =
                    tempfile::Builder::new().prefix("tiro-").permissions(only_own).tempdir();
                private.owned = Some(builder?.keep().canonicalize()?);
                private.owned.clone()
            }
        };
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
        assert_eq!(private.home, None);
        drop(private);
        assert!(!temp.exists());
    }

    #[test]
    fn a_session_keeps_its_layer_and_two_commands_do_not_share_it() {
        let state = tempfile::tempdir().expect("room");
        let layer = || Private::new(None, Some(state.path()), true).expect("room");
        let (first, second) = (layer(), layer());
        let upper = |private: &Private| private.home.clone().map(|(upper, _)| upper);
        assert_eq!(upper(&first), Some(state.path().join("home/upper")));
        assert_eq!((upper(&second), &second.temp), (None, &first.temp));
        drop((first, second));
        assert_eq!(upper(&layer()), Some(state.path().join("home/upper")));
    }
}
