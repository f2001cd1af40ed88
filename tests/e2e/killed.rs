//! The real program killed in the middle of a patch of many files: each of them
//! is whole, and the next start tells.
//!
//! The program replaces files by a rename. A client that saves files writes them
//! itself, as it likes and in its own time: it is asked to here, and held until
//! the program is dead, so that what it writes is not taken for what the program
//! wrote.

use std::{path::Path, time::Instant};

use serde_json::Value;
use tiro_tests::{
    client::{Answer, Client},
    log::DEADLINE,
    model::Turn,
    profile::Profile,
};

use crate::stage::{AUTOMATIC, Stage, calls, number, patch, say};

const FILES: usize = 6;

/// When the program is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// As soon as the file of this number has its new text.
    Replaced(usize),
    /// While something is written beside the file of this number or a later one.
    Writing(usize),
}

/// Lines of a file whose writing takes a while.
const LONG: usize = 20_000;

/// A patch of all files.
struct Killed {
    stage: Stage,
    names: Vec<String>,
    old: String,
    new: String,
}

impl Killed {
    fn new(lines: usize) -> Self {
        let rest = "the quick brown fox jumps over the lazy dog\n".repeat(lines);
        let (old, new) = (format!("old\n{rest}"), format!("new\n{rest}"));
        let names: Vec<String> = (0..FILES).map(|number| format!("{number}.txt")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*old)).collect();
        let change = |name: &String| format!("*** Update File: {name}\n@@\n-old\n+new");
        let body = names.iter().map(change).collect::<Vec<_>>().join("\n");
        let turns = [calls("c", "apply_patch", patch(&body)), Turn::say("done")];
        let stage = Stage::new(AUTOMATIC, &files, turns);
        Self { stage, names, old, new }
    }

    /// Whether a file has its new text; one that is not whole fails the test.
    #[track_caller]
    fn is_new(&self, name: &str) -> bool {
        let now = self.stage.project.read(name);
        if now == self.old || now == self.new {
            return now == self.new;
        }
        let wanted = if now.starts_with("new") { &self.new } else { &self.old };
        let differs = |(one, other): (u8, u8)| one != other;
        let at = now.bytes().zip(wanted.bytes()).position(differs);
        let at = at.unwrap_or(now.len().min(wanted.len()));
        let there = String::from_utf8_lossy(&now.as_bytes()[at..now.len().min(at + 40)]);
        panic!(
            "{name} is not whole: it has {} bytes and not {}, and from byte {at} on {there:?}",
            now.len(),
            wanted.len()
        );
    }

    /// Waits for a moment; the patch may be through before it is seen.
    fn wait(&self, moment: Moment) {
        let end = Instant::now() + DEADLINE;
        let is_new = |number: usize| self.is_new(&self.names[number]);
        let has_come = || match moment {
            Moment::Replaced(number) => is_new(number),
            Moment::Writing(number) => (number == 0 || is_new(number - 1)) && self.writes(),
        };
        while !has_come() && !is_new(FILES - 1) {
            assert!(Instant::now() < end, "{moment:?} never came");
            std::thread::yield_now();
        }
    }

    fn writes(&self) -> bool {
        has_temporaries(self.stage.project.root())
    }

    /// Starts the program again. `told` says whether it has to tell what it was
    /// in the middle of; whatever it left beside the files is gone then.
    fn start_again(&self, told: bool) {
        let client = Client::ready(&self.stage.project, Profile::helix(), Value::Null);
        if told {
            let message = client.next("window/showMessage")["message"].to_string();
            assert!(message.contains("in the middle of changing files"), "{message}");
            for name in &self.names {
                let state = if self.is_new(name) { "new" } else { "old" };
                assert!(message.contains(&format!("{name} ({state})")), "{message}");
            }
            assert!(!self.writes(), "temporary files are removed");
        }
        client.finish();
    }
}

fn has_temporaries(directory: &Path) -> bool {
    let entries = directory.read_dir().expect("the folder").flatten();
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".tmp"))
}

/// Whether it left some files changed and others not.
fn killed_at(moment: Moment) -> bool {
    let killed = Killed::new(LONG);
    let client = killed.stage.client(Profile::bare());
    say(&client, "go");
    client.next("tiro/patchApplyBegin");
    killed.wait(moment);
    client.kill();
    let changed = killed.names.iter().filter(|name| killed.is_new(name)).count();
    // Nobody is told of a patch that had not begun, or was through.
    let mixed = 0 < changed && changed < FILES;
    killed.start_again(mixed || killed.writes());
    mixed
}

#[test]
fn files_are_whole_and_the_next_start_tells() {
    let mixed = (0..number("TIRO_KILLS", 20)).filter(|round| {
        let number = round / 2 % FILES;
        killed_at(if round % 2 == 0 { Moment::Replaced(number) } else { Moment::Writing(number) })
    });
    assert!(mixed.count() > 0, "none was killed in the middle");
}

#[test]
fn a_client_that_saves_files_keeps_what_the_program_cannot_finish() {
    let killed = Killed::new(10);
    let client = killed.stage.client(Profile::helix());
    client.on("tiro/saveDocuments", |_| Answer::Hold);
    say(&client, "go");
    client.next_request("tiro/saveDocuments");
    client.kill();
    assert!(killed.names.iter().all(|name| !killed.is_new(name)), "nobody has saved");
    for (number, name) in killed.names.iter().enumerate() {
        let path = killed.stage.project.path(name);
        assert_eq!(client.editor().text(&path), killed.new, "nothing is lost in the editor");
        if number % 2 == 0 {
            client.edit(|editor| editor.save(&path));
        }
    }
    killed.start_again(true);
}
