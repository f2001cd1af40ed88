//! Workspace edits as clients really take them. The in-memory editor refuses, and
//! [`Client::finish`] reports, whatever a strict client would refuse: a version
//! that is not the last one, a version for a closed document, overlapping edits, a
//! position that is none, an operation or annotation that was not declared.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client},
    model::Turn,
    profile::Profile,
};

use crate::stage::{AUTOMATIC, Stage, ask, calls, patch, say, text_of};

/// One task of one patch, in an editor with `open` open.
fn patched(profile: Profile, files: &[(&str, &str)], open: &[&str], body: &str) -> (Stage, Client) {
    let turns = [calls("c1", "apply_patch", patch(body)), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, files, turns);
    let client = stage.client(profile);
    for path in open {
        client.open(&stage.project.path(path));
    }
    ask(&client, "go");
    (stage, client)
}

fn succeeded(client: &Client) -> bool {
    client.next("tiro/patchApplyEnd")["success"] == true
}

/// The entries of `documentChanges` of every edit that was sent.
fn document_changes(client: &Client) -> Vec<Value> {
    let edits = client.all("workspace/applyEdit").into_iter();
    edits
        .flat_map(|params| {
            params["edit"]["documentChanges"].as_array().cloned().unwrap_or_default()
        })
        .collect()
}

const OPEN: &str = "# é😀 heading\nlet é😀 = 1;\n\nend\n";

