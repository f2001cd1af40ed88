//! Attempts to get out, each a script that is judged from outside: by what has
//! changed beside the workspace, by who was reached, and by what it says it saw.
//! Each runs once without the sandbox, where it must succeed: an attempt that
//! cannot succeed proves nothing.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    fmt::Write as _,
    fs,
    io::Read as _,
    net::{TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            fs::{MetadataExt as _, PermissionsExt as _},
            net::{SocketAddr, UnixDatagram, UnixListener},
        },
    },
    path::Path,
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

#[path = "escapes/attempts.rs"]
mod attempts;

/// What an attempt can use, in Python: `call` makes a system call.
const PRELUDE: &str = r#"
import os, sys, socket, ctypes, signal, struct, fcntl, mmap, resource, subprocess
E = os.environ; W = E["W"]; O = E["O"]; H = E["HOME"]; V = int(E["VICTIM"]); F = O + "/file"
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    arguments = [a.encode() if isinstance(a, str) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if result < 0: raise OSError(ctypes.get_errno(), "call %d" % number)
    return result
def put(path, text="PWNED", flags=os.O_WRONLY | os.O_CREAT):
    fd = os.open(path, flags, 0o644); os.write(fd, text.encode()); os.close(fd)
def said(text):
    if text: print("ESCAPED", text)
print("ATTEMPT", flush=True)
"#;

/// A world with something to reach, in one place.
struct World {
    directory: tempfile::TempDir,
    victim: Child,
    tcp: Vec<TcpListener>,
    udp: Vec<UdpSocket>,
    streams: Vec<UnixListener>,
    datagrams: Vec<UnixDatagram>,
    /// As long as it is held, a message queue and a memory segment would exist.
    name: String,
}

impl World {
    fn new() -> Self {
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
        let victim = Command::new("sleep").arg("1000").env("SECRET", "VICTIM-SECRET").spawn();
        let tcp = ["127.0.0.1:0", "[::1]:0"].map(|at| TcpListener::bind(at).expect("a port"));
        let udp = ["127.0.0.1:0", "[::1]:0"].map(|at| UdpSocket::bind(at).expect("a port"));
        let name = directory.path().file_name().expect("a name").to_string_lossy().into_owned();
        let stream = UnixListener::bind(at("o/stream")).expect("a socket");
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let hidden = UnixListener::bind_addr(&address).expect("a socket");
        let datagram = UnixDatagram::bind(at("o/datagram")).expect("a socket");
        let mut victim = victim.expect("sleep starts");
        // Until it sleeps, what the kernel shows of it changes by itself.
        while !sleeps(victim.id()) {
            assert_eq!(victim.try_wait().expect("it is ours"), None, "sleep ended");
            std::thread::yield_now();
        }
        let world = Self {
            victim,
            tcp: tcp.into(),
            udp: udp.into(),
            streams: vec![stream, hidden],
            datagrams: vec![datagram],
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

    /// Runs `script`, with `options` of the sandbox or without one.
    fn run(&self, options: Option<&[&str]>, script: &str) -> String {
        let (workspace, temp) = (self.path("ws"), self.path("tmp"));
        let text = format!("{PRELUDE}\n{script}");
        let mut command = match options {
            Some(options) => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_tiro"));
                command.args(["sandbox", "--cwd", &workspace, "--temp", &temp]).args(options);
                for name in ["W", "O", "VICTIM", "PORTS", "NAME"] {
                    command.args(["--env", name]);
                }
                command.args(["--", python()]);
                command
            }
            None => Command::new(python()),
        };
        let port = |address: std::io::Result<std::net::SocketAddr>| address.expect("bound").port();
        let ports = self.tcp.iter().map(|listener| port(listener.local_addr()));
        let ports = ports.chain(self.udp.iter().map(|socket| port(socket.local_addr())));
        let ports: Vec<String> = ports.map(|port| port.to_string()).collect();
        let output = command
            .args(["-c", &text])
            .current_dir(&workspace)
            .env("W", &workspace)
            .env("O", self.path("o"))
            .env("HOME", self.path("home"))
            .env("VICTIM", self.victim.id().to_string())
            .env("PORTS", ports.join(" "))
            .env("NAME", &self.name)
            .env("OPENAI_API_KEY", "KEY-SECRET")
            .stdin(Stdio::null())
            .output()
            .expect("it starts");
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

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.victim.kill();
        let _ = self.victim.wait();
    }
}

fn sleeps(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.contains("(sleep) S ")
}

/// The interpreter itself: what `PATH` has may be a script that looks for it.
fn python() -> &'static str {
    static PYTHON: LazyLock<String> = LazyLock::new(|| {
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
    if name.contains(".undone-") || name == "HEAD" {
        return;
    }
    let mode = found.permissions().mode();
    let _ = write!(state, "{} {mode:o} {} {}", path.display(), found.uid(), found.gid());
    if found.is_file() {
        let attribute = rustix::fs::getxattr(path, "user.x", &mut [0_u8; 8]).unwrap_or(0);
        let text = fs::read_to_string(path).unwrap_or_default();
        let _ = write!(state, " {} {attribute} {} {text:?}", found.mtime(), found.nlink());
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

/// What became of an attempt, or none when it was stopped.
fn escape(options: Option<&[&str]>, script: &str) -> (String, bool) {
    let mut world = World::new();
    let before = world.state();
    let said = world.run(options, script);
    let escaped = said.contains("ESCAPED") || world.state() != before;
    (said, escaped)
}

/// Checks every attempt of a table; in `open`, those that the options leave
/// open on purpose and that docs/sandbox.md names.
fn check(table: &[(&str, &str)], options: &[&str], open: &[&str]) {
    let mut wrong = Vec::new();
    let mut idle = Vec::new();
    for (name, script) in table {
        let (said, escaped) = escape(None, script);
        assert!(said.contains("ATTEMPT"), "{name} did not start without the sandbox: {said}");
        if !escaped {
            idle.push(*name);
            continue;
        }
        let (said, escaped) = escape(Some(options), script);
        if !said.contains("ATTEMPT") {
            wrong.push(format!("{name} did not start: {said}"));
        } else if escaped && !open.contains(name) {
            wrong.push(format!("{name} got out: {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Some calls need a right or a kernel that this machine does not give anyone.
    assert!(idle.len() * 3 <= table.len(), "not possible here without a sandbox: {idle:?}");
}

#[test]
fn files_outside_stay_as_they_are() {
    check(attempts::FILES, &[], &[]);
}

#[test]
fn links_and_other_ways_to_files_outside_lead_nowhere() {
    check(attempts::WAYS, &[], &[]);
}

#[test]
fn what_runs_later_with_the_users_rights_is_protected() {
    check(attempts::PROTECTED, &[], &[]);
}

#[test]
fn nobody_outside_is_reached() {
    check(attempts::NETWORK, &[], &[]);
}

#[test]
fn with_the_network_granted_daemons_stay_out_of_reach() {
    check(attempts::DAEMONS, &["--allow-network"], &[]);
}

#[test]
fn other_processes_are_left_alone() {
    check(attempts::PROCESSES, &[], &[]);
}

#[test]
fn secrets_stay_secret() {
    check(attempts::SECRETS, &[], &[]);
}

#[test]
fn the_kernel_offers_little() {
    check(attempts::KERNEL, &[], &[]);
}
