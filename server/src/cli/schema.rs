//! `tiro schema`: the wire protocol as JSON Schema or as TypeScript, and the
//! configuration file as JSON Schema.

use std::io::Write;

use anyhow::Context;
use schemars::schema_for;
use tiro_protocol::schema;

use crate::config::ConfigToml;

/// Print the wire protocol as JSON Schema, or as TypeScript types.
#[derive(Debug, clap::Args)]
pub struct Schema {
    /// TypeScript instead of JSON Schema.
    #[arg(long, conflicts_with = "config")]
    typescript: bool,
    /// The JSON Schema of the configuration file instead.
    #[arg(long)]
    config: bool,
}

impl Schema {
    /// Prints it.
    ///
    /// # Errors
    /// Standard output that cannot be written.
    pub fn run(&self) -> anyhow::Result<()> {
        let text = if self.typescript {
            schema::typescript()
        } else if self.config {
            format!("{}\n", serde_json::to_string_pretty(&schema_for!(ConfigToml))?)
        } else {
            format!("{}\n", serde_json::to_string_pretty(&schema::json_schema())?)
        };
        std::io::stdout().write_all(text.as_bytes()).context("cannot write to standard output")
    }
}
