//! The log of the subcommands whose standard output belongs to the protocol.

use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{
    filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::config::Environment;

/// Writes the log to standard error. `TIRO_LOG` is a level, such as `debug`;
/// `warn` when it is absent.
pub(super) fn log_to_stderr(env: &Environment) {
    let level = env.var("TIRO_LOG").and_then(|level| level.parse().ok()).unwrap_or(Level::WARN);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    // The model library warns about ordinary answers, and writes them down.
    let targets = Targets::new().with_default(level).with_target("genai", LevelFilter::OFF);
    if let Err(error) = tracing_subscriber::registry().with(lines).with(targets).try_init() {
        tracing::debug!("another log is set up: {error}");
    }
}
