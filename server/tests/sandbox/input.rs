//! Places and systems that are not as they should be, and what is left of a
//! command whose processes are killed.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::{
        fd::OwnedFd,
        unix::{fs::symlink, net::UnixStream},
    },
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::Pid;

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        for name in ["ws", "tmp", "other"] {
            fs::create_dir(directory.path().join(name)).expect("a directory");
        }
        Self { directory }
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    fn command(&self, options: &[&str], script: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiro"));
        command.args(["sandbox", "--cwd", &self.path("ws")]).args(options);
        command.args(["--", "bash", "-c", script]);
        command.env("TMPDIR", self.path("tmp")).stdin(Stdio::null());
        command
    }

    /// In a mount namespace where `prepare` was done first; `$1` is this place.
    fn on(&self, prepare: &str, options: &[&str], script: &str) -> String {
        let inner = self.command(options, script);
        let mut command = Command::new("unshare");
        command.args(["-Urm", "sh", "-c", &format!("{prepare}; shift; exec \"$@\""), "sh"]);
        command.arg(self.path("")).arg(inner.get_program()).args(inner.get_args());
        text(command.env("TMPDIR", self.path("tmp")))
    }

    fn run(&self, options: &[&str], script: &str) -> String {
        text(&mut self.command(options, script))
    }
}

