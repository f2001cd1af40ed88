//! The command line: one thin file a subcommand.

pub mod demo;
pub mod doctor;
pub mod exec;
mod log;
pub mod lsp;
pub mod proto;
mod record;
mod replay;
pub mod sandbox;
pub mod schema;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigOverrides, Environment};

/// A coding agent for any editor that speaks LSP.
#[derive(Debug, Parser)]
#[command(name = "tiro", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lsp(lsp::Lsp),
    Proto(proto::Proto),
    Exec(exec::Exec),
    /// Run one command in the sandbox: `tiro sandbox --help` says how.
    #[command(disable_help_flag = true)]
    Sandbox,
    Doctor(doctor::Doctor),
    Schema(schema::Schema),
    Demo(demo::DemoArguments),
}

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

impl Shared {
    /// The environment, the canonical folder and the configuration.
    ///
    /// # Errors
    /// A folder that is not there, or a configuration that cannot be used.
    fn load(&self) -> anyhow::Result<(Environment, PathBuf, Config)> {
        let env = Environment::from_process();
        let root = self
            .cwd
            .canonicalize()
            .with_context(|| format!("cannot open the folder {}", self.cwd.display()))?;
        let arguments = self.config.iter().map(String::as_str);
        let (overrides, warnings) = ConfigOverrides::from_arguments(arguments)?;
        let mut config = Config::load(&env, std::slice::from_ref(&root), overrides)?;
        config.warnings.extend(warnings);
        Ok((env, root, config))
    }
}

impl Cli {
    /// Does what the arguments say, and gives the exit code.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let result = match self.command {
            Command::Lsp(lsp) => block_on(lsp.run()),
            Command::Doctor(doctor) => block_on(doctor.run()),
            Command::Proto(proto) => block_on(proto.run()).map(|()| ExitCode::SUCCESS),
            Command::Exec(exec) => block_on(exec.run()),
            Command::Schema(schema) => schema.run().map(|()| ExitCode::SUCCESS),
            Command::Demo(arguments) => demo::run(&arguments, &Environment::from_process()),
            // `main` goes there before it comes here.
            Command::Sandbox => Ok(sandbox::main(std::iter::empty()).into()),
        };
        result.unwrap_or_else(|error| {
            use std::io::Write;
            // Standard error may be closed; then nobody reads it.
            let _ = writeln!(std::io::stderr(), "tiro: {error:#}");
            ExitCode::FAILURE
        })
    }
}

/// Runs `work` on a small runtime. One thread serves all of a session; what
/// waits for the disk is sent to others, which are started when needed.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let result = runtime.block_on(work);
    // A read of standard input cannot be ended; it must not hold the exit up.
    runtime.shutdown_background();
    result
}
