//! Patches that a person decides on hunk by hunk, while they type on.

mod together;

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client, RpcError},
    model::Turn,
    profile::Profile,
};

use crate::stage::{ASKING, AUTOMATIC, Stage, calls, patch, say, text_of};

const TEXT: &str = "01\n02\n03\n04\n05\n06\n07\n08\n09\n10\n11\n12\n";

const THREE: &str = "*** Update File: a.txt\n@@\n-02\n+two\n@@\n-06\n+six\n@@\n-10\n+ten";

/// A task whose one patch waits for the person; `a.txt` is open.
struct Asked {
    stage: Stage,
    client: Client,
}

impl Asked {
    fn new(profile: Profile, text: &str, body: &str) -> Self {
        Self::with(profile, &[("a.txt", text)], &[body])
    }

    fn with(profile: Profile, files: &[(&str, &str)], bodies: &[&str]) -> Self {
        let turn = bodies.iter().enumerate().fold(Turn::new(), |turn, (at, body)| {
            turn.call(&format!("c{}", at + 1), "apply_patch", &patch(body))
        });
        let stage = Stage::new(ASKING, files, [turn, Turn::say("done")]);
        let client = stage.client(profile);
        client.open(&stage.project.path("a.txt"));
        say(&client, "go");
        for _ in bodies {
            client.next("tiro/applyPatchApprovalRequest");
        }
        Self { stage, client }
    }

    fn types(&self, old: &str, new: &str) {
        let path = self.stage.project.path("a.txt");
        self.client.edit(|editor| editor.type_over(&path, old, new));
    }

    fn text(&self) -> String {
        text_of(&self.stage, &self.client, "a.txt")
    }

    fn approve(&self, selection: Value) -> Result<Value, RpcError> {
        let params = json!({"id": "c1", "decision": "approved", "selection": selection});
        self.client.call("tiro/patchApproval", params)
    }

    fn hunk(&self, method: &str, hunk: &str) -> Result<Value, RpcError> {
        self.client.call(method, json!({"proposal": "c1", "hunk": hunk}))
    }

    /// Waits for the end of the task; what the model was told of the call.
    fn told(&self, call_id: &str) -> String {
        self.client.next("tiro/taskComplete");
        self.stage.model.request(2).tool_output(call_id)
    }

    /// Waits until the proposal has a hunk in this state.
    fn until(&self, hunk: &str, state: &str) -> Value {
        let params = self.client.next_where("tiro/proposalUpdated", |params| {
            hunks(&params["proposal"]).any(|it| it["id"] == hunk && it["state"] == state)
        });
        params["proposal"].clone()
    }

    fn closed(&self) -> Value {
        let closed = |params: &Value| params["proposal"]["open"] == false;
        self.client.next_where("tiro/proposalUpdated", closed)["proposal"].clone()
    }
}

fn hunks(proposal: &Value) -> impl Iterator<Item = &Value> {
    let files = proposal["files"].as_array().into_iter().flatten();
    files.flat_map(|file| file["hunks"].as_array().into_iter().flatten())
}

#[test]
fn some_hunks_are_taken_and_the_model_is_told_which() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let asked = Asked::new(profile, TEXT, THREE);
        let made = asked.client.next("tiro/proposalUpdated")["proposal"].clone();
        assert_eq!((&made["id"], &made["open"]), (&json!("c1"), &json!(true)));
        let lines: Vec<&Value> = hunks(&made).map(|hunk| &hunk["orig_index"]).collect();
        assert_eq!(lines, [2, 6, 10], "{name}");
        asked.approve(json!({"approve": ["h1", "h3"]})).expect("taken");
        let told = asked.told("c1");
        assert_eq!(asked.text(), TEXT.replace("02", "two").replace("10", "ten"), "{name}");
        let path = asked.stage.project.path("a.txt");
        let path = path.display();
        let rest = format!(
            "{path}: applied h1, h3\n{path}: the person rejected h2:\n  @@ line 6 @@\n  -06\n  +six\n"
        );
        let first = told.lines().next().unwrap_or_default();
        assert!(first.starts_with("changed") && first.ends_with("a.txt"), "{name}: {told}");
        assert_eq!(told.split_once('\n').map(|(_, rest)| rest), Some(&*rest), "{name}");
        let end = asked.client.next("tiro/patchApplyEnd");
        assert_eq!((&end["success"], &end["stdout"]), (&json!(true), &json!(told)));
        let diff = asked.client.next("tiro/patchApplyBegin")["changes"].to_string();
        assert!(diff.contains("two") && diff.contains("ten") && !diff.contains("six"), "{diff}");
        let diff = asked.client.next("tiro/turnDiff")["unified_diff"].to_string();
        assert!(diff.contains("two") && diff.contains("ten") && !diff.contains("six"), "{diff}");
        asked.client.finish();
    }
}

