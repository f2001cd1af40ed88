//! A conversation that outgrows the model's window. (The scripted model refuses a
//! request in which a call has lost its result; [`Model::finish`] tells.)
//!
//! [`Model::finish`]: tiro_tests::model::Model::finish

use serde_json::json;
use tiro_tests::{
    model::{Model, Turn, Wire},
    profile::Profile,
};

use crate::stage::{AUTOMATIC, Stage, ask, calls, script};

/// Tokens. Three quarters of it, at three bytes a token, are for the conversation.
const WINDOW: usize = 4_000;
const ROOM: usize = WINDOW * 3 / 4 * 3;

fn small() -> String {
    format!("{AUTOMATIC}\nmodel_context_window = {WINDOW}")
}

fn prints(name: &str, bytes: usize) -> serde_json::Value {
    script(&format!("echo begin-{name}; seq -s ' ' 1 {}; echo end-{name}", bytes / 5))
}

/// Bytes of what was said and done in each request, the instructions aside.
fn sizes(model: &Model) -> Vec<usize> {
    let size = |request: tiro_tests::model::Request| {
        let outputs: usize = request.tool_outputs().values().map(String::len).sum();
        let said: usize = request.user_texts().iter().map(String::len).sum();
        outputs + said
    };
    model.requests().into_iter().map(size).collect()
}

#[test]
fn a_long_conversation_goes_on_and_the_person_is_told() {
    for wire in [Wire::Chat, Wire::Responses] {
        let turns = (0..12).flat_map(|number| {
            let id = format!("c{number}");
            [calls(&id, "shell", prints(&id, 2_000)), Turn::say(&format!("that was {id}"))]
        });
        let stage = Stage::on(wire, &small(), "", &[], turns);
        let client = stage.client(Profile::vscode());
        for number in 0..12 {
            ask(&client, &format!("question {number}"));
        }
        assert!(client.all("tiro/error").is_empty(), "{:?}", client.all("tiro/error"));
        let told = client.next_where("tiro/backgroundEvent", |event| {
            event["message"].as_str().is_some_and(|text| text.contains("outgrown"))
        });
        assert!(told["message"].as_str().unwrap().contains("4000 tokens"), "{told}");
        let sizes = sizes(&stage.model);
        assert!(sizes.iter().all(|size| *size <= ROOM), "{sizes:?}");
        let last = stage.model.request(24);
        assert!(last.tool_output("c11").contains("end-c11"), "the latest result is whole");
        assert_eq!(last.last_user_text(), "question 11");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn one_task_with_many_results_goes_on() {
    for wire in [Wire::Chat, Wire::Responses] {
        let mut turns: Vec<Turn> = (0..15)
            .map(|number| {
                let (a, b) = (format!("a{number}"), format!("b{number}"));
                Turn::new().call(&a, "shell", &prints(&a, 1_500)).call(
                    &b,
                    "shell",
                    &prints(&b, 1_500),
                )
            })
            .collect();
        turns.push(Turn::say("done"));
        let stage = Stage::on(wire, &small(), "", &[], turns);
        let client = stage.client(Profile::vscode());
        ask(&client, "do it all");
        assert!(client.all("tiro/error").is_empty(), "{:?}", client.all("tiro/error"));
        let sizes = sizes(&stage.model);
        assert!(sizes.iter().all(|size| *size <= ROOM), "{sizes:?}");
        for number in 0..15 {
            let request = stage.model.request(number + 2);
            for id in [format!("a{number}"), format!("b{number}")] {
                let output = request.tool_output(&id);
                assert!(output.contains(&format!("end-{id}")), "it is seen once, whole: {output}");
            }
            assert_eq!(request.user_texts()[0], "do it all");
        }
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_result_that_is_larger_than_the_window_keeps_its_head_and_its_tail() {
    let stage =
        Stage::new(&small(), &[], [calls("c1", "shell", prints("c1", 30_000)), Turn::say("done")]);
    let client = stage.client(Profile::vscode());
    ask(&client, "go");
    let output = stage.model.request(2).tool_output("c1");
    assert!(output.contains("begin-c1") && output.contains("end-c1"), "{output}");
    assert!(output.len() <= ROOM, "{} bytes", output.len());
    assert!(client.all("tiro/error").is_empty());
    client.finish();
    stage.model.finish();
}

#[test]
fn many_small_steps_of_one_task_go_too() {
    let step = |number: usize| calls(&format!("c{number}"), "shell", script("echo ok"));
    // What a call says counts as well as what comes of it.
    let long = |number: usize| {
        let text = format!("echo {}", "x".repeat(600));
        calls(&format!("c{number}"), "shell", script(&text))
    };
    let turns = (0..40).map(|number| if number % 2 == 0 { long(number) } else { step(number) });
    let stage = Stage::new(&small(), &[], turns.chain([Turn::say("done")]));
    let client = stage.client(Profile::vscode());
    ask(&client, "go");
    assert!(client.all("tiro/error").is_empty());
    let last = stage.model.request(41);
    assert_eq!(last.user_texts()[0], "go", "what was asked for stays");
    assert!(last.tool_outputs().len() < 40, "{}", last.tool_outputs().len());
    assert!(last.tool_output("c39").contains("ok"));
    let bytes = json!(last.items()[1..]).to_string().len();
    // Names, ids and quotes aside.
    assert!(bytes < ROOM * 2, "{bytes}");
    client.finish();
    stage.model.finish();
}
