//! The subcommands that are no session: `doctor`, `schema`, `sandbox`, `demo`.
#![expect(clippy::disallowed_methods, reason = "cargo and what is committed are looked for")]

use std::process::{Command, Output};

use serde_json::{Value, json};
use tiro_tests::{
    model::{Model, Turn, Wire},
    pipe::tiro,
    project::Project,
};

use crate::{
    providers::{nothing_answers, only},
    stage::AUTOMATIC,
};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("tiro writes UTF-8")
}

fn doctor(project: &Project, arguments: &[&str]) -> (Option<i32>, String) {
    let output = tiro(project, &[&["doctor"], arguments].concat());
    (output.status.code(), text(&output.stdout))
}

fn doctor_json(project: &Project) -> (Option<i32>, Value) {
    let (code, text) = doctor(project, &["--json"]);
    let report = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("the report is no JSON: {error}\n{text}"));
    (code, report)
}

#[test]
fn the_doctor_is_content_with_a_provider_that_answers() {
    let model = Model::start([]);
    let project = Project::new(&[]).configured(&model.base_url(), Wire::Chat, AUTOMATIC, "");
    let (code, words) = doctor(&project, &[]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("reached; models: scripted"), "{words}");
    assert!(words.contains("landlock") || words.contains("Landlock"), "{words}");
    let (code, report) = doctor_json(&project);
    assert_eq!((code, &report["ok"]), (Some(0), &json!(true)), "{report}");
    let provider = &report["provider"];
    assert_eq!(provider["name"], "scripted");
    assert_eq!(provider["base_url"], model.base_url());
    assert_eq!(provider["models"], json!(["scripted"]));
    assert_ne!(report["sandbox"]["level"], "none");
    let policy = report["config"]["settings"].as_array().unwrap().iter();
    let policy = policy.clone().find(|setting| setting["key"] == "approval_policy").unwrap();
    assert!(policy["source"].to_string().contains("config.toml"), "{policy}");
    assert!(model.requests().is_empty(), "to look at a model is not to ask it");
}

#[test]
fn the_doctor_asks_the_model_for_a_call_when_told_to() {
    let as_text = r#"{"name": "report_ready", "arguments": {"ready": true}}"#;
    let native = Turn::new().call("c1", "report_ready", &json!({"ready": true}));
    for (turn, says) in [
        (native, "the model calls them"),
        (Turn::say(as_text), "its chat template has no tools"),
        (Turn::say("I am ready."), "the model did not call one"),
    ] {
        let model = Model::start([turn]);
        let project = Project::new(&[]).configured(&model.base_url(), Wire::Chat, "", "");
        let (code, words) = doctor(&project, &["--probe"]);
        assert_eq!(code, Some(0), "{words}");
        assert!(words.contains(says), "{says:?} is not in {words}");
        model.finish();
    }
}

#[test]
fn the_doctor_says_what_was_tried_and_what_to_do() {
    let (project, _ports) = nothing_answers();
    let (code, words) = doctor(&project, &[]);
    assert_eq!(code, Some(1), "{words}");
    for part in ["OPENAI_API_KEY is not set", "Ollama at ", "nothing answers", "ollama run"] {
        assert!(words.contains(part), "{part:?} is not in {words}");
    }
    let (code, report) = doctor_json(&project);
    assert_eq!((code, &report["ok"]), (Some(1), &json!(false)), "{report}");
    assert_eq!(report["provider"]["tried"].as_array().unwrap().len(), 7, "{report}");
    assert_eq!(report["next"].as_array().unwrap().len(), 1, "{report}");
}

#[test]
fn the_doctor_finds_a_server_that_needs_no_configuration() {
    let model = Model::start([]);
    let (project, _ports) = only("lmstudio", &model.base_url());
    let (code, words) = doctor(&project, &[]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("because LM Studio answers at"), "{words}");
}

#[test]
fn the_doctor_names_the_place_of_a_config_error() {
    let project = Project::new(&[]);
    project.config("model = \"m\"\napproval_policy = sometimes\n");
    let (code, words) = doctor(&project, &[]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("config.toml:2:"), "{words}");
    let (code, report) = doctor_json(&project);
    assert_eq!((code, &report["ok"]), (Some(1), &json!(false)), "{report}");
    assert!(report["config"]["error"].to_string().contains("config.toml:2:"), "{report}");
    assert_eq!(report["provider"], Value::Null);
}

#[test]
fn the_doctor_warns_and_does_not_fail_for_that() {
    let model = Model::start([]);
    let misspelled = "aproval_policy = \"never\"";
    let project = Project::new(&[]).configured(&model.base_url(), Wire::Chat, misspelled, "");
    let (code, words) = doctor(&project, &[]);
    assert_eq!(code, Some(0), "{words}");
    let warning = words.lines().find(|line| line.contains("warning:")).expect("a warning");
    assert!(warning.contains("aproval_policy") && warning.contains("`approval_policy`"));
    let (_, report) = doctor_json(&project);
    assert_eq!(report["config"]["warnings"].as_array().unwrap().len(), 1, "{report}");
}

