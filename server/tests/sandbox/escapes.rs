//! Attempts to get out, each a script that is judged from outside: by what has
//! changed beside the workspace, by who was reached, and by what it says it saw.
//! Each runs once without the sandbox, where it must succeed: an attempt that
//! cannot succeed proves nothing.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, UdpSocket},
    os::{
        fd::AsRawFd as _,
        linux::net::SocketAddrExt as _,
        unix::{
            fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
            net::{SocketAddr, UnixDatagram, UnixListener},
            process::CommandExt as _,
        },
    },
    path::Path,
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

use rustix::fs::{OFlags, ioctl_getflags};

#[path = "escapes/attempts.rs"]
mod attempts;
#[path = "escapes/others.rs"]
mod others;
#[path = "escapes/planted.rs"]
mod planted;
#[path = "escapes/siblings.rs"]
mod siblings;

/// What an attempt can use, in Python: `call` makes a system call, `reached`
/// makes one that changes nothing and tells whether the kernel looked at it.
/// Every attempt is a process of its own, in a directory of its own.
const DRIVER: &str = r#"
import os, sys, socket, ctypes, signal, struct, fcntl, mmap, resource, subprocess, time
E = os.environ; O = E["O"]; H = E["HOME"]; V = int(E["VICTIM"]); F = O + "/file"
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    arguments = [a.encode() if isinstance(a, str) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if result < 0: raise OSError(ctypes.get_errno(), "call %d" % number)
    return result
def reached(number, *arguments):
    try: call(number, *arguments)
    except OSError as error:
        if error.errno in (1, 13, 38): raise
    said("reached")
def put(path, text="PWNED", flags=os.O_WRONLY | os.O_CREAT, **more):
    fd = os.open(path, flags, 0o644, **more); os.write(fd, text.encode()); os.close(fd)
def said(text):
    if text: print("ESCAPED", text)
scripts = sys.stdin.read().split("\x1e")
os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
for number, script in enumerate(scripts):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        W = E["W"] + "/%d" % number; os.makedirs(W + "/sub"); os.chdir(W); put("file", "mine\n")
        print("ATTEMPT", number, flush=True)
        try: exec(script)
        except BaseException as error: print(type(error).__name__, error)
        sys.stdout.flush(); os._exit(0)
    os.waitpid(pid, 0)
"#;

/// Who runs a command, and with what options of the sandbox.
#[derive(Debug, Clone, Copy)]
struct Mode {
    /// An ordinary user; where the tests are run by one, always.
    ordinary: bool,
    options: &'static [&'static str],
}

const ROOT: Mode = Mode { ordinary: false, options: &[] };
const USER: Mode = Mode { ordinary: true, options: &[] };
const ROOT_WITHOUT: Mode = Mode { ordinary: false, options: &["--no-namespaces"] };
const USER_WITHOUT: Mode = Mode { ordinary: true, options: &["--no-namespaces"] };
/// The ordinary user's number, and the number of the group.
const NOBODY: u32 = 65534;

/// A world with something to reach, in one place.
struct World {
    directory: tempfile::TempDir,
    /// Belongs to the ordinary user, who is not the one that runs the tests.
    ordinary: bool,
    victim: Child,
    pipe: fs::File,
    tcp: Vec<TcpListener>,
    udp: Vec<UdpSocket>,
    streams: Vec<UnixListener>,
    datagrams: Vec<UnixDatagram>,
    /// As long as it is held, a message queue and a memory segment would exist.
    name: String,
}

