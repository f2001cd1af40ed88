//! The command line of `tiro sandbox`, in both directions: parsed by the
//! helper, written by the server that starts it.
//!
//! Parsed by hand: it is on the way of every command, and values may be any bytes.

use std::{ffi::OsString, path::PathBuf};

use tiro_protocol::{SandboxPermission, SandboxPolicy};

#[cfg(test)]
mod tests;

/// What `tiro sandbox --help` prints.
pub const HELP: &str = "\
Run a command in the sandbox, or show what this system can enforce

Usage: tiro sandbox [OPTIONS] -- COMMAND [ARGUMENTS]...
       tiro sandbox [--no-namespaces] --status

Options:
  --policy POLICY        read-only, workspace-write (default) or full-access
  --cwd DIR              working directory, and the workspace; default: the current one
  --workspace-root DIR   what the policy may write instead of the working directory; repeatable
  --writable-root DIR    may be written as well; repeatable
  --allow-network        may use the network
  --permission NAME      grant just the named permissions, instead of a policy; repeatable
  --temp DIR             private temporary directory; default: one that is removed afterwards
  --state DIR            private directory of a session, for what tools change in the home
                         directory; default: one that is removed afterwards
  --hide PATH            hide this file or directory too; repeatable
  --max-tasks N          processes and threads; default: 8192
  --max-memory BYTES     memory of all its processes; where no control group can be made,
                         address space of each; default: no limit
  --env NAME             pass this variable too; repeatable
  --no-namespaces        use Landlock and seccomp only
  --control              standard input is a socket: its end kills the command
  --status               print what this system enforces and what it cannot

Exit status: the command's own; 128+n after signal n; 127 not found; 126 not
executable; 125 when the sandbox could not be set up, and then nothing ran.
";

/// What the helper was asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invocation {
    /// Print [`HELP`].
    Help,
    /// Print what is enforced.
    Status {
        /// With `--no-namespaces` before it.
        no_namespaces: bool,
    },
    /// Print whether namespaces can be had, for another process.
    Probe,
    /// Clean up after a keeper that was killed, as the launcher of it.
    AfterKeeper {
        /// With `--control` before it.
        control: bool,
    },
    /// Run a command.
    Run(Box<Run>),
}

/// One command for the helper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// What it may do.
    pub policy: SandboxPolicy,
    /// Working directory; none: the helper's own.
    pub cwd: Option<PathBuf>,
    /// What `disk-write-cwd` means; empty: the working directory.
    pub workspace_roots: Vec<PathBuf>,
    /// The private temporary directory; none: the helper makes one when it is granted.
    pub temp: Option<PathBuf>,
    /// The session's private directory; none: what tools change goes with the command.
    pub state: Option<PathBuf>,
    /// Hidden besides the user's keys.
    pub hidden: Vec<PathBuf>,
    /// Whether to do without namespaces, also where they can be had.
    pub no_namespaces: bool,
    /// Processes and threads; none: the usual limit.
    pub max_tasks: Option<u64>,
    /// Bytes of memory; none: no limit.
    pub max_memory: Option<u64>,
    /// Names of variables to pass besides the allow-listed ones.
    pub env: Vec<OsString>,
    /// Whether standard input is the server's socket.
    pub control: bool,
    /// Program and arguments.
    pub command: Vec<OsString>,
}

/// Reads the arguments that follow `tiro sandbox`.
///
/// # Errors
/// A sentence for the user about the first argument that is wrong.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, String> {
    let mut arguments = arguments.into_iter();
    let mut run = Run::default();
    let mut base = SandboxPolicy::full_auto();
    let mut named: Option<Vec<SandboxPermission>> = None;
    let mut added = Vec::new();
    while let Some(argument) = arguments.next() {
        let text = argument.to_str().ok_or_else(|| unknown(&argument))?;
        let (name, inline) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(OsString::from(value))),
            _ => (text, None),
        };
        let mut value = |name: &str| {
            inline
                .clone()
                .or_else(|| arguments.next())
                .ok_or_else(|| format!("{name} needs a value"))
        };
        match name {
            "--help" | "-h" => return Ok(Invocation::Help),
            "--status" => return Ok(Invocation::Status { no_namespaces: run.no_namespaces }),
            "--probe" => return Ok(Invocation::Probe),
            "--keeper-was-killed" => {
                return Ok(Invocation::AfterKeeper { control: run.control });
            }
            "--policy" => base = named_policy(&value(name)?)?,
            "--cwd" => run.cwd = Some(absolute(name, value(name)?)?),
            "--workspace-root" => run.workspace_roots.push(absolute(name, value(name)?)?),
            "--writable-root" => added
                .push(SandboxPermission::DiskWriteFolder { folder: absolute(name, value(name)?)? }),
            "--allow-network" => added.push(SandboxPermission::NetworkFullAccess),
            "--permission" => {
                named.get_or_insert_default().extend(named_permission(&value(name)?)?);
            }
            "--temp" => run.temp = Some(absolute(name, value(name)?)?),
            "--env" => run.env.push(value(name)?),
            "--state" => run.state = Some(absolute(name, value(name)?)?),
            "--hide" => run.hidden.push(absolute(name, value(name)?)?),
            "--max-tasks" => run.max_tasks = Some(number(name, &value(name)?)?),
            "--max-memory" => run.max_memory = Some(number(name, &value(name)?)?),
            "--no-namespaces" => run.no_namespaces = true,
            "--control" => run.control = true,
            "--" => {
                run.command = arguments.collect();
                break;
            }
            _ => return Err(unknown(&argument)),
        }
    }
    if run.command.is_empty() {
        return Err("no command: write it after `--`, as in `tiro sandbox -- ls`".to_owned());
    }
    run.policy.permissions = named.unwrap_or(base.permissions);
    run.policy.permissions.extend(added);
    Ok(Invocation::Run(Box::new(run)))
}

