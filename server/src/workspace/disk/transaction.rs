//! Writes the files of a plan one by one, and takes them back.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    super::{Applied, ApplyError, Delivery, PathError, ReadError, is_within, resolve},
    attributes::{self, Attributes},
    directory::{Content, Directory, Writing},
    faults::Faults,
    journal::Note,
    text_of,
};
use crate::edits::FileEdit;

/// What was written so far. It has to be ended by [`Transaction::commit`] or
/// [`Transaction::roll_back`]; dropped without, it takes everything back.
#[derive(Debug)]
pub struct Transaction {
    roots: Vec<PathBuf>,
    undo: Vec<Undo>,
    writing: Writing,
    /// Forgotten when everything is done or taken back.
    _note: Note,
}

/// The way back from one step. It is only gone when the file is as we left it.
#[derive(Debug)]
enum Undo {
    RemoveDirectory {
        path: PathBuf,
        /// Nobody made it yet when this was noted.
        expected: bool,
    },
    Remove {
        path: PathBuf,
        written: Arc<str>,
    },
    Rewrite {
        path: PathBuf,
        written: Arc<str>,
        base: Arc<str>,
        attributes: Attributes,
    },
    Mode {
        path: PathBuf,
        given: u32,
        before: u32,
    },
    Recreate {
        path: PathBuf,
        base: Arc<str>,
        attributes: Attributes,
    },
}

impl Transaction {
    /// `roots` are canonical. A link in a path is followed to places inside of
    /// them only. A path without links is written where it is: whether that may
    /// be outside of the roots was decided by whoever made the plan.
    /// `note` says what is about to happen.
    #[must_use]
    pub fn new(roots: &[PathBuf], note: Note) -> Self {
        let writing = Writing { id: note.id(), faults: Faults::default() };
        Self { roots: roots.to_vec(), undo: Vec::new(), writing, _note: note }
    }

    /// The same, with writes that fail.
    #[cfg(test)]
    pub(super) fn failing(mut self, faults: Faults) -> Self {
        self.writing.faults = faults;
        self
    }

    /// Whether the files are what they were when the plan was made. Writes
    /// nothing.
    pub fn check(&self, edits: &[FileEdit]) -> Result<(), ApplyError> {
        let mut free = BTreeSet::new();
        for edit in edits {
            match edit {
                FileEdit::Create { path, .. } => self.check_free(path, &free)?,
                FileEdit::Delete { path, base, .. } => {
                    self.open(&self.real(path)?)?.read(path, base)?;
                    free.insert(path.clone());
                }
                FileEdit::Update { path, base, move_path, .. } => {
                    self.open(&self.real(path)?)?.read(path, base)?;
                    if let Some(target) = move_path {
                        self.check_free(target, &free)?;
                        free.insert(path.clone());
                    }
                }
            }
        }
        Ok(())
    }

    fn check_free(&self, path: &Path, free: &BTreeSet<PathBuf>) -> Result<(), ApplyError> {
        let real = self.real(path)?;
        if real.symlink_metadata().is_ok() && !free.contains(path) {
            return Err(ApplyError::Exists(path.to_owned()));
        }
        Ok(())
    }

    /// Does one step, if the file is still what the step was made for. After an
    /// error the transaction has to be rolled back: the step may be half done.
    pub fn apply(&mut self, edit: &FileEdit) -> Result<Applied, ApplyError> {
        let path = match edit {
            FileEdit::Create { path, text, executable } => {
                self.create(path, &Content { text, attributes: None, executable: *executable })?;
                path
            }
            FileEdit::Delete { path, base, .. } => {
                self.delete(path, base)?;
                path
            }
            FileEdit::Update { path, base, result, move_path: None, executable, .. } => {
                match executable {
                    // It stays the same file, for its other names too.
                    Some(executable) if **base == **result => {
                        self.open(&self.real(path)?)?.read(path, base)?;
                        self.set_executable(path, *executable)?;
                    }
                    Some(_) | None => self.rewrite(path, base, result, *executable)?,
                }
                path
            }
            FileEdit::Update {
                path, base, result, move_path: Some(target), executable, ..
            } => {
                let (_, attributes) = self.open(&self.real(path)?)?.read(path, base)?;
                let (attributes, executable) = (Some(&attributes), *executable);
                self.create(target, &Content { text: result, attributes, executable })?;
                self.delete(path, base)?;
                target
            }
        };
        Ok(Applied { path: path.clone(), delivery: Delivery::Disk })
    }

