//! The end-to-end tests: one binary, so that they link once and run side by side.
//! Each drives the real program through the harness; none sleeps, and none needs
//! more than the loopback interface.
#![expect(clippy::needless_pass_by_value, reason = "callers write `json!({…})` in place")]
#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

mod stage;

mod bad_input;
mod checkpoints;
mod command_line;
mod config;
mod context_window;
mod exec;
mod killed;
mod lsp_rules;
mod main_job;
mod modes;
mod plain_approvals;
mod plain_ask;
mod plain_chat;
mod plain_client;
mod plain_comments;
mod plain_know;
mod plain_review;
mod plain_views;
mod proposals;
mod protocol;
mod providers;
mod real_model;
mod recording;
mod session;
mod session_approvals;
mod session_commands;
mod session_directory;
mod session_escalation;
mod sessions;
mod tools;
mod transcripts;
mod typing;
mod unsaved;
