//! `read_file`: the lines of a file as the person sees them, which may differ
//! from the disk. Reads through the workspace and nowhere else.
//!
//! Lines come without numbers: a model copies what it reads into its patches.
//! The header says which lines they are.

mod directory;

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::location::{self, Location, Reach};
use crate::workspace::{FileText, ReadError, Workspace};

/// Lines in one answer.
const MAX_LINES: usize = 2000;
/// Bytes in one answer, the header aside.
const MAX_BYTES: usize = 64 * 1024;
/// Bytes of one line.
const MAX_LINE_BYTES: usize = 4000;

/// What the model asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ReadFileArgs {
    /// Relative to a workspace folder, or absolute.
    pub path: String,
    /// First line, counted from 1. The first of the file by default.
    #[serde(default, deserialize_with = "count")]
    pub start_line: Option<usize>,
    /// Last line, counted from 1. The last of the file by default.
    #[serde(default, deserialize_with = "count")]
    pub end_line: Option<usize>,
}

/// The lines asked for, or the entries of a directory.
///
/// # Errors
/// For the model to read: what is wrong with the path or the range, and what
/// to do instead.
pub fn read_file(
    workspace: &dyn Workspace,
    args: &ReadFileArgs,
    reach: &Reach,
) -> Result<String, String> {
    let location = location::resolve(workspace, &args.path, reach)?;
    let name = location::display(&workspace.roots(), &location.path);
    match read(workspace, &location) {
        Ok(file) => lines(&name, &file, args),
        Err(ReadError::NotAFile(_)) if location.real.is_dir() => {
            Ok(directory::listing(workspace, &name, &location.real, reach))
        }
        Err(ReadError::NotFound(_)) => Err(directory::missing(workspace, &args.path, reach)),
        Err(
            error @ (ReadError::NotAFile(_)
            | ReadError::NotUtf8(_)
            | ReadError::OutOfStep(_)
            | ReadError::TooLarge { .. }
            | ReadError::Io { .. }),
        ) => Err(error.to_string()),
    }
}

/// The editor's text under the name the editor knows, else the disk's where the
/// links lead.
fn read(workspace: &dyn Workspace, location: &Location) -> Result<FileText, ReadError> {
    match workspace.read(&location.path) {
        Ok(file) if file.version.is_some() => Ok(file),
        _ => workspace.read(&location.real),
    }
}

fn lines(name: &str, file: &FileText, args: &ReadFileArgs) -> Result<String, String> {
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    if text.contains('\0') {
        return Err(format!("{name} is not text: it has NUL bytes"));
    }
    let unsaved = if file.unsaved { ", unsaved in the editor" } else { "" };
    let all: Vec<&str> = text.lines().collect();
    if all.is_empty() {
        return Ok(format!("{name} (empty{unsaved})\n"));
    }
    let first = args.start_line.unwrap_or(1).max(1);
    let last = args.end_line.unwrap_or(all.len()).min(all.len());
    if first > all.len() {
        return Err(format!("{name} has {} lines; start_line {first} is past its end", all.len()));
    }
    if first > last {
        return Err(format!("end_line {last} is before start_line {first}"));
    }
    let mut body = String::new();
    let mut shown = first - 1;
    for line in all.iter().take(last).skip(first - 1).take(MAX_LINES) {
        let line = cut(line, MAX_LINE_BYTES);
        if !body.is_empty() && body.len() + line.len() > MAX_BYTES {
            break;
        }
        body.push_str(&line);
        body.push('\n');
        shown += 1;
    }
    let mut answer = format!("{name} (lines {first}-{shown} of {}{unsaved})\n{body}", all.len());
    if shown < last {
        let next = shown + 1;
        let _ =
            writeln!(answer, "[lines {next}-{last} are left out: read on with start_line {next}]");
    }
    Ok(answer)
}

/// A number of lines. Models also write it as text, and mean "no limit" by a
/// number below 1.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = match &value {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match number {
        Some(number) if number.is_finite() => Ok((number >= 1.0).then_some(number as usize)),
        _ => Err(de::Error::custom(format_args!("{value} is not a number of lines"))),
    }
}

/// A line, shortened where it is long and saying so.
pub(super) fn cut(line: &str, bytes: usize) -> String {
    if line.len() <= bytes {
        return line.to_owned();
    }
    let end = (0..=bytes).rev().find(|&end| line.is_char_boundary(end)).unwrap_or(0);
    let (kept, rest) = line.split_at(end);
    format!("{kept} [{} more bytes in this line]", rest.len())
}

#[cfg(test)]
mod tests;
