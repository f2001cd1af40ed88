//! What the sandbox costs: the start of a command, beside bubblewrap where that is
//! installed, and the build of a small crate. All ways take turns, so that a
//! loaded machine is as slow for one as for the other. Prints a table and never fails.
#![expect(clippy::disallowed_methods, reason = "commands are started, and files made for them")]
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tiro_tests::binary;

const STARTS: usize = 200;
const BUILDS: usize = 7;
/// In the crate that is built; about a second's work.
const FUNCTIONS: usize = 400;

/// The beginning of a command line, before the program.
type Prefix = Vec<String>;

fn main() {
    println!("{:<52} {:>12} {:>10}", "", "measured", "at most");
    let place = tempfile::tempdir().expect("a directory");
    let workspace = place.path().canonicalize().expect("it exists");
    start_up(&workspace);
    build(&workspace);
}

fn row(what: &str, measured: &str, bar: &str) {
    println!("{what:<52} {measured:>12} {bar:>10}");
}

fn tiro(workspace: &str, options: &[&str]) -> Prefix {
    let binary = binary::tiro().to_str().expect("UTF-8");
    owned([&[binary, "sandbox", "--cwd", workspace], options, &["--"]].concat())
}

fn bubblewrap(workspace: &str) -> Option<Prefix> {
    let line = [
        &["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/"][..],
        &["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"],
        &["--bind", workspace, workspace, "--chdir", workspace, "--"],
    ];
    let line = owned(line.concat());
    let works = command(&line, &["true"]).status().is_ok_and(|status| status.success());
    works.then_some(line)
}

fn owned(words: Vec<&str>) -> Prefix {
    words.into_iter().map(ToOwned::to_owned).collect()
}

fn command(prefix: &[String], program: &[&str]) -> Command {
    let mut line = prefix.iter().map(String::as_str).chain(program.iter().copied());
    let mut command = Command::new(line.next().expect("a program"));
    command.args(line).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs it once; the wall time of that.
fn time(mut command: Command) -> Duration {
    let started = Instant::now();
    let status = command.status().expect("it starts");
    let took = started.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    took
}

fn start_up(workspace: &Path) {
    let workspace = workspace.to_str().expect("UTF-8");
    let mut ways = vec![
        ("bare", "", Vec::new()),
        (
            "`true` in the sandbox, without namespaces",
            "4.0 ms",
            tiro(workspace, &["--no-namespaces"]),
        ),
        ("`true` in the sandbox, with namespaces", "8.0 ms", tiro(workspace, &[])),
    ];
    let other = bubblewrap(workspace);
    let installed = other.is_some();
    ways.extend(other.map(|prefix| ("`true` in bubblewrap", "", prefix)));
    let mut times = vec![Vec::new(); ways.len()];
    for _ in 0..STARTS {
        for (taken, (_, _, prefix)) in times.iter_mut().zip(&ways) {
            taken.push(time(command(prefix, &["true"])));
        }
    }
    println!("over a bare spawn (median of {STARTS}, taking turns)");
    let medians: Vec<Duration> = times.iter_mut().map(|times| median(times)).collect();
    for (taken, (what, bar, _)) in medians.iter().zip(&ways).skip(1) {
        let over = taken.saturating_sub(medians[0]);
        row(&format!("  {what}"), &milliseconds(over), bar);
    }
    if !installed {
        row("  `true` in bubblewrap", "not here", "");
    }
    row("  a bare spawn itself", &milliseconds(medians[0]), "");
}

fn build(workspace: &Path) {
    fs::create_dir(workspace.join("src")).expect("a directory");
    let manifest =
        "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(workspace.join("Cargo.toml"), manifest).expect("a file");
    fs::write(workspace.join("src/main.rs"), source()).expect("a file");
    let target = workspace.join("target");
    let manifest = workspace.join("Cargo.toml");
    let (target, manifest) = (target.to_str().expect("UTF-8"), manifest.to_str().expect("UTF-8"));
    let cargo =
        ["cargo", "build", "--offline", "--target-dir", target, "--manifest-path", manifest];
    let sandboxed = tiro(workspace.to_str().expect("UTF-8"), &[]);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..BUILDS {
        for (taken, prefix) in times.iter_mut().zip([&Vec::new(), &sandboxed]) {
            let _ = fs::remove_dir_all(target);
            taken.push(time(command(prefix, &cargo)));
        }
    }
    let [bare, sandboxed] = times.map(|mut times| median(&mut times));
    println!("`cargo build` of a small crate (median of {BUILDS}, taking turns)");
    row("  bare", &milliseconds(bare), "");
    row("  in the sandbox", &milliseconds(sandboxed), "");
    let slower = (sandboxed.as_secs_f64() / bare.as_secs_f64() - 1.0) * 100.0;
    row("  slower by", &format!("{slower:.1} %"), "10.0 %");
}

fn source() -> String {
    let mut text = String::new();
    for number in 0..FUNCTIONS {
        let _ = writeln!(
            text,
            "fn part_{number}(value: u64) -> String {{\n    let mut words: Vec<String> = \
             (0..value % 7).map(|at| format!(\"{{at}} of {{value}}\")).collect();\n    \
             words.sort();\n    words.join(\", \")\n}}"
        );
    }
    text.push_str("fn main() {\n");
    for number in 0..FUNCTIONS {
        let _ = writeln!(text, "    println!(\"{{}}\", part_{number}({number}));");
    }
    text.push_str("}\n");
    text
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
