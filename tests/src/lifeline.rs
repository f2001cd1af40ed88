//! Tells whether a command, or anything that it started, is still alive: they hold
//! one end of a named pipe open, and the test holds the other.
#![expect(clippy::disallowed_methods, reason = "the other end of a pipe is a file")]

use std::{fs::File, io::Read, path::Path};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::log::{DEADLINE, Log, NotSeen};

/// A named pipe and what came through it.
#[derive(Debug)]
pub struct Lifeline {
    seen: Log<String>,
}

impl Lifeline {
    /// Makes the pipe. A shell command takes hold of it with `exec 3>PATH`; its
    /// first write says that it runs.
    ///
    /// # Panics
    /// When the pipe cannot be made.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, path, FileType::Fifo, mode, 0).expect("a named pipe can be made");
        let seen = Log::default();
        let (log, path) = (seen.clone(), path.to_path_buf());
        std::thread::spawn(move || {
            // Opening waits for the first writer, reading ends with the last.
            let Ok(mut pipe) = File::open(path) else { return };
            let mut bytes = [0; 256];
            while let Ok(length @ 1..) = pipe.read(&mut bytes) {
                log.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
            }
            log.end();
        });
        Self { seen }
    }

    /// Waits until the command has written something.
    ///
    /// # Panics
    /// When it does not.
    pub fn started(&self) {
        let found = self.seen.wait_for(DEADLINE, |seen| (!seen.is_empty()).then_some(()));
        found.expect("the command takes hold of the pipe");
    }

    /// Waits until nobody holds the pipe any more.
    ///
    /// # Panics
    /// When somebody still does at the deadline.
    pub fn gone(&self) {
        let ended = self.seen.wait_for(DEADLINE, |_| None::<()>);
        assert_eq!(ended, Err(NotSeen::Ended), "a process of the command is still alive");
    }
}
