//! `file:` URIs and paths. Editors spell them differently: which characters are
//! percent-encoded is up to the profile.

use std::path::{Path, PathBuf};

/// The URI of an absolute path; characters in `also` are percent-encoded besides
/// those that must be.
#[must_use]
pub fn from_path(path: &Path, also: &str) -> String {
    let mut uri = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        let letter = char::from(byte);
        let plain = letter.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@".contains(letter);
        if plain && !also.contains(letter) {
            uri.push(letter);
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// The path of a `file:` URI; none for another scheme or a broken escape.
#[must_use]
pub fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let mut bytes = Vec::with_capacity(rest.len());
    let mut letters = rest.bytes();
    while let Some(byte) = letters.next() {
        if byte == b'%' {
            let digits = [letters.next()?, letters.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let path = PathBuf::from(String::from_utf8(bytes).ok()?);
    path.is_absolute().then_some(path)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn a_path_survives_both_ways() {
        for path in ["/a b/c#d/ü%.rs", "/x/(y)@z,é.txt"] {
            for also in ["", "()@,"] {
                let uri = super::from_path(Path::new(path), also);
                assert_eq!(super::to_path(&uri).as_deref(), Some(Path::new(path)), "{uri}");
            }
        }
        assert_eq!(super::from_path(Path::new("/a b(c)"), "()"), "file:///a%20b%28c%29");
        assert_eq!(super::to_path("untitled:1"), None);
        assert_eq!(super::to_path("file:///a%2"), None);
    }
}
