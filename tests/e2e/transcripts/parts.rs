//! The first four of the eight: ask, talk, see, approve.

use serde_json::{Value, json};
use tiro_tests::{
    model::{Gate, Turn},
    profile::Profile,
};

use super::play::Play;
use crate::stage::{ASKING, AUTOMATIC, calls, command, patch, script};

const CODE: &str = "fn double(n: i32) -> i32 {\n    n * 2\n}\n";

/// A selection is explained; a comment is done, and gone.
pub(super) fn ask(profile: &Profile) -> String {
    let body = "*** Update File: a.rs\n@@\n-// call it twice AI!\n-fn double(n: i32) -> i32 {\n\
                +fn twice(n: i32) -> i32 {";
    let turns = [
        Turn::say("It doubles its argument."),
        calls("c1", "apply_patch", patch(body)),
        Turn::say("It is called twice now."),
    ];
    let mut play = Play::new(profile, AUTOMATIC, &[("a.rs", CODE)], turns);
    let path = play.path("a.rs");
    play.step("opens a.rs", |play| play.client.open(&path));
    let offered = play.step("selects it and asks for the code actions", |play| {
        play.actions(&path, [0, 3], &json!([]))
    });
    play.step("chooses \u{201c}Tiro: explain this\u{201d}", |play| {
        play.choose(&offered, "Tiro: explain this");
        play.shown("It doubles its argument.");
    });
    let told = play.stage.model.request(1).last_user_text();
    assert!(told.contains("fn double(n: i32)"), "{told}");
    play.note("The model is told", &told);

    let saves = if play.takes_edits() { "" } else { ", and saves, as this client takes no edits" };
    play.step(&format!("types a comment that ends in AI! above it{saves}"), |play| {
        play.client.edit(|editor| {
            editor.type_at(&path, 0..0, "// call it twice AI!\n");
            if !saves.is_empty() {
                editor.save(&path);
            }
        });
    });
    play.acts("a.rs", 0, "Tiro: do what this comment says", |play| {
        play.shown("It is called twice now.");
    });
    let text = play.shows_text("a.rs");
    assert_eq!(text, CODE.replace("double", "twice"));
    play.end()
}

/// A chat is opened, written in and answered, with the command that was run.
pub(super) fn talk(profile: &Profile) -> String {
    let turns = [calls("c1", "shell", command(&["cat", "a.rs"])), Turn::say("It doubles.")];
    let mut play = Play::new(profile, AUTOMATIC, &[("a.rs", CODE)], turns);
    let path = play.path("a.rs");
    play.step("opens a.rs", |play| play.client.open(&path));
    play.acts("a.rs", 0, "Tiro: open a chat", |play| {
        let shows = play.able("/window/showDocument/support");
        play.shown(if shows { "## You" } else { ".tiro.md" });
    });
    let chat = play.chat();
    play.step("writes below the heading", |play| {
        if play.client.editor().document(&chat).is_none() {
            play.client.open(&chat);
        }
        play.client.edit(|editor| {
            let end = editor.text(&chat).len() - 1;
            editor.type_at(&chat, end..end, "what does a.rs do?");
        });
    });
    let offered = play.step("asks what can be done there", |play| {
        play.lenses(&chat);
        play.actions(&chat, [2, 2], &json!([]))
    });
    let takes_edits = play.takes_edits();
    play.step("chooses \u{201c}Tiro: send\u{201d}", |play| {
        play.choose(&offered, "Tiro: send");
        if takes_edits {
            play.until_text(&chat, |text| text.ends_with("\n\n## You\n\n\n"));
        } else {
            play.shown("It doubles.");
        }
        play.stage.model.request(2);
    });
    let text = play.client.editor().text(&chat).to_owned();
    play.note("The chat at the end", &text);
    assert!(text.starts_with("## You\n\nwhat does a.rs do?\n"), "{text}");
    let answer = "```console c1\n$ cat a.rs\n";
    assert_eq!(text.contains(answer) && text.contains("\nIt doubles.\n"), takes_edits, "{text}");
    play.end()
}

