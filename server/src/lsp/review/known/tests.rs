//! What is shown of which proposal, and when nothing has to be sent.

use tiro_protocol::ProposedKind;

use super::*;

fn hunk(id: &str, line: usize, state: HunkState) -> ProposedHunk {
    ProposedHunk {
        id: id.into(),
        orig_index: line,
        deleted_lines: vec!["a".into()],
        inserted_lines: vec!["b".into()],
        state,
        current_lines: (state == HunkState::Conflict).then(|| vec!["x".into(), "y".into()]),
        reason: None,
    }
}

fn file(path: &str, hunks: Vec<ProposedHunk>) -> ProposedFile {
    let kind = ProposedKind::Update;
    ProposedFile { path: path.into(), move_path: None, kind, version: Some(1), hunks }
}

fn proposal(id: &str, open: bool, files: Vec<ProposedFile>) -> Proposal {
    Proposal { id: id.into(), open, files }
}

fn one(id: &str, open: bool, line: usize, state: HunkState) -> Proposal {
    proposal(id, open, vec![file("/w/a", vec![hunk("h1", line, state)])])
}

/// The lines of the diagnostics of every file that is shown anew.
fn shown(known: &mut Known, reader: Reader) -> Vec<(PathBuf, Vec<(u32, u32)>)> {
    let lines = |all: Vec<Diagnostic>| {
        all.iter().map(|it| (it.range.start.line, it.range.end.line)).collect()
    };
    let changed = known.take_changed().into_iter();
    changed
        .filter_map(|path| Some((path.clone(), lines(known.mark(&path, reader, None)?))))
        .collect()
}

#[test]
fn conflicts_of_all_proposals_are_shown_until_they_are_settled() {
    let mut known = Known::default();
    let mut after = |proposal: &Proposal| {
        known.take(proposal);
        shown(&mut known, Reader::OptedIn).into_iter().map(|(_, lines)| lines).collect::<Vec<_>>()
    };
    assert_eq!(after(&one("p", true, 3, HunkState::Pending)), [[]; 0]);
    assert_eq!(after(&one("p", true, 3, HunkState::Conflict)), [[(2, 4)]]);
    assert_eq!(after(&one("p", true, 3, HunkState::Conflict)), [[]; 0]);
    assert_eq!(after(&one("q", true, 9, HunkState::Conflict)), [[(2, 4), (8, 10)]]);
    assert_eq!(after(&one("p", true, 3, HunkState::Rejected)), [[(8, 10)]]);
    assert_eq!(after(&one("q", false, 9, HunkState::Conflict)), [[]], "what is gone is cleared");
}

#[test]
fn only_a_file_that_is_another_one_is_shown_anew() {
    use HunkState::{Accepted, Pending};
    let mut known = Known::default();
    let files = |a: ProposedHunk, b: ProposedHunk| {
        proposal("p", true, vec![file("/w/a", vec![a]), file("/w/b", vec![b])])
    };
    known.take(&files(hunk("h1", 3, Pending), hunk("h2", 5, Pending)));
    assert_eq!(shown(&mut known, Reader::Plain).len(), 2);
    assert_eq!(known.total(), Total { changes: 2, files: 2 });

    let mut later = files(hunk("h1", 3, Pending), hunk("h2", 6, Pending));
    later.files[0].version = Some(7);
    known.take(&later);
    assert_eq!(shown(&mut known, Reader::Plain), [("/w/b".into(), vec![(5, 6)])]);
    assert_eq!(known.version(Path::new("/w/a")), Some(7));

    known.take(&files(hunk("h1", 3, Accepted), hunk("h2", 6, Pending)));
    assert_eq!(shown(&mut known, Reader::Plain), [("/w/a".into(), vec![])]);
    assert_eq!(known.first_accepted("p"), Some(1));
    assert_eq!(known.first_accepted("p"), None, "it is told once");

    // A file that is no longer of it, and a second proposal above the first.
    known.take(&proposal("p", true, vec![file("/w/b", vec![hunk("h2", 6, Pending)])]));
    known.take(&proposal("q", true, vec![file("/w/b", vec![hunk("h1", 2, Pending)])]));
    assert_eq!(shown(&mut known, Reader::Plain), [("/w/b".into(), vec![(1, 2), (5, 6)])]);
    assert!(known.only("p").is_none() && known.only("r").is_none(), "there are two");
    assert_eq!(known.open(Some(&["p", "r"])).err(), Some("r"));
    assert_eq!(known.open(None).map(|all| all.len()), Ok(2));
}
