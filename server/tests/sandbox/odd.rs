//! Odd places, names, arguments and streams: either the sandbox holds and the
//! command runs, or nothing runs and one line says why.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::{
        fd::AsRawFd as _,
        unix::{
            ffi::{OsStrExt as _, OsStringExt as _},
            fs::{PermissionsExt as _, symlink},
            process::CommandExt as _,
        },
    },
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

const BOTH: [&[&str]; 2] = [&[], &["--no-namespaces"]];

fn place() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

fn command(options: &[&str], cwd: &Path, arguments: &[&OsStr]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiro"));
    command.arg("sandbox").args(options).arg("--cwd").arg(cwd).arg("--").args(arguments);
    command.stdin(Stdio::null());
    command
}

fn shell(options: &[&str], cwd: &Path, script: &str) -> Command {
    command(options, cwd, &["bash".as_ref(), "-c".as_ref(), script.as_ref()])
}

fn text(output: &Output) -> String {
    let code = output.status.code().map_or("killed".to_owned(), |code| code.to_string());
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{code} {out}{err}")
}

fn run(mut command: Command) -> String {
    text(&command.output().expect("it starts"))
}

/// One line that begins as it should, and the command did not run.
fn check_refused(said: &str, code: i32, words: &str) {
    assert!(said.starts_with(&format!("{code} sandbox: ")), "{said}");
    assert!(said.contains(words) && said.lines().count() == 1, "{words}: {said}");
}

#[test]
fn a_workspace_may_have_any_name() {
    let place = place();
    let names: [&[u8]; 9] = [
        b"a b",
        b"a:b",
        b"a,b=c",
        b"a\nb",
        b"a\\b",
        b"a\"b'c",
        b"-rf",
        b"\xff\xfe",
        "世 é".as_bytes(),
    ];
    for name in names {
        let home = place.path().join(OsString::from_vec(name.to_vec()));
        let workspace = home.join("ws");
        fs::create_dir_all(workspace.join(".git/hooks")).expect("a directory");
        fs::create_dir_all(home.join(".cache")).expect("a directory");
        for options in BOTH {
            let script = "echo x > f && cat f; echo x > ../g || echo refused; echo x > .git/hooks/h; echo x > \"$HOME/.cache/f\"; exit 3";
            let said = run({
                let mut command = shell(options, &workspace, script);
                command.env("HOME", &home);
                command
            });
            assert!(said.starts_with("3 x\n"), "{name:?} {options:?}: {said}");
            assert!(!home.join(".cache/f").exists(), "{name:?} {options:?}: {said}");
            assert!(!workspace.join(".git/hooks/h").exists(), "{name:?} {options:?}: {said}");
            let left = fs::read_dir(&home).expect("readable").flatten();
            assert!(
                left.map(|entry| entry.file_name()).all(|name| name != "g"),
                "{options:?}: {said}"
            );
        }
    }
}