#[test]
fn a_selection_that_makes_no_sense_leaves_the_approval_pending() {
    let asked = Asked::new(Profile::helix(), TEXT, THREE);
    let refused = |selection| {
        let error = asked.approve(selection).expect_err("refused");
        assert_eq!(error.code, -32602, "{error:?}");
        error.message
    };
    assert!(refused(json!({"approve": ["h1", "h7"]})).contains("h7"));
    assert!(refused(json!({"approve": ["h1"], "reject": ["h1"]})).contains("h1"));
    assert!(refused(json!({"amend": {"/nowhere": "x"}})).contains("/nowhere"));
    let denied = json!({"id": "c1", "decision": "denied", "selection": {}});
    assert_eq!(asked.client.call("tiro/patchApproval", denied).unwrap_err().code, -32602);
    assert_eq!(asked.hunk("tiro/acceptHunk", "h7").unwrap_err().code, -32602);
    let unknown = json!({"proposal": "c9"});
    assert_eq!(asked.client.call("tiro/proposal", unknown).unwrap_err().code, -32602);
    assert_eq!(asked.text(), TEXT);
    asked.approve(json!({})).expect("still pending");
    asked.told("c1");
    assert_eq!(asked.text(), TEXT.replace("02", "two").replace("06", "six").replace("10", "ten"));
    asked.client.finish();
}

#[test]
fn an_amended_text_takes_the_place_of_the_proposed_one() {
    let asked = Asked::new(Profile::vscode(), TEXT, THREE);
    let amended = TEXT.replace("02", "zwei").replace("06", "six");
    let path = asked.stage.project.path("a.txt").display().to_string();
    asked.approve(json!({"amend": {path: amended}})).expect("taken");
    let told = asked.told("c1");
    assert_eq!(asked.text(), amended);
    assert!(told.contains("another text than the proposed one"), "{told}");
    assert!(told.contains("-two\n") && told.contains("+zwei\n"), "{told}");
    assert!(told.contains("-ten\n") && told.contains("+10\n"), "{told}");
    asked.client.finish();
}

#[test]
fn hunks_are_decided_one_by_one_and_then_applied_together() {
    let asked = Asked::new(Profile::neovim(), TEXT, THREE);
    asked.hunk("tiro/acceptHunk", "h3").expect("taken");
    asked.until("h3", "accepted");
    asked.hunk("tiro/rejectHunk", "h1").expect("taken");
    let list = asked.client.call("tiro/proposal", json!({"proposal": "c1"})).expect("a list");
    let states: Vec<&Value> = hunks(&list["proposals"][0]).map(|hunk| &hunk["state"]).collect();
    assert_eq!(states, ["rejected", "pending", "accepted"]);
    assert!(list["id"].is_string());
    assert_eq!(asked.client.next("tiro/proposalList")["proposals"], list["proposals"]);
    assert_eq!(asked.text(), TEXT, "nothing before the last is decided");
    asked.hunk("tiro/acceptHunk", "h2").expect("taken");
    asked.closed();
    asked.told("c1");
    assert_eq!(asked.text(), TEXT.replace("06", "six").replace("10", "ten"));
    assert_eq!(asked.client.all("workspace/applyEdit").len(), 1, "one step to undo");
    assert_eq!(asked.hunk("tiro/acceptHunk", "h1").unwrap_err().code, -32602);
    asked.client.finish();
}

#[test]
fn when_all_is_rejected_the_patch_is_denied() {
    let asked = Asked::new(Profile::helix(), TEXT, THREE);
    asked.approve(json!({"reject": ["h1", "h2", "h3"]})).expect("taken");
    asked.closed();
    let told = asked.told("c1");
    assert!(told.contains("does not want this change"), "{told}");
    assert_eq!(asked.text(), TEXT);
    assert!(asked.client.all("tiro/patchApplyBegin").is_empty());
    asked.client.finish();
}

