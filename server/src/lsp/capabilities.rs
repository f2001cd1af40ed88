//! What the client can do, read once from `initialize`, and what the server
//! says it can.

use std::path::PathBuf;

use lsp_types::{
    ClientCapabilities, CodeActionProviderCapability, CodeLensOptions, CompletionOptions,
    ExecuteCommandOptions, HoverProviderCapability, InitializeParams, MarkupKind, OneOf,
    PositionEncodingKind, ResourceOperationKind, ServerCapabilities, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tiro_protocol::lsp::{EVENTS, OPS};

use super::{commands, comments, convert};
use crate::documents::PositionEncoding;

/// What matters of a client.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientProfile {
    /// How columns are counted from now on.
    pub(crate) encoding: PositionEncoding,
    /// What it opted in to.
    pub(crate) options: ClientOptions,
    /// What is wrong with the options, for the person.
    pub(crate) problem: Option<String>,
    /// How it takes edits.
    pub(crate) edits: EditProfile,
    /// It shows a document that the server names.
    pub(crate) show_document: bool,
    /// It takes code actions as such; else as commands.
    pub(crate) code_action_literals: bool,
    /// It shows code lenses.
    pub(crate) code_lens: bool,
    /// It asks for them anew when it is told to.
    pub(crate) code_lens_refresh: bool,
    /// It shows no Markdown where one hovers.
    pub(crate) hover_plain: bool,
    /// It shows progress that the server begins.
    pub(crate) progress: bool,
    /// It asks for the text of documents that the server has, once it is told to.
    pub(crate) content: bool,
    /// It answers what its settings are.
    pub(crate) configuration: bool,
    /// It reports changes of its settings once it is told to.
    pub(crate) configuration_is_registered: bool,
    /// The workspace folders.
    pub(crate) roots: Vec<PathBuf>,
    /// The process that the server must not outlive.
    pub(crate) parent: Option<u32>,
}

/// How a client takes edits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct EditProfile {
    /// It takes edits at all.
    pub(crate) apply: bool,
    /// It takes edits of a version.
    pub(crate) document_changes: bool,
    /// It creates files.
    pub(crate) create: bool,
    /// It renames files.
    pub(crate) rename: bool,
    /// It deletes files.
    pub(crate) delete: bool,
    /// It saves documents when it is told to.
    pub(crate) save: bool,
}

/// What a client that knows Tiro asks for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ClientOptions {
    /// Send the events as notifications.
    pub(crate) events: bool,
    /// It answers `tiro/saveDocuments`.
    pub(crate) save_documents: bool,
    /// It answers `tiro/diagnostics`.
    pub(crate) diagnostics: bool,
    /// It answers `tiro/context`.
    pub(crate) context: bool,
    /// What is done about comments for the agent.
    pub(crate) comments: comments::Mode,
    /// Settings over those of the files.
    pub(crate) config: Option<Value>,
}

impl ClientProfile {
    pub(crate) fn new(params: &InitializeParams) -> Self {
        let capabilities = &params.capabilities;
        let (options, problem) = options(params);
        let window = capabilities.window.as_ref();
        let document = capabilities.text_document.as_ref();
        let hover = document.and_then(|document| document.hover.as_ref()?.content_format.as_ref());
        let lens = capabilities.workspace.as_ref().and_then(|it| it.code_lens.as_ref());
        let workspace = capabilities.workspace.as_ref();
        Self {
            encoding: encoding(capabilities),
            edits: EditProfile { save: options.save_documents, ..edits(capabilities) },
            options,
            problem,
            hover_plain: hover.is_some_and(|kinds| !kinds.contains(&MarkupKind::Markdown)),
            code_action_literals: document
                .and_then(|document| document.code_action.as_ref())
                .is_some_and(|action| action.code_action_literal_support.is_some()),
            code_lens: document.is_some_and(|document| document.code_lens.is_some()),
            code_lens_refresh: lens.and_then(|lens| lens.refresh_support).unwrap_or(false),
            show_document: window
                .and_then(|window| window.show_document.as_ref())
                .is_some_and(|show| show.support),
            progress: window.and_then(|window| window.work_done_progress).unwrap_or(false),
            content: false,
            configuration: workspace.and_then(|workspace| workspace.configuration).unwrap_or(false),
            configuration_is_registered: workspace
                .and_then(|workspace| workspace.did_change_configuration.as_ref())
                .and_then(|changes| changes.dynamic_registration)
                .unwrap_or(false),
            roots: roots(params),
            parent: params.process_id,
        }
    }
}

