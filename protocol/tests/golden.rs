//! The JSON of every variant, in both directions. The shapes are a contract:
//! a change here is a change of the wire.

use std::{collections::BTreeMap, fmt::Debug, path::PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use tiro_protocol::{
    AskForApproval, Checkpoint, CheckpointChange, CheckpointFile, Chunk, Event, EventMsg,
    FileChange, Grant, HunkState, InputItem, Op, OutputStream, PatchSelection, PlanItem,
    PlanStatus, Proposal, ProposedFile, ProposedHunk, ProposedKind, RefusedFile, ReviewDecision,
    SandboxPermission, SandboxPolicy, SessionSummary, Submission, TokenUsage, lsp,
};

/// `value` is written as `json` to the letter, and `json` is read as `value`.
#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: &str) {
    assert_eq!(serde_json::to_string(value).expect("serialises"), json);
    reads(json, value);
}

/// `json` is read as `value`, though it is written otherwise.
#[track_caller]
fn reads<T: DeserializeOwned + PartialEq + Debug>(json: &str, value: &T) {
    assert_eq!(&serde_json::from_str::<T>(json).expect("parses"), value);
}

fn submission(id: &str, op: Op) -> Submission {
    Submission { id: id.into(), op }
}

fn event(msg: EventMsg) -> Event {
    Event { id: "1".into(), msg }
}

fn changes() -> BTreeMap<PathBuf, FileChange> {
    BTreeMap::from([
        (PathBuf::from("/w/a"), FileChange::Add { content: "x\n".into() }),
        (PathBuf::from("/w/b"), FileChange::Delete),
        (
            PathBuf::from("/w/c"),
            FileChange::Update { unified_diff: "@@ -1 +1 @@\n-a\n+b\n".into(), move_path: None },
        ),
    ])
}

const CHANGES: &str = r#"{"/w/a":{"add":{"content":"x\n"}},"/w/b":"delete","/w/c":{"update":{"unified_diff":"@@ -1 +1 @@\n-a\n+b\n","move_path":null}}}"#;

#[test]
fn configure_session() {
    let policy = SandboxPolicy {
        permissions: vec![
            SandboxPermission::DiskFullReadAccess,
            SandboxPermission::DiskWriteCwd,
            SandboxPermission::DiskWriteFolder { folder: "/srv/x".into() },
        ],
    };
    check(
        &submission(
            "1",
            Op::ConfigureSession {
                model: "o3".into(),
                instructions: None,
                approval_policy: AskForApproval::OnFailure,
                sandbox_policy: policy.clone(),
                disable_response_storage: false,
            },
        ),
        r#"{"id":"1","op":{"type":"configure_session","model":"o3","instructions":null,"approval_policy":"on-failure","sandbox_policy":{"permissions":["disk-full-read-access","disk-write-cwd",{"disk-write-folder":{"folder":"/srv/x"}}]},"disable_response_storage":false}}"#,
    );
    reads(
        r#"{"type":"configure_session","model":"o3","approval_policy":"never","sandbox_policy":{"permissions":[]},"later":1}"#,
        &Op::ConfigureSession {
            model: "o3".into(),
            instructions: None,
            approval_policy: AskForApproval::Never,
            sandbox_policy: SandboxPolicy::default(),
            disable_response_storage: false,
        },
    );
}

