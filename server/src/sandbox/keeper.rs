//! Waiting for a command, and ending everything that came of it. The keeper is
//! a subreaper: whatever a command leaves behind becomes its child, however
//! often it forked and started sessions, so nothing is out of its reach.

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{
        Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, kill_process, kill_process_group,
        pidfd_open, set_child_subreaper, wait, waitpid,
    },
};

/// How often orphans that have ended are taken off the process table.
const REAP: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
/// How long killed processes may take to go, when the kernel holds them.
const GOING: Duration = Duration::from_secs(2);

/// What ends a command from outside: the end of file of either.
pub(super) struct Ends<'a> {
    /// A pipe that the launcher holds.
    pub(super) launcher: BorrowedFd<'a>,
    /// The server's socket.
    pub(super) server: Option<BorrowedFd<'a>>,
}

/// Makes this process the parent of all that its descendants leave behind.
pub(super) fn adopt_orphans() -> Result<(), String> {
    set_child_subreaper(Some(getpid()))
        .map_err(|error| format!("stray processes could not be adopted: {error}"))
}

/// Waits until `command` or one of `ends` ends, ends all that is left, and
/// gives the exit status of the command.
pub(super) fn keep(command: Pid, ends: &Ends<'_>) -> Result<u8, String> {
    let ended = wait_until_over(command, ends);
    if !matches!(ended, Ok(Some(_))) {
        // It still holds its number, so this is its own group: the largest part at once.
        let _ = kill_process_group(command, Signal::KILL);
    }
    let left = end_all(command);
    match (ended?, left) {
        (Some(code), _) | (None, Some(code)) => Ok(code),
        // The kernel still holds it; it is as good as killed.
        (None, None) => Ok(128 + 9),
    }
}

/// The exit status of `command`, or none when it was not the command that ended.
fn wait_until_over(command: Pid, ends: &Ends<'_>) -> Result<Option<u8>, String> {
    let handle = pidfd_open(command, PidfdFlags::empty())
        .map_err(|error| format!("the command cannot be watched: {error}"))?;
    loop {
        let mut watched =
            vec![PollFd::new(&handle, PollFlags::IN), PollFd::new(&ends.launcher, PollFlags::IN)];
        if let Some(server) = &ends.server {
            watched.push(PollFd::new(server, PollFlags::IN));
        }
        match poll(&mut watched, Some(&REAP)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(format!("the command cannot be watched: {error}")),
        }
        let ended = watched.iter().skip(1).any(|fd| !fd.revents().is_empty());
        let code = reap(command);
        if ended || code.is_some() {
            return Ok(code);
        }
    }
}

/// Takes every process that has ended off the table; the exit status of
/// `command` when it is among them.
fn reap(command: Pid) -> Option<u8> {
    let mut code = None;
    while let Ok(Some((process, status))) = wait(WaitOptions::NOHANG) {
        if process == command {
            code = Some(exit_code(status));
        }
    }
    code
}

/// Kills until nothing is left; the exit status of `command` when it was among it.
fn end_all(command: Pid) -> Option<u8> {
    if getpid() == Pid::INIT { end_namespace(command) } else { end_descendants(command) }
}

/// The first process of a namespace reaches all others in it at once, and a
/// process that is being killed cannot fork.
fn end_namespace(command: Pid) -> Option<u8> {
    let deadline = Instant::now() + GOING;
    let mut code = None;
    // With this number it means everyone but the caller. Nobody left is well.
    let _ = kill_process_group(Pid::INIT, Signal::KILL);
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((process, status))) if process == command => code = Some(exit_code(status)),
            Ok(Some(_)) | Err(Errno::INTR) => {}
            // What the kernel still holds goes with this process.
            Ok(None) if Instant::now() > deadline => return code,
            Ok(None) => std::thread::yield_now(),
            Err(_) => return code,
        }
    }
}

/// Children whose parents died turn up as our own
/// in the next round; a process that forks and ends all the time is always
/// among them, so most rounds look there only, which is quick enough to catch it.
fn end_descendants(command: Pid) -> Option<u8> {
    const QUICK_ROUNDS: u32 = 200;
    let deadline = Instant::now() + GOING;
    let mut code = None;
    for round in 0.. {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((process, status))) if process == command => code = Some(exit_code(status)),
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break,
                // There is no child left.
                Err(_) => return code,
            }
        }
        let found = if round % QUICK_ROUNDS == 0 { None } else { children() };
        for process in found.unwrap_or_else(descendants) {
            // One that is gone already is what we want.
            let _ = kill_process(process, Signal::KILL);
        }
        if Instant::now() > deadline {
            break;
        }
        std::thread::yield_now();
    }
    code
}

/// The children of this process, where the kernel lists them.
fn children() -> Option<Vec<Pid>> {
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel, not of the project")]
    let listed = std::fs::read_to_string("/proc/thread-self/children").ok()?;
    let ids = listed.split_whitespace().filter_map(|id| id.parse().ok());
    Some(ids.filter_map(Pid::from_raw).collect())
}

/// Every process below this one, as far as it can be seen at this moment.
fn descendants() -> Vec<Pid> {
    let parents = parents();
    let mut found = vec![getpid()];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        next += 1;
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(process, _)| *process));
    }
    found.split_off(1)
}

/// Every process of the system and its parent.
fn parents() -> Vec<(Pid, Pid)> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let processes = ids.filter_map(Pid::from_raw);
    processes.filter_map(|process| Some((process, parent(process)?))).collect()
}

fn parent(process: Pid) -> Option<Pid> {
    let path = format!("/proc/{}/stat", process.as_raw_nonzero());
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel, not of the project")]
    let stat = std::fs::read(path).ok()?;
    parent_in(&String::from_utf8_lossy(&stat))
}

/// `PID (NAME) STATE PARENT …`, where the name may hold anything, brackets as well.
fn parent_in(stat: &str) -> Option<Pid> {
    let (_, rest) = stat.rsplit_once(')')?;
    Pid::from_raw(rest.split_whitespace().nth(1)?.parse().ok()?)
}

/// Waits for the keeper itself, and gives the exit status it passed on.
pub(super) fn wait_for(keeper: Pid) -> Result<u8, String> {
    let status = loop {
        match waitpid(Some(keeper), WaitOptions::empty()) {
            Ok(Some((_, status))) => break status,
            Ok(None) | Err(Errno::INTR) => {}
            Err(error) => return Err(format!("the keeper of the command was lost: {error}")),
        }
    };
    let code = status.exit_status().and_then(|code| u8::try_from(code).ok());
    code.ok_or_else(end_orphans)
}

/// Ends what a keeper that was killed has left to this process; says that it was killed.
pub(super) fn end_orphans() -> String {
    end_all(getpid());
    "the keeper of the command was killed, and the command with it".to_owned()
}

/// 128+n after signal n, as a shell has it.
fn exit_code(status: WaitStatus) -> u8 {
    let code = match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => return 255,
    };
    u8::try_from(code).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_hide_the_parent() {
        let parent = |stat| parent_in(stat).map(Pid::as_raw_pid);
        assert_eq!(parent("7 (sh) S 3 7 7 0"), Some(3));
        assert_eq!(parent("7 (a) S 9 (b) R 3 7"), Some(3));
        assert_eq!(parent("7 (sh"), None);
    }

    #[test]
    fn this_process_has_its_parent_in_the_list() {
        let expected = rustix::process::getppid();
        let found = parents().into_iter().find(|(process, _)| *process == getpid());
        assert_eq!(found.map(|(_, parent)| parent), expected);
    }
}