#[test]
fn typing_around_a_pending_patch_moves_it() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let takes_edits = profile.declares("/workspace/applyEdit");
        let asked = Asked::new(profile, TEXT, THREE);
        asked.types("01\n", "typed above\n01\n");
        asked.types("12\n", "12\ntyped below\n");
        asked.types("07", "07 typed");
        asked.client.next_where("tiro/proposalUpdated", |params| {
            hunks(&params["proposal"]).next().is_some_and(|hunk| hunk["orig_index"] == 3)
        });
        let before = asked.client.editor().text(&asked.stage.project.path("a.txt")).to_owned();
        asked.approve(json!({})).expect("taken");
        asked.told("c1");
        let wanted = before.replace("02", "two").replace("06", "six").replace("10", "ten");
        if takes_edits {
            assert_eq!(asked.text(), wanted, "{name}");
        }
        asked.client.finish();
    }
}

#[test]
fn what_the_person_changed_themselves_is_kept_as_a_conflict_until_they_decide() {
    let asked = Asked::new(Profile::vscode(), TEXT, THREE);
    asked.types("06", "06 mine");
    let conflict = asked.until("h2", "conflict");
    let hunk = hunks(&conflict).nth(1).expect("three hunks").clone();
    assert_eq!(hunk["current_lines"], json!(["06 mine"]));
    let error = asked.hunk("tiro/acceptHunk", "h2").expect_err("it does not fit");
    assert!(error.code == -32602 && error.message.contains("h2"), "{error:?}");

    asked.approve(json!({})).expect("taken");
    let told = asked.told("c1");
    let merged = TEXT.replace("02", "two").replace("06", "06 mine").replace("10", "ten");
    assert_eq!(asked.text(), merged);
    assert!(told.contains("applied h1, h3") && told.contains("h2 was not applied"), "{told}");
    assert!(told.contains("06 mine"), "{told}");
    let shown = asked.client.next_where("textDocument/publishDiagnostics", |params| {
        params["diagnostics"].as_array().is_some_and(|all| all.len() == 1)
    });
    let diagnostic = &shown["diagnostics"][0];
    assert_eq!(diagnostic["source"], "tiro");
    assert_eq!(diagnostic["severity"], 2);
    assert_eq!(diagnostic["range"]["start"]["line"], 5);

    // It follows the text, and fits again when the person takes their change back.
    asked.types("01\n", "00\n01\n");
    asked.client.next_where("textDocument/publishDiagnostics", |params| {
        params["diagnostics"][0]["range"]["start"]["line"] == 6
    });
    asked.types("06 mine", "06");
    asked.until("h2", "pending");
    asked.client.next_where("textDocument/publishDiagnostics", |params| {
        params["diagnostics"].as_array().is_some_and(Vec::is_empty)
    });
    asked.hunk("tiro/acceptHunk", "h2").expect("it fits");
    let closed = asked.client.next_where("tiro/proposalUpdated", |params| {
        params["proposal"]["open"] == false
            && hunks(&params["proposal"]).all(|hunk| hunk["id"] == "h2")
    });
    assert!(hunks(&closed["proposal"]).all(|hunk| hunk["state"] == "accepted"));
    let all = TEXT.replace("02", "two").replace("06", "six").replace("10", "ten");
    assert_eq!(asked.text(), format!("00\n{all}"));

    // It is reported as every patch is, and the task's diff has it too.
    asked.client.next_where("tiro/patchApplyEnd", |params| {
        !params["stdout"].as_str().is_some_and(|told| told.contains("was not applied"))
    });
    let begun = asked.client.all("tiro/patchApplyBegin").pop().expect("it began");
    assert!(begun["changes"].to_string().contains("+six"), "{begun}");
    assert!(!begun["changes"].to_string().contains("+two"), "{begun}");
    let ended = asked.client.all("tiro/patchApplyEnd");
    assert_eq!(ended.len(), 2, "{ended:?}");
    let ends = |end: &Value| end["call_id"] == "c1" && end["success"] == true;
    assert!(ended.iter().all(ends), "{ended:?}");
    let diff = asked.client.next_where("tiro/turnDiff", |params| {
        params["unified_diff"].as_str().is_some_and(|diff| diff.contains("+six"))
    });
    let diff = diff["unified_diff"].as_str().expect("text").to_owned();
    assert!(diff.contains("+two") && diff.contains("+ten"), "{diff}");
    asked.client.finish();
}

