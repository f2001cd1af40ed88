//! The sandbox over the real binary: `helper` and `tree` as a person starts it,
//! `server` as the session does; `escapes` and `everyday` are its two suites. Linux only: elsewhere commands are refused.
#![cfg(target_os = "linux")]

#[path = "sandbox/degraded.rs"]
mod degraded;
// The attempts know the call numbers of this architecture only.
#[cfg(target_arch = "x86_64")]
#[path = "sandbox/escapes.rs"]
mod escapes;
#[path = "sandbox/everyday.rs"]
mod everyday;
#[path = "sandbox/helper.rs"]
mod helper;
#[path = "sandbox/home.rs"]
mod home;
#[path = "sandbox/input.rs"]
mod input;
#[path = "sandbox/limits.rs"]
mod limits;
#[path = "sandbox/modes.rs"]
mod modes;
#[path = "sandbox/odd.rs"]
mod odd;
#[path = "sandbox/server.rs"]
mod server;
#[path = "sandbox/tree.rs"]
mod tree;