fn encoding(capabilities: &ClientCapabilities) -> PositionEncoding {
    let offered = capabilities
        .general
        .as_ref()
        .and_then(|general| general.position_encodings.as_deref())
        .unwrap_or_default();
    if offered.contains(&PositionEncodingKind::UTF8) {
        PositionEncoding::Utf8
    } else if offered.is_empty() || offered.contains(&PositionEncodingKind::UTF16) {
        PositionEncoding::Utf16
    } else if offered.contains(&PositionEncodingKind::UTF32) {
        PositionEncoding::Utf32
    } else {
        PositionEncoding::Utf16
    }
}

fn edits(capabilities: &ClientCapabilities) -> EditProfile {
    let Some(workspace) = &capabilities.workspace else { return EditProfile::default() };
    let edit = workspace.workspace_edit.as_ref();
    let operations = edit.and_then(|edit| edit.resource_operations.as_deref()).unwrap_or_default();
    let can = |kind| operations.contains(&kind);
    EditProfile {
        apply: workspace.apply_edit.unwrap_or(false),
        // Resource operations exist in documentChanges only: a client that
        // declares them takes those, whether it says so or not.
        document_changes: edit.and_then(|edit| edit.document_changes).unwrap_or(false)
            || !operations.is_empty(),
        create: can(ResourceOperationKind::Create),
        rename: can(ResourceOperationKind::Rename),
        delete: can(ResourceOperationKind::Delete),
        save: false,
    }
}

fn options(params: &InitializeParams) -> (ClientOptions, Option<String>) {
    let places = [
        ("initializationOptions", params.initialization_options.as_ref()),
        ("capabilities.experimental", params.capabilities.experimental.as_ref()),
    ];
    let found = places.into_iter().find_map(|(place, value)| {
        Some((place, value?.get("tiro").filter(|tiro| !tiro.is_null())?))
    });
    let Some((place, tiro)) = found else { return (ClientOptions::default(), None) };
    match ClientOptions::deserialize(tiro) {
        Ok(options) => (options, None),
        Err(error) => {
            let problem = format!("{place}.tiro has no effect: {error}");
            (ClientOptions::default(), Some(problem))
        }
    }
}

fn roots(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.as_deref().unwrap_or_default();
    let mut roots: Vec<PathBuf> =
        folders.iter().filter_map(|folder| convert::path_from_uri(&folder.uri)).collect();
    if roots.is_empty() {
        #[expect(deprecated, reason = "older clients have nothing else")]
        let (uri, path) = (&params.root_uri, &params.root_path);
        roots.extend(
            uri.as_ref()
                .and_then(convert::path_from_uri)
                .or_else(|| path.as_ref().map(PathBuf::from).filter(|path| path.is_absolute())),
        );
    }
    roots
}

