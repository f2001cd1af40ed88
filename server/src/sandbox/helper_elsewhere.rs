//! The helper on systems without a sandbox so far: it refuses.

use std::io::{self, Write as _};

use super::arguments::Run;

/// Exit status when the sandbox could not be set up, and nothing ran.
pub const REFUSED: u8 = 125;

/// Says that nothing can be run here.
#[must_use]
pub fn run(_run: &Run) -> u8 {
    let message = "sandbox: commands cannot be confined on this system yet, so none is run; \
        use Linux 6.2 or newer";
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "{message}");
    REFUSED
}

/// As [`run`]: there is no keeper here.
#[must_use]
pub fn after_keeper(_control: bool) -> u8 {
    REFUSED
}
