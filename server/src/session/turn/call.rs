//! One call of a tool, from the model's wish to the answer it gets.

mod patches;

use std::path::{Component, Path, PathBuf};

use tiro_protocol::{EventMsg, ReviewDecision, SandboxPermission, SandboxPolicy};

use super::{
    escalation,
    input::{Action, ApprovalKind, CommandRun, Effect, FittedPatch},
    round::Round,
};
use crate::{
    model::ToolCall,
    sandbox::{CommandOutcome, SandboxError},
    session::{
        approvals::Grant,
        history::HistoryItem,
        report,
        rules::{CommandVerdict, Rules},
    },
    tools::{ToolRequest, read_call},
};

const INTERRUPTED: &str = "interrupted by the person before it ended";
const DENIED_COMMAND: &str = "the person does not want this command to run; ask what to do instead \
                              or go another way";

/// A call and how far it is.
#[derive(Debug)]
pub(super) struct Call {
    call: ToolCall,
    pub(super) stage: Stage,
    writes: bool,
    /// The paths of a fitted patch, and the folder that approving it for the
    /// session would open.
    fitted: FittedPatch,
    grant_root: Option<PathBuf>,
    /// A person decided about the patch, so they have to hear what became of it.
    asked: bool,
    /// It was reported that the patch begins.
    begun: bool,
    /// What the command is asked about for, after the sandbox has stopped it.
    permissions: Vec<SandboxPermission>,
    unsandboxed: bool,
    escalations: u8,
    /// Files of which the command sees an older text than the editor has.
    older: Vec<PathBuf>,
}

/// How far a call is.
#[derive(Debug)]
pub(super) enum Stage {
    /// A patch is being compared with the files.
    Fitting { patch: String, workdir: Option<String> },
    /// A patch that does not fit the files as they are, but may once the calls
    /// before it are done.
    FitLater { patch: String, workdir: Option<String> },
    /// A person is asked; then this is done.
    Asking { action: Action, otherwise: String },
    /// Allowed, and waiting for the calls before it.
    Ready { action: Action, auto_approved: bool },
    /// Being done.
    Running(Action),
    /// The answer for the model.
    Answered(String),
}

impl Call {
    /// Reads a call and decides what is to become of it.
    pub(super) fn new(
        mut call: ToolCall,
        round: &Round,
        rules: &Rules<'_>,
        effects: &mut Vec<Effect>,
    ) -> Self {
        // Some servers leave ids out or use the same one twice.
        if call.call_id.is_empty() || round.calls.iter().any(|other| other.id() == call.call_id) {
            call.call_id = format!("{}#{}", call.call_id, round.calls.len() + 1);
        }
        let request = read_call(&call);
        let mut this = Self {
            call,
            stage: Stage::Answered(String::new()),
            writes: false,
            asked: false,
            begun: false,
            fitted: FittedPatch::default(),
            grant_root: None,
            permissions: Vec::new(),
            unsandboxed: false,
            escalations: 0,
            older: Vec::new(),
        };
        match request {
            Err(error) => this.answer(format!("error: {error}")),
            Ok(ToolRequest::UpdatePlan(plan)) => {
                effects.push(Effect::Emit(EventMsg::PlanUpdate {
                    explanation: plan.explanation,
                    plan: plan.plan,
                }));
                this.answer("the plan is shown".to_owned());
            }
            Ok(ToolRequest::ReadFile(arguments)) => this.allow(Action::ReadFile(arguments)),
            Ok(ToolRequest::Search(arguments)) => this.allow(Action::Search(arguments)),
            Ok(ToolRequest::ApplyPatch { patch, workdir }) => {
                this.writes = true;
                effects.push(Effect::FitPatch {
                    call_id: this.call.call_id.clone(),
                    patch: patch.clone(),
                    workdir: workdir.clone(),
                });
                this.stage = Stage::Fitting { patch, workdir };
            }
            Ok(ToolRequest::Shell(shell)) => {
                let Some(root) = rules.roots.first() else {
                    this.answer("error: no folder is open, so commands have no place".to_owned());
                    return this;
                };
                let cwd = directory(root, shell.workdir.as_deref());
                let verdict = rules.command(&shell.command, &cwd);
                let run = |policy| CommandRun {
                    command: shell.command.clone(),
                    cwd: cwd.clone(),
                    policy,
                    timeout: shell.timeout,
                };
                match verdict {
                    CommandVerdict::Run(policy) => {
                        this.writes = policy != SandboxPolicy::read_only();
                        this.allow(Action::Command(run(policy)));
                    }
                    CommandVerdict::Ask(policy) => {
                        this.writes = true;
                        this.ask_command(run(policy), None, DENIED_COMMAND.to_owned(), effects);
                    }
                }
            }
        }
        this
    }

