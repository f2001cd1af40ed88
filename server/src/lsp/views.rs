//! What a person looks at and does not write: the plan, the diff of the task,
//! the output of a command. A client that asks for documents of ours has them
//! under the scheme `tiro`, and a command's grows while it runs; any other client
//! gets the text as it is then, as `answers` brings it.

mod newer;
mod output;

use std::{
    collections::{BTreeSet, VecDeque},
    fmt::Write,
    sync::{Arc, Mutex},
};

use lsp_types::{MessageType, Registration, ShowDocumentParams, request::ShowDocument};
use serde_json::Value;
use tiro_protocol::{Event, EventMsg, PlanItem, PlanStatus};
use tower_lsp::jsonrpc::Error;

use super::{
    answers::{self, Kind},
    commands::{Arguments, Outcome},
    front::{Front, lock},
    prompt::{command_line, visible},
};
pub(crate) use newer::{CONTENT, asks_for_content};
use newer::{
    REFRESH, TextDocumentContentParams, TextDocumentContentRegistrationOptions,
    TextDocumentContentResult,
};
use output::Output;

/// The scheme of our documents.
const SCHEME: &str = "tiro";

/// Commands whose output is kept.
const COMMANDS: usize = 16;

/// What there is to look at.
#[derive(Debug, Default)]
pub(crate) struct Views(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    plan: Option<String>,
    diff: Option<String>,
    outputs: VecDeque<Output>,
    commands: u64,
    /// Documents that the client has, and those of them that are others now.
    read: BTreeSet<View>,
    stale: BTreeSet<View>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum View {
    Plan,
    Diff,
    Output(u64),
}

impl View {
    fn uri(self) -> String {
        match self {
            Self::Plan => format!("{SCHEME}:/plan.md"),
            Self::Diff => format!("{SCHEME}:/changes.diff"),
            Self::Output(number) => format!("{SCHEME}:/output/{number}.log"),
        }
    }

    fn of_uri(uri: &str) -> Option<Self> {
        let path = uri.strip_prefix(SCHEME)?.strip_prefix(':')?;
        match path.trim_start_matches('/') {
            "plan.md" => Some(Self::Plan),
            "changes.diff" => Some(Self::Diff),
            path => {
                let number = path.strip_prefix("output/")?.strip_suffix(".log")?;
                number.parse().ok().map(Self::Output)
            }
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Plan => Kind("plan-", ".md"),
            Self::Diff => Kind("task-", ".diff"),
            Self::Output(_) => Kind("output-", ".log"),
        }
    }

    /// What is said where there is nothing.
    fn absent(self) -> &'static str {
        match self {
            Self::Plan => "the task has no plan",
            Self::Diff => "no task has changed anything yet",
            Self::Output(_) => "there is no such command, or it is too long ago",
        }
    }
}

impl State {
    fn text(&self, view: View) -> Option<String> {
        match view {
            View::Plan => self.plan.clone(),
            View::Diff => self.diff.clone(),
            View::Output(number) => self.output(number).map(Output::text),
        }
    }

    fn output(&self, number: u64) -> Option<&Output> {
        self.outputs.iter().find(|output| output.number == number)
    }

    fn changed(&mut self, view: View) {
        if self.read.contains(&view) {
            self.stale.insert(view);
        }
    }

    /// The command that runs under this id: ids may come again.
    fn running(&mut self, call_id: &str) -> Option<&mut Output> {
        self.outputs.iter_mut().rev().find(|output| output.call_id == call_id)
    }
}

/// Takes note of what there is to look at.
pub(super) fn observe(front: &Front, event: &Event) {
    let state = &mut *lock(&front.views.0);
    match &event.msg {
        EventMsg::TaskStarted => {
            (state.plan, state.diff) = (None, None);
        }
        EventMsg::PlanUpdate { explanation, plan } => {
            state.plan = Some(plan_text(explanation.as_deref(), plan));
            state.changed(View::Plan);
        }
        EventMsg::TurnDiff { unified_diff } => {
            state.diff = Some(unified_diff.clone());
            state.changed(View::Diff);
        }
        EventMsg::ExecCommandBegin { call_id, command, cwd } => {
            state.commands += 1;
            if state.outputs.len() >= COMMANDS
                && let Some(old) = state.outputs.pop_front()
            {
                state.read.remove(&View::Output(old.number));
                state.stale.remove(&View::Output(old.number));
            }
            let (number, call_id) = (state.commands, call_id.clone());
            let output = Output::new(number, call_id, command_line(command), cwd.clone());
            state.outputs.push_back(output);
        }
        EventMsg::ExecCommandOutputDelta { call_id, chunk, .. } => {
            if let Some(output) = state.running(call_id) {
                output.wrote(chunk);
                let view = View::Output(output.number);
                state.changed(view);
            }
        }
        EventMsg::ExecCommandEnd { call_id, stdout, stderr, exit_code, .. } => {
            if let Some(output) = state.running(call_id) {
                output.ended(*exit_code, stdout, stderr);
                let view = View::Output(output.number);
                state.changed(view);
            }
        }
        _ => {}
    }
}

/// Tells the client what it should ask for again. Called once a second, so that a
/// command that writes much costs little.
pub(super) fn tick(front: &Front) {
    let stale = std::mem::take(&mut lock(&front.views.0).stale);
    for view in stale {
        let params = TextDocumentContentParams { uri: view.uri() };
        drop(front.outbox.request_method(REFRESH, params));
    }
}

