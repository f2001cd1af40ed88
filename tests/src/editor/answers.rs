//! What the editor answers when the server asks for something.

use serde_json::{Value, json};

use super::{Editor, apply::Refusal};
use crate::{client::RpcError, profile::StaleVersion, uri};

/// Requests that a server may only send when the client declared something.
const DECLARED: &[(&str, &str)] = &[
    ("workspace/applyEdit", "/workspace/applyEdit"),
    ("workspace/configuration", "/workspace/configuration"),
    ("workspace/workspaceFolders", "/workspace/workspaceFolders"),
    ("window/showDocument", "/window/showDocument/support"),
    ("window/workDoneProgress/create", "/window/workDoneProgress"),
    ("workspace/codeLens/refresh", "/workspace/codeLens/refreshSupport"),
    ("workspace/diagnostic/refresh", "/workspace/diagnostics/refreshSupport"),
];

impl Editor {
    /// Answers a request of the server; none means that a person has to.
    ///
    /// # Errors
    /// What the client answers with instead of a result.
    pub fn answer(&mut self, method: &str, params: &Value) -> Result<Option<Value>, RpcError> {
        let declared = DECLARED.iter().find(|(known, _)| *known == method);
        if let Some((_, pointer)) = declared
            && !self.profile.declares(pointer)
        {
            self.violation(format!("{method} was requested without the capability {pointer}"));
            return Err(not_found(method));
        }
        let answers = |what: &str| self.options["tiro"][what] == true;
        if method.strip_prefix("tiro/").is_some_and(|what| !answers(what)) {
            self.violation(format!("{method} was requested of a client that did not opt in"));
            return Err(not_found(method));
        }
        let result = match method {
            "workspace/applyEdit" => return self.apply_edit(params).map(Some),
            // A person answers in their own time, or never.
            "window/showMessageRequest" => return Ok(None),
            "window/showDocument" => json!({"success": true}),
            "window/workDoneProgress/create" => {
                self.progress.insert(params["token"].to_string());
                Value::Null
            }
            "workspace/configuration" => {
                let items = params["items"].as_array().map_or(0, Vec::len);
                Value::Array(vec![Value::Null; items])
            }
            "workspace/workspaceFolders" => self.workspace_folders(),
            "client/registerCapability" | "client/unregisterCapability" => Value::Null,
            method if method.ends_with("/refresh") => Value::Null,
            "tiro/saveDocuments" => self.save_documents(params),
            "tiro/context" => self.context.clone(),
            "tiro/diagnostics" => self.diagnostics.clone(),
            _ => {
                self.violation(format!("{method} is no request that a client knows"));
                return Err(not_found(method));
            }
        };
        Ok(Some(result))
    }

    fn save_documents(&mut self, params: &Value) -> Value {
        let uris = params["uris"].as_array().cloned().unwrap_or_default();
        for path in uris.iter().filter_map(Value::as_str).filter_map(uri::to_path) {
            if self.documents.contains_key(&path) {
                self.save(&path);
            }
        }
        json!({"saved": uris})
    }

    fn apply_edit(&mut self, params: &Value) -> Result<Value, RpcError> {
        if self.profile.quirks.lies {
            return Ok(json!({"applied": true}));
        }
        match self.apply(&params["edit"]) {
            Ok(()) => Ok(json!({"applied": true})),
            Err(Refusal::Stale(reason)) => match self.profile.quirks.stale_version {
                StaleVersion::Refused | StaleVersion::SkippedAsApplied | StaleVersion::Ignored => {
                    Ok(json!({"applied": false}))
                }
                StaleVersion::RefusedWithReason => {
                    Ok(json!({"applied": false, "failureReason": reason}))
                }
                StaleVersion::Error => Err(RpcError { code: -32603, message: reason }),
            },
            Err(Refusal::Person(reason)) => Ok(json!({"applied": false, "failureReason": reason})),
            Err(Refusal::Invalid(reason)) => {
                self.violation(format!("workspace/applyEdit: {reason}"));
                Ok(json!({"applied": false, "failureReason": reason}))
            }
        }
    }
}

fn not_found(method: &str) -> RpcError {
    RpcError { code: -32601, message: format!("method not found: {method}") }
}
