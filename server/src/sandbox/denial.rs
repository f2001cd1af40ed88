//! Whether it was the sandbox that stopped a command: by evidence in what the
//! command wrote, checked against the policy and against what the user could
//! have done without the sandbox. An exit status alone proves nothing.

use std::{
    ffi::OsStr,
    path::{Component, Path, PathBuf},
};

use super::{
    CommandRequest, Denial, Need, SandboxSetup, home,
    policy::{Restrictions, Writable},
    protected,
};

mod folder;
mod paths;
#[cfg(test)]
mod tests;

/// What programs say when they may not. Compared in lower case.
const REFUSALS: [&str; 13] = [
    "permission denied",
    "operation not permitted",
    "read-only file system",
    "permissionerror",
    "eacces",
    "eperm",
    "erofs",
    "(os error 13)",
    "(os error 1)",
    "(os error 30)",
    // What is mounted cannot be renamed or removed.
    "device or resource busy",
    "ebusy",
    "(os error 16)",
];

/// What programs say when they cannot reach the network at all.
const UNREACHABLE: [&str; 16] = [
    "failed to connect to",
    "couldn't connect",
    "could not resolve",
    "couldn't resolve",
    "unable to resolve",
    "failed to resolve",
    "temporary failure in name resolution",
    "temporary failure resolving",
    "name or service not known",
    "failed to lookup address",
    "network is unreachable",
    "network unreachable",
    "eai_again",
    "no such host",
    "dial tcp",
    "failed to establish a new connection",
];

/// Words that tell that a refusal was about a socket.
const SOCKET: [&str; 6] = ["socket", "connect", "getaddrinfo", "bind(", "listen", "dial "];

/// Words that tell that a socket is one of this machine's programs.
const UNIX_SOCKET: [&str; 4] = ["unix:", "dial unix", ".sock", "af_unix"];

/// What the sandbox itself says about a change that it undid.
const UNDONE: [&str; 2] = ["undid a change of ", "was changed and could not be put back"];

/// Lines before a refusal in which the path may stand: some programs print a
/// chain of causes, the refusal last.
const BEFORE: usize = 4;
/// Lines that are looked at, from the end.
const LINES: usize = 400;
/// The signal of a process that made a call of another architecture.
const SIGSYS: i32 = 31;

/// What is known about the files that a command named.
pub(super) struct Files<'a> {
    /// The path with links followed as far as it exists.
    pub(super) resolve: &'a dyn Fn(&Path) -> PathBuf,
    /// Whether the user could write there without a sandbox.
    pub(super) user_may_write: &'a dyn Fn(&Path) -> bool,
    /// Whether some program of this machine accepts connections at a port.
    pub(super) host_listens: &'a dyn Fn(u16) -> bool,
    /// Whether it is a directory that exists.
    pub(super) is_directory: &'a dyn Fn(&Path) -> bool,
    /// Whether a repository has its files there.
    pub(super) is_repository: &'a dyn Fn(&Path) -> bool,
    /// The workspace, resolved.
    pub(super) roots: &'a [PathBuf],
    /// The user's home directory, resolved.
    pub(super) home: Option<&'a Path>,
    /// What commands do not see, resolved.
    pub(super) hidden: &'a [PathBuf],
}

/// Looks for evidence in the standard error of a command that has ended.
pub(super) fn look_for(
    setup: &SandboxSetup,
    request: &CommandRequest,
    stderr: &str,
    exit_code: i32,
) -> Option<Denial> {
    if request.policy.is_unrestricted() {
        return None;
    }
    let resolved: Vec<PathBuf> =
        request.workspace_roots.iter().map(|root| paths::resolve(root)).collect();
    let roots = if resolved.is_empty() { vec![paths::resolve(&request.cwd)] } else { resolved };
    let of_the_session = || setup.session_directory.as_ref().map(|session| session.join("tmp"));
    let temp = setup.temp_directory.clone().or_else(of_the_session);
    let temp = temp.as_deref().map(paths::resolve);
    let mut restrictions = Restrictions::new(&request.policy, &roots, temp.as_deref()).ok()?;
    let mut writable = Vec::new();
    if let Writable::Below(roots) = &mut restrictions.writable {
        for root in roots {
            *root = paths::resolve(root);
            writable.push(root.clone());
        }
    }
    let home = home::directory(setup.environment.get(OsStr::new("HOME")).map(Path::new));
    let files = Files {
        resolve: &paths::resolve,
        user_may_write: &paths::user_may_write,
        host_listens: &paths::host_listens,
        is_directory: &Path::is_dir,
        is_repository: &|path| path.join(".git").exists(),
        roots: &roots,
        hidden: &home::secrets(home.as_deref(), &setup.hidden, &writable),
        home: home.as_deref(),
    };
    explain(&restrictions, &request.cwd, stderr, exit_code, &files)
}