    pub(super) fn id(&self) -> &str {
        &self.call.call_id
    }

    pub(super) fn writes(&self) -> bool {
        self.writes
    }

    /// What a person is asked, if somebody is.
    pub(super) fn waits_for(&self) -> Option<ApprovalKind> {
        match &self.stage {
            Stage::Asking { action: Action::Patch, .. } => Some(ApprovalKind::Patch),
            Stage::Asking { .. } => Some(ApprovalKind::Exec),
            Stage::Fitting { .. }
            | Stage::FitLater { .. }
            | Stage::Ready { .. }
            | Stage::Running(_)
            | Stage::Answered(_) => None,
        }
    }

    /// Ends the call with this answer for the model.
    pub(super) fn answer(&mut self, output: String) {
        self.stage = Stage::Answered(output);
    }

    fn allow(&mut self, action: Action) {
        self.stage = Stage::Ready { action, auto_approved: true };
    }

    fn ask_command(
        &mut self,
        run: CommandRun,
        reason: Option<String>,
        otherwise: String,
        effects: &mut Vec<Effect>,
    ) {
        effects.push(Effect::Emit(EventMsg::ExecApprovalRequest {
            call_id: Some(self.call.call_id.clone()),
            command: run.command.clone(),
            cwd: run.cwd.clone(),
            reason,
            permissions: self.permissions.clone(),
            unsandboxed: self.unsandboxed,
        }));
        self.stage = Stage::Asking { action: Action::Command(run), otherwise };
    }

    /// A person has decided.
    pub(super) fn decide(
        &mut self,
        decision: ReviewDecision,
        taken: Option<Vec<PathBuf>>,
        effects: &mut Vec<Effect>,
    ) {
        let Stage::Asking { action, otherwise } = &self.stage else { return };
        let action = action.clone();
        if let Some(taken) = taken {
            self.fitted.paths = taken;
        }
        match decision {
            ReviewDecision::Denied | ReviewDecision::Abort => {
                let otherwise = otherwise.clone();
                self.withdraw(effects);
                self.answer(otherwise);
            }
            ReviewDecision::Approved => self.stage = Stage::Ready { action, auto_approved: false },
            ReviewDecision::ApprovedForSession => {
                effects.extend(self.grants(&action).into_iter().map(Effect::Grant));
                self.stage = Stage::Ready { action, auto_approved: false };
            }
        }
    }

    fn grants(&self, action: &Action) -> Vec<Grant> {
        match action {
            Action::Command(run) => escalation::grants(run, &self.permissions, self.unsandboxed),
            Action::Patch => match &self.grant_root {
                Some(root) => vec![Grant::Folder { path: root.clone() }],
                None => {
                    let paths = self.fitted.paths.iter().cloned();
                    paths.map(|path| Grant::File { path }).collect()
                }
            },
            Action::ReadFile(_) | Action::Search(_) => Vec::new(),
        }
    }

    /// Begins, when nothing but its place in the row has kept it back.
    pub(super) fn start_if_ready(&mut self, effects: &mut Vec<Effect>) {
        if let Stage::FitLater { patch, workdir } = &self.stage {
            let (patch, workdir) = (patch.clone(), workdir.clone());
            effects.push(Effect::FitPatch {
                call_id: self.call.call_id.clone(),
                patch: patch.clone(),
                workdir: workdir.clone(),
            });
            self.stage = Stage::Fitting { patch, workdir };
        }
        let Stage::Ready { action, auto_approved } = &self.stage else { return };
        let (action, auto_approved) = (action.clone(), *auto_approved);
        let call_id = self.call.call_id.clone();
        match &action {
            Action::Command(run) => effects.push(Effect::Emit(EventMsg::ExecCommandBegin {
                call_id: call_id.clone(),
                command: run.command.clone(),
                cwd: run.cwd.clone(),
            })),
            Action::Patch => effects.push(Effect::ApplyPatch {
                call_id: call_id.clone(),
                auto_approved,
                changes: self.fitted.changes.clone(),
                proposal: self.fitted.proposal.take(),
            }),
            Action::ReadFile(_) | Action::Search(_) => {}
        }
        if !matches!(action, Action::Patch) {
            effects.push(Effect::Start { call_id, action: action.clone() });
        }
        self.stage = Stage::Running(action);
    }