fn text(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let code = output.status.code().map_or("killed".to_owned(), |code| code.to_string());
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{code} {}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

const BOTH: [&[&str]; 2] = [&[], &["--no-namespaces"]];

#[test]
fn a_root_that_is_a_link_is_what_it_leads_to_and_never_the_whole_disk() {
    let place = Place::new();
    symlink(place.path("other"), place.path("link")).expect("a link");
    symlink("/", place.path("disk")).expect("a link");
    let (link, disk) = (place.path("link"), place.path("disk"));
    for options in BOTH {
        let granted = [options, &["--writable-root", &link]].concat();
        assert_eq!(place.run(&granted, "echo x > ../other/new && rm ../other/new"), "0 ");
        let granted = [options, &["--writable-root", &disk]].concat();
        let said = place.run(&granted, "touch ran");
        assert!(said.starts_with("125 sandbox: the writable root"), "{said}");
        assert!(said.contains("it is the whole disk") && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn roots_within_each_other_and_in_shared_memory_work() {
    let place = Place::new();
    fs::create_dir_all(place.path("ws/a/b")).expect("a directory");
    let shared = tempfile::tempdir_in("/dev/shm").expect("a directory");
    let (inner, outer) = (place.path("ws/a/b"), place.path(""));
    let shared = shared.path().to_str().expect("UTF-8");
    let roots = ["--writable-root", &inner, "--writable-root", &outer, "--writable-root", shared];
    let script = format!("echo 1 > a/b/f && echo 2 > a/f && echo 3 > ../f && echo 4 > {shared}/f");
    assert_eq!(place.run(&roots, &script), "0 ");
    assert_eq!(fs::read_to_string(format!("{shared}/f")).expect("it is real"), "4\n");
    assert_eq!(fs::read_to_string(place.path("f")).expect("it is real"), "3\n");
}

#[test]
fn a_workspace_that_goes_away_ends_nothing() {
    let place = Place::new();
    for options in BOTH {
        fs::create_dir_all(place.path("ws/gone")).expect("a directory");
        let said = place.run(options, "cd gone; rmdir ../gone; pwd > /dev/null; echo still here");
        assert!(said.starts_with("0 still here"), "{said}");
    }
}

#[test]
fn without_proc_or_room_nothing_runs_and_one_line_says_why() {
    let place = Place::new();
    let said = place.on("mount -t tmpfs none /proc", &[], "touch ran");
    assert!(said.starts_with("125 sandbox: "), "{said}");
    assert!(said.contains("/proc") && said.lines().count() == 1, "{said}");
    let full = "mount -t tmpfs -o nr_inodes=1 full $1/tmp";
    let said = place.on(full, &[], "touch ran");
    assert!(said.starts_with("125 sandbox: no private directory could be made"), "{said}");
    assert!(said.contains("set TMPDIR") && said.lines().count() == 1, "{said}");
    assert!(!fs::exists(place.path("ws/ran")).expect("readable"));
}

#[test]
fn an_open_directory_is_no_standard_input() {
    let place = Place::new();
    let directory = fs::File::open(place.path("other")).expect("a directory");
    let said = text(place.command(&[], "touch ran").stdin(directory));
    assert!(said.starts_with("125 sandbox: standard input is a directory"), "{said}");
    let file = place.path("other/file");
    fs::write(&file, "safe").expect("a file");
    let input = fs::File::open(&file).expect("a file");
    let said = text(place.command(&[], "echo x > /proc/self/fd/0").stdin(input));
    assert!(said.contains("Permission denied"), "{said}");
    assert_eq!(fs::read_to_string(&file).expect("readable"), "safe");
}

#[test]
fn within_another_namespace_the_sandbox_is_as_good() {
    let place = Place::new();
    let said =
        place.on("true", &[], "touch made; touch ../other/f || ls /proc | grep -c '^[0-9]*$'");
    assert!(said.contains("Read-only file system"), "{said}");
    assert!(fs::exists(place.path("ws/made")).expect("readable"));
}

/// A command that runs, in all the processes that there are for it.
struct Running {
    launcher: Child,
    keeper: Pid,
    /// Closed when the last process of the command has gone.
    out: BufReader<ChildStdout>,
}

impl Running {
    fn new(place: &Place, options: &[&str]) -> Self {
        let script = "(setsid sleep 1000 &); echo x > $TMPDIR/f; echo ready; sleep 1000";
        let mut command = place.command(options, script);
        let mut launcher = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut out = BufReader::new(launcher.stdout.take().expect("piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("readable");
        assert_eq!(line, "ready\n");
        assert_eq!(fs::read_dir(place.path("tmp")).expect("readable").count(), 1);
        let keeper = keeper_of(&launcher).expect("the keeper is its only child");
        Self { launcher, keeper, out }
    }

    /// Waits for the end of everything that came of the command.
    fn wait(mut self) -> Option<i32> {
        let code = self.launcher.wait().expect("it was started here").code();
        self.out.read_to_string(&mut String::new()).expect("readable");
        code
    }
}

/// None when there is no keeper yet.
fn keeper_of(launcher: &Child) -> Option<Pid> {
    let id = launcher.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
    children.expect("readable").trim().parse().ok().and_then(Pid::from_raw)
}

fn kill(process: Pid) {
    rustix::process::kill_process(process, rustix::process::Signal::KILL).expect("it runs");
}

#[test]
fn what_was_private_goes_also_when_the_launcher_or_the_keeper_is_killed() {
    let place = Place::new();
    let left = || fs::read_dir(place.path("tmp")).expect("readable").count();
    let mounts = || fs::read_to_string("/proc/self/mountinfo").expect("readable");
    let before = mounts();
    for options in BOTH {
        let mut running = Running::new(&place, options);
        running.launcher.kill().expect("it runs");
        assert_eq!(running.wait(), None);
        let started = Instant::now();
        while left() > 0 {
            assert!(started.elapsed() < Duration::from_secs(10), "the directory is still there");
            std::thread::yield_now();
        }

        let running = Running::new(&place, options);
        kill(running.keeper);
        assert_eq!(running.wait(), Some(125));
        assert_eq!(left(), 0);
    }
    assert_eq!(mounts(), before);
}

/// The keeper, as soon as there is one.
fn first_keeper(launcher: &Child) -> Pid {
    loop {
        if let Some(keeper) = keeper_of(launcher) {
            return keeper;
        }
    }
}

#[test]
fn a_keeper_may_be_killed_at_any_moment() {
    let place = Place::new();
    for round in 0..80 {
        let script = "(setsid sleep 1000 &); sleep 1000";
        let mut command = place.command(&["--no-namespaces"], script);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut launcher = command.spawn().expect("it starts");
        let keeper = first_keeper(&launcher);
        let found = Instant::now();
        while found.elapsed() < Duration::from_micros(round * 100) {
            std::hint::spin_loop();
        }
        kill(keeper);
        // Standard output is closed when nothing of the command is left.
        let mut out = launcher.stdout.take().expect("piped");
        out.read_to_string(&mut String::new()).expect("readable");
        let output = launcher.wait_with_output().expect("it was started here");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(125), "{said}");
        assert!(said.contains("the keeper of the command was killed"), "{round}: {said}");
        assert_eq!(fs::read_dir(place.path("tmp")).expect("readable").count(), 0, "{round}");
    }
}

#[test]
fn the_server_is_told_that_the_keeper_was_killed() {
    let place = Place::new();
    let (mut server, given) = UnixStream::pair().expect("a pair");
    let mut command = place.command(&["--no-namespaces", "--control"], "sleep 1000");
    command.stdin(OwnedFd::from(given)).stderr(Stdio::null());
    let mut launcher = command.spawn().expect("it starts");
    let keeper = first_keeper(&launcher);
    // The other end is the launcher's alone.
    drop(command);
    kill(keeper);
    assert_eq!(launcher.wait().expect("it was started here").code(), Some(125));
    let mut told = String::new();
    server.read_to_string(&mut told).expect("readable");
    // Before it is the command, the process that would become it may say so as well.
    let told: Vec<&str> = told.lines().collect();
    let last = "125 the keeper of the command was killed, and the command with it";
    assert_eq!(told.last(), Some(&last), "{told:?}");
    assert!(told.iter().all(|line| line.starts_with("125 ")), "{told:?}");
}

#[test]
fn what_two_killed_processes_left_goes_with_the_next_command() {
    let place = Place::new();
    let left = || fs::read_dir(place.path("tmp")).expect("readable").count();
    // Stopped, the launcher does not see what becomes of the keeper.
    let mut running = Running::new(&place, &[]);
    let launcher = i32::try_from(running.launcher.id()).ok().and_then(Pid::from_raw);
    rustix::process::kill_process(launcher.expect("a pid"), rustix::process::Signal::STOP)
        .expect("it runs");
    kill(running.keeper);
    running.launcher.kill().expect("it is there");
    running.wait();
    assert_eq!(left(), 1);
    // The next finds it, whether it has a directory of its own or not.
    assert_eq!(place.run(&["--policy", "read-only"], "true"), "0 ");
    assert_eq!(left(), 0);
}
