//! The real program killed in the middle of a patch of many files: each of them
//! is whole, and the next start tells.

use serde_json::Value;
use tiro_tests::{client::Client, model::Turn, profile::Profile};

use crate::stage::{AUTOMATIC, Stage, calls, patch, say};

const FILES: usize = 6;

/// Long enough that its writing takes a while.
fn text(first: &str) -> String {
    format!("{first}\n{}", "the quick brown fox jumps over the lazy dog\n".repeat(20_000))
}

/// Kills the program as soon as the file of this number is another one, and
/// whether it left some files changed and others not.
fn killed_at(number: usize, profile: Profile) -> bool {
    let (old, new) = (text("old"), text("new"));
    let names: Vec<String> = (0..FILES).map(|number| format!("{number}.txt")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*old)).collect();
    let change = |name: &String| format!("*** Update File: {name}\n@@\n-old\n+new");
    let body = names.iter().map(change).collect::<Vec<_>>().join("\n");
    let turns = [calls("c", "apply_patch", patch(&body)), Turn::say("done")];
    let stage = Stage::new(AUTOMATIC, &files, turns);
    let client = stage.client(profile);
    say(&client, "go");
    client.next("tiro/patchApplyBegin");
    // The first bytes tell which it is: it is replaced from one moment to the next.
    while !stage.project.read(&names[number]).starts_with("new") {
        std::thread::yield_now();
    }
    client.process().kill();
    client.wait_exit();
    let now: Vec<String> = names.iter().map(|name| stage.project.read(name)).collect();
    assert!(now.iter().all(|text| *text == old || *text == new), "a file is not whole");
    let changed = now.iter().filter(|text| **text == new).count();
    let mixed = changed < FILES;
    let client = Client::ready(&stage.project, Profile::helix(), Value::Null);
    if mixed {
        let told = client.next("window/showMessage")["message"].to_string();
        assert!(told.contains("in the middle of changing files"), "{told}");
        for (name, text) in names.iter().zip(&now) {
            let state = if *text == new { "new" } else { "old" };
            assert!(told.contains(&format!("{name} ({state})")), "{told}");
        }
    }
    client.finish();
    let entries = stage.project.root().read_dir().expect("the folder").flatten();
    let left = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".tmp"));
    assert!(!mixed || left.count() == 0, "temporary files are removed");
    mixed
}

#[test]
fn files_are_whole_and_the_next_start_tells_every_client() {
    let mut mixed = 0;
    for round in 0..20 {
        let profile = if round % 2 == 0 { Profile::bare() } else { Profile::helix() };
        mixed += usize::from(killed_at(round % FILES, profile));
    }
    assert!(mixed > 0, "none was killed in the middle");
}
