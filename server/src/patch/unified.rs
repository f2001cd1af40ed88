//! Unified diffs, as diff and git write them and as models remember them.

mod names;

use std::path::PathBuf;

use super::{Action, Hunk, HunkLine, LineHint, LineKind, ParseError, Section};
use names::{at_epoch, file_name, git_names, unquote};

/// No file has more lines.
const MOST_LINES: usize = u32::MAX as usize;

/// The first line that is the header of a file.
pub(super) fn begins_at(text: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    (0..lines.len()).find(|at| lines[*at].starts_with("diff --git ") || is_header(&lines, *at))
}

/// `--- old` and `+++ new`.
fn is_header(lines: &[&str], at: usize) -> bool {
    lines.get(at).is_some_and(|line| line.starts_with("--- "))
        && lines.get(at + 1).is_some_and(|line| line.starts_with("+++ "))
}

/// What diff says instead of the changes of a binary file.
pub(super) fn is_binary(text: &str) -> bool {
    text.lines().any(|line| {
        line.starts_with("GIT binary patch")
            || line.starts_with("Binary files ") && line.ends_with(" differ")
    })
}

/// A diff against several versions at once.
pub(super) fn is_combined(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("diff --cc ") || line.starts_with("diff --combined "))
}

/// `first`: lines of the whole text before this one, for errors.
pub(super) fn parse(text: &str, first: usize) -> Result<Vec<Section>, ParseError> {
    let raw: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
    let lines: Vec<&str> = raw.iter().map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let mut reader = Reader { raw, lines, at: 0, first, endings_meant: true };
    let mut sections = Vec::new();
    while reader.at < reader.lines.len() {
        let header = reader.lines[reader.at].starts_with("diff --git ");
        if header || is_header(&reader.lines, reader.at) {
            sections.push(reader.section()?);
        } else {
            // Before the first file and between two there may be prose.
            reader.refuse_what_is_left_out()?;
            reader.at += 1;
        }
    }
    Ok(sections)
}

/// `@@ -1,2 +3,4 @@ heading`, with the counts that it claims.
pub(super) struct Header {
    pub(super) hint: Option<LineHint>,
    pub(super) scope: Option<String>,
    counts: (usize, usize),
}

impl Header {
    /// 1-based; of a hunk without old lines the one before which it goes.
    pub(super) fn first_old_line(&self) -> usize {
        let start = self.hint.map_or(0, |hint| hint.start);
        if self.counts.0 == 0 { start + 1 } else { start }
    }
}

pub(super) fn hunk_header(line: &str) -> Option<Header> {
    let (ranges, heading) = line.strip_prefix("@@ -")?.split_once("@@")?;
    let (old, new) = ranges.trim_end().split_once(" +")?;
    let range = |text: &str| -> Option<(usize, usize)> {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((number(start)?, number(count)?))
    };
    let ((start, old_count), (_, new_count)) = (range(old)?, range(new)?);
    let heading = heading.trim();
    Some(Header {
        hint: Some(LineHint { start }),
        scope: (!heading.is_empty()).then(|| heading.to_owned()),
        counts: (old_count, new_count),
    })
}

/// Absurdly large ones are as large as a file can have.
fn number(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().map_or(MOST_LINES, |number: usize| number.min(MOST_LINES)))
}

/// `\ No newline at end of file`, behind the last line that was read.
pub(super) fn no_newline(hunk: &mut Hunk) {
    let Some(last) = hunk.lines.last_mut() else { return };
    hunk.at_end = true;
    if last.crlf {
        last.crlf = false;
        last.text.push('\r');
    }
    // Behind a deleted line it is the old text that has none.
    hunk.final_newline = Some(last.kind == LineKind::Delete);
}

/// What the lines before the hunks of a file say.
#[derive(Default)]
struct FileHeader {
    old: Option<String>,
    new: Option<String>,
    created: bool,
    deleted: bool,
    from: Option<String>,
    to: Option<String>,
    copied: bool,
    /// Another mode, of which Tiro keeps whether the file can be executed.
    executable: Option<bool>,
}

