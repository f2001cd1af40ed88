//! Conflicts with what the person types, what is left of a patch, and several
//! patches at once.

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
