//! git is the judge of the diffs that Tiro writes, and of how it reads git's.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "starts git, and makes the files that it works on"
)]

#[path = "git_apply/versions.rs"]
mod versions;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use proptest::prelude::*;
use tiro::patch::{self, Change, FileVersions, ReadFailure};

/// Runs git in a directory, out of reach of anybody's configuration.
fn git(directory: &Path, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("git")
        .args(["-c", "core.autocrlf=false", "-c", "core.safecrlf=false"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_CEILING_DIRECTORIES", directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git is installed");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    // `git diff --no-index` says 1 when there are differences.
    assert!(matches!(output.status.code(), Some(0 | 1)) && errors.is_empty(), "{errors}\n{input}");
    String::from_utf8(output.stdout).unwrap()
}

fn text() -> impl Strategy<Value = String> {
    let line =
        prop::sample::select(vec!["", "a", "b", "c d", "é𝄞", "- x", "+ y", "\\ z", "\u{feff}"]);
    let ending = prop::sample::select(vec!["\n", "\n", "\r\n", "\r"]);
    let lines = prop::collection::vec((line, ending), 0..14);
    (lines, any::<bool>()).prop_map(|(lines, newline)| {
        let mut text: String = lines.iter().flat_map(|(line, ending)| [*line, *ending]).collect();
        if !newline {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        text
    })
}

/// Whether a file is there, and with what.
fn version() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.8, text())
}

fn written(directory: &Path, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

const NAMES: [&str; 4] = ["plain", "dir/with space", "quote\"d", "ünï"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn git_takes_the_diff_of_a_turn(
        files in prop::collection::vec((version(), version()), NAMES.len()),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let paths: Vec<PathBuf> = NAMES.iter().map(|name| root.join(name)).collect();
        let mut versions = Vec::new();
        for ((name, path), (before, after)) in NAMES.iter().zip(&paths).zip(&files) {
            written(root, name, before.as_deref());
            versions.push(FileVersions { path, before: before.as_deref(), after: after.as_deref() });
        }
        let diff = patch::unified_diff(root, &versions);
        prop_assert_eq!(diff.is_empty(), files.iter().all(|(before, after)| before == after));
        if !diff.is_empty() {
            git(root, &["apply", "--whitespace=nowarn", "-"], &diff);
        }
        for (path, (_, after)) in paths.iter().zip(&files) {
            prop_assert_eq!(fs::read_to_string(path).ok(), after.clone(), "{}", diff);
        }
    }

    #[test]
    fn a_diff_that_git_makes_leads_to_the_same_text(before in text(), after in text()) {
        prop_assume!(before != after && !before.is_empty() && !after.is_empty());
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        written(root, "a/x", Some(&before));
        written(root, "b/x", Some(&after));
        let diff = git(root, &["diff", "--no-index", "--no-prefix", "--text", "a/x", "b/x"], "");
        let patch = patch::parse(&diff).map_err(|error| TestCaseError::fail(format!("{error}\n{diff}")))?;
        let updates = patch::resolve(
            &patch,
            &mut |path| if path == Path::new("/x") {
                Ok(Arc::from(before.as_str()))
            } else {
                Err(ReadFailure::NotFound)
            },
            &mut |path| Ok(Path::new("/").join(path)),
        )
        .map_err(|error| TestCaseError::fail(format!("{error}\n{diff}")))?;
        let [update] = updates.as_slice() else { panic!("{updates:?}") };
        let Change::Update { result, .. } = &update.change else { panic!("{update:?}") };
        // An inserted line can only be told to end with `\n` alone where the
        // diff has `\r\n` somewhere; else it gets what most lines have.
        if before.contains('\r') {
            prop_assert_eq!(result.replace("\r\n", "\n"), after.replace("\r\n", "\n"), "{}", diff);
        } else {
            prop_assert_eq!(&**result, &*after, "{}", diff);
        }
    }
}
