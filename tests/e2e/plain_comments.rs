//! Comments for the agent, with clients that never heard of Tiro: found in text
//! that is not saved, taken up together, taken out when they are done with.

use serde_json::{Value, json};
use tiro_tests::{
    client::Client,
    model::{Gate, Turn},
    profile::Profile,
};

use crate::{
    plain_ask::{actions, answered, choose, is, run, titles},
    stage::{AUTOMATIC, Stage, calls, patch},
};

const DO: &str = "Tiro: do what this comment says";
const LABEL: &str = "Tiro: take out the comment that is done";

/// A client that takes up what is typed.
fn starting(stage: &Stage, profile: Profile) -> Client {
    Client::ready(&stage.project, profile, json!({"tiro": {"comments": "start"}}))
}

/// Clients that take edits.
fn editing() -> impl Iterator<Item = Profile> {
    Profile::all().into_iter().filter(|profile| profile.declares("/workspace/applyEdit"))
}

fn text(stage: &Stage, client: &Client, file: &str) -> String {
    client.editor().text(&stage.project.path(file)).to_owned()
}

/// Waits until the editor has answered the edit that takes comments out, for the
/// `number`th time.
fn taken_out(client: &Client, number: usize) {
    client.wait("the end of the comment", |log| {
        let mut edits = log.iter().filter(|message| {
            is(message, "workspace/applyEdit") && message.value["params"]["label"] == LABEL
        });
        let edit = edits.nth(number - 1)?;
        let answer =
            |value: &Value| value["id"] == edit.value["id"] && value.get("method").is_none();
        log.iter().find(|message| !message.from_server && answer(&message.value)).map(|_| ())
    });
}

fn edits(client: &Client) -> usize {
    client.all("workspace/applyEdit").len()
}

#[test]
fn a_comment_is_done_by_a_patch_that_takes_it_out() {
    for (file, before, comment, after, body) in [
        (
            "a.rs",
            "fn a() {}\n",
            "// call it b AI!\nfn a() {}\n",
            "fn b() {}\n",
            "@@\n-// call it b AI!\n-fn a() {}\n+fn b() {}",
        ),
        (
            "a.py",
            "def a(): pass\n",
            "def a(): pass  # call it b AI!\n",
            "def b(): pass\n",
            "@@\n-def a(): pass  # call it b AI!\n+def b(): pass",
        ),
        (
            "a.html",
            "<p>it's</p>\n",
            "<p>it's</p>\n<!-- call it b AI! -->\n",
            "<b>it's</b>\n",
            "@@\n-<p>it's</p>\n-<!-- call it b AI! -->\n+<b>it's</b>",
        ),
    ] {
        for profile in editing() {
            let body = format!("*** Update File: {file}\n{body}");
            let script = [calls("c1", "apply_patch", patch(&body)), Turn::say("It is b now.")];
            let stage = Stage::new(AUTOMATIC, &[(file, before)], script);
            let client = stage.plain(profile);
            let path = stage.project.path(file);
            client.open(&path);
            client.edit(|editor| editor.type_over(&path, before, comment));
            let line =
                u32::try_from(comment.lines().position(|it| it.contains("AI!")).unwrap()).unwrap();
            let offered = actions(&client, &stage, file, [(line, 3), (line, 3)], json!([]));
            assert_eq!(titles(&offered)[0], DO);
            choose(&client, &offered, DO);
            answered(&client, 1);
            let told = stage.model.request(1).last_user_text();
            assert!(told.contains("1. Do:\n\n> call it b\n\nThis is about a."), "{told}");
            assert!(told.contains("take the whole comment out in the same patch"), "{told}");
            assert_eq!(text(&stage, &client, file), after);
            assert_eq!(edits(&client), 1, "it was gone already");
            client.finish();
            stage.model.finish();
        }
    }
}

