//! The editor against what the protocol says, without a server.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk")]

use std::fs;

use serde_json::{Value, json};

use super::Editor;
use crate::{profile::Profile, project::Project};

fn editor(project: &Project, profile: Profile) -> Editor {
    let mut editor = Editor::new(profile, project.root());
    editor.initialized(&json!({"capabilities": {"textDocumentSync": 2}}));
    editor
}

fn range(from: (u32, u32), to: (u32, u32)) -> Value {
    json!({"start": {"line": from.0, "character": from.1}, "end": {"line": to.0, "character": to.1}})
}

fn text_edit(project: &Project, version: Value, edits: Value) -> Value {
    json!({"edit": {"documentChanges": [
        {"textDocument": {"uri": project.uri("a.txt"), "version": version}, "edits": edits}
    ]}})
}

fn apply(editor: &mut Editor, params: &Value) -> Value {
    editor
        .answer("workspace/applyEdit", params)
        .map_or_else(|error| json!(error.message), |it| it.unwrap())
}

#[test]
fn edits_of_one_document_refer_to_one_base_and_are_told_in_a_valid_order() {
    let project = Project::new(&[("a.txt", "one\ntwo\nthree\n")]);
    let mut editor = editor(&project, Profile::vscode());
    editor.open(&project.path("a.txt"));
    let edits = json!([
        {"range": range((0, 0), (0, 3)), "newText": "1"},
        {"range": range((2, 0), (2, 0)), "newText": "a"},
        {"range": range((2, 0), (2, 0)), "newText": "b"},
    ]);
    assert_eq!(apply(&mut editor, &text_edit(&project, json!(1), edits)), json!({"applied": true}));
    assert_eq!(editor.text(&project.path("a.txt")), "1\ntwo\nabthree\n");
    let outbox = editor.take_outbox();
    assert_eq!(outbox[1].0, "textDocument/didChange");
    assert_eq!(outbox[1].1["contentChanges"][2]["text"], "1");
    assert_eq!(project.read("a.txt"), "one\ntwo\nthree\n", "the buffer is not saved");
}

#[test]
fn a_strict_editor_refuses_what_does_not_fit_and_changes_nothing() {
    let project = Project::new(&[("a.txt", "one\ntwo\n")]);
    let overlapping = json!([
        {"range": range((0, 0), (0, 2)), "newText": ""},
        {"range": range((0, 1), (0, 3)), "newText": ""},
    ]);
    let beyond = json!([{"range": range((0, 0), (9, 0)), "newText": ""}]);
    let missing_annotation = json!([
        {"range": range((0, 0), (0, 0)), "newText": "x", "annotationId": "nope"}
    ]);
    let fine = json!([{"range": range((0, 0), (0, 0)), "newText": "x"}]);
    for (version, edits, objection) in [
        (json!(1), overlapping, "overlap"),
        (json!(1), beyond, "beyond the end"),
        (json!(1), missing_annotation, "does not exist"),
        (Value::Null, fine, "version of an open document"),
    ] {
        let mut editor = editor(&project, Profile::vscode());
        editor.open(&project.path("a.txt"));
        let answer = apply(&mut editor, &text_edit(&project, version, edits));
        assert_eq!(answer["applied"], false);
        assert!(editor.violations()[0].contains(objection), "{:?}", editor.violations());
        assert_eq!(editor.text(&project.path("a.txt")), "one\ntwo\n");
    }
}

#[test]
fn a_stale_version_is_met_as_each_client_meets_it() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let edits = json!([{"range": range((0, 0), (0, 0)), "newText": "x"}]);
    let met = |profile: Profile| {
        let mut editor = editor(&project, profile);
        editor.open(&project.path("a.txt"));
        editor.type_over(&project.path("a.txt"), "one", "ONE");
        let answer = apply(&mut editor, &text_edit(&project, json!(1), edits.clone()));
        assert_eq!(editor.text(&project.path("a.txt")), "ONE\n");
        assert_eq!(editor.violations(), [""; 0]);
        answer
    };
    assert_eq!(met(Profile::vscode()), json!({"applied": false}));
    assert_eq!(met(Profile::neovim()), json!({"applied": true}));
    assert!(met(Profile::helix())["failureReason"].as_str().unwrap().contains("version 2"));
    assert!(met(Profile::eglot()).is_string(), "an error");
}

