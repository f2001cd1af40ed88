//! From a request of the client to a submission, by one rule for every op:
//! the method is `tiro/` and the op's name in camelCase, the params are its
//! fields and, where the op has no field of that name, an optional submission
//! `id`.

use serde_json::{Map, Value};
use tiro_protocol::{Op, Submission, lsp};
use tower_lsp::jsonrpc::{Error, ErrorCode};

use crate::session::SubmitError;

/// LSP's `RequestFailed`: the request was right, the state is not.
const REQUEST_FAILED: i64 = -32803;

/// The submission that a request stands for. `new_id` names one that the client
/// did not name.
pub(crate) fn submission(
    variant: &str,
    params: Value,
    new_id: impl FnOnce() -> String,
) -> Result<Submission, Error> {
    let invalid =
        |problem: &str| Error::invalid_params(format!("{}: {problem}", lsp::method(variant)));
    let mut fields = match params {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        _ => return Err(invalid("the params are not an object")),
    };
    let id = fields.get("id").cloned();
    fields.insert("type".to_owned(), variant.into());
    let op: Op = serde_json::from_value(Value::Object(fields))
        .map_err(|error| invalid(&error.to_string()))?;
    let id = match (&op, id) {
        // Their `id` is that of the event they answer.
        (Op::ExecApproval { .. } | Op::PatchApproval { .. }, _) | (_, None | Some(Value::Null)) => {
            new_id()
        }
        (_, Some(Value::String(id))) if !id.is_empty() => id,
        _ => return Err(invalid("the id is not a string with something in it")),
    };
    Ok(Submission { id, op })
}

/// What a client is told about a submission that was not taken.
pub(crate) fn refusal(error: &SubmitError) -> Error {
    let code = match error {
        SubmitError::NotPending(_) | SubmitError::Invalid(_) => ErrorCode::InvalidParams,
        SubmitError::WrongState(_) | SubmitError::Ended => ErrorCode::ServerError(REQUEST_FAILED),
    };
    Error { code, message: error.to_string().into(), data: None }
}

/// The request was right, and what it asks for cannot be had now.
pub(crate) fn failed(message: String) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: message.into(), data: None }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(variant: &str, params: Value, outcome: &Expect) {
        outcome.assert_eq(&match submission(variant, params, || "made".to_owned()) {
            Ok(submission) => serde_json::to_string(&submission).expect("JSON"),
            Err(error) => format!("{} {}", error.code.code(), error.message),
        });
    }

    #[test]
    fn fields_make_the_op_and_id_the_submission() {
        check(
            "user_input",
            json!({"id": "7", "items": [{"type": "text", "text": "hi"}]}),
            &expect![[
                r#"{"id":"7","op":{"type":"user_input","items":[{"type":"text","text":"hi"}]}}"#
            ]],
        );
        check("interrupt", json!({}), &expect![[r#"{"id":"made","op":{"type":"interrupt"}}"#]]);
        check("interrupt", Value::Null, &expect![[r#"{"id":"made","op":{"type":"interrupt"}}"#]]);
    }

    #[test]
    fn the_id_of_an_approval_is_the_one_it_answers() {
        check(
            "exec_approval",
            json!({"id": "7", "decision": "approved"}),
            &expect![[
                r#"{"id":"made","op":{"type":"exec_approval","id":"7","decision":"approved"}}"#
            ]],
        );
    }

    #[test]
    fn bad_params_are_named() {
        check("user_input", json!({}), &expect!["-32602 tiro/userInput: missing field `items`"]);
        check(
            "user_input",
            json!([1]),
            &expect!["-32602 tiro/userInput: the params are not an object"],
        );
        check(
            "user_input",
            json!({"id": 7, "items": []}),
            &expect!["-32602 tiro/userInput: the id is not a string with something in it"],
        );
        check(
            "exec_approval",
            json!({"id": "7", "decision": "yes"}),
            &expect![
                "-32602 tiro/execApproval: unknown variant `yes`, expected one of `approved`, `approved_for_session`, `denied`, `abort`"
            ],
        );
    }

    #[test]
    fn a_refusal_tells_a_bad_id_from_a_bad_state() {
        let code = |error| refusal(&error).code.code();
        assert_eq!(code(SubmitError::NotPending("7".to_owned())), -32602);
        assert_eq!(code(SubmitError::WrongState("not configured".to_owned())), -32803);
        assert_eq!(code(SubmitError::Ended), -32803);
    }
}