/// The arguments that make the helper do `run`, without the word `sandbox`.
pub(super) fn write(run: &Run) -> Vec<OsString> {
    let mut written: Vec<OsString> = Vec::new();
    let mut pair = |name: &str, value: OsString| written.extend([name.into(), value]);
    if run.policy.permissions.iter().all(|permission| name_of(permission).is_none()) {
        pair("--permission", "none".into());
    }
    for permission in &run.policy.permissions {
        match (permission, name_of(permission)) {
            (_, Some(name)) => pair("--permission", name.into()),
            (SandboxPermission::DiskWriteFolder { folder }, None) => {
                pair("--writable-root", folder.into());
            }
            (_, None) => {}
        }
    }
    if let Some(cwd) = &run.cwd {
        pair("--cwd", cwd.into());
    }
    for root in &run.workspace_roots {
        pair("--workspace-root", root.into());
    }
    if let Some(temp) = &run.temp {
        pair("--temp", temp.into());
    }
    if let Some(state) = &run.state {
        pair("--state", state.into());
    }
    for path in &run.hidden {
        pair("--hide", path.into());
    }
    for (name, limit) in [("--max-tasks", run.max_tasks), ("--max-memory", run.max_memory)] {
        if let Some(limit) = limit {
            pair(name, limit.to_string().into());
        }
    }
    for name in &run.env {
        pair("--env", name.clone());
    }
    if run.no_namespaces {
        written.push("--no-namespaces".into());
    }
    if run.control {
        written.push("--control".into());
    }
    written.push("--".into());
    written.extend(run.command.iter().cloned());
    written
}

const NAMED: [(&str, SandboxPermission); 6] = [
    ("disk-full-read-access", SandboxPermission::DiskFullReadAccess),
    ("disk-write-platform-user-temp-folder", SandboxPermission::DiskWritePlatformUserTempFolder),
    (
        "disk-write-platform-global-temp-folder",
        SandboxPermission::DiskWritePlatformGlobalTempFolder,
    ),
    ("disk-write-cwd", SandboxPermission::DiskWriteCwd),
    ("disk-full-write-access", SandboxPermission::DiskFullWriteAccess),
    ("network-full-access", SandboxPermission::NetworkFullAccess),
];

fn name_of(permission: &SandboxPermission) -> Option<&'static str> {
    NAMED.iter().find(|(_, named)| named == permission).map(|(name, _)| *name)
}

/// None for the word `none`, with which a policy without permissions is written.
fn named_permission(word: &OsString) -> Result<Option<SandboxPermission>, String> {
    if word == "none" {
        return Ok(None);
    }
    let found = NAMED.iter().find(|(name, _)| word == name);
    found.map(|(_, permission)| Some(permission.clone())).ok_or_else(|| {
        format!(
            "unknown permission `{}`: use none, {}, or --writable-root DIR",
            word.display(),
            NAMED.map(|(name, _)| name).join(", ")
        )
    })
}

fn named_policy(word: &OsString) -> Result<SandboxPolicy, String> {
    match word.to_str() {
        Some("read-only") => Ok(SandboxPolicy::read_only()),
        Some("workspace-write") => Ok(SandboxPolicy::full_auto()),
        Some("full-access") => Ok(SandboxPolicy::unrestricted()),
        _ => Err(format!(
            "unknown policy `{}`: use read-only, workspace-write or full-access",
            word.display()
        )),
    }
}

fn number(name: &str, value: &OsString) -> Result<u64, String> {
    let number = value.to_str().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| format!("{name} needs a whole number above 0, not `{}`", value.display()))
}

fn absolute(name: &str, value: OsString) -> Result<PathBuf, String> {
    let path = PathBuf::from(value);
    if path.is_absolute() {
        Ok(path)
    } else {
        Err(format!("{name} needs an absolute path, not `{}`", path.display()))
    }
}

fn unknown(argument: &OsString) -> String {
    format!(
        "unknown option `{}`: the command comes after `--`; see `tiro sandbox --help`",
        argument.display()
    )
}