/// The first thing in `stderr` that the sandbox stopped, if there is one.
/// `restrictions` name resolved paths; `cwd` is what relative ones refer to.
pub(super) fn explain(
    restrictions: &Restrictions,
    cwd: &Path,
    stderr: &str,
    exit_code: i32,
    files: &Files<'_>,
) -> Option<Denial> {
    let undone = stderr.lines().rev().filter_map(|line| line.strip_prefix("sandbox: "));
    if let Some(line) =
        undone.take(LINES).find(|line| UNDONE.iter().any(|said| line.contains(said)))
    {
        return Some(no_sandbox(format!("the sandbox: {line}")));
    }
    if exit_code == 0 {
        return None;
    }
    if exit_code == 128 + SIGSYS {
        let reason = "the sandbox killed it for a system call under another architecture's number";
        return Some(no_sandbox(reason.to_owned()));
    }
    let lines: Vec<&str> = stderr.lines().collect();
    let lines = &lines[lines.len().saturating_sub(LINES)..];
    lines.iter().enumerate().find_map(|(index, line)| {
        let said = line.to_lowercase();
        let before = &lines[index.saturating_sub(BEFORE)..index];
        let unreachable = UNREACHABLE.iter().any(|words| said.contains(words));
        let refused = REFUSALS.iter().any(|words| said.contains(words));
        if refused
            && about_a_socket(&said, before)
            && UNIX_SOCKET.iter().any(|it| said.contains(it))
        {
            return Some(unix_socket(line));
        }
        if !restrictions.network && (unreachable || refused && about_a_socket(&said, before)) {
            return Some(network(line, before));
        }
        if !restrictions.network && said.contains("refused") {
            let here = std::iter::once(*line).chain(before.iter().rev().copied());
            let port = here.flat_map(paths::numbers).find(|port| (files.host_listens)(*port));
            return port.map(own_network);
        }
        if !refused {
            return None;
        }
        let named = paths::named(line, &REFUSALS);
        let earlier = || before.iter().rev().flat_map(|line| paths::quoted_or_absolute(line));
        let candidates: Vec<&str> = if named.is_empty() { earlier().collect() } else { named };
        let stopped = |path: &&str| file(restrictions, cwd, path, exit_code, files);
        candidates.iter().find_map(stopped)
    })
}

fn about_a_socket(said: &str, before: &[&str]) -> bool {
    let mentions = |line: &str| SOCKET.iter().any(|word| line.contains(word));
    // A refusal that names no path may have its subject in the lines before, as
    // a trace has.
    mentions(said)
        || paths::named(said, &REFUSALS).is_empty()
            && before.iter().any(|line| mentions(&line.to_lowercase()))
}

/// What no permission opens.
fn no_sandbox(reason: String) -> Denial {
    Denial { reason, needs: Need::NoSandbox }
}

/// The network that can be granted has none of these.
fn unix_socket(line: &str) -> Denial {
    no_sandbox(format!(
        "the sandbox stopped a connection to a program of this machine (`{}`): who reaches its \
         UNIX socket can have it do anything",
        line.trim()
    ))
}

fn network(line: &str, before: &[&str]) -> Denial {
    let address =
        paths::address(line).or_else(|| before.iter().rev().find_map(|line| paths::address(line)));
    let what = address.map_or_else(String::new, |address| format!(" to `{address}`"));
    let reason = format!(
        "the sandbox stopped a network connection{what}: network-full-access is not granted"
    );
    Denial { reason, needs: Need::Network }
}

/// Something listens there, but not in the network that the command has to itself.
fn own_network(port: u16) -> Denial {
    let reason = format!(
        "the sandbox stopped a network connection to port {port} of this machine: \
         network-full-access is not granted"
    );
    Denial { reason, needs: Need::Network }
}

/// Whether the rules, and not the file's own permissions, keep the command from `path`.
fn file(
    restrictions: &Restrictions,
    cwd: &Path,
    path: &str,
    exit_code: i32,
    files: &Files<'_>,
) -> Option<Denial> {
    const NOT_EXECUTABLE: i32 = 126;
    let path = normal(&cwd.join(path));
    let target = (files.resolve)(&path);
    let shown = path.display();
    let hidden = files.hidden.iter().any(|hidden| target.starts_with(hidden));
    if !restrictions.may_read(&target) {
        let reason = format!(
            "the sandbox stopped access to `{shown}`: disk-full-read-access is not granted"
        );
        let needs = if hidden { Need::NoSandbox } else { Need::Read };
        return Some(Denial { reason, needs });
    }
    if restrictions.writable == Writable::Everything || !(files.user_may_write)(&target) {
        return None;
    }
    if hidden {
        return Some(no_sandbox(format!(
            "the sandbox stopped access to `{shown}`: it is hidden from commands, as it opens \
             other doors"
        )));
    }
    if let Some(why) = protected::reason(&target) {
        let reason =
            format!("the sandbox stopped a change of `{shown}`: it is protected, as {why}");
        return Some(no_sandbox(reason));
    }
    // A shell says the same of a script that lacks its executable bit.
    if exit_code == NOT_EXECUTABLE || restrictions.may_write(&target) {
        return None;
    }
    let roots = match &restrictions.writable {
        Writable::Everything => return None,
        Writable::Below(roots) => roots,
    };
    let roots = match roots.as_slice() {
        [] => "nothing may be written".to_owned(),
        roots => {
            let roots: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
            format!("it lies outside the writable roots ({})", roots.join(", "))
        }
    };
    let reason = format!("the sandbox stopped a write to `{shown}`: {roots}");
    Some(match folder::that_suffices(&target, files) {
        Some(folder) => Denial { reason, needs: Need::WritableRoot(folder) },
        None => no_sandbox(format!("{reason}, and no folder can be granted for it")),
    })
}

/// Without `.` and `..`, by name only.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}
