//! The three system calls of the sandbox that have no safe form in a library.
//! The only file of the project with `unsafe` in it; called by `helper` and `status`.
#![expect(unsafe_code, reason = "fork, close_range and the Landlock version have no safe wrapper")]

use std::{io, os::unix::fs::MetadataExt as _};

use rustix::process::Pid;

/// Which of the two processes this is, after [`fork`].
pub(super) enum Forked {
    /// The caller, with the new process's id.
    Parent(Pid),
    /// The new process.
    Child,
}

/// Splits this process in two.
///
/// # Errors
/// When the process has more than one thread, as a child of such a process may
/// not allocate; and when the system has no room for another process.
pub(super) fn fork() -> io::Result<Forked> {
    // A directory's link count is two and one more for each of its directories.
    let threads = std::fs::metadata("/proc/self/task")?.nlink().saturating_sub(2);
    if threads != 1 {
        return Err(io::Error::other("the process has several threads"));
    }
    // SAFETY: there is one thread, so no lock can be held by a thread that the
    // child does not have: the child may do all that the parent may.
    let id = unsafe { libc::fork() };
    match id {
        0 => Ok(Forked::Child),
        id if id > 0 => Pid::from_raw(id)
            .map(Forked::Parent)
            .ok_or_else(|| io::Error::other("fork returned no process id")),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Marks every descriptor above the standard three to be closed when a program
/// is executed, whoever opened it.
///
/// # Errors
/// On kernels before 5.11.
pub(super) fn close_descriptors_on_exec() -> io::Result<()> {
    // SAFETY: the call reads no memory, and the flag changes nothing for the
    // descriptors' owners in this process.
    let result = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3 as libc::c_uint,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The version of Landlock that the running kernel speaks; 0 without Landlock.
pub(super) fn landlock_abi() -> u32 {
    const VERSION: libc::c_uint = 1;
    // SAFETY: with this flag the call takes a null pointer and a size of zero,
    // and only returns a number.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<libc::c_void>(),
            0 as libc::size_t,
            VERSION,
        )
    };
    u32::try_from(version).unwrap_or(0)
}
