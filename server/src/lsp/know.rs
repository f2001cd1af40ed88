//! What a person without a plugin knows and decides: approvals, grants,
//! checkpoints, the state of the session, its model and its settings. What is
//! known is here; the rest is by what it is about.

mod choice;
mod context;
mod deciding;
mod grants;
mod models;
mod restore;
mod settings;
mod status;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use lsp_types::MessageType;
use tiro_protocol::{
    AskForApproval, Event, EventMsg, Grant, HunkState, Op, ReviewDecision, SandboxPolicy,
    Submission,
};

use super::{
    front::{Front, lock},
    outside::{Settings, Surroundings},
};
use crate::{session::SubmitError, workspace::Workspace};

pub(super) use context::ask as ask_editor;
pub(super) use deciding::{ask, offers as decisions, run_answer};
pub(super) use grants::{offers as revocations, run_grants, run_revoke};
pub(super) use models::{list as models, run_model};
pub(super) use restore::run_restore;
pub(super) use settings::{Said, began, changed, compare, first, registration};
pub(super) use status::{run_doctor, run_status};

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Know(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    known: Known,
    /// Open hunks of each open proposal.
    proposals: BTreeMap<String, usize>,
    /// What was allowed, as the session last said.
    grants: Vec<Grant>,
    /// Something was allowed since.
    grants_grew: bool,
    /// Who waits for the event that answers a submission.
    asked: HashMap<String, Asked>,
    /// Questions of the person that have not become a task yet.
    questions: BTreeSet<String>,
    /// What the session should be, from the next moment between tasks on.
    wanted: Wanted,
    /// Those of a `configure_session` that went to the session.
    policies: Option<Policies>,
    /// What was said to be wrong with the settings, not to say it twice.
    problems: BTreeSet<String>,
}

/// A part of it that is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// The model, once there is one.
    model: Option<String>,
    /// Whose it is.
    provider: Option<String>,
    /// Why there is no session, or no model.
    problem: Option<String>,
    /// Open proposals, and what of them is not decided.
    proposals: usize,
    hunks: usize,
    /// Settings wait for the end of a task.
    later: bool,
    /// Those of the session.
    settings: Option<Settings>,
}

/// Why a submission was made whose answer is an event.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    /// To show the list.
    Grants,
    /// To know the list.
    GrantsQuietly,
    /// A person took this one back.
    Revoked(Grant),
    /// To show the list.
    Checkpoints,
}

/// What of the session's configuration should be another; the rest stays.
#[derive(Debug, Clone, Default, PartialEq)]
struct Wanted {
    model: Option<String>,
    instructions: Option<String>,
    approval_policy: Option<AskForApproval>,
    sandbox_policy: Option<SandboxPolicy>,
    disable_response_storage: Option<bool>,
}

/// What a `configure_session` has to repeat.
#[derive(Debug, Clone, PartialEq)]
struct Policies {
    approval_policy: AskForApproval,
    sandbox_policy: SandboxPolicy,
    disable_response_storage: bool,
}

impl Know {
    pub(super) fn known(&self) -> Known {
        let state = lock(&self.0);
        Known {
            proposals: state.proposals.len(),
            hunks: state.proposals.values().sum(),
            later: state.wanted != Wanted::default(),
            ..state.known.clone()
        }
    }

    fn grants(&self) -> Vec<Grant> {
        lock(&self.0).grants.clone()
    }

    /// The event that answers this submission is for us.
    fn expects(&self, submission: &str, asked: Asked) {
        lock(&self.0).asked.insert(submission.to_owned(), asked);
    }

    /// There is no session, for this reason; or there is one again.
    pub(super) fn problem(&self, problem: Option<String>) {
        lock(&self.0).known.problem = problem;
    }

    fn is_new_problem(&self, text: &str) -> bool {
        const REMEMBERED: usize = 64;
        let problems = &mut lock(&self.0).problems;
        if problems.len() >= REMEMBERED {
            problems.clear();
        }
        problems.insert(text.to_owned())
    }

    /// The session began with these settings.
    fn began(&self, settings: Settings) {
        let state = &mut *lock(&self.0);
        let policies = Policies {
            approval_policy: settings.approval_policy,
            sandbox_policy: settings.sandbox_policy.clone(),
            disable_response_storage: settings.disable_response_storage,
        };
        state.policies.get_or_insert(policies);
        state.known.settings = Some(settings);
    }

