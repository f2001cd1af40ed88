//! One thin file a subcommand.

pub mod sandbox;
