//! The process that stands between the server and a command: `tiro sandbox`.
//!
//! Three processes, so that no signal to any of them leaves something running:
//! the launcher, which was started and whose exit status is the command's; the
//! keeper, in a session of its own, which ends the whole tree when the command,
//! the launcher or the server ends; and the command. `main` comes here before
//! it starts any thread: forking is only sound with one. Without namespaces the
//! keeper has the launcher's memory, and the launcher none (`kernel::hand_over`).

use std::{
    ffi::{CStr, OsString},
    io::{self, Write as _},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::process::CommandExt as _,
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FileType, Mode, OFlags},
    process::{Resource, Rlimit, getrlimit, setrlimit},
};

use super::{
    Limits,
    arguments::Run,
    confine::{self, Prepared, Problem},
    environment,
    keeper::{self, Ends},
    kernel::{self, Alone, Forked},
    namespaces, temporary,
};

/// Exit status when the sandbox could not be set up, and nothing ran.
pub const REFUSED: u8 = 125;
/// Exit status when the program cannot be executed.
const NOT_EXECUTABLE: u8 = 126;
/// Exit status when there is no such program.
const NOT_FOUND: u8 = 127;

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
pub fn run(run: &Run) -> u8 {
    let (control, result) = match take_control(run.control) {
        Ok(control) => {
            let result = launch(run, control.as_ref());
            (control, result)
        }
        Err(failure) => (None, Err(failure)),
    };
    match result {
        Ok(code) => code,
        Err(failure) => report(&failure, control.as_ref()),
    }
}

/// Says why nothing ran: to the person, and to the server over its socket.
fn report(failure: &Failure, control: Option<&OwnedFd>) -> u8 {
    let message = failure.message.replace('\n', " ");
    // There is nobody left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "sandbox: {message}");
    if let Some(control) = control {
        let _ = rustix::io::write(control, format!("{} {message}\n", failure.code).as_bytes());
    }
    failure.code
}

