//! Sessions on disk: listed, resumed as the model had them, cut, copied, and
//! whole after the server was killed. Over the pipe; over LSP in `over_lsp`.

mod over_lsp;

use serde_json::{Value, json};
use tiro_tests::{
    model::{Gate, Turn, Wire},
    pipe::{Pipe, tiro},
};

use crate::stage::{AUTOMATIC, Stage, calls, patch, script};

const FILES: [(&str, &str); 1] = [("a.txt", "one\ntwo\n")];

/// A first turn with all that a talk has, and two that only say something.
fn talk() -> [Turn; 5] {
    [
        Turn::new().text("I look and change.").call("c1", "shell", &script("cat a.txt")).call(
            "c2",
            "apply_patch",
            &patch("*** Update File: a.txt\n@@\n-two\n+TWO"),
        ),
        calls("c3", "update_plan", json!({"plan": [{"step": "all", "status": "completed"}]})),
        Turn::say("Done."),
        Turn::say("second answer"),
        Turn::say("third answer"),
    ]
}

fn ask(pipe: &Pipe, text: &str) {
    pipe.say(text);
    pipe.next("task_complete");
}

/// Holds the talk in a process of its own.
fn held(stage: &Stage) -> Value {
    let pipe = stage.pipe("never");
    for text in ["first question\nwith more", "second question", "third question"] {
        ask(&pipe, text);
    }
    let listed = list(&pipe);
    pipe.finish();
    listed[0].clone()
}

fn list(pipe: &Pipe) -> Vec<Value> {
    pipe.submit(json!({"type": "list_sessions"}));
    pipe.next("session_list")["msg"]["sessions"].as_array().unwrap().clone()
}

fn resume(pipe: &Pipe, session: &Value, turns: Option<usize>) -> Value {
    let mut op = json!({"type": "resume_session", "session": session});
    if let Some(turns) = turns {
        op["turns"] = json!(turns);
    }
    let id = pipe.submit(op);
    let resumed = pipe.next("session_resumed");
    assert_eq!(resumed["id"], id.as_str());
    resumed["msg"].clone()
}

/// The types of the events, with the turn of each message of a person.
fn kinds(resumed: &Value) -> String {
    let events = resumed["events"].as_array().unwrap().iter().map(|event| {
        let turn = event["msg"]["turn"].as_u64().map(|turn| format!(" {turn}"));
        format!("{}{}", event["msg"]["type"].as_str().unwrap(), turn.unwrap_or_default())
    });
    events.filter(|kind| kind != "token_count").collect::<Vec<_>>().join(", ")
}

const FIRST: &str = "user_message 1, agent_message, exec_command_begin, exec_command_end, \
                     patch_apply_begin, patch_apply_end, plan_update, agent_message, turn_diff";

#[test]
fn the_model_gets_what_it_had() {
    for wire in [Wire::Chat, Wire::Responses] {
        let stage = Stage::on(wire, AUTOMATIC, "", &FILES, talk());
        let session = held(&stage);
        assert_eq!(session["title"], "first question");
        assert_eq!((&session["model"], &session["turns"]), (&json!("scripted"), &json!(3)));
        assert!(session["time"].as_u64().unwrap() > 1_700_000_000_000);

        let pipe = stage.pipe("never");
        assert_eq!(list(&pipe).len(), 1, "a process that was told nothing has no session");
        let resumed = resume(&pipe, &session["id"], None);
        assert_eq!((&resumed["session"], &resumed["model"]), (&session["id"], &json!("scripted")));
        assert_eq!(
            kinds(&resumed),
            format!("{FIRST}, user_message 2, agent_message, user_message 3, agent_message")
        );
        assert_eq!(resumed["events"][0]["msg"]["message"], "first question\nwith more");
        assert!(resumed.get("cut").is_none(), "{resumed}");

        stage.model.then([Turn::say("fourth answer")]);
        ask(&pipe, "fourth question");
        let (third, fourth) = (stage.model.request(5), stage.model.request(6));
        let known = third.items().len();
        assert_eq!(&fourth.items()[..known], third.items(), "to the letter");
        assert_eq!(fourth.assistant_texts().last().unwrap(), "third answer");
        assert_eq!(fourth.last_user_text(), "fourth question");
        assert_eq!(fourth.items().len(), known + 2);
        assert_eq!(list(&pipe)[0]["turns"], 4, "in the same file");
        pipe.finish();
        stage.model.finish();
    }
}

