//! When the server ends, and with what.
#![expect(clippy::disallowed_methods, reason = "a parent is a process")]

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tiro_tests::{client::Client, lifeline::Lifeline, profile::Profile};

use crate::stage::{AUTOMATIC, Stage, calls, say, script};

#[test]
fn exit_after_shutdown_ends_with_0_while_the_input_is_open() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    // The client never closes the input before the server has ended.
    client.finish();
}

#[test]
fn exit_without_shutdown_ends_with_1_while_the_input_is_open() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = stage.client(Profile::vscode());
    client.notify("exit", Value::Null);
    assert_eq!(client.wait_exit().code(), Some(1));
}

#[test]
fn exit_before_initialize_ends_it() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = Client::start(&stage.project, Profile::vscode());
    client.notify("exit", Value::Null);
    assert_eq!(client.wait_exit().code(), Some(1));
}

fn with_a_running_command(stage: &Stage) -> (Client, Lifeline) {
    let lifeline = Lifeline::new(&stage.project.path("pipe"));
    let hold = script("exec 3>pipe; echo up >&3; sleep 600 & sleep 600");
    stage.model.then([calls("c1", "shell", hold)]);
    let client = stage.client(Profile::vscode());
    say(&client, "go");
    lifeline.started();
    (client, lifeline)
}

#[test]
fn the_end_of_the_input_ends_the_server_and_its_commands() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let (client, lifeline) = with_a_running_command(&stage);
    client.process().input().close();
    client.wait_exit();
    lifeline.gone();
}

#[test]
fn exit_ends_the_commands_too() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let (client, lifeline) = with_a_running_command(&stage);
    client.finish();
    lifeline.gone();
}

#[test]
fn a_killed_server_leaves_no_command_behind() {
    let stage = Stage::new(AUTOMATIC, &[], []);
    let (client, lifeline) = with_a_running_command(&stage);
    client.process().kill();
    lifeline.gone();
}

#[test]
fn the_server_does_not_outlive_the_editor() {
    // Reads its input until that is closed: an editor of the simplest kind.
    let mut parent =
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let stage = Stage::new(AUTOMATIC, &[], []);
    let client = Client::start(&stage.project, Profile::vscode());
    let mut params = client.editor().initialize_params(json!({}));
    params["processId"] = json!(parent.id());
    client.call("initialize", params).unwrap();
    client.notify("initialized", json!({}));
    // Once this is answered the server has begun to watch.
    client.call("tiro/nothing", json!({})).unwrap_err();
    parent.stdin.take();
    parent.wait().unwrap();
    client.wait_exit();
}
