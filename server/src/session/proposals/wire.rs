//! A proposal as a client sees it. Pure.

use tiro_protocol::{HunkState, ProposedFile, ProposedHunk, ProposedKind};

use super::{
    choosing::reason,
    proposal::{Body, Choice, Fit, Place, Proposal},
};

/// What was settled before the rest was left over is not shown.
pub(super) fn shown(proposal: &Proposal, open: bool) -> tiro_protocol::Proposal {
    let mut files: Vec<ProposedFile> = proposal
        .files
        .iter()
        .map(|file| ProposedFile {
            path: file.path.clone(),
            move_path: file.move_path.clone(),
            kind: match file.body {
                Body::Add { .. } => ProposedKind::Add,
                Body::Delete { .. } => ProposedKind::Delete,
                Body::Move { .. } | Body::Update(_) => ProposedKind::Update,
            },
            version: file.version,
            hunks: file
                .places()
                .filter(|place| place.choice != Choice::Settled)
                .map(|place| hunk(&place))
                .collect(),
        })
        .filter(|file| !file.hunks.is_empty())
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    tiro_protocol::Proposal { id: proposal.id().to_owned(), open, files }
}

fn hunk(place: &Place<'_>) -> ProposedHunk {
    let state = match (place.choice, place.fit) {
        (Choice::Rejected, _) => HunkState::Rejected,
        (_, Fit::Changed { .. } | Fit::Misfit(_)) => HunkState::Conflict,
        (Choice::Accepted | Choice::Settled, _) | (_, Fit::Made) => HunkState::Accepted,
        (Choice::Open, Fit::Fits) => HunkState::Pending,
    };
    let conflict = state == HunkState::Conflict;
    ProposedHunk {
        id: place.id.as_str().to_owned(),
        orig_index: place.start + 1,
        deleted_lines: lines(place.old),
        inserted_lines: lines(place.new),
        state,
        current_lines: match place.fit {
            Fit::Changed { current } if conflict => Some(lines(current)),
            _ => None,
        },
        reason: conflict.then(|| reason(place.fit).to_owned()),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