impl World {
    fn new(ordinary: bool) -> Self {
        let ordinary = ordinary && rustix::process::geteuid().is_root();
        let directory = tempfile::tempdir_in("/var/tmp").expect("a directory");
        let at = |name: &str| directory.path().join(name);
        for name in ["ws/.git/hooks", "ws/.tiro", "ws/sub/.git/hooks", "o/dir", "tmp", "home/.ssh"]
        {
            fs::create_dir_all(at(name)).expect("a directory");
        }
        for (name, text) in [
            ("ws/.git/config", "[core]\n"),
            ("ws/.git/HEAD", "ref: refs/heads/main\n"),
            ("ws/.git/hooks/pre-commit", "true\n"),
            ("ws/sub/.git/config", "[core]\n"),
            ("ws/.tiro/config.toml", "x = 1\n"),
            ("ws/file", "mine\n"),
            ("o/file", "safe\n"),
            ("home/.bashrc", "# mine\n"),
            ("home/.netrc", "NETRC-SECRET\n"),
            ("home/.ssh/id", "SSH-SECRET\n"),
        ] {
            fs::write(at(name), text).expect("a file");
        }
        let pipe = Command::new("mkfifo").arg(at("o/pipe")).status().expect("mkfifo starts");
        assert!(pipe.success());
        if ordinary {
            give(directory.path());
        }
        let mut victim = Command::new("sleep");
        victim.arg("1000").env("SECRET", "VICTIM-SECRET");
        if ordinary {
            victim.uid(NOBODY).gid(NOBODY);
        }
        let victim = victim.spawn();
        let tcp = ["127.0.0.1:0", "[::1]:0"].map(|at| TcpListener::bind(at).expect("a port"));
        let udp = ["127.0.0.1:0", "[::1]:0"].map(|at| UdpSocket::bind(at).expect("a port"));
        let name = directory.path().file_name().expect("a name").to_string_lossy().into_owned();
        let stream = UnixListener::bind(at("o/stream")).expect("a socket");
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let hidden = UnixListener::bind_addr(&address).expect("a socket");
        let address = SocketAddr::from_abstract_name(format!("{name}d")).expect("a name");
        let without_path = UnixDatagram::bind_addr(&address).expect("a socket");
        let datagram = UnixDatagram::bind(at("o/datagram")).expect("a socket");
        let mut victim = victim.expect("sleep starts");
        // Until it sleeps, what the kernel shows of it changes by itself.
        while !sleeps(victim.id()) {
            assert_eq!(victim.try_wait().expect("it is ours"), None, "sleep ended");
            std::thread::yield_now();
        }
        let world = Self {
            ordinary,
            victim,
            pipe: fs::OpenOptions::new()
                .read(true)
                .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
                .open(at("o/pipe"))
                .expect("a pipe"),
            tcp: tcp.into(),
            udp: udp.into(),
            streams: vec![stream, hidden],
            datagrams: vec![datagram, without_path],
            name,
            directory,
        };
        for listener in &world.tcp {
            listener.set_nonblocking(true).expect("it is ours");
        }
        for socket in &world.udp {
            socket.set_nonblocking(true).expect("it is ours");
        }
        for listener in &world.streams {
            listener.set_nonblocking(true).expect("it is ours");
        }
        for socket in &world.datagrams {
            socket.set_nonblocking(true).expect("it is ours");
        }
        world
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// Runs `scripts`, with `options` of the sandbox or without one.
    fn run(&self, options: Option<&[&str]>, scripts: &[&str]) -> String {
        let (workspace, temp) = (self.path("ws"), self.path("tmp"));
        // The way to the binary may be closed to an ordinary user.
        let binary = fs::File::open(env!("CARGO_BIN_EXE_tiro")).expect("it was built");
        let mut command = match options {
            Some(options) => {
                let mut command = Command::new(format!("/proc/self/fd/{}", binary.as_raw_fd()));
                command.args(["sandbox", "--cwd", &workspace, "--temp", &temp]).args(options);
                for name in ["W", "O", "VICTIM", "PORTS", "NAME"] {
                    command.args(["--env", name]);
                }
                command.args(["--", python()]);
                command
            }
            // What is mounted, or named, is gone afterwards.
            None if rustix::process::geteuid().is_root() => {
                let mut command = Command::new("unshare");
                command.args(["-mu", python()]);
                command
            }
            None => Command::new(python()),
        };
        if self.ordinary {
            command.uid(NOBODY).gid(NOBODY);
        }
        let port = |address: std::io::Result<std::net::SocketAddr>| address.expect("bound").port();
        let ports = self.tcp.iter().map(|listener| port(listener.local_addr()));
        let ports = ports.chain(self.udp.iter().map(|socket| port(socket.local_addr())));
        let ports: Vec<String> = ports.map(|port| port.to_string()).collect();
        let mut child = command
            .args(["-S", "-c", DRIVER])
            .current_dir(&workspace)
            .env("W", &workspace)
            .env("O", self.path("o"))
            .env("HOME", self.path("home"))
            .env("VICTIM", self.victim.id().to_string())
            .env("PORTS", ports.join(" "))
            .env("NAME", &self.name)
            .env("OPENAI_API_KEY", "KEY-SECRET")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let input = scripts.join("\u{1e}");
        let mut stdin = child.stdin.take().expect("piped");
        // One that did not start has not read it, which its output tells.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("it runs");
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        said
    }

    /// Everything that an attempt must not change, as text.
    fn state(&mut self) -> String {
        let mut state = String::new();
        for name in ["o", "home", "ws/.git", "ws/.tiro", "ws/sub/.git"] {
            describe(Path::new(&self.path(name)), &mut state);
        }
        let reached = self.tcp.iter().filter(|listener| listener.accept().is_ok()).count()
            + self.udp.iter().filter(|socket| socket.recv(&mut [0; 64]).is_ok()).count()
            + self.streams.iter().filter(|listener| listener.accept().is_ok()).count()
            + self.datagrams.iter().filter(|socket| socket.recv(&mut [0; 64]).is_ok()).count();
        let _ = writeln!(state, "reached {reached}");
        let written = self.pipe.read(&mut [0; 8]).unwrap_or(0);
        let shared = Path::new("/dev/shm").join(&self.name).exists();
        let _ = writeln!(state, "pipe {written}, shared memory {shared}");
        let key = (self.victim.id() + 0x5100_0000).to_string();
        for kind in KINDS_OF_IPC {
            let table = fs::read_to_string(format!("/proc/sysvipc/{}", kind.0)).unwrap_or_default();
            let ours = |line: &&str| line.split_whitespace().next() == Some(&key);
            let _ = writeln!(state, "{} {}", kind.0, table.lines().filter(ours).count());
        }
        if let Ok(Some(status)) = self.victim.try_wait() {
            let _ = writeln!(state, "victim {status}");
        }
        let process = format!("/proc/{}", self.victim.id());
        for name in ["oom_score_adj", "limits", "stat", "status", "comm"] {
            let mut text = String::new();
            if let Ok(mut file) = fs::File::open(format!("{process}/{name}")) {
                let _ = file.read_to_string(&mut text);
            }
            let kept = text.lines().filter(|line| name != "status" || line.starts_with("Cpus_a"));
            let kept: Vec<&str> = kept.collect();
            // State, nice value and scheduling policy; times change by themselves.
            let fields: Vec<&str> = text.split_whitespace().collect();
            let picked = [2, 18, 40].map(|field| fields.get(field).copied().unwrap_or_default());
            let shown = if name == "stat" { picked.join(" ") } else { kept.join("\n") };
            let _ = writeln!(state, "{shown}");
        }
        state
    }
}

/// Name of the kernel's table, and how it is removed by its key.
const KINDS_OF_IPC: [(&str, &str); 3] = [("shm", "-M"), ("sem", "-S"), ("msg", "-Q")];

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_file(Path::new("/dev/shm").join(&self.name));
        let key = (self.victim.id() + 0x5100_0000).to_string();
        for (table, option) in KINDS_OF_IPC {
            let table = fs::read_to_string(format!("/proc/sysvipc/{table}")).unwrap_or_default();
            if table.lines().any(|line| line.split_whitespace().next() == Some(&key)) {
                let _ = Command::new("ipcrm").args([option, &key]).status();
            }
        }
        let _ = self.victim.kill();
        let _ = self.victim.wait();
    }
}

