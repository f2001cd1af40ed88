//! From the events of a task to the Markdown of its answer, which only grows.
//! Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use tiro_protocol::EventMsg;

use super::{
    blocks::{self, Cut, Ended},
    document::Who,
    prose::Prose,
};
use crate::lsp::prompt::Prompt;

const HOW_TO_ANSWER: &str = "Answer in the dialog; where it is gone, with a code action here or \
     with the commands `tiro.approve` and `tiro.deny`.";

/// The answer to one message, while it is made.
#[derive(Debug)]
pub(super) struct Answer {
    root: PathBuf,
    /// Nothing stands below the heading yet.
    fresh: bool,
    message: Option<Message>,
    commands: BTreeMap<String, (Vec<String>, PathBuf)>,
    /// Patches whose diff is shown already.
    patches: BTreeSet<String>,
    kept: Vec<(String, String)>,
}

/// What the model says at the moment.
#[derive(Debug, Default)]
struct Message {
    prose: Prose,
    /// As it came.
    said: String,
    /// Something else came between; what follows is a paragraph of its own.
    cut: bool,
}

impl Answer {
    /// Paths below `root` are shown as seen from there.
    pub(super) fn new(root: PathBuf) -> Self {
        Self {
            root,
            fresh: true,
            message: None,
            commands: BTreeMap::new(),
            patches: BTreeSet::new(),
            kept: Vec::new(),
        }
    }

    /// Of an answer that stands in the document already, in part.
    pub(super) fn going_on(root: PathBuf) -> Self {
        Self { fresh: false, ..Self::new(root) }
    }

    /// The heading: the first of it, and again where the person spoke between.
    pub(super) fn heading(&mut self) -> String {
        let rest = self.cut_message();
        self.fresh = true;
        format!("{rest}\n\n{}\n\n", Who::Tiro.heading())
    }

    /// What an event adds; mostly nothing.
    pub(super) fn event(&mut self, msg: &EventMsg) -> String {
        match msg {
            EventMsg::AgentMessageDelta { delta } => self.delta(delta),
            EventMsg::AgentMessage { message } => self.message(message),
            EventMsg::Error { message } => {
                self.block(&blocks::quote(&format!("**Error:** {message}")))
            }
            EventMsg::ExecCommandBegin { call_id, command, cwd } => {
                self.commands.insert(call_id.clone(), (command.clone(), cwd.clone()));
                String::new()
            }
            EventMsg::ExecCommandEnd { call_id, stdout, stderr, exit_code, denial } => {
                let (command, cwd) = self.commands.remove(call_id).unwrap_or_default();
                let directory = cwd.strip_prefix(&self.root).unwrap_or(&cwd);
                let directory = Some(directory).filter(|path| *path != Path::new(""));
                let (exit_code, denial) = (*exit_code, denial.as_deref());
                let ended =
                    Ended { command: &command, directory, stdout, stderr, exit_code, denial };
                let cut = blocks::command(call_id, ended);
                self.cut(call_id, cut)
            }
            EventMsg::ApplyPatchApprovalRequest { call_id, changes, .. } => {
                let call_id = call_id.as_deref().unwrap_or_default();
                self.patches.insert(call_id.to_owned());
                let cut = blocks::diff(call_id, changes, &self.root);
                self.cut(call_id, cut) + &self.question(msg)
            }
            EventMsg::ExecApprovalRequest { .. } => self.question(msg),
            EventMsg::PatchApplyBegin { call_id, changes, .. } => {
                if !self.patches.insert(call_id.clone()) {
                    return String::new();
                }
                let cut = blocks::diff(call_id, changes, &self.root);
                self.cut(call_id, cut)
            }
            EventMsg::PatchApplyEnd { success: true, .. } => self.block("*Applied.*"),
            EventMsg::PatchApplyEnd { stderr, .. } => {
                self.block(&blocks::quote(&format!("**Not applied:** {stderr}")))
            }
            EventMsg::PlanUpdate { explanation, plan } => {
                self.block(&blocks::plan(explanation.as_deref(), plan))
            }
            // A retry is announced so: what the model says next begins anew.
            EventMsg::BackgroundEvent { .. } => self.end_message(),
            _ => String::new(),
        }
    }

    /// Something that Tiro says itself, as Markdown.
    pub(super) fn block(&mut self, markdown: &str) -> String {
        let rest = self.cut_message();
        format!("{rest}{}{markdown}", self.between())
    }

    /// The rest, when the task is over.
    pub(super) fn end(&mut self) -> String {
        self.end_message()
    }

    /// What is shown cut since the last call, whole, by the id of its call.
    pub(super) fn take_kept(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.kept)
    }

    fn cut(&mut self, call_id: &str, cut: Cut) -> String {
        self.kept.push((blocks::id(call_id), cut.whole));
        self.block(&cut.shown)
    }

    fn question(&mut self, msg: &EventMsg) -> String {
        let Some(prompt) = Prompt::of(msg) else { return String::new() };
        let waits = format!("**Waiting for you:** {}\n{HOW_TO_ANSWER}", prompt.message);
        self.block(&blocks::quote(&waits))
    }

    fn delta(&mut self, delta: &str) -> String {
        let begins = self.message.as_ref().is_none_or(|message| message.cut);
        if begins && delta.trim().is_empty() {
            if let Some(message) = &mut self.message {
                message.said.push_str(delta);
            }
            return String::new();
        }
        let start = if begins { self.between() } else { "" };
        let message = self.message.get_or_insert_default();
        message.said.push_str(delta);
        message.cut = false;
        format!("{start}{}", message.prose.piece(delta))
    }

    /// The whole of it comes after its pieces; where there were none, or others,
    /// it is what counts.
    fn message(&mut self, whole: &str) -> String {
        let said = self.message.as_ref().map_or("", |message| message.said.as_str());
        let rest = match whole.trim().strip_prefix(said.trim()) {
            Some(rest) => rest.to_owned(),
            None => {
                let ended = self.end_message();
                return ended + &self.delta(whole) + &self.end_message();
            }
        };
        let rest = if rest.trim().is_empty() { String::new() } else { self.delta(&rest) };
        rest + &self.end_message()
    }

    /// The message goes on, but not here.
    fn cut_message(&mut self) -> String {
        let Some(message) = &mut self.message else { return String::new() };
        message.cut = true;
        message.prose.end()
    }

    fn end_message(&mut self) -> String {
        self.message.take().map(|mut message| message.prose.end()).unwrap_or_default()
    }

    fn between(&mut self) -> &'static str {
        if std::mem::take(&mut self.fresh) { "" } else { "\n\n" }
    }
}

#[cfg(test)]
mod tests;
