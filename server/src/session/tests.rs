//! A whole session against a model server on this machine: what only shows when
//! the event loop, the runner and the model work together.

mod configuring;
mod failing;
mod resuming;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tiro_protocol::{AskForApproval, Event, EventMsg, InputItem, Op, SandboxPolicy, Submission};
use tokio::time::timeout;

use super::{Events, SessionHandle, SessionSetup, SubmitError, spawn};
use crate::{
    config::{Config, Environment, WireApi},
    model::tests::server::{Reply, Server},
    tools::test_workspace::TestWorkspace,
    workspace::Workspace,
};

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(10);

struct Session {
    handle: SessionHandle,
    events: Events,
    server: Server,
}

impl Session {
    /// Not configured yet; the model gives these replies.
    async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::start_in(Arc::new(TestWorkspace::new(&[])), replies).await
    }

    async fn start_in(
        workspace: Arc<dyn Workspace>,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Self {
        let server = Server::start(replies).await;
        let provider = server.provider(WireApi::Chat);
        let config = Config {
            command_limits: crate::config::CommandLimits::default(),
            model: None,
            model_provider: Some(provider.name.clone()),
            model_providers: BTreeMap::from([(provider.name.clone(), provider)]),
            temperature: None,
            model_context_window: 100_000,
            approval_policy: AskForApproval::default(),
            sandbox_policy: SandboxPolicy::read_only(),
            disable_response_storage: false,
            instructions: None,
            checkpoints: Default::default(),
            // There is no home to keep them in.
            history: crate::config::HistorySettings { save: false, ..Default::default() },
            tiro_home: "/nonexistent".into(),
            warnings: Vec::new(),
            sources: Vec::new(),
        };
        let env = Arc::new(Environment::from_pairs([("TEST_KEY", "k"), ("HOME", "/nonexistent")]));
        let (handle, events) = spawn(SessionSetup { workspace, config, env, configured: false });
        Self { handle, events, server }
    }

    async fn submit(&self, id: &str, op: Op) -> Result<(), SubmitError> {
        let submission = Submission { id: id.to_owned(), op };
        let answer = timeout(PATIENCE, self.handle.submit(submission)).await.expect("in time");
        answer.expect("answered").map(|_| ())
    }

    /// In the queue when this returns, with nothing done yet.
    fn configure(&self, id: &str, model: &str) {
        let op = Op::ConfigureSession {
            model: model.to_owned(),
            instructions: None,
            approval_policy: AskForApproval::default(),
            sandbox_policy: SandboxPolicy::read_only(),
            disable_response_storage: false,
        };
        drop(self.handle.submit(Submission { id: id.to_owned(), op }));
    }

    /// In the queue when this returns, with nothing done yet.
    fn resume(&self, id: &str, session: &str) {
        let op = Op::ResumeSession { session: session.to_owned(), turns: None };
        drop(self.handle.submit(Submission { id: id.to_owned(), op }));
    }

    /// In the queue when this returns, with nothing done yet.
    fn say(&self, id: &str, text: &str) {
        let items = vec![InputItem::Text { text: text.to_owned() }];
        let op = Op::UserInput { items };
        drop(self.handle.submit(Submission { id: id.to_owned(), op }));
    }

    /// The events up to the first that `ends`, one a line, as `id: what`; not
    /// what is said of the machine that the test runs on.
    async fn until(&mut self, ends: &str) -> String {
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line: &String| line != ends) {
            let event = timeout(PATIENCE, self.events.recv()).await;
            let event = event.unwrap_or_else(|_| panic!("after {lines:#?}"));
            lines.extend(event.filter(|event| !event.id.is_empty()).map(|event| shown(&event)));
        }
        lines.join("\n")
    }

    /// The models that were asked, in order.
    fn models(&self) -> Vec<String> {
        let asked = self.server.asked();
        asked.iter().map(|asked| asked.body["model"].as_str().unwrap_or("?").to_owned()).collect()
    }
}

fn shown(Event { id, msg }: &Event) -> String {
    let what = match msg {
        EventMsg::SessionConfigured { model, .. } => format!("configured {model}"),
        EventMsg::BackgroundEvent { message } => format!("background {message}"),
        EventMsg::AgentMessage { message } => format!("says {message}"),
        EventMsg::Error { message } => format!("error {message}"),
        EventMsg::TaskStarted => "started".to_owned(),
        EventMsg::TaskComplete => "complete".to_owned(),
        EventMsg::TokenCount(_) => "tokens".to_owned(),
        EventMsg::AgentMessageDelta { delta } => format!("delta {delta}"),
        other => format!("{other:?}"),
    };
    format!("{id}: {what}")
}

fn saying(text: &str) -> Reply {
    Reply::Stream(format!("{}data: [DONE]\n\n", piece(text)))
}

fn piece(text: &str) -> String {
    let delta = serde_json::json!({"choices": [{"delta": {"content": text}}]});
    format!("data: {delta}\n\n")
}
