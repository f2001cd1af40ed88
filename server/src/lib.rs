//! Tiro, in reading order: what a person configured, what the editor shows,
//! how texts change, how commands run, how the model is asked, and the session
//! that ties them together behind its fronts.
//!
//! `ARCHITECTURE.md` says which module may use which, and why.

pub mod config;
pub mod documents;
pub mod patch;

pub mod edits;
pub mod workspace;

pub mod sandbox;

pub mod checkpoints;

pub mod model;
pub mod tools;

pub mod session;

pub mod cli;
pub mod lsp;
