//! Nothing of a command survives it, its launcher or its server.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use super::helper::Place;

/// Two generations that left their session and ignore polite signals; the
/// standard output is closed only when the last of them is gone.
const STUBBORN: &str = "trap '' TERM HUP INT
(setsid bash -c 'trap \"\" TERM HUP INT; setsid sleep 1000 & setsid sleep 1000 & wait' &) 
(setsid setsid sleep 1000 &)
echo ready; sleep 1000";

/// Starts the stubborn tree, does `end` to it, and waits for the last of it.
fn check_all_end(
    place: &Place,
    script: &str,
    control: Option<OwnedFd>,
    end: impl FnOnce(&mut Child),
) {
    let option: &[&str] = if control.is_some() { &["--control"] } else { &[] };
    let mut command = place.command(option, &["bash", "-c", script]);
    if let Some(control) = control {
        command.stdin(Stdio::from(control));
    }
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
    drop(command);
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("readable");
    assert_eq!(line, "ready\n");
    let started = Instant::now();
    end(&mut child);
    out.read_to_string(&mut line).expect("readable");
    let took = started.elapsed();
    assert!(took < Duration::from_secs(5), "the tree lived on for {took:?}");
    child.wait().expect("it was started here");
}

#[test]
fn the_whole_tree_ends_when_the_launcher_is_killed_or_asked_to_end() {
    let place = Place::new();
    check_all_end(&place, STUBBORN, None, |child| child.kill().expect("it runs"));
    check_all_end(&place, STUBBORN, None, |child| {
        let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(pid.expect("a pid"), rustix::process::Signal::TERM)
            .expect("it runs");
    });
}

#[test]
fn the_whole_tree_ends_with_the_server() {
    let place = Place::new();
    let (ours, theirs) = UnixStream::pair().expect("a socket");
    check_all_end(&place, STUBBORN, Some(theirs.into()), move |_| drop(ours));
}

#[test]
fn a_process_that_forks_and_ends_all_the_time_is_caught() {
    let place = Place::new();
    let script = "chain() { chain & exit; }; chain & echo ready; sleep 1000";
    check_all_end(&place, script, None, |child| child.kill().expect("it runs"));
}

#[test]
fn nothing_outlives_a_command_that_ended_by_itself() {
    let place = Place::new();
    let started = Instant::now();
    let output = place.shell(&[], "(setsid sleep 1000 &); setsid sleep 1000 & echo done");
    assert_eq!(output, "0 done\n");
    assert!(started.elapsed() < Duration::from_secs(5));
}
