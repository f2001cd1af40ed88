//! The model module against servers on this machine that speak real HTTP.

mod answers;
mod discovery;
mod failures;
mod retries;
mod server;
mod text_calls;
mod wire;