fn sleeps(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.contains("(sleep) S ")
}

/// The interpreter itself, as what `PATH` has may be a script that looks for it:
/// one that every user can reach, where there is one.
fn python() -> &'static str {
    static PYTHON: LazyLock<String> = LazyLock::new(|| {
        let system = ["/usr/bin/python3", "/usr/local/bin/python3"];
        if let Some(found) = system.into_iter().find(|path| Path::new(path).exists()) {
            return found.to_owned();
        }
        let output = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .expect("python3 is needed for these tests");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    });
    &PYTHON
}

/// Name, kind, mode, owner, time and content of all that is below.
fn describe(path: &Path, state: &mut String) {
    let Ok(found) = path.symlink_metadata() else { return };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // What was undone is kept where nothing reads it, and commits move `HEAD`.
    if name.contains(".undone-") || ["HEAD", "objects", "refs"].contains(&name.as_ref()) {
        return;
    }
    let mode = found.permissions().mode();
    let _ = write!(state, "{} {mode:o} {} {}", path.display(), found.uid(), found.gid());
    if found.is_file() {
        // What was put back has the time at which that was done.
        let time =
            if path.components().any(|part| part.as_os_str() == "ws") { 0 } else { found.mtime() };
        let flags = fs::File::open(path).ok().and_then(|file| ioctl_getflags(file).ok());
        let attribute = rustix::fs::getxattr(path, "user.x", &mut [0_u8; 8]).unwrap_or(0);
        let text = fs::read_to_string(path).unwrap_or_default();
        let _ = write!(state, " {} {attribute} {} {text:?} {flags:?}", time, found.nlink());
    }
    state.push('\n');
    let entries = if found.is_dir() { fs::read_dir(path).ok() } else { None };
    let mut paths: Vec<_> =
        entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        describe(&path, state);
    }
}

