//! What the sandbox has stopped is asked for, that one thing and nothing else.

use std::net::TcpListener;

use serde_json::{Value, json};
use tiro_tests::{model::Turn, pipe::Pipe};

use crate::stage::{Stage, calls, command, script};

fn answer(pipe: &Pipe, asked: &Value, decision: &str) {
    let id = &asked["msg"]["call_id"];
    pipe.submit(json!({"type": "exec_approval", "id": id, "decision": decision}));
}

fn folder(path: &std::path::Path) -> Value {
    json!([{"disk-write-folder": {"folder": path}}])
}

/// A command that says whether it reaches a port of the host.
fn connects(port: u16) -> Value {
    command(&["bash", "-c", &format!("exec 3<>/dev/tcp/127.0.0.1/{port} && echo CONNECTED")])
}

#[test]
fn a_write_outside_asks_for_that_folder_and_for_no_other() {
    let stage = Stage::new("", &[], []);
    let (one, two) = (stage.project.outside().join("one"), stage.project.outside().join("two"));
    stage.model.then([
        calls("c0", "shell", command(&["mkdir", one.to_str().unwrap(), two.to_str().unwrap()])),
        calls("c1", "shell", script(&format!("echo a > {}/a", one.display()))),
        calls("c2", "shell", script(&format!("echo b > {}/b", one.display()))),
        calls("c3", "shell", script(&format!("echo c > {}/c", two.display()))),
        Turn::say("done"),
    ]);
    let pipe = stage.pipe("on-failure");
    pipe.say("go");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["permissions"], folder(&stage.project.outside()));
    answer(&pipe, &asked, "approved");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["call_id"], "c1", "c0 was allowed for once");
    assert_eq!(asked["msg"]["permissions"], folder(&one));
    assert_eq!(asked["msg"]["unsandboxed"], Value::Null);
    let reason = asked["msg"]["reason"].as_str().unwrap();
    let asks = format!("allow writing `{}`", one.display());
    assert!(reason.contains("one/a") && reason.contains(&asks), "{reason}");
    answer(&pipe, &asked, "approved_for_session");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["call_id"], "c3", "c2 was not asked about");
    assert_eq!(asked["msg"]["permissions"], folder(&two));
    answer(&pipe, &asked, "denied");
    pipe.next("task_complete");
    assert!(one.join("a").exists() && one.join("b").exists() && !two.join("c").exists());
    let told = stage.model.request(5).tool_output("c3");
    assert!(told.contains("does not want to allow writing"), "{told}");
    let stopped = |event: &&Value| {
        event["msg"]["type"] == "exec_command_end" && event["msg"]["denial"].is_string()
    };
    assert_eq!(pipe.events().iter().filter(stopped).count(), 3);
    pipe.finish();
    stage.model.finish();
}

#[test]
fn what_is_taken_back_is_asked_for_again() {
    let stage = Stage::new("", &[], []);
    let outside = stage.project.outside();
    let touch = |id, name: &str| {
        calls(id, "shell", command(&["touch", outside.join(name).to_str().unwrap()]))
    };
    stage.model.then([touch("c1", "a"), Turn::say("one"), touch("c2", "b"), Turn::say("two")]);
    let pipe = stage.pipe("on-failure");
    pipe.say("go");
    answer(&pipe, &pipe.next("exec_approval_request"), "approved_for_session");
    pipe.next("task_complete");
    pipe.submit(json!({"type": "list_grants"}));
    let grants = pipe.next("grant_list")["msg"]["grants"].clone();
    assert_eq!(grants, json!([{"type": "folder", "path": outside}]));
    pipe.submit(json!({"type": "revoke_grant", "grant": grants[0]}));
    assert_eq!(pipe.next("grant_list")["msg"]["grants"], json!([]));
    pipe.say("again");
    answer(&pipe, &pipe.next("exec_approval_request"), "denied");
    pipe.next("task_complete");
    assert!(outside.join("a").exists() && !outside.join("b").exists());
    pipe.finish();
    stage.model.finish();
}

