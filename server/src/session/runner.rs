//! Performs what a task wants done, the one place in the session where things
//! are waited for. Every job is a task of its own in one set, ends when the
//! session's task ends, and reports back to the event loop. `patches` is about
//! changes of files, `watching` about the checkpoints.

mod patches;
mod watching;

use std::{
    any::Any, collections::BTreeMap, future::Future, panic::AssertUnwindSafe, path::PathBuf,
    sync::Arc, time::Duration,
};

use futures::{FutureExt, StreamExt};
use tiro_protocol::{AskForApproval, FileChange, InputItem, SandboxPolicy};
use tokio::{
    sync::mpsc,
    task::{JoinSet, spawn_blocking},
};
use tokio_util::sync::CancellationToken;

use super::{
    SessionSetup,
    history::HistoryItem,
    instructions::{Situation, instructions},
    project_instructions::project_instructions,
    proposals::Proposal,
    report,
    sandbox_setup::{elsewhere, places, sandbox_setup},
    store::{self, Store},
    turn::{Action, AppliedPatch, CommandRun, Input},
    unsaved::Unsaved,
};
use crate::{
    checkpoints::Checkpoints,
    config::{Config, Environment},
    model::{Discovered, ModelClient, ModelError, ModelItem, ModelRequest, discover},
    sandbox::{
        self, CommandRequest, SandboxError, SandboxSetup,
        session_directory::{self, SessionDirectory},
    },
    tools::{location::Reach, read_file, search, specs},
    workspace::Workspace,
};

/// Reports that may wait for the event loop; then the reporter waits.
const WAKES: usize = 64;

/// Number of the first search for a provider.
pub(super) const FIRST_SEARCH: u64 = 1;

pub(super) use patches::{Accepted, Followed};
pub(super) use watching::Answer;
use watching::checkpoints;

/// What a job reports.
pub(super) enum Wake {
    /// A provider was found, or none.
    Model {
        search: u64,
        /// What the sandbox can do on this system, the first time.
        sandbox: Option<sandbox::Status>,
        /// What an earlier process was ended in the middle of.
        left_over: Vec<String>,
        result: Result<(Discovered, ModelClient), String>,
    },
    /// What was asked about checkpoints is answered.
    Checkpoints { id: String, answer: Answer },
    /// What comes of the sessions on disk.
    Store(store::Answer),
    /// Something for the task that ran when the job began.
    Task { generation: u64, input: Input },
    /// Proposals that were brought to the files as they are.
    Followed(Vec<Followed>),
    /// What is left of a patch, and the submission that started its task.
    Left { task: String, proposal: Box<Proposal> },
    /// Hunks of what was left begin to be applied.
    HunksBegin { task: String, proposal: String, changes: BTreeMap<PathBuf, FileChange> },
    /// These hunks of what was left were applied, or none of them.
    HunksApplied {
        task: String,
        proposal: String,
        hunks: Vec<String>,
        result: Result<AppliedPatch, String>,
    },
}

/// The jobs of one session.
pub(super) struct Runner {
    workspace: Arc<dyn Workspace>,
    checkpoints: Arc<Checkpoints>,
    env: Arc<Environment>,
    sandbox: Arc<SandboxSetup>,
    /// For commands for which the model gave no time.
    command_timeout: Duration,
    wakes: mpsc::Sender<Wake>,
    jobs: JoinSet<()>,
    /// Counts tasks: what an earlier one left behind is not taken for this one's.
    generation: u64,
    tools: CancellationToken,
    model: CancellationToken,
    unsaved: Unsaved,
    /// The sessions on disk.
    pub(super) store: Store,
    /// Removed at the session's end.
    _directory: Option<SessionDirectory>,
}

