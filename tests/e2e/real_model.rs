//! The same jobs with a model that thinks for itself: the OpenAI-compatible server
//! at `TIRO_TEST_MODEL_URL` (up to and with `/v1`), its model `TIRO_TEST_MODEL`.
//! What it says is its own; what becomes of the files is not.
#![expect(clippy::disallowed_methods, reason = "the model is named by variables")]

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, opted_in},
    model::{Model, Turn},
    profile::Profile,
    project::Project,
};

use crate::{
    main_job::{self, TEST},
    stage::{AUTOMATIC, ask, calls, patch},
};

const GREETING: &str = "# A greeting\n\nHello, wrold!\n";

/// Where a model is.
struct Place {
    url: String,
    model: String,
}

impl Place {
    /// Where the person says; none, and said so, where nobody does.
    #[expect(clippy::print_stderr, reason = "a test that did nothing says so")]
    fn real() -> Option<Self> {
        let Ok(url) = std::env::var("TIRO_TEST_MODEL_URL") else {
            eprintln!("SKIPPED: TIRO_TEST_MODEL_URL names no OpenAI-compatible server");
            return None;
        };
        let model = std::env::var("TIRO_TEST_MODEL").unwrap_or_else(|_| "default".to_owned());
        Some(Self { url, model })
    }

    fn scripted(model: &Model) -> Self {
        Self { url: model.base_url(), model: "scripted".to_owned() }
    }

    /// A client whose session is configured for it, with `files` in the project.
    fn session(&self, files: &[(&str, &str)]) -> (Project, Client) {
        let project = Project::new(files);
        let url = self.url.trim_end_matches('/');
        project.config(&format!(
            "model = \"{}\"\nmodel_provider = \"real\"\ntemperature = 0.0\n{AUTOMATIC}\n\n\
             [model_providers.real]\nbase_url = \"{url}\"\nwire_api = \"chat\"\n",
            self.model
        ));
        let client = Client::ready(&project, Profile::vscode(), opted_in(json!({})));
        client.next("tiro/sessionConfigured");
        (project, client)
    }
}

/// Fixes a function that its test fails on.
fn main_job(place: &Place) {
    let (project, client) = place.session(&main_job::files());
    let source = project.path("add.sh");
    client.open(&source);
    ask(
        &client,
        "Running `sh test.sh` fails because the function in add.sh is wrong. \
         Read add.sh, fix the function with apply_patch, and run the test again.",
    );
    let text = client.editor().text(&source).to_owned();
    assert!(text.contains("$1 + $2") || text.contains("$1+$2"), "add.sh was not fixed: {text}");
    assert_eq!(project.read("test.sh"), TEST, "the test was changed instead");
    ended(client);
}

/// Corrects a word in a buffer that has text the disk does not have.
fn open_buffer(place: &Place) {
    let (project, client) = place.session(&[("hello.md", GREETING)]);
    let path = project.path("hello.md");
    client.open(&path);
    client.edit(|editor| editor.type_over(&path, "# A greeting", "# My own greeting"));
    ask(
        &client,
        "The word `wrold` in hello.md is misspelled. Read hello.md, then correct the word to \
         `world` with the tool apply_patch. Change nothing else.",
    );
    let text = client.editor().text(&path).to_owned();
    assert!(text.contains("Hello, world!"), "hello.md was not corrected: {text}");
    assert!(text.contains("# My own greeting"), "what the person typed is gone: {text}");
    assert_eq!(project.read("hello.md"), GREETING, "nobody saves what a person has not saved");
    ended(client);
}

fn ended(client: Client) {
    assert_eq!(client.all("tiro/taskComplete").len(), 1);
    assert_eq!(client.all("tiro/error"), [] as [Value; 0]);
    client.finish();
}

#[test]
fn the_whole_job_with_a_real_model() {
    if let Some(place) = Place::real() {
        main_job(&place);
    }
}

#[test]
fn an_open_buffer_is_patched_by_a_real_model() {
    if let Some(place) = Place::real() {
        open_buffer(&place);
    }
}

/// What the two tests above ask and look at is right: a model that does what it
/// is told satisfies them.
#[test]
fn the_jobs_for_a_real_model_can_be_done() {
    let model = Model::start(main_job::turns());
    main_job(&Place::scripted(&model));
    assert_eq!(model.request(1).body["temperature"], 0.0);
    model.finish();

    let change = "*** Update File: hello.md\n@@\n-Hello, wrold!\n+Hello, world!";
    let model = Model::start([
        calls("r", "read_file", json!({"path": "hello.md"})),
        calls("p", "apply_patch", patch(change)),
        Turn::say("Corrected."),
    ]);
    open_buffer(&Place::scripted(&model));
    model.finish();
}