#[test]
fn the_doctor_never_shows_a_key() {
    let model = Model::start([]);
    let key = "env_key = \"MY_MODEL_KEY\"";
    let project = Project::new(&[])
        .configured(&model.base_url(), Wire::Chat, "", key)
        .with_variable("MY_MODEL_KEY", "sk-very-secret");
    for arguments in [&[] as &[&str], &["--json"]] {
        let (code, words) = doctor(&project, arguments);
        assert_eq!(code, Some(0), "{words}");
        assert!(words.contains("MY_MODEL_KEY") && !words.contains("sk-very-secret"), "{words}");
    }
}

#[test]
fn the_schema_parses_and_the_types_are_those_of_the_extension() {
    let project = Project::new(&[]);
    let output = tiro(&project, &["schema"]);
    assert_eq!(output.status.code(), Some(0));
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema["$schema"].is_string(), "{schema}");
    let schema = schema.to_string();
    for name in ["configure_session", "task_complete", "approved_for_session"] {
        assert!(schema.contains(name), "{name} is not in the schema");
    }

    let output = tiro(&project, &["schema", "--typescript"]);
    assert_eq!(output.status.code(), Some(0));
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../editors/vscode/src/protocol.ts");
    let committed = std::fs::read_to_string(committed).unwrap();
    assert_eq!(text(&output.stdout), committed, "run `tiro schema --typescript`");
}

#[test]
fn the_sandbox_runs_a_command_for_a_person() {
    let project = Project::new(&[("a.txt", "one\n")]);
    let outside = project.outside().join("escaped");
    let touch = format!("cat a.txt; echo two > b.txt; touch {}", outside.display());
    let run = |arguments: &[&str]| tiro(&project, &[&["sandbox"], arguments].concat());

    let output = run(&["--", "sh", "-c", &touch]);
    assert_ne!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "one\n");
    assert_eq!(project.read("b.txt"), "two\n");
    assert!(!outside.exists());

    let writes = "echo three > b.txt";
    assert_ne!(run(&["--policy", "read-only", "--", "sh", "-c", writes]).status.code(), Some(0));
    assert_eq!(project.read("b.txt"), "two\n");
    let home = project.outside();
    let granted = ["--writable-root", home.to_str().unwrap(), "--", "sh", "-c", &touch];
    assert_eq!(run(&granted).status.code(), Some(0));
    assert!(outside.exists());
}

#[test]
fn the_status_of_the_sandbox_is_that_of_the_command() {
    let project = Project::new(&[("a.txt", "")]);
    let code = |arguments: &[&str]| {
        let output: Output = tiro(&project, &[&["sandbox"], arguments].concat());
        (output.status.code(), text(&output.stderr))
    };
    assert_eq!(code(&["--", "sh", "-c", "exit 7"]).0, Some(7));
    assert_eq!(code(&["--", "sh", "-c", "kill -TERM $$"]).0, Some(128 + 15));
    assert_eq!(code(&["--", "no-such-program-here"]).0, Some(127));
    assert_eq!(code(&["--", "./a.txt"]).0, Some(126));
    let (refused, why) = code(&["--policy", "wishful", "--", "true"]);
    assert_eq!(refused, Some(125));
    assert!(why.contains("wishful"), "{why}");
    let output = tiro(&project, &["sandbox", "--status"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).to_lowercase().contains("landlock"));
}

#[test]
fn what_the_command_line_does_not_know_is_refused() {
    let project = Project::new(&[]);
    for arguments in [&["fly"] as &[&str], &["exec"], &["doctor", "--fast"], &[]] {
        let output = tiro(&project, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("Usage"), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let output = tiro(&project, &["--version"]);
    assert!(text(&output.stdout).starts_with("tiro "));
}

/// The environment of a person with cargo: where it keeps itself is not the
/// project's home.
fn with_cargo(project: Project) -> Option<Project> {
    let works = Command::new("cargo").arg("--version").output().is_ok_and(|it| it.status.success());
    let home = std::env::home_dir()?;
    works.then_some(())?;
    let place = |variable: &str, directory: &str| {
        let known = std::env::var_os(variable).map(Into::into);
        known.unwrap_or_else(|| home.join(directory)).display().to_string()
    };
    Some(
        project
            .with_variable("CARGO_HOME", &place("CARGO_HOME", ".cargo"))
            .with_variable("RUSTUP_HOME", &place("RUSTUP_HOME", ".rustup")),
    )
}

#[test]
fn the_demo_does_a_whole_task() {
    let Some(project) = with_cargo(Project::new(&[])) else {
        eprintln!("SKIPPED: the project of the demo needs cargo, which is not here");
        return;
    };
    let project = project.with_variable("NO_COLOR", "1");
    let output = tiro(&project, &["demo", "--scripted"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}\n{}", text(&output.stderr));
    for part in [
        "model: a built-in script (as asked)",
        "$ cargo test",
        "the sandbox stopped a write to",
        "the demo says no",
        "line.chars().count() + 1 + word",
        "the tests pass, after",
        "nothing was written outside of the workspace",
    ] {
        assert!(shown.contains(part), "{part:?} is not in {shown}");
    }
}

#[test]
fn the_demo_says_when_it_plays_the_model_itself() {
    let (project, _ports) = nothing_answers();
    let Some(project) = with_cargo(project) else {
        eprintln!("SKIPPED: the project of the demo needs cargo, which is not here");
        return;
    };
    let output = tiro(&project, &["demo"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}\n{}", text(&output.stderr));
    assert!(shown.contains("a built-in script (no provider was found)"), "{shown}");
}
