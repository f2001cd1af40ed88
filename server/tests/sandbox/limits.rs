//! How much of the system one command may use: tasks and memory. Time and output
//! are the server's: see `server`.

#![expect(clippy::disallowed_methods, reason = "the tests start the binary")]

use super::helper::Place;

/// Starts processes until it cannot, and says how many there were.
const BOMB: &str =
    "trap 'echo $i' EXIT; i=0; while [ $i -lt 1000 ]; do sleep 1000 & i=$((i+1)); done";

#[test]
fn a_fork_bomb_stops_at_the_limit() {
    let place = Place::new();
    let ask =
        place.shell(&["--max-tasks", "320"], "id -u; cat /proc/sys/kernel/pid_max; ulimit -u");
    let known: Vec<&str> = ask.trim_start_matches("0 ").lines().collect();
    assert_eq!(known.last(), Some(&"320"), "{ask}");
    let said = place.command(&["--max-tasks", "320"], &["sh", "-c", BOMB]).output();
    let said = String::from_utf8(said.expect("it starts").stdout).expect("UTF-8");
    let started: u32 = said.trim().parse().expect("a number");
    // Before Linux 6.14 nothing but a control group holds root to a limit.
    let held = known[0] != "0" || known[1] == "320";
    assert_eq!(started < 330, held, "{started} with {known:?}");
    // The limit was that command's alone.
    assert_eq!(
        place.shell(&[], "for i in $(seq 400); do sleep 1000 & done; echo started"),
        "0 started\n"
    );
}

#[test]
fn memory_is_limited_together_or_for_each_process_as_the_status_says() {
    let place = Place::new();
    // Without a line end in it, `tail` keeps everything.
    let hog = "head -c 150000000 /dev/zero | tail | wc -c; ulimit -v";
    assert_eq!(place.shell(&[], hog), "0 150000000\nunlimited\n");
    let said = place.shell(&["--max-memory", "100000000"], hog);
    assert!(!said.contains("150000000"), "{said}");
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_tiro"))
        .args(["sandbox", "--status"])
        .output()
        .expect("it starts");
    let status = String::from_utf8(status.stdout).expect("UTF-8");
    let each = status.contains("memory is not limited for all processes of a command together");
    // A control group ends them all, and the shell says nothing more.
    assert_eq!(said.contains("97656\n"), each, "{said}\n{status}");
}
