//! Tools that write below the home directory, and more everyday work: each job
//! runs with and without the sandbox, as the user that runs the tests and as an
//! ordinary one, and the real home is afterwards byte for byte what it was.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    fs,
    os::{
        fd::AsRawFd as _,
        unix::{
            fs::{MetadataExt as _, PermissionsExt as _},
            process::CommandExt as _,
        },
    },
    path::Path,
    process::{Command, Output, Stdio},
};

const NOBODY: u32 = 65534;

/// A home directory, a workspace and a temporary directory of one user.
struct Place {
    directory: tempfile::TempDir,
    ordinary: bool,
}

impl Place {
    fn new(ordinary: bool) -> Self {
        let directory = tempfile::tempdir_in("/var/tmp").expect("a directory");
        for name in ["ws", "home/.config/tool", "home/.cache", "home/documents", "tmp"] {
            fs::create_dir_all(directory.path().join(name)).expect("a directory");
        }
        for (name, text) in [("home/.gitconfig", "[core]\n"), ("home/documents/x", "mine")] {
            fs::write(directory.path().join(name), text).expect("a file");
        }
        let place = Self { directory, ordinary };
        if ordinary {
            give(place.directory.path());
        }
        place
    }

    fn run(&self, options: Option<&[&str]>, script: &str) -> Output {
        let at = |name: &str| self.directory.path().join(name);
        // The way to the binary may be closed to an ordinary user.
        let binary = fs::File::open(env!("CARGO_BIN_EXE_tiro")).expect("it was built");
        let mut command = match options {
            Some(options) => {
                let mut command = Command::new(format!("/proc/self/fd/{}", binary.as_raw_fd()));
                command.args(["sandbox", "--cwd"]).arg(at("ws")).arg("--temp").arg(at("tmp"));
                command.args(options).args(["--env", "PYTEST", "--", "bash"]);
                command
            }
            None => Command::new("bash"),
        };
        if self.ordinary {
            command.uid(NOBODY).gid(NOBODY);
        }
        // Where the dependencies of this very build are.
        let downloads = std::env::var_os("CARGO_HOME").map_or_else(
            || Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cargo"),
            Into::into,
        );
        let toolchains = std::env::var_os("RUSTUP_HOME").map_or_else(
            || Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".rustup"),
            Into::into,
        );
        command
            .args(["-c", &format!("set -e -o pipefail\n{script}")])
            .current_dir(at("ws"))
            .env("HOME", at("home"))
            .env("DOWNLOADS", downloads)
            .env("RUSTUP_HOME", toolchains)
            .env_remove("CARGO_HOME")
            .env("PYTEST", std::env::var_os("TIRO_PYTEST").unwrap_or_default())
            .env("TMPDIR", at("tmp"))
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null())
            .output()
            .expect("it starts")
    }

    /// Every name below the home directory, with kind, mode, owner, time and content.
    fn home(&self) -> Vec<(String, Option<Vec<u8>>)> {
        let mut found = Vec::new();
        describe(&self.directory.path().join("home"), &mut found);
        found
    }
}

fn give(path: &Path) {
    std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    if path.is_dir() {
        fs::read_dir(path).expect("a directory").flatten().for_each(|entry| give(&entry.path()));
    }
}

fn describe(path: &Path, all: &mut Vec<(String, Option<Vec<u8>>)>) {
    let found = path.symlink_metadata().expect("it is there");
    let (mode, owner) = (found.permissions().mode(), (found.uid(), found.gid()));
    let time = (found.mtime(), found.mtime_nsec());
    let content = if found.is_file() { fs::read(path).ok() } else { None };
    all.push((format!("{} {mode:o} {owner:?} {time:?}", path.display()), content));
    if found.is_dir() {
        let entries = fs::read_dir(path).expect("a directory").flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().for_each(|path| describe(path, all));
    }
}

