//! Properties of edits on the way from a plan to the text that a person sees.
//! `benches/edits.rs` runs the same with more cases.
#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

mod clients;
mod interleavings;
mod texts;

#[test]
fn every_client_ends_with_the_text_of_the_reference() {
    clients::run(2000);
}

#[test]
fn no_character_that_a_person_typed_is_lost() {
    interleavings::run(500);
}
