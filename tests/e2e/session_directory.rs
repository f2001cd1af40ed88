//! What lives as long as the session: its copy of the home directory and its
//! temporary directory; and what its commands never see.
#![expect(clippy::disallowed_methods, reason = "the tests look at what commands left")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::json;
use tiro_tests::{log::DEADLINE, model::Turn, pipe::Pipe};

use crate::stage::{Stage, calls, script};

/// A stage whose program has a temporary directory of its own, to look into.
fn stage() -> (Stage, PathBuf) {
    let mut stage = Stage::new("", &[], []);
    let temp = stage.project.outside();
    stage.project = stage.project.with_variable("TMPDIR", temp.to_str().unwrap());
    (stage, temp)
}

fn pipe(stage: &Stage) -> Pipe {
    let permissions =
        ["disk-full-read-access", "disk-write-cwd", "disk-write-platform-user-temp-folder"];
    Pipe::configured(&stage.project, "never", json!(permissions))
}

fn sessions(temp: &Path) -> usize {
    let entries = fs::read_dir(temp).unwrap().flatten();
    entries.filter(|it| it.file_name().to_string_lossy().starts_with("tiro-session-")).count()
}

const WRITES: &str = "mkdir -p ~/.cache; echo cached > ~/.cache/x; echo kept > $TMPDIR/y";
const READS: &str = "cat ~/.cache/x $TMPDIR/y; exit 0";

fn id(command: &str) -> &'static str {
    if command == READS { "reads" } else { "writes" }
}

#[test]
fn what_one_command_caches_the_next_one_sees_and_another_session_does_not() {
    let (stage, temp) = stage();
    let home = temp.with_file_name("home");
    let mut seen = Vec::new();
    for commands in [vec![WRITES, READS], vec![READS]] {
        let first = stage.model.requests().len();
        let turns = commands.iter().map(|command| calls(id(command), "shell", script(command)));
        stage.model.then(turns.chain([Turn::say("done")]).collect::<Vec<_>>());
        let pipe = pipe(&stage);
        assert_eq!(sessions(&temp), 1);
        pipe.say("go");
        pipe.next("task_complete");
        let outputs = stage.model.request(first + commands.len() + 1).tool_output(id(READS));
        seen.push(outputs);
        assert_eq!(pipe.finish().code(), Some(0));
        assert_eq!(sessions(&temp), 0, "it is removed with the session");
    }
    assert!(seen[0].contains("cached\nkept\n"), "{}", seen[0]);
    assert!(!seen[1].contains("cached\n") && !seen[1].contains("kept\n"), "{}", seen[1]);
    assert_eq!(fs::read_dir(home).unwrap().count(), 0, "the real home is what it was");
    stage.model.finish();
}

#[test]
fn what_a_killed_server_left_is_removed_by_the_next() {
    let (stage, temp) = stage();
    stage.model.then([calls("c", "shell", script(WRITES)), Turn::say("done")]);
    let killed = pipe(&stage);
    killed.say("go");
    killed.next("task_complete");
    killed.process().kill();
    killed.process().wait(DEADLINE).expect("it was killed");
    let left: Vec<PathBuf> = fs::read_dir(&temp).unwrap().flatten().map(|it| it.path()).collect();
    assert!(left.iter().any(|path| path.join("home/upper/.cache/x").exists()), "{left:?}");
    let next = pipe(&stage);
    // It removes them beside what it does; a session of no time at all need not get to it.
    let deadline = Instant::now() + DEADLINE;
    while left.iter().any(|path| path.exists()) {
        assert!(Instant::now() < deadline, "one of {left:?} is still there");
        std::thread::yield_now();
    }
    assert_eq!(next.finish().code(), Some(0));
    assert_eq!(fs::read_dir(&temp).unwrap().count(), 0, "it left nothing of its own");
}

#[test]
fn the_configuration_cannot_be_read_wherever_it_is() {
    let stage = Stage::new("", &[], []);
    let own = stage.project.outside().with_file_name("tiro");
    let look = format!("cat {0}/config.toml; ls -A {0} | wc -l; exit 0", own.display());
    stage.model.then([calls("c", "shell", script(&look)), Turn::say("done")]);
    let pipe = stage.pipe("never");
    pipe.say("go");
    let end = pipe.next("exec_command_end");
    assert_eq!(end["msg"]["stdout"], "0\n", "{end}");
    pipe.next("task_complete");
    assert!(fs::read_to_string(own.join("config.toml")).unwrap().contains("base_url"));
    pipe.finish();
}
