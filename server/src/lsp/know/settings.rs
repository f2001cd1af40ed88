//! The settings of the editor, wherever it says them, and what of them can
//! change while a session goes on: the model and the policies, between tasks.
//!
//! `initializationOptions.tiro.config` is the base; over it lies, key by key,
//! `tiro.config` as the editor said it last, pushed by `didChangeConfiguration`
//! or given when it was asked.

use std::{sync::Arc, time::Duration};

use lsp_types::{
    ConfigurationItem, ConfigurationParams, DidChangeConfigurationParams, MessageType,
    Registration, request::WorkspaceConfiguration,
};
use serde_json::{Map, Value, json};
use tokio::{sync::oneshot, time::timeout};

use super::{
    super::{
        front::Front,
        outside::{Settings, Surroundings},
    },
    Wanted, is_plain, surroundings,
};
use crate::config::ConfigOverrides;

/// How long the start of the session waits for what the editor answers.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where the editor said something.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// With `initialize`.
    initial: Value,
    /// Last, after that.
    live: Value,
}

impl Said {
    pub(crate) fn initially(&mut self, config: Option<Value>) {
        self.initial = config.unwrap_or_default();
    }

    /// Everything, as one object; null where nothing was said.
    pub(crate) fn together(&self) -> Value {
        match (&self.initial, &self.live) {
            (Value::Object(initial), Value::Object(live)) => {
                let mut together = initial.clone();
                let said = live.iter().filter(|(_, value)| !value.is_null());
                together.extend(said.map(|(key, value)| (key.clone(), value.clone())));
                Value::Object(together)
            }
            (initial, Value::Null) => initial.clone(),
            (_, live) => live.clone(),
        }
    }

    /// Takes what was said last; whether that changes anything.
    fn take(&mut self, live: Value) -> bool {
        let before = self.together();
        self.live = live;
        self.together() != before
    }
}

/// What the client is told of changes that it should report, if it has to be.
pub(crate) fn registration(front: &Front) -> Option<Registration> {
    let wanted = is_plain(front)
        && front.profile().is_some_and(|profile| profile.configuration_is_registered);
    wanted.then(|| Registration {
        id: "tiro-configuration".to_owned(),
        method: "workspace/didChangeConfiguration".to_owned(),
        register_options: Some(json!({"section": "tiro"})),
    })
}

/// The client says that its settings are others, and perhaps which they are.
pub(crate) fn changed(front: &Arc<Front>, params: &DidChangeConfigurationParams) {
    match params.settings.get("tiro") {
        Some(section) if !section.is_null() => take(front, section),
        _ => drop(ask(front)),
    }
}

/// Before the session starts: what the editor says when it is asked, if that
/// comes soon. Later it counts as a change.
pub(crate) async fn first(front: &Arc<Front>) {
    if let Some(answered) = ask(front) {
        let _ = timeout(PATIENCE, answered).await;
    }
}

/// Asks the client for its settings, where it answers that. What comes is told
/// when it was taken.
fn ask(front: &Arc<Front>) -> Option<oneshot::Receiver<()>> {
    if !is_plain(front) || !front.profile().is_some_and(|profile| profile.configuration) {
        return None;
    }
    let item = ConfigurationItem { scope_uri: None, section: Some("tiro".to_owned()) };
    let reply =
        front.outbox.request::<WorkspaceConfiguration>(ConfigurationParams { items: vec![item] });
    let (told, answered) = oneshot::channel();
    let shared = front.clone();
    front.spawn(async move {
        // One that cannot say has said nothing.
        if let Ok(answer) = reply.await
            && let Some(section) = answer.get(0).filter(|section| !section.is_null())
        {
            take(&shared, section);
        }
        let _ = told.send(());
    });
    Some(answered)
}

/// Takes the section `tiro` of the editor's settings.
fn take(front: &Front, section: &Value) {
    let problem = |text: String| {
        if front.know.is_new_problem(&text) {
            front.show(MessageType::WARNING, format!("Tiro: {text}"));
        }
    };
    let Some(section) = section.as_object() else {
        return problem("the editor's setting `tiro` has no effect: it is not an object".into());
    };
    let ours = is_plain(front);
    for key in misplaced(section).into_iter().filter(|_| ours) {
        problem(format!(
            "the editor's setting `tiro.{key}` has no effect: it goes below `tiro.config`"
        ));
    }
    let config = section.get("config").cloned().unwrap_or_default();
    if !(config.is_object() || config.is_null()) {
        return problem(
            "the editor's setting `tiro.config` has no effect: it is not an object".into(),
        );
    }
    if front.said(|said| said.take(config)) {
        front.wake_session();
    }
}

/// Settings that stand a level too high.
fn misplaced(section: &Map<String, Value>) -> Vec<&String> {
    section.keys().filter(|key| ConfigOverrides::has_key(key)).collect()
}

/// The session has started with the settings: what they are is remembered, and
/// what is wrong with them is said.
pub(crate) async fn began(front: &Arc<Front>, at_start: Surroundings) {
    if let Ok(settings) = front.outside.settings(at_start).await {
        say(front, &settings);
        front.know.began(settings);
    }
}

