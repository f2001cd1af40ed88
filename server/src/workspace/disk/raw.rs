//! Files as bytes, links and modes: what a text edit cannot say. For taking back
//! what a command did; texts go through a plan.

use std::{
    ffi::{OsStr, OsString},
    fs::{File, OpenOptions},
    hash::{BuildHasher as _, RandomState},
    io::{self, Read as _, Write as _},
    os::{
        fd::OwnedFd,
        unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
};

use rustix::fs::{self, AtFlags, Mode, OFlags};

use super::{
    super::{is_within, resolve},
    // A link that somebody puts in the way since `place` is an error.
    directory::open,
};

/// The bits of a mode that `chmod` sets.
pub const MODE_BITS: u32 = 0o7777;

/// What is at a path; a link is not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// Nothing.
    Absent,
    /// A regular file.
    File {
        /// All of it.
        bytes: Vec<u8>,
        /// As `chmod` takes it.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// As written.
        target: PathBuf,
    },
}

/// Why something is not a [`Raw`].
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// More bytes than were asked for at most.
    #[error("it has {0} bytes, which is too large")]
    TooLarge(u64),
    /// A directory, a socket, a device.
    #[error("it is neither a file nor a link")]
    Special,
    /// What the system says.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Looks at a path. Never waits for a FIFO or a device.
///
/// # Errors
/// What is there is special, has more than `cap` bytes, or cannot be read.
pub fn look(path: &Path, cap: u64) -> Result<Raw, LookError> {
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => return Ok(Raw::Absent),
            _ => return Err(error.into()),
        },
    };
    if metadata.is_symlink() {
        return Ok(Raw::Link { target: path.read_link()? });
    }
    if !metadata.is_file() {
        return Err(LookError::Special);
    }
    if metadata.len() > cap {
        return Err(LookError::TooLarge(metadata.len()));
    }
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    // What was looked at may have been replaced in between.
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(LookError::Special);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    file.take(cap + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > cap {
        return Err(LookError::TooLarge(bytes.len() as u64));
    }
    Ok(Raw::File { bytes, mode: metadata.mode() & MODE_BITS })
}

/// Puts something at a path from one moment to the next, or takes away what is
/// there. Folders that are missing are made.
///
/// # Errors
/// The path leads through a link, or out of `roots`, which are canonical; or
/// what the system says. Then nothing was changed but folders.
pub fn put(roots: &[PathBuf], path: &Path, raw: &Raw) -> io::Result<()> {
    let (parent, name) = place(roots, path)?;
    if *raw != Raw::Absent {
        make_parents(parent)?;
    }
    let directory = open(parent)?;
    match raw {
        Raw::Absent => Ok(fs::unlinkat(&directory, name, AtFlags::empty())?),
        Raw::File { bytes, mode } => {
            let (temporary, mut file) = temporary(&directory)?;
            let written = file
                .write_all(bytes)
                .and_then(|()| Ok(fs::fchmod(&file, Mode::from_raw_mode(*mode))?))
                .and_then(|()| file.sync_all());
            move_in(&directory, &temporary, name, written)
        }
        Raw::Link { target } => {
            let temporary = temporary_name();
            fs::symlinkat(target, &directory, &temporary)?;
            move_in(&directory, &temporary, name, Ok(()))
        }
    }
}

/// Gives a regular file its mode.
///
/// # Errors
/// As [`put`].
pub fn set_mode(roots: &[PathBuf], path: &Path, mode: u32) -> io::Result<()> {
    let (parent, name) = place(roots, path)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = fs::openat(open(parent)?, name, flags, Mode::empty())?;
    Ok(fs::fchmod(&file, Mode::from_raw_mode(mode))?)
}

fn place<'a>(roots: &[PathBuf], path: &'a Path) -> io::Result<(&'a Path, &'a OsStr)> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let real = resolve(parent, parent).map_err(io::Error::other)?;
    if real != parent || !is_within(path, roots) {
        return Err(io::Error::other("it leads through a link, or out of the workspace"));
    }
    Ok((parent, name))
}

fn make_parents(parent: &Path) -> io::Result<()> {
    let missing: Vec<&Path> =
        parent.ancestors().take_while(|folder| folder.symlink_metadata().is_err()).collect();
    for folder in missing.into_iter().rev() {
        if let (Some(above), Some(name)) = (folder.parent(), folder.file_name()) {
            fs::mkdirat(open(above)?, name, Mode::from_raw_mode(0o777))?;
        }
    }
    Ok(())
}

fn temporary_name() -> OsString {
    let number = RandomState::new().hash_one(std::process::id());
    OsString::from(format!(".tiro-{number:016x}.tmp"))
}

fn temporary(directory: &OwnedFd) -> io::Result<(OsString, File)> {
    let name = temporary_name();
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let handle = fs::openat(directory, &name, flags, Mode::from_raw_mode(0o600))?;
    Ok((name, File::from(handle)))
}

fn move_in(
    directory: &OwnedFd,
    temporary: &OsStr,
    name: &OsStr,
    written: io::Result<()>,
) -> io::Result<()> {
    let moved = written.and_then(|()| Ok(fs::renameat(directory, temporary, directory, name)?));
    if moved.is_err() {
        // The error that counts is the first.
        let _ = fs::unlinkat(directory, temporary, AtFlags::empty());
    }
    moved
}
