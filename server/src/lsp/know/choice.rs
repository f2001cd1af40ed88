//! A person chooses one of several things: a question of the client's with a
//! button for each. What is not an answer chooses nothing and is said.

use std::collections::HashMap;

use lsp_types::{
    MessageActionItem, MessageType, ShowMessageRequestParams, request::ShowMessageRequest,
};

use super::super::{front::Front, prompt::short};

/// Buttons that a dialog may have; more do not fit on small screens.
pub(super) const BUTTONS: usize = 8;

/// Characters of a button.
const TITLE_CAP: usize = 60;

/// Asks with one button for each, and a last one that chooses nothing. `other`
/// says how to choose without the dialog.
pub(super) async fn choose<T>(
    front: &Front,
    question: &str,
    choices: Vec<(String, T)>,
    nothing: &str,
    other: &str,
) -> Option<T> {
    let mut choices = distinct(choices);
    let titles = choices.iter().map(|(title, _)| title.clone()).chain([nothing.to_owned()]);
    let actions = titles.map(|title| MessageActionItem { title, properties: HashMap::new() });
    let reply = front.outbox.request::<ShowMessageRequest>(ShowMessageRequestParams {
        typ: MessageType::INFO,
        message: format!("Tiro: {question}"),
        actions: Some(actions.collect()),
    });
    let answer = match reply.await {
        Ok(answer) => answer,
        Err(error) => {
            let why = &error.message;
            front.show(
                MessageType::WARNING,
                format!("Tiro: the editor could not ask ({why}); nothing was changed; {other}"),
            );
            return None;
        }
    };
    if answer.is_null() {
        return None;
    }
    let title = answer.get("title").and_then(serde_json::Value::as_str).unwrap_or_default();
    if title == nothing {
        return None;
    }
    if let Some(at) = choices.iter().position(|(offered, _)| offered == title) {
        return Some(choices.swap_remove(at).1);
    }
    front.show(
        MessageType::WARNING,
        format!("Tiro: {title:?} is none of the answers; nothing was changed; {other}"),
    );
    None
}

/// Short titles, each of which names one thing.
fn distinct<T>(choices: Vec<(String, T)>) -> Vec<(String, T)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let one = |(title, choice): (String, T)| {
        let title = short(&title, TITLE_CAP);
        let times = seen.entry(title.clone()).or_default();
        *times += 1;
        match *times {
            1 => (title, choice),
            times => (format!("{title} ({times})"), choice),
        }
    };
    choices.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_button_names_one_thing() {
        let titles = |titles: &[&str]| -> Vec<String> {
            let choices = titles.iter().map(|title| ((*title).to_owned(), ())).collect();
            distinct(choices).into_iter().map(|(title, ())| title).collect()
        };
        assert_eq!(titles(&["a", "b", "a", "a"]), ["a", "b", "a (2)", "a (3)"]);
    }
}
