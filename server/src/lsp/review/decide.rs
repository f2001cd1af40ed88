//! The commands that decide about proposals. Each says what it wants in ops of
//! the session, which has the last word on what can still be decided; only what
//! no op could say is refused here.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;
use tiro_protocol::{HunkState, Op, ProposedHunk, ReviewDecision};
use tower_lsp::jsonrpc::Error;

use super::{
    diff,
    known::{Open, is_undecided},
};
use crate::lsp::{
    answers,
    commands::{Arguments, Outcome},
    convert,
    front::{Front, lock},
};

type Answer = Result<Outcome, Error>;

/// What a command decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accept,
    Reject,
}

use Verdict::{Accept, Reject};

pub(crate) fn accept(front: &Arc<Front>, arguments: &Arguments<'_>) -> Answer {
    one(front, arguments, Accept)
}

pub(crate) fn reject(front: &Arc<Front>, arguments: &Arguments<'_>) -> Answer {
    one(front, arguments, Reject)
}

pub(crate) fn accept_file(front: &Arc<Front>, arguments: &Arguments<'_>) -> Answer {
    in_file(front, arguments, Accept)
}

pub(crate) fn reject_file(front: &Arc<Front>, arguments: &Arguments<'_>) -> Answer {
    in_file(front, arguments, Reject)
}

pub(crate) fn accept_all(front: &Arc<Front>, arguments: &Arguments<'_>) -> Answer {
    all(front, arguments, Accept)
}

pub(crate) fn reject_all(front: &Arc<Front>, arguments: &Arguments<'_>) -> Answer {
    all(front, arguments, Reject)
}

/// Shows what is undecided.
pub(crate) fn show_diff(front: &Arc<Front>, arguments: &Arguments<'_>) -> Answer {
    let diff = with_open(front, ids_or_word(arguments)?.as_deref(), |open| Ok(diff::of(open)))?;
    if diff.is_empty() {
        return Err(refused("every change is decided already"));
    }
    let shown = Arc::clone(front);
    front.spawn(async move { answers::show_diff(&shown, &diff).await });
    Ok(Outcome::Done(Value::Null))
}

/// One hunk, by its ids: whether there is such a hunk the session knows best.
fn one(front: &Front, arguments: &Arguments<'_>, verdict: Verdict) -> Answer {
    let words = arguments.words();
    let named = |name| arguments.field(name).and_then(Value::as_str);
    let named = named("proposal").zip(named("hunk"));
    let (proposal, hunk) = match (named, words.as_slice()) {
        (Some(named), _) => named,
        (None, [proposal, hunk]) => (*proposal, *hunk),
        // As the diagnostic names it.
        (None, [code]) if code.contains(' ') => code.rsplit_once(' ').unwrap_or_default(),
        _ => {
            let command = match verdict {
                Accept => "tiro.accept",
                Reject => "tiro.reject",
            };
            return Err(refused(format!(
                "{command} takes the ids of the proposal and the hunk, as the diagnostic shows \
                 them: [{{\"proposal\": \"…\", \"hunk\": \"…\"}}]; the code action at the change \
                 gives them"
            )));
        }
    };
    let (proposal, hunk) = (proposal.to_owned(), hunk.to_owned());
    Ok(Outcome::Submit(front.submission(match verdict {
        Accept => Op::AcceptHunk { proposal, hunk },
        Reject => Op::RejectHunk { proposal, hunk },
    })))
}

/// Every change of one file, in one op: what is typed meanwhile is before all of
/// it or after.
fn in_file(front: &Front, arguments: &Arguments<'_>, verdict: Verdict) -> Answer {
    let Some(path) = path(arguments) else {
        return Err(refused(
            "give the file as an absolute path or a file URI: [{\"path\": \"…\"}]",
        ));
    };
    let ids = ids(arguments.field("proposal"))?;
    let op = with_open(front, ids.as_deref(), |open| {
        let mut files =
            open.iter().filter_map(|(id, open)| Some((*id, open.file(&path)?))).peekable();
        if files.peek().is_none() {
            return Err(refused(format!("no open proposal changes {}", path.display())));
        }
        on_hunks(
            files.flat_map(|(id, file)| file.hunks.iter().map(move |hunk| (id, hunk))),
            verdict,
        )
    })?;
    Ok(Outcome::Submit(front.submission(op)))
}

