//! The home directory: tools write to it, and it stays what it was.
#![expect(clippy::disallowed_methods, reason = "the tests start programs and look at files")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        for name in ["ws", "home/.cache/tool", "home/.ssh", "home/project", "session"] {
            fs::create_dir_all(directory.path().join(name)).expect("a directory");
        }
        for (name, text) in [
            ("home/.gitconfig", "[user]\n\tname = mine\n"),
            ("home/.cache/tool/entry", "cached"),
            ("home/.ssh/id", "secret"),
            ("home/project/file", "mine"),
            ("home/notes.txt", "mine"),
        ] {
            fs::write(directory.path().join(name), text).expect("a file");
        }
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, options: &[&str], script: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_tiro"))
            .args(["sandbox", "--cwd"])
            .arg(self.path("ws"))
            .args(options)
            .args(["--", "bash", "-c", script])
            .env("HOME", self.path("home"))
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::null())
            .output()
            .expect("it starts");
        let (out, err) = (&output.stdout, &output.stderr);
        format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
    }

    /// Every file below the home directory and what is in it.
    fn content(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut content = BTreeMap::new();
        read(&self.path("home"), &mut content);
        content
    }
}

fn read(directory: &Path, content: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read(&path, content);
        }
        content.insert(path.clone(), fs::read(&path).ok());
    }
}

#[test]
fn tools_write_there_and_nothing_reaches_it() {
    let home = Home::new();
    let before = home.content();
    let said = home.run(
        &[],
        "set -e; git config --global user.email e@x; git config --global user.name
        echo more >> ~/.cache/tool/entry; cat ~/.cache/tool/entry; mkdir -p ~/.new/tool
        rm ~/.gitconfig; echo x > ~/.bashrc; mv ~/.cache/tool/entry ~/.cache/tool/other; ls -A ~/.cache/tool",
    );
    assert_eq!(said, "mine\ncachedmore\nother\n");
    assert_eq!(home.content(), before);
}

#[test]
fn a_session_sees_what_its_earlier_commands_wrote() {
    let home = Home::new();
    let before = home.content();
    let session = home.path("session");
    let options = ["--state", session.to_str().expect("UTF-8")];
    assert_eq!(home.run(&options, "echo warm > ~/.cache/tool/new; rm ~/.cache/tool/entry"), "");
    assert_eq!(home.run(&options, "ls ~/.cache/tool; cat ~/.cache/tool/new"), "new\nwarm\n");
    assert_eq!(home.run(&[], "ls ~/.cache/tool"), "entry\n");
    assert_eq!(home.content(), before);
}

#[test]
fn what_belongs_to_the_user_cannot_be_written_and_keys_cannot_be_seen() {
    let home = Home::new();
    let said = home.run(&[], "echo x > ~/project/file");
    assert!(said.contains("Read-only file system"), "{said}");
    assert_eq!(
        home.run(&[], "cat ~/project/file; ls -A ~/.ssh; cat ~/.ssh/id 2> /dev/null"),
        "mine"
    );
    let project = home.path("home/project");
    let hidden = ["--hide", project.to_str().expect("UTF-8")];
    assert_eq!(home.run(&hidden, "ls -A ~/project"), "");
}

#[test]
fn a_read_only_command_has_no_copy() {
    let home = Home::new();
    let said = home.run(&["--policy", "read-only"], "echo x > ~/.cache/tool/entry");
    assert!(said.contains("Read-only file system"), "{said}");
    let said = home.run(&["--policy", "read-only"], "ls -A ~/.ssh; cat ~/.ssh/id");
    assert!(said.contains("No such file"), "{said}");
}

#[test]
fn the_home_directory_as_workspace_is_the_real_one_without_its_keys() {
    let home = Home::new();
    let path = home.path("home");
    let options = ["--workspace-root", path.to_str().expect("UTF-8")];
    assert_eq!(home.run(&options, "echo x > ~/made; ls -A ~/.ssh"), "");
    assert_eq!(fs::read_to_string(home.path("home/made")).expect("it is real"), "x\n");
    assert_eq!(fs::read_to_string(home.path("home/.ssh/id")).expect("it is real"), "secret");
}

#[test]
fn a_file_directly_in_it_is_not_lost_in_silence() {
    let home = Home::new();
    let before = home.content();
    let session = home.path("session");
    let options = ["--state", session.to_str().expect("UTF-8")];
    for change in ["echo x > ~/notes.txt", "rm -f ~/notes.txt", "mv ~/.gitconfig ~/notes.txt"] {
        let said = home.run(&options, change);
        assert!(said.contains("Read-only") || said.contains("busy"), "{change}: {said}");
    }
    let said = home.run(&options, "echo x > ~/new.txt; echo x > ~/.tool; mkdir -p ~/go/pkg");
    let path = home.path("home").canonicalize().expect("it exists").join("new.txt");
    assert_eq!(
        said,
        format!(
            "sandbox: `{}` was written to the private copy of the home directory and is not in \
             the real one: write to the workspace\n",
            path.display()
        )
    );
    assert_eq!(home.run(&options, "cat ~/new.txt"), "x\n", "it is told once");
    assert_eq!(home.content(), before);
}
