//! Whether a document of the repository speaks of what is there.

use crate::Violation;

/// Every path between backticks leads to something.
pub(crate) fn names_only_existing_paths(
    file: &str,
    text: &str,
    exists: impl Fn(&str) -> bool,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for quoted in line.split('`').skip(1).step_by(2) {
            if is_path(quoted) && !exists(quoted) {
                let what = format!("names `{quoted}`, which does not exist");
                violations.push(Violation { file: file.to_owned(), line: number + 1, what });
            }
        }
    }
    violations
}

/// Every module that has a directory is named, as `name/`.
pub(crate) fn names_every_module(file: &str, text: &str, modules: &[String]) -> Vec<Violation> {
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    modules
        .iter()
        .filter(|module| !quoted.contains(&format!("{module}/").as_str()))
        .map(|module| Violation {
            file: file.to_owned(),
            line: 1,
            what: format!("does not name the module `{module}/`"),
        })
        .collect()
}

/// `server/src/lsp.rs`, `lsp/` and `deny.toml` are paths; `tiro/userInput`,
/// `session::turn` and commands are not.
fn is_path(quoted: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "./_-".contains(c);
    let file = [".rs", ".toml", ".md", ".ts", ".lua"].iter().any(|end| quoted.ends_with(end));
    (file || quoted.ends_with('/'))
        && !quoted.starts_with(['/', '~'])
        && (quoted.chars().all(letters) || quoted.ends_with(".md"))
}

#[test]
fn a_path_that_leads_nowhere_is_found() {
    let text = "`lsp/` and `lsp/gone.rs`\n`tiro/userInput`, `cargo test -p tiro`, `gone/`";
    let found: Vec<String> = names_only_existing_paths("A.md", text, |path| path == "lsp/")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "A.md:1: names `lsp/gone.rs`, which does not exist",
            "A.md:2: names `gone/`, which does not exist",
        ]
    );
}

#[test]
fn a_module_that_is_not_named_is_found() {
    let modules = ["lsp".to_owned(), "model".to_owned()];
    let found = names_every_module("A.md", "the `lsp/` front and the model", &modules);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].to_string(), "A.md:1: does not name the module `model/`");
}
