//! The handlers. Each converts its params, changes state or pushes one message
//! before its first await, and returns; only the session's answer to a
//! submission, which comes at once, is awaited.

use std::sync::Arc;

use lsp_types::{
    CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams, CompletionParams,
    CompletionResponse, DidChangeConfigurationParams, DidChangeTextDocumentParams,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, ExecuteCommandParams, Hover, HoverParams, InitializeParams,
    InitializeResult, InitializedParams, MessageType, NumberOrString, ServerInfo,
    WorkDoneProgressCancelParams,
    notification::{Notification, WorkDoneProgressCancel},
};
use serde_json::Value;
use tiro_protocol::{Op, Submission, lsp::OPS};
use tower_lsp::{LanguageServer, LspService, jsonrpc::Result};

use super::{
    actions,
    capabilities::{self, ClientProfile},
    chat,
    commands::{self, Outcome},
    editor::EditorWorkspace,
    front::{Front, lock},
    lenses, requests,
};
use crate::{session::SubmitError, workspace::Workspace};

/// Answers what one client sends.
#[derive(Debug)]
pub(crate) struct Backend {
    front: Arc<Front>,
}

/// The service with the methods of LSP and those of Tiro.
pub(crate) fn service(front: &Arc<Front>) -> LspService<Backend> {
    let front = front.clone();
    let mut builder = LspService::build(|_client| Backend { front })
        .custom_method(WorkDoneProgressCancel::METHOD, Backend::cancel_progress);
    for &variant in OPS {
        // The service keeps a method's name for as long as the process lives.
        let method = tiro_protocol::lsp::method(variant).leak();
        builder = builder.custom_method(method, move |backend: &Backend, params: Value| {
            let submitted = requests::submission(variant, params, || backend.front.new_id())
                .map(|submission| backend.submit(submission));
            async move { submitted?.await }
        });
    }
    builder.finish().0
}

impl Backend {
    /// Submits before it returns; the future gives what the client is told.
    fn submit(&self, submission: Submission) -> impl Future<Output = Result<Value>> + use<> {
        let id = submission.id.clone();
        let answer = self.front.submit(submission);
        async move {
            answer
                .await
                .unwrap_or(Err(SubmitError::Ended))
                .map(|mut answer| {
                    answer.insert("id".to_owned(), id.into());
                    Value::Object(answer)
                })
                .map_err(|error| requests::refusal(&error))
        }
    }

    fn editor(&self, change: impl FnOnce(&EditorWorkspace)) {
        if let Some(editor) = self.front.editor() {
            change(editor);
        }
    }

    async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        let NumberOrString::String(token) = params.token else { return };
        if lock(&self.front.progress_token).as_deref() == Some(&token) {
            self.front.tell(Op::Interrupt);
        }
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let profile = ClientProfile::new(&params);
        let capabilities = capabilities::server(&profile);
        self.front.initialize(profile);
        Ok(InitializeResult {
            capabilities,
            server_info: Some(ServerInfo {
                name: "tiro".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        if let Some(problem) = self.front.profile().and_then(|profile| profile.problem.clone()) {
            self.front.show(MessageType::WARNING, format!("Tiro: {problem}"));
        }
        self.front.wake_session();
    }

    async fn shutdown(&self) -> Result<()> {
        self.front.shut_down();
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let uri = params.text_document.uri.clone();
        self.editor(|editor| editor.opened(params.text_document));
        chat::opened(&self.front, &uri);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let changes = chat::changes(&params);
        self.editor(|editor| editor.changed(&params.text_document, params.content_changes));
        chat::changed(&self.front, &params.text_document.uri, &changes);
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.editor(|editor| editor.saved(&params.text_document.uri, params.text.as_deref()));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let uri = &params.text_document.uri;
        let document = self.front.editor().and_then(|editor| editor.open_document(uri));
        self.editor(|editor| editor.closed(uri));
        if let Some(document) = document {
            chat::closed(&self.front, &document.path);
        }
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let had_roots = self.front.editor().is_some_and(|editor| !editor.roots().is_empty());
        self.editor(|editor| editor.change_roots(&params.event));
        if !had_roots {
            self.front.wake_session();
        }
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let settings = params.settings.pointer("/tiro/config").cloned().unwrap_or_default();
        if settings.is_object() && self.front.settings().as_ref() != Some(&settings) {
            self.front.set_settings(settings);
        }
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let submitted = match commands::run(&self.front, &params.command, &params.arguments)? {
            Outcome::Submit(submission) => self.submit(submission),
            Outcome::Done(value) => return Ok(Some(value)),
        };
        submitted.await.map(Some)
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        Ok(chat::completed(&self.front, &params))
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        Ok(chat::hovered(&self.front, &params))
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        Ok(Some(lenses::shown(&self.front, &params)))
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        Ok(Some(actions::offered(&self.front, params)))
    }
}
