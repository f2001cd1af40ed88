//! JSON Schema and TypeScript, generated from the types of this crate.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use ts_rs::{Config, TS};

use crate::{
    AskForApproval, Checkpoint, CheckpointChange, CheckpointFile, Chunk, Event, EventMsg,
    FileChange, Grant, HunkState, InputItem, Op, OutputStream, PatchSelection, PlanItem,
    PlanStatus, Proposal, ProposedFile, ProposedHunk, ProposedKind, RefusedFile, ReviewDecision,
    SandboxPermission, SandboxPolicy, SessionSummary, Submission, TokenUsage,
};

/// What a peer needs to check a line of the pipe: `Submission` and `Event`,
/// with everything below them under `$defs`.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    let mut generator: SchemaGenerator = SchemaSettings::draft2020_12().into_generator();
    let submission = Submission::json_schema(&mut generator);
    let event = Event::json_schema(&mut generator);
    let chunk = Chunk::json_schema(&mut generator);
    let mut defs = generator.take_definitions(true);
    defs.insert("Submission".into(), submission.into());
    defs.insert("Event".into(), event.into());
    defs.insert("Chunk".into(), chunk.into());
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tiro wire protocol",
        "anyOf": [{ "$ref": "#/$defs/Submission" }, { "$ref": "#/$defs/Event" }],
        "$defs": defs,
    })
}

/// The same types for a TypeScript client, one module.
#[must_use]
pub fn typescript() -> String {
    let config = Config::default().with_large_int("number");
    let mut module = String::from(
        "// Generated from the Rust types by `tiro schema --typescript`; do not edit.\n",
    );
    for (docs, declaration) in [
        declare::<Submission>(&config),
        declare::<Op>(&config),
        declare::<InputItem>(&config),
        declare::<AskForApproval>(&config),
        declare::<ReviewDecision>(&config),
        declare::<PatchSelection>(&config),
        declare::<Grant>(&config),
        declare::<SandboxPolicy>(&config),
        declare::<SandboxPermission>(&config),
        declare::<Event>(&config),
        declare::<EventMsg>(&config),
        declare::<OutputStream>(&config),
        declare::<TokenUsage>(&config),
        declare::<PlanItem>(&config),
        declare::<PlanStatus>(&config),
        declare::<FileChange>(&config),
        declare::<Chunk>(&config),
        declare::<Proposal>(&config),
        declare::<ProposedFile>(&config),
        declare::<ProposedKind>(&config),
        declare::<ProposedHunk>(&config),
        declare::<HunkState>(&config),
        declare::<Checkpoint>(&config),
        declare::<CheckpointFile>(&config),
        declare::<CheckpointChange>(&config),
        declare::<RefusedFile>(&config),
        declare::<SessionSummary>(&config),
    ] {
        module.push('\n');
        module.push_str(docs.as_deref().unwrap_or_default());
        module.push_str("export ");
        module.push_str(&declaration);
        module.push('\n');
    }
    module
}

fn declare<T: TS>(config: &Config) -> (Option<String>, String) {
    (T::docs(), T::decl(config))
}
