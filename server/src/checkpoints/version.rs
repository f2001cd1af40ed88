//! A file before and after, as the turn's diff shows it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The mode of a file that nobody gave one.
pub const PLAIN_MODE: u32 = 0o644;

use crate::patch::{self, Replaced};

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Version {
    /// Nothing.
    #[default]
    Absent,
    /// A text.
    Text {
        /// All of it.
        text: Arc<str>,
        /// As `chmod` takes it.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// As written.
        target: PathBuf,
    },
    /// Something that a diff of lines cannot show.
    Opaque,
}

/// A path and what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Absolute.
    pub path: PathBuf,
    /// Before.
    pub before: Version,
    /// After.
    pub after: Version,
    /// What is different between the two texts, where that is known.
    pub replaced: Option<Arc<[Replaced]>>,
}

/// A path with what it was first and what it is now.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Absolute.
    pub path: &'a Path,
    /// First.
    pub before: &'a Version,
    /// Now.
    pub after: &'a Version,
    /// What is different between the two texts; none has them compared.
    pub replaced: Option<&'a [Replaced]>,
}

impl Version {
    /// A text, or nothing.
    #[must_use]
    pub fn of_text(text: Option<Arc<str>>, mode: u32) -> Self {
        text.map_or(Self::Absent, |text| Self::Text { text, mode })
    }

    /// Git knows two modes of a file, and links.
    fn git_mode(&self) -> &'static str {
        match self {
            Self::Text { mode, .. } if mode & 0o111 != 0 => "100755",
            Self::Link { .. } => "120000",
            Self::Absent | Self::Text { .. } | Self::Opaque => "100644",
        }
    }

    /// Lines as git has them; a link is its target.
    fn lines(&self) -> Option<&str> {
        match self {
            Self::Absent | Self::Opaque => None,
            Self::Text { text, .. } => Some(text),
            Self::Link { target } => target.to_str(),
        }
    }
}

/// A diff of many files, and the paths that it could not show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    /// As git writes it and `git apply` takes it.
    pub unified: String,
    /// Absolute.
    pub left_out: Vec<PathBuf>,
}

/// One diff over all files that differ, with paths below `root`. What is neither
/// text nor a link, and has a name that is not UTF-8, is left out.
#[must_use]
pub fn diff<'a>(root: &Path, files: impl IntoIterator<Item = Shown<'a>>) -> Diff {
    let mut diff = Diff::default();
    for file @ Shown { path, before, after, .. } in files {
        let name = path.strip_prefix(root).unwrap_or(path).to_str();
        let shown = |version: &Version| *version == Version::Absent || version.lines().is_some();
        let name = name.filter(|_| shown(before) && shown(after));
        match name.map(|name| name.trim_start_matches('/')) {
            None => diff.left_out.push(path.to_owned()),
            Some(_) if before == after => {}
            Some(name) => {
                // Git shows a file that becomes a link, or the other way round,
                // as one that goes and one that comes.
                let kind = |version: &Version| matches!(version, Version::Link { .. });
                let both = *before != Version::Absent && *after != Version::Absent;
                if both && kind(before) != kind(after) {
                    let gone = Shown { after: &Version::Absent, replaced: None, ..file };
                    let came = Shown { before: &Version::Absent, replaced: None, ..file };
                    section(&mut diff.unified, name, gone);
                    section(&mut diff.unified, name, came);
                } else {
                    section(&mut diff.unified, name, file);
                }
            }
        }
    }
    diff
}

fn section(diff: &mut String, name: &str, file: Shown<'_>) {
    let Shown { before, after, replaced, .. } = file;
    let (old, new) = (patch::quoted("a", name), patch::quoted("b", name));
    let (old_mode, new_mode) = (before.git_mode(), after.git_mode());
    let (mut from, mut to) = (old.as_str(), new.as_str());
    let mut head = format!("diff --git {old} {new}\n");
    if *before == Version::Absent {
        head += &format!("new file mode {new_mode}\n");
        from = "/dev/null";
    } else if *after == Version::Absent {
        head += &format!("deleted file mode {old_mode}\n");
        to = "/dev/null";
    } else if old_mode != new_mode {
        head += &format!("old mode {old_mode}\nnew mode {new_mode}\n");
    }
    let hunks = match (before.lines(), after.lines(), replaced) {
        (Some(before), Some(after), Some(replaced)) => patch::hunks_of(before, after, replaced),
        (before, after, _) => patch::hunks(before.unwrap_or_default(), after.unwrap_or_default()),
    };
    // Modes that git does not know are no change.
    let changes = head.lines().count() > 1 || !hunks.is_empty();
    if !hunks.is_empty() {
        // Git ends a name that has spaces with a tab.
        let tab = if name.contains(' ') && !old.starts_with('"') { "\t" } else { "" };
        let end = |name: &str| if name == "/dev/null" { "" } else { tab };
        head += &format!("--- {from}{}\n+++ {to}{}\n", end(from), end(to));
    }
    if changes {
        diff.push_str(&head);
        diff.push_str(&hunks);
    }
}
