//! A session as text for snapshots: one line a message, what changes from run to
//! run taken out.

use serde_json::Value;

use crate::{client::Message, project::Project};

/// Fields whose value says nothing about behaviour.
const VOLATILE: &[(&str, &str)] = &[
    ("seq", "<seq>"),
    ("processId", "<pid>"),
    ("token", "<token>"),
    ("pid", "<pid>"),
    ("session_id", "<session>"),
];

/// The messages of the given methods, in order, with their params; `initialize`
/// aside, which is the same for every test of a profile.
#[must_use]
pub fn of_messages(project: &Project, log: &[Message], methods: &[&str]) -> String {
    let mut lines = String::new();
    for message in log {
        let Some(method) = message.method() else { continue };
        if !methods.contains(&method) || method == "initialize" {
            continue;
        }
        let arrow = if message.from_server { "<-" } else { "->" };
        let params = normalised(project, &message.value["params"]);
        lines.push_str(&format!("{arrow} {method} {params}\n"));
    }
    lines
}

/// The events of a pipe, in order.
#[must_use]
pub fn of_events(project: &Project, events: &[Value]) -> String {
    let lines = events.iter().map(|event| format!("{}\n", normalised(project, event)));
    lines.collect()
}

/// The JSON in one line, keys in alphabetical order.
#[must_use]
pub fn normalised(project: &Project, value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value);
    plain(project, &text)
}

/// A text without what changes from run to run: directories, ports, times.
#[must_use]
pub fn plain(project: &Project, text: &str) -> String {
    let root = project.root().display().to_string();
    let outside = project.outside().display().to_string();
    let text = text.replace(&root, "$ROOT").replace(&outside, "$OUTSIDE");
    durations(&ports(&text))
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Object(fields) => {
            // The map's own order depends on a feature that any crate may turn on.
            let mut keys: Vec<_> = fields.keys().collect();
            keys.sort();
            out.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                out.push_str(&format!("{key}: "));
                match VOLATILE.iter().find(|(name, _)| name == key) {
                    Some((_, stands_for)) => out.push_str(stands_for),
                    None => write(out, &fields[key]),
                }
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write(out, item);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

fn ports(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split("127.0.0.1:").enumerate() {
        if at == 0 {
            out.push_str(part);
        } else {
            out.push_str("127.0.0.1:<port>");
            out.push_str(part.trim_start_matches(|letter: char| letter.is_ascii_digit()));
        }
    }
    out
}

/// Replaces numbers that are followed by a unit of time.
fn durations(text: &str) -> String {
    const UNITS: [&str; 6] = [" ms", "ms", " s", "s", " seconds", " milliseconds"];
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let before = rest[..start].chars().next_back();
        let number = &rest[start..];
        let length = number
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(number.len());
        let after = &number[length..];
        let unit = UNITS.iter().filter(|unit| {
            after.strip_prefix(**unit).is_some_and(|rest| {
                !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
            })
        });
        out.push_str(&rest[..start]);
        match unit.max_by_key(|unit| unit.len()) {
            Some(unit) if before.is_none_or(|letter| !letter.is_alphanumeric()) => {
                out.push_str("<time>");
                rest = &after[unit.len()..];
            }
            _ => {
                out.push_str(&number[..length]);
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::normalised;
    use crate::project::Project;

    #[test]
    fn what_changes_from_run_to_run_is_taken_out() {
        let project = Project::new(&[]);
        let value = json!({
            "seq": 17,
            "cwd": project.path("src"),
            "message": "http://127.0.0.1:4711/v1 took 12.5 ms, exit code 101, s3, 3 steps",
        });
        assert_eq!(
            normalised(&project, &value),
            "{cwd: \"$ROOT/src\", message: \"http://127.0.0.1:<port>/v1 took <time>, \
             exit code 101, s3, 3 steps\", seq: <seq>}"
        );
    }
}