    /// A file that was there is there again, as [`attributes`](super::attributes)
    /// found it.
    pub fn recreate(
        &mut self,
        path: &Path,
        text: &str,
        attributes: Option<&Attributes>,
    ) -> Result<(), ApplyError> {
        self.create(path, &Content { text, attributes, executable: None })
    }

    /// A file that is there can be executed from now on, or not any more; its
    /// text is not looked at. Whoever can read it can execute it then.
    ///
    /// # Errors
    /// It leads out of the roots, or the system refuses or does not keep it.
    pub fn set_executable(&mut self, path: &Path, executable: bool) -> Result<(), ApplyError> {
        let real = self.real(path)?;
        let target = self.open(&real)?;
        let file = target.directory.open_file(&target.name).map_err(failed(path))?;
        let before = attributes::mode(&file).map_err(failed(path))?;
        let given = attributes::with_executable(before, executable);
        if given != before {
            self.undo.push(Undo::Mode { path: real, given, before });
            target.directory.set_executable(&file, executable).map_err(failed(path))?;
        }
        Ok(())
    }

    /// Directories above a path that are not there now go when this is rolled
    /// back, whoever makes them.
    pub fn expect_parents(&mut self, path: &Path) {
        let mut missing: Vec<&Path> = missing_parents(path).collect();
        while let Some(parent) = missing.pop() {
            self.undo.push(Undo::RemoveDirectory { path: parent.to_owned(), expected: true });
        }
    }

    /// Takes over what somebody else did at our wish: a file that was made, or
    /// one that was changed in place. It is taken back with everything else.
    pub fn adopt(&mut self, edit: &FileEdit) {
        let (path, undo) = match edit {
            FileEdit::Create { path, text, .. } => {
                let written = Arc::from(text.as_str());
                (path, Undo::Remove { path: path.clone(), written })
            }
            FileEdit::Update { path, base, result, .. } => {
                let Some(attributes) = super::attributes(path) else { return };
                let (written, base) = (Arc::clone(result), Arc::clone(base));
                (path, Undo::Rewrite { path: path.clone(), written, base, attributes })
            }
            FileEdit::Delete { .. } => return,
        };
        // A link is left alone, as ever.
        if self.real(path).is_ok_and(|real| real == *path) {
            self.undo.push(undo);
        }
    }

    /// Everything stays.
    pub fn commit(mut self) {
        self.undo.clear();
    }

    /// Takes back every step, the last one first. Gives the cause back, or says
    /// which files are not as they were. A file that somebody else wrote in the
    /// meantime is not touched.
    pub fn roll_back(mut self, cause: ApplyError) -> ApplyError {
        match self.take_back() {
            not_restored if not_restored.is_empty() => cause,
            not_restored => ApplyError::HalfDone { cause: cause.to_string(), not_restored },
        }
    }

    fn take_back(&mut self) -> Vec<String> {
        let mut not_restored = Vec::new();
        while let Some(undo) = self.undo.pop() {
            let path = undo.path().display().to_string();
            if let Err(error) = undo.run(&self.writing) {
                not_restored.push(format!("{path} ({error})"));
            }
        }
        not_restored
    }

    /// Where a path leads at this moment.
    fn real(&self, path: &Path) -> Result<PathBuf, ApplyError> {
        if !path.is_absolute() {
            return Err(failed(path)(io::Error::other("the path is not absolute")));
        }
        let real = resolve(path, path).map_err(|error| match error {
            PathError::Io { path, source } => ApplyError::Io { path, source },
            other => failed(path)(io::Error::other(other)),
        })?;
        if real != path && !is_within(&real, &self.roots) {
            return Err(ApplyError::Outside { path: path.to_owned(), real });
        }
        Ok(real)
    }

    fn open(&self, real: &Path) -> Result<Target, ApplyError> {
        Target::open(real, &self.writing)
    }

