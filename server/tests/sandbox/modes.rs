//! What each policy allows and refuses, as one table, for the user that runs the
//! tests and for an ordinary one; and that nothing outlives its command, however
//! it tries.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    fs,
    net::TcpListener,
    os::{
        fd::AsRawFd as _,
        linux::net::SocketAddrExt as _,
        unix::{
            net::{SocketAddr, UnixListener},
            process::CommandExt as _,
        },
    },
    path::Path,
    process::{Command, Stdio},
};

const NOBODY: u32 = 65534;

/// A workspace, another root, a folder that nothing grants, and who listens.
struct Place {
    directory: tempfile::TempDir,
    ordinary: bool,
    tcp: TcpListener,
    name: String,
    _sockets: [UnixListener; 2],
}

impl Place {
    fn new(ordinary: bool) -> Self {
        let ordinary = ordinary && rustix::process::geteuid().is_root();
        let directory = tempfile::tempdir_in("/var/tmp").expect("a directory");
        for name in ["ws/.git/hooks", "root", "o", "home/.ssh", "home/.cache"] {
            fs::create_dir_all(directory.path().join(name)).expect("a directory");
        }
        fs::write(directory.path().join("home/.ssh/id"), "secret").expect("a file");
        fs::write(directory.path().join("o/file"), "safe").expect("a file");
        let path = directory.path().join("o/socket");
        let name = directory.path().file_name().expect("a name").to_string_lossy().into_owned();
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let sockets = [UnixListener::bind(path), UnixListener::bind_addr(&address)];
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
        if ordinary {
            give(directory.path());
        }
        let sockets = sockets.map(|socket| socket.expect("a socket"));
        Self { directory, ordinary, tcp, name, _sockets: sockets }
    }

