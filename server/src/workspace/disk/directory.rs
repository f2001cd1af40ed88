//! One directory, held open: names are looked up in it and nowhere else, so
//! nobody can put a link in the way between a check and a write.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    hash::{BuildHasher as _, RandomState},
    io::{self, Write as _},
    os::fd::OwnedFd,
    path::{Component, Path},
};

use super::{
    attributes::{self, Attributes},
    faults::Faults,
};
use rustix::{
    fs::{self, AtFlags, CWD, Mode, OFlags},
    io::Errno,
};

/// Tries to find a name that is not taken.
const NAME_TRIES: usize = 16;

#[derive(Debug)]
pub(super) struct Directory {
    handle: OwnedFd,
    writing: Writing,
}

/// What all writes of one transaction share.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    /// In the names of temporary files, so that those of a process that was
    /// killed are known.
    pub(super) id: u64,
    pub(super) faults: Faults,
}

/// What a file gets.
pub(super) struct Content<'a> {
    pub(super) text: &'a str,
    /// None: those of a new file.
    pub(super) attributes: Option<&'a Attributes>,
    /// None: as the attributes say.
    pub(super) executable: Option<bool>,
}

impl Directory {
    /// As [`open`].
    pub(super) fn open(path: &Path, writing: &Writing) -> io::Result<Self> {
        writing.faults.at("open a directory")?;
        Ok(Self { handle: open(path)?, writing: writing.clone() })
    }

    /// Makes the directory `name` in it, if it is not there; tells whether.
    pub(super) fn make(&self, name: &OsStr) -> io::Result<bool> {
        self.writing.faults.at("make a directory")?;
        match fs::mkdirat(&self.handle, name, Mode::from_raw_mode(0o777)) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the directory `name` in it, if it is empty.
    pub(super) fn remove_directory(&self, name: &OsStr) -> io::Result<()> {
        self.writing.faults.at("remove a directory")?;
        Ok(fs::unlinkat(&self.handle, name, AtFlags::REMOVEDIR)?)
    }

    /// Opens a regular file; a link is an error.
    pub(super) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        self.writing.faults.at("open a file")?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(File::from(fs::openat(&self.handle, name, flags, Mode::empty())?))
    }

    /// Whether anything has the name, a dangling link too.
    pub(super) fn has(&self, name: &OsStr) -> io::Result<bool> {
        match fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether an open file of it can be executed from now on.
    pub(super) fn set_executable(&self, file: &File, executable: bool) -> io::Result<()> {
        self.writing.faults.at("change a mode")?;
        attributes::set_executable(file, executable)
    }

    /// Gives an open file of it a mode.
    pub(super) fn set_mode(&self, file: &File, mode: u32) -> io::Result<()> {
        self.writing.faults.at("change a mode")?;
        Ok(fs::fchmod(file, Mode::from_raw_mode(mode))?)
    }

    pub(super) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        self.writing.faults.at("remove a file")?;
        fs::unlinkat(&self.handle, name, AtFlags::empty())?;
        self.sync();
        Ok(())
    }

    /// A new file appears under `name` with all its content, or not at all.
    /// `AlreadyExists` when the name is taken.
    pub(super) fn create(&self, name: &OsStr, content: &Content<'_>) -> io::Result<()> {
        self.with_temporary(content, |temporary| self.rename_to_new(temporary, name))
    }

    /// The file under `name` has the new content from one moment to the next. It
    /// is another file then: other names of the old one (hard links) keep the old
    /// content, which is the price of never showing half of it.
    pub(super) fn replace(&self, name: &OsStr, content: &Content<'_>) -> io::Result<()> {
        self.with_temporary(content, |temporary| {
            self.writing.faults.at("rename over")?;
            Ok(fs::renameat(&self.handle, temporary, &self.handle, name)?)
        })
    }

    fn with_temporary(
        &self,
        content: &Content<'_>,
        rename: impl FnOnce(&OsStr) -> io::Result<()>,
    ) -> io::Result<()> {
        let (name, file) = self.temporary(content.attributes.is_some())?;
        let written = self.fill(file, content).and_then(|()| rename(&name));
        if written.is_err() {
            // It carries part of the new text; the error that counts is the first.
            let _ = fs::unlinkat(&self.handle, &name, AtFlags::empty());
        }
        written?;
        self.sync();
        Ok(())
    }

    fn temporary(&self, private: bool) -> io::Result<(OsString, File)> {
        self.writing.faults.at("make a temporary file")?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // A new file gets what the umask leaves; nobody reads over the shoulder
        // while one with attributes is filled.
        let mode = Mode::from_raw_mode(if private { 0o600 } else { 0o666 });
        for _ in 0..NAME_TRIES {
            let number = RandomState::new().hash_one(std::process::id());
            let name = OsString::from(format!("{}{number:016x}.tmp", prefix(self.writing.id)));
            match fs::openat(&self.handle, &name, flags, mode) {
                Ok(handle) => return Ok((name, File::from(handle))),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn rename_to_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        use rustix::fs::RenameFlags;
        self.writing.faults.at("rename")?;
        match fs::renameat_with(&self.handle, from, &self.handle, to, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            // Not every file system can; then a moment between look and rename remains.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                if self.has(to)? {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                Ok(fs::renameat(&self.handle, from, &self.handle, to)?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// So that a rename survives a power cut. Where the file system or the
    /// rights do not allow it, the content itself is still synced.
    fn sync(&self) {
        if self.writing.faults.at("sync a directory").is_err() {
            return;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if let Ok(handle) = fs::openat(&self.handle, ".", flags, Mode::empty()) {
            let _ = fs::fsync(handle);
        }
    }

    fn fill(&self, mut file: File, content: &Content<'_>) -> io::Result<()> {
        self.writing.faults.at("write")?;
        file.write_all(content.text.as_bytes())?;
        if let Some(attributes) = content.attributes {
            attributes.give(&file)?;
        }
        if let Some(executable) = content.executable {
            self.set_executable(&file, executable)?;
        }
        self.writing.faults.at("sync a file")?;
        Ok(fs::fsync(&file)?)
    }
}

/// Opens an absolute path step by step; a link on the way is an error (`ELOOP` or
/// `ENOTDIR`).
pub(super) fn open(path: &Path) -> io::Result<OwnedFd> {
    let step = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // Passing through needs no right to list.
    #[cfg(target_os = "linux")]
    let pass = step | OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    let pass = step | OFlags::RDONLY;
    let mut handle = fs::openat(CWD, "/", pass, Mode::empty())?;
    for component in path.components() {
        match component {
            Component::Normal(name) => {
                handle = fs::openat(&handle, name, pass, Mode::empty())?;
            }
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => {
                return Err(io::ErrorKind::InvalidInput.into());
            }
        }
    }
    Ok(handle)
}

fn prefix(id: u64) -> String {
    format!(".tiro-{id:016x}-")
}

/// Removes what the transaction `id` of a process that was killed left in a
/// directory.
pub(super) fn remove_temporaries(directory: &Path, id: u64) {
    let writing = Writing { id, faults: Faults::default() };
    let (Ok(directory), Ok(entries)) =
        (Directory::open(directory, &writing), std::fs::read_dir(directory))
    else {
        return;
    };
    for name in entries.flatten().map(|entry| entry.file_name()) {
        if name.as_encoded_bytes().starts_with(prefix(id).as_bytes()) {
            let _ = directory.remove_file(&name);
        }
    }
}
