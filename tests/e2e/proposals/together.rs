//! Several hunks that are decided in one go: all of them or none, as one edit.

use expect_test::expect;
use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, RpcError},
    profile::Profile,
};

use super::{Asked, TEXT, THREE, hunks};

impl Asked {
    fn decide(&self, decisions: Value) -> Result<Value, RpcError> {
        self.client.call("tiro/decideHunks", decisions)
    }

    /// The states of the hunks of a proposal, as they are now.
    fn states(&self) -> String {
        let list = self.client.call("tiro/proposal", json!({"proposal": "c1"})).expect("a list");
        let states = hunks(&list["proposals"][0]).map(|hunk| hunk["state"].as_str().unwrap());
        states.collect::<Vec<_>>().join(" ")
    }

    /// Two hunks conflict, the rest is made, and then both fit again.
    fn two_left(&self) {
        self.types("06", "06 mine");
        self.types("10", "10 mine");
        self.until("h3", "conflict");
        self.approve(json!({})).expect("taken");
        self.client.next("tiro/taskComplete");
        self.types("06 mine", "06");
        self.types("10 mine", "10");
        self.client.next_where("tiro/proposalUpdated", |params| {
            hunks(&params["proposal"]).all(|hunk| hunk["state"] == "pending")
        });
    }
}

#[test]
fn hunks_are_accepted_and_rejected_in_one_go() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let asked = Asked::new(profile, TEXT, THREE);
        let decided = json!({"accept": {"c1": ["h1", "h3"]}, "reject": {"c1": ["h2"]}});
        asked.decide(decided).expect("taken");
        let told = asked.told("c1");
        assert!(
            told.contains("applied h1, h3\n") && told.contains("rejected h2"),
            "{name}: {told}"
        );
        assert_eq!(asked.text(), TEXT.replace("02", "two").replace("10", "ten"), "{name}");
        assert!(asked.client.all("workspace/applyEdit").len() <= 1, "{name}: one step to undo");
        // Nobody saw some of it decided, and not the rest.
        for shown in asked.client.all("tiro/proposalUpdated") {
            let pending = hunks(&shown["proposal"]).filter(|hunk| hunk["state"] == "pending");
            assert!([0, 3].contains(&pending.count()), "{name}: {shown}");
        }
        asked.client.finish();
    }
}

#[test]
fn what_makes_no_sense_decides_nothing() {
    let asked = Asked::new(Profile::helix(), TEXT, THREE);
    asked.types("06", "06 mine");
    asked.until("h2", "conflict");
    let mut said = String::new();
    for decisions in [
        json!({}),
        json!({"accept": {"c1": []}}),
        json!({"accept": {"c1": ["h1", "h7"]}}),
        json!({"accept": {"c1": ["h1"]}, "reject": {"c9": ["h1"]}}),
        json!({"accept": {"c1": ["h1"]}, "reject": {"c1": ["h3", "h1"]}}),
        json!({"accept": {"c1": ["h1", "h2"]}}),
        json!({"accept": ["h1"]}),
    ] {
        let error = asked.decide(decisions).expect_err("refused");
        assert_eq!(error.code, -32602, "{error:?}");
        let root = asked.stage.project.root().display().to_string();
        said.push_str(&format!("{}\n", error.message.replace(&root, "ROOT")));
    }
    expect![[r#"
        no hunk is named, so there is nothing to decide
        no hunk is named, so there is nothing to decide
        the proposal "c1" has no hunk "h7"
        no proposal is open under id "c9": it was decided, or its task has ended
        the hunk "h1" of "c1" is both accepted and rejected
        the hunk "h2" does not fit ROOT/a.txt: the same lines were changed meanwhile
        tiro/decideHunks: invalid type: sequence, expected a map
    "#]]
    .assert_eq(&said);
    assert_eq!(asked.states(), "pending conflict pending");

    // An id that is given twice is meant once; a conflict can be rejected.
    let twice = json!({"accept": {"c1": ["h1", "h1", "h3"]}, "reject": {"c1": ["h2", "h2"]}});
    asked.decide(twice).expect("taken");
    assert!(asked.told("c1").contains("applied h1, h3\n"));
    let made = TEXT.replace("02", "two").replace("06", "06 mine").replace("10", "ten");
    assert_eq!(asked.text(), made);
    let stale = asked.decide(json!({"accept": {"c1": ["h1"]}})).expect_err("refused");
    assert!(stale.code == -32602 && stale.message.contains("it was decided"), "{stale:?}");
    asked.client.finish();
}

#[test]
fn what_is_left_is_made_as_one_edit() {
    let asked = Asked::new(Profile::vscode(), TEXT, THREE);
    asked.two_left();
    let before = asked.client.all("workspace/applyEdit").len();
    asked.decide(json!({"accept": {"c1": ["h2", "h3"]}})).expect("taken");
    asked.closed();
    // It is reported as one, too.
    let made = |params: &Value| params["message"] == "the changes h2, h3 of c1 are made";
    asked.client.next_where("tiro/backgroundEvent", made);
    let ended = asked.client.all("tiro/patchApplyEnd");
    assert_eq!(ended.len(), 2, "the patch, and what was left: {ended:?}");
    let all = TEXT.replace("02", "two").replace("06", "six").replace("10", "ten");
    assert_eq!(asked.text(), all);
    assert_eq!(asked.client.all("workspace/applyEdit").len(), before + 1);
    let path = asked.stage.project.path("a.txt");
    asked.client.edit(|editor| editor.undo(&path));
    assert_eq!(asked.text(), TEXT.replace("02", "two"), "one step back");
    asked.client.finish();
}

#[test]
fn what_is_typed_meanwhile_is_before_all_of_it() {
    for (typed, new, fits) in [("01\n", "typed\n01\n", true), ("10", "10 typed", false)] {
        let asked = Asked::new(Profile::vscode(), TEXT, THREE);
        asked.two_left();
        let before = asked.client.all("workspace/applyEdit").len();
        let mut first = true;
        asked.client.on("workspace/applyEdit", move |_| {
            if std::mem::take(&mut first) { Answer::Hold } else { Answer::Editor }
        });
        asked.decide(json!({"accept": {"c1": ["h2", "h3"]}})).expect("taken");
        let mut edit = asked.client.next_request("workspace/applyEdit");
        for _ in 0..before {
            edit = asked.client.next_request("workspace/applyEdit");
        }
        asked.types(typed, new);
        asked.client.perform(&edit);
        let made = TEXT.replace("02", "two").replace("06", "six").replace(typed, new);
        if fits {
            asked.closed();
            assert_eq!(asked.text(), made.replace("10", "ten"));
        } else {
            // The rest is made, and this one waits on.
            asked.until("h3", "conflict");
            asked.client.next_where("tiro/backgroundEvent", |params| {
                params["message"] == "the change h2 of c1 is made"
            });
            assert_eq!(asked.text(), made);
            asked.decide(json!({"reject": {"c1": ["h3"]}})).expect("taken");
            asked.closed();
        }
        asked.client.finish();
    }
}
