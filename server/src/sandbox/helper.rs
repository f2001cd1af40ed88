//! The process that stands between the server and a command: `tiro sandbox`.
//!
//! Three processes, so that no signal to any of them leaves something running:
//! the launcher, which was started and whose exit status is the command's; the
//! keeper, in a session of its own, which ends the whole tree when the command,
//! the launcher or the server ends; and the command. `main` comes here before
//! it starts any thread: forking is only sound with one.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::{fs::PermissionsExt as _, process::CommandExt as _},
    },
    path::{Path, PathBuf},
    process::ExitCode,
};

use rustix::{
    fs::{Mode, OFlags},
    process::{Resource, Rlimit, getrlimit, setrlimit},
};
use tiro_protocol::SandboxPermission;

use super::{
    arguments::Run,
    capabilities, environment,
    keeper::{self, Ends},
    kernel::{self, Forked},
    landlock,
    policy::Restrictions,
    seccomp,
};

/// Exit status when the sandbox could not be set up, and nothing ran.
pub const REFUSED: u8 = 125;
/// Exit status when the program cannot be executed.
const NOT_EXECUTABLE: u8 = 126;
/// Exit status when there is no such program.
const NOT_FOUND: u8 = 127;
/// Processes and threads of the user while a command runs. The kernel does not
/// hold root to it.
const TASKS: u64 = 8192;

/// Why the command did not run.
struct Failure {
    code: u8,
    message: String,
}

fn refused(message: impl Into<String>) -> Failure {
    Failure { code: REFUSED, message: message.into() }
}

/// Runs one command as the process `tiro sandbox`, and gives its exit status.
#[must_use]
pub fn run(run: &Run) -> ExitCode {
    let (control, result) = match take_control(run) {
        Ok(control) => {
            let result = launch(run, control.as_ref());
            (control, result)
        }
        Err(failure) => (None, Err(failure)),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => report(&failure, control.as_ref()),
    }
}

/// Says why nothing ran: to the person, and to the server over its socket.
fn report(failure: &Failure, control: Option<&OwnedFd>) -> ExitCode {
    let message = failure.message.replace('\n', " ");
    // There is nobody left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "sandbox: {message}");
    if let Some(control) = control {
        let _ = rustix::io::write(control, format!("{} {message}\n", failure.code).as_bytes());
    }
    ExitCode::from(failure.code)
}

/// Keeps the server's socket and leaves the command an empty standard input.
fn take_control(run: &Run) -> Result<Option<OwnedFd>, Failure> {
    if !run.control {
        return Ok(None);
    }
    let take = || -> rustix::io::Result<OwnedFd> {
        let control = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
        let empty = rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        rustix::stdio::dup2_stdin(&empty)?;
        Ok(control)
    };
    take().map(Some).map_err(|error| refused(format!("standard input is not usable: {error}")))
}

/// The launcher's part: prepares, starts the keeper, waits for it.
fn launch(run: &Run, control: Option<&OwnedFd>) -> Result<u8, Failure> {
    kernel::close_descriptors_on_exec()
        .map_err(|error| refused(format!("open files cannot be kept from the command: {error}")))?;
    if !run.policy.is_unrestricted() {
        limit().map_err(|error| refused(format!("the limits could not be set: {error}")))?;
    }
    let cwd = working_directory(run)?;
    let (gone, held) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
        .map_err(|error| refused(format!("no pipe could be made: {error}")))?;
    keeper::adopt_orphans().map_err(refused)?;
    match kernel::fork()
        .map_err(|error| refused(format!("no process could be started: {error}")))?
    {
        Forked::Parent(keeper) => {
            drop(gone);
            let code = keeper::wait_for(keeper);
            drop(held);
            code.map_err(refused)
        }
        Forked::Child => {
            drop(held);
            let code = guarded(control, || keep(run, &cwd, control, &gone));
            std::process::exit(code.into())
        }
    }
}

/// Runs `part` of a forked process: it never returns into the launcher, and a
/// fault in it does not look like the command's own exit status.
fn guarded(control: Option<&OwnedFd>, part: impl FnOnce() -> Result<u8, Failure>) -> u8 {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(part));
    let failure = match result {
        Ok(Ok(code)) => return code,
        Ok(Err(failure)) => failure,
        Err(_) => refused("a fault in tiro itself: please report it"),
    };
    report(&failure, control);
    failure.code
}

/// The keeper's part: starts the command, and ends all that is left of it.
fn keep(
    run: &Run,
    cwd: &Path,
    control: Option<&OwnedFd>,
    launcher: &OwnedFd,
) -> Result<u8, Failure> {
    rustix::process::setsid()
        .map_err(|error| refused(format!("no session could be started: {error}")))?;
    keeper::adopt_orphans().map_err(refused)?;
    let temp = temporary_directory(run)?;
    let this = rustix::process::getpid();
    let command =
        kernel::fork().map_err(|error| refused(format!("no process could be started: {error}")))?;
    match command {
        Forked::Parent(command) => {
            let ends = Ends { launcher: launcher.as_fd(), server: control.map(|fd| fd.as_fd()) };
            let code = keeper::keep(command, &ends).map_err(refused);
            drop(temp);
            code
        }
        Forked::Child => {
            let directory = temp.as_ref().map(|temp| temp.path.as_path());
            let code = guarded(control, || become_command(run, cwd, directory, this));
            std::process::exit(code.into())
        }
    }
}

