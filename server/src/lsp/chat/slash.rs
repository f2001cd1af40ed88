//! `/commands`: messages that are not for the model.

use std::sync::Arc;

use serde_json::Value;
use tiro_protocol::Op;

use super::{blocks::quote, document::Turn, render::Answer, send::root};
use crate::{
    documents::OpenDocument,
    lsp::{
        commands::{self, Outcome},
        front::{Front, lock},
    },
};

/// What there is, with what it does. Those that are not done here are commands of
/// the same name, where there are such.
const COMMANDS: &[(&str, &str)] = &[
    ("help", "shows this list"),
    ("stop", "ends the task that runs"),
    ("new", "opens a new chat"),
    ("status", "shows the state of the session"),
    ("model", "shows or chooses the model"),
    ("plan", "shows the plan of the task"),
    ("diff", "shows what the task has changed"),
    ("restore", "goes back to before a task"),
];

/// Commands that make no sense in a message.
const NOT_HERE: [&str; 2] = ["send", "chat"];

/// The names of those that can be run, with what they do.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = |name: &str| matches!(name, "help" | "stop" | "new");
    COMMANDS.iter().copied().filter(move |(name, _)| own(name) || is_command(name))
}

fn is_command(name: &str) -> bool {
    commands::exists(&format!("tiro.{name}")) && !NOT_HERE.contains(&name)
}

/// The command that a message is, and the rest of it. A path is none.
pub(super) fn command(said: &str) -> Option<(&str, &str)> {
    let first = said.split_whitespace().next()?;
    let name = first.strip_prefix('/')?;
    let plain = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphabetic());
    plain.then(|| (name, said[first.len()..].trim()))
}

/// Does it, and says in the document what came of it.
pub(super) fn run(
    front: &Arc<Front>,
    document: &OpenDocument,
    turn: &Turn,
    name: &str,
    rest: &str,
) {
    let said = match name {
        "help" => help(),
        "stop" => stop(front, document),
        "new" => {
            super::open_about(front, String::new());
            "A new chat is opened.".to_owned()
        }
        _ if is_command(name) => hand_over(front, name, rest),
        _ => quote(&format!("There is no command `/{name}`; `/help` shows which there are.")),
    };
    say(front, document, turn, &said);
}

fn help() -> String {
    let mut help =
        "Write below `## You` and send with the code action \"Tiro: send\".\n".to_owned();
    for (name, does) in all() {
        help += &format!("\n- `/{name}` {does}");
    }
    help + "\n- `@path` shows a file to the model, `@name` where something is defined"
}

/// Ends the task, or takes a message back that still waits.
fn stop(front: &Arc<Front>, document: &OpenDocument) -> String {
    let mut state = lock(&front.chats.0);
    let stream = state.stream_of(&document.path);
    let waiting = state.queue.len();
    state.queue.retain(|message| Some(message.stream) != stream);
    let taken_back = state.queue.len() < waiting;
    drop(state);
    if taken_back {
        return "The message that waited is not sent.".to_owned();
    }
    if !front.tasks.is_running() {
        return "Nothing runs.".to_owned();
    }
    front.tell(Op::Interrupt);
    "Stopped.".to_owned()
}

fn hand_over(front: &Arc<Front>, name: &str, rest: &str) -> String {
    let done = format!("`/{name}` is done; the editor shows what it says.");
    let arguments: Vec<Value> = if rest.is_empty() { Vec::new() } else { vec![rest.into()] };
    match commands::run(front, &format!("tiro.{name}"), &arguments) {
        Ok(Outcome::Submit(submission)) => {
            drop(front.submit(submission));
            done
        }
        Ok(Outcome::SubmitAll(submissions)) => {
            for submission in submissions {
                drop(front.submit(submission));
            }
            done
        }
        Ok(Outcome::Done(Value::String(said))) => quote(&said),
        Ok(_) => done,
        Err(error) => quote(&format!("`/{name}`: {}", error.message)),
    }
}

/// An answer that no model gives. While a task of this chat runs, the rest of its
/// answer comes below.
fn say(front: &Arc<Front>, document: &OpenDocument, turn: &Turn, said: &str) {
    if !front.profile().is_some_and(|profile| profile.edits.apply) {
        front.show(lsp_types::MessageType::INFO, format!("Tiro: {said}"));
        return;
    }
    let mut guard = lock(&front.chats.0);
    let state = &mut *guard;
    let stream = state.begin(document, turn.end(&document.text));
    match state.active.as_mut().filter(|active| active.stream == stream) {
        Some(active) => {
            let text = active.answer.heading() + &active.answer.block(said);
            state.push(front, stream, &text);
        }
        None => {
            let mut answer = Answer::new(root(front));
            let text = answer.heading() + &answer.block(said);
            state.push(front, stream, &text);
            state.end(front, stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_may_be_a_command() {
        assert_eq!(command("/help"), Some(("help", "")));
        assert_eq!(command("/model  gpt \n x"), Some(("model", "gpt \n x")));
        for said in ["", "help", "/", "/etc/hosts is odd", "/a1", "see /help"] {
            assert_eq!(command(said), None, "{said}");
        }
    }

    #[test]
    fn only_what_exists_is_offered() {
        let names: Vec<&str> = all().map(|(name, _)| name).collect();
        assert_eq!(names[..3], ["help", "stop", "new"]);
        assert!(names[3..].iter().all(|name| is_command(name)), "{names:?}");
    }
}