#[test]
fn what_is_made_of_the_rest_can_not_be_rejected_any_more() {
    let asked = Asked::new(Profile::vscode(), TEXT, THREE);
    asked.types("02", "02 mine");
    asked.types("06", "06 mine");
    asked.until("h2", "conflict");
    asked.approve(json!({})).expect("taken");
    asked.told("c1");
    asked.types("06 mine", "06");
    asked.until("h2", "pending");
    asked.hunk("tiro/acceptHunk", "h2").expect("it fits");
    asked.until("h2", "accepted");
    let error = asked.hunk("tiro/rejectHunk", "h2").expect_err("it is made");
    assert!(error.code == -32602 && error.message.contains("undo it"), "{error:?}");
    let made = TEXT.replace("02", "02 mine").replace("06", "six").replace("10", "ten");
    assert_eq!(asked.text(), made);
    asked.hunk("tiro/rejectHunk", "h1").expect("nobody decided about it");
    asked.client.next_where("tiro/proposalUpdated", |params| params["proposal"]["open"] == false);
    assert_eq!(asked.text(), made);
    asked.client.finish();
}

#[test]
fn a_person_hears_that_what_they_approved_was_not_made() {
    let mut profile = Profile::vscode();
    profile.quirks.lies = true;
    let asked = Asked::new(profile, TEXT, THREE);
    asked.approve(json!({})).expect("taken");
    let told = asked.told("c1");
    assert!(told.starts_with("error: the patch was not applied"), "{told}");
    let error = asked.client.next("tiro/error")["message"].to_string();
    assert!(error.contains("approved was not made") && error.contains("a.txt"), "{error}");
    assert_eq!(asked.text(), TEXT);
    asked.client.finish();
}

#[test]
fn a_plain_client_sees_a_conflict_too() {
    let turns = [calls("c1", "apply_patch", patch(THREE)), Turn::say("done")];
    let stage = Stage::new(ASKING, &[("a.txt", TEXT)], turns);
    let client = stage.plain(Profile::helix());
    let path = stage.project.path("a.txt");
    client.open(&path);
    client.on("window/showMessageRequest", |_| Answer::Hold);
    let command = |name: &str, arguments: Value| {
        client.call("workspace/executeCommand", json!({"command": name, "arguments": arguments}))
    };
    command("tiro.ask", json!(["go"])).expect("taken");
    client.next_request("window/showMessageRequest");
    client.edit(|editor| editor.type_over(&path, "06", "06 mine"));
    command("tiro.approve", json!([])).expect("taken");
    let shown = client.next_where("textDocument/publishDiagnostics", |params| {
        params["diagnostics"].as_array().is_some_and(|all| all.len() == 1)
    });
    assert_eq!(shown["diagnostics"][0]["range"]["start"]["line"], 5);
    client.wait("the rest of the patch", |log| {
        let made = |value: &Value| {
            value["method"] == "textDocument/didChange" && value.to_string().contains("ten")
        };
        log.iter().find(|it| !it.from_server && made(&it.value)).map(|_| ())
    });
    client.finish();
}

#[test]
fn typing_while_the_edit_is_on_its_way_is_followed() {
    for (profile, typed, new) in [
        (Profile::vscode(), "01\n", "typed\n01\n"),
        (Profile::neovim(), "01\n", "typed\n01\n"),
        (Profile::helix(), "06", "06 mine"),
    ] {
        let name = profile.name.clone();
        let turns = [calls("c1", "apply_patch", patch(THREE)), Turn::say("done")];
        let stage = Stage::new(AUTOMATIC, &[("a.txt", TEXT)], turns);
        let client = stage.client(profile);
        let path = stage.project.path("a.txt");
        client.open(&path);
        let mut first = true;
        client.on("workspace/applyEdit", move |_| {
            if std::mem::take(&mut first) { Answer::Hold } else { Answer::Editor }
        });
        say(&client, "go");
        let edit = client.next_request("workspace/applyEdit");
        client.edit(|editor| editor.type_over(&path, typed, new));
        client.perform(&edit);
        client.next("tiro/taskComplete");
        let wanted = TEXT.replace(typed, new);
        let wanted = wanted.replace("02", "two").replace("10", "ten");
        let wanted = if typed == "06" { wanted } else { wanted.replace("06", "six") };
        assert_eq!(client.editor().text(&path), wanted, "{name}");
        assert_eq!(client.next("tiro/patchApplyEnd")["success"], true, "{name}");
        client.finish();
    }
}

