//! The system calls of the sandbox that have no safe form in a library.
//! The only file of the library with `unsafe` in it; called by the other files of the helper.
#![expect(unsafe_code, reason = "these system calls have no safe wrapper")]

use std::{
    ffi::CStr,
    io,
    os::{
        fd::{AsRawFd as _, BorrowedFd},
        unix::fs::MetadataExt as _,
    },
};

use rustix::{
    io::Errno,
    mount::MountAttrFlags,
    process::{Pid, WaitOptions, waitpid},
    thread::{UnshareFlags, unshare_unsafe},
};

/// Which of the two processes this is, after [`fork_into_namespaces`].
pub(super) enum Forked {
    /// The caller, with the new process's id.
    Parent(Pid),
    /// The new process.
    Child,
}

/// Splits this process in two, with the child as the first process of a user and a
/// process namespace of its own. The child has no user ids until its parent gives
/// it some.
///
/// # Errors
/// When the system has no room for another process; and where it does not let this
/// user have namespaces.
pub(super) fn fork_into_namespaces(_alone: Alone) -> io::Result<Forked> {
    let flags = libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::SIGCHLD;
    // SAFETY: there is one thread, so no lock can be held by a thread that the
    // child does not have: the child may do all that the parent may. Without a stack
    // of its own it goes on with a copy of this one, and the other arguments are not
    // looked at.
    forked(unsafe { libc::syscall(libc::SYS_clone, libc::c_long::from(flags), 0, 0, 0, 0) })
}

/// What a process that shares this one's memory begins with: `part` is its whole work,
/// and gives its exit status.
extern "C" fn begin<F: FnOnce() -> u8>(part: *mut libc::c_void) -> libc::c_int {
    // SAFETY: `spawn` and `hand_over` give an `Option<F>` that is there as long as this
    // runs, and do not look at it meanwhile.
    let part = unsafe { &mut *part.cast::<Option<F>>() };
    let run = std::panic::AssertUnwindSafe(|| part.take().map_or(u8::MAX, |part| part()));
    end(std::panic::catch_unwind(run).unwrap_or(u8::MAX))
}

