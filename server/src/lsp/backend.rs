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
use tokio::sync::oneshot;
use tower_lsp::{LanguageServer, LspService, jsonrpc::Result};

use super::{
    actions,
    capabilities::{self, ClientProfile},
    chat,
    commands::{self, Outcome},
    comments::{self, How},
    editor::EditorWorkspace,
    front::Front,
    know, lenses, requests, review, views,
};
use crate::{
    session::{Reply, SubmitError},
    workspace::Workspace,
};

/// Answers what one client sends.
#[derive(Debug)]
pub(crate) struct Backend {
    front: Arc<Front>,
}

/// The service with the methods of LSP and those of Tiro.
pub(crate) fn service(front: &Arc<Front>) -> LspService<Backend> {
    let front = front.clone();
    let mut builder = LspService::build(|_client| Backend { front })
        .custom_method(WorkDoneProgressCancel::METHOD, Backend::cancel_progress)
        .custom_method(views::CONTENT, Backend::content)
        .custom_method("tiro/models", Backend::models);
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
        answered(id, self.front.submit(submission))
    }

    /// Submits all before it returns, in this order; the future gives the answers,
    /// or what was wrong with the first that was refused.
    fn submit_all(
        &self,
        submissions: Vec<Submission>,
    ) -> impl Future<Output = Result<Value>> + use<> {
        let answers: Vec<_> = submissions.into_iter().map(|it| self.submit(it)).collect();
        async move {
            let answers = futures::future::join_all(answers).await;
            let refused = answers.iter().filter(|answer| answer.is_err()).count();
            let all = answers.len();
            answers.into_iter().collect::<Result<Value>>().map_err(|mut error| {
                if all > 1 {
                    error.message =
                        format!("{refused} of {all} were refused: {}", error.message).into();
                }
                error
            })
        }
    }

    fn editor(&self, change: impl FnOnce(&EditorWorkspace)) {
        if let Some(editor) = self.front.editor() {
            change(editor);
        }
    }

    async fn content(&self, params: Value) -> Result<Value> {
        views::content(&self.front, params)
    }

    async fn models(&self, _: Value) -> Result<Value> {
        know::models(&self.front).await
    }

    async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        let NumberOrString::String(token) = params.token else { return };
        if self.front.progress.has(&token) {
            self.front.tell(Op::Interrupt);
        }
    }
}

/// What the client is told of the answer to a submission.
async fn answered(id: String, answer: oneshot::Receiver<Reply>) -> Result<Value> {
    answer
        .await
        .unwrap_or(Err(SubmitError::Ended))
        .map(|mut answer| {
            answer.insert("id".to_owned(), id.into());
            Value::Object(answer)
        })
        .map_err(|error| requests::refusal(&error))
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
        self.front.register();
        self.front.wake_session();
    }

    async fn shutdown(&self) -> Result<()> {
        self.front.shut_down();
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let uri = params.text_document.uri.clone();
        self.editor(|editor| editor.opened(params.text_document));
        review::opened(&self.front, &uri);
        chat::opened(&self.front, &uri);
        comments::told(&self.front, &uri, How::Opened);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let changes = chat::changes(&params);
        let mut how = How::Changed;
        self.editor(|editor| {
            if editor.changed(&params.text_document, params.content_changes) {
                how = How::Ours;
            }
        });
        comments::told(&self.front, &params.text_document.uri, how);
        chat::changed(&self.front, &params.text_document.uri, &changes);
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.editor(|editor| editor.saved(&params.text_document.uri, params.text.as_deref()));
        comments::saved(&self.front, &params.text_document.uri);
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let uri = &params.text_document.uri;
        comments::closed(&self.front, uri);
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
        comments::configured(&self.front, params.settings.pointer("/tiro/comments"));
        know::changed(&self.front, &params);
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let (id, answer) = match commands::run(&self.front, &params.command, &params.arguments)? {
            Outcome::Done(value) => return Ok(Some(value)),
            Outcome::Submit(submission) => (submission.id.clone(), self.front.submit(submission)),
            Outcome::SubmitAll(submissions) => {
                return self.submit_all(submissions).await.map(Some);
            }
            Outcome::Submitted(id, answer) => (id, answer),
        };
        answered(id, answer).await.map(Some)
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        Ok(chat::completed(&self.front, &params))
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        Ok(chat::hovered(&self.front, &params))
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        comments::cursor(&self.front, &params);
        Ok(Some(actions::offered(&self.front, params)))
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        Ok(Some(lenses::shown(&self.front, &params)))
    }
}
