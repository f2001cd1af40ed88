//! The commands that any client can run through `workspace/executeCommand`: one
//! table, from the name to what it does.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tiro_protocol::{Op, ReviewDecision, Submission};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::Error;

use super::{ask, chat, comments, front::Front, know, review, views};
use crate::session::Reply;

/// One command.
#[derive(Debug)]
pub(crate) struct Command {
    /// As announced.
    pub(crate) name: &'static str,
    /// Decides what comes of it, without waiting for anything. What takes time
    /// goes on in [`Front::spawn`].
    run: fn(&Arc<Front>, &Arguments<'_>) -> Result<Outcome, Error>,
}

/// What a command comes to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// For the session, whose answer is the client's.
    Submit(Submission),
    /// Several, in this order; the answers are the client's.
    SubmitAll(Vec<Submission>),
    /// Submitted already under this id, with what the session will answer.
    Submitted(String, oneshot::Receiver<Reply>),
    /// Answered at once.
    Done(Value),
}

/// What a client gave with the name. Some clients take words only, so the first
/// argument may be bare or a field of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arguments<'a>(&'a [Value]);

impl<'a> Arguments<'a> {
    /// The text that is the first argument, or its field of this name.
    pub(crate) fn text(&self, field: &str) -> Option<&'a str> {
        match self.0.first()? {
            Value::String(text) => Some(text),
            Value::Object(fields) => fields.get(field).and_then(Value::as_str),
            _ => None,
        }
    }

    /// A field of the object that is the first argument.
    pub(crate) fn field(&self, name: &str) -> Option<&'a Value> {
        self.0.first()?.as_object()?.get(name)
    }

    /// The arguments that are bare words.
    pub(crate) fn words(&self) -> Vec<&'a str> {
        self.0.iter().filter_map(Value::as_str).collect()
    }

    /// Whether the first argument is an object with a field of this name.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.first().is_some_and(|first| first.get(field).is_some_and(|it| !it.is_null()))
    }

    /// The first argument in this form, or what is wrong with it.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, String> {
        let first = self.0.first().ok_or("there is none")?;
        T::deserialize(first).map_err(|error| error.to_string())
    }
}

/// Every command, in the order in which they are announced.
const COMMANDS: &[Command] = &[
    Command { name: "tiro.ask", run: ask::ask },
    Command { name: "tiro.askAbout", run: ask::about::run },
    Command { name: "tiro.explain", run: ask::explain },
    Command { name: "tiro.writeTest", run: ask::write_test },
    Command { name: "tiro.fix", run: ask::fix },
    Command { name: "tiro.comments", run: comments::run },
    Command { name: "tiro.stop", run: stop },
    Command { name: "tiro.approve", run: approve },
    Command { name: "tiro.deny", run: deny },
    Command { name: "tiro.accept", run: review::accept },
    Command { name: "tiro.reject", run: review::reject },
    Command { name: "tiro.acceptFile", run: review::accept_file },
    Command { name: "tiro.rejectFile", run: review::reject_file },
    Command { name: "tiro.acceptAll", run: review::accept_all },
    Command { name: "tiro.rejectAll", run: review::reject_all },
    Command { name: "tiro.showDiff", run: review::show_diff },
    Command { name: "tiro.chat", run: chat::run_chat },
    Command { name: "tiro.send", run: chat::run_send },
    Command { name: "tiro.answer", run: know::run_answer },
    Command { name: "tiro.plan", run: views::run_plan },
    Command { name: "tiro.diff", run: views::run_diff },
    Command { name: "tiro.output", run: views::run_output },
    Command { name: "tiro.grants", run: know::run_grants },
    Command { name: "tiro.revoke", run: know::run_revoke },
    Command { name: "tiro.restore", run: know::run_restore },
    Command { name: "tiro.status", run: know::run_status },
    Command { name: "tiro.model", run: know::run_model },
    Command { name: "tiro.doctor", run: know::run_doctor },
];

/// The names, as announced.
pub(crate) fn names() -> Vec<String> {
    COMMANDS.iter().map(|command| command.name.to_owned()).collect()
}

/// Whether there is a command of this name.
pub(crate) fn exists(name: &str) -> bool {
    COMMANDS.iter().any(|command| command.name == name)
}

/// Runs the command of this name.
pub(crate) fn run(front: &Arc<Front>, name: &str, arguments: &[Value]) -> Result<Outcome, Error> {
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        return Err(Error::invalid_params(format!(
            "there is no command {name:?}; there are {}",
            names().join(", ")
        )));
    };
    (command.run)(front, &Arguments(arguments))
}

fn stop(front: &Arc<Front>, _: &Arguments<'_>) -> Result<Outcome, Error> {
    Ok(Outcome::Submit(front.submission(Op::Interrupt)))
}

fn approve(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    answer(front, arguments, ReviewDecision::Approved)
}

fn deny(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    answer(front, arguments, ReviewDecision::Denied)
}

/// Answers the approval with the call id that is given, or the one that waits longest.
fn answer(
    front: &Arc<Front>,
    arguments: &Arguments<'_>,
    decision: ReviewDecision,
) -> Result<Outcome, Error> {
    let op = front.approvals.answer(arguments.text("call_id"), decision).ok_or_else(|| {
        Error::invalid_params("nothing waits for an approval, or not under this id")
    })?;
    Ok(Outcome::Submit(front.submission(op)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_command_is_on_the_page() {
        let page = include_str!("../../../docs/commands.md");
        let absent: Vec<&str> = COMMANDS
            .iter()
            .map(|command| command.name)
            .filter(|name| !page.contains(&format!("`{name}`")))
            .collect();
        assert_eq!(absent, [""; 0], "docs/commands.md does not have them");
    }

    #[test]
    fn a_text_may_be_bare_or_named() {
        for argument in [json!("hi"), json!({"text": "hi"})] {
            assert_eq!(Arguments(&[argument]).text("text"), Some("hi"));
        }
        for arguments in [vec![], vec![json!(7)], vec![json!({"prompt": "hi"})]] {
            assert_eq!(Arguments(&arguments).text("text"), None);
        }
    }
}
