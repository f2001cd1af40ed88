//! The tables of system calls: which are refused, and for which arguments.
//! aarch64 and riscv64 lack the calls that only `x86_64` has kept.

use super::{Argument, Rules, Test};

/// New namespaces of any kind; `CLONE_NEWTIME` shares its bit with the signal
/// number that `clone` takes, so it is looked for in `unshare` only.
const NEW_NAMESPACE: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET)
    .unsigned_abs();
const CLONE_NEWTIME: u32 = 0x80;
/// A file with one of these runs with the rights of its owner or group.
const SET_ID: u32 = libc::S_ISUID | libc::S_ISGID;
/// Not in libc for every architecture; the same number on all of them.
const SYS_FCHMODAT2: i64 = 452;
const SYS_SETXATTRAT: i64 = 463;
const SYS_REMOVEXATTRAT: i64 = 466;
const SYS_OPEN_TREE_ATTR: i64 = 467;
const SYS_FILE_SETATTR: i64 = 469;

/// Answered with "no such call": programs fall back to an older one whose
/// arguments a filter can see.
pub(super) fn unknown() -> Rules {
    always(&[
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_clone3,
        SYS_FCHMODAT2,
        SYS_FILE_SETATTR,
        libc::SYS_openat2,
    ])
}

/// Refused whatever the arguments.
pub(super) fn never() -> Rules {
    let mut calls = vec![
        // Mounts, roots and other namespaces.
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        SYS_OPEN_TREE_ATTR,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fspick,
        libc::SYS_mount_setattr,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_setns,
        // Code in the kernel, or a view into it.
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_syslog,
        // The machine as a whole.
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_acct,
        libc::SYS_quotactl,
        libc::SYS_quotactl_fd,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_clock_adjtime,
        libc::SYS_adjtimex,
        libc::SYS_vhangup,
        // Keys of the session, and ways around file permissions.
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_fanotify_init,
        libc::SYS_fanotify_mark,
        libc::SYS_name_to_handle_at,
        libc::SYS_open_by_handle_at,
        libc::SYS_pidfd_getfd,
        libc::SYS_process_mrelease,
    ];
    #[cfg(not(target_arch = "riscv64"))]
    calls.push(libc::SYS_nfsservctl);
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    calls.push(libc::SYS_kexec_file_load);
    #[cfg(target_arch = "x86_64")]
    calls.extend([libc::SYS_iopl, libc::SYS_ioperm]);
    always(&calls)
}

/// Refused for some arguments.
pub(super) fn with_arguments() -> Rules {
    let mut rules: Rules = Vec::new();
    rules.push((libc::SYS_clone, vec![vec![any(0, NEW_NAMESPACE)]]));
    rules.push((libc::SYS_unshare, vec![vec![any(0, NEW_NAMESPACE | CLONE_NEWTIME)]]));

    // Typing into a terminal, the console's selection, and flags of inodes.
    const FS_IOC_SETFLAGS: u32 = 0x4008_6602;
    const FS_IOC32_SETFLAGS: u32 = 0x4004_6602;
    const FS_IOC_FSSETXATTR: u32 = 0x401c_5820;
    const TIOCLINUX: u32 = 0x541c;
    const TIOCSTI: u32 = 0x5412;
    let requests = [TIOCSTI, TIOCLINUX, FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS, FS_IOC_FSSETXATTR];
    rules.push((libc::SYS_ioctl, requests.map(|request| vec![is(1, request)]).into()));

    // Files that run with their owner's rights, by mode or from the start.
    for (call, mode) in modes() {
        rules.push((call, vec![vec![any(mode, SET_ID)]]));
    }
    for (call, flags, mode) in opens() {
        const O_TMPFILE_BIT: u32 = 0o20_000_000;
        let creating = libc::O_CREAT.unsigned_abs() | O_TMPFILE_BIT;
        rules.push((call, vec![vec![any(mode, SET_ID), any(flags, creating)]]));
    }
    rules
}

/// Calls that take a mode, and where.
fn modes() -> Vec<(i64, u8)> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "nothing is added"))]
    let mut calls = vec![(libc::SYS_fchmod, 1), (libc::SYS_fchmodat, 2), (libc::SYS_mknodat, 2)];
    #[cfg(target_arch = "x86_64")]
    calls.extend([(libc::SYS_chmod, 1), (libc::SYS_mknod, 1), (libc::SYS_creat, 1)]);
    calls
}

/// Calls that take flags and, only when these create a file, a mode.
fn opens() -> Vec<(i64, u8, u8)> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "nothing is added"))]
    let mut calls = vec![(libc::SYS_openat, 2, 3)];
    #[cfg(target_arch = "x86_64")]
    calls.push((libc::SYS_open, 1, 2));
    calls
}

