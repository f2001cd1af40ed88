//! Finds the `tiro` binary of the profile that the tests were built with, and
//! builds it when nobody has.
//!
//! `TIRO_BIN` names another one. Under nextest every test is a process of its
//! own, so the first of a run builds and leaves a note for the others.
#![expect(clippy::disallowed_methods, reason = "cargo is a process, its note a file")]

use std::{
    env,
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The binary under test.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn tiro() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match env::var_os("TIRO_BIN") {
        Some(path) => fs::canonicalize(&path)
            .unwrap_or_else(|error| panic!("TIRO_BIN={}: {error}", path.display())),
        None => build(),
    })
}

fn build() -> PathBuf {
    let executable = env::current_exe().expect("a running test has a path");
    // target/PROFILE/deps/test-0123456789abcdef
    let profile_directory = executable
        .ancestors()
        .find(|path| path.file_name().is_some_and(|name| name == "deps"))
        .and_then(Path::parent)
        .expect("cargo puts tests below deps/");
    let binary = profile_directory.join(format!("tiro{}", env::consts::EXE_SUFFIX));
    let target = profile_directory.parent().expect("a profile directory has a parent");

    let note = profile_directory.join("tiro-tests.run");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(profile_directory.join("tiro-tests.lock"))
        .expect("the target directory can be written to");
    lock.lock().expect("a file can be locked");
    let run = env::var("NEXTEST_RUN_ID").ok();
    if run.is_some() && fs::read_to_string(&note).ok() == run && binary.exists() {
        return binary;
    }
    let profile = match profile_directory.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo tells a test of its own package is a change to build scripts that look
    // at it, and a reason to compile what depends on them, now and in the next run.
    for (name, _) in env::vars_os() {
        let is_of_the_test =
            |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|it| name.starts_with(it));
        if name.to_str().is_some_and(is_of_the_test) {
            cargo.env_remove(name);
        }
    }
    let built = cargo
        .args(["build", "--quiet", "--package", "tiro", "--bin", "tiro"])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo can be started");
    assert!(
        built.status.success(),
        "cannot build tiro:\n{}",
        String::from_utf8_lossy(&built.stderr)
    );
    if let Some(run) = run {
        fs::write(&note, run).expect("the target directory can be written to");
    }
    binary
}
