//! Commands that make no sense, or no sense any more: each says what is wrong,
//! and nothing is lost.

use expect_test::expect;
use serde_json::{Value, json};
use tiro_tests::profile::Profile;

use super::reviewed::{Reviewed, TEXT, THREE, all_three};

#[test]
fn what_makes_no_sense_is_refused_with_a_reason_and_changes_nothing() {
    let reviewed = Reviewed::new(Profile::helix(), &[("a.txt", TEXT), ("b.txt", "b\n")], &[THREE]);
    reviewed.until("a.txt", |marks| marks.len() == 3);
    let root = reviewed.stage.project.root().display().to_string();
    let mut said = String::new();
    for (name, arguments) in [
        ("tiro.accept", json!([])),
        ("tiro.accept", json!([{"proposal": "c1"}])),
        ("tiro.accept", json!([{"proposal": 1, "hunk": 2}])),
        ("tiro.accept", json!(["c1", "h7"])),
        ("tiro.reject", json!(["c1 h7"])),
        ("tiro.reject", json!([{"proposal": "c9", "hunk": "h1"}])),
        ("tiro.acceptFile", json!([])),
        ("tiro.acceptFile", json!([{"path": "a.txt"}])),
        ("tiro.rejectFile", json!([{"path": format!("{root}/b.txt")}])),
        ("tiro.rejectFile", json!([{"path": "untitled:1"}])),
        ("tiro.acceptFile", json!([{"proposal": "c9", "path": format!("{root}/a.txt")}])),
        ("tiro.acceptAll", json!([{"proposal": 7}])),
        ("tiro.rejectAll", json!(["c9"])),
        ("tiro.showDiff", json!([{"proposal": "c9"}])),
    ] {
        let error = reviewed.command(name, arguments.clone()).expect_err("refused");
        assert_eq!(error.code, -32602, "{name} {arguments}: {error:?}");
        let message = error.message.replace(&root, "ROOT");
        said.push_str(&format!("{name}: {message}\n"));
    }
    expect![[r#"
        tiro.accept: tiro.accept takes the ids of the proposal and the hunk, as the diagnostic shows them: [{"proposal": "…", "hunk": "…"}]; the code action at the change gives them
        tiro.accept: tiro.accept takes the ids of the proposal and the hunk, as the diagnostic shows them: [{"proposal": "…", "hunk": "…"}]; the code action at the change gives them
        tiro.accept: tiro.accept takes the ids of the proposal and the hunk, as the diagnostic shows them: [{"proposal": "…", "hunk": "…"}]; the code action at the change gives them
        tiro.accept: the proposal "c1" has no hunk "h7"
        tiro.reject: the proposal "c1" has no hunk "h7"
        tiro.reject: no proposal is open under id "c9": it was decided, or its task has ended
        tiro.acceptFile: give the file as an absolute path or a file URI: [{"path": "…"}]
        tiro.acceptFile: give the file as an absolute path or a file URI: [{"path": "…"}]
        tiro.rejectFile: no open proposal changes ROOT/b.txt
        tiro.rejectFile: give the file as an absolute path or a file URI: [{"path": "…"}]
        tiro.acceptFile: no proposal is open under id "c9": it was decided, or its task has ended
        tiro.acceptAll: `proposal` is the id of a proposal, or a list of ids
        tiro.rejectAll: no proposal is open under id "c9": it was decided, or its task has ended
        tiro.showDiff: no proposal is open under id "c9": it was decided, or its task has ended
    "#]].assert_eq(&said);

    assert_eq!(reviewed.until("a.txt", |_| true).len(), 3, "all of it still waits");
    assert_eq!(reviewed.text("a.txt"), TEXT);
    let path = reviewed.stage.project.uri("a.txt");
    reviewed.command("tiro.acceptFile", json!([{"path": path}])).expect("a URI is a file too");
    assert!(!reviewed.told("c1").contains("rejected"));
    assert_eq!(reviewed.text("a.txt"), all_three());

    // What was offered before it was decided.
    for (name, arguments) in [
        ("tiro.accept", json!([{"proposal": "c1", "hunk": "h1"}])),
        ("tiro.rejectAll", json!([{"proposal": "c1"}])),
        ("tiro.rejectAll", json!([{"proposal": ["c1", "c2"]}])),
        ("tiro.acceptAll", json!([])),
        ("tiro.showDiff", json!([])),
    ] {
        let error = reviewed.command(name, arguments).expect_err("refused");
        assert!(
            error.message.contains("no proposal is open")
                || error.message.contains("no proposed change"),
            "{name}: {error:?}"
        );
    }
    assert_eq!(reviewed.text("a.txt"), all_three());
    reviewed.finish();
}

#[test]
fn a_file_whose_changes_are_decided_says_so_while_others_wait() {
    let body = format!("{THREE}\n*** Update File: b.txt\n@@\n-b\n+bee");
    let files = [("a.txt", TEXT), ("b.txt", "b\n")];
    let reviewed = Reviewed::new(Profile::eglot(), &files, &[&body]);
    let path = reviewed.stage.project.path("b.txt").display().to_string();
    let in_b = json!([{"proposal": "c1", "path": path}]);
    reviewed.command("tiro.acceptFile", in_b.clone()).expect("taken");
    reviewed.until("b.txt", <[Value]>::is_empty);
    let error = reviewed.command("tiro.rejectFile", in_b).expect_err("refused");
    assert_eq!(error.message, "every change there is decided already");
    // One that was accepted can be rejected by name as long as nothing is made.
    reviewed.command("tiro.reject", json!(["c1 h4"])).expect("taken");
    reviewed.command("tiro.acceptAll", json!([])).expect("taken");
    assert!(reviewed.told("c1").contains("the person rejected h4"));
    assert_eq!((reviewed.text("a.txt"), reviewed.text("b.txt")), (all_three(), "b\n".to_owned()));
    reviewed.finish();
}
