//! Keeps the house in order: the rules of `ARCHITECTURE.md` that neither the
//! compiler nor a lint knows, checked on the text of every Rust file.
//!
//! `rules` has one function a rule, tried on samples below it; this file runs
//! them over the tree.

mod dependencies;
mod documents;
mod lex;
mod paths;
mod rules;
mod source;

use std::fmt;

use source::{Source, repository, rust_sources};

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    /// Relative to the repository.
    file: String,
    /// 1-based.
    line: usize,
    /// What is wrong there, and the rule.
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Fails with one line a violation.
#[track_caller]
fn expect_none(mut violations: Vec<Violation>) {
    violations.sort();
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

/// Runs a rule over every Rust file.
#[track_caller]
fn check(rule: fn(&Source) -> Vec<Violation>) {
    let sources = rust_sources();
    assert!(sources.len() > 20, "the walk found only {} files", sources.len());
    expect_none(sources.iter().flat_map(rule).collect());
}

#[test]
fn every_file_says_what_lives_in_it() {
    check(rules::opens_with_docs);
}

#[test]
fn no_file_is_long() {
    check(rules::is_short);
}

#[test]
fn arrows_run_downwards() {
    check(rules::names_only_lower_modules);
}

#[test]
fn pure_modules_do_no_io() {
    check(rules::pure_stays_pure);
}

#[test]
fn only_the_front_names_lsp_types() {
    check(rules::lsp_types_stay_in_lsp);
}

#[test]
fn tests_are_never_skipped_and_never_sleep() {
    check(rules::tests_run_and_do_not_sleep);
}

#[test]
fn the_protocol_stands_on_no_runtime() {
    let lock = source::read("Cargo.lock");
    expect_none(dependencies::without_runtime(&lock, "tiro-protocol"));
}

#[test]
fn the_map_shows_what_is_there() {
    let text = source::read("ARCHITECTURE.md");
    let mut violations = documents::names_only_existing_paths("ARCHITECTURE.md", &text, |path| {
        ["", "server/src/"].iter().any(|base| repository().join(base).join(path).exists())
    });
    violations.extend(documents::names_every_module("ARCHITECTURE.md", &text, &source::modules()));
    expect_none(violations);
}
