//! The rules for one file, each from its text to what breaks it.

use crate::{
    Violation,
    paths::{NamedPath, named_paths},
    source::Source,
};

/// More than this is more than one idea.
const MAX_LINES: usize = 450;

/// Tests that belong together may be longer.
const MAX_TEST_LINES: usize = 600;

/// The server's modules from the bottom up. A module names only modules of the
/// layers below its own; those of one layer do not know each other.
const LAYERS: &[&[&str]] = &[
    &["config", "documents", "patch"],
    &["edits", "sandbox", "model"],
    &["workspace"],
    &["checkpoints", "tools"],
    &["session"],
    &["lsp"],
    &["cli"],
];

/// What a module does not name although it lies below: from, to, why.
const STRANGERS: &[(&str, &str, &str)] = &[
    ("lsp", "model", "the front knows a session, not what answers it"),
    ("lsp", "tools", "the front knows a session, not what it can do"),
    ("workspace", "sandbox", "files are written by Tiro itself, not by commands"),
    ("workspace", "model", "what a file says has nothing to do with who asks"),
    ("sandbox", "documents", "a command sees the disk, not the editor"),
];

/// Modules that decide and do not act.
const PURE: &[&str] =
    &["patch", "edits", "documents", "session::turn", "session::safety", "session::store::format"];

/// What acts: files, processes, the environment, the network, the clock, tasks.
const EFFECTS: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "std::net",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "tokio",
    "tokio_util",
    "rustix",
    "reqwest",
    "genai",
    "ignore",
    "tempfile",
];

/// The crates whose types only the LSP front names.
const LSP_CRATES: &[&str] = &["tower_lsp", "lsp_types", "tower_lsp_server", "ls_types"];

/// Every file opens with `//!` and words.
pub(crate) fn opens_with_docs(source: &Source) -> Vec<Violation> {
    let first = source.text.lines().next().unwrap_or_default();
    if first.strip_prefix("//!").is_some_and(|words| words.trim().len() > 10) {
        return Vec::new();
    }
    vec![violation(source, 1, "the first line is not `//!` with what lives here")]
}

/// No file has more than [`MAX_LINES`], or [`MAX_TEST_LINES`] where it is all tests.
pub(crate) fn is_short(source: &Source) -> Vec<Violation> {
    let lines = source.text.lines().count();
    let most = if source.product.trim().is_empty() { MAX_TEST_LINES } else { MAX_LINES };
    if lines <= most {
        return Vec::new();
    }
    let what = format!("{lines} lines, more than {most}: a file is one idea");
    vec![violation(source, lines, &what)]
}

/// Product code of the server names only modules below its own.
pub(crate) fn names_only_lower_modules(source: &Source) -> Vec<Violation> {
    let Some(module) = source.module() else { return Vec::new() };
    let Some(own) = layer(module[0]) else {
        let what = format!("`{}` has no layer: give it one in tests/tidy/rules.rs", module[0]);
        return vec![violation(source, 1, &what)];
    };
    let mut violations = Vec::new();
    for path in named_paths(&source.product) {
        let Some(other) = crate_module(&path, module.len()) else { continue };
        if other == module[0] {
            continue;
        }
        let Some(theirs) = layer(other) else { continue };
        let what = if theirs >= own {
            format!("`{}` names `{other}`, which is not below it", module[0])
        } else if let Some(why) = stranger(module[0], other) {
            format!("`{}` names `{other}`: {why}", module[0])
        } else {
            continue;
        };
        violations.push(violation(source, path.line, &what));
    }
    violations
}

/// [`PURE`] modules name none of the [`EFFECTS`] in product code.
pub(crate) fn pure_stays_pure(source: &Source) -> Vec<Violation> {
    let Some(module) = source.module() else { return Vec::new() };
    let module = module.join("::");
    let Some(pure) = PURE.iter().find(|pure| {
        module.strip_prefix(**pure).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }) else {
        return Vec::new();
    };
    named_paths(&source.product)
        .iter()
        .filter(|path| EFFECTS.iter().any(|effect| path.starts_with(effect)))
        .map(|path| {
            let what = format!("`{pure}` is pure, and this names `{}`", path.text());
            violation(source, path.line, &what)
        })
        .collect()
}

/// Outside of `lsp`, nothing in the server or the protocol names LSP types.
pub(crate) fn lsp_types_stay_in_lsp(source: &Source) -> Vec<Violation> {
    let front = source.module().is_some_and(|module| module[0] == "lsp");
    if front || source.file.starts_with("tests/") {
        return Vec::new();
    }
    named_paths(&source.product)
        .iter()
        .chain(&named_paths(&source.tests))
        .filter(|path| LSP_CRATES.contains(&path.segments[0].as_str()))
        .map(|path| violation(source, path.line, "only `lsp` names LSP types"))
        .collect()
}

/// Tests carry no `#[ignore]` and wait for what they wait for, not for a time.
pub(crate) fn tests_run_and_do_not_sleep(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in source.tests.lines().enumerate() {
        if line.trim_start().starts_with("#[ignore") {
            violations.push(violation(source, number + 1, "a test with `#[ignore]`"));
        }
    }
    for path in named_paths(&source.tests) {
        if path.segments.last().is_some_and(|last| last == "sleep" || last == "sleep_until") {
            violations.push(violation(source, path.line, "a test that sleeps"));
        }
    }
    violations
}

