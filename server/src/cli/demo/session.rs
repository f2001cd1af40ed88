//! One session as an editor holds it: the handshake, the server's requests, and
//! the events until the task is complete.

use std::{path::Path, time::Duration};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{
    client::Client,
    editor::{Editor, file_uri},
    project::{OPEN_FILE, Project},
    screen::{Screen, command_line},
};

/// How long the server may say nothing: a model on a slow machine thinks long.
const PATIENCE: Duration = Duration::from_secs(300);

/// A server that was initialized, and the editor before it.
#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    editor: Editor,
}

/// What the task came to, as far as the editor saw it.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Seen {
    /// Approvals that were asked for, and denied.
    pub(super) denied: usize,
    /// Edits of open documents.
    pub(super) edits: usize,
}

/// What the server said of its model at the start.
pub(super) enum Start {
    /// It has one, with this name.
    Model(String),
    /// It has none; why, and what to do.
    NoModel(String),
}

impl Session {
    /// Starts the server on the project and opens the file with the fault. With
    /// a `home`, nothing of the person's own configuration is read.
    pub(super) fn start(
        program: &Path,
        project: &Project,
        home: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let root = project.root()?;
        let environment: Vec<_> =
            home.iter().map(|home| ("TIRO_HOME", home.display().to_string())).collect();
        let client = Client::start(program, &environment, project.log()?)?;
        let mut session = Self { client, editor: Editor::default() };
        let folder = json!({ "uri": file_uri(&root), "name": "wrap" });
        let options = json!({
            "events": true,
            "saveDocuments": true,
            "config": {
                "approval_policy": "on-failure",
                // The project is gone afterwards.
                "history": { "persistence": "none" },
                "sandbox_permissions": [
                    "disk-full-read-access",
                    "disk-write-cwd",
                    "disk-write-platform-user-temp-folder",
                ],
            },
        });
        let initialize = json!({
            "processId": std::process::id(),
            "clientInfo": { "name": "tiro demo" },
            "rootUri": file_uri(&root),
            "workspaceFolders": [folder],
            "initializationOptions": { "tiro": options },
            "capabilities": {
                "workspace": {
                    "applyEdit": true,
                    "workspaceFolders": true,
                    "workspaceEdit": { "documentChanges": true },
                },
                "textDocument": { "synchronization": { "didSave": true } },
            },
        });
        let id = session.client.request("initialize", &initialize)?;
        session.answer_to(id)?;
        session.client.notify("initialized", &json!({}))?;
        let (uri, document) = session.editor.open(&root.join(OPEN_FILE))?;
        let document = json!({
            "uri": uri,
            "languageId": "rust",
            "version": document.version,
            "text": document.text,
        });
        session.client.notify("textDocument/didOpen", &json!({ "textDocument": document }))?;
        Ok(session)
    }

    /// Waits until the server has a model, or says that it has none.
    pub(super) fn model(&mut self, screen: &mut Screen) -> anyhow::Result<Start> {
        loop {
            let (method, params) = self.event(screen)?;
            let text = |name: &str| params[name].as_str().unwrap_or_default().to_owned();
            match method.as_str() {
                "tiro/sessionConfigured" => return Ok(Start::Model(text("model"))),
                "tiro/error" => return Ok(Start::NoModel(text("message"))),
                _ => screen.event(&method, &params),
            }
        }
    }

    /// Asks, and shows what happens until the task is complete. Nobody watches
    /// the demo closely enough to approve anything: every approval is denied.
    pub(super) fn ask(&mut self, prompt: &str, screen: &mut Screen) -> anyhow::Result<Seen> {
        let items = json!([{ "type": "text", "text": prompt }]);
        let id = self.client.request("tiro/userInput", &json!({ "items": items }))?;
        let mut seen = Seen::default();
        // The answer may come before or after the first events.
        loop {
            let message = self.client.receive(PATIENCE)?;
            if message["id"] == id && message["method"].is_null() {
                expect_result(&message, "tiro/userInput")?;
                continue;
            }
            let Some((method, params)) = self.serve(message, screen, &mut seen)? else { continue };
            match method.as_str() {
                "tiro/taskComplete" => {
                    self.save(screen)?;
                    return Ok(seen);
                }
                "tiro/execApprovalRequest" => {
                    let command = command_line(&params["command"]);
                    let asked = format!("`{command}` needs approval");
                    screen.refused(params["reason"].as_str().unwrap_or(&asked));
                    screen.refused("the demo says no");
                    self.deny("tiro/execApproval", &params)?;
                    seen.denied += 1;
                }
                "tiro/applyPatchApprovalRequest" => {
                    let reason = params["reason"].as_str().unwrap_or("the patch needs approval");
                    screen.refused(&format!("{reason}; the demo says no"));
                    self.deny("tiro/patchApproval", &params)?;
                    seen.denied += 1;
                }
                _ => screen.event(&method, &params),
            }
        }
    }

