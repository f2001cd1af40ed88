//! Bad input: each gives one clear error where the person looks, leaves every file
//! as it was, and leaves the session usable.

use tiro_tests::{client::Client, model::Turn};

use crate::stage::{Stage, ask};

mod absurd;
mod clients;
mod messages;
mod model;
mod patches;

/// The session still does what it is asked.
fn usable(stage: &Stage, client: &Client) {
    stage.model.then([Turn::say("still here")]);
    ask(client, "still there?");
    let said = client.all("tiro/agentMessage");
    assert_eq!(said.last().unwrap()["message"], "still here");
}
