//! The commands that any client can run through `workspace/executeCommand`.

use serde_json::Value;
use tiro_protocol::ReviewDecision;
use tower_lsp::jsonrpc::Error;

/// What a person wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Say something to the agent.
    Ask(String),
    /// End the running task.
    Stop,
    /// Answer the approval with this call id, or the one that waits longest.
    Answer { call_id: Option<String>, decision: ReviewDecision },
}

impl Command {
    /// The names, as announced.
    pub(crate) const NAMES: [&str; 4] = ["tiro.ask", "tiro.stop", "tiro.approve", "tiro.deny"];

    /// What `name` with `arguments` means. A text may be given bare or as
    /// `{"text": …}`, a call id bare or as `{"call_id": …}`.
    pub(crate) fn parse(name: &str, arguments: &[Value]) -> Result<Self, Error> {
        let argument = |field: &str| match arguments.first() {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Object(fields)) => {
                fields.get(field).and_then(Value::as_str).map(str::to_owned)
            }
            _ => None,
        };
        let answer = |decision| Self::Answer { call_id: argument("call_id"), decision };
        match name {
            "tiro.ask" => match argument("text") {
                Some(text) if !text.trim().is_empty() => Ok(Self::Ask(text)),
                _ => Err(Error::invalid_params(
                    "tiro.ask takes the question as its first argument: [\"text\"] or [{\"text\": \"text\"}]",
                )),
            },
            "tiro.stop" => Ok(Self::Stop),
            "tiro.approve" => Ok(answer(ReviewDecision::Approved)),
            "tiro.deny" => Ok(answer(ReviewDecision::Denied)),
            _ => Err(Error::invalid_params(format!(
                "there is no command {name:?}; there are {}",
                Self::NAMES.join(", ")
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_question_may_be_bare_or_named() {
        for argument in [json!("hi"), json!({"text": "hi"})] {
            assert_eq!(Command::parse("tiro.ask", &[argument]), Ok(Command::Ask("hi".to_owned())));
        }
    }

    #[test]
    fn a_command_that_makes_no_sense_says_what_would() {
        for arguments in [vec![], vec![json!(7)], vec![json!(" ")], vec![json!({"prompt": "hi"})]] {
            let error = Command::parse("tiro.ask", &arguments).expect_err("no question");
            assert_eq!(error.code.code(), -32602);
        }
        let error = Command::parse("tiro.go", &[]).expect_err("no such command");
        expect_test::expect![[
            r#"there is no command "tiro.go"; there are tiro.ask, tiro.stop, tiro.approve, tiro.deny"#
        ]]
        .assert_eq(&error.message);
    }

    #[test]
    fn an_answer_goes_to_the_named_approval_or_the_oldest() {
        let answer = |arguments: &[Value]| Command::parse("tiro.approve", arguments).expect("ok");
        let decision = ReviewDecision::Approved;
        assert_eq!(answer(&[]), Command::Answer { call_id: None, decision });
        let call_id = Some("c1".to_owned());
        assert_eq!(answer(&[json!("c1")]), Command::Answer { call_id, decision });
    }
}
