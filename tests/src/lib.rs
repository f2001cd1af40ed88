//! The harness of the end-to-end tests: an editor, a model and a terminal that
//! behave as the real ones do, on the two sides of the real `tiro` binary.
//!
//! Nothing here links against the server: what is tested is the program that
//! people start. Waiting is always for something that is seen in a [`log::Log`],
//! with a generous deadline; nothing sleeps.
#![expect(clippy::needless_pass_by_value, reason = "callers write `json!({…})` in place")]

pub mod lifeline;
pub mod log;
pub mod process;

pub mod binary;
pub mod project;
pub mod uri;

pub mod client;
pub mod editor;
pub mod profile;

pub mod model;

pub mod pipe;

pub mod transcript;

pub mod fuzz;