#[test]
fn what_was_said_can_be_said_anew() {
    let stage = Stage::new(AUTOMATIC, &FILES, talk());
    let session = held(&stage);
    let pipe = stage.pipe("never");
    // Both at once: what is said waits for the session that it is for.
    stage.model.then([Turn::say("another answer"), Turn::say("last answer")]);
    pipe.submit(json!({"type": "resume_session", "session": session["id"], "turns": 1}));
    pipe.say("second question, better");
    let resumed = pipe.next("session_resumed")["msg"].clone();
    assert_eq!((kinds(&resumed).as_str(), &resumed["cut"]), (FIRST, &json!(2)));
    pipe.next("task_complete");
    let request = stage.model.request(6);
    assert_eq!(request.user_texts(), ["first question\nwith more", "second question, better"]);
    assert_eq!(list(&pipe)[0]["turns"], 2);

    // In the session that runs, too, which knows its own id.
    let own = resumed["session"].clone();
    let resumed = resume(&pipe, &own, Some(0));
    assert_eq!((&resumed["events"], &resumed["cut"]), (&json!([]), &json!(2)));
    ask(&pipe, "all anew");
    assert_eq!(stage.model.request(7).user_texts(), ["all anew"]);
    assert_eq!(list(&pipe).len(), 1);
    pipe.finish();
    stage.model.finish();
    let file = stage.project.sessions().pop().expect("one file");
    for said in ["third question", "second question, better", "all anew"] {
        assert!(file.contains(said), "{said} is in {file}");
    }
}

#[test]
fn a_session_says_under_which_id_it_can_be_resumed() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("a")]);
    let pipe = Pipe::start(&stage.project);
    pipe.configure("never", json!([]));
    let id = pipe.next("session_configured")["msg"]["session_id"].clone();
    ask(&pipe, "hi");
    assert_eq!(list(&pipe)[0]["id"], id);
    pipe.finish();

    let none = Stage::new("[history]\npersistence = \"none\"", &[], [Turn::say("a")]);
    let pipe = Pipe::start(&none.project);
    pipe.configure("never", json!([]));
    let configured = pipe.next("session_configured");
    assert!(configured["msg"].get("session_id").is_none(), "{configured}");
    ask(&pipe, "hi");
    assert_eq!(list(&pipe), Vec::<Value>::new());
    pipe.finish();
    assert_eq!(none.project.sessions(), Vec::<String>::new());
}

#[test]
fn what_a_single_task_did_can_be_resumed_too() {
    let stage = Stage::new(AUTOMATIC, &[], ["a", "b"].map(Turn::say));
    assert!(tiro(&stage.project, &["exec", "do it"]).status.success());
    let pipe = stage.pipe("never");
    let session = list(&pipe)[0].clone();
    assert_eq!(session["title"], "do it");
    resume(&pipe, &session["id"], None);
    ask(&pipe, "more");
    let request = stage.model.request(2);
    assert_eq!((request.user_texts().len(), request.assistant_texts()), (2, vec!["a".to_owned()]));
    pipe.finish();
}

#[test]
fn a_server_that_is_killed_leaves_what_can_be_resumed() {
    let gate = Gate::new();
    let turns = [
        Turn::say("first answer"),
        calls("c1", "shell", script("echo done")),
        Turn::new().text("half an ").wait(&gate),
    ];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let pipe = stage.pipe("never");
    ask(&pipe, "first question");
    pipe.say("second question");
    gate.reached();
    // Two owners: what the first one was handed before is on disk.
    let other = stage.pipe("never");
    let mut seen = list(&other);
    while seen.first().is_none_or(|session| session["turns"] != 2) {
        seen = list(&other);
    }
    other.finish();
    pipe.process().kill();
    pipe.finish();
    gate.open();

    let pipe = stage.pipe("never");
    let resumed = resume(&pipe, &seen[0]["id"], None);
    assert_eq!(resumed["session"], seen[0]["id"], "nobody holds it any more");
    stage.model.then([Turn::say("third answer")]);
    ask(&pipe, "third question");
    let request = stage.model.request(4);
    let said = request.user_texts();
    assert_eq!(said[..2], ["first question", "second question"]);
    assert!(said[2].contains("breaks off here") && said[3] == "third question", "{said:?}");
    pipe.finish();
    stage.model.finish();
}

