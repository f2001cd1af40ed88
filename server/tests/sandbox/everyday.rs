//! Everyday work, which must go on as if there were no sandbox: each job runs
//! with and without it, and must give the same output and exit status.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    fs,
    process::{Command, Output, Stdio},
};

#[path = "everyday/tools.rs"]
mod tools;

/// A workspace with a repository and a home directory, new for each run.
fn place() -> tempfile::TempDir {
    // Not below this project, which cargo would take it for a part of.
    let place = tempfile::tempdir_in("/var/tmp").expect("a directory");
    for name in ["ws", "home", "tmp"] {
        fs::create_dir(place.path().join(name)).expect("a directory");
    }
    let script = "git init -q -b main && git config user.name n && git config user.email e@x \
        && printf 'one\\ntwo\\n' > file && git add file && git commit -qm first";
    let output = run(&place, None, script);
    assert!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr));
    place
}

fn run(place: &tempfile::TempDir, options: Option<&[&str]>, script: &str) -> Output {
    let at = |name: &str| place.path().join(name);
    let mut command = match options {
        Some(options) => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tiro"));
            command.args(["sandbox", "--cwd"]).arg(at("ws"));
            command.arg("--temp").arg(at("tmp")).args(options).args(["--", "bash"]);
            command
        }
        None => Command::new("bash"),
    };
    command
        .args(["-c", script])
        .current_dir(at("ws"))
        .env("HOME", at("home"))
        .env("TMPDIR", at("tmp"))
        .env("LC_ALL", "C.UTF-8")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null())
        .output()
        .expect("it starts")
}