/// Changes of extended attributes, which Landlock does not cover and only
/// read-only mounts keep from files outside. Answered as by a file system that
/// has none, which copying tools are used to.
pub(super) fn attributes() -> Rules {
    always(&[
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        libc::SYS_removexattr,
        libc::SYS_lremovexattr,
        libc::SYS_fremovexattr,
        SYS_SETXATTRAT,
        SYS_REMOVEXATTRAT,
    ])
}

/// Requests that change a file or a directory which is only open to be read;
/// Landlock does not cover them, and only read-only mounts keep them inside.
const CHANGES_BY_REQUEST: [u32; 12] = [
    0x4008_7602, // FS_IOC_SETVERSION
    0x4004_7602, // the same for programs of 32 bits
    0x4004_7211, // FAT_IOCTL_SET_ATTRIBUTES
    0x800c_6613, // FS_IOC_SET_ENCRYPTION_POLICY
    0x4080_6685, // FS_IOC_ENABLE_VERITY
    0x5000_9401, // BTRFS_IOC_SNAP_CREATE
    0x5000_9417, // BTRFS_IOC_SNAP_CREATE_V2
    0x5000_940e, // BTRFS_IOC_SUBVOL_CREATE
    0x5000_9418, // BTRFS_IOC_SUBVOL_CREATE_V2
    0x5000_940f, // BTRFS_IOC_SNAP_DESTROY
    0x5000_943f, // BTRFS_IOC_SNAP_DESTROY_V2
    0x4008_941a, // BTRFS_IOC_SUBVOL_SETFLAGS
];

/// What reaches processes and memory outside as long as there are no
/// namespaces: System V IPC, message queues, and other processes' limits.
pub(super) fn shared_with_the_host() -> Rules {
    let mut rules = always(&[
        libc::SYS_shmget,
        libc::SYS_shmat,
        libc::SYS_shmctl,
        libc::SYS_semget,
        libc::SYS_semop,
        libc::SYS_semtimedop,
        libc::SYS_semctl,
        libc::SYS_msgget,
        libc::SYS_msgsnd,
        libc::SYS_msgrcv,
        libc::SYS_msgctl,
        libc::SYS_mq_open,
        libc::SYS_mq_unlink,
    ]);
    rules.push((libc::SYS_ioctl, CHANGES_BY_REQUEST.map(|request| vec![is(1, request)]).into()));
    // A process id of 0 is the caller itself.
    for call in [
        libc::SYS_sched_setaffinity,
        libc::SYS_sched_setscheduler,
        libc::SYS_sched_setparam,
        libc::SYS_sched_setattr,
    ] {
        rules.push((call, vec![vec![not(0, 0)]]));
    }
    // Both take a kind (2 and 3 mean every process of a user) and an id.
    const PRIO_USER: u32 = 2;
    const IOPRIO_WHO_USER: u32 = 3;
    rules.push((libc::SYS_setpriority, vec![vec![not(1, 0)], vec![is(0, PRIO_USER)]]));
    rules.push((libc::SYS_ioprio_set, vec![vec![not(1, 0)], vec![is(0, IOPRIO_WHO_USER)]]));
    // Reading limits has no new ones: a null pointer, whose low half is zero. A
    // pointer with a zero low half would slip through, so reading another
    // process's limits is refused as well.
    rules.push((libc::SYS_prlimit64, vec![vec![not(0, 0)]]));
    rules
}

/// Which sockets may be made. Using one is never filtered: that breaks
/// programs that talk to their own children through a pair.
pub(super) fn sockets(network: bool) -> Rules {
    let domain = |domain: libc::c_int| domain.unsigned_abs();
    let unix = domain(libc::AF_UNIX);
    let kind = |kind: u32| Argument(1, Test::Masked(0xf, kind));
    let (datagram, raw) = (libc::SOCK_DGRAM.unsigned_abs(), libc::SOCK_RAW.unsigned_abs());
    // A datagram pair can be pointed at another address; raw is datagram here.
    let pair = vec![vec![not(0, unix)], vec![kind(datagram)], vec![kind(raw)]];
    // UNIX sockets reach the host's daemons and are no network.
    let inet = [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];
    // The old way to packets, under the number that libc has deprecated.
    const SOCK_PACKET: u32 = 10;
    let socket = if network {
        let routes = libc::NETLINK_ROUTE.unsigned_abs();
        vec![
            inet.map(|family| not(0, domain(family))).into(),
            vec![is(0, domain(libc::AF_NETLINK)), not(2, routes)],
            vec![kind(SOCK_PACKET)],
        ]
    } else {
        Vec::new()
    };
    vec![(libc::SYS_socketpair, pair), (libc::SYS_socket, socket)]
}

fn always(calls: &[i64]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

fn is(argument: u8, value: u32) -> Argument {
    Argument(argument, Test::Is(value))
}

fn not(argument: u8, value: u32) -> Argument {
    Argument(argument, Test::Not(value))
}

fn any(argument: u8, bits: u32) -> Argument {
    Argument(argument, Test::Any(bits))
}
