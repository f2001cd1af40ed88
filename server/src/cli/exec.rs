//! `tiro exec`: one task without a person, its answer on standard output.

use std::{
    io::{Read, Write},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use tiro_protocol::{AskForApproval, Event, EventMsg, InputItem, Op, SandboxPolicy, Submission};

use super::Shared;
use crate::{
    config::Source,
    session::{self, SessionSetup},
    workspace::{DiskWorkspace, Journal},
};

const TASK: &str = "exec";

/// Do one task without asking anybody, and print the answer. The exit code is 0
/// when it was done.
#[derive(Debug, clap::Args)]
pub struct Exec {
    #[command(flatten)]
    shared: Shared,
    /// Print every event as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Let commands write to the workspace and a temporary directory.
    #[arg(long)]
    full_auto: bool,
    /// What to do; read from standard input when it is `-`.
    prompt: String,
}

impl Exec {
    /// Runs the task.
    ///
    /// # Errors
    /// A configuration or a folder that cannot be used.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let (env, root, mut config) = self.shared.load()?;
        // Nobody is here to be asked, so asking is only for who wants denials.
        let chosen = config
            .sources
            .iter()
            .any(|setting| setting.key == "approval_policy" && setting.source == Source::Override);
        if !chosen {
            config.approval_policy = AskForApproval::Never;
        }
        if self.full_auto {
            config.sandbox_policy = SandboxPolicy::full_auto();
        }
        let text = match self.prompt.as_str() {
            "-" => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).context("cannot read the prompt")?;
                text
            }
            prompt => prompt.to_owned(),
        };
        if text.trim().is_empty() {
            bail!("the prompt is empty; say what to do");
        }
        let workspace =
            Arc::new(DiskWorkspace::new(&[root])?.noting_in(Journal::below(&env.state_dir())));
        let setup = SessionSetup { workspace, config, env: Arc::new(env), configured: true };
        let (session, mut events) = session::spawn(setup);
        let op = Op::UserInput { items: vec![InputItem::Text { text }] };
        let taken = session.submit(Submission { id: TASK.to_owned(), op });
        drop(session);
        if let Ok(Err(error)) = taken.await {
            bail!("{error}");
        }
        let mut printer = Printer { json: self.json, line_open: false };
        let mut failed = false;
        let mut completed = false;
        while let Some(event) = events.recv().await {
            failed |= matches!(event.msg, EventMsg::Error { .. });
            completed |= matches!(event.msg, EventMsg::TaskComplete);
            printer.event(&event)?;
        }
        Ok(if completed && !failed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The answer goes to standard output, everything else to standard error.
struct Printer {
    json: bool,
    line_open: bool,
}

impl Printer {
    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        if self.json {
            return out(&format!("{}\n", serde_json::to_string(event)?));
        }
        match &event.msg {
            EventMsg::AgentMessageDelta { delta } => {
                self.line_open = !delta.ends_with('\n');
                out(delta)
            }
            EventMsg::AgentMessage { .. } => self.end_line(),
            EventMsg::Error { message } => self.note(&format!("error: {message}")),
            EventMsg::BackgroundEvent { message } => self.note(message),
            EventMsg::ExecCommandBegin { command, .. } => {
                self.note(&format!("$ {}", command.join(" ")))
            }
            EventMsg::ExecCommandEnd { exit_code, .. } => {
                self.note(&format!("exit code {exit_code}"))
            }
            EventMsg::PatchApplyEnd { stdout, stderr, .. } => {
                self.note(format!("{stdout}{stderr}").trim_end())
            }
            EventMsg::TurnDiff { unified_diff } => self.note(unified_diff.trim_end()),
            _ => Ok(()),
        }
    }

    fn end_line(&mut self) -> anyhow::Result<()> {
        if std::mem::take(&mut self.line_open) { out("\n") } else { Ok(()) }
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        self.end_line()?;
        let mut stderr = std::io::stderr().lock();
        writeln!(stderr, "{text}").context("cannot write to standard error")
    }
}

fn out(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .context("cannot write to standard output")
}
