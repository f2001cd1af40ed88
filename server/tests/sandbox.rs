//! The sandbox over the real binary: `helper` and `tree` as a person starts it,
//! `server` as the session does. Linux only: elsewhere commands are refused.
#![cfg(target_os = "linux")]

#[path = "sandbox/helper.rs"]
mod helper;
#[path = "sandbox/server.rs"]
mod server;
#[path = "sandbox/tree.rs"]
mod tree;