    /// Ends the server.
    pub(super) fn end(self) -> anyhow::Result<()> {
        self.client.shut_down()
    }

    fn deny(&mut self, method: &str, params: &Value) -> anyhow::Result<()> {
        let id = params["call_id"].as_str().or(params["id"].as_str());
        let id = id.context("an approval was asked for without an id")?;
        self.client.request(method, &json!({ "id": id, "decision": "denied" }))?;
        Ok(())
    }

    /// Waits for the answer to a request.
    fn answer_to(&mut self, id: u64) -> anyhow::Result<()> {
        loop {
            let message = self.client.receive(PATIENCE)?;
            if message["id"] == id && message["method"].is_null() {
                return expect_result(&message, "initialize");
            }
        }
    }

    /// The next notification, once the server's requests before it are answered.
    fn event(&mut self, screen: &mut Screen) -> anyhow::Result<(String, Value)> {
        loop {
            let message = self.client.receive(PATIENCE)?;
            if let Some(event) = self.serve(message, screen, &mut Seen::default())? {
                return Ok(event);
            }
        }
    }

    /// Answers a request of the server; hands out a notification.
    fn serve(
        &mut self,
        mut message: Value,
        screen: &mut Screen,
        seen: &mut Seen,
    ) -> anyhow::Result<Option<(String, Value)>> {
        let Some(method) = message["method"].as_str().map(str::to_owned) else {
            if !message["error"].is_null() {
                screen.bad(&format!("the server refused: {}", message["error"]["message"]));
            }
            return Ok(None);
        };
        let (id, params) = (message["id"].take(), message["params"].take());
        if id.is_null() {
            return Ok(Some((method, params)));
        }
        match method.as_str() {
            "workspace/applyEdit" => {
                let outcome = match self.editor.apply(&params["edit"]) {
                    Ok(changed) => {
                        seen.edits += changed.len();
                        for (uri, document) in changed {
                            let document = json!({
                                "textDocument": { "uri": uri, "version": document.version },
                                "contentChanges": [{ "text": document.text }],
                            });
                            self.client.notify("textDocument/didChange", &document)?;
                        }
                        json!({ "applied": true })
                    }
                    Err(error) => {
                        json!({ "applied": false, "failureReason": error.to_string() })
                    }
                };
                self.client.respond(&id, &outcome)?;
            }
            "tiro/saveDocuments" => {
                self.save(screen)?;
                self.client.respond(&id, &Value::Null)?;
            }
            "client/registerCapability"
            | "client/unregisterCapability"
            | "window/workDoneProgress/create"
            | "window/showMessageRequest" => self.client.respond(&id, &Value::Null)?,
            "workspace/configuration" => {
                let items = params["items"].as_array().map_or(0, Vec::len);
                self.client.respond(&id, &Value::Array(vec![Value::Null; items]))?;
            }
            _ => self.client.refuse(&id, &method)?,
        }
        Ok(None)
    }

    fn save(&mut self, screen: &mut Screen) -> anyhow::Result<()> {
        for uri in self.editor.save_all()? {
            let name = uri.rsplit('/').next().unwrap_or_default();
            screen.note(&format!("the editor saves {name}"));
            let document = json!({ "textDocument": { "uri": uri } });
            self.client.notify("textDocument/didSave", &document)?;
        }
        Ok(())
    }
}

fn expect_result(message: &Value, method: &str) -> anyhow::Result<()> {
    if message["error"].is_null() {
        return Ok(());
    }
    bail!("{method} failed: {}", message["error"]["message"].as_str().unwrap_or("no reason given"))
}
