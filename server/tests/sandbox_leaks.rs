//! A thousand commands leave nothing behind: no descriptor, thread or process of
//! the server, no mount, no file. The only test of its binary, as it counts what
//! the whole process has.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "the test looks at what the kernel lists")]

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tiro::sandbox::{CommandRequest, SandboxError, SandboxSetup, run};
use tiro_protocol::SandboxPolicy;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const RUNS: usize = 1000;
/// How many run at a time.
const SIDE_BY_SIDE: usize = 4;

/// How a run is meant to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// By itself, with a daemon left behind and a file in `TMPDIR`.
    Exit(i32),
    TimeOut,
    Interrupt,
    /// The future is dropped while the command runs.
    Dropped,
    NotFound,
}

fn ending(number: usize) -> Ending {
    match number % 50 {
        11 | 36 => Ending::TimeOut,
        12 | 37 => Ending::Interrupt,
        13 | 38 => Ending::Dropped,
        14 | 39 => Ending::NotFound,
        even if even % 2 == 0 => Ending::Exit(0),
        _ => Ending::Exit(3),
    }
}

async fn one(setup: &SandboxSetup, workspace: &Path, ending: Ending) {
    let script = match ending {
        Ending::Exit(code) => {
            &*format!("echo x > $TMPDIR/f; echo said; setsid sleep 1000 & exit {code}")
        }
        _ => "echo x > $TMPDIR/f; setsid sleep 1000 & echo said; exec sleep 1000",
    };
    let mut command = vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
    if ending == Ending::NotFound {
        command = vec!["no-such-program".to_owned()];
    }
    let timeout = if ending == Ending::TimeOut { 50 } else { 60_000 };
    let request = CommandRequest {
        command,
        cwd: workspace.to_owned(),
        workspace_roots: vec![workspace.to_owned()],
        policy: SandboxPolicy::full_auto(),
        env: BTreeMap::new(),
        timeout: Duration::from_millis(timeout),
    };
    let (sender, mut said) = mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    let running = run(setup, &request, sender, &cancel);
    match ending {
        Ending::Dropped => tokio::select! {
            result = running => panic!("it ended: {result:?}"),
            chunk = said.recv() => assert!(chunk.is_some()),
        },
        Ending::Interrupt => {
            let interrupting = async {
                said.recv().await.expect("it says something");
                cancel.cancel();
            };
            let (result, ()) = tokio::join!(running, interrupting);
            assert!(matches!(result, Err(SandboxError::Interrupted)), "{result:?}");
        }
        Ending::NotFound => {
            let result = running.await;
            assert!(matches!(result, Err(SandboxError::NotStarted(_))), "{result:?}");
        }
        Ending::Exit(code) => {
            let outcome = running.await.expect("it ran");
            assert_eq!((outcome.exit_code, &*outcome.stdout.text), (code, "said\n"));
        }
        Ending::TimeOut => {
            let outcome = running.await.expect("it ran");
            assert_eq!((outcome.exit_code, outcome.timed_out), (124, true));
        }
    }
}

/// Everything that a run could leave behind, in a form that can be compared.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    descriptors: Vec<String>,
    threads: usize,
    children: Vec<String>,
    mounts: String,
    in_workspace: Vec<String>,
    temporary: Vec<PathBuf>,
    state: Vec<PathBuf>,
}

impl Left {
    fn now(place: &Path) -> Self {
        let entries = |directory: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(directory).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        };
        let descriptors = entries(Path::new("/proc/self/fd")).into_iter();
        let mut descriptors: Vec<String> = descriptors
            .filter_map(|fd| fs::read_link(fd).ok())
            .map(|fd| fd.to_string_lossy().split(':').next().unwrap_or_default().to_owned())
            .collect();
        descriptors.sort();
        let tasks = entries(Path::new("/proc/self/task"));
        let children =
            tasks.iter().filter_map(|task| fs::read_to_string(task.join("children")).ok());
        let workspace = place.join("ws");
        let in_workspace = entries(Path::new("/proc")).into_iter().filter(|process| {
            fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&workspace))
        });
        Self {
            descriptors,
            threads: tasks.len(),
            children: children
                .flat_map(|ids| ids.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
                .collect(),
            mounts: fs::read_to_string("/proc/self/mountinfo").expect("readable"),
            in_workspace: in_workspace.map(|process| name(&process)).collect(),
            temporary: entries(&place.join("tmp")),
            state: entries(&place.join("state")),
        }
    }
}

fn name(process: &Path) -> String {
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    format!("{} {}", process.display(), name.trim_end())
}

#[test]
fn a_thousand_commands_leave_nothing() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let place = directory.path().canonicalize().expect("it exists");
    for name in ["ws", "tmp", "state"] {
        fs::create_dir(place.join(name)).expect("a directory");
    }
    let environment: [(OsString, OsString); 2] = [
        ("PATH".into(), std::env::var_os("PATH").expect("a path")),
        ("TMPDIR".into(), place.join("tmp").into()),
    ];
    let mut setup = SandboxSetup::new(BTreeMap::from(environment), place.join("state"));
    setup.helper = PathBuf::from(env!("CARGO_BIN_EXE_tiro"));
    let without = SandboxSetup { no_namespaces: true, ..setup.clone() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let workspace = place.join("ws");
    // What the runtime keeps for good is there after the first.
    runtime.block_on(one(&setup, &workspace, Ending::Exit(0)));
    let before = Left::now(&place);
    assert_eq!((&*before.children, &*before.temporary), ([].as_slice(), [].as_slice()));

    for first in (0..RUNS).step_by(SIDE_BY_SIDE) {
        let runs = (first..first + SIDE_BY_SIDE).map(|number| {
            let setup = if number % 2 == first / SIDE_BY_SIDE % 2 { &setup } else { &without };
            one(setup, &workspace, ending(number))
        });
        runtime.block_on(futures::future::join_all(runs));
    }

    // A helper whose run was dropped ends by itself, soon, and is then waited for.
    let started = Instant::now();
    loop {
        runtime.block_on(tokio::task::yield_now());
        let after = Left::now(&place);
        if after == before {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{before:#?}\n{after:#?}");
        std::thread::yield_now();
    }
}
