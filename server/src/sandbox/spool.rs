//! The file with everything a command wrote, for the model to read in pieces.
//! Made only when the command wrote more than is kept in memory.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::output::{HEAD, TAIL};

/// Bytes held before the file is made: as long as no stream can have lost any.
const HELD: usize = HEAD + TAIL;

/// What the names of the files begin and end with.
const START: &str = "output-";
const END: &str = ".txt";

/// Files of earlier commands that stay; older ones are removed.
const KEPT: usize = 100;

/// Both streams of a command, in the order in which they were read.
#[derive(Debug)]
pub(super) struct Spool<'a> {
    directory: &'a Path,
    /// Bytes that are written to the file at most.
    limit: u64,
    held: Vec<u8>,
    file: Option<tempfile::NamedTempFile>,
    written: u64,
    failed: bool,
}

impl<'a> Spool<'a> {
    /// A file will be made in `directory`, which is made as well.
    pub(super) fn new(directory: &'a Path, limit: u64) -> Self {
        Self { directory, limit, held: Vec::new(), file: None, written: 0, failed: false }
    }

    /// Takes the next bytes. Writing is to the page cache and bounded, so it is
    /// done where it is called.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.failed {
            return;
        }
        if self.file.is_none() && self.held.len() + bytes.len() <= HELD {
            self.held.extend_from_slice(bytes);
            return;
        }
        // Without the file the ends are still there: a full disk fails no command.
        self.failed = self.write(bytes).is_err();
    }

    /// The path of the file, if one is wanted: `lost` says whether something is
    /// in it that was not kept elsewhere. None when it could not be written.
    pub(super) fn finish(mut self, lost: bool) -> Option<PathBuf> {
        if !lost || self.failed {
            return None;
        }
        if self.file.is_none() {
            self.write(&[]).ok()?;
        }
        let (_, path) = self.file?.keep().ok()?;
        Some(path)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            std::fs::create_dir_all(self.directory)?;
            forget_old(self.directory);
            let file =
                tempfile::Builder::new().prefix(START).suffix(END).tempfile_in(self.directory)?;
            self.file = Some(file);
            let held = std::mem::take(&mut self.held);
            self.append(&held)?;
        }
        self.append(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if self.written >= self.limit {
            return Ok(());
        }
        let room = usize::try_from(self.limit - self.written).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(room)];
        file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        if self.written >= self.limit {
            let limit = self.limit;
            file.write_all(format!("\n[… the file ends at {limit} bytes …]\n").as_bytes())?;
        }
        Ok(())
    }
}

/// Removes all but the newest files. One that cannot be removed stays: no command
/// fails for it.
fn forget_old(directory: &Path) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(START) || !name.ends_with(END) {
            continue;
        }
        if let Ok(written) = entry.metadata().and_then(|metadata| metadata.modified()) {
            found.push((written, entry.path()));
        }
    }
    found.sort_unstable();
    let old = found.len().saturating_sub(KEPT);
    for (_, path) in &found[..old] {
        let _ = rustix::fs::unlink(path);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the tests read the file that was made")]
    use super::*;

    #[test]
    fn no_file_is_made_for_what_was_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut spool = Spool::new(directory.path(), 1 << 20);
        spool.push(b"short");
        assert_eq!(spool.finish(false), None);
        let mut spool = Spool::new(directory.path(), 1 << 20);
        spool.push(&[b'x'; 100_000]);
        assert_eq!(spool.finish(false), None);
        assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 0);
    }

    #[test]
    fn the_file_has_everything_in_order() {
        let directory = tempfile::tempdir().expect("a directory");
        let below = directory.path().join("below");
        let mut spool = Spool::new(&below, 1 << 20);
        spool.push(b"first\n");
        spool.push(&[b'x'; 100_000]);
        spool.push(b"\nlast");
        let path = spool.finish(true).expect("a file");
        let text = std::fs::read(path).expect("readable");
        assert!(text.starts_with(b"first\nxxx") && text.ends_with(b"xxx\nlast"));
        assert_eq!(text.len(), 6 + 100_000 + 5);
    }

    #[test]
    fn the_file_ends_at_its_limit_and_says_so() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut spool = Spool::new(directory.path(), 100);
        spool.push(&[b'x'; 100_000]);
        spool.push(b"more");
        let text = std::fs::read_to_string(spool.finish(true).expect("a file")).expect("readable");
        assert_eq!(text, format!("{}\n[… the file ends at 100 bytes …]\n", "x".repeat(100)));
    }

    #[test]
    fn the_newest_files_are_kept_and_what_is_not_ours_stays() {
        let directory = tempfile::tempdir().expect("a directory");
        let other = directory.path().join("notes.txt");
        std::fs::write(&other, "mine").expect("written");
        let make = |directory: &Path| {
            let mut spool = Spool::new(directory, 100);
            spool.push(&[b'x'; 100_000]);
            spool.finish(true).expect("a file")
        };
        let first = make(directory.path());
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        let file = std::fs::File::options().write(true).open(&first).expect("there");
        file.set_modified(old).expect("its time is set");
        for _ in 0..KEPT {
            assert!(first.exists());
            make(directory.path());
        }
        make(directory.path());
        assert!(!first.exists() && other.exists());
        let entries = std::fs::read_dir(directory.path()).expect("there");
        assert_eq!(entries.count(), KEPT + 2, "the newest, the last and what is not ours");
    }

    #[test]
    fn a_directory_that_cannot_be_made_fails_nothing() {
        let mut spool = Spool::new(Path::new("/dev/null/x"), 1 << 20);
        spool.push(&[b'x'; 100_000]);
        assert_eq!(spool.finish(true), None);
    }
}
