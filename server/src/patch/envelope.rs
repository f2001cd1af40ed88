//! The `*** Begin Patch` format.

use std::path::PathBuf;

use super::{Action, Hunk, HunkLine, LineKind, ParseError, Section, unified};

const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";
const ADD: &str = "*** Add File:";
const DELETE: &str = "*** Delete File:";
const UPDATE: &str = "*** Update File:";
const MOVE: &str = "*** Move to:";
const END_OF_FILE: &str = "*** End of File";

/// The first line that opens an envelope.
pub(super) fn begins_at(text: &str) -> Option<usize> {
    text.lines().position(|line| line.trim() == BEGIN)
}

/// Reads the sections of every envelope; what stands outside is ignored.
pub(super) fn parse(text: &str) -> Result<Vec<Section>, ParseError> {
    let lines: Vec<&str> = text.lines().collect();
    let mut sections = Vec::new();
    let mut at = 0;
    while let Some(begin) = lines[at..].iter().position(|line| line.trim() == BEGIN) {
        let first = at + begin + 1;
        let Some(length) = lines[first..].iter().position(|line| line.trim_end() == END) else {
            return Err(ParseError::at(
                lines.len(),
                format!("the patch has no `{END}`: it was cut off; write it again as a whole"),
            ));
        };
        let inside = &lines[first..first + length];
        let inner = || inside.join("\n");
        if inside.iter().any(|line| is_section(line)) || unified::begins_at(&inner()).is_none() {
            let mut reader = Reader { lines: inside, at: 0, first };
            reader.sections(&mut sections)?;
        } else {
            sections.extend(unified::parse(&inner(), first)?);
        }
        at = first + length + 1;
    }
    Ok(sections)
}

fn is_section(line: &str) -> bool {
    [ADD, DELETE, UPDATE].iter().any(|marker| line.starts_with(marker))
}

struct Reader<'a> {
    lines: &'a [&'a str],
    at: usize,
    /// Lines of the whole text before the first of `lines`.
    first: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError::at(self.first + self.at + 1, message)
    }

    /// The path behind a marker, when the next line has the marker.
    fn marked(&mut self, marker: &str) -> Result<Option<PathBuf>, ParseError> {
        let Some(rest) = self.peek().and_then(|line| line.strip_prefix(marker)) else {
            return Ok(None);
        };
        let path = rest.trim();
        if path.is_empty() {
            return Err(self.error(format!("`{marker}` needs a path behind it")));
        }
        self.at += 1;
        Ok(Some(PathBuf::from(path)))
    }

    fn sections(&mut self, sections: &mut Vec<Section>) -> Result<(), ParseError> {
        while let Some(line) = self.peek() {
            if line.trim().is_empty() {
                self.at += 1;
            } else if let Some(path) = self.marked(ADD)? {
                let content = self.added()?;
                sections.push(Section::new(path, Action::Add { content }));
            } else if let Some(path) = self.marked(DELETE)? {
                sections.push(Section::new(path, Action::Delete { hunks: Vec::new() }));
            } else if let Some(path) = self.marked(UPDATE)? {
                let move_path = self.marked(MOVE)?;
                let hunks = self.hunks()?;
                if hunks.is_empty() && move_path.is_none() {
                    return Err(self.error(format!(
                        "the update of {} has no lines to change",
                        path.display()
                    )));
                }
                sections.push(Section::new(path, Action::Update { move_path, hunks }));
            } else {
                return Err(self
                    .error(format!("expected `{ADD} PATH`, `{DELETE} PATH` or `{UPDATE} PATH`")));
            }
        }
        Ok(())
    }

    fn added(&mut self) -> Result<String, ParseError> {
        let mut content = String::new();
        while let Some(line) = self.peek() {
            if let Some(text) = line.strip_prefix('+') {
                content.push_str(text);
                content.push('\n');
            } else if line.starts_with("***") {
                break;
            } else if !line.trim().is_empty() {
                return Err(self.error("every line of an added file begins with `+`"));
            } else if self.lines[self.at..]
                .iter()
                .find(|line| !line.trim().is_empty())
                .is_some_and(|next| next.starts_with('+'))
            {
                content.push('\n');
            }
            self.at += 1;
        }
        Ok(content)
    }

    fn hunks(&mut self) -> Result<Vec<Hunk>, ParseError> {
        let mut hunks = Vec::new();
        loop {
            let mut hunk = Hunk::default();
            let begin = self.at;
            while let Some(header) = self.peek().and_then(|line| line.strip_prefix("@@")) {
                match unified::hunk_header(&format!("@@{header}")) {
                    Some(numbered) => {
                        hunk.hint = numbered.hint;
                        hunk.scope.extend(numbered.scope);
                    }
                    None => {
                        let scope = header.trim().strip_suffix("@@").unwrap_or(header).trim_end();
                        let scope = scope.strip_prefix(' ').unwrap_or(scope);
                        if !scope.trim().is_empty() {
                            hunk.scope.push(scope.to_owned());
                        }
                    }
                }
                self.at += 1;
            }
            self.body(&mut hunk)?;
            if hunk.lines.iter().any(|line| line.kind != LineKind::Context) {
                hunks.push(hunk);
            } else if hunk.lines.iter().any(|line| !line.text.is_empty()) {
                self.at = begin;
                return Err(self.error("this hunk changes nothing: it has no `+` and no `-` line"));
            }
            match self.peek() {
                Some(line) if line.starts_with("@@") => {}
                _ => return Ok(hunks),
            }
        }
    }

    fn body(&mut self, hunk: &mut Hunk) -> Result<(), ParseError> {
        while let Some(line) = self.peek() {
            if line.trim_end() == END_OF_FILE {
                hunk.at_end = true;
                self.at += 1;
                // Only a new hunk or section may follow.
                while self.peek().is_some_and(|line| line.trim().is_empty()) {
                    self.at += 1;
                }
                return Ok(());
            }
            if line.starts_with("@@") || line.starts_with("***") {
                return Ok(());
            }
            let (kind, text) = match line.split_at_checked(1) {
                None => (LineKind::Context, ""),
                Some((" ", text)) => (LineKind::Context, text),
                Some(("-", text)) => (LineKind::Delete, text),
                Some(("+", text)) => (LineKind::Insert, text),
                Some(("\\", _)) => {
                    unified::no_newline(hunk);
                    self.at += 1;
                    continue;
                }
                Some(_) => {
                    return Err(self.error(
                        "a line of a hunk begins with a space (context), `-` (taken out) or `+` (put in)",
                    ));
                }
            };
            hunk.lines.push(HunkLine { kind, text: text.to_owned(), crlf: false });
            self.at += 1;
        }
        Ok(())
    }
}