/// Every change. A patch that waits for approval is approved as such, which also
/// says what becomes of conflicts; all else is one op.
fn all(front: &Front, arguments: &Arguments<'_>, verdict: Verdict) -> Answer {
    let mut ops = with_open(front, ids_or_word(arguments)?.as_deref(), |open| {
        let (asked, left): (Vec<_>, Vec<_>) = open
            .iter()
            .copied()
            .partition(|(id, _)| verdict == Accept && front.approvals.asks_about_patch(id));
        let approved = |(id, _): (&str, _)| Op::PatchApproval {
            id: id.to_owned(),
            decision: ReviewDecision::Approved,
            selection: None,
        };
        let mut ops: Vec<Op> = asked.into_iter().map(approved).collect();
        let hunks =
            left.into_iter().flat_map(|(id, open)| open.hunks().map(move |(_, hunk)| (id, hunk)));
        match on_hunks(hunks, verdict) {
            Ok(op) => ops.push(op),
            Err(error) if ops.is_empty() => return Err(error),
            Err(_) => {}
        }
        Ok(ops)
    })?;
    Ok(match ops.pop() {
        Some(op) if ops.is_empty() => Outcome::Submit(front.submission(op)),
        last => {
            Outcome::SubmitAll(ops.into_iter().chain(last).map(|op| front.submission(op)).collect())
        }
    })
}

/// The op for all those of these hunks that this can be decided of.
fn on_hunks<'a>(
    hunks: impl Iterator<Item = (&'a str, &'a ProposedHunk)>,
    verdict: Verdict,
) -> Result<Op, Error> {
    let (mut ids, mut conflicts) = (BTreeMap::<String, Vec<String>>::new(), 0);
    for (id, hunk) in hunks.filter(|(_, hunk)| is_undecided(hunk)) {
        if verdict == Accept && hunk.state == HunkState::Conflict {
            conflicts += 1;
        } else {
            ids.entry(id.to_owned()).or_default().push(hunk.id.clone());
        }
    }
    match (ids.is_empty(), conflicts) {
        (false, _) => {
            let (accept, reject) = match verdict {
                Accept => (ids, BTreeMap::new()),
                Reject => (BTreeMap::new(), ids),
            };
            Ok(Op::DecideHunks { accept, reject })
        }
        (true, 0) => Err(refused("every change there is decided already")),
        (true, _) => Err(refused(
            "what is left there conflicts with your text: take your change back and accept, or \
             reject it",
        )),
    }
}

/// The proposals that the field `proposal` means: one, several, or all that are
/// open.
fn ids(field: Option<&Value>) -> Result<Option<Vec<&str>>, Error> {
    match field {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => Ok(Some(vec![id])),
        Some(Value::Array(ids)) if ids.iter().all(Value::is_string) => {
            Ok(Some(ids.iter().filter_map(Value::as_str).collect()))
        }
        Some(_) => Err(refused("`proposal` is the id of a proposal, or a list of ids")),
    }
}

/// The same, where the id may also be a bare word.
fn ids_or_word<'a>(arguments: &Arguments<'a>) -> Result<Option<Vec<&'a str>>, Error> {
    match arguments.words() {
        words if words.is_empty() => ids(arguments.field("proposal")),
        words => Ok(Some(words)),
    }
}

/// Does something with the open proposals that are meant.
fn with_open<T>(
    front: &Front,
    ids: Option<&[&str]>,
    act: impl FnOnce(&[(&str, &Open)]) -> Result<T, Error>,
) -> Result<T, Error> {
    let known = lock(&front.review.known);
    // Of several that were meant, some may have been decided meanwhile.
    let open = match ids {
        Some(ids) if ids.len() > 1 => {
            ids.iter().filter_map(|id| known.open(Some(&[*id])).ok()).flatten().collect()
        }
        ids => known.open(ids).map_err(|id| {
            refused(format!(
                "no proposal is open under id {id:?}: it was decided, or its task has ended"
            ))
        })?,
    };
    if open.is_empty() {
        return Err(refused("no proposed change waits for a decision"));
    }
    act(&open)
}

/// The file that is meant.
fn path(arguments: &Arguments<'_>) -> Option<PathBuf> {
    let text = arguments.text("path")?;
    let path = Path::new(text);
    let path = if path.is_absolute() {
        path.to_owned()
    } else {
        convert::path_from_uri(&text.parse().ok()?)?
    };
    Some(convert::canonical(&path))
}

fn refused(why: impl Into<String>) -> Error {
    Error::invalid_params(why.into())
}
