//! How the binary is linked. The sandbox helper is this binary, started for every
//! command, so what the dynamic linker has to do at each start counts.
//!
//! On Linux it lies at a fixed address. A binary that may lie anywhere has 25 000
//! pointers in it that are put right each time it starts, which copies a hundred
//! pages: 1 ms of 4, and 0.8 ms where the pointers are packed (RELR). The price is
//! that the kernel no longer chooses where its own code lies, only where
//! libraries, heap and stack do.
//!
//! The C compiler's library, of which it needs a few functions, is linked in where
//! the system has it as an archive: 0.1 ms.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by variables; the compiler is asked, a file written"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let of_target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}"));
    if of_target("OS").as_deref() != Ok("linux") || of_target("ENV").as_deref() != Ok("gnu") {
        return;
    }
    println!("cargo::rustc-link-arg-bins=-no-pie");
    if env::var("HOST") == env::var("TARGET")
        && let Some(directory) = env::var_os("OUT_DIR").map(PathBuf::from)
        && instead(&directory, "libgcc_s.so", &["libgcc_eh.a", "libgcc.a"]).is_some()
    {
        println!("cargo::rustc-link-arg-bins=-L{}", directory.display());
    }
}

/// Has the linker take archives where it looks for a shared library. None where
/// the compiler does not have them.
fn instead(directory: &Path, shared: &str, archives: &[&str]) -> Option<()> {
    let found: Option<Vec<String>> = archives.iter().map(|name| archive(name)).collect();
    fs::write(directory.join(shared), format!("INPUT({})\n", found?.join(" "))).ok()
}

/// Where the C compiler, which links, has an archive.
fn archive(name: &str) -> Option<String> {
    let answer = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok()?;
    let path = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    // One that it does not have it names as it was asked.
    Path::new(&path).is_absolute().then_some(path)
}
