//! `tiro sandbox` on its own command line: what a command may do, and its exit
//! status.
#![expect(clippy::disallowed_methods, reason = "the tests start the binary and look at its files")]

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
};

/// A workspace, and a folder beside it that no policy here grants.
pub(super) struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        fs::create_dir(directory.path().join("ws")).expect("a workspace");
        fs::create_dir(directory.path().join("outside")).expect("a folder");
        fs::write(directory.path().join("outside/file"), "safe").expect("a file");
        Self { directory }
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    pub(super) fn command(&self, options: &[&str], command: &[&str]) -> Command {
        let mut started = Command::new(env!("CARGO_BIN_EXE_tiro"));
        started.args(["sandbox", "--cwd", &self.path("ws")]).args(options).arg("--").args(command);
        started.stdin(Stdio::null());
        started
    }

    fn run(&self, options: &[&str], command: &[&str]) -> Output {
        self.command(options, command).output().expect("the binary starts")
    }

    /// Exit status, standard output and error of a script, as one text.
    pub(super) fn shell(&self, options: &[&str], script: &str) -> String {
        text(&self.run(options, &["bash", "-c", script]))
    }
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    let code = output.status.code().map_or("killed".to_owned(), |code| code.to_string());
    format!("{code} {}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

#[test]
fn the_exit_status_is_the_commands_own() {
    let place = Place::new();
    assert_eq!(place.shell([].as_slice(), "exit 0"), "0 ");
    assert_eq!(place.shell(&[], "echo out; echo err >&2; exit 42"), "42 out\nerr\n");
    assert_eq!(place.shell(&[], "exit 125"), "125 ");
    assert_eq!(place.shell(&[], "kill -TERM $$"), "143 ");
    assert_eq!(place.shell(&[], "kill -KILL $$"), "137 ");
}

#[test]
fn a_program_that_is_not_there_is_127_and_one_that_cannot_be_executed_126() {
    let place = Place::new();
    let missing = "127 sandbox: `no-such-program` was not found: check the name and PATH\n";
    assert_eq!(text(&place.run(&[], &["no-such-program"])), missing);
    fs::write(place.path("ws/data"), "data").expect("a file");
    let data = text(&place.run(&[], &["./data"]));
    assert!(
        data.starts_with("126 sandbox: `./data` cannot be executed: Permission denied"),
        "{data}"
    );
    let folder = text(&place.run(&[], &["/"]));
    assert!(folder.starts_with("126 sandbox: `/` cannot be executed"), "{folder}");
}

#[test]
fn when_the_sandbox_cannot_be_set_up_nothing_runs_and_one_line_says_why() {
    let place = Place::new();
    let missing = place.path("missing");
    let file = place.path("outside/file");
    for options in [
        vec!["--writable-root", missing.as_str()],
        vec!["--writable-root", file.as_str()],
        vec!["--writable-root", "relative"],
        vec!["--writable-root", "/"],
        vec!["--cwd", missing.as_str()],
        vec!["--cwd", file.as_str()],
        vec!["--cwd", "."],
        vec!["--cwd", "/"],
        vec!["--workspace-root", missing.as_str()],
        vec!["--temp", missing.as_str()],
        vec!["--policy", "none"],
        vec!["--frobnicate"],
        vec!["--env"],
    ] {
        let said = text(&place.run(&options, &["touch", "ran"]));
        assert!(said.starts_with("125 sandbox: "), "{options:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{options:?}: {said}");
        assert!(!Path::new(&place.path("ws/ran")).exists(), "{options:?}");
    }
}

#[test]
fn arguments_that_the_system_cannot_take_are_refused() {
    let place = Place::new();
    let long = "x".repeat(10 * 1024 * 1024);
    let error = place.command(&[], &["echo", &long]).output().expect_err("too long");
    assert_eq!(error.kind(), std::io::ErrorKind::ArgumentListTooLong);
    // Just below the limit for one argument it works.
    let fits = "x".repeat(128 * 1024 - 1);
    assert_eq!(place.run(&[], &["echo", &fits]).stdout.len(), 128 * 1024);
}

#[test]
fn arguments_arrive_as_they_were_written() {
    let place = Place::new();
    let output =
        place.run(&[], &["printf", "<%s>", "a b", "", "$HOME", "'", "x\ny", "é世", "--", "-n"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "<a b><><$HOME><'><x\ny><é世><--><-n>");
}

#[test]
fn the_workspace_is_writable_and_nothing_else_is() {
    let place = Place::new();
    assert_eq!(
        place.shell(&[], "mkdir d && echo x > d/f && mv d/f g && ln -s g l && cat l && rm -r d"),
        "0 x\n"
    );
    for script in [
        "echo x > ../outside/new",
        "echo x > ../outside/file",
        "echo x >> ../outside/file",
        "truncate -s 0 ../outside/file",
        "rm ../outside/file",
        "mv ../outside/file .",
        "mv g ../outside/",
        "ln ../outside/file here",
        "mkdir ../outside/d",
        "ln -s ../outside/file s && echo x > s",
        "ln -s ../outside t && echo x > t/new",
        "echo x > /proc/self/root$PWD/../outside/new",
        "echo x > /dev/shm/tiro-test",
        "mkfifo ../outside/new",
    ] {
        let said = place.shell(&[], script);
        // What is shared memory is the command's own.
        assert!(!said.starts_with("0 ") || script.contains("/dev/shm"), "{script}: {said}");
        assert!(
            ["Read-only file system", "nvalid cross-device", "ermission denied", "not permitted"]
                .iter()
                .any(|words| said.contains(words))
                || script.contains("/dev/shm"),
            "{script}: {said}"
        );
    }
    assert_eq!(fs::read_to_string(place.path("outside/file")).expect("it is there"), "safe");
    assert_eq!(fs::read_dir(place.path("outside")).expect("it is there").count(), 1);
    assert!(!Path::new("/dev/shm/tiro-test").exists());
}

#[test]
fn roots_and_policies_are_what_they_say() {
    let place = Place::new();
    let outside = place.path("outside");
    assert_eq!(place.shell(&["--writable-root", &outside], "echo x > ../outside/new"), "0 ");
    let read_only = "Read-only file system";
    assert!(place.shell(&["--policy", "read-only"], "echo x > new").contains(read_only));
    assert_eq!(place.shell(&["--policy", "full-access"], "echo x > ../outside/other"), "0 ");
    let elsewhere = ["--workspace-root", outside.as_str()];
    assert!(place.shell(&elsewhere, "echo x > new").contains(read_only));
    assert_eq!(place.shell(&elsewhere, "echo x > ../outside/third"), "0 ");
}

#[test]
fn without_permissions_only_the_system_can_be_read() {
    let place = Place::new();
    fs::write(place.path("ws/f"), "secret").expect("a file");
    assert_eq!(
        place.shell(&["--permission", "none"], "head -c 4 /etc/passwd; echo; echo $((6*7))"),
        "0 root\n42\n"
    );
    let said = place.shell(&["--permission", "none"], "cat f");
    assert_eq!(said, "1 cat: f: Permission denied\n");
    assert_eq!(place.shell(&["--permission", "disk-write-cwd"], "cat f"), "0 secret");
}

#[test]
fn the_temporary_directory_is_private_and_goes_with_the_command() {
    let place = Place::new();
    let said = place.shell(&[], "echo x > $TMPDIR/f && stat -c %a $TMPDIR && echo $TMPDIR");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "0 700", "{said}");
    assert!(lines[1].contains("/tiro-") && !Path::new(lines[1]).exists(), "{said}");
    let given = place.path("outside");
    assert_eq!(
        place.shell(&["--temp", &given], "echo x > $TMPDIR/f && echo $TMPDIR"),
        format!("0 {given}\n")
    );
    assert!(Path::new(&place.path("outside/f")).exists());
    assert_eq!(place.shell(&["--policy", "read-only"], "echo ${TMPDIR-none}"), "0 none\n");
}

#[test]
fn the_network_is_closed_unless_it_is_granted() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected");
    let said = place.shell(&[], &script);
    assert!(said.contains("Connection refused"), "{said}");
    let said = place.shell(&["--no-namespaces"], &script);
    assert!(said.contains("Operation not permitted"), "{said}");
    for options in [&["--allow-network"][..], &["--allow-network", "--no-namespaces"]] {
        assert_eq!(place.shell(options, &script), "0 connected\n");
    }
}

