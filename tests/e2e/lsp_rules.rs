//! A named regression for every rule about clients and the protocol: what is
//! written down in ARCHITECTURE.md about the LSP front holds because of these.

mod edits;
mod lifetime;
mod messages;
