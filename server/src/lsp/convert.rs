//! Between the protocol's types and ours: URIs and paths, positions, changes.

use std::{
    ffi::OsString,
    path::{Component, Path, PathBuf},
};

use lsp_types::Uri;

use crate::documents::{Position, PositionEncoding, Range};

/// The file that a URI names: absolute, without `.` and `..`, without a
/// trailing separator, drive letter in upper case. None for a URI that names no
/// local file, such as an untitled document.
pub(crate) fn path_from_uri(uri: &Uri) -> Option<PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let host = uri.authority().map(|authority| authority.host()).unwrap_or_default();
    if !cfg!(windows) && !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return None;
    }
    let decoded = uri.path().decode();
    #[cfg(unix)]
    let path = {
        use std::os::unix::ffi::OsStringExt;
        PathBuf::from(OsString::from_vec(decoded.to_bytes().into_owned()))
    };
    #[cfg(not(unix))]
    let path = {
        let text = decoded.to_string_lossy();
        let text = if host.is_empty() {
            upper_case_drive(text.strip_prefix('/').unwrap_or(&text))
        } else {
            format!(r"\\{host}{text}")
        };
        PathBuf::from(OsString::from(text.replace('/', r"\")))
    };
    path.is_absolute().then(|| normalise(&path))
}

/// The URI of a file, in the spelling of this server.
pub(crate) fn uri_from_path(path: &Path) -> Option<Uri> {
    Uri::from_file_path(path)
}

/// Takes `.` and `..` out, by their names alone.
pub(crate) fn normalise(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                normal.push(component);
            }
        }
    }
    normal
}

/// The path with symbolic links resolved as far as it exists: the name under
/// which the workspace knows the file, whichever the editor uses.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => canonical(parent).join(name),
        _ => path.to_path_buf(),
    }
}

#[cfg(not(unix))]
fn upper_case_drive(path: &str) -> String {
    let mut letters = path.chars();
    match (letters.next(), letters.next()) {
        (Some(drive), Some(':')) => format!("{}{}", drive.to_ascii_uppercase(), &path[1..]),
        _ => path.to_owned(),
    }
}

/// A place of the client, as the documents count.
fn position(at: lsp_types::Position) -> Position {
    Position { line: at.line, character: at.character }
}

/// A range of the client, as the documents count.
pub(crate) fn range(range: lsp_types::Range) -> Range {
    Range { start: position(range.start), end: position(range.end) }
}

/// A range of ours, for the client.
pub(crate) fn lsp_range(range: Range) -> lsp_types::Range {
    let position = |at: Position| lsp_types::Position { line: at.line, character: at.character };
    lsp_types::Range { start: position(range.start), end: position(range.end) }
}

/// The name of an encoding on the wire.
pub(crate) fn encoding_kind(encoding: PositionEncoding) -> lsp_types::PositionEncodingKind {
    match encoding {
        PositionEncoding::Utf8 => lsp_types::PositionEncodingKind::UTF8,
        PositionEncoding::Utf16 => lsp_types::PositionEncodingKind::UTF16,
        PositionEncoding::Utf32 => lsp_types::PositionEncodingKind::UTF32,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn check(uri: &str, path: Option<&str>) {
        let uri: Uri = uri.parse().expect("a URI");
        assert_eq!(path_from_uri(&uri).as_deref(), path.map(Path::new), "{}", uri.as_str());
    }

    #[test]
    fn spellings_of_one_file_give_one_path() {
        for uri in [
            "file:///srv/a%20b/%C3%A9.rs",
            "file:///srv/a%20b/%c3%a9.rs",
            "FILE:///srv/a%20b/%C3%A9.rs",
            "file://localhost/srv/a%20b/%C3%A9.rs",
            "file:///srv/x/../a%20b/./%C3%A9.rs",
            "file:///srv//a%20b/%C3%A9%2Ers/",
        ] {
            check(uri, Some("/srv/a b/é.rs"));
        }
    }

    #[test]
    fn what_is_no_local_file_has_no_path() {
        check("untitled:Untitled-1", None);
        check("git:/srv/a.rs?ref", None);
        check("file://server/share/a.rs", None);
        check("vscode-notebook-cell:/srv/a.ipynb#W0", None);
    }

    #[test]
    fn a_path_survives_the_way_there_and_back() {
        for path in ["/srv/a b#c%d?e.rs", "/srv/é/名.rs", "/srv/[a]+{b}.rs", "/"] {
            let uri = uri_from_path(Path::new(path)).expect("an absolute path");
            assert_eq!(path_from_uri(&uri).as_deref(), Some(Path::new(path)));
        }
    }

    #[test]
    fn links_are_resolved_as_far_as_the_path_exists() {
        let real = tempfile::tempdir().expect("a directory");
        let root = real.path().canonicalize().expect("it exists");
        std::os::unix::fs::symlink(&root, root.join("link")).expect("a link");
        assert_eq!(canonical(&root.join("link/new/a.rs")), root.join("new/a.rs"));
    }
}
