//! What a person sees without a plugin while a task runs: progress of the task
//! and of each command, and the plan, the diff and the output of a command.

use serde_json::{Value, json};
use tiro_tests::{
    client::Client,
    model::{Gate, Turn},
    profile::Profile,
    uri,
};

use crate::{
    plain_client::run,
    stage::{AUTOMATIC, Stage, calls, patch, script},
};

/// Every progress so far: the kinds that came for each token.
fn progress(client: &Client) -> Vec<(String, Vec<String>)> {
    let mut seen: Vec<(String, Vec<String>)> = Vec::new();
    for params in client.all("$/progress") {
        let token = params["token"].as_str().unwrap().to_owned();
        let kind = params["value"]["kind"].as_str().unwrap().to_owned();
        match seen.iter_mut().find(|(known, _)| *known == token) {
            Some((_, kinds)) => kinds.push(kind),
            None => seen.push((token, vec![kind])),
        }
    }
    seen
}

/// A command that waits until the test makes a file.
fn waits() -> Turn {
    let text = "echo Compiling; until test -e go; do sleep 0.05; done; echo Finished";
    calls("c1", "shell", script(text))
}

#[test]
fn a_task_and_each_command_have_a_progress_that_ends() {
    for profile in Profile::all() {
        if !profile.declares("/window/workDoneProgress") {
            continue;
        }
        let name = profile.name.clone();
        let gate = Gate::new();
        let stage = Stage::new(AUTOMATIC, &[], [waits(), Turn::new().text("done").wait(&gate)]);
        let client = stage.plain(profile);
        run(&client, "tiro.ask", json!(["go"]));
        let begun = |title: &str| {
            client.next_where("$/progress", |params| {
                let value = &params["value"];
                value["kind"] == "begin"
                    && value["title"].as_str().is_some_and(|it| it.contains(title))
            })
        };
        let task = begun("Tiro");
        let command = begun("echo Compiling");
        assert_eq!(command["value"]["cancellable"], true, "{name}");
        assert_ne!(task["token"], command["token"], "{name}");
        // What it said last, and for how long it has run.
        client.next_where("$/progress", |params| {
            let message = params["value"]["message"].as_str().unwrap_or_default();
            params["token"] == command["token"] && message.starts_with("Compiling (")
        });
        stage.project.write("go", b"");
        client.next_where("$/progress", |params| {
            params["token"] == command["token"] && params["value"]["kind"] == "end"
        });
        gate.open();
        client.next_where("$/progress", |params| {
            params["token"] == task["token"] && params["value"]["kind"] == "end"
        });
        client.finish();
    }
}

#[test]
fn cancelling_the_progress_of_a_command_interrupts_and_ends_every_progress() {
    let stage = Stage::new(AUTOMATIC, &[], [waits(), Turn::say("here again")]);
    let client = stage.plain(Profile::vscode());
    run(&client, "tiro.ask", json!(["go"]));
    let command = client.next_where("$/progress", |params| {
        let title = params["value"]["title"].as_str().unwrap_or_default();
        params["value"]["kind"] == "begin" && title.contains("Compiling")
    });
    client.notify("window/workDoneProgress/cancel", json!({"token": "another"}));
    client.notify("window/workDoneProgress/cancel", json!({"token": command["token"]}));
    run(&client, "tiro.ask", json!(["and now?"]));
    client.next_request("window/showDocument");
    // The end of the last task is on its way.
    client.call("workspace/executeCommand", json!({"command": "tiro.nope"})).unwrap_err();
    for (token, kinds) in progress(&client).iter().take(2) {
        assert_eq!(kinds.last().map(String::as_str), Some("end"), "{token} {kinds:?}");
    }
    client.finish();
    stage.model.finish();
}

#[test]
fn shutting_down_ends_every_progress() {
    let stage = Stage::new(AUTOMATIC, &[], [waits()]);
    let client = stage.plain(Profile::vscode());
    run(&client, "tiro.ask", json!(["go"]));
    client.next_where("$/progress", |params| {
        let title = params["value"]["title"].as_str().unwrap_or_default();
        params["value"]["kind"] == "begin" && title.contains("Compiling")
    });
    client.call("shutdown", Value::Null).unwrap();
    let seen = progress(&client);
    assert_eq!(seen.len(), 2);
    for (token, kinds) in seen {
        let ends = kinds.iter().filter(|kind| *kind == "end").count();
        assert_eq!((ends, kinds.last().map(String::as_str)), (1, Some("end")), "{token}");
    }
    client.notify("exit", Value::Null);
    assert_eq!(client.wait_exit().code(), Some(0));
}

fn plan(step: &str) -> Turn {
    calls("p1", "update_plan", json!({"plan": [{"step": step, "status": "in_progress"}]}))
}

fn turns() -> Vec<Turn> {
    vec![
        plan("mend the parser"),
        calls("c1", "shell", script("echo from the command; exit 3")),
        calls("e1", "apply_patch", patch("*** Update File: a.txt\n@@\n-one\n+two")),
        Turn::say("done"),
    ]
}

