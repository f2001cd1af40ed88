//! Namespaces of a command's own: user ids, processes, mounts, IPC, the host
//! name and, unless it is granted, the network. `helper` enters them in two
//! steps; what is mounted there is in `mounts`.

use std::{fs, io};

use rustix::{
    net::{AddressFamily, SendFlags, SocketFlags, SocketType, send, socket_with},
    process::{Pid, getegid, geteuid},
    thread::UnshareFlags,
};

use super::kernel;

/// The kernel sets no lower limit for the processes of a namespace.
const FEWEST: u64 = 301;

/// Gives `process`, which was started by `kernel::fork_into_namespaces`, the ids
/// that this process has. Root keeps them all, so that files show their owners.
///
/// # Errors
/// When the system does not let this user map ids.
pub(super) fn map_ids(process: Pid) -> io::Result<()> {
    let file = |name: &str| format!("/proc/{}/{name}", process.as_raw_nonzero());
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    if user == 0 {
        let all = |own: &str| identity(&read(own)?);
        let mapped = all("/proc/self/uid_map")
            .and_then(|map| write(&file("uid_map"), &map))
            .and_then(|()| all("/proc/self/gid_map"))
            .and_then(|map| write(&file("gid_map"), &map));
        if mapped.is_ok() {
            return Ok(());
        }
    }
    // The kernel asks for this before an ordinary user may map a group.
    write(&file("setgroups"), "deny")?;
    write(&file("gid_map"), &format!("{group} {group} 1\n"))?;
    match write(&file("uid_map"), &format!("{user} {user} 1\n")) {
        // Mapped in the first attempt, which failed at the groups.
        Err(error) if user == 0 && error.raw_os_error() == Some(libc::EPERM) => Ok(()),
        other => other,
    }
}

/// A map that leaves every id of `map` as it is: lines of `INSIDE OUTSIDE COUNT`.
fn identity(map: &str) -> io::Result<String> {
    let line = |line: &str| {
        let mut fields = line.split_whitespace();
        let (inside, count) = (fields.next()?, fields.nth(1)?);
        Some(format!("{inside} {inside} {count}\n"))
    };
    let lines: Option<String> = map.lines().map(line).collect();
    lines.ok_or_else(|| io::Error::other("the map of user ids cannot be read"))
}

/// Enters the namespaces that only the command is in, and brings up their
/// network, which reaches nothing but itself.
///
/// # Errors
/// When the system does not let this user have them.
pub(super) fn enter(network: bool) -> io::Result<()> {
    let mut flags = UnshareFlags::NEWNS | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    if !network {
        flags |= UnshareFlags::NEWNET;
    }
    kernel::unshare(flags)?;
    if !network {
        bring_loopback_up()?;
    }
    Ok(())
}

/// Bounds the number of tasks where the kernel counts them by namespace (Linux
/// 6.14), which holds for root too. Called with the new `/proc` mounted.
pub(super) fn limit_tasks(tasks: u64) {
    if bound_root() {
        // A limit less is no reason not to run: the one for the user is set.
        let _ = write("/proc/sys/kernel/pid_max", &tasks.max(FEWEST).to_string());
    }
}

/// Whether this kernel bounds the tasks of root within namespaces.
pub(super) fn bound_root() -> bool {
    counts_by_namespace(&rustix::system::uname().release().to_string_lossy())
}

/// Whether a kernel has this limit for each namespace: since Linux 6.14. Before
/// that it is the whole system's, which root in a namespace could change.
fn counts_by_namespace(release: &str) -> bool {
    let mut numbers = release.split(|character: char| !character.is_ascii_digit());
    let mut number = || numbers.next().and_then(|number| number.parse::<u32>().ok());
    match (number(), number()) {
        (Some(major), Some(minor)) => (major, minor) >= (6, 14),
        _ => false,
    }
}

/// One message to the kernel, `RTM_NEWLINK`, for the first interface, which a
/// new network namespace has.
fn bring_loopback_up() -> io::Result<()> {
    const REQUEST: u16 = 1;
    const NEW_LINK: u16 = 16;
    const UP: u32 = 1;
    const LENGTH: u32 = 32;
    let mut message = Vec::new();
    message.extend(LENGTH.to_ne_bytes());
    message.extend([NEW_LINK.to_ne_bytes(), REQUEST.to_ne_bytes()].concat());
    // Sequence and port, then family, padding and device type: all unset.
    message.extend([0; 12]);
    let index: u32 = 1;
    message.extend([index, UP, UP].map(u32::to_ne_bytes).concat());
    // The protocol for routes and interfaces has the number zero.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    send(&socket, &message, SendFlags::empty())?;
    Ok(())
}

fn read(path: &str) -> io::Result<String> {
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel, not of the project")]
    fs::read_to_string(path)
}

fn write(path: &str, text: &str) -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel, not of the project")]
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_newer_kernels_count_tasks_by_namespace() {
        assert!(counts_by_namespace("6.14.0-arch1") && counts_by_namespace("7.0-rc1"));
        assert!(counts_by_namespace("6.18.44-fc-v595"));
        assert!(!counts_by_namespace("6.8.0-41-generic") && !counts_by_namespace("odd"));
    }

    #[test]
    fn every_id_stays_what_it_is() {
        let map = identity("         0          0 4294967295\n").expect("valid");
        assert_eq!(map, "0 0 4294967295\n");
        let map = identity("0 1000 1\n1 100000 65536\n").expect("valid");
        assert_eq!(map, "0 0 1\n1 1 65536\n");
        identity("0").expect_err("not a map");
    }
}
