//! How the binary is linked: on Linux at a fixed address.
//!
//! A binary that may lie anywhere has 25 000 pointers in it that are put right
//! each time it starts, which copies a hundred pages; the sandbox helper is this
//! binary, started for every command: 1 ms of 4, and 0.8 ms where the pointers are
//! packed (RELR). The price is that the kernel no longer chooses where its own
//! code lies, only where libraries, heap and stack do.
#![expect(clippy::disallowed_methods, reason = "cargo tells a build script by variables")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let of_target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}"));
    if of_target("OS").as_deref() == Ok("linux") && of_target("ENV").as_deref() == Ok("gnu") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
