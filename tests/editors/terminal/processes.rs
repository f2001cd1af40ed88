//! The processes that were started in a project: those whose directory it is.

use std::{fs, time::Instant};

use rustix::process::{Pid, Signal, kill_process};
use tiro_tests::{log::DEADLINE, project::Project};

/// A process and its command line.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) pid: Pid,
    pub(crate) command: String,
}

/// Those that run now, tmux aside, which a test ends by itself.
pub(crate) fn of(project: &Project) -> Vec<Running> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let running = |entry: fs::DirEntry| {
        let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
        // One that has ended and was not waited for has no directory any more.
        let directory = fs::read_link(entry.path().join("cwd")).ok()?;
        let command = fs::read_to_string(entry.path().join("cmdline")).ok()?.replace('\0', " ");
        let is_here = directory.starts_with(project.root()) && !command.contains("tmux.conf");
        is_here.then_some(Running { pid, command })
    };
    entries.filter_map(running).collect()
}

/// Waits until none runs.
///
/// # Panics
/// When one still does at the deadline.
pub(crate) fn none_left(project: &Project) {
    let end = Instant::now() + DEADLINE;
    loop {
        let left = of(project);
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < end, "still there: {left:?}");
        std::thread::yield_now();
    }
}

/// Ends those of a test that failed.
pub(crate) fn end_all(project: &Project) {
    for running in of(project) {
        let _ = kill_process(running.pid, Signal::KILL);
    }
}
