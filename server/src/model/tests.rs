//! The model module against servers on this machine that speak real HTTP.

pub(crate) mod answers;
mod discovery;
mod failures;
mod retries;
pub(crate) mod server;
mod text_calls;
mod wire;
