//! Review in a client that never heard of Tiro: what is proposed stands in the
//! text as diagnostics, and code actions decide about it.

mod bad_input;
mod left_over;
pub(crate) mod reviewed;

use serde_json::{Value, json};
use tiro_tests::profile::Profile;

use crate::stage::ASKING;
use reviewed::{Reviewed, TEXT, THREE, lines, titles};

const ALSO_B: &str = "*** Update File: b.txt\n@@\n-02\n+two";

#[test]
fn every_client_walks_the_changes_and_decides_on_each() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let takes_edits = profile.declares("/workspace/applyEdit");
        let body = format!("{THREE}\n{ALSO_B}");
        let files = [("a.txt", TEXT), ("b.txt", TEXT)];
        let reviewed = Reviewed::new(profile, &files, &[&body]);
        // One file is open, the other is not: both are marked.
        let marks = reviewed.until("a.txt", |marks| marks.len() == 3);
        assert_eq!(lines(&marks), [(1, 2), (5, 6), (9, 10)], "{name}");
        assert_eq!(lines(&reviewed.until("b.txt", |marks| marks.len() == 1)), [(1, 2)]);
        let first = &marks[0];
        assert_eq!((&first["source"], &first["severity"]), (&json!("tiro"), &json!(3)));
        assert_eq!(first["code"], "c1 h1");
        assert_eq!(first["message"], "Proposed: replace this line with: two");

        reviewed.act("a.txt", 1, "Tiro: accept this change");
        let marks = reviewed.until("a.txt", |marks| marks.len() == 2);
        assert_eq!(marks[0]["code"], "c1 h2", "next is the next one");
        assert_eq!(reviewed.text("a.txt"), TEXT, "a patch is made as one");

        // The person goes on typing, and the rest moves along.
        reviewed.types("01\n", "typed\n01\n");
        let marks = reviewed.until("a.txt", |marks| lines(marks) == [(6, 7), (10, 11)]);
        assert_eq!(reviewed.version_of("a.txt"), 2);
        if !takes_edits {
            // Such a client's file is written to the disk, not over what is unsaved.
            let path = reviewed.stage.project.path("a.txt");
            reviewed.client.edit(|editor| editor.save(&path));
        }
        assert_eq!(marks[0]["code"], "c1 h2");
        reviewed.act("a.txt", 6, "Tiro: reject this change");
        reviewed.until("a.txt", |marks| lines(marks) == [(10, 11)]);
        reviewed.act("a.txt", 10, "Tiro: accept all");

        // The model is told exactly what was taken.
        let told = reviewed.told("c1");
        let path = |name| reviewed.stage.project.path(name).display().to_string();
        let (a, b) = (path("a.txt"), path("b.txt"));
        for part in [
            format!(
                "{a}: applied h1, h3\n{a}: the person rejected h2:\n  @@ line 7 @@\n  -06\n  +six\n"
            ),
            b.clone(),
        ] {
            assert!(told.contains(&part), "{name}: {told}");
        }
        assert!(!told.contains(&format!("{b}: the person")), "{name}: {told}");
        reviewed.until("a.txt", <[Value]>::is_empty);
        reviewed.until("b.txt", <[Value]>::is_empty);
        let wanted = format!("typed\n{TEXT}").replace("02", "two").replace("10", "ten");
        assert_eq!(reviewed.text("a.txt"), wanted, "{name}");
        assert_eq!(reviewed.text("b.txt"), TEXT.replace("02", "two"), "{name}");
        // The dialog is still open, and says nothing wrong when it is answered now.
        reviewed.answer_late(0);
        reviewed.finish();
    }
}

