//! What is kept of sessions, so that they can be resumed: the section `history`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const MIB: u64 = 1024 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Persistence {
    /// They are, on this machine.
    SaveAll,
    /// Nothing is written.
    None,
}

/// The section `history` as it is written: every field may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HistoryToml {
    /// Whether sessions are kept.
    pub persistence: Option<Persistence>,
    /// Bytes of all sessions of one workspace.
    pub max_bytes: Option<u64>,
    /// Sessions of one workspace.
    pub max_sessions: Option<u64>,
    /// Days after which a session that was not used is thrown away.
    pub max_age_days: Option<u64>,
}

/// What is kept of the sessions of one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistorySettings {
    /// Whether anything is.
    pub save: bool,
    /// Bytes of all sessions together; one may have a quarter of them.
    pub bytes: u64,
    /// How many.
    pub sessions: u64,
    /// Those that were not used for so long are thrown away.
    pub age: Duration,
}

impl Default for HistorySettings {
    fn default() -> Self {
        Self { save: true, bytes: 256 * MIB, sessions: 200, age: 90 * DAY }
    }
}

impl HistorySettings {
    /// What a file says, laid over this; with the keys and values that it set.
    pub(super) fn lay_over(&mut self, file: &HistoryToml) -> Vec<(&'static str, String)> {
        let mut set = Vec::new();
        if let Some(persistence) = file.persistence {
            self.save = persistence == Persistence::SaveAll;
            let value = if self.save { "save-all" } else { "none" };
            set.push(("history.persistence", value.to_owned()));
        }
        if let Some(bytes) = file.max_bytes {
            self.bytes = bytes;
            set.push(("history.max_bytes", bytes.to_string()));
        }
        if let Some(sessions) = file.max_sessions {
            self.sessions = sessions;
            set.push(("history.max_sessions", sessions.to_string()));
        }
        if let Some(days) = file.max_age_days {
            self.age = DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX));
            set.push(("history.max_age_days", days.to_string()));
        }
        set
    }
}

impl HistoryToml {
    /// Leaves of a workspace's file only that nothing is to be kept: lower limits
    /// would throw away what the person said. Gives what was taken out.
    pub(super) fn tighten(&mut self) -> Vec<String> {
        let mut ignored = Vec::new();
        if self.persistence.take_if(|it| *it == Persistence::SaveAll).is_some() {
            ignored.push("history.persistence = \"save-all\"".to_owned());
        }
        for (key, limit) in [
            ("max_bytes", &mut self.max_bytes),
            ("max_sessions", &mut self.max_sessions),
            ("max_age_days", &mut self.max_age_days),
        ] {
            ignored.extend(limit.take().map(|limit| format!("history.{key} = {limit}")));
        }
        ignored
    }
}
