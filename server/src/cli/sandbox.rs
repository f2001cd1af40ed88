//! `tiro sandbox`: one command under one policy. `main` comes here before it
//! starts a runtime or a thread, as the helper forks.

use std::{
    ffi::OsString,
    io::{self, Write as _},
};

use crate::sandbox::{self, Invocation};

/// Runs `tiro sandbox` with the arguments that follow the word, and gives the
/// exit status.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let text = match sandbox::parse(arguments) {
        Ok(Invocation::Run(run)) => return sandbox::helper_main(&run),
        Ok(Invocation::AfterKeeper { control }) => return sandbox::after_keeper(control),
        Ok(Invocation::Help) => sandbox::HELP.to_owned(),
        Ok(Invocation::Status { no_namespaces }) => sandbox::status_of(no_namespaces).to_string(),
        Ok(Invocation::Probe) => sandbox::probe_words(),
        Err(message) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr(), "sandbox: {message}");
            return sandbox::REFUSED;
        }
    };
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}