/// Runs a whole task in a stage.
fn whole_task(client: &Client, stage: &Stage) {
    run(client, "tiro.ask", json!(["go"]));
    stage.model.request(4);
    client.wait("the answer", |log| {
        log.iter().find(|message| {
            let of = |method| message.from_server && message.method() == Some(method);
            let text = message.value["params"]["message"].as_str().unwrap_or_default();
            of("window/showDocument") || of("window/showMessage") && text.contains("done")
        })?;
        Some(())
    });
}

/// Each command, and something that is in what it shows.
const SHOWN: [(&str, &str); 3] = [
    ("tiro.plan", "- [ ] mend the parser (now)"),
    ("tiro.diff", "-one\n+two"),
    ("tiro.output", "from the command\n\n# exit code 3"),
];

/// A client that asks for our documents.
fn asks_for_content() -> Profile {
    Profile::vscode()
        .declaring("workspace/textDocumentContent", json!({"dynamicRegistration": true}))
}

#[test]
fn plan_diff_and_output_are_shown_in_every_client() {
    for profile in Profile::all().into_iter().chain([asks_for_content()]) {
        let name = profile.name.clone();
        let content = !profile.capability("/workspace/textDocumentContent").is_null();
        let documents = profile.declares("/window/showDocument/support");
        let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\n")], turns());
        let client = stage.plain(profile);
        whole_task(&client, &stage);
        if documents {
            client.next_request("window/showDocument");
        }
        for (command, expected) in SHOWN {
            run(&client, command, json!([]));
            if !documents {
                client.next_where("window/showMessage", |params| {
                    params["message"].as_str().is_some_and(|text| text.contains(expected))
                });
                continue;
            }
            let shown = client.next_request("window/showDocument");
            assert_eq!(shown.params["takeFocus"], true);
            let address = shown.params["uri"].as_str().unwrap();
            assert_eq!(address.starts_with("tiro:"), content, "{name}: {address}");
            let text = if content {
                let params = json!({"uri": address});
                let result = client.call("workspace/textDocumentContent", params).unwrap();
                result["text"].as_str().unwrap().to_owned()
            } else {
                #[expect(clippy::disallowed_methods, reason = "the file the editor would show")]
                let text = std::fs::read_to_string(uri::to_path(address).unwrap()).unwrap();
                text
            };
            assert!(text.contains(expected), "{name} {command}: {text}");
        }
        run(&client, "tiro.output", json!([{"call_id": "c1"}]));
        let params = json!({"command": "tiro.output", "arguments": [{"call_id": "c9"}]});
        assert_eq!(client.call("workspace/executeCommand", params).unwrap_err().code, -32602);
        client.finish();
    }
}

#[test]
fn where_there_is_nothing_to_look_at_that_is_said() {
    for profile in [Profile::bare(), asks_for_content()] {
        let stage = Stage::new(AUTOMATIC, &[], []);
        let client = stage.plain(profile);
        for (command, said) in [
            ("tiro.plan", "the task has no plan"),
            ("tiro.diff", "no task has changed anything yet"),
            ("tiro.output", "no command has run yet"),
        ] {
            run(&client, command, json!([]));
            client.next_where("window/showMessage", |params| {
                params["message"].as_str().is_some_and(|text| text.contains(said))
            });
        }
        let error = client.call("workspace/textDocumentContent", json!({"uri": "tiro:/x"}));
        assert_eq!(error.unwrap_err().code, -32602);
        client.finish();
    }
}

#[test]
fn the_output_of_a_running_command_grows_where_it_is_shown() {
    let stage = Stage::new(AUTOMATIC, &[], [waits(), Turn::say("done")]);
    let client = stage.plain(asks_for_content());
    let registered = client.next_request("client/registerCapability");
    let registration = &registered.params["registrations"][0];
    assert_eq!(registration["method"], "workspace/textDocumentContent");
    assert_eq!(registration["registerOptions"], json!({"schemes": ["tiro"]}));
    run(&client, "tiro.ask", json!(["go"]));
    client.next_where("$/progress", |params| {
        params["value"]["message"].as_str().is_some_and(|text| text.starts_with("Compiling"))
    });
    run(&client, "tiro.output", json!([]));
    let shown = client.next_request("window/showDocument");
    let document = json!({"uri": shown.params["uri"]});
    let text = |client: &Client| {
        let result = client.call("workspace/textDocumentContent", document.clone()).unwrap();
        result["text"].as_str().unwrap().to_owned()
    };
    assert!(text(&client).ends_with("Compiling\n\n# still running\n"));
    stage.project.write("go", b"");
    loop {
        let refresh = client.next_request("workspace/textDocumentContent/refresh");
        assert_eq!(refresh.params, document);
        if text(&client).ends_with("Compiling\nFinished\n\n# exit code 0\n") {
            break;
        }
    }
    client.finish();
    stage.model.finish();
}
