//! Directories of a session's own: the temporary one, and the layer that takes
//! what tools change in the home directory. Made by the keeper; `temporary` has
//! those that are only for one command.

use std::{
    fs, io,
    os::{fd::OwnedFd, unix::fs::PermissionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, Mode, OFlags, flock};

use super::temporary::Temporary;

/// The directories of one command.
#[derive(Debug, Default)]
pub(super) struct Private {
    /// What `TMPDIR` will be; none where no permission grants one.
    pub(super) temp: Option<PathBuf>,
    /// An upper and a work directory for the home directory, where they are kept.
    pub(super) home: Option<(PathBuf, PathBuf)>,
    /// Removed in the end.
    owned: Option<Temporary>,
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
                let owned = private.owned.insert(Temporary::new()?);
                Some(owned.path().to_path_buf())
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

#[cfg(test)]
mod tests {
    use super::*;

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
