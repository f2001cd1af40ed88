//! The wire types of Tiro: what a client submits and what the agent reports.
//!
//! Only shapes live here: no IO, no logic beyond reading and writing them, no
//! async runtime and no LSP crate. The server and every client are written
//! against these types; `tests/golden.rs` pins the JSON of each variant.

mod approval;
mod checkpoint;
mod event;
mod file_change;
pub mod lsp;
mod op;
mod proposal;
mod sandbox_policy;
#[cfg(feature = "schema")]
pub mod schema;
mod session;

pub use approval::{AskForApproval, Grant, ReviewDecision};
pub use checkpoint::{Checkpoint, CheckpointChange, CheckpointFile, RefusedFile};
pub use event::{Event, EventMsg, OutputStream, PlanItem, PlanStatus, TokenUsage};
pub use file_change::{Chunk, FileChange};
pub use op::{InputItem, Op, Submission};
pub use proposal::{HunkState, PatchSelection, Proposal, ProposedFile, ProposedHunk, ProposedKind};
pub use sandbox_policy::{SandboxPermission, SandboxPolicy};
pub use session::SessionSummary;