#[test]
fn what_is_offered_fits_the_place() {
    let body = format!("{THREE}\n{ALSO_B}");
    let files = [("a.txt", TEXT), ("b.txt", TEXT), ("c.txt", "c\n")];
    let reviewed = Reviewed::new(Profile::helix(), &files, &[&body]);
    reviewed.until("a.txt", |marks| marks.len() == 3);
    let all = ["Tiro: accept all", "Tiro: reject all", "Tiro: show the diff", "Tiro: stop"];
    let in_file = ["Tiro: accept all in this file", "Tiro: reject all in this file"];
    let one = ["Tiro: accept this change", "Tiro: reject this change"];
    assert_eq!(titles(&reviewed.actions("a.txt", 5)), [&one[..], &in_file, &all].concat());
    assert_eq!(titles(&reviewed.actions("a.txt", 7)), [&in_file[..], &all].concat());
    // A file without changes offers what is about all of them.
    reviewed.client.open(&reviewed.stage.project.path("c.txt"));
    assert_eq!(titles(&reviewed.actions("c.txt", 0)), all);

    // A selection over two changes tells them apart.
    let both = reviewed.actions_in("a.txt", 1..6, &[]);
    let told_apart = [
        "Tiro: accept this change (replace this line with: two)",
        "Tiro: reject this change (replace this line with: two)",
        "Tiro: accept this change (replace this line with: six)",
    ];
    assert_eq!(titles(&both)[..3], told_apart);

    // A code action is for the hunk, wherever the client believes that it is.
    let marks = reviewed.until("a.txt", |marks| marks.len() == 3);
    let elsewhere = reviewed.actions_in("a.txt", 3..3, &marks[2..]);
    assert_eq!(titles(&elsewhere)[..2], one);
    assert_eq!(elsewhere[0]["command"]["arguments"], json!([{"proposal": "c1", "hunk": "h3"}]));
    assert_eq!(elsewhere[0]["diagnostics"], json!([marks[2]]));
    assert_eq!(
        (&elsewhere[0]["isPreferred"], &elsewhere[0]["kind"]),
        (&json!(true), &json!("quickfix"))
    );

    // The action was given before the person typed above.
    reviewed.types("01\n", "typed\n01\n");
    reviewed.run(&elsewhere[1]);
    reviewed.until("a.txt", |marks| lines(marks) == [(2, 3), (6, 7)]);
    reviewed.act("a.txt", 0, "Tiro: reject all in this file");
    reviewed.until("a.txt", <[Value]>::is_empty);
    reviewed.client.open(&reviewed.stage.project.path("b.txt"));
    reviewed.act("b.txt", 1, "Tiro: accept this change");
    let told = reviewed.told("c1");
    assert!(told.contains("the person rejected h1") && told.contains("rejected h3"), "{told}");
    assert_eq!(reviewed.text("b.txt"), TEXT.replace("02", "two"));
    reviewed.finish();
}

#[test]
fn a_client_without_literals_gets_commands() {
    let reviewed = Reviewed::new(Profile::bare(), &[("a.txt", TEXT)], &[THREE]);
    reviewed.until("a.txt", |marks| marks.len() == 3);
    let actions = reviewed.actions("a.txt", 1);
    let accept = json!({
        "title": "Tiro: accept this change",
        "command": "tiro.accept",
        "arguments": [{"proposal": "c1", "hunk": "h1"}],
    });
    assert_eq!(actions[0], accept);
    reviewed.run(&actions[0]);
    reviewed.act("a.txt", 5, "Tiro: reject all");
    let told = reviewed.told("c1");
    assert!(told.contains("applied h1\n") && told.contains("the person rejected h2"), "{told}");
    reviewed.finish();
}

#[test]
fn a_dismissed_dialog_leaves_it_to_the_code_actions_and_says_when_they_count() {
    let reviewed = Reviewed::new(Profile::eglot(), &[("a.txt", TEXT)], &[THREE]);
    reviewed.client.answer(&reviewed.question, Value::Null);
    reviewed.until("a.txt", |marks| marks.len() == 3);
    reviewed.act("a.txt", 1, "Tiro: accept this change");
    let said = reviewed.client.next("window/showMessage")["message"].to_string();
    assert!(said.contains("when all are decided: 2 are left"), "{said}");
    reviewed.until("a.txt", |marks| marks.len() == 2);
    reviewed.act("a.txt", 5, "Tiro: accept all in this file");
    let told = reviewed.told("c1");
    assert!(!told.contains("rejected"), "{told}");
    reviewed.until("a.txt", <[Value]>::is_empty);
    assert_eq!(reviewed.text("a.txt"), reviewed::all_three());
    assert_eq!(reviewed.client.all("window/showMessage").len(), 1, "it is said once");
    reviewed.finish();
}

#[test]
fn the_dialog_can_still_take_the_rest() {
    let reviewed = Reviewed::new(Profile::vscode(), &[("a.txt", TEXT)], &[THREE]);
    reviewed.until("a.txt", |marks| marks.len() == 3);
    reviewed.act("a.txt", 5, "Tiro: reject this change");
    reviewed.until("a.txt", |marks| marks.len() == 2);
    reviewed.answer_late(0);
    let told = reviewed.told("c1");
    assert!(told.contains("applied h1, h3\n") && told.contains("the person rejected h2"), "{told}");
    assert_eq!(reviewed.text("a.txt"), reviewed::all_three().replace("six", "06"));
    reviewed.finish();
}

