//! Others on this machine, reached by less common ways: processes, IPC, sockets
//! and keys. Each has a sibling in `attempts`.

use super::attempts::Attempt;

/// Processes and what they share.
pub(super) const PROCESSES: &[Attempt<'_>] = &[
    ("a signal by tkill", r#"call(200, V, 15)"#),
    (
        "a queued signal to a thread",
        r#"call(297, V, V, 15, struct.pack("iiiii", 15, 0, -1, os.getpid(), 0) + bytes(108))"#,
    ),
    (
        "a signal by a directory of processes",
        r#"call(424, os.open("/proc/%d" % V, os.O_RDONLY), 15, 0, 0)"#,
    ),
    (
        "a signal by a watched directory",
        r#"d = os.open(W, os.O_RDONLY); fcntl.fcntl(d, 8, V); fcntl.fcntl(d, 10, 15); fcntl.fcntl(d, 0x402, 4); put("new"); time.sleep(0.05)"#,
    ),
    (
        "a signal by an owner of another kind",
        r#"r, w = os.pipe(); fcntl.fcntl(r, 15, struct.pack("ii", 1, V)); fcntl.fcntl(r, 10, 15); fcntl.fcntl(r, 4, 0o20000 | os.O_NONBLOCK); os.write(w, b"x"); time.sleep(0.05)"#,
    ),
    (
        "a signal by a socket",
        r#"a, b = socket.socketpair(); fcntl.ioctl(a, 0x8901, struct.pack("i", V)); fcntl.fcntl(a, 10, 15); fcntl.fcntl(a, 4, 0o20000 | os.O_NONBLOCK); b.send(b"x"); time.sleep(0.05)"#,
    ),
    (
        "reading its memory",
        r#"
at = int(open("/proc/%d/maps" % V).read().split("-")[0], 16); b = ctypes.create_string_buffer(8)
call(310, V, struct.pack("QQ", ctypes.addressof(b), 8), 1, struct.pack("QQ", at, 8), 1, 0); said("read")"#,
    ),
    (
        "writing its memory",
        r#"
at = int([l for l in open("/proc/%d/maps" % V) if "[stack]" in l][0].split("-")[0], 16); b = ctypes.create_string_buffer(8)
call(311, V, struct.pack("QQ", ctypes.addressof(b), 8), 1, struct.pack("QQ", at, 8), 1, 0); said("written")"#,
    ),
    (
        "its memory by the file",
        r#"
at = int(open("/proc/%d/maps" % V).read().split("-")[0], 16); os.pread(os.open("/proc/%d/mem" % V, os.O_RDONLY), 8, at); said("read")"#,
    ),
    ("its map", r#"said(open("/proc/%d/maps" % V).read()[:9])"#),
    ("its start values", r#"said("read" if open("/proc/%d/auxv" % V, "rb").read() else "")"#),
    ("its open files", r#"said(str(os.listdir("/proc/%d/fd" % V)))"#),
    ("its program", r#"said(os.readlink("/proc/%d/exe" % V))"#),
    ("its directory", r#"said(os.readlink("/proc/%d/cwd" % V))"#),
    ("its counters", r#"said(open("/proc/%d/io" % V).read()[:9])"#),
    ("comparing with it", r#"call(312, os.getpid(), V, 0, 0, 0); said("compared")"#),
    (
        "its locks",
        r#"call(274, V, ctypes.byref(ctypes.c_long()), ctypes.byref(ctypes.c_long())); said("read")"#,
    ),
    (
        "moving its memory",
        r#"call(256, V, 64, struct.pack("Q", 1), struct.pack("Q", 1)); said("moved")"#,
    ),
    (
        "where its memory is",
        r#"call(279, V, 1, struct.pack("Q", 4096), 0, ctypes.create_string_buffer(8), 0); said("told")"#,
    ),
    (
        "advising on its memory",
        r#"at = int(open("/proc/%d/maps" % V).read().split("-")[0], 16); call(440, os.pidfd_open(V), struct.pack("QQ", at, 4096), 1, 20, 0); said("advised")"#,
    ),
    ("reaping its memory", r#"reached(448, os.pidfd_open(V), 0)"#),
    ("its schedule's value", r#"call(142, V, struct.pack("i", 0)); said("set")"#),
    (
        "its schedule's attributes",
        r#"call(314, V, struct.pack("IIQiIQQQ", 48, 5, 0, 0, 0, 0, 0, 0), 0)"#,
    ),
    ("its disk priority", r#"call(251, 1, V, (3 << 13) | 7); said("set")"#),
    (
        "what is dumped of it",
        r#"put("/proc/%d/coredump_filter" % V, "0", os.O_WRONLY); said("set")"#,
    ),
    ("its references", r#"put("/proc/%d/clear_refs" % V, "1", os.O_WRONLY); said("cleared")"#),
    ("all its threads", r#"put("/proc/%d/task/%d/oom_score_adj" % (V, V), "777", os.O_WRONLY)"#),
    (
        "starting a tracer",
        r#"
pid = os.fork()
if pid == 0:
    said("attached" if libc.ptrace(16, V, None, None) == 0 else ""); sys.stdout.flush(); os._exit(0)
os.waitpid(pid, 0)"#,
    ),
    ("a memory segment", r#"call(29, V + 0x51000000, 4096, 0o1600)"#),
    ("semaphores", r#"call(64, V + 0x51000000, 1, 0o1600)"#),
    ("a message queue", r#"call(68, V + 0x51000000, 0o1600)"#),
];

/// Who listens, by another address, another way to send, another kind of socket.
pub(super) const NETWORK: &[Attempt<'_>] = &[
    (
        "TCP by an address in the other",
        r#"s = socket.socket(socket.AF_INET6); s.connect(("::ffff:127.0.0.1", int(E["PORTS"].split()[0])))"#,
    ),
    ("TCP by name", r#"socket.create_connection(("localhost", int(E["PORTS"].split()[0])), 2)"#),
    (
        "TCP with data at once",
        r#"socket.socket().sendto(b"x", 0x20000000, ("127.0.0.1", int(E["PORTS"].split()[0])))"#,
    ),
    (
        "TCP without waiting",
        r#"
s = socket.socket(); s.setblocking(False); s.connect_ex(("127.0.0.1", int(E["PORTS"].split()[0]))); time.sleep(0.05)"#,
    ),
    (
        "UDP by a message",
        r#"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("127.0.0.1", int(E["PORTS"].split()[2])))"#,
    ),
    (
        "UDP by an address in the other",
        r#"socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("::ffff:127.0.0.1", int(E["PORTS"].split()[2])))"#,
    ),
    (
        "UDP by many messages",
        r#"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b = ctypes.create_string_buffer(b"x")
to = ctypes.create_string_buffer(struct.pack("=H", 2) + struct.pack(">H", int(E["PORTS"].split()[2])) + bytes([127, 0, 0, 1]) + bytes(8))
v = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(b), 1))
call(307, s.fileno(), struct.pack("QQQQQQQQ", ctypes.addressof(to), 16, ctypes.addressof(v), 1, 0, 0, 0, 0), 1, 0)"#,
    ),
    (
        "UDP from a shell",
        r#"subprocess.run(["bash", "-c", "echo x > /dev/udp/127.0.0.1/%s" % E["PORTS"].split()[2]], check=True)"#,
    ),
    (
        "UDP from a child that was left alone",
        r#"
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", int(E["PORTS"].split()[2])))
    os._exit(0)
os.wait(); time.sleep(0.05)"#,
    ),
];

/// Kinds of sockets that are neither the network nor needed.
pub(super) const KINDS: &[Attempt<'_>] = &[
    ("raw", r#"socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); said("made")"#),
    (
        "raw, the other version",
        r#"socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58); said("made")"#,
    ),
    ("packets as datagrams", r#"socket.socket(17, socket.SOCK_DGRAM); said("made")"#),
    ("packets, the old way", r#"call(41, 2, 10, 0x300); said("made")"#),
    ("ciphers", r#"reached(41, 38, 5, 0)"#),
    ("keys", r#"reached(41, 15, 3, 2)"#),
    ("radio", r#"reached(41, 31, 3, 1)"#),
    ("clusters", r#"reached(41, 30, 5, 0)"#),
    ("vehicles", r#"reached(41, 29, 3, 1)"#),
    ("fast packets", r#"reached(41, 44, 3, 0)"#),
    ("virtual machines", r#"reached(41, 40, 1, 0)"#),
    ("reliable datagrams", r#"reached(41, 21, 5, 0)"#),
    ("point to point", r#"reached(41, 24, 1, 0)"#),
    ("routers in the machine", r#"reached(41, 42, 2, 0)"#),
    ("shared memory", r#"reached(41, 43, 1, 0)"#),
    ("near fields", r#"reached(41, 39, 5, 0)"#),
    ("links", r#"reached(41, 26, 1, 0)"#),
    ("multiplexed", r#"reached(41, 41, 2, 0)"#),
    ("management", r#"reached(41, 45, 2, 0)"#),
    ("old networks", r#"reached(41, 4, 2, 0); reached(41, 5, 2, 0); reached(41, 9, 5, 0)"#),
    ("kernel events", r#"socket.socket(16, socket.SOCK_DGRAM, 15); said("made")"#),
    ("audits", r#"reached(41, 16, 3, 9)"#),
    ("packet filters", r#"reached(41, 16, 3, 12)"#),
    ("transformations", r#"reached(41, 16, 3, 6)"#),
    ("other messages of the kernel", r#"reached(41, 16, 3, 16)"#),
    ("pairs of other kinds", r#"reached(53, 30, 5, 0, ctypes.create_string_buffer(8))"#),
    (
        "a sequenced socket with a path",
        r#"socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); said("made")"#,
    ),
    (
        "a raw pair",
        r#"socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)[0].sendto(b"x", O + "/datagram")"#,
    ),
    (
        "a datagram to a name",
        r#"socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", "\0" + E["NAME"] + "d")"#,
    ),
    (
        "a datagram of a pair to a name",
        r#"socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", "\0" + E["NAME"] + "d")"#,
    ),
    (
        "a pair that is connected anew",
        r#"a = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0]; a.connect(O + "/datagram"); a.send(b"x")"#,
    ),
];

/// Keys, by ways around their names.
pub(super) const SECRETS: &[Attempt<'_>] = &[
    (
        "renaming the directory",
        r#"os.rename(H + "/.ssh", H + "/x"); said(open(H + "/x/id").read())"#,
    ),
    ("renaming the file", r#"os.rename(H + "/.netrc", H + "/x"); said(open(H + "/x").read())"#),
    ("taking the directory", r#"os.rename(H + "/.ssh", W + "/x"); said(open("x/id").read())"#),
    ("renaming the home", r#"os.rename(H, H + "2"); said(open(H + "2/.ssh/id").read())"#),
    (
        "a directory that was opened",
        r#"d = os.open(H, os.O_RDONLY); said(os.read(os.open(".ssh/id", os.O_RDONLY, dir_fd=d), 99).decode())"#,
    ),
    (
        "openat2",
        r#"d = call(437, os.open(H, os.O_PATH), ".ssh/id", struct.pack("QQQ", 0, 0, 0x10), 24); said(os.read(d, 99).decode())"#,
    ),
    ("the first process", r#"said(open("/proc/1/root" + H + "/.ssh/id").read())"#),
    ("another process", r#"said(open("/proc/%d/root%s/.ssh/id" % (V, H)).read())"#),
    ("the parent", r#"said(open("/proc/%d/root%s/.ssh/id" % (os.getppid(), H)).read())"#),
    ("a thread", r#"said(open("/proc/thread-self/root%s/.netrc" % H).read())"#),
    (
        "a copy",
        r#"said(subprocess.check_output(["sh", "-c", "cp -a $HOME/. c 2> /dev/null; cat c/.ssh/id c/.netrc"]).decode())"#,
    ),
    (
        "an archive",
        r#"said("read" if b"SSH-SECRET" in subprocess.run(["tar", "c", H], stdout=-1, stderr=-3).stdout else "")"#,
    ),
    (
        "a search",
        r#"said(subprocess.run(["grep", "-rho", "SSH-SECRET", H], stdout=-1, stderr=-3).stdout.decode())"#,
    ),
    ("making it readable", r#"os.chmod(H + "/.ssh/id", 0o777); said(open(H + "/.ssh/id").read())"#),
    (
        "removing the cover",
        r#"os.path.ismount(H + "/.ssh") and os.rmdir(H + "/.ssh"); said(open(H + "/.ssh/id").read())"#,
    ),
    (
        "unmounting the cover",
        r#"libc.umount2((H + "/.ssh").encode(), 2); said(open(H + "/.ssh/id").read())"#,
    ),
    (
        "a handle",
        r#"
b = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128)); m = ctypes.c_int()
call(303, -100, H + "/.ssh/id", b, ctypes.byref(m), 0); said(os.read(call(304, os.open(W, os.O_RDONLY), b, 0), 99).decode())"#,
    ),
    (
        "an inode that is guessed",
        r#"
for inode in range(os.stat(H).st_ino - 40, os.stat(H).st_ino + 400):
    b = ctypes.create_string_buffer(struct.pack("IiII", 8, 1, inode, 0) + bytes(128))
    try: d = call(304, os.open(W, os.O_RDONLY), b, 0)
    except OSError as error:
        if error.errno == 1: raise
        continue
    said("opened"); break"#,
    ),
    (
        "every process's environment",
        r#"
import glob
for name in glob.glob("/proc/[0-9]*/environ"):
    try: text = open(name, "rb").read()
    except OSError: continue
    said("read" if b"KEY-SECRET" in text or b"VICTIM-SECRET" in text else "")"#,
    ),
    (
        "every process's memory",
        r#"
import glob
for name in glob.glob("/proc/[0-9]*/mem"):
    if name.split("/")[2] in (str(os.getpid()), str(os.getppid())): continue
    try: os.open(name, os.O_RDONLY)
    except OSError: continue
    said(name if name.split("/")[2] == str(V) else "")"#,
    ),
    (
        "the password file of the kernel",
        r#"said("read" if open("/proc/kallsyms").read(16).strip("0 ") and " 0000" not in open("/proc/kallsyms").readline() and int(open("/proc/kallsyms").read(16), 16) else "")"#,
    ),
    (
        "the keys of the kernel",
        r#"call(250, 6, -4, ctypes.create_string_buffer(64), 64); said("described")"#,
    ),
    (
        "the kernel's messages",
        r#"b = ctypes.create_string_buffer(200); call(103, 3, b, 200); said("read")"#,
    ),
];
