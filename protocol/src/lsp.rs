//! The names that ops and events have over LSP.
//!
//! One rule makes them all: `tiro/` and the variant's name in camelCase.

/// The LSP method of an op or event whose JSON `type` is `variant`.
///
/// ```
/// assert_eq!(tiro_protocol::lsp::method("exec_command_begin"), "tiro/execCommandBegin");
/// ```
#[must_use]
pub fn method(variant: &str) -> String {
    let mut name = String::with_capacity(variant.len() + 5);
    name.push_str("tiro/");
    let mut upper = false;
    for letter in variant.chars() {
        if letter == '_' {
            upper = true;
        } else if upper {
            name.extend(letter.to_uppercase());
            upper = false;
        } else {
            name.push(letter);
        }
    }
    name
}

/// The JSON `type` of the op or event behind an LSP method, if it has the form.
///
/// ```
/// assert_eq!(tiro_protocol::lsp::variant("tiro/userInput").as_deref(), Some("user_input"));
/// assert_eq!(tiro_protocol::lsp::variant("textDocument/hover"), None);
/// ```
#[must_use]
pub fn variant(method: &str) -> Option<String> {
    let camel = method.strip_prefix("tiro/")?;
    let mut name = String::with_capacity(camel.len() + 4);
    for letter in camel.chars() {
        if letter.is_uppercase() {
            name.push('_');
            name.extend(letter.to_lowercase());
        } else {
            name.push(letter);
        }
    }
    Some(name)
}

/// The `type` of every op, in the order of the enum.
pub const OPS: &[&str] = &[
    "configure_session",
    "interrupt",
    "user_input",
    "exec_approval",
    "patch_approval",
    "proposal",
    "accept_hunk",
    "reject_hunk",
    "decide_hunks",
    "list_grants",
    "revoke_grant",
    "checkpoints",
    "restore",
    "list_sessions",
    "resume_session",
];

/// The `type` of every event, in the order of the enum.
pub const EVENTS: &[&str] = &[
    "error",
    "task_started",
    "task_complete",
    "agent_message",
    "agent_message_delta",
    "agent_reasoning_delta",
    "session_configured",
    "exec_command_begin",
    "exec_command_output_delta",
    "exec_command_end",
    "exec_approval_request",
    "apply_patch_approval_request",
    "background_event",
    "patch_apply_begin",
    "patch_apply_end",
    "token_count",
    "turn_diff",
    "plan_update",
    "grant_list",
    "proposal_list",
    "proposal_updated",
    "checkpoint_list",
    "restore_end",
    "user_message",
    "session_list",
    "session_resumed",
];
