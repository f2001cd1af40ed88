//! The system calls of the sandbox that have no safe form in a library.
//! The only file of the library with `unsafe` in it; called by the other files of the helper.
#![expect(unsafe_code, reason = "these system calls have no safe wrapper")]

use std::{
    io,
    os::{
        fd::{AsRawFd as _, BorrowedFd},
        unix::fs::MetadataExt as _,
    },
};

use rustix::{
    mount::MountAttrFlags,
    process::Pid,
    thread::{UnshareFlags, unshare_unsafe},
};

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
    only_thread()?;
    // SAFETY: there is one thread, so no lock can be held by a thread that the
    // child does not have: the child may do all that the parent may.
    forked(unsafe { libc::fork() }.into())
}

/// As [`fork`], with the child as the first process of a user and a process
/// namespace of its own. The child has no user ids until its parent gives it some.
///
/// # Errors
/// As [`fork`], and where the system does not let this user have namespaces.
pub(super) fn fork_into_namespaces() -> io::Result<Forked> {
    only_thread()?;
    let flags = libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::SIGCHLD;
    // SAFETY: as in `fork`; without a stack of its own the child goes on with a
    // copy of this one, and the other arguments are not looked at.
    forked(unsafe { libc::syscall(libc::SYS_clone, libc::c_long::from(flags), 0, 0, 0, 0) })
}

/// Bytes for the calls of `part` in [`spawn`]; only what is used takes memory.
const STACK: usize = 1 << 20;

/// Runs `part` in a new process and stands still until that has become a program
/// or ended; `part` gives the exit status of one that became none. What it does to
/// memory is done to this process's, as none is copied: that and the page faults
/// after it are most of what a fork costs. Rights, limits, namespaces, directory,
/// descriptors and signals are its own.
///
/// # Errors
/// As [`fork`].
pub(super) fn spawn<F: FnOnce() -> u8>(part: F) -> io::Result<Pid> {
    extern "C" fn begin<F: FnOnce() -> u8>(part: *mut libc::c_void) -> libc::c_int {
        // SAFETY: it is the `part` below, which is there as long as this runs and
        // which the parent does not look at.
        let part = unsafe { &mut *part.cast::<Option<F>>() };
        let run = std::panic::AssertUnwindSafe(|| part.take().map_or(u8::MAX, |part| part()));
        let code = std::panic::catch_unwind(run).unwrap_or(u8::MAX);
        // SAFETY: the call ends the process, without what the parent has to do in the end.
        unsafe { libc::_exit(code.into()) }
    }
    only_thread()?;
    let mut part = Some(part);
    let mut stack = Vec::<u128>::with_capacity(STACK / size_of::<u128>());
    let top = stack.spare_capacity_mut().as_mut_ptr_range().end;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: there is one thread, and the kernel lets it go on only when the child
    // uses this memory no more, so that both outlive the child's use and at no time
    // two use the memory. The child has a stack of its own, aligned as it must be.
    let id = unsafe { libc::clone(begin::<F>, top.cast(), flags, (&raw mut part).cast()) };
    // What a child took it does not give back.
    std::mem::forget(part);
    match forked(id.into())? {
        Forked::Parent(id) => Ok(id),
        Forked::Child => Err(io::Error::other("clone returned in the child")),
    }
}

/// # Errors
/// When this process has more than one thread, or `/proc` cannot tell.
pub(super) fn only_thread() -> io::Result<()> {
    // A directory's link count is two and one more for each of its directories.
    let threads = std::fs::metadata("/proc/self/task")
        .map_err(|error| io::Error::other(format!("/proc/self/task: {error}: mount /proc")))?
        .nlink()
        .saturating_sub(2);
    if threads != 1 {
        return Err(io::Error::other("the process has several threads"));
    }
    Ok(())
}

fn forked(id: libc::c_long) -> io::Result<Forked> {
    match i32::try_from(id) {
        Ok(0) => Ok(Forked::Child),
        Ok(id) if id > 0 => Pid::from_raw(id)
            .map(Forked::Parent)
            .ok_or_else(|| io::Error::other("fork returned no process id")),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Moves this process into new namespaces of the kinds in `flags`.
///
/// # Errors
/// When the kernel refuses.
pub(super) fn unshare(flags: UnshareFlags) -> rustix::io::Result<()> {
    // SAFETY: what is dangerous is a file table that threads no longer share,
    // and that flag is taken out.
    unsafe { unshare_unsafe(flags - UnshareFlags::FILES) }
}

/// Adds `attributes` to the mount that `mount` is open on, and
/// to all below it where `recursive`.
///
/// # Errors
/// On kernels before 5.12, and without the right to.
pub(super) fn restrict_mount(
    mount: BorrowedFd<'_>,
    attributes: MountAttrFlags,
    recursive: bool,
) -> io::Result<()> {
    let mut flags = libc::AT_EMPTY_PATH;
    if recursive {
        flags |= libc::AT_RECURSIVE;
    }
    // `struct mount_attr`: set, clear, propagation, user namespace.
    let change: [u64; 4] = [attributes.bits().into(), 0, 0, 0];
    // SAFETY: the path is a string that ends in zero, and the structure has the
    // size that is given; both live longer than the call, which changes neither.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const change,
            size_of_val(&change),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
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

/// Why there are no namespaces, in words that help.
pub(super) fn why_not(error: &io::Error) -> String {
    match error.raw_os_error() {
        // The kernel says this also where the number allowed is zero.
        Some(libc::ENOSPC | libc::EUSERS) => {
            "user namespaces are used up or switched off: see sysctl user.max_user_namespaces"
                .to_owned()
        }
        Some(libc::EPERM) => format!(
            "{error}: not allowed for this user, see kernel.unprivileged_userns_clone and \
             docs/sandbox.md"
        ),
        _ => error.to_string(),
    }
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