/// A task with a plan, a command that takes its time, and a patch.
pub(super) fn see(profile: &Profile) -> String {
    let gate = Gate::new();
    let waits = "echo Compiling; until test -e ~/go; do sleep 0.05; done; echo Finished";
    let step = json!([{"step": "mend the sum", "status": "in_progress"}]);
    let turns = [
        calls("p1", "update_plan", json!({"plan": step})),
        calls("c1", "shell", script(waits)),
        calls("e1", "apply_patch", patch("*** Update File: a.txt\n@@\n-one\n+two")),
        Turn::new().text("The sum is right.").wait(&gate),
    ];
    let mut play = Play::new(profile, AUTOMATIC, &[("a.txt", "one\n")], turns);
    play.progress = true;
    let (task, running) = play.step("says tiro.ask", |play| {
        play.run("tiro.ask", json!(["mend the sum"]));
        let begins = |title: &'static str| {
            play.progress(move |params| {
                let value = &params["value"];
                let named = value["title"].as_str().is_some_and(|it| it.contains(title));
                value["kind"] == "begin" && named
            })
        };
        let (task, running) = (begins("Tiro"), begins("Compiling"));
        // What a command says last is told while it runs.
        play.progress(|params| {
            let message = params["value"]["message"].as_str().unwrap_or_default();
            params["token"] == running && message.starts_with("Compiling (")
        });
        (task, running)
    });
    let ends = |play: &Play, token: &Value| {
        play.progress(|params| params["token"] == *token && params["value"]["kind"] == "end");
    };
    play.step("waits for the command", |play| {
        play.stage.project.write("../home/go", b"");
        ends(play, &running);
        gate.reached();
    });
    play.step("waits for the answer", |play| {
        gate.open();
        play.shown("The sum is right.");
        ends(play, &task);
    });
    for (name, part) in [
        ("tiro.plan", "- [ ] mend the sum (now)"),
        ("tiro.diff", "-one\n+two"),
        ("tiro.output", "Compiling\nFinished\n\n# exit code 0"),
    ] {
        play.step(&format!("says {name}"), |play| {
            play.run(name, json!([]));
            let text = play.viewed();
            assert!(text.contains(part), "{text}");
        });
    }
    assert_eq!(play.stage.project.read("a.txt"), "two\n");
    play.end()
}

/// Two commands: one is allowed once, after the question was dismissed, by a code
/// action; the other for the session, which is taken back.
pub(super) fn approve(profile: &Profile) -> String {
    let touch = |id: &str, name: &str| calls(id, "shell", command(&["touch", name]));
    let turns = [touch("c1", "one"), touch("c2", "two"), Turn::say("Both are made.")];
    let mut play = Play::new(profile, ASKING, &[("a.rs", CODE)], turns);
    let path = play.path("a.rs");
    play.step("opens a.rs", |play| play.client.open(&path));
    let question = play.step("says tiro.ask", |play| {
        play.run("tiro.ask", json!(["make two files"]));
        play.question()
    });
    if play.answers() {
        play.step("dismisses the question", |play| {
            play.client.answer(&question, Value::Null);
            play.client.next_where("window/logMessage", |params| {
                params["message"].as_str().is_some_and(|it| it.contains("still waits"))
            });
        });
    }
    assert!(!play.stage.project.has("one"), "it ran before it was approved");
    let mut next = None;
    play.acts("a.rs", 0, "Tiro: Run once – touch one", |play| next = Some(play.question()));
    assert!(play.stage.project.has("one") && !play.stage.project.has("two"));
    let next = next.expect("it was waited for");
    let both = ("Run always here", "Tiro: Run always here – touch two");
    play.decides(&next, both, "a.rs", |play| {
        play.shown("Both are made.");
    });
    assert!(play.stage.project.has("two"));
    let listed = play.step("says tiro.grants", |play| {
        play.run("tiro.grants", json!([]));
        play.question()
    });
    if play.answers() {
        let button = "Take back: touch two";
        play.step("answers that it is taken back", |play| {
            play.client.answer(&listed, json!({"title": button}));
            play.shown("taken back: `touch two`");
        });
    } else {
        play.step("says tiro.revoke 1", |play| {
            play.run("tiro.revoke", json!(["1"]));
            play.shown("taken back: `touch two`");
        });
    }
    play.end()
}