/// What the server can do for this client.
pub(crate) fn server(profile: &ClientProfile) -> ServerCapabilities {
    // Who opted in to events has a chat of its own.
    let plain = !profile.options.events;
    ServerCapabilities {
        position_encoding: Some(convert::encoding_kind(profile.encoding)),
        text_document_sync: Some(
            TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::INCREMENTAL),
                save: Some(TextDocumentSyncSaveOptions::SaveOptions(lsp_types::SaveOptions {
                    include_text: Some(false),
                })),
                ..TextDocumentSyncOptions::default()
            }
            .into(),
        ),
        code_action_provider: Some(CodeActionProviderCapability::Simple(true)),
        completion_provider: plain.then(|| CompletionOptions {
            trigger_characters: Some(vec!["@".to_owned(), "/".to_owned()]),
            ..CompletionOptions::default()
        }),
        hover_provider: plain.then_some(HoverProviderCapability::Simple(true)),
        code_lens_provider: (plain && profile.code_lens)
            .then_some(CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands::names(),
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        experimental: Some(json!({ "tiro": { "ops": OPS, "events": EVENTS } })),
        ..ServerCapabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(params: Value) -> ClientProfile {
        ClientProfile::new(&serde_json::from_value(params).expect("params"))
    }

    fn encoding_for(offered: &Value) -> PositionEncoding {
        profile(json!({"capabilities": {"general": {"positionEncodings": offered}}})).encoding
    }

    #[test]
    fn utf_8_is_taken_only_where_it_is_offered() {
        assert_eq!(encoding_for(&json!(["utf-16", "utf-8"])), PositionEncoding::Utf8);
        assert_eq!(encoding_for(&json!(["utf-32", "utf-16"])), PositionEncoding::Utf16);
        assert_eq!(encoding_for(&json!(["utf-32"])), PositionEncoding::Utf32);
        assert_eq!(encoding_for(&json!([])), PositionEncoding::Utf16);
        assert_eq!(profile(json!({"capabilities": {}})).encoding, PositionEncoding::Utf16);
    }

    #[test]
    fn opting_in_works_in_both_places() {
        let tiro =
            json!({"tiro": {"events": true, "saveDocuments": true, "config": {"model": "m"}}});
        for params in [
            json!({"capabilities": {}, "initializationOptions": tiro}),
            json!({"capabilities": {"experimental": tiro}}),
        ] {
            let profile = profile(params);
            assert!(profile.options.events && profile.options.save_documents);
            assert!(!profile.options.diagnostics);
            assert_eq!(profile.options.config, Some(json!({"model": "m"})));
        }
    }

    #[test]
    fn options_of_a_wrong_shape_are_reported_and_opt_in_to_nothing() {
        let params =
            json!({"capabilities": {}, "initializationOptions": {"tiro": {"events": "yes"}}});
        let profile = profile(params);
        assert_eq!(profile.options, ClientOptions::default());
        expect_test::expect![[
            r#"initializationOptions.tiro has no effect: invalid type: string "yes", expected a boolean"#
        ]]
        .assert_eq(&profile.problem.unwrap_or_default());
    }

    #[cfg(unix)]
    #[test]
    fn folders_come_before_the_root_and_the_root_before_the_path() {
        let folders =
            json!([{"uri": "file:///a", "name": "a"}, {"uri": "file:///b/", "name": "b"}]);
        let both = json!({"capabilities": {}, "workspaceFolders": folders, "rootUri": "file:///c"});
        assert_eq!(profile(both).roots, [PathBuf::from("/a"), PathBuf::from("/b")]);
        let root = json!({"capabilities": {}, "rootUri": "file:///c", "rootPath": "/d"});
        assert_eq!(profile(root).roots, [PathBuf::from("/c")]);
        let path = json!({"capabilities": {}, "rootUri": null, "rootPath": "/d"});
        assert_eq!(profile(path).roots, [PathBuf::from("/d")]);
        assert!(profile(json!({"capabilities": {}, "rootUri": null})).roots.is_empty());
    }

    #[test]
    fn declared_resource_operations_imply_document_changes() {
        let edits = profile(json!({"capabilities": {"workspace": {
            "applyEdit": true, "workspaceEdit": {"resourceOperations": ["create", "rename"]}}}}))
        .edits;
        assert!(edits.apply && edits.document_changes && edits.create && edits.rename);
        assert!(!edits.delete);
    }

    #[test]
    fn the_server_mirrors_ops_and_events() {
        let capabilities = serde_json::to_value(server(&ClientProfile::default())).expect("JSON");
        assert_eq!(capabilities["positionEncoding"], "utf-16");
        assert_eq!(capabilities["textDocumentSync"]["save"], json!({"includeText": false}));
        assert_eq!(capabilities["textDocumentSync"]["change"], 2);
        assert_eq!(capabilities["experimental"]["tiro"]["ops"], json!(OPS));
        assert_eq!(capabilities["experimental"]["tiro"]["events"], json!(EVENTS));
    }
}
