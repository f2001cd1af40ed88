//! Reads the arguments of a call as a model wrote them: strict about meaning,
//! lenient about form. What is wrong is said to the model, which tries again.

use std::{path::Path, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use tiro_protocol::PlanItem;

use super::{read_file::ReadFileArgs, search::SearchArgs, shell_patch, spec::specs};
use crate::model::ToolCall;

const LONGEST_TIMEOUT: Duration = Duration::from_secs(600);

/// A call that makes sense; whether it is allowed is another matter.
#[derive(Debug, Clone)]
pub enum ToolRequest {
    /// Run a command.
    Shell(ShellArguments),
    /// Change files.
    ApplyPatch {
        /// Envelope or unified diff.
        patch: String,
        /// Directory that the paths are relative to, when not the root.
        workdir: Option<String>,
    },
    /// Read a file.
    ReadFile(ReadFileArgs),
    /// Search the workspace.
    Search(SearchArgs),
    /// Show the plan.
    UpdatePlan(PlanArguments),
}

/// Arguments of `shell`.
#[derive(Debug, Clone)]
pub struct ShellArguments {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Relative to the workspace root, or absolute.
    pub workdir: Option<String>,
    /// Within the cap; none: the configured time.
    pub timeout: Option<Duration>,
}

/// Arguments of `update_plan`.
#[derive(Debug, Clone, Deserialize)]
pub struct PlanArguments {
    /// Why it changed.
    #[serde(default)]
    pub explanation: Option<String>,
    /// The steps.
    pub plan: Vec<PlanItem>,
}

#[derive(Deserialize)]
struct RawShell {
    command: Command,
    #[serde(default, alias = "cwd")]
    workdir: Option<String>,
    #[serde(default, alias = "timeout")]
    timeout_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Command {
    Argv(Vec<String>),
    /// Models that were taught another tool write the script alone.
    Script(String),
}

#[derive(Deserialize)]
struct RawPatch {
    #[serde(alias = "patch")]
    input: String,
}

/// What a call asks for, or what the model has to do better.
pub fn read_call(call: &ToolCall) -> Result<ToolRequest, String> {
    match call.name.as_str() {
        "shell" => shell(call),
        "apply_patch" => {
            // A grammar tool gives the bare patch, a function tool an object.
            if call.arguments.trim_start().starts_with("*** Begin Patch") {
                return Ok(ToolRequest::ApplyPatch {
                    patch: call.arguments.clone(),
                    workdir: None,
                });
            }
            let raw: RawPatch = parse(call)?;
            Ok(ToolRequest::ApplyPatch { patch: raw.input, workdir: None })
        }
        "read_file" => parse(call).map(ToolRequest::ReadFile),
        "search" => parse(call).map(ToolRequest::Search),
        "update_plan" => parse(call).map(ToolRequest::UpdatePlan),
        other => {
            let names: Vec<_> = specs().into_iter().map(|spec| spec.name).collect();
            Err(format!("there is no tool {other:?}; the tools are {}", names.join(", ")))
        }
    }
}

fn shell(call: &ToolCall) -> Result<ToolRequest, String> {
    let raw: RawShell = parse(call)?;
    let command = match raw.command {
        Command::Argv(command) => command,
        Command::Script(script) => vec!["bash".to_owned(), "-lc".to_owned(), script],
    };
    if command.first().is_none_or(String::is_empty) {
        return Err("the command of shell is empty; give the program and its arguments".to_owned());
    }
    if let Some(inner) = shell_patch::patch_in_command(&command) {
        let workdir = match (raw.workdir, inner.workdir) {
            (Some(outer), Some(inner)) => {
                Some(Path::new(&outer).join(inner).to_string_lossy().into_owned())
            }
            (outer, inner) => outer.or(inner),
        };
        return Ok(ToolRequest::ApplyPatch { patch: inner.patch, workdir });
    }
    Ok(ToolRequest::Shell(ShellArguments {
        command,
        workdir: raw.workdir,
        timeout: raw.timeout_ms.map(|time| Duration::from_millis(time).min(LONGEST_TIMEOUT)),
    }))
}

fn parse<T: DeserializeOwned>(call: &ToolCall) -> Result<T, String> {
    let text = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
    serde_json::from_str(text).map_err(|error| {
        let schema = specs()
            .into_iter()
            .find(|spec| spec.name == call.name)
            .map(|spec| spec.parameters.to_string())
            .unwrap_or_default();
        format!(
            "the arguments of {} do not fit: {error}; they have to be a JSON object of this \
             schema: {schema}",
            call.name
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, arguments: &str) -> Result<ToolRequest, String> {
        read_call(&ToolCall {
            call_id: "c".into(),
            name: name.into(),
            arguments: arguments.into(),
            signatures: None,
        })
    }

    #[track_caller]
    fn shell_of(arguments: &str) -> ShellArguments {
        match call("shell", arguments) {
            Ok(ToolRequest::Shell(shell)) => shell,
            other => panic!("not a shell call: {other:?}"),
        }
    }

    #[test]
    fn shell_takes_an_argv_or_a_script() {
        assert_eq!(shell_of(r#"{"command":["ls","-l"]}"#).command, ["ls", "-l"]);
        assert_eq!(shell_of(r#"{"command":"ls | wc"}"#).command, ["bash", "-lc", "ls | wc"]);
    }

    #[test]
    fn a_timeout_may_be_absent_and_has_a_cap() {
        assert_eq!(shell_of(r#"{"command":["a"]}"#).timeout, None);
        assert_eq!(
            shell_of(r#"{"command":["a"],"timeout_ms":1500}"#).timeout,
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            shell_of(r#"{"command":["a"],"timeout_ms":99999999}"#).timeout,
            Some(LONGEST_TIMEOUT)
        );
    }

    #[test]
    fn a_patch_in_a_shell_call_is_a_patch() {
        let patch = "*** Begin Patch\n*** Delete File: a\n*** End Patch";
        let arguments = serde_json::json!({"command": ["apply_patch", patch], "workdir": "sub"});
        match call("shell", &arguments.to_string()) {
            Ok(ToolRequest::ApplyPatch { patch: found, workdir }) => {
                assert_eq!((found.as_str(), workdir.as_deref()), (patch, Some("sub")));
            }
            other => panic!("not a patch: {other:?}"),
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_schema() {
        let error = call("shell", r#"{"cmd":"#).expect_err("broken JSON");
        assert!(error.contains("the arguments of shell do not fit"), "{error}");
        assert!(error.contains(r#""required":["command"]"#), "{error}");
        let error = call("shell", r#"{"command":[]}"#).expect_err("no program");
        assert!(error.contains("is empty"), "{error}");
        let error = call("fly", "{}").expect_err("no such tool");
        assert!(error.contains("apply_patch"), "{error}");
    }
}