#[test]
fn the_network_is_asked_for_alone_and_closed_again() {
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = host.local_addr().unwrap().port();
    let stage = Stage::new("", &[], []);
    let escaped = stage.project.outside().join("escaped");
    stage.model.then([
        calls("c1", "shell", connects(port)),
        calls("c2", "shell", connects(port)),
        calls("c3", "shell", command(&["touch", escaped.to_str().unwrap()])),
        Turn::say("one"),
        calls("c4", "shell", connects(port)),
        Turn::say("two"),
    ]);
    let pipe = stage.pipe("on-failure");
    pipe.say("go");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["permissions"], json!(["network-full-access"]));
    answer(&pipe, &asked, "approved_for_session");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["call_id"], "c3", "the network is open, and nothing else");
    answer(&pipe, &asked, "denied");
    pipe.next("task_complete");
    assert!(stage.model.request(2).tool_output("c1").contains("CONNECTED"));
    assert!(stage.model.request(3).tool_output("c2").contains("CONNECTED"));
    assert!(!escaped.exists());
    pipe.submit(json!({"type": "revoke_grant", "grant": {"type": "network"}}));
    assert_eq!(pipe.next("grant_list")["msg"]["grants"], json!([]));
    pipe.say("again");
    answer(&pipe, &pipe.next("exec_approval_request"), "denied");
    pipe.next("task_complete");
    assert!(!stage.model.request(6).tool_output("c4").contains("CONNECTED"));
    pipe.finish();
    stage.model.finish();
}

#[test]
fn one_thing_after_the_other_is_asked_for() {
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = host.local_addr().unwrap().port();
    let stage = Stage::new("", &[], []);
    let file = stage.project.outside().join("file");
    let both = format!(
        "set -e; echo x > {}; exec 3<>/dev/tcp/127.0.0.1/{port}; echo CONNECTED",
        file.display()
    );
    stage.model.then([calls("c1", "shell", command(&["bash", "-c", &both])), Turn::say("done")]);
    let pipe = stage.pipe("on-failure");
    pipe.say("go");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["permissions"], folder(&stage.project.outside()));
    answer(&pipe, &asked, "approved");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["permissions"], json!(["network-full-access"]));
    answer(&pipe, &asked, "approved");
    pipe.next("task_complete");
    assert!(stage.model.request(2).tool_output("c1").contains("CONNECTED"));
    assert!(file.exists());
    pipe.submit(json!({"type": "list_grants"}));
    assert_eq!(pipe.next("grant_list")["msg"]["grants"], json!([]), "once is once");
    pipe.finish();
    stage.model.finish();
}

#[test]
fn a_protected_path_takes_running_without_the_sandbox_and_that_is_said() {
    let repository = [
        (".git/config", "[core]\n\trepositoryformatversion = 0\n"),
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".git/refs/x", ""),
        (".git/objects/x", ""),
    ];
    let stage = Stage::new("", &repository, []);
    let writes = command(&["git", "remote", "add", "origin", "/srv/x"]);
    stage.model.then([
        calls("c1", "shell", writes.clone()),
        calls("c2", "shell", writes),
        calls("c3", "shell", script("echo x > .git/hooks")),
        Turn::say("done"),
    ]);
    let pipe = stage.pipe("on-failure");
    pipe.say("go");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["permissions"], Value::Null);
    assert_eq!(asked["msg"]["unsandboxed"], true);
    let reason = asked["msg"]["reason"].as_str().unwrap();
    assert!(reason.contains("/.git/config`: it is protected, as git runs"), "{reason}");
    answer(&pipe, &asked, "approved_for_session");
    let asked = pipe.next("exec_approval_request");
    assert_eq!(asked["msg"]["call_id"], "c3", "the same command runs, another one does not");
    answer(&pipe, &asked, "denied");
    pipe.next("task_complete");
    assert!(stage.project.read(".git/config").contains("/srv/x"));
    assert!(!stage.project.has(".git/hooks"));
    pipe.finish();
    stage.model.finish();
}

#[test]
fn nobody_is_asked_under_never_and_the_model_reads_the_rule() {
    let stage = Stage::new("", &[], []);
    let path = stage.project.outside().join("file");
    stage.model.then([
        calls("c1", "shell", command(&["touch", path.to_str().unwrap()])),
        Turn::say("done"),
    ]);
    let pipe = stage.pipe("never");
    pipe.say("go");
    let end = pipe.next("exec_command_end");
    let denial = end["msg"]["denial"].as_str().unwrap();
    assert!(denial.contains("outside/file`: it lies outside the writable roots"), "{denial}");
    pipe.next("task_complete");
    assert!(stage.model.request(2).tool_output("c1").contains(denial));
    assert_eq!(pipe.count("exec_approval_request"), 0);
    pipe.finish();
}