#[test]
fn keys_and_open_files_stay_behind() {
    let place = Place::new();
    let mut command = place.command(&["--env", "WANTED"], &["env"]);
    command
        .env("OPENAI_API_KEY", "sk")
        .env("GITHUB_TOKEN", "g")
        .env("WANTED", "w")
        .env("LC_ALL", "C");
    let output = text(&command.output().expect("the binary starts"));
    assert!(output.contains("WANTED=w") && output.contains("LC_ALL=C"), "{output}");
    assert!(output.contains("PATH=") && output.contains("TMPDIR="), "{output}");
    assert!(!output.contains("KEY") && !output.contains("TOKEN"), "{output}");

    // Bash opens 7 and hands it on, as a careless parent does.
    let script = format!(
        "exec 7>../outside/leak; exec {} sandbox --cwd $PWD -- bash -c 'echo x >&7'",
        env!("CARGO_BIN_EXE_tiro")
    );
    let output = Command::new("bash").args(["-c", &script]).current_dir(place.path("ws")).output();
    assert!(text(&output.expect("bash starts")).contains("Bad file descriptor"));
    assert_eq!(fs::read_to_string(place.path("outside/leak")).expect("it is there"), "");
}

#[test]
fn privileges_cannot_be_regained() {
    let place = Place::new();
    let said =
        place.shell(&[], "grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status");
    assert!(
        said.contains("CapEff:\t0000000000000000") && said.contains("CapPrm:\t0000000000000000"),
        "{said}"
    );
    assert!(said.contains("NoNewPrivs:\t1") && said.contains("Seccomp:\t2"), "{said}");
    assert!(place.shell(&[], "touch f; chmod u+s f").contains("Operation not permitted"));
    assert!(place.shell(&[], "touch f; chmod g+s f").contains("Operation not permitted"));
    assert_eq!(
        place.shell(&[], "chmod 755 f && install -m 640 f g && stat -c %a f g"),
        "0 755\n640\n"
    );
    assert!(place.shell(&[], "unshare -r true").contains("Operation not permitted"));
    assert!(place.shell(&[], "unshare -m true").contains("Operation not permitted"));
}

