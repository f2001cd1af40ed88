//! The server's side of a command: starts the helper, reads what it writes,
//! and ends it when the time is up or a person says so. The session calls this.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    os::{fd::OwnedFd, unix::net::UnixStream, unix::process::ExitStatusExt as _},
    pin::pin,
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use tiro_protocol::{OutputStream, SandboxPermission};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    sync::mpsc::UnboundedSender,
    time::{sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    CommandOutcome, CommandRequest, OutputChunk, SandboxError, SandboxSetup,
    arguments::{self, Run},
    deltas::Deltas,
    denial, environment,
    output::Capture,
    spool::Spool,
};

/// Exit code of a command whose time was up.
const TIMED_OUT: i32 = 124;
/// How long output is read on after the command has ended.
const DRAIN: Duration = Duration::from_secs(2);
/// How long the helper may take to end everything before it is killed itself.
const ENDING: Duration = Duration::from_millis(500);
/// Bytes read at once; as much as a pipe holds.
const READ: usize = 64 * 1024;

/// Runs one command to its end. Its output is sent to `output` while it runs.
/// When the returned future is dropped, the command is killed.
///
/// # Errors
/// When nothing ran, or `cancel` was; then every process of it is gone.
pub async fn run(
    setup: &SandboxSetup,
    request: &CommandRequest,
    output: UnboundedSender<OutputChunk>,
    cancel: &CancellationToken,
) -> Result<CommandOutcome, SandboxError> {
    if cancel.is_cancelled() {
        return Err(SandboxError::Interrupted);
    }
    let started = Instant::now();
    let (mut child, control) = start(setup, request)?;
    let spool = Spool::new(&setup.state_directory, setup.limits.output_bytes);
    let ended = follow(&mut child, control, request, spool, Deltas::new(output), cancel).await?;
    if ended.cancelled {
        return Err(SandboxError::Interrupted);
    }
    if let Some(report) = ended.report {
        return Err(report);
    }
    let exit_code = if ended.timed_out { TIMED_OUT } else { ended.exit_code };
    let (stdout, stderr) = (ended.stdout.finish(), ended.stderr.finish());
    let lost = stdout.omitted_bytes + stderr.omitted_bytes > 0;
    let denial = if ended.timed_out {
        None
    } else {
        denial::look_for(setup, request, &stderr.text, exit_code)
    };
    Ok(CommandOutcome {
        exit_code,
        full_output: ended.spool.finish(lost),
        stdout,
        stderr,
        duration: started.elapsed(),
        timed_out: ended.timed_out,
        denial,
    })
}

/// How a command ended, and what it wrote.
struct Ended<'a> {
    exit_code: i32,
    stdout: Capture,
    stderr: Capture,
    spool: Spool<'a>,
    timed_out: bool,
    cancelled: bool,
    /// What the helper said when it did not start the command.
    report: Option<SandboxError>,
}

/// Starts the helper. The socket is its standard input: when this end closes,
/// by whatever becomes of the server, the helper ends everything.
fn start(
    setup: &SandboxSetup,
    request: &CommandRequest,
) -> Result<(Child, tokio::net::UnixStream), SandboxError> {
    let not_in_force = |error| SandboxError::NotInForce(format!("the sandbox helper: {error}"));
    if request.command.is_empty() {
        return Err(SandboxError::NotStarted("the command is empty".to_owned()));
    }
    let arguments = arguments::write(&invocation(setup, request));
    // What the helper would refuse to read is refused here, with the same words.
    arguments::parse(arguments.iter().cloned()).map_err(SandboxError::NotInForce)?;
    let (ours, theirs) = UnixStream::pair().map_err(not_in_force)?;
    ours.set_nonblocking(true).map_err(not_in_force)?;
    let control = tokio::net::UnixStream::from_std(ours).map_err(not_in_force)?;
    #[expect(clippy::disallowed_methods, reason = "this module is what starts processes")]
    let child = Command::new(&setup.helper)
        .arg("sandbox")
        .args(arguments)
        .env_clear()
        .envs(variables(setup, request))
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::ArgumentListTooLong => SandboxError::NotStarted(
                "the command line is too long for this system: pass the text in a file".to_owned(),
            ),
            std::io::ErrorKind::InvalidInput => SandboxError::NotStarted(
                "the command line has a zero byte in it, which no program can be given".to_owned(),
            ),
            _ => not_in_force(error),
        })?;
    Ok((child, control))
}

fn invocation(setup: &SandboxSetup, request: &CommandRequest) -> Run {
    let temp = request.policy.has(&SandboxPermission::DiskWritePlatformUserTempFolder);
    Run {
        policy: request.policy.clone(),
        cwd: Some(request.cwd.clone()),
        workspace_roots: request.workspace_roots.clone(),
        temp: setup.temp_directory.clone().filter(|_| temp),
        state: setup.session_directory.clone().filter(|_| temp),
        hidden: setup.hidden.clone(),
        no_namespaces: setup.no_namespaces,
        max_tasks: Some(setup.limits.tasks),
        max_memory: setup.limits.memory_bytes,
        env: added(request).map(|(name, _)| name.into()).collect(),
        control: true,
        command: request.command.iter().map(OsString::from).collect(),
    }
}

