//! `tiro.model`: another model for the session, which keeps its history and its
//! policies; and `tiro/models`, for clients that offer the choice themselves.

use std::sync::Arc;

use lsp_types::MessageType;
use serde_json::{Value, json};
use tower_lsp::jsonrpc::Error;

use super::{
    super::{
        commands::{Arguments, Outcome},
        front::Front,
        outside::Models,
        prompt::visible,
        requests,
    },
    choice::{BUTTONS, choose},
    settings, surroundings,
};

/// Names that a message lists.
const LISTED: usize = 40;

/// `tiro.model {model?}`.
pub(crate) fn run_model(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    let shared = front.clone();
    match arguments.text("model") {
        Some(model) if !model.trim().is_empty() => {
            let model = model.trim().to_owned();
            front.spawn(async move { settings::use_model(&shared, model).await });
        }
        Some(_) => return Err(Error::invalid_params("tiro.model: the name is empty")),
        None if arguments.field("model").is_some() => {
            return Err(Error::invalid_params(
                "tiro.model takes nothing, or a name: [\"name\"] or [{\"model\": \"name\"}]",
            ));
        }
        None => front.spawn(async move { offer(&shared).await }),
    }
    Ok(Outcome::Done(Value::Null))
}

/// `tiro/models {}`: what there is to choose from, when the provider has answered.
pub(crate) async fn list(front: &Front) -> Result<Value, Error> {
    let failed = |error: String| requests::failed(format!("no models can be listed: {error}"));
    let Models { provider, names } =
        front.outside.models(surroundings(front)).await.map_err(failed)?;
    let mut models = json!({"provider": provider, "models": names});
    if let Some(current) = front.know.known().model {
        models["current"] = current.into();
    }
    Ok(models)
}

async fn offer(front: &Arc<Front>) {
    let other = "name one to tiro.model";
    let models = match front.outside.models(surroundings(front)).await {
        Ok(models) => models,
        Err(error) => {
            let text = format!("Tiro: no models can be listed: {error}; {other} to use it anyway");
            return front.show(MessageType::ERROR, text);
        }
    };
    let current = front.know.known().model;
    let names = in_order(models.names, current.as_deref());
    if names.is_empty() {
        let text = format!("Tiro: {} lists no models; {other}", models.provider);
        return front.show(MessageType::INFO, text);
    }
    let question = question(&models.provider, &names);
    let choices = names.into_iter().take(BUTTONS).map(|name| {
        let is_current = current.as_ref() == Some(&name);
        let title = format!("{}{}", visible(&name), if is_current { " (now)" } else { "" });
        (title, name)
    });
    if let Some(model) = choose(front, &question, choices.collect(), "Keep", other).await {
        settings::use_model(front, model).await;
    }
}

/// The present one first: a dialog has few buttons.
fn in_order(mut names: Vec<String>, current: Option<&str>) -> Vec<String> {
    names.sort_by_key(|name| Some(name.as_str()) != current);
    names
}

fn question(provider: &str, names: &[String]) -> String {
    let mut question = format!("which model of {provider}?");
    if names.len() > BUTTONS {
        let rest = names[BUTTONS..].iter().take(LISTED).map(|name| visible(name));
        let rest: Vec<String> = rest.collect();
        let more = names.len().saturating_sub(BUTTONS + LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let example = json!({"model": rest.first()});
        question.push_str(&format!(
            " There are also {}{more}: run tiro.model with a name, such as {example}.",
            rest.join(", ")
        ));
    }
    question
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_model_is_among_the_buttons_and_the_rest_is_named() {
        let names: Vec<String> = (0..60).map(|number| format!("m{number}")).collect();
        let ordered = in_order(names, Some("m9"));
        assert_eq!(ordered[..3], ["m9", "m0", "m1"]);
        let asked = question("ollama", &ordered);
        assert!(
            asked.starts_with("which model of ollama? There are also m7, m8, m10, "),
            "{asked}"
        );
        assert!(asked.contains("m47 and 12 more: run tiro.model"), "{asked}");
        assert_eq!(question("p", &ordered[..2]), "which model of p?");
    }
}
