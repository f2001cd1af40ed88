//! Positions in a text, in any of the three encodings, as a strict client reads
//! them. Written apart from the server's own code, so that one checks the other.

use serde_json::Value;

/// How columns are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// By the name that the protocol uses; UTF-16 when the server names none.
    #[must_use]
    pub fn named(name: &Value) -> Self {
        match name.as_str() {
            Some("utf-8") => Self::Utf8,
            Some("utf-32") => Self::Utf32,
            _ => Self::Utf16,
        }
    }

    fn units(self, letter: char) -> usize {
        match self {
            Self::Utf8 => letter.len_utf8(),
            Self::Utf16 => letter.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// The byte offset of a position.
///
/// # Errors
/// When the line does not exist, or the column lies inside a character or beyond
/// the line.
pub fn offset(text: &str, position: &Value, encoding: Encoding) -> Result<usize, String> {
    let line = position["line"].as_u64().ok_or("a position without a line")?;
    let column = position["character"].as_u64().ok_or("a position without a character")?;
    let mut start = 0;
    for _ in 0..line {
        start = next_line(text, start)
            .ok_or_else(|| format!("line {line} is beyond the end of the document"))?;
    }
    let mut left = usize::try_from(column).map_err(|_| "a column out of range".to_owned())?;
    let mut at = start;
    for letter in text[start..].chars() {
        if left == 0 || letter == '\n' || letter == '\r' {
            break;
        }
        left = left
            .checked_sub(encoding.units(letter))
            .ok_or_else(|| format!("{line}:{column} lies inside of {letter:?}"))?;
        at += letter.len_utf8();
    }
    if left > 0 {
        return Err(format!("{line}:{column} is beyond the end of the line"));
    }
    Ok(at)
}

/// The position of a byte offset.
#[must_use]
pub fn position(text: &str, offset: usize, encoding: Encoding) -> Value {
    let (mut line, mut start) = (0, 0);
    while let Some(next) = next_line(text, start) {
        if next > offset {
            break;
        }
        (line, start) = (line + 1, next);
    }
    let column: usize = text[start..offset].chars().map(|letter| encoding.units(letter)).sum();
    serde_json::json!({"line": line, "character": column})
}

/// Where the line after the one at `start` begins.
fn next_line(text: &str, start: usize) -> Option<usize> {
    let end = start + text[start..].find(['\n', '\r'])?;
    let crlf = text[end..].starts_with("\r\n");
    Some(end + if crlf { 2 } else { 1 })
}

/// The ending that most lines have.
#[must_use]
pub fn line_ending(text: &str) -> &'static str {
    let crlf = text.matches("\r\n").count();
    if crlf * 2 > text.matches('\n').count() { "\r\n" } else { "\n" }
}

/// The text with every line ending replaced.
#[must_use]
pub fn with_line_ending(text: &str, ending: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', ending)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Encoding, offset, position};

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    #[test]
    fn offset_and_position_are_inverse_at_every_character() {
        let text = "aé\r\n😀b\n\nlast";
        for encoding in ALL {
            for (at, letter) in text.char_indices() {
                // Between \r and \n there is no position.
                if letter == '\n' && text[..at].ends_with('\r') {
                    continue;
                }
                let place = position(text, at, encoding);
                assert_eq!(offset(text, &place, encoding), Ok(at), "{encoding:?} {place}");
            }
            let end = position(text, text.len(), encoding);
            assert_eq!(offset(text, &end, encoding), Ok(text.len()));
        }
    }

    #[test]
    fn each_encoding_counts_its_own_units() {
        let columns = ALL.map(|encoding| position("é😀x", 6, encoding)["character"].clone());
        assert_eq!(columns, [json!(6), json!(3), json!(2)]);
    }

    #[test]
    fn a_place_that_is_none_is_refused() {
        let at = |line: u32, character: u32, encoding| {
            offset("a\n😀\n", &json!({"line": line, "character": character}), encoding).is_err()
        };
        assert!(at(1, 1, Encoding::Utf16), "inside a surrogate pair");
        assert!(at(1, 3, Encoding::Utf8), "inside a character");
        assert!(at(0, 2, Encoding::Utf8), "beyond the line");
        assert!(at(3, 0, Encoding::Utf8), "beyond the last line");
        assert!(!at(2, 0, Encoding::Utf8), "the empty last line is a line");
    }
}