#[test]
fn interrupt() {
    check(&submission("2", Op::Interrupt), r#"{"id":"2","op":{"type":"interrupt"}}"#);
}

#[test]
fn user_input() {
    check(
        &submission(
            "2",
            Op::UserInput {
                items: vec![
                    InputItem::Text { text: "hi".into() },
                    InputItem::Image { image_url: "data:image/png;base64,AA==".into() },
                    InputItem::LocalImage { path: "/srv/a.png".into() },
                ],
            },
        ),
        r#"{"id":"2","op":{"type":"user_input","items":[{"type":"text","text":"hi"},{"type":"image","image_url":"data:image/png;base64,AA=="},{"type":"local_image","path":"/srv/a.png"}]}}"#,
    );
}

#[test]
fn approvals() {
    check(
        &submission(
            "3",
            Op::ExecApproval { id: "2".into(), decision: ReviewDecision::ApprovedForSession },
        ),
        r#"{"id":"3","op":{"type":"exec_approval","id":"2","decision":"approved_for_session"}}"#,
    );
    check(
        &submission(
            "3",
            Op::PatchApproval { id: "2".into(), decision: ReviewDecision::Denied, selection: None },
        ),
        r#"{"id":"3","op":{"type":"patch_approval","id":"2","decision":"denied"}}"#,
    );
}

#[test]
fn selections() {
    let approval = |selection| {
        let decision = ReviewDecision::Approved;
        submission("3", Op::PatchApproval { id: "2".into(), decision, selection })
    };
    check(
        &approval(Some(PatchSelection {
            approve: Some(vec!["h1".into()]),
            reject: vec!["h2".into()],
            amend: BTreeMap::from([("/w/a".into(), "x\n".into())]),
        })),
        r#"{"id":"3","op":{"type":"patch_approval","id":"2","decision":"approved","selection":{"approve":["h1"],"reject":["h2"],"amend":{"/w/a":"x\n"}}}}"#,
    );
    reads(
        r#"{"id":"3","op":{"type":"patch_approval","id":"2","decision":"approved","selection":{}}}"#,
        &approval(Some(PatchSelection::default())),
    );
}

#[test]
fn proposals() {
    check(
        &submission("1", Op::Proposal { proposal: None }),
        r#"{"id":"1","op":{"type":"proposal"}}"#,
    );
    check(
        &submission("1", Op::Proposal { proposal: Some("c".into()) }),
        r#"{"id":"1","op":{"type":"proposal","proposal":"c"}}"#,
    );
    check(
        &submission("1", Op::AcceptHunk { proposal: "c".into(), hunk: "h1".into() }),
        r#"{"id":"1","op":{"type":"accept_hunk","proposal":"c","hunk":"h1"}}"#,
    );
    check(
        &submission("1", Op::RejectHunk { proposal: "c".into(), hunk: "h1".into() }),
        r#"{"id":"1","op":{"type":"reject_hunk","proposal":"c","hunk":"h1"}}"#,
    );
    let hunks = |ids: &[&str]| {
        BTreeMap::from([("c".to_owned(), ids.iter().map(ToString::to_string).collect())])
    };
    let decided = Op::DecideHunks { accept: hunks(&["h1", "h3"]), reject: hunks(&["h2"]) };
    check(
        &submission("1", decided),
        r#"{"id":"1","op":{"type":"decide_hunks","accept":{"c":["h1","h3"]},"reject":{"c":["h2"]}}}"#,
    );
    let none = BTreeMap::new();
    check(
        &submission("1", Op::DecideHunks { accept: none, reject: hunks(&["h2"]) }),
        r#"{"id":"1","op":{"type":"decide_hunks","reject":{"c":["h2"]}}}"#,
    );
    let proposal = Proposal {
        id: "c".into(),
        open: true,
        files: vec![
            ProposedFile {
                path: "/w/a".into(),
                move_path: None,
                kind: ProposedKind::Update,
                version: Some(2),
                hunks: vec![ProposedHunk {
                    id: "h1".into(),
                    orig_index: 1,
                    deleted_lines: vec!["a".into()],
                    inserted_lines: vec![],
                    state: HunkState::Conflict,
                    current_lines: Some(vec!["b".into()]),
                    reason: Some("r".into()),
                }],
            },
            ProposedFile {
                path: "/w/b".into(),
                move_path: Some("/w/c".into()),
                kind: ProposedKind::Update,
                version: None,
                hunks: vec![],
            },
        ],
    };
    let json = r#"{"id":"c","open":true,"files":[{"path":"/w/a","kind":"update","version":2,"hunks":[{"id":"h1","orig_index":1,"deleted_lines":["a"],"inserted_lines":[],"state":"conflict","current_lines":["b"],"reason":"r"}]},{"path":"/w/b","move_path":"/w/c","kind":"update","hunks":[]}]}"#;
    check(
        &event(EventMsg::ProposalUpdated { proposal: proposal.clone() }),
        &format!(r#"{{"id":"1","msg":{{"type":"proposal_updated","proposal":{json}}}}}"#),
    );
    check(
        &event(EventMsg::ProposalList { proposals: vec![proposal] }),
        &format!(r#"{{"id":"1","msg":{{"type":"proposal_list","proposals":[{json}]}}}}"#),
    );
    check(&ProposedKind::Add, r#""add""#);
    check(&ProposedKind::Delete, r#""delete""#);
    check(&HunkState::Accepted, r#""accepted""#);
    check(&HunkState::Rejected, r#""rejected""#);
    check(&HunkState::Pending, r#""pending""#);
}

#[test]
fn grants() {
    let command =
        Grant::Command { command: vec!["make".into()], cwd: "/w".into(), unsandboxed: false };
    let command_json = r#"{"type":"command","command":["make"],"cwd":"/w","unsandboxed":false}"#;
    check(&command, command_json);
    check(&Grant::Folder { path: "/srv".into() }, r#"{"type":"folder","path":"/srv"}"#);
    check(&Grant::File { path: "/w/a".into() }, r#"{"type":"file","path":"/w/a"}"#);
    check(&Grant::Network, r#"{"type":"network"}"#);
    check(&Grant::Read, r#"{"type":"read"}"#);
    check(&submission("4", Op::ListGrants), r#"{"id":"4","op":{"type":"list_grants"}}"#);
    check(
        &submission("5", Op::RevokeGrant { grant: command.clone() }),
        &format!(r#"{{"id":"5","op":{{"type":"revoke_grant","grant":{command_json}}}}}"#),
    );
    check(
        &event(EventMsg::GrantList { grants: vec![command] }),
        &format!(r#"{{"id":"1","msg":{{"type":"grant_list","grants":[{command_json}]}}}}"#),
    );
}

#[test]
fn checkpoints() {
    check(&submission("6", Op::Checkpoints), r#"{"id":"6","op":{"type":"checkpoints"}}"#);
    check(
        &submission("7", Op::Restore { checkpoint: "c".into(), paths: None }),
        r#"{"id":"7","op":{"type":"restore","checkpoint":"c"}}"#,
    );
    check(
        &submission("7", Op::Restore { checkpoint: "c".into(), paths: Some(vec!["a".into()]) }),
        r#"{"id":"7","op":{"type":"restore","checkpoint":"c","paths":["a"]}}"#,
    );
    let file = |path: &str, change, kept| CheckpointFile { path: path.into(), change, kept };
    let checkpoint = Checkpoint {
        id: "c".into(),
        title: "Tidy up".into(),
        time: 1_700_000_000_000,
        files: vec![
            file("/w/a", CheckpointChange::Added, true),
            file("/w/b", CheckpointChange::Deleted, false),
            file("/w/c", CheckpointChange::Modified, true),
        ],
    };
    check(
        &event(EventMsg::CheckpointList { checkpoints: vec![checkpoint] }),
        r#"{"id":"1","msg":{"type":"checkpoint_list","checkpoints":[{"id":"c","title":"Tidy up","time":1700000000000,"files":[{"path":"/w/a","change":"added","kept":true},{"path":"/w/b","change":"deleted","kept":false},{"path":"/w/c","change":"modified","kept":true}]}]}}"#,
    );
    check(
        &event(EventMsg::RestoreEnd {
            checkpoint: "c".into(),
            restored: vec!["/w/a".into()],
            merged: vec!["/w/c".into()],
            refused: vec![RefusedFile { path: "/w/b".into(), reason: "r".into() }],
            success: false,
        }),
        r#"{"id":"1","msg":{"type":"restore_end","checkpoint":"c","restored":["/w/a"],"merged":["/w/c"],"refused":[{"path":"/w/b","reason":"r"}],"success":false}}"#,
    );
}

#[test]
fn decisions_and_policies() {
    check(&ReviewDecision::Approved, r#""approved""#);
    check(&ReviewDecision::ApprovedForSession, r#""approved_for_session""#);
    check(&ReviewDecision::Denied, r#""denied""#);
    check(&ReviewDecision::Abort, r#""abort""#);
    assert_eq!(ReviewDecision::default(), ReviewDecision::Denied);
    check(&AskForApproval::UnlessAllowListed, r#""unless-allow-listed""#);
    check(&AskForApproval::AutoEdit, r#""auto-edit""#);
    check(&AskForApproval::OnFailure, r#""on-failure""#);
    check(&AskForApproval::Never, r#""never""#);
    assert_eq!(AskForApproval::default(), AskForApproval::UnlessAllowListed);
}

#[test]
fn permissions() {
    check(&SandboxPermission::DiskFullReadAccess, r#""disk-full-read-access""#);
    check(
        &SandboxPermission::DiskWritePlatformUserTempFolder,
        r#""disk-write-platform-user-temp-folder""#,
    );
    check(
        &SandboxPermission::DiskWritePlatformGlobalTempFolder,
        r#""disk-write-platform-global-temp-folder""#,
    );
    check(&SandboxPermission::DiskWriteCwd, r#""disk-write-cwd""#);
    check(
        &SandboxPermission::DiskWriteFolder { folder: "/abs".into() },
        r#"{"disk-write-folder":{"folder":"/abs"}}"#,
    );
    check(&SandboxPermission::DiskFullWriteAccess, r#""disk-full-write-access""#);
    check(&SandboxPermission::NetworkFullAccess, r#""network-full-access""#);
}

#[test]
fn an_unknown_op_is_an_error_that_names_it() {
    let error = serde_json::from_str::<Submission>(r#"{"id":"1","op":{"type":"fly"}}"#)
        .expect_err("no such op");
    assert!(error.to_string().contains("`fly`"), "{error}");
}

#[test]
fn events_without_fields() {
    check(&event(EventMsg::TaskStarted), r#"{"id":"1","msg":{"type":"task_started"}}"#);
    check(&event(EventMsg::TaskComplete), r#"{"id":"1","msg":{"type":"task_complete"}}"#);
}

#[test]
fn events_of_text() {
    check(
        &event(EventMsg::Error { message: "m".into() }),
        r#"{"id":"1","msg":{"type":"error","message":"m"}}"#,
    );
    check(
        &event(EventMsg::AgentMessage { message: "m".into() }),
        r#"{"id":"1","msg":{"type":"agent_message","message":"m"}}"#,
    );
    check(
        &event(EventMsg::AgentMessageDelta { delta: "d".into() }),
        r#"{"id":"1","msg":{"type":"agent_message_delta","delta":"d"}}"#,
    );
    check(
        &event(EventMsg::AgentReasoningDelta { delta: "d".into() }),
        r#"{"id":"1","msg":{"type":"agent_reasoning_delta","delta":"d"}}"#,
    );
    check(
        &event(EventMsg::SessionConfigured {
            model: "o3".into(),
            provider: None,
            session_id: None,
        }),
        r#"{"id":"1","msg":{"type":"session_configured","model":"o3"}}"#,
    );
    check(
        &event(EventMsg::SessionConfigured {
            model: "o3".into(),
            provider: Some("p".into()),
            session_id: Some("7".into()),
        }),
        r#"{"id":"1","msg":{"type":"session_configured","model":"o3","provider":"p","session_id":"7"}}"#,
    );
    check(
        &event(EventMsg::BackgroundEvent { message: "m".into() }),
        r#"{"id":"1","msg":{"type":"background_event","message":"m"}}"#,
    );
    check(
        &event(EventMsg::TurnDiff { unified_diff: "d".into() }),
        r#"{"id":"1","msg":{"type":"turn_diff","unified_diff":"d"}}"#,
    );
}

#[test]
fn events_of_commands() {
    check(
        &event(EventMsg::ExecCommandBegin {
            call_id: "c".into(),
            command: vec!["ls".into(), "-l".into()],
            cwd: "/w".into(),
        }),
        r#"{"id":"1","msg":{"type":"exec_command_begin","call_id":"c","command":["ls","-l"],"cwd":"/w"}}"#,
    );
    check(
        &event(EventMsg::ExecCommandOutputDelta {
            call_id: "c".into(),
            stream: OutputStream::Stderr,
            chunk: "x".into(),
        }),
        r#"{"id":"1","msg":{"type":"exec_command_output_delta","call_id":"c","stream":"stderr","chunk":"x"}}"#,
    );
    check(
        &event(EventMsg::ExecCommandEnd {
            call_id: "c".into(),
            stdout: "o".into(),
            stderr: "e".into(),
            exit_code: 124,
            denial: None,
        }),
        r#"{"id":"1","msg":{"type":"exec_command_end","call_id":"c","stdout":"o","stderr":"e","exit_code":124}}"#,
    );
    check(
        &event(EventMsg::ExecCommandEnd {
            call_id: "c".into(),
            stdout: String::new(),
            stderr: "e".into(),
            exit_code: 1,
            denial: Some("d".into()),
        }),
        r#"{"id":"1","msg":{"type":"exec_command_end","call_id":"c","stdout":"","stderr":"e","exit_code":1,"denial":"d"}}"#,
    );
}

#[test]
fn events_of_approvals() {
    check(
        &event(EventMsg::ExecApprovalRequest {
            call_id: None,
            command: vec!["rm".into()],
            cwd: "/w".into(),
            reason: None,
            permissions: Vec::new(),
            unsandboxed: false,
        }),
        r#"{"id":"1","msg":{"type":"exec_approval_request","command":["rm"],"cwd":"/w"}}"#,
    );
    check(
        &event(EventMsg::ExecApprovalRequest {
            call_id: Some("c".into()),
            command: vec!["rm".into()],
            cwd: "/w".into(),
            reason: Some("r".into()),
            permissions: Vec::new(),
            unsandboxed: true,
        }),
        r#"{"id":"1","msg":{"type":"exec_approval_request","call_id":"c","command":["rm"],"cwd":"/w","reason":"r","unsandboxed":true}}"#,
    );
    check(
        &event(EventMsg::ExecApprovalRequest {
            call_id: None,
            command: vec!["rm".into()],
            cwd: "/w".into(),
            reason: None,
            permissions: vec![
                SandboxPermission::NetworkFullAccess,
                SandboxPermission::DiskWriteFolder { folder: "/srv".into() },
            ],
            unsandboxed: false,
        }),
        r#"{"id":"1","msg":{"type":"exec_approval_request","command":["rm"],"cwd":"/w","permissions":["network-full-access",{"disk-write-folder":{"folder":"/srv"}}]}}"#,
    );
    check(
        &event(EventMsg::ApplyPatchApprovalRequest {
            call_id: None,
            changes: changes(),
            reason: None,
            grant_root: None,
        }),
        &format!(
            r#"{{"id":"1","msg":{{"type":"apply_patch_approval_request","changes":{CHANGES}}}}}"#
        ),
    );
    check(
        &event(EventMsg::ApplyPatchApprovalRequest {
            call_id: Some("c".into()),
            changes: BTreeMap::new(),
            reason: Some("r".into()),
            grant_root: Some("/srv".into()),
        }),
        r#"{"id":"1","msg":{"type":"apply_patch_approval_request","call_id":"c","changes":{},"reason":"r","grant_root":"/srv"}}"#,
    );
}

#[test]
fn events_of_patches() {
    check(
        &event(EventMsg::PatchApplyBegin {
            call_id: "c".into(),
            auto_approved: true,
            changes: changes(),
        }),
        &format!(
            r#"{{"id":"1","msg":{{"type":"patch_apply_begin","call_id":"c","auto_approved":true,"changes":{CHANGES}}}}}"#
        ),
    );
    check(
        &event(EventMsg::PatchApplyEnd {
            call_id: "c".into(),
            stdout: "o".into(),
            stderr: "e".into(),
            success: false,
        }),
        r#"{"id":"1","msg":{"type":"patch_apply_end","call_id":"c","stdout":"o","stderr":"e","success":false}}"#,
    );
}

#[test]
fn token_count_and_plan() {
    check(
        &event(EventMsg::TokenCount(TokenUsage {
            input_tokens: 3,
            cached_input_tokens: 1,
            output_tokens: 2,
            reasoning_output_tokens: 1,
            total_tokens: 5,
        })),
        r#"{"id":"1","msg":{"type":"token_count","input_tokens":3,"cached_input_tokens":1,"output_tokens":2,"reasoning_output_tokens":1,"total_tokens":5}}"#,
    );
    let step = |step: &str, status| PlanItem { step: step.into(), status };
    check(
        &event(EventMsg::PlanUpdate {
            explanation: None,
            plan: vec![
                step("a", PlanStatus::Completed),
                step("b", PlanStatus::InProgress),
                step("c", PlanStatus::Pending),
            ],
        }),
        r#"{"id":"1","msg":{"type":"plan_update","plan":[{"step":"a","status":"completed"},{"step":"b","status":"in_progress"},{"step":"c","status":"pending"}]}}"#,
    );
}

#[test]
fn sessions_of_earlier() {
    check(&submission("1", Op::ListSessions), r#"{"id":"1","op":{"type":"list_sessions"}}"#);
    let resume = |turns| submission("1", Op::ResumeSession { session: "7".into(), turns });
    check(&resume(None), r#"{"id":"1","op":{"type":"resume_session","session":"7"}}"#);
    check(&resume(Some(2)), r#"{"id":"1","op":{"type":"resume_session","session":"7","turns":2}}"#);
    let summary =
        SessionSummary { id: "7".into(), title: "t".into(), time: 3, model: "m".into(), turns: 2 };
    check(
        &event(EventMsg::SessionList { sessions: vec![summary] }),
        r#"{"id":"1","msg":{"type":"session_list","sessions":[{"id":"7","title":"t","time":3,"model":"m","turns":2}]}}"#,
    );
    let said = |images, local_images| Event {
        id: "0".into(),
        msg: EventMsg::UserMessage { turn: 1, message: "hi".into(), images, local_images },
    };
    let resumed = |cut, events| {
        event(EventMsg::SessionResumed { session: "7".into(), model: "m".into(), events, cut })
    };
    check(
        &resumed(None, vec![said(vec![], vec![])]),
        r#"{"id":"1","msg":{"type":"session_resumed","session":"7","model":"m","events":[{"id":"0","msg":{"type":"user_message","turn":1,"message":"hi"}}]}}"#,
    );
    check(
        &resumed(Some(1), vec![said(vec!["data:".into()], vec!["/a.png".into()])]),
        r#"{"id":"1","msg":{"type":"session_resumed","session":"7","model":"m","events":[{"id":"0","msg":{"type":"user_message","turn":1,"message":"hi","images":["data:"],"local_images":["/a.png"]}}],"cut":1}}"#,
    );
}

#[test]
fn file_changes() {
    check(&FileChange::Add { content: "x".into() }, r#"{"add":{"content":"x"}}"#);
    check(&FileChange::Delete, r#""delete""#);
    check(
        &FileChange::Update { unified_diff: "d".into(), move_path: Some("/w/n".into()) },
        r#"{"update":{"unified_diff":"d","move_path":"/w/n"}}"#,
    );
    reads(
        r#"{"update":{"unified_diff":"d"}}"#,
        &FileChange::Update { unified_diff: "d".into(), move_path: None },
    );
    check(
        &Chunk { orig_index: 1, deleted_lines: vec!["a".into()], inserted_lines: vec![] },
        r#"{"orig_index":1,"deleted_lines":["a"],"inserted_lines":[]}"#,
    );
}

/// The lists of names are those of the enums: serde names every variant it
/// expected in the error for one that it does not know.
#[test]
fn the_method_lists_are_complete() {
    fn expected<T: DeserializeOwned + Debug>() -> Vec<String> {
        let error = serde_json::from_str::<T>(r#"{"type":"?"}"#).expect_err("no such variant");
        let text = error.to_string();
        let names = text.split("expected one of ").nth(1).expect("serde lists the variants");
        names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }
    assert_eq!(expected::<Op>(), lsp::OPS);
    assert_eq!(expected::<EventMsg>(), lsp::EVENTS);
    for name in lsp::OPS.iter().chain(lsp::EVENTS) {
        assert_eq!(lsp::variant(&lsp::method(name)).as_deref(), Some(*name));
    }
}

#[test]
fn policy_helpers() {
    let auto = SandboxPolicy::full_auto();
    assert!(auto.has_full_disk_read_access() && !auto.has_full_disk_write_access());
    assert!(!auto.has_full_network_access() && !auto.is_unrestricted());
    assert_eq!(auto.writable_roots("/w".as_ref()), [PathBuf::from("/w")]);
    let extra = SandboxPolicy::read_only_with_writable_roots(&["/a".into(), "/b".into()]);
    assert_eq!(extra.writable_roots("/w".as_ref()), [PathBuf::from("/a"), PathBuf::from("/b")]);
    assert!(SandboxPolicy::read_only().writable_roots("/w".as_ref()).is_empty());
    assert!(SandboxPolicy::unrestricted().is_unrestricted());
    assert!(!SandboxPolicy::default().has_full_disk_read_access());
}