/// The variables that were asked for, without those that would change the helper.
fn added(request: &CommandRequest) -> impl Iterator<Item = (&String, &String)> {
    request.env.iter().filter(|(name, _)| !environment::reaches_the_helper(name))
}

fn variables(setup: &SandboxSetup, request: &CommandRequest) -> BTreeMap<OsString, OsString> {
    // The helper filters again and decides about the temporary directory, for
    // which it needs to know where the system's own is.
    let network = request.policy.has_full_network_access();
    let source = setup.environment.clone();
    let mut variables = environment::allowed(source, &["TMPDIR".into()], network, None);
    variables.extend(added(request).map(|(name, value)| (name.into(), value.into())));
    variables
}

/// Reads until the command has ended and its output with it.
async fn follow<'a>(
    child: &mut Child,
    mut control: tokio::net::UnixStream,
    request: &CommandRequest,
    spool: Spool<'a>,
    mut deltas: Deltas,
    cancel: &CancellationToken,
) -> Result<Ended<'a>, SandboxError> {
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let (mut out_buffer, mut err_buffer) = (vec![0; READ], vec![0; READ]);
    let mut ended = Ended {
        exit_code: 0,
        stdout: Capture::default(),
        stderr: Capture::default(),
        spool,
        timed_out: false,
        cancelled: false,
        report: None,
    };
    let mut status: Option<ExitStatus> = None;
    let mut stopped = false;
    let mut time = pin!(sleep(request.timeout));
    // Set anew for each thing that is waited for at the end.
    let mut patience = pin!(sleep(Duration::MAX));
    while status.is_none() || out.is_some() || err.is_some() {
        let next = deltas.next();
        tokio::select! {
            read = read(&mut out, &mut out_buffer) => match read {
                0 => out = None,
                count => {
                    let bytes = &out_buffer[..count];
                    ended.stdout.push(bytes);
                    ended.spool.push(bytes);
                    deltas.push(OutputStream::Stdout, bytes, tokio::time::Instant::now());
                }
            },
            read = read(&mut err, &mut err_buffer) => match read {
                0 => err = None,
                count => {
                    let bytes = &err_buffer[..count];
                    ended.stderr.push(bytes);
                    ended.spool.push(bytes);
                    deltas.push(OutputStream::Stderr, bytes, tokio::time::Instant::now());
                }
            },
            exited = child.wait(), if status.is_none() => {
                let exited = exited.map_err(|error| SandboxError::NotInForce(format!(
                    "the sandbox helper was lost: {error}"
                )))?;
                status = Some(exited);
                patience.set(sleep(DRAIN));
            }
            () = cancel.cancelled(), if !stopped => {
                (stopped, ended.cancelled) = (true, true);
                stop(&mut control).await;
                patience.set(sleep(ENDING));
            }
            () = &mut time, if !stopped && status.is_none() => {
                (stopped, ended.timed_out) = (true, true);
                stop(&mut control).await;
                patience.set(sleep(ENDING));
            }
            () = &mut patience, if stopped || status.is_some() => {
                if status.is_some() {
                    break;
                }
                // The keeper still sees the launcher go, and ends the rest.
                let _ = child.start_kill();
                patience.set(sleep(DRAIN));
            }
            () = sleep_until(next.unwrap_or_else(tokio::time::Instant::now)), if next.is_some() => {
                deltas.flush(tokio::time::Instant::now());
            }
        }
    }
    deltas.finish(tokio::time::Instant::now());
    ended.exit_code = status.map_or(-1, exit_code);
    ended.report = report(&mut control).await;
    Ok(ended)
}

/// Zero at the end of the stream, also when it broke; never again after that.
async fn read(stream: &mut Option<impl AsyncRead + Unpin>, buffer: &mut [u8]) -> usize {
    match stream {
        Some(stream) => stream.read(buffer).await.unwrap_or(0),
        None => std::future::pending().await,
    }
}

/// Tells the helper to end everything.
async fn stop(control: &mut tokio::net::UnixStream) {
    // It fails when the helper is gone, which is what was wanted.
    let _ = control.shutdown().await;
}

/// What the helper said if it could not start the command: `CODE MESSAGE`.
async fn report(control: &mut tokio::net::UnixStream) -> Option<SandboxError> {
    let mut said = Vec::new();
    let mut limited = control.take(READ as u64);
    // All who could write have ended, so this is here already.
    timeout(ENDING, limited.read_to_end(&mut said)).await.ok()?.ok()?;
    let said = String::from_utf8_lossy(&said);
    let (code, message) = said.trim_end().split_once(' ')?;
    let message = message.to_owned();
    Some(if code == "125" {
        SandboxError::NotInForce(message)
    } else {
        SandboxError::NotStarted(message)
    })
}

fn exit_code(status: ExitStatus) -> i32 {
    let killed = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(killed).unwrap_or(-1)
}
