//! Arguments and dispatch; the sandbox helper goes first, before any runtime.

fn main() {}