fn check(jobs: &[(&str, &str)], options: &[&str]) {
    let mut wrong = Vec::new();
    let mut missing = Vec::new();
    for (name, script) in jobs {
        let script = format!("set -e -o pipefail\n{script}");
        let free = run(&place(), None, &script);
        if !free.status.success() {
            missing.push((*name, String::from_utf8_lossy(&free.stderr).into_owned()));
            continue;
        }
        let confined = run(&place(), Some(options), &script);
        if (free.status.code(), &free.stdout) != (confined.status.code(), &confined.stdout) {
            wrong.push(format!(
                "{name}: {:?} {}{}",
                confined.status.code(),
                String::from_utf8_lossy(&confined.stdout[..confined.stdout.len().min(2000)]),
                String::from_utf8_lossy(&confined.stderr)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A tool may not be installed; most are.
    assert!(missing.len() * 3 <= jobs.len(), "not possible without a sandbox: {missing:?}");
}

/// What needs namespaces.
const NOT_WITHOUT: [&str; 1] = ["a terminal"];

#[test]
fn shells_and_files() {
    let jobs = [
        (
            "files",
            "mkdir -p a/b; echo 1 > a/b/f; mv a/b/f a/g; ln a/g a/h; ln -s g a/s; cp -a a c; rm -r a; ls c",
        ),
        ("modes and times", "touch -d 2001-01-01 t; chmod 640 t; stat -c '%a %Y' t"),
        ("archives", "tar cf t.tar file; mkdir o; tar xf t.tar -C o; cat o/file"),
        ("a long pipeline", "seq 200000 | sort -rn | head -1000 | tail -1 | tr -d '\\n' | wc -c"),
        ("64 MiB of output", "head -c 67108864 /dev/zero | sha256sum"),
        (
            "here documents",
            "cat <<X\nhere\nX\ndiff <(echo a) <(echo a); read x < <(echo b); echo $x",
        ),
        (
            "jobs and traps",
            "(exit 3) & wait $! || echo $?; trap 'echo caught' USR1; kill -USR1 $$; timeout 0.1 sleep 9 || echo $?",
        ),
        (
            "devices",
            "echo x > /dev/null; head -c 4 /dev/zero | wc -c; head -c 8 /dev/urandom | wc -c; echo e > /dev/stderr; echo o > /dev/stdout; echo x > /dev/full || echo full",
        ),
        ("a temporary file", "f=$(mktemp); echo x > $f; cat $f; rm $f"),
        (
            "a script",
            "printf '#!/bin/sh\\necho ran\\n' > s; chmod +x s; ./s; sed -i s/one/uno/ file; cat file",
        ),
        (
            "the system",
            "head -1 /etc/passwd; grep -c Name /proc/self/status; ls /sys > /dev/null; nproc",
        ),
        (
            "a terminal",
            "script -qec 'test -t 0 && test -t 1 && stty size && tty > /dev/null && echo terminal' /dev/null | tail -1",
        ),
        ("two hundred processes", "for i in $(seq 200); do sleep 0.1 & done; wait; echo done"),
        ("descriptors", "test $(ulimit -n) -ge 1024; echo enough"),
        ("locks", "flock lock -c 'echo locked'"),
        ("a pipe with a name", "mkfifo p; echo through > p & cat p"),
        ("an exit status", "exit 42 || true"),
        ("file ownership", "touch new; [ -O new ] && [ -G new ] && echo mine"),
    ];
    check(&jobs, &[]);
    let without: Vec<_> =
        jobs.into_iter().filter(|(name, _)| !NOT_WITHOUT.contains(name)).collect();
    check(&without, &["--no-namespaces"]);
}

#[test]
fn git() {
    check(
        &[
            (
                "status and diff",
                "echo x >> file; git status --porcelain; git --no-pager diff --stat",
            ),
            (
                "commit",
                "echo x >> file; git commit -qam second; git rev-list --count HEAD; git status --porcelain",
            ),
            ("amend", "git commit -q --amend -m better; git log --format=%s"),
            (
                "branches",
                "git checkout -qb b; git branch -q c; git branch -qd c; git branch --format='%(refname)'",
            ),
            (
                "merge",
                "git checkout -qb b; echo b > b; git add b; git commit -qm b; git checkout -q main; echo m > m; git add m; git commit -qm m; git merge -q b -m merged; ls",
            ),
            (
                "rebase",
                "git checkout -qb b; echo b > b; git add b; git commit -qm b; git checkout -q main; echo m > m; git add m; git commit -qm m; git checkout -q b; git rebase -q main; git log --format=%s",
            ),
            ("stash", "echo x >> file; git stash -q; cat file; git stash pop -q; cat file"),
            (
                "worktree",
                "git worktree add -q ../ws/wt -b w; cd wt; echo w > w; git add w; git commit -qm w; cd ..; git worktree remove wt; git worktree list | wc -l",
            ),
            (
                "cherry-pick and reset",
                "git checkout -qb b; echo b > b; git add b; git commit -qm b; git checkout -q main; git cherry-pick b > /dev/null; git reset -q --hard HEAD~1; ls",
            ),
            ("tags and gc", "git tag -a v1 -m v1; git gc -q; git describe"),
            (
                "bisect",
                "for i in 1 2 3 4; do echo $i > n; git add n; git commit -qm $i; done; git bisect start -q HEAD HEAD~4 > /dev/null; git bisect run sh -c 'test $(cat n) -lt 3' | grep -c 'first.*bad commit'; git bisect reset -q 2> /dev/null",
            ),
            (
                "apply",
                "printf -- '--- a/file\\n+++ b/file\\n@@ -1,2 +1,2 @@\\n-one\\n+uno\\n two\\n' > p; git apply p; cat file",
            ),
            (
                "a new repository",
                "git init -q sub; cd sub; echo 1 > f; git add f; git -c user.name=a -c user.email=a@b commit -qm i; cd ..; git clone -q sub sub2; ls sub2; git -C sub2 remote",
            ),
            (
                "a submodule's view",
                "git grep -n two; git blame -s file | wc -l; git archive HEAD | tar t",
            ),
        ],
        &[],
    );
}

#[test]
fn languages() {
    check(
        &[
            (
                "a C program",
                "printf 'int puts(const char*);int main(){puts(\"c\");}' > a.c; gcc a.c -o a; ./a",
            ),
            (
                "make",
                "printf 'all: a b c d\\na b c d:\\n\\t@echo $@ > $@.o\\n.PHONY: all a b c d\\n' > Makefile; make -s -j4; ls *.o",
            ),
            (
                "cargo",
                "cargo init -q --vcs none --name h . 2> /dev/null; cargo build -q --offline; ./target/debug/h; cargo test -q --offline > /dev/null 2>&1; echo tested",
            ),
            (
                "cargo with C",
                "cargo init -q --vcs none --name h . 2> /dev/null; printf 'fn main() { let out = std::env::var(\"OUT_DIR\").unwrap(); let o = format!(\"{out}/c.o\"); assert!(std::process::Command::new(\"cc\").args([\"-c\", \"c.c\", \"-o\", &o]).status().unwrap().success()); println!(\"cargo:rustc-link-arg={o}\"); }' > build.rs; echo 'int seven(void) { return 7; }' > c.c; printf 'unsafe extern \"C\" { fn seven() -> i32; }\\nfn main() { println!(\"{}\", unsafe { seven() }); }' > src/main.rs; cargo run -q --offline",
            ),
            (
                "node",
                "node -e 'const c=require(\"child_process\");require(\"fs\").writeFileSync(\"f\",\"1\");console.log(c.execSync(\"echo child\").toString())'",
            ),
            (
                "node workers",
                "node -e 'const {Worker}=require(\"worker_threads\");new Worker(\"let s=0;for(let i=0;i<3e6;i++)s+=i;require(\\\"worker_threads\\\").parentPort.postMessage(s)\",{eval:true}).on(\"message\",m=>console.log(m))'",
            ),
            (
                "npm from a local archive",
                "mkdir lib; cd lib; echo '{\"name\":\"lib\",\"version\":\"1.0.0\"}' > package.json; echo 'module.exports = 7' > index.js; npm pack --silent > /dev/null; cd ..; echo '{\"name\":\"app\",\"version\":\"1.0.0\"}' > package.json; npm install --silent --no-audit --no-fund --offline ./lib/lib-1.0.0.tgz > /dev/null; node -p 'require(\"lib\")'",
            ),
            (
                "python",
                "python3 -c 'import subprocess, threading\nr = []\nt = [threading.Thread(target=lambda: r.append(subprocess.check_output([\"echo\", \"t\"]))) for _ in range(8)]\n[x.start() for x in t]; [x.join() for x in t]; print(len(r))'",
            ),
            (
                "python tests",
                "printf 'import subprocess, unittest\\nclass T(unittest.TestCase):\\n def test(self): self.assertEqual(subprocess.check_output([\"echo\", \"x\"]), b\"x\\\\n\")\\n' > test_x.py; python3 -m unittest -q test_x 2>&1 | tail -1",
            ),
            (
                "python processes",
                "printf 'import multiprocessing as m\\ndef f(x): return x*x\\nif __name__==\"__main__\":\\n with m.Lock(): pass\\n with m.Pool(2) as p: print(sum(p.map(f, range(10))))\\n' > p.py; python3 p.py",
            ),
            (
                "python environment",
                "python3 -m venv --without-pip v; v/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'",
            ),
            (
                "sqlite",
                "python3 -c 'import sqlite3; d = sqlite3.connect(\"t.db\"); d.execute(\"pragma journal_mode=wal\"); d.execute(\"create table t(x)\"); d.execute(\"insert into t values(7)\"); d.commit(); print(d.execute(\"select x from t\").fetchone())'",
            ),
            ("perl and awk", "perl -e 'print 6*7, \"\\n\"'; awk 'BEGIN { print \"a\" }'"),
            (
                "shared mappings",
                "python3 -c 'import mmap\nf = open(\"m\", \"w+b\"); f.truncate(8192); m = mmap.mmap(f.fileno(), 8192); m[0:2] = b\"hi\"; m.flush(); print(open(\"m\", \"rb\").read(2))'",
            ),
            (
                "tracing a child",
                "python3 -c 'import ctypes, os, signal\nl = ctypes.CDLL(None)\np = os.fork()\nif p == 0:\n l.ptrace(0, 0, 0, 0); os.kill(os.getpid(), 19); os._exit(5)\n_, s = os.waitpid(p, 0); print(os.WIFSTOPPED(s)); l.ptrace(7, p, 0, 0); print(os.WEXITSTATUS(os.waitpid(p, 0)[1]))'",
            ),
        ],
        &[],
    );
}

#[test]
fn servers_and_clients_within() {
    let jobs = [
        (
            "TCP",
            "python3 -c 'import socket, threading\ns = socket.socket(); s.bind((\"127.0.0.1\", 0)); s.listen(1)\ndef c():\n k = socket.create_connection(s.getsockname()); k.sendall(b\"hi\")\nt = threading.Thread(target=c); t.start(); k, _ = s.accept(); print(k.recv(9))'",
        ),
        (
            "TCP over IPv6 and names",
            "python3 -c 'import socket\ns = socket.create_server((\"localhost\", 0)); k = socket.create_connection((\"localhost\", s.getsockname()[1])); print(k.getpeername()[1] == s.getsockname()[1])'",
        ),
        (
            "UDP",
            "python3 -c 'import socket\na = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind((\"127.0.0.1\", 0)); b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b.sendto(b\"x\", a.getsockname()); print(a.recv(9))'",
        ),
        (
            "HTTP",
            "python3 -c 'import http.server, threading, urllib.request\ns = http.server.ThreadingHTTPServer((\"127.0.0.1\", 0), http.server.SimpleHTTPRequestHandler); s.RequestHandlerClass.log_message = lambda *a: None\nthreading.Thread(target=s.serve_forever, daemon=True).start(); print(urllib.request.urlopen(\"http://127.0.0.1:%d/file\" % s.server_port).read())'",
        ),
        (
            "node HTTP",
            "node -e 'const h=require(\"http\");const s=h.createServer((q,r)=>r.end(\"ok\")).listen(0,\"127.0.0.1\",()=>h.get({port:s.address().port,host:\"127.0.0.1\"},r=>r.on(\"data\",d=>{console.log(String(d));s.close()})))'",
        ),
        (
            "a socket pair",
            "python3 -c 'import socket, os\na, b = socket.socketpair(); a.send(b\"x\"); print(b.recv(1)); r, w = os.pipe(); socket.send_fds(a, [b\"f\"], [w]); m, f, _, _ = socket.recv_fds(b, 9, 1); os.write(f[0], b\"k\"); print(os.read(r, 1))'",
        ),
    ];
    check(&jobs, &[]);
    check(&jobs, &["--allow-network"]);
}
