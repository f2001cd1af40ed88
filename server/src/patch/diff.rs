//! Writes changes down as unified diffs, and reads hunks as chunks.

pub(super) mod hunks;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use tiro_protocol::{Chunk, FileChange};

use super::{
    replaced::Replaced,
    resolve::{Change, FileUpdate},
    unified,
};

/// What a patch does, as it is shown to a person for approval.
#[must_use]
pub fn file_changes(updates: &[FileUpdate]) -> BTreeMap<PathBuf, FileChange> {
    let change = |update: &FileUpdate| match &update.change {
        Change::Add { content } => FileChange::Add { content: content.clone() },
        Change::Delete { .. } => FileChange::Delete,
        Change::Update { base, result, replaced, move_path } => {
            let unified_diff = hunks::of(base, result, replaced);
            FileChange::Update { unified_diff, move_path: move_path.clone() }
        }
    };
    updates.iter().map(|update| (update.path.clone(), change(update))).collect()
}

/// The hunks of a unified diff, in lines. Runs of changes that context lines
/// separate are chunks of their own.
#[must_use]
pub fn chunks(unified_diff: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut open: Option<Chunk> = None;
    // 1-based line of the old text; none before the first header.
    let mut old = None;
    for line in unified_diff.split_terminator('\n') {
        if let Some(header) = unified::hunk_header(line) {
            chunks.extend(open.take());
            old = Some(header.first_old_line());
            continue;
        }
        let (Some(at), Some((kind, text))) = (old.as_mut(), line.split_at_checked(1)) else {
            continue;
        };
        let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
        let start = *at;
        let chunk =
            || Chunk { orig_index: start, deleted_lines: Vec::new(), inserted_lines: Vec::new() };
        match kind {
            "-" => {
                open.get_or_insert_with(chunk).deleted_lines.push(text);
                *at += 1;
            }
            "+" => open.get_or_insert_with(chunk).inserted_lines.push(text),
            " " => {
                chunks.extend(open.take());
                *at += 1;
            }
            _ => {}
        }
    }
    chunks.extend(open);
    chunks
}

/// A file before and after; none where it does not exist.
#[derive(Debug, Clone, Copy)]
pub struct FileVersions<'a> {
    /// Absolute path.
    pub path: &'a Path,
    /// Whole text.
    pub before: Option<&'a str>,
    /// Whole text.
    pub after: Option<&'a str>,
}

/// One diff of many files, with paths relative to `root`, as git writes it and
/// `git apply` takes it. Empty when nothing changed.
#[must_use]
pub fn unified_diff(root: &Path, files: &[FileVersions<'_>]) -> String {
    let mut diff = String::new();
    for FileVersions { path, before, after } in files {
        if before == after {
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy();
        let name = name.trim_start_matches('/');
        let (old, new) = (quoted("a", name), quoted("b", name));
        let _ = writeln!(diff, "diff --git {old} {new}");
        let (mut from, mut to) = (old, new);
        if before.is_none() {
            diff.push_str("new file mode 100644\n");
            "/dev/null".clone_into(&mut from);
        }
        if after.is_none() {
            diff.push_str("deleted file mode 100644\n");
            "/dev/null".clone_into(&mut to);
        }
        let hunks = hunks::between(before.unwrap_or(""), after.unwrap_or(""));
        if !hunks.is_empty() {
            let _ = writeln!(diff, "--- {from}{}", tab(&from));
            let _ = writeln!(diff, "+++ {to}{}", tab(&to));
            diff.push_str(&hunks);
        }
    }
    diff
}

/// git ends a name that has spaces with a tab.
fn tab(name: &str) -> &'static str {
    if name.contains(' ') && !name.starts_with('"') { "\t" } else { "" }
}

/// A path as git writes it in a header: `a/name`, quoted where it has to be.
#[must_use]
pub fn quoted(side: &str, name: &str) -> String {
    if !name.contains(|letter: char| letter.is_ascii_control() || matches!(letter, '"' | '\\')) {
        return format!("{side}/{name}");
    }
    let mut out = format!("\"{side}/");
    for letter in name.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_ascii_control() => {
                let _ = write!(out, "\\{:03o}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// The hunks that lead from one text to the other, without file headers.
#[must_use]
pub fn hunks(before: &str, after: &str) -> String {
    hunks::between(before, after)
}

/// The same where it is known what is different: the texts are not compared.
#[must_use]
pub fn hunks_of(before: &str, after: &str, replaced: &[Replaced]) -> String {
    hunks::of(before, after, replaced)
}