/// The command's part: takes the rights away, in this order, and becomes the
/// program. Returns only when that fails.
fn become_command(
    run: &Run,
    cwd: &Path,
    temp: Option<&Path>,
    keeper: rustix::process::Pid,
) -> Result<u8, Failure> {
    rustix::process::setsid()
        .map_err(|error| refused(format!("no session could be started: {error}")))?;
    rustix::process::chdir(cwd).map_err(|error| unusable(cwd, error))?;
    if !run.policy.is_unrestricted() {
        let roots = if run.workspace_roots.is_empty() {
            vec![cwd.to_path_buf()]
        } else {
            run.workspace_roots.clone()
        };
        let restrictions = Restrictions::new(&run.policy, &roots, temp).map_err(refused)?;
        capabilities::drop_all().map_err(refused)?;
        die_with(keeper)?;
        landlock::restrict(&restrictions).map_err(refused)?;
        seccomp::restrict(restrictions.network).map_err(refused)?;
    } else {
        die_with(keeper)?;
    }
    let network = run.policy.has_full_network_access();
    let mut named = run.env.clone();
    if run.policy.has_full_disk_write_access() {
        named.push("TMPDIR".into());
    }
    let variables = environment::allowed(std::env::vars_os(), &named, network, temp);
    let (program, arguments) =
        run.command.split_first().ok_or_else(|| refused("there is no command to run"))?;
    #[expect(clippy::disallowed_methods, reason = "this module is what starts processes")]
    let error =
        std::process::Command::new(program).args(arguments).env_clear().envs(variables).exec();
    Err(not_started(program, &error))
}

/// Should the keeper be killed, the command goes at once. Given after the
/// capabilities were dropped, as the kernel forgets it then.
fn die_with(keeper: rustix::process::Pid) -> Result<(), Failure> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)).map_err(
        |error| refused(format!("the command could not be tied to its keeper: {error}")),
    )?;
    if rustix::process::getppid() == Some(keeper) {
        Ok(())
    } else {
        Err(refused("the keeper ended before the command started"))
    }
}

fn not_started(program: &OsString, error: &io::Error) -> Failure {
    let program = program.display();
    match error.kind() {
        io::ErrorKind::NotFound => Failure {
            code: NOT_FOUND,
            message: format!("`{program}` was not found: check the name and PATH"),
        },
        _ => Failure {
            code: NOT_EXECUTABLE,
            message: format!("`{program}` cannot be executed: {error}"),
        },
    }
}

/// No core dumps, and a bound for fork bombs.
fn limit() -> rustix::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    let now = getrlimit(Resource::Nproc);
    let bounded = |limit: Option<u64>| Some(limit.map_or(TASKS, |limit| limit.min(TASKS)));
    setrlimit(
        Resource::Nproc,
        Rlimit { current: bounded(now.current), maximum: bounded(now.maximum) },
    )
}

fn working_directory(run: &Run) -> Result<PathBuf, Failure> {
    let Some(cwd) = &run.cwd else {
        #[expect(
            clippy::disallowed_methods,
            reason = "what a person means who gave no directory"
        )]
        return std::env::current_dir()
            .map_err(|error| refused(format!("the working directory is gone: {error}")));
    };
    if cwd.is_dir() { Ok(cwd.clone()) } else { Err(unusable(cwd, rustix::io::Errno::NOTDIR)) }
}

fn unusable(cwd: &Path, error: rustix::io::Errno) -> Failure {
    refused(format!("the working directory `{}` cannot be used: {error}", cwd.display()))
}

/// The private temporary directory; removed in the end when it was made here.
struct Temporary {
    path: PathBuf,
    owned: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.owned {
            // What cannot be removed is left to the system's own cleaning.
            #[expect(clippy::disallowed_methods, reason = "a directory that was made here")]
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn temporary_directory(run: &Run) -> Result<Option<Temporary>, Failure> {
    let unrestricted = run.policy.is_unrestricted();
    if let Some(path) = &run.temp {
        return Ok(Some(Temporary { path: path.clone(), owned: false }));
    }
    if unrestricted || !run.policy.has(&SandboxPermission::DiskWritePlatformUserTempFolder) {
        return Ok(None);
    }
    let private = std::fs::Permissions::from_mode(0o700);
    let made = tempfile::Builder::new().prefix("tiro-").permissions(private).tempdir();
    let made = made.map_err(|error| {
        refused(format!("no temporary directory could be made: {error}; set TMPDIR to one"))
    })?;
    Ok(Some(Temporary { path: made.keep(), owned: true }))
}