#[test]
fn rejecting_everything_denies_the_patch_and_stopping_clears_it() {
    for title in ["Tiro: reject all", "Tiro: stop"] {
        let reviewed = Reviewed::new(Profile::sublime(), &[("a.txt", TEXT)], &[THREE]);
        reviewed.until("a.txt", |marks| marks.len() == 3);
        reviewed.act("a.txt", 1, title);
        reviewed.until("a.txt", <[Value]>::is_empty);
        if title == "Tiro: reject all" {
            assert!(reviewed.told("c1").contains("does not want this change"));
        }
        reviewed.answer_late(0);
        assert_eq!(reviewed.text("a.txt"), TEXT);
        reviewed.finish();
    }
}

#[test]
fn one_undo_takes_what_was_accepted_back() {
    for profile in Profile::all() {
        if !profile.declares("/workspace/applyEdit") {
            continue;
        }
        let name = profile.name.clone();
        let reviewed = Reviewed::new(profile, &[("a.txt", TEXT)], &[THREE]);
        reviewed.until("a.txt", |marks| marks.len() == 3);
        reviewed.types("12", "12 typed");
        reviewed.act("a.txt", 1, "Tiro: accept all");
        reviewed.told("c1");
        let typed = TEXT.replace("12", "12 typed");
        assert_eq!(reviewed.text("a.txt"), reviewed::all_three().replace("12", "12 typed"));
        let path = reviewed.stage.project.path("a.txt");
        reviewed.client.edit(|editor| editor.undo(&path));
        assert_eq!(reviewed.text("a.txt"), typed, "{name}");
        let edit = &reviewed.client.all("workspace/applyEdit")[0];
        assert!(edit["label"].as_str().is_some_and(|label| !label.is_empty()), "{name}: {edit}");
        reviewed.finish();
    }
}

#[test]
fn lenses_stand_above_the_changes_where_the_client_shows_them() {
    let profile =
        Profile::vscode().declaring("workspace/codeLens", json!({"refreshSupport": true}));
    let body = format!("{THREE}\n{ALSO_B}");
    let files = [("a.txt", TEXT), ("b.txt", TEXT)];
    let reviewed = Reviewed::new(profile, &files, &[&body]);
    reviewed.client.next_request("workspace/codeLens/refresh");
    assert_eq!(
        reviewed.lenses("a.txt"),
        "1: Accept | Reject | 3 more changes in 2 files\n\
         5: Accept | Reject | 3 more changes in 2 files\n\
         9: Accept | Reject | 3 more changes in 2 files\n"
    );
    assert_eq!(reviewed.lenses("b.txt"), "", "it is not open");
    reviewed.types("06", "06 mine");
    reviewed.until("a.txt", |marks| marks.iter().any(|mark| mark["severity"] == 2));
    let lenses = reviewed.lenses("a.txt");
    assert!(lenses.contains("5: Conflicts with your change | Reject | 3 more"), "{lenses}");
    let command = reviewed.lens("a.txt", 1, "Accept");
    reviewed.command(command["command"].as_str().unwrap(), command["arguments"].clone()).unwrap();
    reviewed.until("a.txt", |marks| marks.len() == 2);
    reviewed.client.next_request("workspace/codeLens/refresh");
    reviewed.act("a.txt", 5, "Tiro: reject all in this file");
    reviewed.until("a.txt", <[Value]>::is_empty);
    assert_eq!(reviewed.lenses("a.txt"), "");
    reviewed.client.open(&reviewed.stage.project.path("b.txt"));
    assert_eq!(reviewed.lenses("b.txt"), "1: Accept | Reject\n");
    reviewed.finish();
}

#[test]
fn a_client_is_offered_lenses_only_where_it_shows_them() {
    for profile in Profile::all() {
        let shows = profile.capability("/textDocument/codeLens").is_object();
        let stage = crate::stage::Stage::new(ASKING, &[], []);
        let client = tiro_tests::client::Client::start(&stage.project, profile);
        let result = client.initialize(Value::Null);
        assert_eq!(result["capabilities"]["codeLensProvider"].is_object(), shows);
        client.finish();
    }
}

