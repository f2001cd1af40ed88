//! Without namespaces: switched off, or on a system that does not give them.
//! The second is had by a user namespace in which there can be no others.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    fs,
    process::{Command, Stdio},
};

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        for name in ["ws/.git/hooks", "ws/.tiro", "home/.ssh", "o"] {
            fs::create_dir_all(directory.path().join(name)).expect("a directory");
        }
        for (name, text) in [
            ("ws/.git/config", "[core]\n"),
            ("ws/.git/HEAD", "ref: refs/heads/main\n"),
            ("ws/.git/hooks/pre-commit", "true\n"),
            ("ws/.tiro/config.toml", "x = 1\n"),
            ("home/.ssh/id", "secret\n"),
            ("o/file", "safe\n"),
        ] {
            fs::write(directory.path().join(name), text).expect("a file");
        }
        Self { directory }
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join(name))
            .unwrap_or_else(|error| error.to_string())
    }

    /// Where the system gives no namespaces.
    fn restricted(&self, options: &[&str], script: &str) -> String {
        let mut command = Command::new("unshare");
        let limit = "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"";
        command.args(["-U", "--map-current-user", "--keep-caps", "sh", "-c", limit, "sh"]);
        self.finish(command.arg(env!("CARGO_BIN_EXE_tiro")), options, script)
    }

    fn switched_off(&self, options: &[&str], script: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiro"));
        let options = [&["--no-namespaces"], options].concat();
        self.finish(&mut command, &options, script)
    }

    fn finish(&self, command: &mut Command, options: &[&str], script: &str) -> String {
        let at = |name: &str| self.directory.path().join(name);
        command.args(["sandbox", "--cwd"]).arg(at("ws")).args(options);
        if !options.contains(&"--status") {
            command.args(["--", "bash", "-c", script]);
        }
        let output = command.env("HOME", at("home")).stdin(Stdio::null()).output();
        let output = output.expect("it starts");
        let (out, err) = (&output.stdout, &output.stderr);
        format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
    }
}

const WITHOUT: &str = "sandbox: running without namespaces, which cannot be had here (";

#[test]
fn the_status_says_what_is_missing() {
    let place = Place::new();
    for status in [place.restricted(&["--status"], ""), place.switched_off(&["--status"], "")] {
        assert!(status.starts_with("sandbox: degraded"), "{status}");
        assert!(status.contains("missing: namespaces: "), "{status}");
        assert!(status.contains("missing: protected paths: "), "{status}");
        assert!(status.contains("because of namespaces: "), "{status}");
    }
}

#[test]
fn a_command_runs_with_what_is_left_and_says_so() {
    let place = Place::new();
    let said = place.restricted(&[], "echo x > made; echo ran");
    assert!(said.starts_with(&format!("ran\n{WITHOUT}")), "{said}");
    assert_eq!(place.read("ws/made"), "x\n");
    assert_eq!(place.switched_off(&[], "echo ran"), "ran\n");
}

#[test]
fn files_sockets_and_keys_stay_closed() {
    let place = Place::new();
    let script =
        "echo x > ../o/file; echo x > ~/new; cat ~/.ssh/id; echo x > /dev/shm/tiro-degraded
        exec 3<> /dev/tcp/127.0.0.1/9; head -c 1 /dev/kmsg; setfattr -n user.x -v 1 ../o/file";
    for said in [place.restricted(&[], script), place.switched_off(&[], script)] {
        assert!(said.contains("../o/file: Permission denied"), "{said}");
        assert!(said.contains(".ssh/id: Permission denied"), "{said}");
        assert!(said.contains("/dev/tcp/127.0.0.1/9: Operation not permitted"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
    assert_eq!(place.read("o/file"), "safe\n");
    assert!(place.read("home/new").contains("No such file"));
}

#[test]
fn protected_paths_are_put_back_and_it_is_said() {
    type Run = fn(&Place, &[&str], &str) -> String;
    for run in [Place::restricted as Run, Place::switched_off as Run] {
        let place = Place::new();
        let said = run(
            &place,
            &[],
            "echo evil > .git/hooks/post-checkout; echo evil >> .git/config; rm .git/hooks/pre-commit
            echo evil > .tiro/config.toml; echo .. > .git/commondir; exit 0",
        );
        for name in [".git/hooks", ".git/config", ".tiro", ".git/commondir"] {
            let line = format!("ws/{name}`: ");
            assert!(said.contains("sandbox: undid a change of") && said.contains(&line), "{said}");
        }
        assert_eq!(place.read("ws/.git/config"), "[core]\n");
        assert_eq!(place.read("ws/.git/hooks/pre-commit"), "true\n");
        assert_eq!(place.read("ws/.tiro/config.toml"), "x = 1\n");
        assert!(place.read("ws/.git/hooks/post-checkout").contains("No such file"));
        assert!(place.read("ws/.git/commondir").contains("No such file"));
        assert_eq!(place.read("ws/.git/hooks/post-checkout.undone-1"), "evil\n");

        let said = run(&place, &[], "mv .git g; mkdir .git; echo evil > .git/config");
        assert!(said.contains("ws/.git`: a repository must stay where it is"), "{said}");
        assert_eq!(place.read("ws/.git/config"), "[core]\n");
    }
}

#[test]
fn a_repository_that_a_command_made_runs_nothing() {
    let place = Place::new();
    let script = "git init -q new; echo true > new/.git/hooks/pre-commit
        git -C new config user.name n; git -C new config core.fsmonitor evil";
    for options in [&[][..], &["--no-namespaces"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiro"));
        let said = place.finish(&mut command, options, script);
        assert!(said.contains("new/.git/hooks/pre-commit`: "), "{said}");
        let config = place.read("ws/new/.git/config");
        assert!(config.contains("name = n") && !config.contains("fsmonitor"), "{config}");
        fs::remove_dir_all(place.directory.path().join("ws/new")).expect("it is there");
    }
}
