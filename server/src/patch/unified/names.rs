//! How git and diff write the names of files.

/// `a/x b/x`, where `x` may have spaces: both halves name the same file, or there
/// is but one way to take them apart.
pub(super) fn git_names(rest: &str) -> Option<(String, String)> {
    if rest.starts_with('"') {
        let end = closing_quote(rest)?;
        return Some((unquote(&rest[..=end]), unquote(rest[end + 1..].trim())));
    }
    let splits = || {
        rest.match_indices(' ')
            .map(|(at, _)| (&rest[..at], unquote(&rest[at + 1..])))
            .filter(|(old, new)| old.starts_with("a/") && new.starts_with("b/"))
    };
    let same = |(old, new): &(&str, String)| old[2..] == new[2..];
    // Directories that were compared have names of their own in front of it.
    let only = || splits().next().filter(|_| splits().count() == 1);
    splits().find(same).or_else(only).map(|(old, new)| (old.to_owned(), new))
}

/// The name in a `---` or `+++` line: a tab ends it, and what diff writes behind.
pub(super) fn file_name(text: &str) -> String {
    if text.starts_with('"') {
        return unquote(text);
    }
    text.split('\t').next().unwrap_or(text).trim_end().to_owned()
}

/// Whether diff says that a file was last written when time began: that is how it
/// says with `-N` that there is none.
pub(super) fn at_epoch(text: &str) -> bool {
    let Some((_, stamp)) = text.rsplit_once('\t') else { return false };
    let mut parts = stamp.split_whitespace();
    let (Some(date), Some(time), Some(zone)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut fields = clock.split(':').map(str::parse::<i64>);
    let (Some(Ok(hours)), Some(Ok(minutes)), Some(Ok(0)), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return false;
    };
    let Ok(zone) = zone.parse::<i64>() else { return false };
    let day = match date {
        "1970-01-01" => 0,
        "1969-12-31" => -24 * 60,
        _ => return false,
    };
    let offset = zone / 100 * 60 + zone % 100;
    fraction.bytes().all(|digit| digit == b'0') && day + hours * 60 + minutes == offset
}

fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// Undoes git's quoting of names with special characters.
pub(super) fn unquote(text: &str) -> String {
    let text = text.trim_end();
    let Some(end) = text.starts_with('"').then(|| closing_quote(text)).flatten() else {
        return text.to_owned();
    };
    let mut bytes = Vec::with_capacity(end);
    let mut rest = text.as_bytes()[1..end].iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    if let Some(digit) = rest.next_if(|next| (b'0'..=b'7').contains(next)) {
                        value = value * 8 + u32::from(digit - b'0');
                    }
                }
                bytes.push(value.to_le_bytes()[0]);
            }
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b'a') => bytes.push(7),
            Some(b'b') => bytes.push(8),
            Some(b'v') => bytes.push(11),
            Some(b'f') => bytes.push(12),
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
