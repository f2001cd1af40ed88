//! What was allowed for the session, in words, and how it is taken back: by a
//! dialog, by code actions in a chat, by the command `tiro.revoke`.

use std::sync::Arc;

use lsp_types::{CodeActionKind, MessageType};
use serde_json::{Value, json};
use tiro_protocol::{Grant, Op};
use tower_lsp::jsonrpc::Error;

use super::{
    super::{
        actions::{Offer, Place},
        chat::is_chat,
        commands::{Arguments, Outcome},
        front::Front,
        prompt::{command_line, short, visible},
    },
    Asked,
    choice::{BUTTONS, choose},
    is_plain,
};

/// Characters of what is named on a button or in a title.
const NAME_CAP: usize = 40;

/// Grants that a message lists.
const LISTED: usize = 20;

/// What a grant covers, in one sentence.
fn covers(grant: &Grant) -> String {
    let path = |path: &std::path::Path| visible(&path.to_string_lossy());
    match grant {
        Grant::Command { command, cwd, unsandboxed: false } => format!(
            "`{}` in {} runs without asking, in the sandbox.",
            command_line(command),
            path(cwd)
        ),
        Grant::Command { command, cwd, unsandboxed: true } => format!(
            "`{}` in {} runs without asking and without the sandbox, with all your rights.",
            command_line(command),
            path(cwd)
        ),
        Grant::Folder { path: folder } => format!(
            "Files below {} are changed without asking, and commands may write there.",
            path(folder)
        ),
        Grant::File { path: file } => format!("{} is changed without asking.", path(file)),
        Grant::Network => "Commands may use the network.".to_owned(),
        Grant::Read => "Commands may read every file.".to_owned(),
        other => format!("{other:?}."),
    }
}

/// The grant in a few words.
fn name(grant: &Grant) -> String {
    let name = match grant {
        Grant::Command { command, unsandboxed: false, .. } => command_line(command),
        Grant::Command { command, unsandboxed: true, .. } => {
            format!("{} without sandbox", command_line(command))
        }
        Grant::Folder { path } | Grant::File { path } => {
            format!("changing {}", visible(&path.to_string_lossy()))
        }
        Grant::Network => "the network".to_owned(),
        Grant::Read => "reading every file".to_owned(),
        other => format!("{other:?}"),
    };
    short(&name, NAME_CAP)
}

/// `tiro.grants`: asks the session for the list, which [`offer`] shows.
pub(crate) fn run_grants(front: &Arc<Front>, _: &Arguments<'_>) -> Result<Outcome, Error> {
    let submission = front.submission(Op::ListGrants);
    front.know.expects(&submission.id, Asked::Grants);
    Ok(Outcome::Submit(submission))
}

const USAGE: &str = "tiro.revoke takes a grant as tiro/listGrants has it, [{\"grant\": {…}}], or its number in the \
     list that tiro.grants shows, [{\"number\": 1}] or [\"1\"]";

/// `tiro.revoke {grant}` or `{number}`.
pub(crate) fn run_revoke(front: &Arc<Front>, arguments: &Arguments<'_>) -> Result<Outcome, Error> {
    let number = match arguments.field("number") {
        Some(number) => number.as_u64(),
        None => arguments.text("number").and_then(|number| number.parse().ok()),
    };
    let given = arguments.field("grant").cloned().map(serde_json::from_value::<Grant>);
    let grant = match (given, number) {
        (Some(given), _) => {
            given.map_err(|error| Error::invalid_params(format!("{USAGE}: {error}")))?
        }
        (None, Some(number)) => {
            let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            at.and_then(|at| front.know.grants().get(at).cloned()).ok_or_else(|| {
                Error::invalid_params(format!(
                    "tiro.revoke: nothing is allowed under the number {number}; run tiro.grants"
                ))
            })?
        }
        (None, None) => return Err(Error::invalid_params(USAGE)),
    };
    let submission = front.submission(Op::RevokeGrant { grant: grant.clone() });
    front.know.expects(&submission.id, Asked::Revoked(grant));
    Ok(Outcome::Submit(submission))
}

/// The list came that a person asked for.
pub(super) fn offer(front: &Arc<Front>, grants: Vec<Grant>) {
    if grants.is_empty() {
        front.show(MessageType::INFO, "Tiro: nothing is allowed for this session".to_owned());
        return;
    }
    let shared = front.clone();
    front.spawn(async move {
        let question = format!(
            "allowed until the session ends, or until you take it back here or with tiro.revoke \
             {}: {}",
            json!({"number": 1}),
            list(&grants)
        );
        let newest = grants.iter().rev().take(BUTTONS);
        let choices =
            newest.map(|grant| (format!("Take back: {}", name(grant)), grant.clone())).collect();
        let other = "take one back with tiro.revoke and its number";
        if let Some(grant) = choose(&shared, &question, choices, "Keep all", other).await {
            let submission = shared.submission(Op::RevokeGrant { grant: grant.clone() });
            shared.know.expects(&submission.id, Asked::Revoked(grant));
            super::submit_or_say(&shared, submission).await;
        }
    });
}

/// The grants with their numbers.
fn list(grants: &[Grant]) -> String {
    let numbered = grants.iter().enumerate().take(LISTED);
    let mut list: Vec<String> =
        numbered.map(|(at, grant)| format!("{}. {}", at + 1, covers(grant))).collect();
    if grants.len() > LISTED {
        list.push(format!("And {} more.", grants.len() - LISTED));
    }
    list.join(" ")
}

/// A grant was taken back.
pub(super) fn revoked(front: &Front, grant: &Grant) {
    front.show(MessageType::INFO, format!("Tiro: taken back: {}", covers(grant)));
}

/// In a chat, what is known to be allowed can be taken back.
pub(crate) fn offers(place: &Place<'_>) -> Vec<Offer> {
    if !is_chat(&place.document.path) || !is_plain(place.front) {
        return Vec::new();
    }
    let one = |grant: &Grant| Offer {
        title: format!("Tiro: take back {}", name(grant)),
        kind: CodeActionKind::QUICKFIX,
        command: "tiro.revoke",
        argument: json!({"grant": serde_json::to_value(grant).unwrap_or(Value::Null)}),
        diagnostics: Vec::new(),
        preferred: false,
    };
    place.front.know.grants().iter().rev().take(BUTTONS).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_said_in_a_sentence() {
        let command = |unsandboxed| Grant::Command {
            command: vec!["make".into(), "a\u{202e}b".into()],
            cwd: "/w".into(),
            unsandboxed,
        };
        let all = [
            command(false),
            command(true),
            Grant::Folder { path: "/srv/x".into() },
            Grant::File { path: "/w/a".into() },
            Grant::Network,
            Grant::Read,
        ];
        expect_test::expect![[r"1. `make 'a\u{202e}b'` in /w runs without asking, in the sandbox. 2. `make 'a\u{202e}b'` in /w runs without asking and without the sandbox, with all your rights. 3. Files below /srv/x are changed without asking, and commands may write there. 4. /w/a is changed without asking. 5. Commands may use the network. 6. Commands may read every file."]]
        .assert_eq(&list(&all));
        expect_test::expect![[r"make 'a\u{202e}b'|make 'a\u{202e}b' without sandbox|changing /srv/x|changing /w/a|the network|reading every file"]]
        .assert_eq(&all.iter().map(name).collect::<Vec<_>>().join("|"));
        let many = vec![Grant::Network; LISTED + 2];
        assert!(list(&many).ends_with("20. Commands may use the network. And 2 more."));
    }
}