struct Reader<'a> {
    raw: Vec<&'a str>,
    /// `raw` without `\r` at the ends.
    lines: Vec<&'a str>,
    at: usize,
    first: usize,
    /// Headers come without `\r`, so the `\r` of a line belongs to the file.
    endings_meant: bool,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError::at(self.first + self.at + 1, message)
    }

    fn section(&mut self) -> Result<Section, ParseError> {
        let begin = self.at;
        self.endings_meant = self.raw[begin] == self.lines[begin];
        let header = self.file_header()?;
        let mut hunks = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.starts_with("@@")) {
            let Some(found) = hunk_header(line) else {
                return Err(match line.starts_with("@@@") {
                    true => self.error(ParseError::combined().message),
                    false => self.error("expected `@@ -LINE,COUNT +LINE,COUNT @@`"),
                });
            };
            self.at += 1;
            hunks.push(self.hunk(found)?);
        }
        let end = std::mem::replace(&mut self.at, begin);
        let section = self.finish(header, hunks)?;
        self.at = end;
        Ok(section)
    }

    /// Lines that say of a file that the diff does not have its changes.
    fn refuse_what_is_left_out(&self) -> Result<(), ParseError> {
        let line = self.lines[self.at];
        let error = match () {
            () if is_binary(line) => ParseError::binary(),
            () if is_combined(line) => ParseError::combined(),
            () => return Ok(()),
        };
        Err(self.error(error.message))
    }

    fn file_header(&mut self) -> Result<FileHeader, ParseError> {
        let mut header = FileHeader::default();
        if let Some(rest) = self.peek().and_then(|line| line.strip_prefix("diff --git ")) {
            if let Some((old, new)) = git_names(rest) {
                (header.old, header.new) = (Some(old), Some(new));
            }
            self.at += 1;
        }
        while let Some(line) = self.peek() {
            if is_header(&self.lines, self.at) {
                let (old, new) = (&line[4..], &self.lines[self.at + 1][4..]);
                header.old = Some(file_name(old));
                header.new = Some(file_name(new));
                header.created |= at_epoch(old);
                header.deleted |= at_epoch(new);
                self.at += 2;
                return Ok(header);
            }
            let value = |prefix: &str| line.strip_prefix(prefix).map(unquote);
            if line.starts_with("GIT binary patch") || line.starts_with("Binary files ") {
                let name = header.new.as_deref().unwrap_or("this file");
                let message = ParseError::binary().message;
                return Err(self.error(format!("the diff of {name}: {message}")));
            } else if let Some(name) = value("rename from ").or_else(|| value("copy from ")) {
                header.copied = line.starts_with("copy");
                header.from = Some(name);
            } else if let Some(name) = value("rename to ").or_else(|| value("copy to ")) {
                header.to = Some(name);
            } else if let Some(mode) = line.strip_prefix("new file mode ") {
                header.created = true;
                header.executable = self.mode(mode)?.then_some(true);
            } else if let Some(mode) = line.strip_prefix("deleted file mode ") {
                header.deleted = true;
                self.mode(mode)?;
            } else if let Some(mode) = line.strip_prefix("new mode ") {
                header.executable = Some(self.mode(mode)?);
            } else if let Some(index) = line.strip_prefix("index ") {
                if let Some((_, mode)) = index.split_once(' ') {
                    self.mode(mode)?;
                }
            } else if !["old mode ", "similarity ", "dissimilarity "]
                .iter()
                .any(|known| line.starts_with(known))
            {
                break;
            }
            self.at += 1;
        }
        Ok(header)
    }

    /// Whether a mode is that of a program. Other kinds of files are refused.
    fn mode(&self, mode: &str) -> Result<bool, ParseError> {
        match mode.trim() {
            "100755" => Ok(true),
            "120000" => Err(self.error("symbolic links cannot be patched; use a command for them")),
            "160000" => Err(self.error("submodules cannot be patched; use a command for them")),
            // 100644, and 100664 as old versions of git have it.
            _ => Ok(false),
        }
    }

    fn finish(&self, header: FileHeader, hunks: Vec<Hunk>) -> Result<Section, ParseError> {
        let FileHeader { old, new, created, deleted, from, to, copied, executable } = header;
        if let (Some(from), Some(to)) = (from, to) {
            let to = PathBuf::from(to);
            let action = if copied {
                Action::Copy { to, hunks }
            } else {
                Action::Update { move_path: Some(to), hunks }
            };
            return Ok(Section { path: PathBuf::from(from), action, executable });
        }
        let named = |name: &String| !name.is_empty();
        let nothing = old.as_deref() == Some("/dev/null") && new.as_deref() == Some("/dev/null");
        let (Some(old), Some(new), false) = (old.filter(named), new.filter(named), nothing) else {
            return Err(
                self.error("this file of the diff has no name: add `--- a/PATH` and `+++ b/PATH`")
            );
        };
        let prefixed = (old == "/dev/null" || old.starts_with("a/"))
            && (new == "/dev/null" || new.starts_with("b/"));
        let strip = |name: &str| PathBuf::from(if prefixed { &name[2..] } else { name });
        if old == "/dev/null" || created {
            let content = new_text(&hunks).ok_or_else(|| {
                self.error("a new file has no old lines: every line of it begins with `+`")
            })?;
            let action = Action::Add { content };
            return Ok(Section { path: strip(&new), action, executable });
        }
        if new == "/dev/null" || deleted {
            return Ok(Section::new(strip(&old), Action::Delete { hunks }));
        }
        let (path, target) = (strip(&old), strip(&new));
        if hunks.is_empty() && executable.is_none() {
            return Err(self.error(format!("the diff of {} has no hunks", path.display())));
        }
        let move_path = (target != path).then_some(target);
        Ok(Section { path, action: Action::Update { move_path, hunks }, executable })
    }

    /// Reads what the counts ask for, then whatever else looks like the body:
    /// models count badly.
    fn hunk(&mut self, header: Header) -> Result<Hunk, ParseError> {
        let begin = self.at;
        let mut hunk = Hunk { hint: header.hint, ..Hunk::default() };
        hunk.scope.extend(header.scope);
        let (mut old, mut new) = header.counts;
        while let Some(line) = self.peek() {
            let (kind, text) = match line.split_at_checked(1) {
                None if old > 0 && new > 0 => (LineKind::Context, ""),
                Some((" ", text)) => (LineKind::Context, text),
                Some(("-", text)) => (LineKind::Delete, text),
                Some(("+", text)) => (LineKind::Insert, text),
                Some(("\\", _)) => {
                    no_newline(&mut hunk);
                    self.at += 1;
                    continue;
                }
                _ => break,
            };
            let counted = (old, new) == (0, 0);
            if counted && line.trim_end() == "--" || self.next_file_begins(old, new) {
                break;
            }
            match kind {
                LineKind::Context => (old, new) = (old.saturating_sub(1), new.saturating_sub(1)),
                LineKind::Delete => old = old.saturating_sub(1),
                LineKind::Insert => new = new.saturating_sub(1),
            }
            let crlf = self.endings_meant && self.raw[self.at].ends_with('\r');
            hunk.lines.push(HunkLine { kind, text: text.to_owned(), crlf });
            self.at += 1;
        }
        hunk.endings_meant = hunk.lines.iter().any(|line| line.crlf);
        if hunk.lines.iter().all(|line| line.kind == LineKind::Context) {
            self.at = begin.saturating_sub(1);
            return Err(self.error("this hunk changes nothing: it has no `+` and no `-` line"));
        }
        Ok(hunk)
    }

    /// `--- x` and `+++ y` are a line out and a line in where the counts want
    /// exactly these, else they are the header of the next file.
    fn next_file_begins(&self, old: usize, new: usize) -> bool {
        is_header(&self.lines, self.at)
            && match self.lines.get(self.at + 2) {
                Some(line) if line.starts_with("@@ -") => (old, new) != (1, 1),
                _ => (old, new) == (0, 0),
            }
    }
}

/// The text of a new file; none when there are old lines.
fn new_text(hunks: &[Hunk]) -> Option<String> {
    let mut text = String::new();
    for line in hunks.iter().flat_map(|hunk| &hunk.lines) {
        if line.kind != LineKind::Insert {
            return None;
        }
        text.push_str(&line.text);
        text.push_str(if line.crlf { "\r\n" } else { "\n" });
    }
    if hunks.last().is_some_and(|hunk| hunk.final_newline == Some(false)) {
        text.pop();
    }
    Some(text)
}