#[test]
fn every_client_takes_the_same_patch() {
    let files = [
        ("open.txt", OPEN),
        ("closed.txt", "one\ntwo\n"),
        ("gone.txt", "bye\n"),
        ("old.txt", "keep\nchange\n"),
    ];
    let body = "*** Update File: open.txt\n@@\n-let é😀 = 1;\n+let é😀 = 2;\n+let more = 😀;\n\
                *** Update File: closed.txt\n@@\n one\n-two\n+zwei\n\
                *** Add File: sub/new.txt\n+new\n\
                *** Delete File: gone.txt\n\
                *** Update File: old.txt\n*** Move to: moved.txt\n@@\n keep\n-change\n+changed";
    for profile in Profile::all() {
        let name = profile.name.clone();
        let (stage, client) = patched(profile, &files, &["open.txt"], body);
        let text = |path: &str| text_of(&stage, &client, path);
        assert!(succeeded(&client), "{name}: {}", client.all("tiro/patchApplyEnd")[0]);
        assert_eq!(text("open.txt"), OPEN.replace("= 1;", "= 2;\nlet more = 😀;"), "{name}");
        assert_eq!(text("closed.txt"), "one\nzwei\n", "{name}");
        assert_eq!(text("sub/new.txt"), "new\n", "{name}");
        assert_eq!(text("moved.txt"), "keep\nchanged\n", "{name}");
        assert!(!stage.project.has("gone.txt") && !stage.project.has("old.txt"), "{name}");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn columns_are_counted_as_was_agreed() {
    // No newline at the end: the range cannot be one of whole lines.
    let text = "é😀 = 1";
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let profile = Profile::vscode().declaring("general/positionEncodings", json!([encoding]));
        let body = "*** Update File: a.txt\n@@\n-é😀 = 1\n+é😀 = 2";
        let (stage, client) = patched(profile, &[("a.txt", text)], &["a.txt"], body);
        assert_eq!(text_of(&stage, &client, "a.txt"), "é😀 = 2", "{encoding}");
        client.finish();
    }
}

#[test]
fn unsaved_text_is_what_a_patch_is_fitted_to() {
    let body = "*** Update File: a.txt\n@@\n typed\n-two\n+zwei";
    let turns = [calls("c1", "apply_patch", patch(body)), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\ntwo\n")], turns);
    let client = stage.client(Profile::neovim());
    let path = stage.project.path("a.txt");
    client.open(&path);
    client.edit(|editor| editor.type_over(&path, "one\n", "one\ntyped\n"));
    ask(&client, "go");
    assert_eq!(client.editor().text(&path), "one\ntyped\nzwei\n");
    client.finish();
}

#[test]
fn line_endings_byte_order_mark_and_a_missing_last_newline_stay() {
    let before = "\u{feff}one\r\ntwo\r\nthree";
    let after = "\u{feff}one\r\nzwei\r\nand\r\nthree";
    let body = "*** Update File: a.txt\n@@\n one\n-two\n+zwei\n+and";
    for profile in Profile::all() {
        let name = profile.name.clone();
        for open in [&["a.txt"][..], &[]] {
            let (stage, client) = patched(profile.clone(), &[("a.txt", before)], open, body);
            assert_eq!(text_of(&stage, &client, "a.txt"), after, "{name}, open: {open:?}");
            client.finish();
        }
    }
}

#[test]
fn untouched_lines_keep_their_own_endings() {
    let before = "one\r\ntwo\nthree\r\nfour\r\n";
    let body = "*** Update File: a.txt\n@@\n-three\n+drei\n four";
    let (stage, client) = patched(Profile::helix(), &[("a.txt", before)], &["a.txt"], body);
    assert_eq!(text_of(&stage, &client, "a.txt"), "one\r\ntwo\ndrei\r\nfour\r\n");
    client.finish();
}

#[test]
fn a_file_that_is_replaced_is_not_created_over() {
    // This client empties a file that is created again, whatever the options say.
    let body = "*** Delete File: a.txt\n*** Add File: a.txt\n+new";
    let (stage, client) = patched(Profile::helix(), &[("a.txt", "old\n")], &["a.txt"], body);
    assert_eq!(text_of(&stage, &client, "a.txt"), "new\n");
    assert!(document_changes(&client).iter().all(|change| change["kind"] != "create"));
    client.finish();
}

#[test]
fn adding_over_an_existing_file_is_refused() {
    for profile in [Profile::helix(), Profile::bare()] {
        let body = "*** Add File: a.txt\n+new";
        let (stage, client) = patched(profile, &[("a.txt", "old\n")], &[], body);
        assert!(stage.model.request(2).tool_output("c1").contains("a.txt"));
        assert_eq!(stage.project.read("a.txt"), "old\n");
        assert!(client.all("workspace/applyEdit").is_empty());
        client.finish();
    }
}

#[test]
fn annotations_go_only_where_they_are_declared() {
    let body = "*** Update File: a.txt\n@@\n-one\n+two";
    for profile in Profile::all() {
        let declares =
            profile.capability("/workspace/workspaceEdit/changeAnnotationSupport").is_object();
        let (_stage, client) = patched(profile, &[("a.txt", "one\n")], &["a.txt"], body);
        for params in client.all("workspace/applyEdit") {
            let annotations = &params["edit"]["changeAnnotations"];
            assert!(declares || annotations.is_null(), "{params}");
            let all = annotations.as_object().into_iter().flatten();
            for (_, annotation) in all {
                assert_ne!(annotation["needsConfirmation"], true, "nobody would see the preview");
            }
        }
        client.finish();
    }
}

#[test]
fn a_closed_document_has_no_version_and_an_open_one_its_last() {
    let body =
        "*** Update File: open.txt\n@@\n-one\n+two\n*** Update File: closed.txt\n@@\n-one\n+two";
    let turns = [calls("c1", "apply_patch", patch(body)), Turn::say("done")];
    let files = [("open.txt", "one\n"), ("closed.txt", "one\n")];
    let stage = Stage::new(AUTOMATIC, &files, turns);
    let client = stage.client(Profile::helix());
    let open = stage.project.path("open.txt");
    client.open(&open);
    client.edit(|editor| editor.type_over(&open, "one\n", "one\n\n"));
    client.edit(|editor| editor.type_over(&open, "one\n\n", "one\nmore\n"));
    ask(&client, "go");
    assert_eq!(client.editor().text(&open), "two\nmore\n");
    for change in document_changes(&client) {
        let document = &change["textDocument"];
        let is_open = document["uri"].as_str().unwrap().ends_with("open.txt");
        assert_eq!(document["version"], if is_open { json!(3) } else { Value::Null });
    }
    client.finish();
}

#[test]
fn a_rename_comes_before_the_edit_of_the_new_path() {
    let body = "*** Update File: a.txt\n*** Move to: b.txt\n@@\n-one\n+two";
    let (stage, client) = patched(Profile::helix(), &[("a.txt", "one\n")], &["a.txt"], body);
    assert!(succeeded(&client));
    let changes = document_changes(&client);
    let rename = changes.iter().position(|change| change["kind"] == "rename").expect("a rename");
    let edit = changes.iter().position(|change| change.get("edits").is_some()).expect("an edit");
    assert!(rename < edit, "{changes:#?}");
    assert!(changes[edit]["textDocument"]["uri"].as_str().unwrap().ends_with("b.txt"));
    assert_eq!(changes[edit]["textDocument"]["version"], Value::Null);
    assert_eq!(text_of(&stage, &client, "b.txt"), "two\n");
    client.finish();
}

#[test]
fn a_stale_version_is_never_forced() {
    let body = "*** Update File: a.txt\n@@\n-one\n+two";
    for profile in [
        Profile::vscode(),
        Profile::neovim(),
        Profile::helix(),
        Profile::eglot(),
        Profile::sublime(),
    ] {
        let name = profile.name.clone();
        let turns = [calls("c1", "apply_patch", patch(body)), Turn::say("done")];
        let stage = Stage::new(AUTOMATIC, &[("a.txt", "one\nend\n")], turns);
        let client = stage.client(profile);
        let path = stage.project.path("a.txt");
        client.open(&path);
        let mut first = true;
        client.on("workspace/applyEdit", move |_| {
            if std::mem::take(&mut first) { Answer::Hold } else { Answer::Editor }
        });
        say(&client, "go");
        let edit = client.next_request("workspace/applyEdit");
        // The person types between the edit and its arrival.
        client.edit(|editor| editor.type_over(&path, "end", "the end"));
        client.perform(&edit);
        client.next("tiro/taskComplete");
        let success = succeeded(&client);
        let text = client.editor().text(&path).to_owned();
        assert!(text.contains("the end"), "{name}: what was typed is gone: {text}");
        assert_eq!(success, text.contains("two"), "{name}: reported {success}, text {text}");
        client.finish();
    }
}

#[test]
fn applied_is_not_believed() {
    let body = "*** Update File: a.txt\n@@\n-one\n+two";
    for profile in Profile::all() {
        if !profile.declares("/workspace/applyEdit") {
            continue;
        }
        let name = profile.name.clone();
        let liar = profile.with(|quirks| quirks.lies = true);
        let (stage, client) = patched(liar, &[("a.txt", "one\n")], &["a.txt"], body);
        assert!(!succeeded(&client), "{name}");
        let told = stage.model.request(2).tool_output("c1");
        assert!(told.contains("a.txt"), "{name}: {told}");
        client.finish();
    }
}

#[test]
fn a_refused_edit_of_two_files_changes_neither() {
    let body = "*** Update File: a.txt\n@@\n-one\n+two\n*** Update File: b.txt\n@@\n-nowhere\n+x";
    let files = [("a.txt", "one\n"), ("b.txt", "one\n")];
    let (stage, client) = patched(Profile::vscode(), &files, &["a.txt"], body);
    assert_eq!(text_of(&stage, &client, "a.txt"), "one\n");
    assert_eq!(stage.project.read("b.txt"), "one\n");
    assert!(client.all("workspace/applyEdit").is_empty());
    client.finish();
}

#[test]
fn an_open_document_is_known_however_its_uri_is_spelled() {
    // This client percent-encodes more than others do.
    let path = "a (b)/c+d @é.txt";
    let body = format!("*** Update File: {path}\n@@\n-one\n+two");
    let (stage, client) = patched(Profile::vscode(), &[(path, "one\n")], &[path], &body);
    assert_eq!(client.editor().text(&stage.project.path(path)), "two\n");
    assert_eq!(client.all("workspace/applyEdit").len(), 1, "it is known to be open");
    client.finish();
}

#[test]
fn every_workspace_folder_is_a_root() {
    let second = tiro_tests::project::Project::new(&[("b.txt", "one\n")]);
    let target = second.path("b.txt").display().to_string();
    let body = format!("*** Update File: {target}\n@@\n-one\n+two");
    let turns = [calls("c1", "apply_patch", patch(&body)), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let client = Client::start(&stage.project, Profile::vscode());
    client.editor().add_folder(second.root());
    client.initialize(tiro_tests::client::opted_in(json!({})));
    client.notify("initialized", json!({}));
    client.next("tiro/sessionConfigured");
    client.open(&second.path("b.txt"));
    ask(&client, "go");
    assert_eq!(client.editor().text(&second.path("b.txt")), "two\n");
    client.finish();
}

#[test]
fn a_client_that_takes_no_edits_gets_them_on_disk() {
    let body = "*** Update File: a.txt\n@@\n-one\n+two\n*** Add File: b.txt\n+b";
    let (stage, client) = patched(Profile::bare(), &[("a.txt", "one\n")], &[], body);
    assert!(succeeded(&client));
    assert_eq!(stage.project.read("a.txt"), "two\n");
    assert_eq!(stage.project.read("b.txt"), "b\n");
    client.finish();
}
