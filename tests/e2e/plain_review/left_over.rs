//! Conflicts with what the person types, what is left of a patch, and several
//! patches at once.

use std::path::Path;

use serde_json::{Value, json};
use tiro_tests::profile::Profile;

use super::reviewed::{Reviewed, TEXT, THREE, all_three, lines, titles};

const OTHER: &str = "*** Update File: a.txt\n@@\n-04\n+four\n@@\n-12\n+twelve";

fn one_conflict(marks: &[Value]) -> bool {
    marks.iter().filter(|mark| mark["severity"] == 2).count() == 1
}

#[test]
fn a_conflict_says_so_and_fits_again_when_the_person_takes_their_change_back() {
    for profile in Profile::all() {
        let name = profile.name.clone();
        let takes_edits = profile.declares("/workspace/applyEdit");
        let reviewed = Reviewed::new(profile, &[("a.txt", TEXT)], &[THREE]);
        reviewed.until("a.txt", |marks| marks.len() == 3);
        reviewed.types("06", "06 mine");
        let marks = reviewed.until("a.txt", one_conflict);
        assert_eq!(lines(&marks), [(1, 2), (5, 6), (9, 10)], "{name}");
        let message = marks[1]["message"].as_str().unwrap();
        assert!(message.contains("overlap") && message.contains("\n  six\n"), "{message}");
        assert!(!message.contains("tiro/"), "no words for other clients: {message}");
        let offered = reviewed.actions("a.txt", 5);
        assert_eq!(titles(&offered)[0], "Tiro: reject this change", "it cannot be accepted");
        let error = reviewed.command("tiro.accept", json!(["c1", "h2"])).unwrap_err();
        assert!(error.message.contains("does not fit"), "{error:?}");

        reviewed.types("06 mine", "06");
        let marks = reviewed.until("a.txt", |marks| marks.iter().all(|it| it["severity"] == 3));
        assert_eq!(marks.len(), 3);
        reviewed.act("a.txt", 5, "Tiro: accept all");
        assert!(!reviewed.told("c1").contains("not applied"));
        if takes_edits {
            assert_eq!(reviewed.text("a.txt"), all_three(), "{name}");
        }
        reviewed.finish();
    }
}

#[test]
fn what_is_left_of_a_patch_is_made_at_once_when_it_is_accepted() {
    let reviewed = Reviewed::new(Profile::helix(), &[("a.txt", TEXT)], &[THREE]);
    reviewed.until("a.txt", |marks| marks.len() == 3);
    reviewed.types("06", "06 mine");
    reviewed.types("10", "10 mine");
    reviewed.until("a.txt", |marks| marks.iter().filter(|mark| mark["severity"] == 2).count() == 2);
    reviewed.act("a.txt", 1, "Tiro: accept all");
    let told = reviewed.told("c1");
    assert!(told.contains("applied h1\n") && told.contains("h2 was not applied"), "{told}");
    let marks = reviewed.until("a.txt", |marks| lines(marks) == [(5, 6), (9, 10)]);
    assert!(marks.iter().all(|mark| mark["severity"] == 2));
    let error = reviewed.command("tiro.acceptAll", json!([])).unwrap_err();
    assert!(error.message.contains("conflicts with your text"), "{error:?}");

    // The task is over; the rest is still the person's to decide.
    reviewed.types("06 mine", "06");
    reviewed.until("a.txt", one_conflict);
    reviewed.act("a.txt", 5, "Tiro: accept all in this file");
    reviewed.until("a.txt", |marks| lines(marks) == [(9, 10)]);
    let made = TEXT.replace("02", "two").replace("06", "six").replace("10", "10 mine");
    assert_eq!(reviewed.text("a.txt"), made);
    reviewed.act("a.txt", 9, "Tiro: reject this change");
    reviewed.until("a.txt", <[Value]>::is_empty);
    assert_eq!(reviewed.text("a.txt"), made);

    // One undo takes the single change back.
    let path = reviewed.stage.project.path("a.txt");
    reviewed.client.edit(|editor| editor.undo(&path));
    assert_eq!(reviewed.text("a.txt"), made.replace("six", "06"));
    reviewed.finish();
}

#[test]
fn two_proposals_are_walked_together_and_decided_each_by_itself() {
    for profile in [Profile::helix(), Profile::vscode(), Profile::neovim()] {
        let name = profile.name.clone();
        let reviewed = Reviewed::new(profile, &[("a.txt", TEXT)], &[THREE, OTHER]);
        let marks = reviewed.until("a.txt", |marks| marks.len() == 5);
        let codes: Vec<&Value> = marks.iter().map(|mark| &mark["code"]).collect();
        assert_eq!(codes, ["c1 h1", "c2 h1", "c1 h2", "c1 h3", "c2 h2"], "{name}");
        reviewed.act("a.txt", 3, "Tiro: accept this change");
        reviewed.until("a.txt", |marks| marks.len() == 4);
        reviewed.command("tiro.rejectAll", json!([{"proposal": "c2"}])).expect("taken");
        reviewed.until("a.txt", |marks| marks.len() == 3);
        reviewed.act("a.txt", 1, "Tiro: accept all");
        reviewed.until("a.txt", <[Value]>::is_empty);
        let told = reviewed.told("c2");
        assert!(told.contains("applied h1\n") && told.contains("rejected h2"), "{name}: {told}");
        assert!(!reviewed.told("c1").contains("rejected"), "{name}");
        assert_eq!(reviewed.text("a.txt"), all_three().replace("04", "four"), "{name}");
        reviewed.answer_late(0);
        reviewed.finish();
    }
}

