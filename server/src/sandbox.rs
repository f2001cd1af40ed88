//! Runs commands under a `SandboxPolicy`: the only starter of processes.
//!
//! The server starts its own binary again as a helper, `tiro sandbox`, which
//! takes rights away from itself and becomes the command. In reading order:
//! `arguments` and `policy` say what to do, `helper` does it with `keeper`, which
//! outlives the command, and `confine`, which becomes it: `namespaces`, `mounts`,
//! `capabilities`, `landlock` and `seccomp`, in this order. `home` and `protected`
//! know names, `undo` what mounts cannot hold. `command` is the server's side, with
//! `denial`, which explains what was stopped; `session_directory` outlives commands.

mod arguments;
mod environment;
mod policy;
pub mod seatbelt;
pub mod session_directory;
pub mod status;

#[cfg(unix)]
mod command;
#[cfg(not(unix))]
#[path = "sandbox/command_elsewhere.rs"]
mod command;
#[cfg(unix)]
mod deltas;
#[cfg(unix)]
mod denial;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod protected;
#[cfg(unix)]
mod spool;

#[cfg(target_os = "linux")]
mod capabilities;
#[cfg(target_os = "linux")]
mod cgroup;
#[cfg(target_os = "linux")]
mod confine;
#[cfg(target_os = "linux")]
mod helper;
#[cfg(not(target_os = "linux"))]
#[path = "sandbox/helper_elsewhere.rs"]
mod helper;
#[cfg(unix)]
mod home;
#[cfg(target_os = "linux")]
mod keeper;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod private;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod seccomp;
#[cfg(target_os = "linux")]
mod temporary;
#[cfg(target_os = "linux")]
mod undo;

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, time::Duration};

use tiro_protocol::{OutputStream, SandboxPermission, SandboxPolicy};

pub use arguments::{HELP, Invocation, Run, parse};
pub use command::run;
pub use helper::{REFUSED, after_keeper, run as helper_main};
pub use status::{Status, probe_words, status, status_of};

/// What is the same for all commands of a session.
#[derive(Debug, Clone)]
pub struct SandboxSetup {
    /// The binary that is started as `HELPER sandbox …`.
    pub helper: PathBuf,
    /// Where the variables of a command are taken from: the process environment.
    /// Only allow-listed ones are passed.
    pub environment: BTreeMap<OsString, OsString>,
    /// A private directory of the session, for files with full output.
    pub state_directory: PathBuf,
    /// The session's temporary directory, which `disk-write-platform-user-temp-folder`
    /// grants; must exist. None: each command has one of its own, removed after it.
    pub temp_directory: Option<PathBuf>,
    /// A private directory of the session in which what tools change in the home
    /// directory is kept between commands. Made where it does not exist; must not
    /// lie in the home directory. None: it goes with each command.
    pub session_directory: Option<PathBuf>,
    /// Files and directories that commands do not see, besides the user's keys.
    pub hidden: Vec<PathBuf>,
    /// Do without namespaces, also where they can be had.
    pub no_namespaces: bool,
    /// How much one command may use.
    pub limits: Limits,
}

/// How much of the system one command may use. Its time is in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Processes and threads.
    pub tasks: u64,
    /// Bytes of output that are kept in a file.
    pub output_bytes: u64,
    /// Bytes of memory; none: no limit.
    pub memory_bytes: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tasks: 8192, output_bytes: 64 * 1024 * 1024, memory_bytes: None }
    }
}

impl SandboxSetup {
    /// Commands are started through this very binary, on Linux also after it
    /// was replaced on disk.
    #[must_use]
    pub fn new(environment: BTreeMap<OsString, OsString>, state_directory: PathBuf) -> Self {
        let helper = if cfg!(target_os = "linux") {
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe().unwrap_or_else(|_| PathBuf::from("tiro"))
        };
        Self {
            helper,
            environment,
            state_directory,
            temp_directory: None,
            session_directory: None,
            hidden: Vec::new(),
            no_namespaces: false,
            limits: Limits::default(),
        }
    }
}

/// One command to run.
#[derive(Debug, Clone)]
pub struct CommandRequest {
    /// Program and arguments; at least the program.
    pub command: Vec<String>,
    /// Absolute path of the working directory.
    pub cwd: PathBuf,
    /// What `disk-write-cwd` means, and where protected paths are looked for.
    pub workspace_roots: Vec<PathBuf>,
    /// What it may do. Unrestricted means: no sandbox at all.
    pub policy: SandboxPolicy,
    /// Set in addition to the allow-listed environment.
    pub env: BTreeMap<String, String>,
    /// Wall time until it is killed.
    pub timeout: Duration,
}

/// What one stream wrote: head and tail when it was long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// UTF-8; bytes that are not are replaced. A line says what was left out.
    pub text: String,
    /// Bytes written in all.
    pub total_bytes: u64,
    /// Bytes that `text` does not have.
    pub omitted_bytes: u64,
}

/// Evidence that the sandbox, and not the command, stopped something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// What was stopped, for the reason of an approval: names the path or the
    /// address and the rule.
    pub reason: String,
    /// The least that would let it through.
    pub needs: Need,
}

/// What a command would have to be allowed, for what the sandbox stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Writing below this folder: absolute, resolved, exists.
    WritableRoot(PathBuf),
    /// The network.
    Network,
    /// Reading every file.
    Read,
    /// Nothing less would do than to run it without a sandbox.
    NoSandbox,
}

impl Need {
    /// The permission that grants it; there is none to do without a sandbox.
    #[must_use]
    pub fn permission(&self) -> Option<SandboxPermission> {
        match self {
            Self::WritableRoot(folder) => {
                Some(SandboxPermission::DiskWriteFolder { folder: folder.clone() })
            }
            Self::Network => Some(SandboxPermission::NetworkFullAccess),
            Self::Read => Some(SandboxPermission::DiskFullReadAccess),
            Self::NoSandbox => None,
        }
    }
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutcome {
    /// 124 after the time-out, 128+n after signal n.
    pub exit_code: i32,
    /// Standard output.
    pub stdout: Captured,
    /// Standard error.
    pub stderr: Captured,
    /// Wall time.
    pub duration: Duration,
    /// Whether the time-out ended it.
    pub timed_out: bool,
    /// Set when the sandbox stopped something the command tried.
    pub denial: Option<Denial>,
    /// A file with everything it wrote, when that is more than was kept.
    pub full_output: Option<PathBuf>,
}

/// Why a command did not run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The restrictions could not be put in force, so nothing ran.
    #[error("{0}")]
    NotInForce(String),
    /// The program is not there or cannot be executed.
    #[error("{0}")]
    NotStarted(String),
    /// Cancelled before it ended; every process of it is gone.
    #[error("the command was interrupted")]
    Interrupted,
}

/// A piece of output, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputChunk {
    /// Where.
    pub stream: OutputStream,
    /// UTF-8; bytes that are not are replaced.
    pub text: String,
}