    /// The exit status of a script, and what it said.
    fn run(&self, options: &str, script: &str) -> (Option<i32>, String) {
        let at = |name: &str| self.directory.path().join(name);
        // The way to the binary may be closed to an ordinary user.
        let binary = fs::File::open(env!("CARGO_BIN_EXE_tiro")).expect("it was built");
        let mut command = Command::new(format!("/proc/self/fd/{}", binary.as_raw_fd()));
        let root = at("root").display().to_string();
        let options = options.replace("ROOT", &root);
        command.args(["sandbox", "--cwd"]).arg(at("ws")).args(options.split_whitespace());
        for name in ["O", "ROOT", "PORT", "NAME"] {
            command.args(["--env", name]);
        }
        command.args(["--", "bash", "-c", script]).env("HOME", at("home")).stdin(Stdio::null());
        command.env("O", at("o")).env("ROOT", at("root")).env("NAME", &self.name);
        command.env("PORT", self.tcp.local_addr().expect("bound").port().to_string());
        if self.ordinary {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().expect("it starts");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    }
}

fn give(path: &Path) {
    std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    if path.is_dir() {
        fs::read_dir(path).expect("a directory").flatten().for_each(|entry| give(&entry.path()));
    }
}

/// Options, and one letter for each probe: `y` works, `n` is refused.
const MODES: [(&str, &str); 13] = [
    ("", "ynnynyynnny"),
    ("--policy read-only", "nnnynnynnny"),
    ("--policy workspace-write --writable-root ROOT", "yynynyynnny"),
    ("--allow-network", "ynnynyyynny"),
    ("--policy read-only --allow-network", "nnnynnyynny"),
    ("--policy full-access", "yyyyyyyyyyy"),
    ("--permission none", "nnnnnnnnnny"),
    ("--no-namespaces", "ynnynnynnny"),
    ("--no-namespaces --policy read-only", "nnnynnynnny"),
    ("--no-namespaces --writable-root ROOT", "yynynnynnny"),
    ("--no-namespaces --allow-network", "ynnynnyynny"),
    ("--no-namespaces --policy full-access", "yyyyyyyyyyy"),
    ("--no-namespaces --permission none", "nnnnnnnnnny"),
];

/// What is tried, in the order of the letters.
const PROBES: [(&str, &str); 11] = [
    ("write the workspace", "echo x > f"),
    ("write another root", "echo x > $ROOT/f"),
    ("write elsewhere", "echo x > $O/f"),
    ("read elsewhere", "cat $O/file"),
    ("read keys", "cat ~/.ssh/id"),
    ("write below the home directory", "echo x > ~/.cache/f"),
    ("read the home directory", "ls ~/.cache"),
    ("reach the network", "exec 3<> /dev/tcp/127.0.0.1/$PORT"),
    (
        "reach a daemon by path",
        "perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) && connect(S, pack_sockaddr_un(\"$ENV{O}/socket\")) || exit 1'",
    ),
    (
        "reach a daemon by name",
        "perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) && connect(S, pack(\"Sxa*\", AF_UNIX, $ENV{NAME})) || exit 1'",
    ),
    ("run programs", "ls / > /dev/null; echo x | cat"),
];

#[test]
fn every_policy_is_what_it_says_for_every_user() {
    let mut wrong = Vec::new();
    for ordinary in [false, true] {
        for (options, expected) in MODES {
            let place = Place::new(ordinary);
            for ((probe, script), expected) in PROBES.iter().zip(expected.chars()) {
                let (code, said) = place.run(options, script);
                if (code == Some(0)) != (expected == 'y') {
                    wrong.push(format!("{options} ({ordinary}): {probe}: {code:?} {said}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Ways to be missed when a command's processes are ended.
const STUBBORN: [(&str, &str); 7] = [
    ("two generations", "(setsid sh -c 'setsid sleep 7777 & sleep 0.1' &) ; sleep 0.2"),
    ("nohup", "nohup setsid sleep 7777 > /dev/null 2>&1 & disown"),
    ("stopped", "setsid sleep 7777 & kill -STOP $!"),
    (
        "deaf",
        "setsid bash -c 'trap \"\" TERM HUP INT QUIT; while :; do sleep 7777; done' > /dev/null & sleep 0.2",
    ),
    (
        "without a parent's death",
        "python3 -c 'import ctypes, os\nl = ctypes.CDLL(None)\nif os.fork() == 0:\n l.prctl(1, 0); l.prctl(36, 1); os.setsid()\n if os.fork() == 0: os.execvp(\"sleep\", [\"sleep\", \"7777\"])\n os.execvp(\"sleep\", [\"sleep\", \"7777\"])'",
    ),
    (
        "traced",
        "python3 -c 'import ctypes, os, signal\nl = ctypes.CDLL(None); p = os.fork()\nif p == 0: l.ptrace(0, 0, 0, 0); os.kill(os.getpid(), 19); os.execvp(\"sleep\", [\"sleep\", \"7777\"])\nos.waitpid(p, 0)\nif os.fork() == 0: os.setsid(); os.execvp(\"sleep\", [\"sleep\", \"7777\"])'",
    ),
    ("under another name", "setsid bash -c 'exec -a init sleep 7777' & cd /; sleep 0.1"),
];

#[test]
fn nothing_is_left_however_it_tries() {
    for ordinary in [false, true] {
        for options in ["", "--no-namespaces"] {
            for (name, script) in STUBBORN {
                let place = Place::new(ordinary);
                // What is left would hold the pipes open, and this would not return.
                let (code, said) = place.run(options, &format!("{script}\nexit 5"));
                assert_eq!(code, Some(5), "{name} {options}: {said}");
                let root = place.directory.path();
                let left = fs::read_dir("/proc").expect("readable").flatten().filter(|process| {
                    fs::read(process.path().join("environ")).is_ok_and(|text| {
                        String::from_utf8_lossy(&text).contains(&root.display().to_string())
                    })
                });
                assert_eq!(left.count(), 0, "{name} {options}");
            }
        }
    }
}
