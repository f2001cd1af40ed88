//! The chat document in clients that never heard of Tiro: what a person writes
//! under `## You` is sent, and the answer streams into the buffer as edits.

mod broken;
mod helpers;
mod queue;
mod talk;
mod typing;
