//! Arguments and dispatch; the sandbox helper goes first, before any runtime.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    if arguments.nth(1).is_some_and(|subcommand| subcommand == "sandbox") {
        return tiro::cli::sandbox::main(arguments);
    }
    tiro::cli::Cli::parse().run()
}