/// Keeps the server's socket and leaves the command an empty standard input.
fn take_control(given: bool) -> Result<Option<OwnedFd>, Failure> {
    if !given {
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

/// The launcher's part: prepares, starts the keeper, waits for it. Where
/// namespaces cannot be had it starts another that does without, and says so.
fn launch(run: &Run, control: Option<&OwnedFd>) -> Result<u8, Failure> {
    kernel::close_descriptors_on_exec()
        .map_err(|error| refused(format!("open files cannot be kept from the command: {error}")))?;
    let restricted = !run.policy.is_unrestricted();
    if restricted {
        no_directories()?;
        let tasks = run.max_tasks.unwrap_or(Limits::default().tasks);
        limit(tasks).map_err(|error| refused(format!("the limits could not be set: {error}")))?;
    }
    let alone = kernel::only_thread().map_err(not_forked)?;
    let cwd = working_directory(run)?;
    keeper::adopt_orphans().map_err(refused)?;
    if restricted && !run.no_namespaces {
        match with_namespaces(alone, run, &cwd, control)? {
            Attempt::Over(code) => return Ok(code),
            Attempt::Impossible(reason) => {
                // Nobody is left to tell when standard error is closed.
                let _ = writeln!(
                    io::stderr(),
                    "sandbox: running without namespaces, which cannot be had here ({reason})"
                );
            }
        }
    }
    if restricted {
        // Where a keeper was killed before.
        temporary::sweep();
    }
    let (gone, held) = pipe()?;
    let keeper = || {
        // The launcher has its own, which ends with it.
        drop(held);
        guarded(control, || keep(alone, run, &cwd, control, (&gone, None)))
    };
    let after: &[&CStr] = match control {
        Some(_) => &[c"tiro", c"sandbox", c"--control", c"--keeper-was-killed"],
        None => &[c"tiro", c"sandbox", c"--keeper-was-killed"],
    };
    Err(not_forked(kernel::hand_over(alone, keeper, after, control.map(|fd| fd.as_fd()))))
}

/// What is left to do when the keeper was killed that had the launcher's memory: ends
/// all that the command left, cleans up, and says so. Gives the exit status.
#[must_use]
pub fn after_keeper(control: bool) -> u8 {
    let failure = refused(keeper::end_orphans());
    temporary::sweep();
    report(&failure, take_control(control).ok().flatten().as_ref())
}

/// A directory that is open is a way past everything that is mounted later.
fn no_directories() -> Result<(), Failure> {
    let (input, output, error) =
        (rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr());
    for (stream, name) in [(input, "input"), (output, "output"), (error, "error")] {
        let found = rustix::fs::fstat(stream).map(|found| FileType::from_raw_mode(found.st_mode));
        if found == Ok(FileType::Directory) {
            return Err(refused(format!("standard {name} is a directory: give it a file")));
        }
    }
    Ok(())
}

/// What came of trying to have namespaces.
enum Attempt {
    /// The command ran and gave this exit status, or the reason why it did not
    /// was reported.
    Over(u8),
    /// They cannot be had, for this reason, and nothing ran.
    Impossible(String),
}

fn with_namespaces(
    alone: Alone,
    run: &Run,
    cwd: &Path,
    control: Option<&OwnedFd>,
) -> Result<Attempt, Failure> {
    let (gone, held) = pipe()?;
    let (trouble, told) = pipe()?;
    match kernel::fork_into_namespaces(alone) {
        Err(error) => Ok(Attempt::Impossible(kernel::why_not(&error))),
        Ok(Forked::Parent(keeper)) => {
            drop((gone, told));
            let mapped = namespaces::map_ids(keeper)
                .and_then(|()| Ok(rustix::io::write(&held, b"go").map(drop)?));
            if let Err(error) = mapped {
                // It waits for the word, and ends when there is none.
                drop(held);
                let _ = keeper::wait_for(keeper);
                return Ok(Attempt::Impossible(format!("user ids: {error}")));
            }
            let code = attend(keeper);
            drop(held);
            // All who could write have ended.
            let mut reason = [0; 512];
            let length = rustix::io::read(&trouble, &mut reason).unwrap_or(0);
            if length > 0 {
                let reason = String::from_utf8_lossy(&reason[..length]).replace('\n', " ");
                return Ok(Attempt::Impossible(reason));
            }
            code.map(Attempt::Over).map_err(refused)
        }
        Ok(Forked::Child) => {
            drop((held, trouble));
            let mut word = [0; 2];
            if rustix::io::read(&gone, &mut word) != Ok(word.len()) {
                kernel::end(REFUSED);
            }
            kernel::end(guarded(control, || keep(alone, run, cwd, control, (&gone, Some(&told)))))
        }
    }
}

/// Waits for the keeper. Meanwhile, and after one that was killed, there is time
/// to clean up.
fn attend(keeper: rustix::process::Pid) -> Result<u8, String> {
    temporary::sweep();
    let code = keeper::wait_for(keeper);
    if code.is_err() {
        temporary::sweep();
    }
    code
}

fn pipe() -> Result<(OwnedFd, OwnedFd), Failure> {
    rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
        .map_err(|error| refused(format!("no pipe could be made: {error}")))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what an error is mapped with")]
fn not_forked(error: io::Error) -> Failure {
    refused(format!("no process could be started: {error}"))
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

/// The keeper's part: starts the command, ends all that is left of it, and
/// undoes what it must not have changed. `told` takes the reason why namespaces
/// cannot be had; without it there are none.
fn keep(
    alone: Alone,
    run: &Run,
    cwd: &Path,
    control: Option<&OwnedFd>,
    (launcher, told): (&OwnedFd, Option<&OwnedFd>),
) -> Result<u8, Failure> {
    rustix::process::setsid()
        .map_err(|error| refused(format!("no session could be started: {error}")))?;
    keeper::adopt_orphans().map_err(refused)?;
    let prepared = Prepared::new(run, cwd, told.is_some()).map_err(refused)?;
    let this = rustix::process::getpid();
    let command = || guarded(control, || become_command(run, &prepared, this, told));
    let command = kernel::spawn(alone, command).map_err(not_forked)?;
    let ends = Ends { launcher: launcher.as_fd(), server: control.map(|fd| fd.as_fd()) };
    let code = keeper::keep(command, &ends).map_err(refused);
    for line in prepared.finish() {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(io::stderr(), "sandbox: {line}");
    }
    code
}

/// The command's part: takes the rights away and becomes the program. Returns
/// only when that fails.
fn become_command(
    run: &Run,
    prepared: &Prepared,
    keeper: rustix::process::Pid,
    told: Option<&OwnedFd>,
) -> Result<u8, Failure> {
    rustix::process::setsid()
        .map_err(|error| refused(format!("no session could be started: {error}")))?;
    match prepared.confine(|| die_with(keeper)) {
        Ok(()) => {}
        Err(Problem::Refused(message)) => return Err(refused(message)),
        Err(Problem::NoNamespaces(reason)) => {
            // The launcher reads it, and starts again without.
            let tell = told.map(|told| rustix::io::write(told, reason.as_bytes()));
            return match tell {
                Some(Ok(_)) => Ok(REFUSED),
                _ => Err(refused(reason)),
            };
        }
    }
    let network = run.policy.has_full_network_access();
    let mut named = run.env.clone();
    if run.policy.has_full_disk_write_access() {
        named.push("TMPDIR".into());
    }
    let variables = environment::allowed(std::env::vars_os(), &named, network, prepared.temp());
    let (program, arguments) =
        run.command.split_first().ok_or_else(|| refused("there is no command to run"))?;
    #[expect(clippy::disallowed_methods, reason = "this module is what starts processes")]
    let error =
        std::process::Command::new(program).args(arguments).env_clear().envs(variables).exec();
    Err(not_started(program, &error))
}

/// Should the keeper be killed, the command goes at once. Given after the
/// capabilities were dropped, as the kernel forgets it then.
fn die_with(keeper: rustix::process::Pid) -> Result<(), String> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .map_err(|error| format!("the command could not be tied to its keeper: {error}"))?;
    if rustix::process::getppid() == Some(keeper) {
        Ok(())
    } else {
        Err("the keeper ended before the command started".to_owned())
    }
}

fn not_started(program: &OsString, error: &io::Error) -> Failure {
    let seen = found_in_path(program);
    let program = program.display();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied if !seen => Failure {
            code: NOT_FOUND,
            message: format!("`{program}` was not found: check the name and PATH"),
        },
        _ => Failure {
            code: NOT_EXECUTABLE,
            message: format!("`{program}` cannot be executed: {error}"),
        },
    }
}

/// Whether there is such a program as far as can be seen. A directory of `PATH`
/// that may not be looked into makes the kernel say that permission is denied.
fn found_in_path(program: &OsString) -> bool {
    if program.is_empty() {
        return false;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named =
        Path::new(program).components().count() > 1 || program.as_encoded_bytes().contains(&b'/');
    if named {
        return Path::new(program).symlink_metadata().is_ok();
    }
    std::env::split_paths(&path).any(|directory| directory.join(program).symlink_metadata().is_ok())
}

/// No core dumps, and a bound for fork bombs: processes and threads of the user,
/// in the command's own namespace where there is one. The kernel does not hold
/// root to it.
fn limit(tasks: u64) -> rustix::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    let now = getrlimit(Resource::Nproc);
    let bounded = |limit: Option<u64>| Some(limit.map_or(tasks, |limit| limit.min(tasks)));
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
    match std::fs::metadata(cwd) {
        Ok(found) if found.is_dir() => Ok(cwd.clone()),
        Ok(_) => Err(unusable(cwd, &rustix::io::Errno::NOTDIR)),
        Err(error) => Err(unusable(cwd, &error)),
    }
}

fn unusable(cwd: &Path, error: &dyn std::fmt::Display) -> Failure {
    refused(confine::unusable(cwd, error))
}