#[test]
fn arguments_may_be_any_bytes() {
    let place = place();
    let odd = OsStr::from_bytes(b"\xff\x01 \n");
    let output = command(&[], place.path(), &["printf".as_ref(), "%s".as_ref(), odd]).output();
    assert_eq!(output.expect("it starts").stdout, odd.as_bytes());
    let many: Vec<OsString> = (0..20_000).map(|number| number.to_string().into()).collect();
    let mut all: Vec<&OsStr> = vec!["printf".as_ref(), "%s\n".as_ref()];
    all.extend(many.iter().map(OsString::as_os_str));
    let output = command(&[], place.path(), &all).output().expect("it starts");
    assert!(output.stdout.ends_with(b"19999\n") && output.status.success());
    // The system refuses these before there is anything to run.
    let error = command(&[], place.path(), &["a\0b".as_ref()]).output().expect_err("a zero");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

#[test]
fn a_command_that_is_nothing_is_not_run() {
    let place = place();
    let at = |name: &str| place.path().join(name);
    fs::create_dir(at("folder")).expect("a directory");
    fs::write(at("data"), "data").expect("a file");
    fs::write(at("broken"), "#!/no/such/interpreter\n").expect("a file");
    fs::set_permissions(at("broken"), fs::Permissions::from_mode(0o755)).expect("it is ours");
    symlink("nowhere", at("dangling")).expect("a link");
    for options in BOTH {
        let said = |name: &str| run(command(options, place.path(), &[name.as_ref()]));
        check_refused(&said(""), 127, "was not found");
        check_refused(&said("no-such-program"), 127, "was not found");
        check_refused(&said("./none"), 127, "was not found");
        check_refused(&said("./folder"), 126, "cannot be executed");
        check_refused(&said("./data"), 126, "cannot be executed");
        check_refused(&said("./broken"), 126, "cannot be executed");
        assert!(["126", "127"].contains(&&said("./dangling")[..3]), "{}", said("./dangling"));
    }
}

#[test]
fn a_working_directory_that_cannot_be_entered_is_refused() {
    let up = fs::Permissions::from_mode;
    let public = tempfile::tempdir_in("/var/tmp").expect("a directory");
    fs::set_permissions(public.path(), up(0o755)).expect("it is ours");
    let shut = public.path().join("shut");
    fs::create_dir(&shut).expect("a directory");
    fs::set_permissions(&shut, up(0o000)).expect("it is ours");
    for options in BOTH {
        // The way to the binary may be closed to an ordinary user.
        let binary = fs::File::open(env!("CARGO_BIN_EXE_tiro")).expect("it was built");
        let mut command = Command::new(format!("/proc/self/fd/{}", binary.as_raw_fd()));
        if rustix::process::geteuid().is_root() {
            command.uid(65534).gid(65534);
        }
        command.arg("sandbox").args(options).arg("--cwd").arg(&shut).args(["--", "true"]);
        check_refused(&run(command), 125, "cannot be used");
    }
}

#[test]
fn odd_homes_are_no_reason_not_to_run() {
    let place = place();
    fs::create_dir(place.path().join("ws")).expect("a directory");
    for home in
        [None, Some(""), Some("/"), Some("relative"), Some("/no/such/home"), Some("/etc/passwd")]
    {
        for options in BOTH {
            let mut command =
                shell(options, &place.path().join("ws"), "echo x > f; echo x > ../g || echo held");
            match home {
                Some(home) => command.env("HOME", home),
                None => command.env_remove("HOME"),
            };
            let said = run(command);
            assert!(
                said.starts_with("0 ") && said.contains("held"),
                "{home:?} {options:?}: {said}"
            );
        }
    }
    assert!(!place.path().join("g").exists());
}

#[test]
fn the_home_directory_may_be_the_workspace_or_hold_it() {
    let place = place();
    for name in [".ssh", "project"] {
        fs::create_dir(place.path().join(name)).expect("a directory");
    }
    fs::write(place.path().join(".ssh/id"), "secret").expect("a file");
    for options in BOTH {
        for cwd in [place.path().to_path_buf(), place.path().join("project")] {
            let mut command = shell(options, &cwd, "echo x > made; cat ~/.ssh/id; echo end");
            let said = run({
                command.env("HOME", place.path());
                command
            });
            assert!(said.starts_with("0 ") && said.contains("end"), "{said}");
            // Landlock alone cannot take away what lies within a root.
            let open = !options.is_empty() && cwd == place.path();
            assert!(open || !said.contains("secret"), "{cwd:?} {options:?}: {said}");
            fs::remove_file(cwd.join("made")).expect("it is real");
        }
    }
}

#[test]
fn the_same_root_twice_and_roots_in_each_other() {
    let place = place();
    let at = |name: &str| place.path().join(name).display().to_string();
    fs::create_dir_all(at("ws/in/deep")).expect("a directory");
    symlink(at("ws/in"), at("link")).expect("a link");
    for options in BOTH {
        let roots = ["ws", "ws", "ws/in", "ws/in/deep", "link", "ws/."].map(at);
        let mut all = options.to_vec();
        for root in &roots {
            all.extend(["--writable-root", root]);
        }
        let script = "echo 1 > f; echo 2 > in/f; echo 3 > in/deep/f; mv in/f in/deep/g 2> /dev/null || cp in/f in/deep/g; cat f in/deep/*";
        assert_eq!(run(shell(&all, &place.path().join("ws"), script)), "0 1\n3\n2\n");
    }
}

#[test]
fn five_thousand_directories_within_each_other() {
    let place = place();
    let script = "import os\nfor _ in range(5000): os.mkdir('d'); os.chdir('d')\nopen('f', 'w').write('deep')\nprint(open('f').read())";
    let arguments = ["python3", "-c", script].map(OsStr::new);
    assert_eq!(run(command(&[], place.path(), &arguments)), "0 deep\n");
    assert_eq!(run(shell(&[], place.path(), "cat d/d/f 2> /dev/null || ls")), "0 d\n");
    // The library's own way to remove it wants a descriptor for each.
    let removed = Command::new("rm").arg("-rf").arg(place.path().join("d")).status();
    assert!(removed.expect("rm starts").success());
}

#[test]
fn streams_may_be_closed_or_full() {
    let place = place();
    let binary = env!("CARGO_BIN_EXE_tiro");
    let check = |script: &str, expected: &str| {
        let mut command = Command::new("bash");
        command.args(["-c", script, binary]).current_dir(place.path());
        assert_eq!(run(command), expected, "{script}");
    };
    for option in ["", "--no-namespaces"] {
        check(
            &format!("$0 sandbox {option} -- sh -c 'echo x > f' <&- ; echo $?; cat f; rm f"),
            "0 0\nx\n",
        );
        check(
            &format!("$0 sandbox {option} -- sh -c 'echo x > f' >&- ; echo $?; cat f; rm f"),
            "0 0\nx\n",
        );
        check(
            &format!("$0 sandbox {option} -- sh -c 'echo x > f' 2>&- ; echo $?; cat f; rm f"),
            "0 0\nx\n",
        );
        check(
            &format!("$0 sandbox {option} -- sh -c 'echo x > f' <&- >&- 2>&- ; cat f; rm f"),
            "0 x\n",
        );
        check(
            &format!("$0 sandbox {option} -- cat /etc/passwd > /dev/full 2> /dev/null; echo $?"),
            "0 1\n",
        );
        check(
            &format!(
                "$0 sandbox {option} -- sh -c 'yes; echo $? >&2' 2> /dev/null | head -1; echo ${{PIPESTATUS[1]}}"
            ),
            "0 y\n0\n",
        );
        check(
            &format!("$0 sandbox {option} -- yes | head -1; echo ${{PIPESTATUS[0]}}"),
            "0 y\n141\n",
        );
    }
}

/// In a mount namespace where `prepare` was done first; `$1` is this place.
fn on(place: &Path, prepare: &str, options: &[&str], script: &str) -> String {
    let inner = shell(options, &place.join("ws"), script);
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", &format!("{prepare}; shift; exec \"$@\""), "sh"]);
    command
        .arg(place)
        .arg(inner.get_program())
        .args(inner.get_args())
        .env("TMPDIR", place.join("tmp"));
    run(command)
}

