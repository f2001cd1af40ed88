//! The other four of the eight: review, undo, know, diagnostics.

use serde_json::{Value, json};
use tiro_tests::{model::Turn, profile::Profile};

use super::play::Play;
use crate::{
    plain_review::reviewed::{TEXT, THREE},
    stage::{ASKING, AUTOMATIC, calls, patch},
};

/// Three changes: one is accepted, one rejected, the rest accepted.
pub(super) fn review(profile: &Profile) -> String {
    let turns = [calls("c1", "apply_patch", patch(THREE)), Turn::say("Two of three.")];
    let mut play = Play::new(profile, ASKING, &[("a.txt", TEXT)], turns);
    let path = play.path("a.txt");
    play.step("opens a.txt", |play| play.client.open(&path));
    let question = play.step("says tiro.ask", |play| {
        play.run("tiro.ask", json!(["in words, please"]));
        play.until_marks("a.txt", 3);
        play.question()
    });
    if play.able("/textDocument/codeLens") {
        play.step("looks at the lenses", |play| play.lenses(&path));
    }
    if play.answers() {
        play.step("dismisses the question", |play| {
            play.client.answer(&question, Value::Null);
            play.client.next_where("window/logMessage", |params| {
                params["message"].as_str().is_some_and(|it| it.contains("still waits"))
            });
        });
    }
    play.acts("a.txt", 1, "Tiro: accept this change", |play| play.until_marks("a.txt", 2));
    let saves = if play.takes_edits() { "" } else { ", and saves, as this client takes no edits" };
    play.step(&format!("types a line at the top{saves}"), |play| {
        play.client.edit(|editor| {
            editor.type_at(&path, 0..0, "typed\n");
            if !saves.is_empty() {
                editor.save(&path);
            }
        });
        play.until_marked("a.txt", |marks| {
            marks.first().is_some_and(|it| it["range"]["start"]["line"] == 6)
        });
    });
    play.acts("a.txt", 6, "Tiro: reject this change", |play| play.until_marks("a.txt", 1));
    play.acts("a.txt", 10, "Tiro: accept this change", |play| {
        play.shown("Two of three.");
        play.until_marks("a.txt", 0);
    });
    let told = play.stage.model.request(2).tool_output("c1");
    assert!(told.contains("applied h1, h3") && told.contains("rejected h2"), "{told}");
    play.note("The model is told", &told);
    let text = play.shows_text("a.txt");
    assert_eq!(text, format!("typed\n{TEXT}").replace("02", "two").replace("10", "ten"));
    play.end()
}

/// A patch is taken back by one undo; what a task did is taken back by its
/// checkpoint.
pub(super) fn undo(profile: &Profile) -> String {
    let body = |file| format!("*** Update File: {file}\n@@\n-one\n+two\n@@\n-five\n+six");
    let turns = [
        calls("c1", "apply_patch", patch(&body("a.txt"))),
        Turn::say("It is two."),
        calls("c2", "apply_patch", patch(&body("b.txt"))),
        Turn::say("That is two as well."),
    ];
    let before = "one\n2\n3\n4\nfive\n";
    let mut play = Play::new(profile, AUTOMATIC, &[("a.txt", before), ("b.txt", before)], turns);
    let path = play.path("a.txt");
    play.step("opens a.txt", |play| play.client.open(&path));
    play.step("says tiro.ask", |play| {
        play.run("tiro.ask", json!(["change a.txt"]));
        play.shown("It is two.");
    });
    assert_eq!(play.shows_text("a.txt"), "two\n2\n3\n4\nsix\n");
    if play.takes_edits() {
        play.step("undoes once", |play| play.client.edit(|editor| editor.undo(&path)));
        assert_eq!(play.shows_text("a.txt"), before);
    }
    play.step("says tiro.ask", |play| {
        play.run("tiro.ask", json!(["and b.txt"]));
        play.shown("That is two as well.");
    });
    let question = play.step("says tiro.restore", |play| {
        play.run("tiro.restore", json!([]));
        play.question()
    });
    if play.answers() {
        let button = question.params["actions"][0]["title"].clone();
        play.step("chooses the first", |play| {
            play.client.answer(&question, json!({"title": button}));
            play.shown("restored; as before: ");
        });
        assert_eq!(play.stage.project.read("b.txt"), before);
    }
    play.end()
}

/// Status, model, settings, doctor.
pub(super) fn know(profile: &Profile) -> String {
    let turns = [Turn::say("I am another."), Turn::say("I am the third.")];
    let mut play = Play::new(profile, AUTOMATIC, &[], turns);
    play.step("says tiro.status", |play| {
        play.run("tiro.status", json!([]));
        play.shown("model: scripted of ")
    });
    let question = play.step("says tiro.model", |play| {
        play.run("tiro.model", json!([]));
        play.question()
    });
    if play.answers() {
        play.step("dismisses the question", |play| play.client.answer(&question, Value::Null));
    }
    play.step("says tiro.model with a name", |play| {
        play.run("tiro.model", json!(["another"]));
        play.shown("uses the model another from now on");
    });
    play.step("says tiro.ask", |play| {
        play.run("tiro.ask", json!(["who are you?"]));
        play.shown("I am another.");
    });
    assert_eq!(play.stage.model.request(1).body["model"], "another");
    play.step("sets another model in the settings of the editor", |play| {
        let settings = json!({"settings": {"tiro": {"config": {"model": "third"}}}});
        play.client.notify("workspace/didChangeConfiguration", settings);
        play.client.next_where("window/logMessage", |params| {
            params["message"].as_str().is_some_and(|it| it.contains("uses the model third"))
        });
    });
    play.step("says tiro.ask", |play| {
        play.run("tiro.ask", json!(["and now?"]));
        play.shown("I am the third.");
    });
    assert_eq!(play.stage.model.request(2).body["model"], "third");
    // The report is about the machine, and of no fixed length.
    play.run("tiro.doctor", json!([]));
    let report = play.shown("next:");
    assert!(report.contains("config:") && report.contains("sandbox"), "{report}");
    play.end()
}

/// What another server found is fixed, and the model is told what it was.
pub(super) fn diagnostics(profile: &Profile) -> String {
    let body = "*** Update File: a.rs\n@@\n-    \"n\"\n+    n";
    let turns = [calls("c1", "apply_patch", patch(body)), Turn::say("It is a number now.")];
    let code = "fn same(n: i32) -> i32 {\n    \"n\"\n}\n";
    let mut play = Play::new(profile, AUTOMATIC, &[("a.rs", code)], turns);
    let path = play.path("a.rs");
    play.step("opens a.rs", |play| play.client.open(&path));
    let at = |character| json!({"line": 1, "character": character});
    let shown = json!([{"range": {"start": at(4), "end": at(7)}, "severity": 1,
        "code": "E0308", "source": "rustc", "message": "mismatched types"}]);
    let what = "asks for the code actions at an error of another server";
    let offered = play.step(what, |play| play.actions(&path, [1, 1], &shown));
    play.step("chooses \u{201c}Tiro: fix: mismatched types\u{201d}", |play| {
        play.choose(&offered, "Tiro: fix: mismatched types");
        play.shown("It is a number now.");
    });
    let told = play.stage.model.request(1).last_user_text();
    assert!(told.contains("error of rustc E0308: mismatched types"), "{told}");
    play.note("The model is told", &told);
    assert_eq!(play.shows_text("a.rs"), code.replace("\"n\"", "n"));
    play.end()
}