#[test]
fn operations_run_in_order_and_all_or_nothing() {
    let project = Project::new(&[("a.txt", "one\n"), ("b.txt", "bee\n")]);
    let change = |last: Value| {
        json!({"edit": {"documentChanges": [
            {"kind": "rename", "oldUri": project.uri("a.txt"), "newUri": project.uri("sub/c.txt")},
            {"textDocument": {"uri": project.uri("sub/c.txt"), "version": null},
             "edits": [{"range": range((0, 0), (0, 3)), "newText": "1"}]},
            {"kind": "create", "uri": project.uri("new.txt")},
            {"textDocument": {"uri": project.uri("new.txt"), "version": null},
             "edits": [{"range": range((0, 0), (0, 0)), "newText": "new"}]},
            last,
        ]}})
    };
    let mut editor = editor(&project, Profile::kakoune());
    editor.open(&project.path("a.txt"));
    let refused =
        apply(&mut editor, &change(json!({"kind": "delete", "uri": project.uri("missing")})));
    assert_eq!(refused["applied"], false);
    assert!(project.has("a.txt") && !project.has("new.txt"));

    let done = apply(&mut editor, &change(json!({"kind": "delete", "uri": project.uri("b.txt")})));
    assert_eq!(done, json!({"applied": true}));
    assert_eq!(editor.text(&project.path("sub/c.txt")), "1\n");
    assert_eq!(project.read("new.txt"), "new", "this client writes files that are not open");
    assert!(!project.has("a.txt") && !project.has("b.txt"));
}

#[test]
fn creating_over_a_file_truncates_in_some_clients() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let create = json!({"edit": {"documentChanges": [
        {"kind": "create", "uri": project.uri("a.txt"), "options": {"ignoreIfExists": true}}
    ]}});
    apply(&mut editor(&project, Profile::vscode()), &create);
    assert_eq!(project.read("a.txt"), "one\n");
    apply(&mut editor(&project, Profile::helix()), &create);
    assert_eq!(project.read("a.txt"), "");
}

#[test]
fn what_was_not_declared_is_objected_to() {
    let project = Project::new(&[]);
    let mut editor = editor(&project, Profile::bare());
    editor.on_notification("tiro/taskStarted", &Value::Null);
    editor.on_notification("$/progress", &json!({"token": 1}));
    assert!(editor.answer("window/showDocument", &Value::Null).is_err());
    assert!(editor.answer("tiro/context", &Value::Null).is_err());
    assert!(editor.answer("no/such", &Value::Null).is_err());
    assert_eq!(editor.violations().len(), 5, "{:?}", editor.violations());
    fs::write(project.path("a.txt"), "x").unwrap();
    assert!(
        editor.answer("workspace/applyEdit", &text_edit(&project, Value::Null, json!([]))).is_err()
    );
}

#[test]
fn an_editor_that_lies_says_applied_and_does_nothing() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let mut editor = editor(&project, Profile::vscode().with(|quirks| quirks.lies = true));
    editor.open(&project.path("a.txt"));
    let edits = json!([{"range": range((0, 0), (0, 0)), "newText": "x"}]);
    assert_eq!(apply(&mut editor, &text_edit(&project, json!(1), edits)), json!({"applied": true}));
    assert_eq!(editor.text(&project.path("a.txt")), "one\n");
}

#[test]
fn an_undo_takes_the_edits_of_one_server_edit_back_together() {
    let project = Project::new(&[("a.txt", "one\ntwo\n")]);
    let path = project.path("a.txt");
    let mut editor = editor(&project, Profile::vscode());
    editor.open(&path);
    editor.type_over(&path, "two", "three");
    let edits = json!([
        {"range": range((0, 0), (0, 3)), "newText": "1"},
        {"range": range((1, 0), (1, 5)), "newText": "3"},
    ]);
    apply(&mut editor, &text_edit(&project, json!(2), edits));
    assert_eq!(editor.text(&path), "1\n3\n");
    editor.undo(&path);
    assert_eq!(editor.text(&path), "one\nthree\n");
    editor.undo(&path);
    assert_eq!(editor.text(&path), "one\ntwo\n");
}

#[test]
fn diagnostics_that_nobody_could_walk_are_objected_to() {
    let project = Project::new(&[("a.txt", "one\ntwo\n")]);
    let shown = |version: u32, ranges: &[Value]| {
        let mut editor = editor(&project, Profile::vscode());
        editor.open(&project.path("a.txt"));
        let diagnostics: Vec<Value> = ranges.iter().map(|range| json!({"range": range})).collect();
        let params = json!({
            "uri": project.uri("a.txt"), "version": version, "diagnostics": diagnostics,
        });
        editor.on_notification("textDocument/publishDiagnostics", &params);
        editor.violations().len()
    };
    let (first, second) = (range((0, 0), (1, 0)), range((1, 0), (2, 0)));
    assert_eq!(shown(1, &[first.clone(), second.clone()]), 0);
    assert_eq!(shown(1, &[second, first]), 1, "out of order");
    let (nothing, beyond) = (range((1, 0), (1, 0)), range((1, 0), (3, 0)));
    assert_eq!(shown(1, &[nothing]), 1);
    assert_eq!(shown(1, std::slice::from_ref(&beyond)), 1);
    assert_eq!(shown(7, &[beyond]), 0, "of another version");
}