/// Name, what the user did before, and the job.
type Job = (&'static str, &'static str, &'static str);

/// Runs each job; `optional` are those whose tool a machine may lack.
#[expect(clippy::print_stderr, reason = "what was not tried must be seen")]
fn check(jobs: &[Job], ordinary: bool, optional: &[&str]) {
    let ordinary = ordinary && rustix::process::geteuid().is_root();
    let (mut wrong, mut missing) = (Vec::new(), Vec::new());
    for (name, before, script) in jobs {
        let free = Place::new(ordinary);
        let prepared = free.run(None, before);
        let output = free.run(None, script);
        if !prepared.status.success() || !output.status.success() {
            let said = [prepared.stderr, output.stderr].concat();
            missing.push(format!("{name}: {}", String::from_utf8_lossy(&said)));
            assert!(ordinary || optional.contains(name), "without a sandbox: {missing:?}");
            continue;
        }
        let place = Place::new(ordinary);
        place.run(None, before);
        let home = place.home();
        let confined = place.run(Some(&[]), script);
        if (output.status.code(), &output.stdout) != (confined.status.code(), &confined.stdout) {
            let (out, err) = (&confined.stdout, &confined.stderr);
            let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
            wrong.push(format!("{name}: {:?} {out}{err}", confined.status.code()));
        }
        if place.home() != home {
            wrong.push(format!("{name} changed the home directory"));
        }
    }
    if !missing.is_empty() {
        eprintln!("not run, as they do not work here without a sandbox: {missing:#?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// They keep something below the home directory.
const TOOLS: &[Job] = &[
    ("git config", "", "git config --global user.name n; git config --global user.name; git config --global alias.s status; ls -A ~"),
    (
        "cargo with what is downloaded",
        "for d in $DOWNLOADS/registry/index/*; do n=~/.cargo/registry/index/${d##*/}; mkdir -p $n/.cache/cf $n/../../cache
        cp $d/config.json $n || true; cp -r $d/.cache/cf/g- $n/.cache/cf || true; done
        for d in $DOWNLOADS/registry/cache/*; do n=~/.cargo/registry/cache/${d##*/}; mkdir $n; cp $d/cfg-if-1* $n || true; done
        if [ -f $DOWNLOADS/config.toml ]; then cp $DOWNLOADS/config.toml ~/.cargo; fi",
        "cargo init -q --vcs none --name h . 2> /dev/null; echo 'cfg-if = \"1\"' >> Cargo.toml
        echo 'cfg_if::cfg_if! { if #[cfg(unix)] { fn main() { println!(\"unix\") } } else { fn main() {} } }' > src/main.rs
        cargo run -q --offline; ls -d ~/.cargo/registry/src/*/cfg-if-1* | wc -l",
    ),
    (
        "cargo with a library in C, and its tests",
        "",
        "mkdir -p c/src; cd c; printf '[package]\\nname=\"c\"\\nversion=\"0.1.0\"\\nedition=\"2021\"\\nlinks=\"seven\"\\n' > Cargo.toml
        echo 'int seven(void) { return 7; }' > seven.c
        echo 'use std::process::Command; fn main() { let out = std::env::var(\"OUT_DIR\").unwrap();
        assert!(Command::new(\"cc\").args([\"-c\", \"seven.c\", \"-o\"]).arg(format!(\"{out}/seven.o\")).status().unwrap().success());
        assert!(Command::new(\"ar\").arg(\"crs\").arg(format!(\"{out}/libseven.a\")).arg(format!(\"{out}/seven.o\")).status().unwrap().success());
        println!(\"cargo:rustc-link-search=native={out}\\ncargo:rustc-link-lib=static=seven\"); }' > build.rs
        echo 'extern \"C\" { fn seven() -> i32; } pub fn call() -> i32 { unsafe { seven() } }
        #[test] fn calls() { assert_eq!(call(), 7); }' > src/lib.rs; cd ..
        cargo init -q --vcs none --name h . 2> /dev/null; echo 'c = { path = \"c\" }' >> Cargo.toml
        echo 'fn main() { println!(\"{}\", c::call()) }' > src/main.rs
        cargo run -q --offline; cargo test -q --offline -p c 2> /dev/null | grep -c 'test result: ok. 1 passed'",
    ),
    (
        "npm ci from the cache",
        "mkdir ../lib; cd ../lib; echo '{\"name\":\"lib\",\"version\":\"1.0.0\"}' > package.json; echo 'module.exports = 7' > index.js
        npm pack --silent > /dev/null; npm cache add ./lib-1.0.0.tgz; cd ../ws
        sum=$(node -p 'require(\"crypto\").createHash(\"sha512\").update(require(\"fs\").readFileSync(\"../lib/lib-1.0.0.tgz\")).digest(\"base64\")')
        echo '{\"name\":\"app\",\"version\":\"1.0.0\",\"dependencies\":{\"lib\":\"1.0.0\"}}' > package.json
        echo \"{\\\"name\\\":\\\"app\\\",\\\"version\\\":\\\"1.0.0\\\",\\\"lockfileVersion\\\":3,\\\"packages\\\":{\\\"\\\":{\\\"name\\\":\\\"app\\\",\\\"version\\\":\\\"1.0.0\\\",\\\"dependencies\\\":{\\\"lib\\\":\\\"1.0.0\\\"}},\\\"node_modules/lib\\\":{\\\"version\\\":\\\"1.0.0\\\",\\\"resolved\\\":\\\"https://registry.npmjs.org/lib/-/lib-1.0.0.tgz\\\",\\\"integrity\\\":\\\"sha512-$sum\\\"}}}\" > package-lock.json",
        "npm ci --silent --offline --no-audit --no-fund > /dev/null; node -p 'require(\"lib\")'; npm config set fund false; cat ~/.npmrc",
    ),
    (
        "pip with a wheel",
        "",
        "python3 -m venv v; mkdir -p w/lib-1.0.dist-info; echo 'seven = 7' > w/lib.py
        printf 'Metadata-Version: 2.1\\nName: lib\\nVersion: 1.0\\n' > w/lib-1.0.dist-info/METADATA
        printf 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n' > w/lib-1.0.dist-info/WHEEL
        printf 'lib.py,,\\nlib-1.0.dist-info/METADATA,,\\nlib-1.0.dist-info/WHEEL,,\\nlib-1.0.dist-info/RECORD,,\\n' > w/lib-1.0.dist-info/RECORD
        (cd w; python3 -m zipfile -c ../lib-1.0-py3-none-any.whl lib.py lib-1.0.dist-info)
        v/bin/pip install -q --no-index --disable-pip-version-check ./lib-1.0-py3-none-any.whl; v/bin/python -c 'import lib; print(lib.seven)'",
    ),
    (
        "pytest",
        "",
        "printf 'import subprocess\\ndef test(tmp_path):\\n  (tmp_path / \"f\").write_text(\"x\")\\n  assert subprocess.check_output([\"cat\", str(tmp_path / \"f\")]) == b\"x\"\\n' > test_x.py; $PYTEST -q test_x.py | grep -c '1 passed'",
    ),
    (
        "go",
        "",
        "export GOFLAGS=-mod=mod GOTOOLCHAIN=local; printf 'module x\\ngo 1.18\\n' > go.mod; printf 'package main\\nfunc main() { println(7) }\\n' > main.go; go build -o x .; ./x 2>&1",
    ),
    ("ccache", "", "echo 'int x;' > a.c; ccache gcc -c a.c -o a.o; ccache gcc -c a.c -o b.o; cmp a.o b.o; echo same"),
    (
        "a compiler cache",
        "mkdir -p ~/.cache/cc; echo old > ~/.cache/cc/entry",
        "key=$(echo 'int x;' | tee a.c | sha256sum | cut -c1-16); gcc -c a.c -o a.o; cp a.o ~/.cache/cc/.$key.tmp; mv ~/.cache/cc/.$key.tmp ~/.cache/cc/$key
        ln ~/.cache/cc/$key b.o 2> /dev/null || cp ~/.cache/cc/$key b.o; cmp a.o b.o; flock ~/.cache/cc/lock ls ~/.cache/cc; echo new > ~/.cache/cc/entry; rm -r ~/.cache/cc; ls -A ~/.cache",
    ),
    (
        "settings of editors and shells",
        "",
        "mkdir -p ~/.local/share/x ~/.config/y; echo 1 > ~/.config/y/z; echo 2 >> ~/.bash_history; chmod 600 ~/.config/y/z; touch -d 2001-01-01 ~/.gitconfig; mv ~/.config/tool ~/.config/t; ls -A ~/.config; stat -c '%a %Y' ~/.gitconfig",
    ),
];

/// They leave the home directory alone.
const WORK: &[Job] = &[
    (
        "a debugger",
        "",
        "printf 'int seven(void){return 7;}int main(){return seven()-7;}' > a.c; gcc -g a.c -o a; gdb -q -batch -nx -ex 'break seven' -ex run -ex finish -ex c ./a 2>&1 | grep -c -E 'Value returned|exited normally'",
    ),
    // How often a line is there depends on what runs in between.
    (
        "a tracer",
        "",
        "strace -f -o t sh -c 'cat /dev/null; exit 3' || echo $?; grep -q 'execve(.*cat' t && echo traced",
    ),
    (
        "java",
        "",
        "echo 'class A { public static void main(String[] a) throws Exception { System.out.println(new ProcessBuilder(\"echo\", \"x\").start().waitFor()); Thread t = new Thread(() -> System.out.println(\"thread\")); t.start(); t.join(); } }' > A.java; javac A.java; java A",
    ),
    ("tcl", "", "echo 'puts [exec echo [expr 6*7]]' > a.tcl; tclsh a.tcl"),
    (
        "a pipeline of two hundred",
        "",
        "p=cat; for i in $(seq 199); do p=\"$p | cat\"; done; echo deep | eval \"$p\"",
    ),
    ("64 MiB through a pipe", "", "head -c 67108864 /dev/zero | tr '\\0' x | cat | wc -c"),
    (
        "a terminal of one's own",
        "",
        "python3 -c 'import os, pty, sys\nsys.exit(os.waitstatus_to_exitcode(pty.spawn([\"sh\", \"-c\", \"test -t 0 && stty -echo && echo tty && exit 3\"])))' < /dev/null || echo $?",
    ),
    (
        "watching files",
        "",
        "python3 -c 'import ctypes, os\nl = ctypes.CDLL(None); d = l.inotify_init(); assert l.inotify_add_watch(d, b\".\", 0x100) > 0\nopen(\"new\", \"w\").close(); print(b\"new\" in os.read(d, 99))'",
    ),
    (
        "shared memory and semaphores",
        "",
        "python3 -c 'from multiprocessing import shared_memory, Semaphore, Process\ns = shared_memory.SharedMemory(create=True, size=64); q = Semaphore(0)\ndef f(): s.buf[0] = 7; q.release()\np = Process(target=f); p.start(); q.acquire(); print(s.buf[0]); p.join(); s.close(); s.unlink()'",
    ),
    (
        "locks of files",
        "",
        "python3 -c 'import fcntl, os\nf = open(\"l\", \"w\"); fcntl.lockf(f, fcntl.LOCK_EX); fcntl.flock(f, fcntl.LOCK_EX); print(os.fork() and os.wait()[1])'; flock -n l echo free",
    ),
    (
        "attributes of files",
        "",
        "python3 -c 'import os\nopen(\"f\", \"w\").close(); os.setxattr(\"f\", \"user.x\", b\"1\"); print(os.listxattr(\"f\"))'",
    ),
    (
        "sparse files",
        "",
        "truncate -s 1G s; echo x >> s; stat -c %s s; test $(du -k s | cut -f1) -lt 1000; fallocate -l 1M f; stat -c %s f",
    ),
    (
        "renaming over",
        "",
        "echo 1 > a; echo 2 > b; mv -f b a; cat a; mkdir d e; mv -T d e; ls; python3 -c 'import os; os.replace(\"a\", \"e/a\"); os.rename(\"e\", \"f\"); print(os.listdir(\"f\"))'",
    ),
    (
        "a large directory",
        "",
        "mkdir d; (cd d; seq 5000 | xargs touch); ls d | wc -l; find d -name '*7' | wc -l; rm -r d",
    ),
    (
        "archives",
        "",
        "mkdir d; echo 1 > d/a; chmod 640 d/a; touch -d 2001-01-01 d/a; ln -s a d/l; ln d/a d/h; tar czf t.tgz d; mkdir o; tar xzf t.tgz -C o; stat -c '%a %Y %h' o/d/a; python3 -m zipfile -c z.zip d/a; python3 -m zipfile -l z.zip | wc -l",
    ),
    (
        "many at a time",
        "",
        "seq 40 | xargs -P 8 -n 1 sh -c 'echo $0 > f$0'; find . -name 'f*' -print0 | xargs -0 -P 4 cat | sort -n | tail -1",
    ),
    (
        "nice, time, timeout, ulimit",
        "",
        "nice -n 5 sh -c 'nice'; (time true) 2>&1 | grep -c real; timeout -s INT 0.2 sleep 9 || echo $?; (ulimit -n 64; ulimit -n); nohup true; renice -n 6 -p $$ > /dev/null; chrt -b 0 true; taskset -p $$ > /dev/null; echo done",
    ),
    (
        "asking for more",
        "",
        "sudo -n true 2> /dev/null && echo root || echo no; id -u > /dev/null; hostname > /dev/null; uname -s",
    ),
    (
        "a program from memory",
        "",
        "python3 -c 'import os\nd = os.memfd_create(\"x\"); os.write(d, open(\"/bin/true\", \"rb\").read()); print(os.spawnv(os.P_WAIT, \"/proc/self/fd/%d\" % d, [\"true\"]) if os.set_inheritable(d, True) is None else 1)'",
    ),
    (
        "node with children and streams",
        "",
        "node -e 'const c=require(\"child_process\");const f=c.fork(\"-e\",[],{execArgv:[\"-e\",\"process.send(7)\"]});f.on(\"message\",m=>{console.log(m);f.disconnect&&f.connected&&f.disconnect()})'",
    ),
    (
        "a server in the background",
        "",
        "port=$(python3 -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])'); python3 -m http.server --bind 127.0.0.1 $port > /dev/null 2>&1 & p=$!; echo x > page; for i in $(seq 100); do python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(\"http://127.0.0.1:\" + sys.argv[1] + \"/page\").read())' $port 2> /dev/null && break; sleep 0.1; done; kill $p",
    ),
    (
        "make with the linker",
        "",
        "printf 'int f(void);int main(){return f();}' > a.c; printf 'int f(void){return 0;}' > b.c; printf 'all: p\\np: a.o b.o\\n\\tgcc -o $@ $^\\n%%.o: %%.c\\n\\tgcc -c $<\\n' > Makefile; make -s -j4; ./p; gcc -shared -fPIC b.c -o libb.so; gcc a.c -L. -lb -o q; LD_LIBRARY_PATH=. ./q; echo linked",
    ),
    (
        "sockets of a pair between processes",
        "",
        "python3 -c 'import socket, os\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)\nif os.fork() == 0: b.send(b\"hi\"); os._exit(0)\nprint(a.recv(9))'",
    ),
];

/// Not on every machine: where they are missing, it is said that they were not run.
const OPTIONAL: [&str; 6] = ["go", "ccache", "pytest", "java", "a debugger", "a tracer"];

#[test]
fn tools_work_and_the_home_directory_is_what_it_was() {
    check(TOOLS, false, &OPTIONAL);
}

#[test]
fn tools_work_for_an_ordinary_user() {
    // What takes long is the same for every user.
    let quick: Vec<Job> =
        TOOLS.iter().copied().filter(|(name, ..)| *name != "pip with a wheel").collect();
    check(&quick, true, &OPTIONAL);
}

#[test]
fn more_work() {
    check(WORK, false, &OPTIONAL);
}

#[test]
fn more_work_of_an_ordinary_user() {
    check(WORK, true, &OPTIONAL);
}
