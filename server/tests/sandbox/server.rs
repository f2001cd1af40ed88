//! `sandbox::run`, as the session calls it: outcome, output, time, interrupts,
//! and why a command was stopped.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use tiro::sandbox::{CommandOutcome, CommandRequest, OutputChunk, SandboxError, SandboxSetup, run};
use tiro_protocol::{OutputStream, SandboxPolicy};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

struct Session {
    directory: tempfile::TempDir,
    setup: SandboxSetup,
}

impl Session {
    fn new() -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        for name in ["ws", "tmp", "outside"] {
            fs::create_dir(directory.path().join(name)).expect("a folder");
        }
        let environment: [(OsString, OsString); 3] = [
            ("PATH".into(), std::env::var_os("PATH").expect("a path")),
            ("OPENAI_API_KEY".into(), "sk-secret".into()),
            ("LANG".into(), "C.UTF-8".into()),
        ];
        let mut setup =
            SandboxSetup::new(BTreeMap::from(environment), directory.path().join("state"));
        setup.helper = PathBuf::from(env!("CARGO_BIN_EXE_tiro"));
        setup.temp_directory = Some(directory.path().join("tmp"));
        Self { directory, setup }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn request(&self, command: &[&str]) -> CommandRequest {
        CommandRequest {
            command: command.iter().map(ToString::to_string).collect(),
            cwd: self.path("ws"),
            workspace_roots: vec![self.path("ws")],
            policy: SandboxPolicy::full_auto(),
            env: BTreeMap::new(),
            timeout: Duration::from_secs(60),
        }
    }

    fn shell(&self, script: &str) -> CommandRequest {
        self.request(&["bash", "-c", script])
    }

    async fn run(&self, request: &CommandRequest) -> Result<CommandOutcome, SandboxError> {
        self.run_with_chunks(request).await.0
    }

    async fn run_with_chunks(
        &self,
        request: &CommandRequest,
    ) -> (Result<CommandOutcome, SandboxError>, Vec<OutputChunk>) {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let result = run(&self.setup, request, sender, &CancellationToken::new()).await;
        let mut chunks = Vec::new();
        while let Ok(chunk) = receiver.try_recv() {
            chunks.push(chunk);
        }
        (result, chunks)
    }
}

#[tokio::test]
async fn the_outcome_has_code_and_both_streams() {
    let session = Session::new();
    let request = session.shell("echo out; echo err >&2; pwd; exit 7");
    let (outcome, chunks) = session.run_with_chunks(&request).await;
    let outcome = outcome.expect("it ran");
    assert_eq!(outcome.exit_code, 7);
    assert_eq!(outcome.stdout.text, format!("out\n{}\n", session.path("ws").display()));
    assert_eq!(outcome.stderr.text, "err\n");
    assert_eq!((outcome.timed_out, &outcome.denial, &outcome.full_output), (false, &None, &None));
    let joined = |stream| -> String {
        let of_stream = chunks.iter().filter(|chunk| chunk.stream == stream);
        of_stream.map(|chunk| chunk.text.as_str()).collect()
    };
    assert_eq!(joined(OutputStream::Stdout), outcome.stdout.text);
    assert_eq!(joined(OutputStream::Stderr), outcome.stderr.text);
    // 125 is the command's own here, and so is what it says.
    let outcome = session.run(&session.shell("echo 'sandbox: x' >&2; exit 125")).await;
    assert_eq!(outcome.expect("it ran").exit_code, 125);
}

