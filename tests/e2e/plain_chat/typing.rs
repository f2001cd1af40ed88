//! The person types while the answer streams. Nothing is lost, nothing comes
//! twice, whatever comes first.

use tiro_tests::{
    client::{Answer, Client},
    fuzz::Chance,
    model::{Gate, Turn},
    profile::{Profile, StaleVersion},
};

use super::helpers::{answered, chat, editors, send, until};
use crate::stage::{AUTOMATIC, Stage};

/// Pieces of an answer; the model waits after each.
const PIECES: usize = 10;

/// What has been typed is known by these marks.
const MARKS: [char; 2] = ['«', '»'];

#[test]
fn typing_above_loses_nothing() {
    let mut profiles = editors();
    // Where an edit is carried out in whatever text there is by then, it lands where
    // no server meant it to: that is on the editor's page.
    profiles.retain(|profile| {
        let edits = profile.capability("/workspace/workspaceEdit");
        let versions = edits["documentChanges"] == true || edits["resourceOperations"].is_array();
        versions && profile.quirks.stale_version != StaleVersion::Ignored
    });
    // One that skips stale edits and says nothing at all is the hardest; so is one
    // that sends whole texts.
    profiles.push(Profile::neovim().with(|quirks| {
        quirks.stale_version = StaleVersion::SkippedAsApplied;
        quirks.sends_full_text = true;
        quirks.change_before_answer = false;
    }));
    profiles.push(Profile::sublime().with(|quirks| quirks.sends_full_text = true));
    for (seed, profile) in (0_u64..).zip(profiles.iter().chain(&profiles)) {
        let name = format!("{} with seed {seed}", profile.name);
        let (text, count) = type_while_it_streams(profile.clone(), &mut Chance::new(seed));
        let pieces: String = (0..PIECES).map(piece).collect();
        let mut typed = 0;
        let mut rest = String::new();
        for part in text.split_inclusive(MARKS[1]) {
            let (before, mark) = part.split_once(MARKS[0]).unwrap_or((part, ""));
            rest.push_str(before);
            if !mark.is_empty() {
                assert_eq!(mark, "typed»", "{name}: {text}");
                typed += 1;
            }
        }
        let whole = format!("## You\n\nhi there, you\n\n## Tiro\n\nStart{pieces}.\n\n## You\n\n\n");
        assert_eq!(rest, whole, "{name}");
        assert_eq!(typed, count, "{name}: {text}");
    }
}

fn piece(number: usize) -> String {
    format!(" piece{number}\n\nof 𝄞 it{number}")
}

/// Each request of the server waits until the person has typed, or has not.
fn type_while_it_streams(profile: Profile, chance: &mut Chance) -> (String, usize) {
    let gates: Vec<Gate> = (0..=PIECES).map(|_| Gate::new()).collect();
    let turn = gates.iter().enumerate().fold(Turn::new(), |turn, (number, gate)| {
        let text = if number == 0 { "Start".to_owned() } else { piece(number - 1) };
        turn.text(&text).wait(gate)
    });
    let stage = Stage::new(AUTOMATIC, &[], [turn.text(".")]);
    let client = stage.plain(profile);
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\nhi there, you\n");
    client.on("workspace/applyEdit", |_| Answer::Hold);
    send(&client, &path);
    let mut gates = gates.iter();
    let mut typed = 0;
    while !client.editor().text(&path).ends_with("\n\n## You\n\n\n") {
        let request = client.next_request("workspace/applyEdit");
        // What is typed before makes the edit stale.
        if chance.one_in(2) {
            types(&client, &path, chance);
            typed += 1;
        }
        client.perform(&request);
        if chance.one_in(2) {
            types(&client, &path, chance);
            typed += 1;
        }
        if let Some(gate) = gates.next() {
            gate.open();
        }
    }
    let text = client.editor().text(&path).to_owned();
    client.finish();
    stage.model.finish();
    (text, typed)
}

/// A word somewhere between the first heading and the end of the answer; not in a
/// heading, which would be none then.
fn types(client: &Client, path: &std::path::Path, chance: &mut Chance) {
    client.edit(|editor| {
        let text = editor.text(path).to_owned();
        let end = text.trim_end().len();
        let is_free = |at: &usize| {
            let line = text[..*at].rfind('\n').map_or(0, |at| at + 1);
            let line = text[line..].lines().next().unwrap_or_default();
            let before = text[..*at].rfind(MARKS).map(|at| text[at..].starts_with(MARKS[0]));
            !line.starts_with("##") && before != Some(true)
        };
        let places: Vec<usize> =
            (0..end).filter(|at| text.is_char_boundary(*at)).filter(is_free).collect();
        let at = places[chance.number(0..places.len())];
        editor.type_at(path, at..at, "«typed»");
    });
}

#[test]
fn what_was_sent_is_what_stood_there() {
    let gate = Gate::new();
    let stage = Stage::new(AUTOMATIC, &[], [Turn::new().text("You").wait(&gate).text(" said it.")]);
    let client = stage.plain(Profile::helix());
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\nfirst\n");
    client.on("workspace/applyEdit", |_| Answer::Hold);
    send(&client, &path);
    let request = client.next_request("workspace/applyEdit");
    client.edit(|editor| editor.type_over(&path, "first\n", "first and more\n"));
    client.on("workspace/applyEdit", |_| Answer::Editor);
    client.perform(&request);
    gate.reached();
    assert_eq!(stage.model.request(1).last_user_text(), "first");
    gate.open();
    let text = answered(&client, &path);
    assert!(text.contains("You said it.\n"), "{text}");
    client.finish();
}

#[test]
fn what_is_typed_below_becomes_the_next_message() {
    let gate = Gate::new();
    let turns = [Turn::new().text("One").wait(&gate).text("."), Turn::say("Two.")];
    let stage = Stage::new(AUTOMATIC, &[], turns);
    let client = stage.plain(Profile::neovim());
    let path = chat(&stage, &client, "a.tiro.md", "## You\n\nhi\n");
    send(&client, &path);
    gate.reached();
    until(&client, &path, |text| text.contains("One"));
    client.edit(|editor| {
        let end = editor.text(&path).len();
        editor.type_at(&path, end..end, "and then?\n");
    });
    gate.open();
    let text = until(&client, &path, |text| text.contains("One.\n\n## You"));
    assert_eq!(text, "## You\n\nhi\n\n## Tiro\n\nOne.\n\n## You\n\nand then?\n");
    send(&client, &path);
    let text = answered(&client, &path);
    assert!(text.ends_with("and then?\n\n## Tiro\n\nTwo.\n\n## You\n\n\n"), "{text}");
    assert_eq!(stage.model.request(2).last_user_text(), "and then?");
    client.finish();
}
