//! Keys that no setting has: each becomes a warning, with the nearest known key.

use serde_json::{Map, Value};

const TOP: &[&str] = &[
    "model",
    "model_provider",
    "model_providers",
    "temperature",
    "model_context_window",
    "approval_policy",
    "sandbox_permissions",
    "command_timeout_ms",
    "command_max_tasks",
    "command_max_output_bytes",
    "command_max_memory_bytes",
    "disable_response_storage",
    "instructions",
    "checkpoint_store_mib",
    "checkpoint_file_mib",
    "checkpoint_max_age_days",
    "history",
    "workspaces",
];
const PROVIDER: &[&str] = &[
    "base_url",
    "env_key",
    "wire_api",
    "request_max_retries",
    "stream_max_retries",
    "stream_idle_timeout_ms",
];
const HISTORY: &[&str] = &["persistence", "max_bytes", "max_sessions", "max_age_days"];
const WORKSPACE: &[&str] = &["trusted"];

/// A warning for every key of `settings` that means nothing. Never shows a value.
pub(super) fn warnings(settings: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let Some(top) = settings.as_object() else { return found };
    check(top, "", TOP, &mut found);
    if let Some(history) = top.get("history").and_then(Value::as_object) {
        check(history, "history.", HISTORY, &mut found);
    }
    for (section, known) in [("model_providers", PROVIDER), ("workspaces", WORKSPACE)] {
        let Some(entries) = top.get(section).and_then(Value::as_object) else { continue };
        for (name, entry) in entries {
            if let Some(entry) = entry.as_object() {
                check(entry, &format!("{section}.{name}."), known, &mut found);
            }
        }
    }
    found
}

fn check(
    table: &Map<String, Value>,
    prefix: &str,
    known: &'static [&str],
    found: &mut Vec<String>,
) {
    for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
        let advice = if matches!(key.as_str(), "api_key" | "key" | "token") {
            "; a key is never read from a file: put it in an environment variable and name that in `env_key`".to_owned()
        } else {
            suggest(key, known.iter().copied())
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
        };
        found.push(format!("unknown key `{prefix}{key}` has no effect{advice}"));
    }
}

/// Whether a setting at the top has this name.
pub(super) fn is_known(key: &str) -> bool {
    TOP.contains(&key)
}

/// The one of `known` that `word` is most likely meant to be.
pub(super) fn suggest(
    word: &str,
    known: impl IntoIterator<Item = &'static str>,
) -> Option<&'static str> {
    known
        .into_iter()
        .map(|name| {
            (
                strsim::jaro_winkler(
                    &word.to_lowercase().replace('-', "_"),
                    &name.replace('-', "_"),
                ),
                name,
            )
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, name)| name)
}