#[tokio::test]
async fn the_environment_is_an_allow_list_and_stdin_is_closed() {
    let session = Session::new();
    let mut request = session.shell("env; cat; echo end");
    request.env.insert("ASKED_FOR".to_owned(), "yes".to_owned());
    request.env.insert("LD_PRELOAD".to_owned(), "/nowhere.so".to_owned());
    let text = session.run(&request).await.expect("it ran").stdout.text;
    assert!(text.contains("ASKED_FOR=yes\n") && text.ends_with("end\n"), "{text}");
    assert!(text.contains(&format!("TMPDIR={}\n", session.path("tmp").display())), "{text}");
    assert!(!text.contains("OPENAI") && !text.contains("LD_PRELOAD"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_started_is_told_apart() {
    let session = Session::new();
    let error = session.run(&session.request(&["no-such-program"])).await.expect_err("not there");
    assert!(matches!(&error, SandboxError::NotStarted(_)), "{error:?}");
    assert_eq!(error.to_string(), "`no-such-program` was not found: check the name and PATH");
    let error = session.run(&session.request(&["/etc/passwd"])).await.expect_err("no program");
    assert!(matches!(&error, SandboxError::NotStarted(_)), "{error:?}");
    let error = session.run(&session.request(&[])).await.expect_err("nothing");
    assert!(matches!(&error, SandboxError::NotStarted(_)), "{error:?}");
    let long = "x".repeat(10 * 1024 * 1024);
    let error = session.run(&session.request(&["echo", &long])).await.expect_err("too long");
    assert!(error.to_string().contains("too long"), "{error:?}");
    let error = session.run(&session.request(&["echo", "a\0b"])).await.expect_err("a zero byte");
    assert!(error.to_string().contains("zero byte"), "{error:?}");
}

#[tokio::test]
async fn what_is_not_in_force_runs_nothing() {
    let session = Session::new();
    let check = async |change: &dyn Fn(&mut CommandRequest), expected: &str| {
        let mut request = session.shell("touch ran");
        change(&mut request);
        let error = session.run(&request).await.expect_err("refused");
        assert!(matches!(&error, SandboxError::NotInForce(_)), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!session.path("ws/ran").exists());
    };
    check(&|request| request.cwd = "/nowhere".into(), "`/nowhere` cannot be used").await;
    check(&|request| request.cwd = "ws".into(), "absolute").await;
    check(
        &|request| request.workspace_roots = vec!["/nowhere".into()],
        "cannot be granted: No such file",
    )
    .await;
    check(&|request| request.workspace_roots = vec!["/".into()], "whole disk").await;
    let mut elsewhere = session.setup.clone();
    elsewhere.helper = "/nowhere/tiro".into();
    let (sender, _receiver) = mpsc::unbounded_channel();
    let error = run(&elsewhere, &session.shell("true"), sender, &CancellationToken::new()).await;
    assert!(matches!(error, Err(SandboxError::NotInForce(_))), "{error:?}");
}

/// Each process of this tree holds the lock, some in sessions of their own.
const STUBBORN: &str = "exec 9>lock; flock 9; echo ready; trap '' TERM
(setsid bash -c 'trap \"\" TERM; setsid sleep 1000 & sleep 1000' &)
echo started; sleep 1000";

impl Session {
    /// Fails by its time-out when a process that holds the lock is left.
    async fn check_nothing_is_left(&self) {
        let outcome = self.run(&self.shell("exec 9>lock; flock 9 && echo free")).await;
        assert_eq!(outcome.expect("it ran").stdout.text, "free\n");
    }
}

#[tokio::test]
async fn the_time_out_keeps_the_output_and_leaves_nothing_running() {
    let session = Session::new();
    let mut request = session.shell(STUBBORN);
    request.timeout = Duration::from_millis(1500);
    let outcome = session.run(&request).await.expect("it ran");
    assert_eq!((outcome.exit_code, outcome.timed_out), (124, true));
    assert!(outcome.stdout.text.starts_with("ready\n"), "{outcome:?}");
    assert_eq!(outcome.denial, None);
    session.check_nothing_is_left().await;
    assert!(outcome.duration < Duration::from_secs(4), "{:?}", outcome.duration);
}

#[tokio::test]
async fn an_interrupt_leaves_nothing_running() {
    let session = Session::new();
    let request = session.shell(STUBBORN);
    let cancel = CancellationToken::new();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let running = run(&session.setup, &request, sender, &cancel);
    let interrupting = async {
        let mut said = String::new();
        while !said.contains("started") {
            said.push_str(&receiver.recv().await.expect("it says more").text);
        }
        cancel.cancel();
        Instant::now()
    };
    let (result, cancelled) = tokio::join!(running, interrupting);
    assert!(matches!(result, Err(SandboxError::Interrupted)), "{result:?}");
    assert!(cancelled.elapsed() < Duration::from_secs(1), "{:?}", cancelled.elapsed());
    session.check_nothing_is_left().await;
}

#[tokio::test]
async fn a_run_that_is_dropped_leaves_nothing_running() {
    let session = Session::new();
    let request =
        session.shell("exec 9>lock; flock 9; (setsid sleep 1000 &); echo ready; sleep 1000");
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    {
        let running = run(&session.setup, &request, sender, &cancel);
        tokio::select! {
            result = running => panic!("it ended: {result:?}"),
            chunk = receiver.recv() => assert!(chunk.is_some()),
        }
    }
    session.check_nothing_is_left().await;
}

#[tokio::test]
async fn a_grandchild_that_holds_the_pipe_does_not_hang_the_call() {
    let session = Session::new();
    let outcome = session.run(&session.shell("(setsid sleep 1000 &); echo done")).await;
    let outcome = outcome.expect("it ran");
    assert_eq!(outcome.stdout.text, "done\n");
    assert!(outcome.duration < Duration::from_secs(5), "{:?}", outcome.duration);
}

#[tokio::test]
async fn long_output_is_bounded_and_whole_in_a_file() {
    let session = Session::new();
    let request = session.shell("yes 0123456789abcde | head -c 67108864; echo; echo last");
    let (outcome, chunks) = session.run_with_chunks(&request).await;
    let outcome = outcome.expect("it ran");
    let kept = &outcome.stdout;
    assert_eq!(kept.total_bytes, 67_108_864 + 6);
    assert!(kept.text.len() < 66_000 && kept.text.ends_with("last\n"));
    assert!(kept.text.contains(&format!("[… {} bytes left out …]", kept.omitted_bytes)));
    let sent: usize = chunks.iter().map(|chunk| chunk.text.len()).sum();
    assert!(sent < 1_200_000, "{sent}");
    let file = outcome.full_output.expect("a file");
    assert!(file.starts_with(session.path("state")));
    let length = fs::metadata(file).expect("it is there").len();
    assert!((67_108_864..67_108_964).contains(&length), "{length}");
}

#[tokio::test]
async fn the_file_with_all_output_has_a_limit_too() {
    let mut session = Session::new();
    session.setup.limits.output_bytes = 100_000;
    let outcome = session.run(&session.shell("yes | head -c 1000000")).await.expect("it ran");
    assert_eq!((outcome.exit_code, outcome.stdout.total_bytes), (0, 1_000_000));
    let length = fs::metadata(outcome.full_output.expect("a file")).expect("there").len();
    assert!((100_000..100_100).contains(&length), "{length}");
}

#[tokio::test]
async fn one_very_long_line_is_bounded() {
    let session = Session::new();
    let request = session.shell("head -c 10485760 /dev/zero | tr '\\0' x >&2");
    let outcome = session.run(&request).await.expect("it ran");
    let kept = &outcome.stderr;
    assert_eq!(kept.total_bytes, 10_485_760);
    assert!(kept.text.len() < 10_000, "{}", kept.text.len());
    assert_eq!(kept.text.matches('x').count() as u64 + kept.omitted_bytes, kept.total_bytes);
    assert_eq!(
        fs::metadata(outcome.full_output.expect("a file")).expect("there").len(),
        10_485_760
    );
}

#[tokio::test]
async fn a_denial_is_told_by_evidence() {
    let session = Session::new();
    let outside = session.path("outside/new");
    let outcome = session.run(&session.shell(&format!("echo x > {}", outside.display()))).await;
    let reason = outcome.expect("it ran").denial.expect("it was stopped").reason;
    let expected =
        format!("the sandbox stopped a write to `{}`: it lies outside", outside.display());
    assert!(reason.starts_with(&expected), "{reason}");
    assert!(!outside.exists());

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let request = session.shell(&format!("exec 3<>/dev/tcp/127.0.0.1/{port}"));
    let reason = session.run(&request).await.expect("it ran").denial.expect("stopped").reason;
    assert!(reason.contains("network-full-access is not granted"), "{reason}");

    for ordinary in
        ["exit 1", "grep nothing /etc/passwd", "echo x > f; chmod 000 f; ./f", "cat nothing"]
    {
        let outcome = session.run(&session.shell(ordinary)).await.expect("it ran");
        assert_ne!(outcome.exit_code, 0, "{ordinary}");
        assert_eq!(outcome.denial, None, "{ordinary}");
    }
}

#[tokio::test]
async fn a_protected_path_is_a_denial_also_when_it_was_only_undone() {
    let session = Session::new();
    fs::create_dir_all(session.path("ws/.git/hooks")).expect("a directory");
    let denial = async |script: &str| {
        let outcome = session.run(&session.shell(script)).await.expect("it ran");
        outcome.denial.expect("it was stopped").reason
    };
    let reason = denial("echo x > .git/hooks/pre-commit").await;
    assert!(reason.contains(".git/hooks/pre-commit`: it is protected, as git runs"), "{reason}");
    // Nothing is mounted where nothing was.
    let reason = denial("echo x > .git/config; exit 0").await;
    assert!(reason.contains("undid a change of") && reason.contains(".git/config"), "{reason}");
    assert!(!session.path("ws/.git/config").exists());
}

#[tokio::test]
async fn what_tools_keep_in_the_home_directory_lasts_as_long_as_the_session() {
    let mut session = Session::new();
    let home = session.path("home");
    fs::create_dir_all(home.join(".cache")).expect("a directory");
    session.setup.environment.insert("HOME".into(), home.clone().into());
    session.setup.session_directory = Some(session.path("session"));
    let write = session.shell("echo warm > ~/.cache/entry");
    assert_eq!(session.run(&write).await.expect("it ran").exit_code, 0);
    let read = session.shell("cat ~/.cache/entry");
    assert_eq!(session.run(&read).await.expect("it ran").stdout.text, "warm\n");
    assert!(!home.join(".cache/entry").exists());
}

#[tokio::test]
async fn without_restrictions_a_command_still_ends_with_its_call() {
    let session = Session::new();
    let outside = session.path("outside/new");
    let mut request =
        session.shell(&format!("env; (setsid sleep 1000 &); echo x > {}", outside.display()));
    request.policy = SandboxPolicy::unrestricted();
    let outcome = session.run(&request).await.expect("it ran");
    assert_eq!((outcome.exit_code, outside.exists()), (0, true));
    assert!(!outcome.stdout.text.contains("OPENAI"), "{}", outcome.stdout.text);
    assert!(outcome.duration < Duration::from_secs(5), "{:?}", outcome.duration);
}

#[tokio::test]
async fn commands_run_side_by_side() {
    let session = Session::new();
    // Each waits for the other's file, so neither ends unless both run.
    let script = |mine: &str, other: &str| {
        format!("touch {mine}; until [ -e {other} ]; do sleep 0.01; done; echo {mine}")
    };
    let (first, second) = (session.shell(&script("a", "b")), session.shell(&script("b", "a")));
    let (first, second) = tokio::join!(session.run(&first), session.run(&second));
    assert_eq!(first.expect("it ran").stdout.text, "a\n");
    assert_eq!(second.expect("it ran").stdout.text, "b\n");
}
