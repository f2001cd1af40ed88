//! `tiro schema`: the wire protocol as JSON Schema or as TypeScript.

use std::io::Write;

use anyhow::Context;
use tiro_protocol::schema;

/// Print the wire protocol as JSON Schema, or as TypeScript types.
#[derive(Debug, clap::Args)]
pub struct Schema {
    /// TypeScript instead of JSON Schema.
    #[arg(long)]
    typescript: bool,
}

impl Schema {
    /// Prints it.
    ///
    /// # Errors
    /// Standard output that cannot be written.
    pub fn run(&self) -> anyhow::Result<()> {
        let text = if self.typescript {
            schema::typescript()
        } else {
            format!("{}\n", serde_json::to_string_pretty(&schema::json_schema())?)
        };
        std::io::stdout().write_all(text.as_bytes()).context("cannot write to standard output")
    }
}