/// Gives a tree to the ordinary user.
fn give(path: &Path) {
    std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a directory").flatten() {
            give(&entry.path());
        }
    }
}

/// What became of some attempts: all that was said, and whether one got out.
fn escape(ordinary: bool, options: Option<&[&str]>, scripts: &[&str]) -> (String, bool) {
    let mut world = World::new(ordinary);
    let before = world.state();
    let said = world.run(options, scripts);
    let after = world.state();
    let mut changes = String::new();
    for change in similar::TextDiff::from_lines(&before, &after).iter_all_changes() {
        if change.tag() != similar::ChangeTag::Equal {
            let _ = write!(changes, "{}{change}", change.tag());
        }
    }
    let escaped = said.contains("ESCAPED") || !changes.is_empty();
    (said + &changes, escaped)
}

/// Those of `table` that succeed without a sandbox; the others prove nothing.
fn shown<'a>(table: &[attempts::Attempt<'a>]) -> Vec<attempts::Attempt<'a>> {
    let mut idle = Vec::new();
    let mut shown = Vec::new();
    for (name, script) in table {
        let (said, escaped) = escape(false, None, &[script]);
        assert!(said.contains("ATTEMPT 0"), "{name} did not start without the sandbox: {said}");
        if escaped {
            shown.push((*name, *script));
        } else {
            idle.push(format!("{name}: {said}"));
        }
    }
    // Some calls need a right or a kernel that this machine does not give anyone.
    assert!(idle.len() * 3 <= table.len(), "not possible here without a sandbox: {idle:#?}");
    shown
}

/// Makes the attempts one by one, and says which got out.
fn check_each(mode: Mode, table: &[attempts::Attempt<'_>]) {
    let mut wrong = Vec::new();
    for (name, script) in table {
        let (said, escaped) = escape(mode.ordinary, Some(mode.options), &[script]);
        if escaped || !said.contains("ATTEMPT 0") {
            wrong.push(format!("{name} got out or did not start: {said}"));
        }
    }
    assert!(wrong.is_empty(), "{mode:?}\n{}", wrong.join("\n"));
}

/// Makes all attempts in one sandbox, and only when one gets out, each in its
/// own. `open` are those that the mode leaves open on purpose, as
/// docs/sandbox.md says.
fn check(mode: Mode, table: &[attempts::Attempt<'_>], open: &[&str]) {
    let table: Vec<_> = table.iter().copied().filter(|(name, _)| !open.contains(name)).collect();
    let scripts: Vec<&str> = table.iter().map(|(_, script)| *script).collect();
    let (said, escaped) = escape(mode.ordinary, Some(mode.options), &scripts);
    let started = said.lines().filter(|line| line.starts_with("ATTEMPT ")).count();
    if escaped || started != table.len() {
        check_each(mode, &table);
        panic!("{mode:?}: one after the other they get out, or do not start: {said}");
    }
}

/// What is beyond what is left without namespaces: see docs/sandbox.md.
const OPEN_WITHOUT: &[&str] = &[
    "change the mode",
    "change the mode by descriptor",
    "change times",
    "change times by descriptor",
    "seeing it",
    "the mode by a bare handle",
    "the mode by fchmodat",
    "times by utime",
    "times by utimes",
    "times by futimesat",
    "times by an empty path",
    "its open files",
    "making it readable",
];

fn check_in_all_modes<'a>(table: &[attempts::Attempt<'a>]) -> Vec<attempts::Attempt<'a>> {
    let shown = shown(table);
    for mode in [ROOT, USER] {
        check(mode, &shown, &[]);
    }
    for mode in [ROOT_WITHOUT, USER_WITHOUT] {
        check(mode, &shown, OPEN_WITHOUT);
    }
    shown
}