/// Other settings than those that the session started with: what can change now
/// is noted for the next moment between tasks, and the rest is named.
pub(crate) async fn compare(front: &Arc<Front>) {
    if !is_plain(front) {
        return front.log("Tiro: changed settings count after the server is restarted".to_owned());
    }
    let new = match front.outside.settings(surroundings(front)).await {
        Ok(new) => new,
        Err(error) => {
            let text = format!("Tiro: the changed settings have no effect: {error}");
            return front.show(MessageType::ERROR, text);
        }
    };
    say(front, &new);
    let Some(old) = front.know.known().settings else { return front.know.began(new) };
    let (wanted, restart) = difference(&old, &new);
    if !restart.is_empty() {
        let keys: Vec<String> = restart.iter().map(|key| format!("`{key}`")).collect();
        let (keys, verb) = (keys.join(", "), if restart.len() == 1 { "counts" } else { "count" });
        let text = format!("Tiro: {keys} {verb} after the server is restarted");
        front.show(MessageType::INFO, text);
    }
    if let Some(when) = front.know.want(wanted, Some(new), front.tasks.is_running()) {
        front.log(format!("Tiro: the changed settings hold {when}"));
    }
}

fn say(front: &Front, settings: &Settings) {
    // Others have them as events.
    if settings.warnings.is_empty() || !is_plain(front) {
        return;
    }
    let text = format!("the editor's settings: {}", settings.warnings.join("; "));
    if front.know.is_new_problem(&text) {
        front.show(MessageType::WARNING, format!("Tiro: {text}"));
    }
}

/// What is other: what can change now, and the keys that wait for a restart.
fn difference(old: &Settings, new: &Settings) -> (Wanted, Vec<String>) {
    fn other<T: PartialEq + Clone>(old: &T, new: &T) -> Option<T> {
        (old != new).then(|| new.clone())
    }
    let wanted = Wanted {
        model: other(&old.model, &new.model).flatten(),
        instructions: other(&old.instructions, &new.instructions).flatten(),
        approval_policy: other(&old.approval_policy, &new.approval_policy),
        sandbox_policy: other(&old.sandbox_policy, &new.sandbox_policy),
        disable_response_storage: other(
            &old.disable_response_storage,
            &new.disable_response_storage,
        ),
    };
    let keys = old.others.keys().chain(new.others.keys());
    let mut restart: Vec<String> =
        keys.filter(|key| old.others.get(*key) != new.others.get(*key)).cloned().collect();
    // The session takes other ones, and cannot be told that there are none.
    for (key, old, new) in
        [("model", &old.model, &new.model), ("instructions", &old.instructions, &new.instructions)]
    {
        if old.is_some() && new.is_none() {
            restart.push(key.to_owned());
        }
    }
    restart.sort();
    restart.dedup();
    (wanted, restart)
}

/// The person wants this model.
pub(super) async fn use_model(front: &Arc<Front>, model: String) {
    if front.know.known().settings.is_none() {
        began(front, surroundings(front)).await;
    }
    let shown = super::super::prompt::visible(&model);
    let wanted = Wanted { model: Some(model), ..Wanted::default() };
    match front.know.want(wanted, None, front.tasks.is_running()) {
        Some(when) => {
            front.settle();
            front.show(MessageType::INFO, format!("Tiro: uses the model {shown} {when}"));
        }
        None => front.show(
            MessageType::ERROR,
            "Tiro: the model stays as it is: the session has not started".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use tiro_protocol::{AskForApproval, SandboxPolicy};

    use super::*;

    #[test]
    fn what_was_said_last_comes_first_key_by_key() {
        let mut said = Said::default();
        assert_eq!(said.together(), Value::Null);
        said.initially(Some(json!({"model": "a", "temperature": 0.5})));
        assert!(said.take(json!({"model": "b"})));
        assert!(!said.take(json!({"model": "b", "temperature": null})));
        assert_eq!(said.together(), json!({"model": "b", "temperature": 0.5}));
        assert!(said.take(Value::Null), "what is taken away does not hold any more");
        assert_eq!(said.together(), json!({"model": "a", "temperature": 0.5}));
    }

    #[test]
    fn a_setting_a_level_too_high_is_named() {
        let section = json!({"model": "m", "config": {}, "events": true, "path": "/x"});
        assert_eq!(misplaced(section.as_object().expect("an object")), ["model"]);
    }

    #[test]
    fn policies_change_at_once_and_limits_with_the_next_start() {
        let old = Settings {
            model: Some("a".into()),
            instructions: Some("i".into()),
            approval_policy: AskForApproval::OnFailure,
            sandbox_policy: SandboxPolicy::read_only(),
            disable_response_storage: false,
            others: [("command_max_tasks".to_owned(), "5".to_owned())].into(),
            warnings: Vec::new(),
        };
        assert_eq!(difference(&old, &old), (Wanted::default(), Vec::new()));
        let new = Settings {
            model: None,
            instructions: Some("j".into()),
            approval_policy: AskForApproval::Never,
            others: [("temperature".to_owned(), "1".to_owned())].into(),
            ..old.clone()
        };
        let (wanted, restart) = difference(&old, &new);
        assert_eq!(restart, ["command_max_tasks", "model", "temperature"]);
        let expected = Wanted {
            instructions: Some("j".into()),
            approval_policy: Some(AskForApproval::Never),
            ..Wanted::default()
        };
        assert_eq!(wanted, expected);
    }
}
