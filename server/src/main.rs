//! Arguments and dispatch; the sandbox helper goes first, before any runtime.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        // The helper forks, so nothing may have started a thread before it.
        Some(word) if word == "sandbox" => tiro::cli::sandbox::main(arguments),
        _ => ExitCode::FAILURE,
    }
}