#[test]
fn what_is_left_of_several_files_is_one_step_to_undo_in_each() {
    let body = format!("{THREE}\n*** Update File: b.txt\n@@\n-02\n+two\n@@\n-04\n+four");
    let files = [("a.txt", TEXT), ("b.txt", TEXT)];
    let reviewed = Reviewed::new(Profile::vscode(), &files, &[&body]);
    let [a, b] = ["a.txt", "b.txt"].map(|name| reviewed.stage.project.path(name));
    reviewed.client.open(&b);
    let over = |path: &Path, old: &str, new: &str| {
        reviewed.client.edit(|editor| editor.type_over(path, old, new));
    };
    for (path, lines) in [(&a, ["02", "06"]), (&b, ["02", "04"])] {
        lines.iter().for_each(|line| over(path, line, &format!("{line} mine")));
    }
    let conflicts = |count| {
        move |marks: &[Value]| marks.iter().filter(|mark| mark["severity"] == 2).count() == count
    };
    reviewed.until("a.txt", conflicts(2));
    reviewed.until("b.txt", conflicts(2));
    reviewed.act("a.txt", 1, "Tiro: accept all");
    reviewed.told("c1");
    for (path, lines) in [(&a, ["02", "06"]), (&b, ["02", "04"])] {
        lines.iter().for_each(|line| over(path, &format!("{line} mine"), line));
    }
    reviewed.until("a.txt", |marks| lines(marks) == [(1, 2), (5, 6)] && conflicts(0)(marks));
    reviewed.until("b.txt", |marks| lines(marks) == [(1, 2), (3, 4)] && conflicts(0)(marks));
    let before = reviewed.client.all("workspace/applyEdit").len();
    reviewed.act("a.txt", 1, "Tiro: accept all");
    reviewed.until("a.txt", <[Value]>::is_empty);
    reviewed.until("b.txt", <[Value]>::is_empty);
    assert_eq!(reviewed.text("a.txt"), all_three());
    assert_eq!(reviewed.text("b.txt"), TEXT.replace("02", "two").replace("04", "four"));
    assert_eq!(reviewed.client.all("workspace/applyEdit").len(), before + 1);
    for path in [&a, &b] {
        reviewed.client.edit(|editor| editor.undo(path));
    }
    assert_eq!(reviewed.text("a.txt"), TEXT.replace("10", "ten"));
    assert_eq!(reviewed.text("b.txt"), TEXT);
    reviewed.finish();
}

/// What is offered at a line, in the chat too.
#[test]
fn no_action_says_the_same_twice() {
    let one =
        Reviewed::new(Profile::helix(), &[("a.txt", TEXT), ("n.tiro.md", "## You\n")], &[THREE]);
    one.until("a.txt", |marks| marks.len() == 3);
    one.client.open(&one.stage.project.path("n.tiro.md"));
    let all = ["Tiro: accept all", "Tiro: reject all", "Tiro: show the diff"];
    let in_chat = one.actions("n.tiro.md", 0);
    assert_eq!(titles(&in_chat)[..3], all);
    assert!(!titles(&in_chat).iter().any(|title| title.contains("pply")), "{:?}", titles(&in_chat));
    // All of it would be another decision now.
    one.act("a.txt", 1, "Tiro: accept this change");
    one.until("a.txt", |marks| marks.len() == 2);
    let some = one.actions("a.txt", 7);
    let answers = |actions: &[Value]| -> Vec<String> {
        let titles = titles(actions).into_iter().filter_map(|title| title.split_once(" – "));
        titles.map(|(answer, _)| answer.to_owned()).collect()
    };
    assert_eq!(answers(&some), ["Tiro: Don't apply"]);
    one.act("a.txt", 7, "Tiro: stop");
    one.until("a.txt", <[Value]>::is_empty);
    assert!(titles(&one.actions("a.txt", 5)).is_empty());
    one.finish();

    // Of two, each is answered by itself.
    let two = Reviewed::new(Profile::helix(), &[("a.txt", TEXT)], &[THREE, OTHER]);
    two.until("a.txt", |marks| marks.len() == 5);
    let both = ["Tiro: Apply", "Tiro: Don't apply"];
    assert_eq!(answers(&two.actions("a.txt", 7)), [both, both].concat());
    two.command("tiro.rejectAll", json!([{"proposal": "c2"}])).expect("taken");
    two.until("a.txt", |marks| marks.len() == 3);
    assert_eq!(answers(&two.actions("a.txt", 7)), [""; 0]);
    two.act("a.txt", 7, "Tiro: reject all");
    two.until("a.txt", <[Value]>::is_empty);
    two.finish();
}
