//! Which commands and patches need nobody's word. Pure: it reads argument
//! vectors and paths, never a file. The session asks here before it asks a
//! person.
//!
//! "Known-safe" means: reads only, ends by itself, starts no other program. A
//! known-safe command still runs in a read-only sandbox, so this decides about
//! a question to a person, not about what the kernel allows. Whatever is not
//! certain is not safe.

mod git;
mod patch_paths;
mod places;
mod programs;
mod script;

use std::path::{Path, PathBuf};

use crate::tools::{
    bash::{self, Word},
    location,
};

pub use patch_paths::{PatchAssessment, assess_patch};

/// Whether a command only reads, judged by its arguments alone. `cwd` is
/// absolute; `roots` are the workspace folders, where git may look at the
/// repository it finds.
#[must_use]
pub fn is_known_safe(command: &[String], cwd: &Path, roots: &[PathBuf]) -> bool {
    let is_odd = command.iter().any(|argument| argument.contains('\0'));
    if is_odd || location::names_a_secret(cwd) {
        return false;
    }
    let mut places = places::Places::new(cwd, roots);
    if let Some(script) = bash::inline_script(command) {
        return script::is_safe(script, &mut places);
    }
    let words: Vec<Word> = command
        .iter()
        .map(|argument| Word { text: argument.clone(), pattern: false, home: false })
        .collect();
    programs::is_safe(&words, &places)
}

#[cfg(test)]
mod tests;
