//! What most tests begin with: a project, a scripted model, and a client of both.

use serde_json::{Value, json};
use tiro_tests::{
    client::{Client, opted_in, says},
    model::{Model, Turn, Wire},
    pipe::Pipe,
    profile::Profile,
    project::Project,
};

/// Writes to the workspace and asks nobody.
pub(crate) const AUTOMATIC: &str = "approval_policy = \"never\"\n\
    sandbox_permissions = [\"disk-full-read-access\", \"disk-write-cwd\"]";

/// Asks about everything that does more than read.
pub(crate) const ASKING: &str = "approval_policy = \"unless-allow-listed\"\n\
    sandbox_permissions = [\"disk-full-read-access\", \"disk-write-cwd\"]";

/// Fails at once where a test is about what fails.
pub(crate) const NO_RETRIES: &str = "request_max_retries = 0\nstream_max_retries = 0";

/// A project and a model.
pub(crate) struct Stage {
    pub(crate) project: Project,
    pub(crate) model: Model,
}

impl Stage {
    /// With a model of the Chat Completions API and the given configuration.
    pub(crate) fn new(
        config: &str,
        files: &[(&str, &str)],
        script: impl IntoIterator<Item = Turn>,
    ) -> Self {
        Self::on(Wire::Chat, config, "", files, script)
    }

    /// With everything chosen.
    pub(crate) fn on(
        wire: Wire,
        config: &str,
        provider: &str,
        files: &[(&str, &str)],
        script: impl IntoIterator<Item = Turn>,
    ) -> Self {
        let model = Model::start(script);
        let project = Project::new(files).configured(&model.base_url(), wire, config, provider);
        Self { project, model }
    }

    /// A client that opted in, its session configured.
    pub(crate) fn client(&self, profile: Profile) -> Client {
        let client = Client::ready(&self.project, profile, opted_in(json!({})));
        client.next("tiro/sessionConfigured");
        client
    }

    /// A client that knows nothing of Tiro.
    pub(crate) fn plain(&self, profile: Profile) -> Client {
        Client::ready(&self.project, profile, Value::Null)
    }

    /// `tiro proto`, its session configured with the stage's usual permissions.
    pub(crate) fn pipe(&self, approval: &str) -> Pipe {
        let permissions = json!(["disk-full-read-access", "disk-write-cwd"]);
        Pipe::configured(&self.project, approval, permissions)
    }
}

/// Says something over LSP and returns the id of the submission.
pub(crate) fn say(client: &Client, text: &str) -> String {
    match client.call("tiro/userInput", says(text)) {
        Ok(result) => result["id"].as_str().expect("the id of the submission").to_owned(),
        Err(error) => client.fail(&format!("tiro/userInput was refused: {error:?}")),
    }
}

/// Says something and waits for the end of the task.
pub(crate) fn ask(client: &Client, text: &str) -> String {
    let id = say(client, text);
    client.next_where("tiro/taskComplete", |params| params["id"] == id.as_str());
    id
}

/// The arguments of a `shell` call.
pub(crate) fn command(argv: &[&str]) -> Value {
    json!({"command": argv})
}

/// The arguments of a `shell` call that runs a script.
pub(crate) fn script(text: &str) -> Value {
    command(&["sh", "-c", text])
}

/// The arguments of an `apply_patch` call, from what stands between the first and
/// the last line of a patch.
pub(crate) fn patch(body: &str) -> Value {
    json!({"input": format!("*** Begin Patch\n{body}\n*** End Patch\n")})
}

/// A turn that calls one tool.
pub(crate) fn calls(id: &str, name: &str, arguments: Value) -> Turn {
    Turn::new().call(id, name, &arguments)
}

/// A text as the person has it: the editor's where the file is open and the editor
/// takes edits, else that on disk, which an editor without unsaved text shows anew.
pub(crate) fn text_of(stage: &Stage, client: &Client, path: &str) -> String {
    let editor = client.editor();
    match editor.document(&stage.project.path(path)) {
        Some(document) if editor.profile().declares("/workspace/applyEdit") => {
            document.text.clone()
        }
        _ => stage.project.read(path),
    }
}

/// How often something is tried: the number in an environment variable, where
/// there is one.
#[expect(clippy::disallowed_methods, reason = "how much to look at is a variable")]
pub(crate) fn number(variable: &str, otherwise: usize) -> usize {
    let given = std::env::var(variable).ok().and_then(|number| number.parse().ok());
    given.unwrap_or(otherwise)
}

/// The titles of code actions without those that are offered at every place.
pub(crate) fn particular<'a>(titles: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    const EVERYWHERE: [&str; 4] = [
        "Tiro: open a chat",
        "Ask Tiro about this…",
        "Tiro: explain this",
        "Tiro: write a test for this",
    ];
    titles.into_iter().filter(|title| !EVERYWHERE.contains(title)).collect()
}
