//! What is still undecided, as one diff to read. Each hunk is headed by its ids,
//! which the commands take. Pure.

use std::{fmt::Write, path::Path};

use tiro_protocol::{HunkState, ProposedFile, ProposedHunk, ProposedKind};

use super::known::{Open, is_undecided};

/// The diff of these proposals, by id; empty when all of them is decided.
pub(super) fn of(proposals: &[(&str, &Open)]) -> String {
    let mut diff = String::new();
    for (id, open) in proposals {
        for file in open.files() {
            add(&mut diff, id, file);
        }
    }
    diff
}

fn add(diff: &mut String, id: &str, file: &ProposedFile) {
    let mut hunks = file.hunks.iter().filter(|hunk| is_undecided(hunk)).peekable();
    if hunks.peek().is_none() {
        return;
    }
    let name = |path: &Path| path.display().to_string();
    let (before, after) = match file.kind {
        ProposedKind::Add => ("/dev/null".to_owned(), name(&file.path)),
        ProposedKind::Delete => (name(&file.path), "/dev/null".to_owned()),
        ProposedKind::Update => {
            (name(&file.path), name(file.move_path.as_ref().unwrap_or(&file.path)))
        }
    };
    let _ = writeln!(diff, "--- {before}\n+++ {after}");
    // Lines that the hunks above have added, and taken away.
    let mut shift = (0, 0);
    for hunk in hunks {
        let (old, new) = (hunk.deleted_lines.len(), hunk.inserted_lines.len());
        let at = side(hunk.orig_index, old);
        let to = side((hunk.orig_index + shift.0).saturating_sub(shift.1), new);
        let _ = writeln!(diff, "@@ -{at} +{to} @@ {id} {}{}", hunk.id, note(hunk));
        for (sign, lines) in [('-', &hunk.deleted_lines), ('+', &hunk.inserted_lines)] {
            for line in lines {
                let _ = writeln!(diff, "{sign}{line}");
            }
        }
        shift = (shift.0 + new, shift.1 + old);
    }
}

/// Where lines begin and how many they are; none of them are after a line.
fn side(start: usize, count: usize) -> String {
    match count {
        0 => format!("{},0", start.saturating_sub(1)),
        1 => start.to_string(),
        _ => format!("{start},{count}"),
    }
}

fn note(hunk: &ProposedHunk) -> &'static str {
    match hunk.state {
        HunkState::Conflict => ", conflicts with the text as it is now",
        HunkState::Pending | HunkState::Accepted | HunkState::Rejected => "",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use tiro_protocol::Proposal;

    use super::*;
    use crate::lsp::review::known::Known;

    #[test]
    fn what_is_undecided_is_in_it_with_its_ids() {
        let hunk = |id: &str, line, old: &[&str], new: &[&str], state| ProposedHunk {
            id: id.into(),
            orig_index: line,
            deleted_lines: old.iter().map(ToString::to_string).collect(),
            inserted_lines: new.iter().map(ToString::to_string).collect(),
            state,
            current_lines: None,
            reason: None,
        };
        let file = |path: &str, kind, move_path: Option<&str>, hunks| ProposedFile {
            path: path.into(),
            move_path: move_path.map(Into::into),
            kind,
            version: None,
            hunks,
        };
        use HunkState::{Accepted, Conflict, Pending};
        let files = vec![
            file(
                "/w/a",
                ProposedKind::Update,
                Some("/w/b"),
                vec![
                    hunk("h1", 2, &["2"], &["two", "and more"], Pending),
                    hunk("h2", 5, &["5"], &["five"], Accepted),
                    hunk("h3", 8, &[], &["after 7"], Conflict),
                ],
            ),
            file("/w/gone", ProposedKind::Delete, None, vec![hunk("h4", 1, &["x"], &[], Pending)]),
            file("/w/new", ProposedKind::Add, None, vec![hunk("h5", 1, &[], &["n"], Pending)]),
            file("/w/same", ProposedKind::Add, None, vec![hunk("h6", 1, &[], &["n"], Accepted)]),
        ];
        let mut known = Known::default();
        known.take(&Proposal { id: "c1".into(), open: true, files });
        expect![[r"
            --- /w/a
            +++ /w/b
            @@ -2 +2,2 @@ c1 h1
            -2
            +two
            +and more
            @@ -7,0 +9 @@ c1 h3, conflicts with the text as it is now
            +after 7
            --- /w/gone
            +++ /dev/null
            @@ -1 +0,0 @@ c1 h4
            -x
            --- /dev/null
            +++ /w/new
            @@ -0,0 +1 @@ c1 h5
            +n
        "]]
        .assert_eq(&of(&known.open(None).expect("all of them")));
    }
}
