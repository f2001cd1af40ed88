//! Shows what does not fit of a proposal where it stands in the person's text, as
//! diagnostics: every client has those. The session's events tell what there is.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Mutex,
};

use lsp_types::{
    Diagnostic, DiagnosticSeverity, NumberOrString, Position, PublishDiagnosticsParams, Range,
    notification::PublishDiagnostics,
};
use tiro_protocol::{Event, EventMsg, HunkState, Proposal, ProposedFile, ProposedHunk};

use super::{
    front::{Front, lock},
    prompt::visible,
};

/// The diagnostics of every open proposal, by its id and the path.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<BTreeMap<String, ByPath>>);

type ByPath = BTreeMap<PathBuf, Vec<Diagnostic>>;

impl Shown {
    /// Takes note of a proposal; gives the files whose diagnostics are others
    /// now, with all of them.
    fn update(&self, proposal: &Proposal) -> ByPath {
        let mut shown = lock(&self.0);
        let new = if proposal.open { diagnostics(proposal) } else { ByPath::new() };
        let old = shown.remove(&proposal.id).unwrap_or_default();
        let concerned: BTreeSet<PathBuf> = old.keys().chain(new.keys()).cloned().collect();
        let changed = concerned.into_iter().filter(|path| old.get(path) != new.get(path));
        let changed: Vec<PathBuf> = changed.collect();
        if !new.is_empty() {
            shown.insert(proposal.id.clone(), new);
        }
        let all = |path: PathBuf| {
            let files = shown.values().filter_map(|files| files.get(&path));
            let diagnostics = files.flatten().cloned().collect();
            (path, diagnostics)
        };
        changed.into_iter().map(all).collect()
    }
}

/// Looks at an event, and publishes what it changes.
pub(crate) fn observe(front: &Front, event: &Event) {
    let EventMsg::ProposalUpdated { proposal } = &event.msg else { return };
    let Some(editor) = front.editor() else { return };
    for (path, diagnostics) in front.conflicts.update(proposal) {
        let Some(uri) = editor.uri_of(&path) else { continue };
        let version = proposal.files.iter().find(|file| file.path == path);
        let version = version.and_then(|file| file.version);
        front.outbox.notify::<PublishDiagnostics>(PublishDiagnosticsParams {
            uri,
            diagnostics,
            version,
        });
    }
}

/// What is to be shown of a proposal: its conflicts.
fn diagnostics(proposal: &Proposal) -> ByPath {
    let mut by_path = ByPath::new();
    for file in &proposal.files {
        let conflicts = file.hunks.iter().filter(|hunk| hunk.state == HunkState::Conflict);
        let diagnostics: Vec<Diagnostic> =
            conflicts.map(|hunk| diagnostic(proposal, file, hunk)).collect();
        if !diagnostics.is_empty() {
            by_path.insert(file.path.clone(), diagnostics);
        }
    }
    by_path
}

/// The whole lines of a hunk, at least one.
fn diagnostic(proposal: &Proposal, file: &ProposedFile, hunk: &ProposedHunk) -> Diagnostic {
    let lines = hunk.current_lines.as_ref().unwrap_or(&hunk.deleted_lines).len().max(1);
    let at = |line: usize| Position { line: u32::try_from(line).unwrap_or(u32::MAX), character: 0 };
    let start = hunk.orig_index.saturating_sub(1);
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let reason = hunk.reason.as_deref().unwrap_or("the text is another one now");
    Diagnostic {
        range: Range { start: at(start), end: at(start + lines) },
        severity: Some(DiagnosticSeverity::WARNING),
        code: Some(NumberOrString::String(format!("{} {}", proposal.id, hunk.id))),
        source: Some("tiro".to_owned()),
        message: format!(
            "your change and Tiro's proposal for {} overlap: {}.{} Take your change back here and \
             accept the hunk, or reject it: tiro/acceptHunk, tiro/rejectHunk with proposal {:?}, \
             hunk {:?}",
            visible(&name),
            visible(reason),
            wanted(hunk),
            proposal.id,
            hunk.id
        ),
        ..Diagnostic::default()
    }
}

/// What the hunk wants there, when it is short enough to read.
fn wanted(hunk: &ProposedHunk) -> String {
    const LINES: usize = 10;
    if hunk.inserted_lines.is_empty() {
        return String::new();
    }
    let lines = hunk.inserted_lines.iter().take(LINES);
    let mut wanted: String = lines.map(|line| format!("\n  {}", visible(line))).collect();
    if hunk.inserted_lines.len() > LINES {
        wanted.push_str("\n  …");
    }
    format!(" It proposes:{wanted}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(id: &str, open: bool, line: usize, state: HunkState) -> Proposal {
        let hunk = ProposedHunk {
            id: "h1".into(),
            orig_index: line,
            deleted_lines: vec!["a".into()],
            inserted_lines: vec!["b".into()],
            state,
            current_lines: Some(vec!["x".into(), "y".into()]),
            reason: None,
        };
        let file = ProposedFile {
            path: "/w/a".into(),
            move_path: None,
            kind: tiro_protocol::ProposedKind::Update,
            version: None,
            hunks: vec![hunk],
        };
        Proposal { id: id.into(), open, files: vec![file] }
    }

    fn lines(changed: &ByPath) -> Vec<(u32, u32)> {
        let all = changed.values().flatten();
        all.map(|it| (it.range.start.line, it.range.end.line)).collect()
    }

    #[test]
    fn conflicts_of_all_proposals_are_shown_until_they_are_settled() {
        let shown = Shown::default();
        assert!(shown.update(&proposal("p", true, 3, HunkState::Pending)).is_empty());
        assert_eq!(lines(&shown.update(&proposal("p", true, 3, HunkState::Conflict))), [(2, 4)]);
        assert!(shown.update(&proposal("p", true, 3, HunkState::Conflict)).is_empty());
        let both = shown.update(&proposal("q", true, 9, HunkState::Conflict));
        assert_eq!(lines(&both), [(2, 4), (8, 10)]);
        let rest = shown.update(&proposal("p", true, 3, HunkState::Rejected));
        assert_eq!(lines(&rest), [(8, 10)]);
        let none = shown.update(&proposal("q", false, 9, HunkState::Conflict));
        assert_eq!((none.len(), lines(&none)), (1, vec![]), "what is gone is cleared");
    }
}
