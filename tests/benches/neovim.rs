//! The plugin in a real Neovim with the release binary: what it costs before it is
//! used, and an answer of 20 000 pieces. Prints a table and never fails.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]
#![expect(clippy::disallowed_methods, reason = "reads what Neovim writes")]

use std::{env, fs, path::PathBuf};

use tiro_tests::{
    binary,
    model::{Model, Turn, Wire},
    process::run,
    project::Project,
};

const PLUGIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../editors/neovim");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/neovim/deltas.lua");
const STARTS: usize = 21;

fn main() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/editors/nvim/bin/nvim");
    let nvim = env::var_os("TIRO_NVIM").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if !nvim.exists() {
        println!("no Neovim at {}: `make setup` installs it", nvim.display());
        return;
    }
    println!("{:<52} {:>12} {:>10}", "tiro.nvim", "measured", "at most");
    start_up(&nvim);
    deltas(&nvim);
}

fn row(what: &str, measured: &str, at_most: &str) {
    println!("  {what:<50} {measured:>12} {at_most:>10}");
}

/// What `--startuptime` says of the one file that is read.
fn start_up(nvim: &std::path::Path) {
    let project = Project::new(&[]);
    let log = project.outside().join("startup");
    let before = format!("set runtimepath^={PLUGIN}");
    let mut times: Vec<f64> = (0..STARTS)
        .filter_map(|_| {
            let _ = fs::remove_file(&log);
            let log = log.to_str()?;
            let arguments =
                ["--headless", "--clean", "--cmd", &before, "--startuptime", log, "-c", "q"];
            run(&project.start(nvim, &arguments), "").ok()?;
            let text = fs::read_to_string(log).ok()?;
            let line = text.lines().find(|line| line.contains("plugin/tiro.lua"))?;
            line.split_whitespace().nth(2)?.trim_end_matches(':').parse().ok()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).copied().unwrap_or(f64::NAN);
    row(
        &format!("start-up before first use, median of {STARTS}"),
        &format!("{median:.2} ms"),
        "1 ms",
    );
}

fn deltas(nvim: &std::path::Path) {
    // Paragraphs of five lines.
    let pieces = (0..20_000).map(|at| match at {
        at if at % 60 == 59 => "word.\n\n",
        at if at % 12 == 11 => "word\n",
        _ => "word ",
    });
    let turn = pieces.fold(Turn::new(), Turn::text);
    let model = Model::start([turn]);
    let project = Project::new(&[("a.txt", "a\n")])
        .configured(&model.base_url(), Wire::Chat, "approval_policy = \"never\"", "")
        .with_variable("TIRO_BIN", binary::tiro().to_str().unwrap_or_default())
        .with_variable("TIRO_PLUGIN", PLUGIN);
    let script = format!("luafile {SCRIPT}");
    let Ok(output) = run(&project.start(nvim, &["--headless", "--clean", "-c", &script]), "")
    else {
        return println!("  Neovim did not end");
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let number = |name: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(name));
        line.map_or_else(|| "?".to_owned(), |rest| rest.trim().to_owned())
    };
    row("20 000 pieces of an answer into the chat", &number("total"), "2000 ms");
    row("  the longest that the main loop was held up", &number("longest"), "16 ms");
    row("  the most that it worked meanwhile", &number("work"), "16 ms");
    row("  how often for more than 16 ms", &number("often"), "0");
}