    /// What it runs on is not what the editor has.
    pub(super) fn sees_older_text(&mut self, paths: Vec<PathBuf>) {
        self.older = paths;
    }

    /// A command has ended, or the sandbox did not start it.
    pub(super) fn command_ended(
        &mut self,
        result: Result<CommandOutcome, SandboxError>,
        stopping: bool,
        rules: &Rules<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let Stage::Running(Action::Command(run)) = &self.stage else { return };
        let run = run.clone();
        let older = std::mem::take(&mut self.older);
        effects.push(Effect::Emit(report::end_of_command(&self.call.call_id, &result)));
        match result {
            Err(SandboxError::Interrupted) => self.answer(INTERRUPTED.to_owned()),
            Err(error) => self.answer(format!("error: {error}")),
            Ok(outcome) => {
                let output = report::for_model(&outcome) + &report::older_text(&older);
                let may_ask = !stopping
                    && self.escalations < escalation::LIMIT
                    && rules.may_escalate(&run.policy);
                let denial = outcome.denial.as_ref().filter(|_| may_ask);
                match denial.and_then(|denial| escalation::of(&run, denial)) {
                    Some(asked) => {
                        self.escalations += 1;
                        (self.permissions, self.unsandboxed) =
                            (asked.permissions, asked.unsandboxed);
                        let otherwise = format!("{output}{}", asked.refused);
                        self.ask_command(asked.run, Some(asked.reason), otherwise, effects);
                    }
                    None => self.answer(output),
                }
            }
        }
    }

    /// The code that did the call panicked.
    pub(super) fn crashed(&mut self, message: &str, effects: &mut Vec<Effect>) {
        let message = format!("an error inside tiro ended this call: {message}");
        effects.push(Effect::Emit(EventMsg::Error { message: message.clone() }));
        self.close_events(&message, effects);
        self.answer(format!("error: {message}"));
    }

    /// The task ends: what has not begun will not.
    pub(super) fn cancel_unless_running(&mut self, effects: &mut Vec<Effect>) {
        self.withdraw(effects);
        match self.stage {
            Stage::Running(_) | Stage::Answered(_) => {}
            Stage::Fitting { .. }
            | Stage::FitLater { .. }
            | Stage::Asking { .. }
            | Stage::Ready { .. } => {
                self.answer(INTERRUPTED.to_owned());
            }
        }
    }

    /// The task ends, and this does not: its result will not be waited for.
    pub(super) fn abandon(&mut self, effects: &mut Vec<Effect>) {
        if let Stage::Running(_) = self.stage {
            self.close_events("interrupted; look at what it has done", effects);
            self.answer(INTERRUPTED.to_owned());
        }
    }

    /// Every begin event gets its end event.
    fn close_events(&self, message: &str, effects: &mut Vec<Effect>) {
        let Stage::Running(action) = &self.stage else { return };
        let call_id = self.call.call_id.clone();
        match action {
            Action::Command(_) => effects.push(Effect::Emit(EventMsg::ExecCommandEnd {
                call_id,
                stdout: String::new(),
                stderr: message.to_owned(),
                exit_code: report::INTERRUPTED_EXIT_CODE,
                denial: None,
            })),
            Action::Patch if self.begun => effects.push(Effect::Emit(EventMsg::PatchApplyEnd {
                call_id,
                stdout: String::new(),
                stderr: message.to_owned(),
                success: false,
            })),
            Action::Patch | Action::ReadFile(_) | Action::Search(_) => {}
        }
    }

    /// The call and its result.
    pub(super) fn into_history(self) -> (HistoryItem, HistoryItem) {
        let output = match self.stage {
            Stage::Answered(output) => output,
            Stage::Fitting { .. }
            | Stage::FitLater { .. }
            | Stage::Asking { .. }
            | Stage::Ready { .. }
            | Stage::Running(_) => INTERRUPTED.to_owned(),
        };
        let call_id = self.call.call_id.clone();
        (HistoryItem::ToolCall(self.call), HistoryItem::ToolResult { call_id, output })
    }
}

/// Where a command runs: `workdir` from the workspace root, without `.` and `..`.
fn directory(root: &Path, workdir: Option<&str>) -> PathBuf {
    let mut directory = root.to_path_buf();
    for part in Path::new(workdir.unwrap_or_default()).components() {
        match part {
            Component::RootDir => directory = PathBuf::from("/"),
            Component::ParentDir => {
                directory.pop();
            }
            Component::Normal(name) => directory.push(name),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    directory
}