#[test]
fn other_file_systems_in_and_under_the_workspace() {
    let place = place();
    for name in ["ws/in", "tmp", "other"] {
        fs::create_dir_all(place.path().join(name)).expect("a directory");
    }
    let check = |prepare: &str, script: &str, expected: &str| {
        for options in BOTH {
            let said = on(place.path(), prepare, options, script);
            assert_eq!(said, expected, "{prepare} {options:?}");
        }
    };
    let memory = "mount -t tmpfs none $1/ws";
    check(
        memory,
        "echo x > f; cat f; echo x 2> /dev/null > ../other/f || echo held",
        "0 x\nheld\n",
    );
    check("mount -t tmpfs none $1/ws/in", "echo x > in/f; cat in/f", "0 x\n");
    check("mount --bind $1/other $1/ws/in", "echo x > in/f; cat in/f; rm in/f", "0 x\n");
    // What the user has made read-only stays so.
    let fixed = "mount --bind $1/ws $1/ws; mount -o remount,bind,ro $1/ws";
    check(fixed, "echo x 2> /dev/null > f || echo held", "0 held\n");
    let full = "mount -t tmpfs -o size=8k none $1/ws";
    check(full, "head -c 99999 /dev/zero 2> /dev/null > f || echo full", "0 full\n");
    assert_eq!(fs::read_dir(place.path().join("other")).expect("readable").count(), 0);
}

#[test]
fn a_system_without_what_is_needed_runs_nothing() {
    let place = place();
    let at = |name: &str| -> PathBuf { place.path().join(name) };
    for name in ["ws", "tmp"] {
        fs::create_dir(at(name)).expect("a directory");
    }
    for options in BOTH {
        let said = on(place.path(), "mount -t tmpfs none /proc", options, "touch ran");
        check_refused(&said, 125, "/proc");
        let full = "mount -t tmpfs -o nr_inodes=1 full $1/tmp";
        check_refused(&on(place.path(), full, options, "touch ran"), 125, "no private directory");
    }
    // Landlock refused, as on a kernel without it: nothing is run instead.
    let binary = env!("CARGO_BIN_EXE_tiro");
    let deny = "import ctypes, os, struct, sys\nl = ctypes.CDLL(None)\np = struct.pack('HBBIHBBIHBBIHBBI', 0x20, 0, 0, 0, 0x15, 0, 1, 444, 6, 0, 0, 0x50026, 6, 0, 0, 0x7fff0000)\nb = ctypes.create_string_buffer(p); f = ctypes.create_string_buffer(struct.pack('HxxxxxxQ', 4, ctypes.addressof(b)))\nl.prctl(38, 1, 0, 0, 0); assert l.prctl(22, 2, f, 0, 0) == 0\nos.execv(sys.argv[1], sys.argv[1:])";
    for options in BOTH {
        let mut command = Command::new("python3");
        command.args(["-c", deny, binary, "sandbox"]).args(options).arg("--cwd").arg(at("ws"));
        command.args(["--", "touch", "ran"]);
        let said = run(command);
        check_refused(&said, 125, "Landlock");
    }
    assert!(!at("ws/ran").exists());
}
