//! Arguments and dispatch; the sandbox helper goes first, before any runtime.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match helper() {
        Some(status) => status.into(),
        None => tiro::cli::Cli::parse().run(),
    }
}

/// Runs the sandbox helper if that is what was started; its exit status.
fn helper() -> Option<u8> {
    let mut arguments = std::env::args_os();
    let wanted = arguments.nth(1).is_some_and(|subcommand| subcommand == "sandbox");
    wanted.then(|| tiro::cli::sandbox::main(arguments))
}

/// The helper is started for every command, and does not need what the standard
/// library sets up before `main`: it reads the memory map for a handler of stack
/// overflows, which takes 0.2 ms. The C library is ready when this is called, and
/// the arguments are known.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod early {
    #![expect(unsafe_code, reason = "a place in the list of what runs before `main`")]

    /// Called by the C library.
    #[used]
    // SAFETY: the section has functions of this type, and is run in one thread.
    #[unsafe(link_section = ".init_array")]
    static FIRST: extern "C" fn() = first;

    extern "C" fn first() {
        // What panics has said so; like `main`, it ends with this status.
        let status = std::panic::catch_unwind(super::helper).unwrap_or(Some(101));
        if let Some(status) = status {
            std::process::exit(status.into());
        }
    }
}