#[test]
fn two_patches_of_one_file_wait_together() {
    let other = "*** Update File: a.txt\n@@\n-04\n+four";
    let asked = Asked::with(Profile::helix(), &[("a.txt", TEXT)], &[THREE, other]);
    let approve = |id: &str| {
        let params = json!({"id": id, "decision": "approved"});
        asked.client.call("tiro/patchApproval", params).expect("taken");
    };
    approve("c2");
    approve("c1");
    asked.client.next("tiro/taskComplete");
    let wanted = TEXT.replace("02", "two").replace("04", "four").replace("06", "six");
    assert_eq!(asked.text(), wanted.replace("10", "ten"));
    asked.client.finish();
}

#[test]
fn new_deleted_and_moved_files_are_one_hunk_each() {
    let body = "*** Add File: new.txt\n+new\n*** Delete File: gone.txt\n\
                *** Update File: old.txt\n*** Move to: moved.txt\n\
                *** Update File: a.txt\n@@\n-02\n+two";
    let files = [("a.txt", TEXT), ("gone.txt", "bye\n"), ("old.txt", "old\n")];
    let asked = Asked::with(Profile::vscode(), &files, &[body]);
    let proposal = asked.client.next("tiro/proposalUpdated")["proposal"].clone();
    let id_of = |name: &str| {
        let files = proposal["files"].as_array().expect("files").iter();
        let mut files = files.filter(|file| file["path"].as_str().unwrap().ends_with(name));
        let file = files.next().expect("the file");
        assert_eq!(file["hunks"].as_array().map(Vec::len), Some(1), "{file}");
        (file["hunks"][0]["id"].as_str().unwrap().to_owned(), file["kind"].clone())
    };
    let (new, kind) = id_of("/new.txt");
    assert_eq!(kind, "add");
    let (gone, kind) = id_of("/gone.txt");
    assert_eq!(kind, "delete");
    let (moved, _) = id_of("/old.txt");
    asked.approve(json!({"approve": [new, moved]})).expect("taken");
    let told = asked.told("c1");
    let project = &asked.stage.project;
    assert_eq!(project.read("new.txt"), "new\n");
    assert!(project.has("gone.txt") && project.has("moved.txt") && !project.has("old.txt"));
    assert_eq!(asked.text(), TEXT);
    assert!(told.contains(&format!("rejected {gone}")), "{told}");
    asked.client.finish();
}

#[test]
fn a_closed_file_that_changed_on_disk_is_followed_and_one_that_is_gone_conflicts() {
    let body = "*** Update File: b.txt\n@@\n-02\n+two\n*** Update File: c.txt\n@@\n-02\n+two";
    let files = [("a.txt", ""), ("b.txt", TEXT), ("c.txt", TEXT)];
    let asked = Asked::with(Profile::helix(), &files, &[body]);
    asked.stage.project.write("b.txt", format!("00\n{TEXT}").as_bytes());
    asked.stage.project.remove("c.txt");
    asked.approve(json!({})).expect("taken");
    let told = asked.told("c1");
    assert_eq!(asked.stage.project.read("b.txt"), format!("00\n{}", TEXT.replace("02", "two")));
    assert!(!asked.stage.project.has("c.txt"));
    assert!(told.contains("c.txt: h2 was not applied"), "{told}");
    asked.until("h2", "conflict");
    asked.hunk("tiro/rejectHunk", "h2").expect("taken");
    asked.closed();
    asked.client.finish();
}

#[test]
fn line_endings_and_the_byte_order_mark_stay() {
    let text = format!("\u{feff}{}", TEXT.replace('\n', "\r\n"));
    let asked = Asked::new(Profile::sublime(), text.trim_end(), THREE);
    asked.types("04", "04 typed");
    asked.approve(json!({"reject": ["h2"]})).expect("taken");
    asked.told("c1");
    let wanted = text.replace("02", "two").replace("04", "04 typed").replace("10", "ten");
    assert_eq!(asked.text(), wanted.trim_end());
    asked.client.finish();
}

#[test]
fn an_interrupt_closes_what_is_pending() {
    let asked = Asked::new(Profile::vscode(), TEXT, THREE);
    asked.client.call("tiro/interrupt", json!({})).expect("taken");
    asked.closed();
    asked.client.next("tiro/taskComplete");
    let list = asked.client.call("tiro/proposal", json!({})).expect("a list");
    assert_eq!(list["proposals"], json!([]));
    assert_eq!(asked.hunk("tiro/acceptHunk", "h1").unwrap_err().code, -32602);
    assert_eq!(asked.text(), TEXT);
    asked.client.finish();
}
