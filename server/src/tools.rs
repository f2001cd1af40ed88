//! What the model can call: a closed set.

pub mod bash;
pub mod location;
