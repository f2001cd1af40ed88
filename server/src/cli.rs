//! One thin file a subcommand.

pub mod doctor;
pub mod sandbox;

use std::path::PathBuf;

/// What the subcommands that run a session have in common.
#[derive(Debug, clap::Args)]
pub struct Shared {
    /// Folder of the project; the current one when absent.
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".")]
    cwd: PathBuf,
    /// Override a setting of the configuration, such as `model=o3`.
    #[arg(short, long = "config", value_name = "KEY=VALUE")]
    config: Vec<String>,
}