impl Runner {
    pub(super) fn new(setup: &SessionSetup) -> (Self, mpsc::Receiver<Wake>) {
        let (wakes, woken) = mpsc::channel(WAKES);
        let directory = SessionDirectory::new(&places(&setup.env), &elsewhere(setup));
        let (told, workspace) = (wakes.clone(), Arc::clone(&setup.workspace));
        // The event loop may have ended; then nobody is told.
        let tell = move |answer| drop(told.blocking_send(Wake::Store(answer)));
        let store = Store::new(setup.env.state_dir(), workspace, setup.config.history, tell);
        let mut runner = Self {
            workspace: Arc::clone(&setup.workspace),
            checkpoints: Arc::new(checkpoints(setup)),
            env: Arc::clone(&setup.env),
            sandbox: Arc::new(sandbox_setup(setup, directory.as_ref())),
            command_timeout: setup.config.command_limits.timeout,
            wakes,
            jobs: JoinSet::new(),
            generation: 0,
            tools: CancellationToken::new(),
            model: CancellationToken::new(),
            unsaved: Unsaved::default(),
            store,
            _directory: directory,
        };
        let places = places(&setup.env);
        runner.jobs.spawn(blocking(move || session_directory::sweep(&places)));
        (runner, woken)
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Forgets jobs that have ended. Never ends while there is none.
    pub(super) async fn reap(&mut self) {
        if self.jobs.join_next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn begin_task(&mut self, task: &str, items: &[InputItem], policy: &SandboxPolicy) {
        self.generation += 1;
        self.tools = CancellationToken::new();
        self.unsaved = Unsaved::default();
        self.begin_checkpoint(task, items, policy);
    }

    /// Ends what is left of the task's jobs.
    pub(super) fn end_task(&mut self) {
        self.tools.cancel();
        self.model.cancel();
        self.checkpoints.end_task();
        self.generation += 1;
    }

    pub(super) fn stop_model(&self) {
        self.model.cancel();
    }

    pub(super) fn stop_tools(&self) {
        self.tools.cancel();
    }

    /// Takes note of what the sandbox can do, and says what it cannot. Where
    /// there are no namespaces it is said now, and not again by each command.
    pub(super) fn know_sandbox(&mut self, status: &sandbox::Status) -> Option<String> {
        let no_namespaces = status.missing.iter().any(|gap| gap.protection == "namespaces");
        self.sandbox = Arc::new(SandboxSetup { no_namespaces, ..(*self.sandbox).clone() });
        report::sandbox_gaps(status)
    }

    /// Looks for a provider and makes its client; the first time, also at what
    /// the sandbox can do on this system.
    pub(super) fn find_model(&mut self, search: u64, config: Config) {
        let (env, wakes) = (Arc::clone(&self.env), self.wakes.clone());
        let workspace = Arc::clone(&self.workspace);
        self.jobs.spawn(async move {
            let (sandbox, left_over) = if search == FIRST_SEARCH {
                let look = move || (Some(sandbox::status()), workspace.left_over());
                blocking(look).await
            } else {
                (None, Vec::new())
            };
            let result = match discover(&config, &env).await {
                Ok(found) => ModelClient::configured(&config, &found.provider, &found.model, &env)
                    .map(|client| (found, client))
                    .map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let client = result.as_ref().ok().map(|(_, client)| client.clone());
            // The event loop may have ended; then nobody needs a model.
            let _ = wakes.send(Wake::Model { search, sandbox, left_over, result }).await;
            // While the person still types: certificates take a while to load.
            if let Some(client) = client {
                spawn_blocking(move || client.prepare());
            }
        });
    }

    /// Sends the conversation to the model and reports what comes back.
    pub(super) fn ask_model(
        &mut self,
        client: Arc<ModelClient>,
        history: Vec<HistoryItem>,
        approval_policy: AskForApproval,
        sandbox_policy: SandboxPolicy,
        config: &Config,
    ) {
        self.model = CancellationToken::new();
        let cancelled = self.model.clone();
        let reporter = self.reporter();
        let workspace = Arc::clone(&self.workspace);
        let (configured, store) = (config.instructions.clone(), !config.disable_response_storage);
        self.jobs.spawn(async move {
            let request = blocking(move || {
                let unsaved = workspace.unsaved();
                ModelRequest {
                    instructions: instructions(&Situation {
                        roots: &workspace.roots(),
                        approval_policy,
                        sandbox_policy: &sandbox_policy,
                        configured: configured.as_deref(),
                        project: project_instructions(&*workspace).as_deref(),
                        unsaved: &unsaved,
                    }),
                    items: history.into_iter().map(ModelItem::from).collect(),
                    tools: specs(),
                    store,
                }
            });
            let work = async {
                let request = request.await;
                let mut answer = std::pin::pin!(client.stream(request));
                while let Some(event) = answer.next().await {
                    let input = match event {
                        Ok(event) => Input::Model(event),
                        Err(error) => Input::ModelFailed(error),
                    };
                    reporter.report(input).await;
                }
            };
            let work = AssertUnwindSafe(work).catch_unwind();
            if let Some(Err(panic)) = cancelled.run_until_cancelled(work).await {
                let message = format!(
                    "an error inside tiro ended the request to the model: {}",
                    panic_message(&*panic)
                );
                reporter.report(Input::ModelFailed(ModelError { message, status: None })).await;
            }
        });
    }

    /// Does what a call wants. `may_ask` says whether a person is there to decide
    /// about unsaved changes.
    pub(super) fn start(&mut self, call_id: String, action: Action, reach: Reach, may_ask: bool) {
        let workspace = Arc::clone(&self.workspace);
        match action {
            Action::Command(run) => self.command(call_id, run, may_ask),
            Action::Patch => tracing::error!("a patch is applied as a proposal"),
            Action::ReadFile(arguments) => self.job(call_id, move |call_id| async move {
                let read = move || read_file::read_file(&*workspace, &arguments, &reach);
                Input::ToolReturned { call_id, result: blocking(read).await }
            }),
            Action::Search(arguments) => {
                let cancelled = self.tools.clone();
                self.job(call_id, move |call_id| async move {
                    let find = move || search::search(&*workspace, &arguments, &reach, &cancelled);
                    Input::ToolReturned { call_id, result: blocking(find).await }
                });
            }
        }
    }

    fn command(&mut self, call_id: String, run: CommandRun, may_ask: bool) {
        let request = CommandRequest {
            command: run.command,
            cwd: run.cwd,
            workspace_roots: self.workspace.roots(),
            policy: run.policy,
            env: BTreeMap::new(),
            timeout: run.timeout.unwrap_or(self.command_timeout),
        };
        let (sandbox, cancelled) = (Arc::clone(&self.sandbox), self.tools.clone());
        let reporter = self.reporter();
        let watch = self.watch(&request.policy);
        let (workspace, unsaved) = (Arc::clone(&self.workspace), self.unsaved.clone());
        self.job(call_id, move |call_id| async move {
            let saved = unsaved.settle(&*workspace, &request.command, may_ask);
            let older = match cancelled.run_until_cancelled(saved).await {
                Some(Ok(older)) => older,
                Some(Err(error)) => return Input::CommandEnded { call_id, result: Err(error) },
                None => {
                    let result = Err(SandboxError::Interrupted);
                    return Input::CommandEnded { call_id, result };
                }
            };
            if !older.is_empty() {
                reporter.report(Input::OlderText { call_id: call_id.clone(), paths: older }).await;
            }
            watch.before(&reporter, &cancelled).await;
            let (output, mut chunks) = mpsc::unbounded_channel();
            let forward = async {
                while let Some(chunk) = chunks.recv().await {
                    reporter.report(Input::Output { call_id: call_id.clone(), chunk }).await;
                }
            };
            let (result, ()) =
                tokio::join!(sandbox::run(&sandbox, &request, output, &cancelled), forward);
            watch.after(&reporter).await;
            Input::CommandEnded { call_id, result }
        });
    }

    /// Runs a job and reports its result, or that it panicked.
    fn job<F>(&mut self, call_id: String, work: impl FnOnce(String) -> F)
    where
        F: Future<Output = Input> + Send + 'static,
    {
        let reporter = self.reporter();
        let work = AssertUnwindSafe(work(call_id.clone())).catch_unwind();
        self.jobs.spawn(async move {
            let input = work.await.unwrap_or_else(|panic| Input::Crashed {
                call_id,
                message: panic_message(&*panic),
            });
            reporter.report(input).await;
        });
    }

    fn reporter(&self) -> Reporter {
        Reporter { generation: self.generation, wakes: self.wakes.clone() }
    }
}

/// The way back to the event loop, for one task.
#[derive(Clone)]
struct Reporter {
    generation: u64,
    wakes: mpsc::Sender<Wake>,
}

impl Reporter {
    async fn report(&self, input: Input) {
        // The event loop may have ended; then there is no task either.
        let _ = self.wakes.send(Wake::Task { generation: self.generation, input }).await;
    }
}

/// Runs something that waits for the disk where it holds nobody up. A panic in
/// there goes on in the job.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the runtime cancels it, and the job with it.
            Err(_) => std::future::pending().await,
        },
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