/// Ends this process without what the standard library and the C library do in the
/// end: nothing of it is left to do here, and another process may have the memory.
pub(super) fn end(code: u8) -> ! {
    // SAFETY: the call ends the process.
    unsafe { libc::_exit(code.into()) }
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
/// As [`fork_into_namespaces`].
pub(super) fn spawn<F: FnOnce() -> u8>(_alone: Alone, part: F) -> io::Result<Pid> {
    let mut part = Some(part);
    let mut stack = Vec::<u128>::with_capacity(STACK / size_of::<u128>());
    let top = stack.spare_capacity_mut().as_mut_ptr_range().end;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: there is one thread, and the kernel lets it go on only when the child
    // uses this memory no more, so that both outlive the child's use and at no time
    // two use the memory. The child has a stack of its own, aligned as it must be.
    let id = unsafe { libc::clone(begin::<F>, top.cast(), flags, (&raw mut part).cast()) };
    // What a child took it does not give back; and giving the stack back would take
    // longer than it is missed.
    std::mem::forget((part, stack));
    match forked(id.into())? {
        Forked::Parent(id) => Ok(id),
        Forked::Child => Err(io::Error::other("clone returned in the child")),
    }
}

/// Bytes for the calls of `part` in [`hand_over`], which may be many: a directory that
/// is removed may be deep. As much as the first thread of a process usually has.
const DEEP_STACK: usize = 8 << 20;
/// Bytes below it that nobody may use; no page is larger.
const GUARD: usize = 1 << 16;

/// Runs `part` in a new process and gives the memory of this one to it, for the reason
/// that [`spawn`] has: this one waits, touching nothing, and ends with the other's
/// exit status. When the other is killed, in the middle of whatever it did to the
/// memory, this one executes its own program anew, with `after` as its arguments and
/// `input`, if any, as its standard input. All else each has for itself.
///
/// # Errors
/// It only returns, with the reason, when there is no new process: as
/// [`fork_into_namespaces`].
pub(super) fn hand_over<F: FnOnce() -> u8>(
    _alone: Alone,
    part: F,
    after: &[&CStr],
    input: Option<BorrowedFd<'_>>,
) -> io::Error {
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    // SAFETY: the C library has set it, and there is one thread. Read before the child
    // is there: what becomes a command puts the command's variables in its place.
    let variables = unsafe { environ };
    let mut part = Some(part);
    let mut arguments: Vec<_> = after.iter().map(|argument| argument.as_ptr()).collect();
    arguments.push(std::ptr::null());
    let top = match deep_stack() {
        Ok(top) => top,
        Err(error) => return error,
    };
    let flags = libc::CLONE_VM | libc::SIGCHLD;
    // SAFETY: the kernel would write there when this process ends, which no thread
    // waits for.
    unsafe { libc::syscall(libc::SYS_set_tid_address, 0) };
    // SAFETY: there is one thread, and below it does nothing to memory but to its own
    // frames until the child is gone, so that at no time two use what the child
    // does. This function does not return, so `part` and all that it borrows
    // stay. The child has a stack of its own, aligned as it must be.
    let id = unsafe { libc::clone(begin::<F>, top, flags, (&raw mut part).cast()) };
    let id = match forked(id.into()) {
        Ok(Forked::Parent(id)) => id,
        Ok(Forked::Child) => return io::Error::other("clone returned in the child"),
        Err(error) => return error,
    };
    // These calls go to the kernel directly: not even the C library's `errno` is shared.
    let status = loop {
        match waitpid(Some(id), WaitOptions::empty()) {
            Ok(None) | Err(Errno::INTR) => {}
            Ok(Some((_, status))) => break status.exit_status(),
            Err(_) => break None,
        }
    };
    if let Some(code) = status.and_then(|code| u8::try_from(code).ok()) {
        end(code);
    }
    if let Some(input) = input {
        // Without it nobody but the person is told.
        let _ = rustix::stdio::dup2_stdin(input);
    }
    // SAFETY: the strings and the lists, which end in null pointers, are as they were: the
    // child did not know the first, and leaves alone what it was started with.
    // The program's own file is there also when its name is gone.
    unsafe { libc::execve(c"/proc/self/exe".as_ptr(), arguments.as_ptr(), variables) };
    let _ = rustix::io::write(rustix::stdio::stderr(), b"sandbox: /proc/self/exe cannot be run\n");
    end(super::helper::REFUSED)
}

/// The end of a new stack, which is there as long as the process.
fn deep_stack() -> io::Result<*mut libc::c_void> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK | libc::MAP_NORESERVE;
    let size = DEEP_STACK + GUARD;
    // SAFETY: a new mapping where the kernel likes, which touches no other.
    let place = unsafe {
        libc::mmap(std::ptr::null_mut(), size, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
    };
    if place == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is the beginning of that mapping, which nobody has used yet.
    if unsafe { libc::mprotect(place, GUARD, libc::PROT_NONE) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(place.wrapping_byte_add(size))
}

/// That this process had one thread. A child of a process with several may not
/// allocate; the helper starts none, and a new process begins with one.
#[derive(Clone, Copy)]
pub(super) struct Alone(());

/// # Errors
/// When this process has more than one thread, or `/proc` cannot tell.
pub(super) fn only_thread() -> io::Result<Alone> {
    // A directory's link count is two and one more for each of its directories.
    let threads = std::fs::metadata("/proc/self/task")
        .map_err(|error| io::Error::other(format!("/proc/self/task: {error}: mount /proc")))?
        .nlink()
        .saturating_sub(2);
    if threads != 1 {
        return Err(io::Error::other("the process has several threads"));
    }
    Ok(Alone(()))
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