#[test]
fn a_command_cannot_start_processes_without_end() {
    let place = Place::new();
    let limit = || fs::read_to_string("/proc/sys/kernel/pid_max").expect("readable");
    let before = limit();
    let said = place.shell(&[], "ulimit -u; cat /proc/sys/kernel/pid_max");
    let limits: Vec<u64> = said[2..].lines().filter_map(|line| line.parse().ok()).collect();
    assert!(limits.iter().any(|limit| *limit <= 8192), "{said}");
    assert_eq!(limit(), before);
}

#[test]
fn standard_input_is_passed_through() {
    let place = Place::new();
    fs::write(place.path("outside/input"), "from outside\n").expect("a file");
    let input = fs::File::open(place.path("outside/input")).expect("it is there");
    let output = place.command(&[], &["cat"]).stdin(input).output().expect("the binary starts");
    assert_eq!(text(&output), "0 from outside\n");
}

#[test]
fn a_script_without_its_bit_and_one_with_it() {
    let place = Place::new();
    fs::write(place.path("ws/s.sh"), "#!/bin/sh\necho ran\n").expect("a file");
    assert!(text(&place.run(&[], &["./s.sh"])).starts_with("126 "));
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(place.path("ws/s.sh"), executable).expect("it is ours");
    assert_eq!(text(&place.run(&[], &["./s.sh"])), "0 ran\n");
}

#[test]
fn a_command_cannot_end_its_keeper() {
    let place = Place::new();
    let said = place.shell(&[], "kill -KILL $PPID; echo $?");
    assert!(said.contains("Operation not permitted") && said.contains('1'), "{said}");
    // The whole group is only its own.
    assert_eq!(
        place.shell(&[], "trap 'echo got it; exit 3' TERM; kill -TERM 0; sleep 1"),
        "3 got it\n"
    );
}

#[test]
fn the_status_and_the_help_are_printed() {
    let run = |option: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_tiro")).args(["sandbox", option]).output();
        text(&output.expect("the binary starts"))
    };
    let status = run("--status");
    assert!(status.starts_with("0 sandbox: full") || status.contains("because of"), "{status}");
    assert!(run("--help").contains("Usage: tiro sandbox"));
}
