//! Real editors against the real binary. An editor that is missing is SKIPPED, and
//! says why; with `CI=true` that is a failure.
#![expect(clippy::disallowed_methods, reason = "editors are found by variables")]
#![expect(clippy::unwrap_used, reason = "a test that panics says where")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::{env, path::PathBuf};

mod archive;
mod job;
mod jobs;
mod neovim;
mod plugin;
mod terminal;

/// The editor at the variable's path, or below `target/editors/`.
fn editor(name: &str, variable: &str, installed: &str) -> Option<PathBuf> {
    let found = editor_or_why_not(name, variable, installed);
    let skips_count = env::var("CI").is_ok_and(|it| it == "true");
    assert!(found.is_ok() || !skips_count, "{found:?}");
    found.ok()
}

/// The same for one that may be missing: nobody can say of which version it would be.
fn editor_or_why_not(name: &str, variable: &str, installed: &str) -> Result<PathBuf, String> {
    let default = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/editors"));
    let path = env::var_os(variable).map_or_else(|| default.join(installed), PathBuf::from);
    if path.exists() {
        return Ok(path.canonicalize().expect("it exists"));
    }
    let why = format!("SKIPPED: no {name} at {}; `make setup` installs it", path.display());
    eprintln!("{why}");
    Err(why)
}

/// Every job in every editor: a test each.
macro_rules! in_every_editor {
    ($($job:ident)*) => {
        mod neovim_without_a_plugin {
            $(#[test]
            fn $job() {
                crate::jobs::$job(crate::job::Editor::Neovim);
            })*
        }
        mod emacs_with_eglot {
            $(#[test]
            fn $job() {
                crate::jobs::$job(crate::job::Editor::Emacs);
            })*
        }
    };
}

mod kakoune_with_kakoune_lsp {
    use crate::{job::Editor::Kakoune, jobs};

    #[test]
    fn ask() {
        jobs::ask(Kakoune);
    }

    #[test]
    fn approve() {
        jobs::approve(Kakoune);
    }

    #[test]
    fn review() {
        jobs::review(Kakoune);
    }
}

in_every_editor! { ask approve stop comment order started chat review }
