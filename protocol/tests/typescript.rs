//! The TypeScript types name what is on the wire.
#![cfg(feature = "schema")]

use tiro_protocol::{
    lsp::{EVENTS, OPS},
    schema::typescript,
};

#[test]
fn every_op_and_event_is_tagged_as_on_the_wire() {
    let module = typescript();
    for name in OPS.iter().chain(EVENTS) {
        assert!(module.contains(&format!("\"type\": \"{name}\"")), "{name} is not in\n{module}");
    }
}

#[test]
fn a_value_is_spelled_as_on_the_wire() {
    let module = typescript();
    for value in ["unless-allow-listed", "disk-write-cwd", "approved_for_session", "in_progress"] {
        assert!(module.contains(&format!("\"{value}\"")), "{value} is not in\n{module}");
    }
}
