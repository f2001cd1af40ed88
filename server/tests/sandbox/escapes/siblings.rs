//! The same ends by other means: each has a sibling in `attempts`, and goes by
//! another system call, another kind of path or another object of the kernel.

use super::attempts::Attempt;

/// Files outside, by the calls that do the same.
pub(super) const FILES: &[Attempt<'_>] = &[
    ("the oldest open", r#"call(2, O + "/new", os.O_WRONLY | os.O_CREAT, 0o644)"#),
    ("creat", r#"call(85, O + "/new", 0o644)"#),
    ("creat over a file", r#"call(85, F, 0o644)"#),
    (
        "openat2 below a directory",
        r#"call(437, os.open(O, os.O_RDONLY), "new", struct.pack("QQQ", os.O_WRONLY | os.O_CREAT, 0o644, 0x10), 24)"#,
    ),
    (
        "openat2 that truncates",
        r#"call(437, -100, F, struct.pack("QQQ", os.O_WRONLY | os.O_TRUNC, 0, 0), 24)"#,
    ),
    ("a file by mknod", r#"call(133, O + "/new", 0o100644, 0)"#),
    ("a file by mknodat", r#"call(259, os.open(O, os.O_PATH), "new", 0o100644, 0)"#),
    ("unlinkat", r#"call(263, os.open(O, os.O_PATH), "file", 0)"#),
    ("unlinkat of a directory", r#"call(263, -100, O + "/dir", 0x200)"#),
    ("renameat", r#"call(264, -100, F, -100, O + "/new")"#),
    ("renameat2 without replacing", r#"call(316, -100, F, -100, O + "/new", 1)"#),
    ("taking a directory", r#"os.rename(O + "/dir", W + "/taken")"#),
    ("planting a directory", r#"os.rename(W + "/sub", O + "/new")"#),
    (
        "linkat by descriptor",
        r#"call(265, os.open("file", os.O_RDONLY), "", -100, O + "/new", 0x1000)"#,
    ),
    ("symlinkat", r#"call(266, "x", os.open(O, os.O_PATH), "new")"#),
    ("mkdirat", r#"call(258, os.open(O, os.O_PATH), "new", 0o755)"#),
    ("the mode by a bare handle", r#"os.chmod("/proc/self/fd/%d" % os.open(F, os.O_PATH), 0o777)"#),
    ("the mode by fchmodat", r#"call(268, os.open(O, os.O_PATH), "file", 0o777)"#),
    ("the mode by an empty path", r#"call(452, os.open(F, os.O_PATH), "", 0o777, 0x1000)"#),
    ("the owner by lchown", r#"call(94, F, 12345, 12345)"#),
    ("the owner by an empty path", r#"call(260, os.open(F, os.O_PATH), "", 12345, -1, 0x1000)"#),
    ("times by utime", r#"call(132, F, struct.pack("qq", 1000, 1000))"#),
    ("times by utimes", r#"call(235, F, struct.pack("qqqq", 1000, 0, 1000, 0))"#),
    ("times by futimesat", r#"call(261, -100, F, struct.pack("qqqq", 1000, 0, 1000, 0))"#),
    (
        "times by an empty path",
        r#"call(280, os.open(F, os.O_PATH), "", struct.pack("qqqq", 1000, 0, 1000, 0), 0x1000)"#,
    ),
    ("an attribute by lsetxattr", r#"call(189, F, "user.x", b"1", 1, 0)"#),
    (
        "an attribute by setxattrat",
        r#"b = ctypes.create_string_buffer(b"1"); call(463, -100, F, 0, "user.x", struct.pack("QII", ctypes.addressof(b), 1, 0), 16)"#,
    ),
    (
        "flags of the inode",
        r#"fcntl.ioctl(os.open(F, os.O_RDONLY), 0x40086602, struct.pack("l", 0x40))"#,
    ),
    (
        "flags of the inode, the other way",
        r#"d = os.open(F, os.O_RDONLY); x = bytearray(28); fcntl.ioctl(d, 0x801c581f, x); x[0] |= 0x80; fcntl.ioctl(d, 0x401c5820, bytes(x))"#,
    ),
    (
        "flags by file_setattr",
        r#"call(469, -100, F, struct.pack("QIIII", 0x80, 0, 0, 0, 0), 24, 0)"#,
    ),
    (
        "the generation of the inode",
        r#"fcntl.ioctl(os.open(F, os.O_RDONLY), 0x40087602, struct.pack("l", 77)); said("set")"#,
    ),
    ("sendfile", r#"os.sendfile(os.open(F, os.O_WRONLY), os.open("file", os.O_RDONLY), 0, 4)"#),
    ("a pipe with a reader", r#"put(O + "/pipe", flags=os.O_WRONLY | os.O_NONBLOCK)"#),
    ("memory of the system", r#"put("/dev/shm/" + E["NAME"])"#),
    (
        "a shared temporary directory",
        r#"os.mkdir("/tmp/" + E["NAME"]); os.rmdir("/tmp/" + E["NAME"]); said("made")"#,
    ),
    ("a file of the system", r#"os.close(os.open("/etc/hosts", os.O_WRONLY)); said("opened")"#),
    (
        "a link that is exchanged all the time",
        r#"
child = os.fork()
if child == 0:
    signal.alarm(5)
    while True:
        for name in ("sub", O):
            os.symlink(name if name == O else W + "/sub", "t"); os.rename("t", "r")
for _ in range(3000):
    try: put("r/new")
    except OSError: pass
os.kill(child, 9)"#,
    ),
];

/// New roots, mounts and namespaces. What the kernel accepts gets out.
pub(super) const MOUNTS: &[Attempt<'_>] = &[
    ("mount", r#"call(165, "none", O + "/dir", "tmpfs", 0, 0); said("mounted")"#),
    ("mount by binding", r#"call(165, O, W + "/sub", 0, 0x1000, 0); put("sub/new")"#),
    ("mounting anew", r#"reached(165, 0, "/", 0, 0x1020, 0)"#),
    ("umount", r#"reached(166, O, 2)"#),
    ("fsopen", r#"call(430, "tmpfs", 0); said("opened")"#),
    ("fspick", r#"call(433, -100, "/", 0); said("picked")"#),
    ("fsconfig", r#"reached(431, 99, 0, "x", 0, 0)"#),
    ("fsmount", r#"reached(432, 99, 0, 0)"#),
    ("open_tree", r#"call(428, -100, O, 1); said("copied")"#),
    ("open_tree_attr", r#"reached(467, -100, O, 1, struct.pack("QQQQ", 0, 1, 0, 0), 32)"#),
    ("move_mount", r#"reached(429, -100, O, -100, W, 0)"#),
    ("mount_setattr", r#"reached(442, -100, "/", 0, struct.pack("QQQQ", 0, 1, 0, 0), 32)"#),
    ("pivot_root", r#"reached(155, O, O)"#),
    ("chroot", r#"os.chroot(O); said("moved")"#),
    ("setns", r#"reached(308, os.open("/proc/self/ns/mnt", os.O_RDONLY), 0)"#),
    ("setns by process", r#"reached(308, os.pidfd_open(os.getpid()), 0x20000)"#),
    ("a mount namespace", r#"call(272, 0x20000); said("made")"#),
    ("a control group namespace", r#"call(272, 0x2000000); said("made")"#),
    ("a host name namespace", r#"call(272, 0x4000000); said("made")"#),
    ("an IPC namespace", r#"call(272, 0x8000000); said("made")"#),
    ("a process namespace", r#"call(272, 0x20000000); said("made")"#),
    ("a network namespace", r#"call(272, 0x40000000); said("made")"#),
    ("a time namespace", r#"call(272, 0x80); said("made")"#),
    ("a user namespace and a mount one", r#"call(272, 0x10020000); said("made")"#),
    (
        "a control group",
        r#"
for top in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified"):
    try: os.mkdir(top + "/" + E["NAME"])
    except OSError as error: print(error); continue
    os.rmdir(top + "/" + E["NAME"]); said("made")"#,
    ),
];

/// The machine: what only its owner may change or look into.
pub(super) const MACHINE: &[Attempt<'_>] = &[
    ("the host's name", r#"libc.sethostname(b"pwned", 5) == 0 and said("named")"#),
    ("the domain's name", r#"reached(171, b"pwned", 5)"#),
    ("swapping to a file", r#"reached(167, O + "/missing", 0)"#),
    ("swapping no more", r#"reached(168, O + "/missing")"#),
    ("accounting", r#"reached(163, O + "/missing")"#),
    ("quotas", r#"reached(179, 0x80000100, 0, 0, 0)"#),
    ("rebooting", r#"reached(169, 0, 0, 0, 0)"#),
    ("another kernel", r#"reached(246, 0, 0, 0, 0xff)"#),
    ("another kernel by descriptor", r#"reached(320, -1, -1, 0, "", 0xff)"#),
    ("a module", r#"reached(175, b"x", 1, b"")"#),
    ("a module by descriptor", r#"reached(313, -1, b"", 0)"#),
    ("removing a module", r#"reached(176, b"no_such_module", 0)"#),
    ("the clock", r#"reached(164, 0, 0)"#),
    ("the clock by its number", r#"reached(227, 99, struct.pack("qq", 0, 0))"#),
    (
        "the clock's pace",
        r#"reached(159, ctypes.create_string_buffer(struct.pack("I", 0) + bytes(300)))"#,
    ),
    (
        "the clock's pace by number",
        r#"reached(305, 0, ctypes.create_string_buffer(struct.pack("I", 0) + bytes(300)))"#,
    ),
    ("ports of the processor", r#"reached(172, 3)"#),
    ("a port of the processor", r#"reached(173, 0x80, 1, 0)"#),
    ("the kernel's log", r#"reached(103, 10, 0, 0)"#),
    ("programs in the kernel", r#"reached(321, 0, ctypes.create_string_buffer(128), 128)"#),
    ("watching all files", r#"reached(300, 0, 0)"#),
    ("watching by mark", r#"reached(301, -1, 1, 0, -100, 0)"#),
    (
        "counters of another process",
        r#"reached(298, ctypes.create_string_buffer(struct.pack("IIQ", 1, 128, 1) + bytes(112)), V, -1, -1, 0)"#,
    ),
    ("hanging up", r#"reached(153) if os.setsid() else None"#),
    (
        "a ring that is entered",
        r#"call(426, -1, 0, 0, 0, 0, 0)
said("entered")"#,
    ),
    (
        "32-bit numbers",
        r#"
m = mmap.mmap(-1, 4096, prot=7); m.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
said("answered" if f() == os.getpid() else "")"#,
    ),
    (
        "file capabilities",
        r#"os.setxattr("file", "security.capability", struct.pack("<IIIII", 0x2000001, 0xff, 0, 0, 0)); said("set")"#,
    ),
    ("a trusted attribute", r#"os.setxattr("file", "trusted.x", b"1"); said("set")"#),
    (
        "a set-id bit by creat",
        r#"d = call(85, "s", 0o4755); said("set" if os.fstat(d).st_mode & 0o4000 else "")"#,
    ),
    (
        "a set-id bit by mknod",
        r#"call(133, "s", 0o104755, 0); said("set" if os.stat("s").st_mode & 0o4000 else "")"#,
    ),
    (
        "a set-id bit by openat2",
        r#"d = call(437, -100, "s", struct.pack("QQQ", os.O_WRONLY | os.O_CREAT, 0o4755, 0), 24); said("set" if os.fstat(d).st_mode & 0o4000 else "")"#,
    ),
    ("a set-id bit by fchmodat2", r#"call(452, -100, "file", 0o4755, 0); said("set")"#),
    (
        "a set-id bit without a name",
        r#"d = os.open(W, 0o20200000 | os.O_RDWR, 0o4755); said("set" if os.fstat(d).st_mode & 0o4000 else "")"#,
    ),
    (
        "a set-id bit in an archive",
        r#"subprocess.run("cp file s && chmod g+s s && tar cf t s && mkdir o && tar xpf t -C o", shell=True, check=True); said("set" if os.stat("o/s").st_mode & 0o2000 else "")"#,
    ),
    ("a character device", r#"os.mknod("n", 0o020600, os.makedev(1, 3)); said("made")"#),
    ("a block device", r#"os.mknod("n", 0o060600, os.makedev(7, 0)); said("made")"#),
    ("the log's device", r#"os.open("/dev/kmsg", os.O_RDWR | os.O_NONBLOCK); said("opened")"#),
    ("memory's device", r#"os.open("/dev/mem", os.O_RDONLY); said("opened")"#),
    (
        "a disk",
        r#"
for line in open("/proc/partitions").read().split("\n")[2:3]:
    os.open("/dev/" + line.split()[3], os.O_RDONLY); said("opened")"#,
    ),
    ("loop devices", r#"os.open("/dev/loop-control", os.O_RDWR); said("opened")"#),
    ("networks of one's own", r#"os.open("/dev/net/tun", os.O_RDWR); said("opened")"#),
    ("file systems of one's own", r#"os.open("/dev/fuse", os.O_RDWR); said("opened")"#),
    (
        "what handles core dumps",
        r#"os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY); said("opened")"#,
    ),
    ("what loads modules", r#"os.open("/proc/sys/kernel/modprobe", os.O_WRONLY); said("opened")"#),
    (
        "the number of processes",
        r#"os.open("/proc/sys/kernel/pid_max", os.O_WRONLY); said("opened")"#,
    ),
    (
        "where memory is",
        r#"os.open("/proc/sys/kernel/randomize_va_space", os.O_WRONLY); said("opened")"#,
    ),
    (
        "overcommitting memory",
        r#"os.open("/proc/sys/vm/overcommit_memory", os.O_WRONLY); said("opened")"#,
    ),
    ("dropping caches", r#"os.open("/proc/sys/vm/drop_caches", os.O_WRONLY); said("opened")"#),
    ("the magic key", r#"os.open("/proc/sysrq-trigger", os.O_WRONLY); said("opened")"#),
    (
        "memory of the kernel",
        r#"os.open("/sys/kernel/mm/transparent_hugepage/enabled", os.O_WRONLY); said("opened")"#,
    ),
    ("going to sleep", r#"os.open("/sys/power/state", os.O_WRONLY); said("opened")"#),
    (
        "what the kernel calls",
        r#"os.open("/sys/kernel/uevent_helper", os.O_WRONLY); said("opened")"#,
    ),
    (
        "another control group",
        r#"
import glob
for name in glob.glob("/sys/fs/cgroup/cgroup.procs") + glob.glob("/sys/fs/cgroup/*/cgroup.procs"):
    os.open(name, os.O_WRONLY); said("opened")"#,
    ),
    (
        "what a control group runs",
        r#"
import glob
for name in glob.glob("/sys/fs/cgroup/*/release_agent"):
    os.open(name, os.O_WRONLY); said("opened")"#,
    ),
    (
        "its own killing order",
        r#"put("/proc/self/oom_score_adj", "-500", os.O_WRONLY); said("set")"#,
    ),
    (
        "a real-time schedule",
        r#"os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); said("set")"#,
    ),
    ("a higher priority", r#"os.nice(-5); said("set")"#),
    (
        "a higher limit",
        r#"h = resource.getrlimit(resource.RLIMIT_NOFILE)[1]; resource.setrlimit(resource.RLIMIT_NOFILE, (h + 1, h + 1)); said("set")"#,
    ),
    ("another user", r#"os.setresgid(7, 7, 7); os.setresuid(7, 7, 7); said("become")"#),
    ("another group", r#"os.setgroups([7]); said("joined")"#),
];