#[test]
fn the_diff_of_what_is_left_is_shown() {
    let reviewed = Reviewed::new(Profile::kakoune(), &[("a.txt", TEXT)], &[THREE]);
    reviewed.until("a.txt", |marks| marks.len() == 3);
    reviewed.act("a.txt", 1, "Tiro: reject this change");
    reviewed.until("a.txt", |marks| marks.len() == 2);
    reviewed.act("a.txt", 5, "Tiro: show the diff");
    let path = reviewed.stage.project.path("a.txt");
    let path = path.display();
    let diff = format!(
        "Tiro proposes:\n--- {path}\n+++ {path}\n@@ -6 +6 @@ c1 h2\n-06\n+six\n@@ -10 +10 @@ c1 h3\n-10\n+ten\n"
    );
    reviewed.client.next_where("window/showMessage", |params| params["message"] == diff);
    reviewed.finish();
}

#[test]
fn new_deleted_and_moved_files_are_marked_and_one_that_is_opened_is_shown_again() {
    let body = "*** Add File: new.txt\n+1\n+2\n*** Delete File: gone.txt\n\
                *** Update File: old.txt\n*** Move to: moved.txt\n\
                *** Update File: b.txt\n@@\n-02\n+two\n+zwei";
    let files = [("a.txt", TEXT), ("b.txt", TEXT), ("gone.txt", "bye\n"), ("old.txt", "old\n")];
    let reviewed = Reviewed::new(Profile::vscode(), &files, &[body]);
    let mark = |name: &str| {
        let marks = reviewed.until(name, |marks| marks.len() == 1);
        assert_eq!(marks[0]["severity"], 3);
        (marks[0]["code"].clone(), marks[0]["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(mark("new.txt").1, "Proposed: a new file, 2 lines:\n  1\n  2");
    assert_eq!(mark("gone.txt").1, "Proposed: delete this file");
    let moved = reviewed.stage.project.path("moved.txt").display().to_string();
    assert_eq!(mark("old.txt").1, format!("Proposed: move this file to {moved}"));
    assert_eq!(mark("b.txt").1, "Proposed: replace this line with 2:\n  two\n  zwei");

    let b = reviewed.stage.project.path("b.txt");
    let before = reviewed.client.all("textDocument/publishDiagnostics").len();
    reviewed.client.open(&b);
    reviewed.until_after("b.txt", before, |marks| marks.len() == 1);
    // What is about a file as a whole is offered anywhere in it.
    reviewed.client.open(&reviewed.stage.project.path("gone.txt"));
    reviewed.act("gone.txt", 0, "Tiro: reject this change");
    reviewed.until("gone.txt", <[Value]>::is_empty);
    reviewed.act("b.txt", 1, "Tiro: accept all");
    let told = reviewed.told("c1");
    assert!(told.contains("the whole file is deleted"), "{told}");
    let project = &reviewed.stage.project;
    assert!(project.has("gone.txt") && project.has("moved.txt") && !project.has("old.txt"));
    assert_eq!(project.read("new.txt"), "1\n2\n");
    assert_eq!(reviewed.text("b.txt"), TEXT.replace("02", "two\nzwei"));
    reviewed.finish();
}

#[test]
fn lines_at_the_ends_of_a_text_are_marked_too() {
    // Without a final newline, the last line being deleted, and lines before the first.
    let body = "*** Update File: a.txt\n@@\n+0\n 1\n@@\n 2\n-3\n*** End of File";
    let reviewed = Reviewed::new(Profile::vscode(), &[("a.txt", "1\n2\n3")], &[body]);
    let marks = reviewed.until("a.txt", |marks| marks.len() == 2);
    assert_eq!(marks[0]["message"], "Proposed: insert before this line: 0");
    assert_eq!(lines(&marks)[0], (0, 1));
    reviewed.act("a.txt", 0, "Tiro: accept all");
    assert!(!reviewed.told("c1").contains("rejected"));
    reviewed.finish();
}

#[test]
fn an_opted_in_client_is_shown_conflicts_alone() {
    let reviewed = Reviewed::opted_in(Profile::vscode(), &[("a.txt", TEXT)], &[THREE]);
    assert!(reviewed.client.all("textDocument/publishDiagnostics").is_empty());
    assert_eq!(reviewed.actions("a.txt", 1).len(), 1, "to stop, and nothing of review");
    reviewed.types("06", "06 mine");
    let marks = reviewed.until("a.txt", |marks| marks.len() == 1);
    assert_eq!((&marks[0]["severity"], &lines(&marks)[..]), (&json!(2), &[(5, 6)][..]));
    assert!(marks[0]["message"].as_str().unwrap().contains("tiro/acceptHunk"));
    reviewed.finish();
}