fn violation(source: &Source, line: usize, what: &str) -> Violation {
    Violation { file: source.file.clone(), line, what: what.to_owned() }
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn stranger(from: &str, to: &str) -> Option<&'static str> {
    STRANGERS.iter().find(|(one, other, _)| *one == from && *other == to).map(|(_, _, why)| *why)
}

/// The module at the crate's root that a path leads to, from a file `depth` deep.
fn crate_module(path: &NamedPath, depth: usize) -> Option<&str> {
    let segments = &path.segments;
    let ups = segments.iter().take_while(|segment| *segment == "super").count();
    let root = if segments[0] == "crate" || segments[0] == "tiro" {
        1
    } else if ups == depth {
        ups
    } else {
        return None;
    };
    segments.get(root).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(rule: fn(&Source) -> Vec<Violation>, file: &str, text: &str, expected: &Expect) {
        let lines: Vec<String> =
            rule(&Source::new(file, text)).iter().map(|found| format!("{found}\n")).collect();
        expected.assert_eq(&lines.concat());
    }

    #[test]
    fn a_file_without_words_at_its_head_is_found() {
        check(opens_with_docs, "server/src/a.rs", "//! What lives here.\n", &expect![[""]]);
        check(
            opens_with_docs,
            "server/src/a.rs",
            "use std::fmt;\n",
            &expect![[r"
                server/src/a.rs:1: the first line is not `//!` with what lives here
            "]],
        );
    }

    #[test]
    fn a_long_file_is_found() {
        check(is_short, "server/src/a.rs", &"x\n".repeat(450), &expect![[""]]);
        check(
            is_short,
            "server/src/a.rs",
            &"x\n".repeat(451),
            &expect![[r"
                server/src/a.rs:451: 451 lines, more than 450: a file is one idea
            "]],
        );
        check(is_short, "server/src/a/tests.rs", &"x\n".repeat(600), &expect![[""]]);
        check(
            is_short,
            "tests/e2e/a.rs",
            &"x\n".repeat(601),
            &expect![[r"
                tests/e2e/a.rs:601: 601 lines, more than 600: a file is one idea
            "]],
        );
    }

    #[test]
    fn an_arrow_upwards_is_found_however_it_is_written() {
        check(
            names_only_lower_modules,
            "server/src/session/turn.rs",
            "use crate::{config::Config, lsp::{Backend}, tools};\nuse super::super::cli;\nuse super::history;\nfn f() { crate::lsp::run() } // crate::cli\n#[cfg(test)]\nmod tests { use crate::cli; }\n",
            &expect![[r"
                server/src/session/turn.rs:1: `session` names `lsp`, which is not below it
                server/src/session/turn.rs:2: `session` names `cli`, which is not below it
                server/src/session/turn.rs:4: `session` names `lsp`, which is not below it
            "]],
        );
        check(
            names_only_lower_modules,
            "server/src/lsp.rs",
            "use crate::session::Events;\nuse super::model;\nuse crate::tools::Tool;\n",
            &expect![[r"
                server/src/lsp.rs:2: `lsp` names `model`: the front knows a session, not what answers it
                server/src/lsp.rs:3: `lsp` names `tools`: the front knows a session, not what it can do
            "]],
        );
        check(
            names_only_lower_modules,
            "server/src/brain/mod.rs",
            "",
            &expect![[r"
                server/src/brain/mod.rs:1: `brain` has no layer: give it one in tests/tidy/rules.rs
            "]],
        );
    }

    #[test]
    fn an_effect_in_a_pure_module_is_found() {
        let text = "use std::{fs, fmt};\nuse tokio::sync::mpsc;\nfn f() { Instant::now() }\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        check(
            pure_stays_pure,
            "server/src/session/turn.rs",
            text,
            &expect![[r"
                server/src/session/turn.rs:1: `session::turn` is pure, and this names `std::fs`
                server/src/session/turn.rs:2: `session::turn` is pure, and this names `tokio::sync::mpsc`
                server/src/session/turn.rs:3: `session::turn` is pure, and this names `Instant::now`
            "]],
        );
        check(pure_stays_pure, "server/src/session/turnstile.rs", text, &expect![[""]]);
    }

    #[test]
    fn lsp_types_elsewhere_are_found() {
        let text = "use lsp_types::Uri;\n";
        check(lsp_types_stay_in_lsp, "server/src/lsp/events.rs", text, &expect![[""]]);
        check(
            lsp_types_stay_in_lsp,
            "server/src/session.rs",
            text,
            &expect![[r"
                server/src/session.rs:1: only `lsp` names LSP types
            "]],
        );
    }

    #[test]
    fn a_test_that_is_skipped_or_sleeps_is_found() {
        let text = "fn f() { sleep(1) }\n#[cfg(test)]\nmod tests {\n    #[ignore]\n    fn g() { thread::sleep(x); run([\"sleep\"]) }\n}\n";
        check(
            tests_run_and_do_not_sleep,
            "server/src/a.rs",
            text,
            &expect![[r"
                server/src/a.rs:4: a test with `#[ignore]`
                server/src/a.rs:5: a test that sleeps
            "]],
        );
    }
}
