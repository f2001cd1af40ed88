//! The attempts themselves: name, and what is tried, in Python.

pub(super) type Attempt<'a> = (&'a str, &'a str);

/// Changing what lies outside, straight away.
pub(super) const FILES: &[Attempt<'_>] = &[
    ("create", r#"put(O + "/new")"#),
    ("create exclusively", r#"put(O + "/new", flags=os.O_WRONLY | os.O_CREAT | os.O_EXCL)"#),
    ("overwrite", r#"put(F, flags=os.O_WRONLY)"#),
    ("append", r#"put(F, flags=os.O_WRONLY | os.O_APPEND)"#),
    ("read and write", r#"put(F, flags=os.O_RDWR)"#),
    ("truncate on opening to read", r#"os.open(F, os.O_RDONLY | os.O_TRUNC)"#),
    ("truncate by name", r#"os.truncate(F, 0)"#),
    ("remove", r#"os.unlink(F)"#),
    ("rename", r#"os.rename(F, O + "/new")"#),
    ("rename a directory", r#"os.rename(O + "/dir", O + "/new")"#),
    ("take", r#"os.rename(F, W + "/taken")"#),
    ("plant", r#"os.rename(W + "/file", O + "/new")"#),
    ("exchange", r#"call(316, -100, W + "/file", -100, F, 2)"#),
    ("make a directory", r#"os.mkdir(O + "/new")"#),
    ("remove a directory", r#"os.rmdir(O + "/dir")"#),
    ("make a link", r#"os.symlink("x", O + "/new")"#),
    ("make a hard link", r#"os.link(W + "/file", O + "/new")"#),
    ("make a pipe", r#"os.mkfifo(O + "/new")"#),
    ("make a socket", r#"s = socket.socket(socket.AF_UNIX); s.bind(O + "/new")"#),
    ("make a device", r#"os.mknod(O + "/new", 0o020600, os.makedev(1, 3))"#),
    ("change the mode", r#"os.chmod(F, 0o777)"#),
    ("change the mode by descriptor", r#"os.fchmod(os.open(F, os.O_RDONLY), 0o777)"#),
    ("change the mode without following", r#"call(452, -100, F, 0o777, 0)"#),
    ("change the group", r#"os.chown(F, -1, 12345)"#),
    ("change the owner by descriptor", r#"os.fchown(os.open(F, os.O_RDONLY), 12345, -1)"#),
    ("change times", r#"os.utime(F, (1000, 1000))"#),
    ("change times by descriptor", r#"os.utime(os.open(F, os.O_RDONLY), (1000, 1000))"#),
    ("set an attribute", r#"os.setxattr(F, "user.x", b"1")"#),
    ("set an attribute by descriptor", r#"os.setxattr(os.open(F, os.O_RDONLY), "user.x", b"1")"#),
    ("change a startup file", r#"put(H + "/.bashrc", flags=os.O_WRONLY | os.O_APPEND)"#),
    ("make a startup file", r#"put(H + "/.profile")"#),
    ("add a key", r#"put(H + "/.ssh/authorized_keys")"#),
    ("remove the keys", r#"os.rename(H + "/.ssh", H + "/.ssh2")"#),
    ("reserve room", r#"os.posix_fallocate(os.open(F, os.O_WRONLY), 0, 4096)"#),
];

/// Changing what lies outside, by another name.
pub(super) const WAYS: &[Attempt<'_>] = &[
    ("a link to a file", r#"os.symlink(F, "l"); put("l", flags=os.O_WRONLY)"#),
    ("a link to a directory", r#"os.symlink(O, "l"); put("l/new")"#),
    ("a hard link", r#"os.link(F, "l"); put("l", flags=os.O_WRONLY)"#),
    ("two dots", r#"put("../../o/new")"#),
    ("the root of this process", r#"put("/proc/self/root" + O + "/new")"#),
    ("the directory of this process", r#"put("/proc/self/cwd/../../o/new")"#),
    ("the root of another process", r#"put("/proc/%d/root%s/new" % (V, O))"#),
    ("the root of the first process", r#"put("/proc/1/root" + O + "/new")"#),
    ("the root of the parent", r#"put("/proc/%d/root%s/new" % (os.getppid(), O))"#),
    (
        "a descriptor that was opened to read",
        r#"put("/proc/self/fd/%d" % os.open(F, os.O_RDONLY), flags=os.O_WRONLY)"#,
    ),
    (
        "a directory that was opened",
        r#"d = os.open(O, os.O_RDONLY); os.close(os.open("new", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=d))"#,
    ),
    (
        "a file without a name",
        r#"fd = os.open(O, 0o20200000 | os.O_RDWR, 0o644); os.write(fd, b"PWNED"); call(265, -100, "/proc/self/fd/%d" % fd, -100, O + "/new", 0x400)"#,
    ),
    ("a shared mapping", r#"fd = os.open(F, os.O_RDWR); m = mmap.mmap(fd, 4); m[0:2] = b"PW""#),
    (
        "a handle",
        r#"
buffer = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128)); mount = ctypes.c_int()
call(303, -100, F, buffer, ctypes.byref(mount), 0)
fd = call(304, os.open(W, os.O_RDONLY), buffer, os.O_WRONLY); os.write(fd, b"PWNED")"#,
    ),
    (
        "another process's descriptor",
        r#"c = "/proc/%d/cwd/" % V; put(c + os.path.relpath(O + "/new", os.readlink(c)))"#,
    ),
    (
        "copying between files",
        r#"a = os.open("file", os.O_RDONLY); b = os.open(F, os.O_WRONLY); os.copy_file_range(a, b, 4)"#,
    ),
    (
        "openat2",
        r#"fd = call(437, -100, O + "/new", struct.pack("QQQ", os.O_WRONLY | os.O_CREAT, 0o644, 0), 24); os.write(fd, b"PWNED")"#,
    ),
    ("a program of another mount", r#"subprocess.run(["cp", "file", O + "/new"], check=True)"#),
    (
        "a child in a session of its own",
        r#"subprocess.run(["setsid", "-w", "sh", "-c", "echo > $O/new"], check=True)"#,
    ),
    (
        "a new user namespace",
        r#"subprocess.run(["unshare", "-rm", "sh", "-c", "mount --bind $O $W/sub && echo > $W/sub/new"], check=True)"#,
    ),
    (
        "io_uring",
        r#"
params = ctypes.create_string_buffer(120)
if call(425, 4, params) >= 0: said("a ring was made")"#,
    ),
];

/// What git and Tiro read later.
pub(super) const PROTECTED: &[Attempt<'_>] = &[
    ("a new hook", r#"put(".git/hooks/post-checkout")"#),
    ("a hook that exists", r#"put(".git/hooks/pre-commit", flags=os.O_WRONLY)"#),
    ("making a hook executable", r#"os.chmod(".git/hooks/pre-commit", 0o755)"#),
    ("removing a hook", r#"os.unlink(".git/hooks/pre-commit")"#),
    ("renaming the hooks", r#"os.rename(".git/hooks", ".git/.undone-h")"#),
    ("the configuration", r#"put(".git/config", flags=os.O_WRONLY | os.O_APPEND)"#),
    ("replacing the configuration", r#"put("c"); os.rename("c", ".git/config")"#),
    ("removing the configuration", r#"os.unlink(".git/config")"#),
    ("exchanging the configuration", r#"put("c"); call(316, -100, "c", -100, ".git/config", 2)"#),
    (
        "a link in place of the configuration",
        r#"os.unlink(".git/config"); os.symlink("../c", ".git/config")"#,
    ),
    (
        "the configuration by hard link",
        r#"os.link(".git/config", "c"); put("c", flags=os.O_WRONLY)"#,
    ),
    ("git config", r#"subprocess.run(["git", "config", "core.fsmonitor", "x"], check=True)"#),
    ("a configuration of the worktree", r#"put(".git/config.worktree")"#),
    ("another common directory", r#"put(".git/commondir")"#),
    ("the repository renamed", r#"os.rename(".git", "g")"#),
    ("the repository exchanged", r#"os.mkdir("g"); call(316, -100, "g", -100, ".git", 2)"#),
    ("the repository removed", r#"subprocess.run(["rm", "-rf", ".git"], check=True)"#),
    ("a hook of a nested repository", r#"put("sub/.git/hooks/pre-commit")"#),
    ("the configuration of a nested repository", r#"put("sub/.git/config", flags=os.O_WRONLY)"#),
    ("a nested repository renamed", r#"os.rename("sub/.git", "sub/g")"#),
    ("Tiro's configuration", r#"put(".tiro/config.toml", flags=os.O_WRONLY)"#),
    ("a new file of Tiro's", r#"put(".tiro/new")"#),
    ("Tiro's folder renamed", r#"os.rename(".tiro", "t")"#),
    (
        "the lock of the configuration",
        r#"put(".git/.undone-"); os.rename(".git/.undone-", ".git/config")"#,
    ),
    (
        "a hook by hard link",
        r#"os.link(".git/hooks/pre-commit", "k"); put("k", flags=os.O_WRONLY)"#,
    ),
    ("a hook by a handle", r#"put("hooks/x", dir_fd=os.open(".git", os.O_PATH))"#),
    ("a hook by the root of this process", r#"put("/proc/self/root" + E["W"] + "/.git/hooks/x")"#),
    (
        "a hook by openat2",
        r#"call(437, os.open(".git", os.O_PATH), "hooks/x", struct.pack("QQQ", os.O_WRONLY | os.O_CREAT, 0o644, 0), 24)"#,
    ),
    ("a hook by link", r#"os.symlink(".git/hooks", "k"); put("k/x")"#),
    ("the mode of the hooks", r#"os.chmod(".git/hooks", 0o777)"#),
    ("the mode of the configuration", r#"os.chmod(".git/config", 0o777)"#),
    ("linking a hook", r#"put("x"); os.link("x", ".git/hooks/x")"#),
    ("moving a hook", r#"put("x"); os.rename("x", ".git/hooks/x")"#),
    (
        "git config of the worktree",
        r#"subprocess.run(["git", "config", "-f", ".git/config.worktree", "core.fsmonitor", "x"], check=True)"#,
    ),
    (
        "git init again",
        r#"os.mkdir("t"); os.mkdir("t/hooks"); open("t/hooks/x", "w").close(); subprocess.run(["git", "init", "-q", "--template=t", "."], check=True)"#,
    ),
    ("Tiro's folder emptied", r#"subprocess.run(["rm", "-rf", ".tiro"], check=True)"#),
    (
        "Tiro's folder by link",
        r#"os.symlink(".tiro", "t"); put("t/config.toml", flags=os.O_WRONLY)"#,
    ),
    ("Tiro's folder exchanged", r#"os.mkdir("t"); call(316, -100, "t", -100, ".tiro", 2)"#),
    ("unmounting", r#"libc.umount2(b".git/hooks", 2); put(".git/hooks/post-checkout")"#),
    (
        "remounting",
        r#"libc.mount(None, b".git/hooks", None, 0x1020, None); put(".git/hooks/post-checkout")"#,
    ),
];

/// Who listens on this machine.
pub(super) const NETWORK: &[Attempt<'_>] = &[
    ("TCP", r#"socket.create_connection(("127.0.0.1", int(E["PORTS"].split()[0])), 2)"#),
    ("TCP over IPv6", r#"socket.create_connection(("::1", int(E["PORTS"].split()[1])), 2)"#),
    (
        "TCP by every address",
        r#"socket.create_connection(("0.0.0.0", int(E["PORTS"].split()[0])), 2)"#,
    ),
    (
        "multipath TCP",
        r#"s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262); s.connect(("127.0.0.1", int(E["PORTS"].split()[0])))"#,
    ),
    (
        "UDP",
        r#"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", int(E["PORTS"].split()[2])))"#,
    ),
    (
        "UDP over IPv6",
        r#"socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("::1", int(E["PORTS"].split()[3])))"#,
    ),
    (
        "connected UDP",
        r#"s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("127.0.0.1", int(E["PORTS"].split()[2]))); s.send(b"x")"#,
    ),
    (
        "a child",
        r#"subprocess.run(["bash", "-c", "echo x > /dev/tcp/127.0.0.1/%s" % E["PORTS"].split()[0]], check=True)"#,
    ),
    ("a socket with a path", r#"socket.socket(socket.AF_UNIX).connect(O + "/stream")"#),
    ("a socket with a name", r#"socket.socket(socket.AF_UNIX).connect("\0" + E["NAME"])"#),
    (
        "a datagram to a path",
        r#"socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", O + "/datagram")"#,
    ),
    (
        "a datagram from a pair",
        r#"socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", O + "/datagram")"#,
    ),
    ("packets", r#"socket.socket(17, socket.SOCK_RAW); said("a packet socket")"#),
    ("virtual sockets", r#"socket.socket(40, socket.SOCK_STREAM); said("a vsock")"#),
    (
        "the network of another process",
        r#"call(308, os.open("/proc/%d/ns/net" % V, os.O_RDONLY), 0); said("moved")"#,
    ),
];

/// Who listens on this machine and is not the network.
pub(super) const DAEMONS: &[Attempt<'_>] = &[
    ("a socket with a path", r#"socket.socket(socket.AF_UNIX).connect(O + "/stream")"#),
    ("a socket with a name", r#"socket.socket(socket.AF_UNIX).connect("\0" + E["NAME"])"#),
    (
        "a datagram to a path",
        r#"socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", O + "/datagram")"#,
    ),
    (
        "a datagram from a pair",
        r#"socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", O + "/datagram")"#,
    ),
    ("packets", r#"socket.socket(17, socket.SOCK_RAW); said("a packet socket")"#),
    ("virtual sockets", r#"socket.socket(40, socket.SOCK_STREAM); said("a vsock")"#),
    ("a file outside", r#"put(O + "/new")"#),
    ("another process", r#"os.kill(V, 9)"#),
];

/// Processes of the user that are not the command's.
pub(super) const PROCESSES: &[Attempt<'_>] = &[
    ("a signal", r#"os.kill(V, 15)"#),
    ("a signal to a thread", r#"call(234, V, V, 15)"#),
    ("a signal that stops", r#"os.kill(V, 19); import time; time.sleep(0.05)"#),
    ("a signal by handle", r#"signal.pidfd_send_signal(os.pidfd_open(V), 15)"#),
    (
        "a queued signal",
        r#"call(129, V, 15, struct.pack("iiiii", 15, 0, -1, os.getpid(), 0) + bytes(108))"#,
    ),
    (
        "a signal by a pipe",
        r#"r, w = os.pipe(); fcntl.fcntl(r, 8, V); fcntl.fcntl(r, 10, 15); fcntl.fcntl(r, 4, 0o20000 | os.O_NONBLOCK); os.write(w, b"x"); import time; time.sleep(0.05)"#,
    ),
    (
        "attaching",
        r#"
if libc.ptrace(16, V, None, None) == 0: said("attached"); os.waitpid(V, 0x40000000)"#,
    ),
    (
        "seizing",
        r#"
if libc.ptrace(0x4206, V, None, None) == 0: said("seized")"#,
    ),
    ("its memory", r#"os.open("/proc/%d/mem" % V, os.O_RDWR); said("opened")"#),
    ("its priority", r#"os.setpriority(os.PRIO_PROCESS, V, 15)"#),
    ("its scheduling", r#"os.sched_setscheduler(V, os.SCHED_IDLE, os.sched_param(0))"#),
    ("its processors", r#"os.sched_setaffinity(V, {0})"#),
    ("its limits", r#"resource.prlimit(V, resource.RLIMIT_NOFILE, (7, 7))"#),
    ("its killing order", r#"put("/proc/%d/oom_score_adj" % V, "777", os.O_WRONLY)"#),
    ("its timers", r#"put("/proc/%d/timerslack_ns" % V, "777", os.O_WRONLY); said("set")"#),
    ("its descriptors", r#"call(438, os.pidfd_open(V), 0, 0); said("taken")"#),
    (
        "its environment",
        r#"said("VICTIM-SECRET" if b"VICTIM-SECRET" in open("/proc/%d/environ" % V, "rb").read() else "")"#,
    ),
    (
        "seeing it",
        r#"said("seen" if os.path.exists("/proc/%d/status" % V) and "sleep" in open("/proc/%d/comm" % V).read() else "")"#,
    ),
];

/// What must not be read.
pub(super) const SECRETS: &[Attempt<'_>] = &[
    ("a key", r#"said(open(H + "/.ssh/id").read())"#),
    ("a key by link", r#"os.symlink(H, "h"); said(open("h/.ssh/id").read())"#),
    (
        "a key by the root of this process",
        r#"said(open("/proc/self/root" + H + "/.ssh/id").read())"#,
    ),
    ("a key by hard link", r#"os.link(H + "/.ssh/id", "k"); said(open("k").read())"#),
    ("a password", r#"said(open(H + "/.netrc").read())"#),
    ("a key in the environment", r#"said(E.get("OPENAI_API_KEY"))"#),
    (
        "a key in the parent's environment",
        r#"said("KEY" if b"KEY-SECRET" in open("/proc/%d/environ" % os.getppid(), "rb").read() or "OPENAI_API_KEY" in E else "")"#,
    ),
];

/// What reaches deep into the kernel. These change nothing: that the kernel
/// accepts them is enough.
pub(super) const KERNEL: &[Attempt<'_>] = &[
    ("a user namespace", r#"call(272, 0x10000000); said("made")"#),
    (
        "a user namespace by clone",
        r#"
pid = call(56, 0x10000000 | 17, 0, 0, 0, 0)
if pid == 0: os._exit(0)
said("made")"#,
    ),
    (
        "a user namespace by clone3",
        r#"
arguments = ctypes.create_string_buffer(struct.pack("11Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0))
pid = call(435, arguments, 88)
if pid == 0: os._exit(0)
said("made")"#,
    ),
    ("io_uring", r#"call(425, 4, ctypes.create_string_buffer(120)); said("made")"#),
    ("user faults", r#"call(323, 0x80001); said("made")"#),
    (
        "performance counters",
        r#"call(298, ctypes.create_string_buffer(struct.pack("IIQ", 1, 128, 1) + struct.pack("QQQ", 0, 0, 0) + struct.pack("Q", 0x20) + bytes(80)), 0, -1, -1, 0); said("made")"#,
    ),
    ("keyrings", r#"call(250, 0, -4, 0); said("read")"#),
    ("a key", r#"call(248, b"user", b"tiro-test", b"x", 1, -2); said("added")"#),
    (
        "typing",
        r#"
m, s = os.openpty(); os.setsid(); fcntl.ioctl(s, 0x540e, 0); fcntl.ioctl(s, 0x5412, b"x"); said("typed")"#,
    ),
    ("a set-id bit", r#"put("s"); os.chmod("s", 0o4755); said("set")"#),
    (
        "a set-id bit on opening",
        r#"fd = os.open("s", os.O_WRONLY | os.O_CREAT, 0o4755); said("set" if os.fstat(fd).st_mode & 0o4000 else "")"#,
    ),
    (
        "a set-id bit by descriptor",
        r#"fd = os.open("s", os.O_WRONLY | os.O_CREAT, 0o755); os.fchmod(fd, 0o2755); said("set")"#,
    ),
    (
        "file handles",
        r#"call(303, -100, F, ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128)), ctypes.byref(ctypes.c_int()), 0); said("made")"#,
    ),
    (
        "more privileges",
        r#"said("none" if "NoNewPrivs:\t0" in open("/proc/self/status").read() else "")"#,
    ),
];