    /// Notes what should be other, and which settings hold then; says when. None
    /// when nothing is other, or nothing is known of the session.
    fn want(
        &self,
        wanted: Wanted,
        settings: Option<Settings>,
        running: bool,
    ) -> Option<&'static str> {
        let state = &mut *lock(&self.0);
        if settings.is_some() {
            state.known.settings = settings;
        }
        if wanted == Wanted::default() || state.policies.is_none() {
            return None;
        }
        let before = std::mem::take(&mut state.wanted);
        state.wanted = Wanted {
            model: wanted.model.or(before.model),
            instructions: wanted.instructions.or(before.instructions),
            approval_policy: wanted.approval_policy.or(before.approval_policy),
            sandbox_policy: wanted.sandbox_policy.or(before.sandbox_policy),
            disable_response_storage: wanted
                .disable_response_storage
                .or(before.disable_response_storage),
        };
        let busy = running || !state.questions.is_empty();
        Some(if busy { "when the task has ended" } else { "from now on" })
    }

    /// The op that makes the session what it should be, if this is the moment:
    /// no task runs or is about to, and it is known which model is meant.
    pub(super) fn due(&self, running: bool) -> Option<Op> {
        let state = &mut *lock(&self.0);
        if running || !state.questions.is_empty() || state.wanted == Wanted::default() {
            return None;
        }
        let policies = state.policies.clone()?;
        let model = state.wanted.model.clone().or_else(|| state.known.model.clone())?;
        let wanted = std::mem::take(&mut state.wanted);
        Some(Op::ConfigureSession {
            model,
            instructions: wanted.instructions,
            approval_policy: wanted.approval_policy.unwrap_or(policies.approval_policy),
            sandbox_policy: wanted.sandbox_policy.unwrap_or(policies.sandbox_policy),
            disable_response_storage: wanted
                .disable_response_storage
                .unwrap_or(policies.disable_response_storage),
        })
    }

    /// A submission goes to the session.
    pub(super) fn submits(&self, Submission { id, op }: &Submission) {
        let state = &mut *lock(&self.0);
        match op {
            Op::UserInput { .. } => {
                state.questions.insert(id.clone());
            }
            Op::ConfigureSession {
                approval_policy,
                sandbox_policy,
                disable_response_storage,
                ..
            } => {
                let (approval_policy, sandbox_policy) = (*approval_policy, sandbox_policy.clone());
                let disable_response_storage = *disable_response_storage;
                let policies =
                    Policies { approval_policy, sandbox_policy, disable_response_storage };
                if let Some(settings) = &mut state.known.settings {
                    settings.approval_policy = policies.approval_policy;
                    settings.sandbox_policy = policies.sandbox_policy.clone();
                    settings.disable_response_storage = disable_response_storage;
                }
                state.policies = Some(policies);
            }
            Op::ExecApproval { decision, .. } | Op::PatchApproval { decision, .. } => {
                state.grants_grew |= *decision == ReviewDecision::ApprovedForSession;
            }
            _ => {}
        }
    }

    /// Whether something was said that has not become a task yet.
    fn is_asked(&self) -> bool {
        !lock(&self.0).questions.is_empty()
    }

    /// The session refused one.
    pub(super) fn refused(&self, id: &str) {
        let state = &mut *lock(&self.0);
        state.questions.remove(id);
        state.asked.remove(id);
    }

    fn observe(&self, event: &Event) -> Option<Asked> {
        let state = &mut *lock(&self.0);
        match &event.msg {
            EventMsg::TaskStarted => {
                state.questions.remove(&event.id);
            }
            EventMsg::TaskComplete => state.questions.clear(),
            EventMsg::Error { message } => {
                state.questions.remove(&event.id);
                state.asked.remove(&event.id);
                if event.id.is_empty() {
                    state.known.problem = Some(message.clone());
                }
            }
            EventMsg::SessionConfigured { model, provider, .. } => {
                state.known.model = Some(model.clone());
                state.known.provider.clone_from(provider);
                state.known.problem = None;
            }
            EventMsg::ProposalUpdated { proposal } if proposal.open => {
                let hunks = proposal.files.iter().flat_map(|file| &file.hunks);
                let open = |state| matches!(state, HunkState::Pending | HunkState::Conflict);
                let open = hunks.filter(|hunk| open(hunk.state)).count();
                state.proposals.insert(proposal.id.clone(), open);
            }
            EventMsg::ProposalUpdated { proposal } => {
                state.proposals.remove(&proposal.id);
            }
            EventMsg::GrantList { grants } => {
                state.grants.clone_from(grants);
                return state.asked.remove(&event.id);
            }
            EventMsg::CheckpointList { .. } => return state.asked.remove(&event.id),
            _ => {}
        }
        None
    }

    fn grants_grew(&self) -> bool {
        std::mem::take(&mut lock(&self.0).grants_grew)
    }
}

/// Looks at an event: what is known, who waited for it, what is due now.
pub(super) fn observe(front: &Arc<Front>, event: &Event) {
    let asked = front.know.observe(event);
    match (&event.msg, asked) {
        (EventMsg::GrantList { grants }, Some(Asked::Grants)) => {
            grants::offer(front, grants.clone());
        }
        (EventMsg::GrantList { .. }, Some(Asked::Revoked(grant))) => {
            grants::revoked(front, &grant);
        }
        (EventMsg::CheckpointList { checkpoints }, Some(Asked::Checkpoints)) => {
            restore::offer(front, checkpoints.clone());
        }
        (EventMsg::RestoreEnd { .. }, _) if is_plain(front) => restore::ended(front, &event.msg),
        (EventMsg::TaskComplete, _) => {
            if front.know.grants_grew() && is_plain(front) {
                let submission = front.submission(Op::ListGrants);
                front.know.expects(&submission.id, Asked::GrantsQuietly);
                drop(front.submit(submission));
            }
            front.settle();
        }
        (EventMsg::SessionConfigured { .. } | EventMsg::Error { .. }, _) => front.settle(),
        _ => {}
    }
}

/// Submits what a person chose in a dialog; where that is refused, it is said.
async fn submit_or_say(front: &Front, submission: Submission) {
    let answer = front.submit(submission).await;
    if let Err(error) = answer.unwrap_or(Err(SubmitError::Ended)) {
        front.show(MessageType::ERROR, format!("Tiro: {error}"));
    }
}

/// What whoever is outside is asked about.
pub(super) fn surroundings(front: &Front) -> Surroundings {
    let roots = front.editor().map(|editor| editor.roots()).unwrap_or_default();
    Surroundings { roots, settings: front.settings() }
}

/// Whether the client has no interface of its own for what Tiro does.
fn is_plain(front: &Front) -> bool {
    !front.profile().is_some_and(|profile| profile.options.events)
}

#[cfg(test)]
mod tests;