/// Whether there is something to tell.
pub(super) fn is_stale(front: &Front) -> bool {
    !lock(&front.views.0).stale.is_empty()
}

/// What the client is told of our documents, if it asks for such.
pub(super) fn registration(front: &Front) -> Option<Registration> {
    let options = TextDocumentContentRegistrationOptions { schemes: vec![SCHEME.to_owned()] };
    front.profile().is_some_and(|profile| profile.content).then(|| Registration {
        id: "tiro-content".to_owned(),
        method: CONTENT.to_owned(),
        register_options: serde_json::to_value(options).ok(),
    })
}

/// Answers [`CONTENT`]. A document of which nothing is left is empty: the client
/// may have kept it open.
pub(super) fn content(front: &Front, params: Value) -> Result<Value, Error> {
    let TextDocumentContentParams { uri } = serde_json::from_value(params)
        .map_err(|error| Error::invalid_params(format!("{CONTENT}: {error}")))?;
    let view = View::of_uri(&uri).ok_or_else(|| {
        Error::invalid_params(format!("{CONTENT}: there is no document {uri:?} of ours"))
    })?;
    let state = &mut *lock(&front.views.0);
    let text = state.text(view).unwrap_or_else(|| format!("{}\n", view.absent()));
    state.read.insert(view);
    state.stale.remove(&view);
    let result = TextDocumentContentResult { text };
    serde_json::to_value(result).map_err(|_| Error::internal_error())
}

/// `tiro.plan`.
pub(super) fn run_plan(front: &Arc<Front>, _: &Arguments<'_>) -> Result<Outcome, Error> {
    Ok(open(front, View::Plan))
}

/// `tiro.diff`.
pub(super) fn run_diff(front: &Arc<Front>, _: &Arguments<'_>) -> Result<Outcome, Error> {
    Ok(open(front, View::Diff))
}

/// `tiro.output {call_id?}`: of the last command, or of one.
pub(super) fn run_output(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    let number = {
        let state = &mut *lock(&front.views.0);
        match arguments.text("call_id") {
            Some(call_id) => state.running(call_id).map(|output| output.number),
            None => state.outputs.back().map(|output| output.number),
        }
    };
    match number {
        Some(number) => Ok(open(front, View::Output(number))),
        None if arguments.text("call_id").is_some() => {
            Err(Error::invalid_params(format!("tiro.output: {}", View::Output(0).absent())))
        }
        None => {
            front.show(MessageType::INFO, "Tiro: no command has run yet".to_owned());
            Ok(Outcome::Done(Value::Null))
        }
    }
}

/// Shows a view, in the best of the ways that the client has.
fn open(front: &Arc<Front>, view: View) -> Outcome {
    let Some(text) = lock(&front.views.0).text(view) else {
        front.show(MessageType::INFO, format!("Tiro: {}", view.absent()));
        return Outcome::Done(Value::Null);
    };
    let shared = front.clone();
    front.spawn(async move {
        if !show_ours(&shared, view).await {
            answers::show_text(&shared, view.kind(), &text, true).await;
        }
    });
    Outcome::Done(Value::Null)
}

/// Asks for the document of ours; whether the client shows it.
async fn show_ours(front: &Front, view: View) -> bool {
    let can = front.profile().is_some_and(|profile| profile.content && profile.show_document);
    let Ok(uri) = view.uri().parse() else { return false };
    if !can {
        return false;
    }
    let reply = front.outbox.request::<ShowDocument>(ShowDocumentParams {
        uri,
        external: Some(false),
        take_focus: Some(true),
        selection: None,
    });
    answers::is_success(reply.await)
}

/// A plan as Markdown.
fn plan_text(explanation: Option<&str>, plan: &[PlanItem]) -> String {
    let mut text = "# Plan\n\n".to_owned();
    if let Some(explanation) = explanation {
        let _ = writeln!(text, "{}\n", visible(explanation));
    }
    text.push_str(&plan_list(plan));
    text
}

/// The steps of a plan as a list in Markdown, to tick off.
pub(super) fn plan_list(plan: &[PlanItem]) -> String {
    plan.iter().fold(String::new(), |mut list, PlanItem { step, status }| {
        let (mark, note) = match status {
            PlanStatus::Pending => (' ', ""),
            PlanStatus::InProgress => (' ', " (now)"),
            PlanStatus::Completed => ('x', ""),
        };
        let _ = writeln!(list, "- [{mark}] {}{note}", visible(step));
        list
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_names_one_view() {
        for view in [View::Plan, View::Diff, View::Output(7)] {
            assert_eq!(View::of_uri(&view.uri()), Some(view));
        }
        for none in ["tiro:/", "tiro:/output/x.log", "tiro:/plan", "file:///plan.md", ""] {
            assert_eq!(View::of_uri(none), None, "{none}");
        }
    }

    #[test]
    fn a_plan_is_a_list_with_marks() {
        let item = |step: &str, status| PlanItem { step: step.to_owned(), status };
        let plan = [
            item("look", PlanStatus::Completed),
            item("change", PlanStatus::InProgress),
            item("test", PlanStatus::Pending),
        ];
        expect_test::expect![[r"
            # Plan

            the parser comes first

            - [x] look
            - [ ] change (now)
            - [ ] test
        "]]
        .assert_eq(&plan_text(Some("the parser comes first"), &plan));
    }
}
