//! Sessions of earlier, as they are listed.

use serde::{Deserialize, Serialize};

/// A session that can be resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct SessionSummary {
    /// Names it in a `resume_session`.
    pub id: String,
    /// The first words of the first input.
    pub title: String,
    /// When it was used last, in milliseconds since 1970.
    #[cfg_attr(feature = "schema", ts(type = "number"))]
    pub time: u64,
    /// Name of the model that it was held with last.
    pub model: String,
    /// How many tasks a person began in it.
    pub turns: usize,
}