    fn create(&mut self, path: &Path, content: &Content<'_>) -> Result<(), ApplyError> {
        let real = self.real(path)?;
        self.make_parents(&real)?;
        let Target { directory, name, .. } = &self.open(&real)?;
        directory.create(name, content).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => ApplyError::Exists(path.to_owned()),
            _ => failed(path)(source),
        })?;
        self.undo.push(Undo::Remove { path: real, written: Arc::from(content.text) });
        Ok(())
    }

    fn make_parents(&mut self, real: &Path) -> Result<(), ApplyError> {
        let mut missing: Vec<&Path> = missing_parents(real).collect();
        while let Some(parent) = missing.pop() {
            let Target { directory, name, .. } = &self.open(parent)?;
            if directory.make(name).map_err(failed(parent))? {
                let path = parent.to_owned();
                self.undo.push(Undo::RemoveDirectory { path, expected: false });
            }
        }
        Ok(())
    }

    fn delete(&mut self, path: &Path, base: &Arc<str>) -> Result<(), ApplyError> {
        let real = self.real(path)?;
        let target = self.open(&real)?;
        let (base, attributes) = target.read(path, base)?;
        target.directory.remove_file(&target.name).map_err(failed(path))?;
        self.undo.push(Undo::Recreate { path: real, base, attributes });
        Ok(())
    }

    fn rewrite(
        &mut self,
        path: &Path,
        base: &Arc<str>,
        text: &str,
        executable: Option<bool>,
    ) -> Result<(), ApplyError> {
        let real = self.real(path)?;
        let target = self.open(&real)?;
        let (base, attributes) = target.read(path, base)?;
        let content = Content { text, attributes: Some(&attributes), executable };
        target.directory.replace(&target.name, &content).map_err(failed(path))?;
        self.undo.push(Undo::Rewrite { path: real, written: Arc::from(text), base, attributes });
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let _ = self.take_back();
    }
}

impl Undo {
    fn path(&self) -> &Path {
        match self {
            Self::RemoveDirectory { path, .. }
            | Self::Remove { path, .. }
            | Self::Rewrite { path, .. }
            | Self::Mode { path, .. }
            | Self::Recreate { path, .. } => path,
        }
    }

    fn run(self, writing: &Writing) -> Result<(), ApplyError> {
        let target = match (&self, Target::open(self.path(), writing)) {
            // Nobody made it, nor what is above it.
            (Self::RemoveDirectory { expected: true, .. }, Err(_)) => return Ok(()),
            (_, target) => target?,
        };
        let name = &*target.name;
        match self {
            Self::RemoveDirectory { path, expected } => {
                match target.directory.remove_directory(name) {
                    // It is not there, or others use it.
                    Err(_) if expected => Ok(()),
                    removed => removed.map_err(failed(&path)),
                }
            }
            Self::Remove { path, written } => {
                target.read(&path, &written)?;
                target.directory.remove_file(name).map_err(failed(&path))
            }
            Self::Rewrite { path, written, base, attributes } => {
                target.read(&path, &written)?;
                let (text, attributes) = (&*base, Some(&attributes));
                let content = Content { text, attributes, executable: None };
                target.directory.replace(name, &content).map_err(failed(&path))
            }
            Self::Mode { path, given, before } => {
                let file = target.directory.open_file(name).map_err(failed(&path))?;
                match attributes::mode(&file).map_err(failed(&path))? {
                    now if now == given => {
                        target.directory.set_mode(&file, before).map_err(failed(&path))
                    }
                    // It never got that far, or somebody gave it another one.
                    _ => Ok(()),
                }
            }
            Self::Recreate { path, base, attributes } => {
                let (text, attributes) = (&*base, Some(&attributes));
                let content = Content { text, attributes, executable: None };
                target.directory.create(name, &content).map_err(failed(&path))
            }
        }
    }
}

/// A file by its directory, which is held open, and its name.
struct Target {
    directory: Directory,
    name: Box<OsStr>,
}

impl Target {
    /// `real` has no links in it; if it got one since, this fails.
    fn open(real: &Path, writing: &Writing) -> Result<Self, ApplyError> {
        let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
            return Err(failed(real)(io::ErrorKind::InvalidInput.into()));
        };
        let directory = Directory::open(parent, writing).map_err(failed(real))?;
        Ok(Self { directory, name: name.into() })
    }

    /// Checks that the file has the text that it should have.
    fn read(&self, path: &Path, base: &Arc<str>) -> Result<(Arc<str>, Attributes), ApplyError> {
        let stale = || ApplyError::Stale(path.to_owned());
        let file = self.directory.open_file(&self.name).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => stale(),
            _ => failed(path)(source),
        })?;
        let attributes = Attributes::of(&file).map_err(failed(path))?;
        match text_of(file, path) {
            Ok(text) if text == *base => Ok((text, attributes)),
            Err(ReadError::Io { path, source }) => Err(ApplyError::Io { path, source }),
            Ok(_) | Err(_) => Err(stale()),
        }
    }
}

fn missing_parents(path: &Path) -> impl Iterator<Item = &Path> {
    path.ancestors().skip(1).take_while(|parent| parent.symlink_metadata().is_err())
}

fn failed(path: &Path) -> impl Fn(io::Error) -> ApplyError {
    let path = path.to_owned();
    move |source| ApplyError::Io { path: path.clone(), source }
}