#[test]
fn files_outside_stay_as_they_are_by_other_calls() {
    check_in_all_modes(siblings::FILES);
}

#[test]
fn there_are_no_other_mounts_roots_and_namespaces() {
    check_in_all_modes(siblings::MOUNTS);
}

#[test]
fn the_machine_is_left_alone() {
    check_in_all_modes(siblings::MACHINE);
}

#[test]
fn other_processes_are_left_alone_by_other_calls() {
    check_in_all_modes(others::PROCESSES);
}

#[test]
fn nobody_outside_is_reached_by_other_ways() {
    check_in_all_modes(others::NETWORK);
}

#[test]
fn other_kinds_of_sockets_cannot_be_had() {
    let shown = check_in_all_modes(others::KINDS);
    for ordinary in [false, true] {
        check(Mode { ordinary, options: &["--allow-network"] }, &shown, &[]);
    }
}

#[test]
fn secrets_stay_secret_by_other_ways() {
    check_in_all_modes(others::SECRETS);
}

#[test]
fn files_outside_stay_as_they_are() {
    check_in_all_modes(attempts::FILES);
}

#[test]
fn links_and_other_ways_to_files_outside_lead_nowhere() {
    check_in_all_modes(attempts::WAYS);
}

/// In the workspace itself, where what is protected lies.
fn in_the_workspace() -> Vec<(&'static str, String)> {
    let enter = |(name, script): &(&'static str, &str)| {
        (*name, format!("os.chdir(E[\"W\"]); put(\"file\", \"mine\\n\"){}{script}", '\n'))
    };
    attempts::PROTECTED.iter().map(enter).collect()
}

#[test]
fn what_runs_later_with_the_users_rights_is_protected() {
    let table = in_the_workspace();
    let table: Vec<_> = table.iter().map(|(name, script)| (*name, script.as_str())).collect();
    check_each(ROOT, &shown(&table));
}

#[test]
fn what_runs_later_is_protected_from_an_ordinary_user() {
    let table = in_the_workspace();
    let table: Vec<_> = table.iter().map(|(name, script)| (*name, script.as_str())).collect();
    check_each(USER, &table);
}

#[test]
fn what_runs_later_is_put_back_without_namespaces() {
    let table = in_the_workspace();
    let table: Vec<_> = table.iter().map(|(name, script)| (*name, script.as_str())).collect();
    // What a repository needs is not remembered, only what would run; modes see above.
    let open = ["the repository removed", "the mode of the hooks"];
    let table: Vec<_> = table.into_iter().filter(|(name, _)| !open.contains(name)).collect();
    check_each(ROOT_WITHOUT, &table);
}

#[test]
fn nobody_outside_is_reached() {
    check_in_all_modes(attempts::NETWORK);
}

#[test]
fn with_the_network_granted_daemons_stay_out_of_reach() {
    let shown = shown(attempts::DAEMONS);
    for ordinary in [false, true] {
        check(Mode { ordinary, options: &["--allow-network"] }, &shown, &[]);
        check(
            Mode { ordinary, options: &["--allow-network", "--no-namespaces"] },
            &shown,
            OPEN_WITHOUT,
        );
    }
}

#[test]
fn other_processes_are_left_alone() {
    check_in_all_modes(attempts::PROCESSES);
}

#[test]
fn secrets_stay_secret() {
    check_in_all_modes(attempts::SECRETS);
}

#[test]
fn the_kernel_offers_little() {
    check_in_all_modes(attempts::KERNEL);
}