#[test]
fn two_servers_do_not_write_one_file() {
    let stage = Stage::new(AUTOMATIC, &[], ["a", "b", "c"].map(Turn::say));
    let (one, other) = (stage.pipe("never"), stage.pipe("never"));
    ask(&one, "one");
    // Who lists has written all before.
    let id = list(&one)[0]["id"].clone();
    assert_eq!(list(&other)[0]["id"], id);
    let resumed = resume(&other, &id, None);
    assert_ne!(resumed["session"], id);
    ask(&other, "other");
    ask(&one, "one again");
    assert_eq!(stage.model.request(2).user_texts(), ["one", "other"]);
    assert_eq!(stage.model.request(3).user_texts(), ["one", "one again"]);
    let files = stage.project.sessions();
    assert_eq!(files.len(), 2);
    assert!(files.iter().all(|it| it.contains("one again") != it.contains("other")), "{files:?}");
    one.finish();
    other.finish();
}

#[test]
fn what_cannot_be_resumed_is_said_and_changes_nothing() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("a"), Turn::say("b")]);
    let pipe = stage.pipe("never");
    ask(&pipe, "first");
    for unknown in ["nothing", "../../x"] {
        let id = pipe.submit(json!({"type": "resume_session", "session": unknown}));
        let error = pipe.next("error");
        assert_eq!(error["id"], id.as_str());
        let message = error["msg"]["message"].as_str().unwrap();
        assert!(message.contains("there is no session"), "{message}");
    }
    ask(&pipe, "second");
    assert_eq!(stage.model.request(2).user_texts(), ["first", "second"]);
    pipe.finish();
    stage.model.finish();
}

#[test]
fn a_state_directory_that_cannot_be_used_stops_nothing() {
    let stage = Stage::new(AUTOMATIC, &[], [Turn::say("a"), Turn::say("b")]);
    stage.project.blocks_sessions();
    let pipe = stage.pipe("never");
    ask(&pipe, "first");
    ask(&pipe, "second");
    assert_eq!(list(&pipe), Vec::<Value>::new());
    pipe.finish();
    let told = |event: &&Value| {
        event["msg"]["message"].as_str().is_some_and(|text| text.contains("is not kept"))
    };
    assert_eq!(pipe.events().iter().filter(told).count(), 1, "it is said once");
    assert_eq!(stage.model.request(2).user_texts(), ["first", "second"]);
    stage.model.finish();
}

#[test]
fn a_conversation_that_was_shortened_is_resumed_as_it_was_then() {
    let config = format!("{AUTOMATIC}\nmodel_context_window = 2000");
    let long = |id: &str| calls(id, "shell", script("seq 1 700"));
    let turns =
        [long("c1"), Turn::say("a"), long("c2"), Turn::say("b"), Turn::say("c"), Turn::say("d")];
    let stage = Stage::new(&config, &[], turns);
    let pipe = stage.pipe("never");
    for text in ["one", "two", "three"] {
        ask(&pipe, text);
    }
    let id = list(&pipe)[0]["id"].clone();
    pipe.finish();
    let third = stage.model.request(5);
    assert!(third.items().iter().any(|it| it.to_string().contains("left out to save room")));
    let pipe = stage.pipe("never");
    resume(&pipe, &id, None);
    ask(&pipe, "four");
    let fourth = stage.model.request(6);
    assert_eq!(&fourth.items()[..third.items().len()], third.items());
    pipe.finish();
    stage.model.finish();
}