#[test]
fn a_question_is_answered_and_the_server_takes_it_out() {
    for profile in editing() {
        let stage =
            Stage::new(AUTOMATIC, &[("a.rs", "fn a() {}\n")], [Turn::say("It does nothing.")]);
        let client = stage.plain(profile);
        let path = stage.project.path("a.rs");
        client.open(&path);
        let typed = "// What does\n// it do AI?\nfn a() {} // nothing\n";
        client.edit(|editor| editor.type_over(&path, "fn a() {}\n", typed));
        let offered = actions(&client, &stage, "a.rs", [(1, 0), (1, 0)], json!([]));
        choose(&client, &offered, "Tiro: answer this comment");
        answered(&client, 1);
        taken_out(&client, 1);
        let told = stage.model.request(1).last_user_text();
        assert!(told.contains("1. Answer:\n\n> What does\n> it do\n\n"), "{told}");
        assert!(!told.contains("is an order"), "{told}");
        assert_eq!(text(&stage, &client, "a.rs"), "fn a() {} // nothing\n");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn comments_of_several_files_are_one_task() {
    for profile in editing() {
        let stage = Stage::new(
            AUTOMATIC,
            &[("a.rs", ""), ("b.py", ""), ("c.rs", "")],
            [Turn::say("Done.")],
        );
        let client = stage.plain(profile);
        for (file, typed) in [
            ("a.rs", "let a = 1; // name it AI!\n"),
            ("b.py", "# and this AI!\nx = 1\n"),
            ("c.rs", "let a = \"// not this AI!\";\nlet b = r#\"// nor this AI!\n\"#;\n"),
        ] {
            let path = stage.project.path(file);
            client.open(&path);
            client.edit(|editor| editor.type_at(&path, 0..0, typed));
        }
        let literal = actions(&client, &stage, "c.rs", [(0, 14), (0, 14)], json!([]));
        assert!(!titles(&literal).iter().any(|title| title.contains("comment")), "{literal:?}");
        let offered = actions(&client, &stage, "b.py", [(0, 0), (0, 0)], json!([]));
        assert_eq!(titles(&offered)[..2], [DO, "Tiro: do all 2 AI comments"]);
        choose(&client, &offered, "Tiro: do all 2 AI comments");
        taken_out(&client, 1);
        let told = stage.model.request(1).last_user_text();
        assert!(
            told.contains("2 comments") && told.contains("> name it\n\nThis is about a.rs, line 1"),
            "{told}"
        );
        assert!(told.contains("2. Do:\n\n> and this\n\nThis is about b.py, line 1"), "{told}");
        assert!(!told.contains("not this"), "{told}");
        let texts = ["a.rs", "b.py"].map(|file| text(&stage, &client, file));
        assert_eq!(texts, ["let a = 1;\n", "x = 1\n"]);
        assert_eq!(edits(&client), 1, "one step");
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn what_is_typed_starts_when_its_line_is_left_or_saved_or_nothing_more_comes() {
    for profile in editing() {
        let script = ["One.", "Two.", "Three."].map(Turn::say);
        let stage = Stage::new(AUTOMATIC, &[("a.py", "x = 1\n# old AI!\n")], script);
        let client = starting(&stage, profile);
        let path = stage.project.path("a.py");
        client.open(&path);
        let typed = |from: &str, to: &str| client.edit(|editor| editor.type_over(&path, from, to));
        typed("x = 1", "x = 1  # one AI?");
        typed("# old", "\n# old");
        taken_out(&client, 1);
        typed("x = 1", "x = 2  # two AI? ..");
        typed("two AI? ..", "two AI?");
        client.edit(|editor| editor.save(&path));
        taken_out(&client, 2);
        typed("x = 2", "x = 3  # three AI?");
        taken_out(&client, 3);
        for (number, words) in [(1, "> one\n"), (2, "> two\n"), (3, "> three\n")] {
            let told = stage.model.request(number).last_user_text();
            assert!(told.contains(words) && !told.contains("2. "), "{told}");
        }
        client.finish();
        stage.model.finish();
    }
}

#[test]
fn a_person_may_change_the_comment_meanwhile() {
    let gate = Gate::new();
    let script = [Turn::new().wait(&gate).text("I did it."), Turn::say("And now?")];
    let stage = Stage::new(AUTOMATIC, &[("a.rs", "// do it AI!\n// do that AI!\n")], script);
    let client = stage.plain(Profile::neovim());
    let path = stage.project.path("a.rs");
    client.open(&path);
    run(&client, "tiro.comments", json!([]));
    gate.reached();
    client.edit(|editor| editor.type_over(&path, "do it AI", "do it better AI"));
    // The one that is being done is not done twice; the other one is new.
    let offered = actions(&client, &stage, "a.rs", [(1, 0), (1, 0)], json!([]));
    assert!(!titles(&offered).contains(&DO), "{offered:?}");
    let offered = actions(&client, &stage, "a.rs", [(0, 0), (0, 0)], json!([]));
    assert!(!titles(&offered).iter().any(|title| title.contains("all")), "{offered:?}");
    // It is taken up when the task has ended.
    assert_eq!(choose(&client, &offered, DO), json!({"waiting": 1}));
    gate.open();
    taken_out(&client, 1);
    answered(&client, 2);
    let told = stage.model.request(2).last_user_text();
    assert!(told.contains("> do it better\n"), "{told}");
    client.finish();
    stage.model.finish();
}

#[test]
fn what_the_agent_writes_and_what_is_undone_starts_nothing() {
    let body = "*** Update File: a.py\n@@\n-# do it AI!\n+# later AI!\n x = 1";
    let script =
        [calls("c1", "apply_patch", patch(body)), Turn::say("Done."), Turn::say("Nothing.")];
    let stage = Stage::new(AUTOMATIC, &[("a.py", "x = 1\n")], script);
    let client = starting(&stage, Profile::vscode());
    let path = stage.project.path("a.py");
    client.open(&path);
    client.edit(|editor| editor.type_at(&path, 0..0, "# do it AI!\n"));
    client.edit(|editor| editor.save(&path));
    answered(&client, 1);
    assert_eq!(text(&stage, &client, "a.py"), "# later AI!\nx = 1\n");
    client.edit(|editor| editor.type_over(&path, "later", "do it"));
    client.edit(|editor| editor.type_over(&path, "x = 1", "x = 2"));
    client.edit(|editor| editor.save(&path));
    run(&client, "tiro.ask", json!(["what started?"]));
    answered(&client, 2);
    assert_eq!(stage.model.request(3).last_user_text(), "what started?");
    client.finish();
    stage.model.finish();
}

#[test]
fn a_task_that_was_stopped_or_failed_leaves_its_comment() {
    let gate = Gate::new();
    let script =
        [Turn::new().text("I begin").wait(&gate), Turn::status(401, "no key"), Turn::say("fine")];
    let stage = Stage::new(AUTOMATIC, &[("a.rs", "// do it AI!\n")], script);
    let client = stage.plain(Profile::eglot());
    client.open(&stage.project.path("a.rs"));
    let now = || actions(&client, &stage, "a.rs", [(0, 0), (0, 0)], json!([]));
    choose(&client, &now(), DO);
    gate.reached();
    run(&client, "tiro.stop", json!([]));
    // While it is being done it is not offered; then it is there again.
    while !titles(&now()).contains(&DO) {}
    choose(&client, &now(), DO);
    client.next_where("window/showMessage", |params| params["type"] == 1);
    gate.open();
    run(&client, "tiro.ask", json!(["all right?"]));
    stage.model.request(3);
    assert_eq!(text(&stage, &client, "a.rs"), "// do it AI!\n");
    assert_eq!(edits(&client), 0);
    client.finish();
    stage.model.finish();
}

#[test]
fn a_client_that_can_do_nothing_has_it_all_the_same() {
    let stage = Stage::new(AUTOMATIC, &[("a.rs", "// why AI?\nfn a() {}\n")], [Turn::say("So.")]);
    let client = stage.plain(Profile::bare());
    client.open(&stage.project.path("a.rs"));
    let offered = actions(&client, &stage, "a.rs", [(0, 0), (0, 0)], json!([]));
    choose(&client, &offered, "Tiro: answer this comment");
    answered(&client, 1);
    client.finish();
    stage.model.finish();
}

#[test]
fn a_comment_in_a_large_text_is_found_while_everything_else_goes_on() {
    let large = "let text = \"// not this AI!\";\n".repeat(10_000);
    let stage = Stage::new(AUTOMATIC, &[("a.rs", &large)], [Turn::say("Large.")]);
    let client = stage.plain(Profile::helix());
    let path = stage.project.path("a.rs");
    client.open(&path);
    for typed in ["// how ", "// how large AI", "// how large AI?"] {
        client.edit(|editor| {
            let end = editor.text(&path).rfind('\n').map_or(0, |at| at + 1);
            editor.type_at(&path, end..editor.text(&path).len(), typed);
        });
    }
    let now = || actions(&client, &stage, "a.rs", [(10_000, 0), (10_000, 0)], json!([]));
    let title = "Tiro: answer this comment";
    while !titles(&now()).contains(&title) {}
    choose(&client, &now(), title);
    taken_out(&client, 1);
    assert_eq!(text(&stage, &client, "a.rs"), large);
    client.finish();
    stage.model.finish();
}

#[test]
fn comments_can_be_left_alone() {
    let stage = Stage::new(AUTOMATIC, &[("a.rs", "// do it AI!\n")], []);
    let options = json!({"tiro": {"comments": "off"}});
    let client = Client::ready(&stage.project, Profile::sublime(), options);
    client.open(&stage.project.path("a.rs"));
    let count = || actions(&client, &stage, "a.rs", [(0, 0), (0, 0)], json!([])).len();
    let without = count();
    let settings = json!({"settings": {"tiro": {"comments": "offer"}}});
    client.notify("workspace/didChangeConfiguration", settings);
    assert_eq!(count(), without + 1);
    client.finish();
}
