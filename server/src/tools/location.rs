//! Which file a model means by a path, and whether it may see it. Used by
//! `read_file` and `search`; the texts themselves come from the workspace.

use std::{
    ffi::OsStr,
    path::{Component, Path, PathBuf},
};

use crate::workspace::{ReadError, Workspace};

/// Names that hold keys wherever they stand.
const SECRET_NAMES: [&str; 7] =
    [".ssh", ".gnupg", ".aws", ".azure", ".netrc", ".pgpass", ".git-credentials"];

/// Names that hold keys in a directory of that name; elsewhere, and beside
/// them, projects keep ordinary files.
const SECRET_PAIRS: [(&str, &str); 6] = [
    (".docker", "config.json"),
    (".kube", "config"),
    (".config", "gcloud"),
    ("gh", "hosts.yml"),
    (".cargo", "credentials.toml"),
    (".cargo", "credentials"),
];

/// Links that are followed in one path, as in the kernel.
const MAX_LINKS: usize = 40;

/// What may be read besides the workspace.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Whether files outside the workspace folders may be read: the policy's
    /// full read access.
    pub outside_ok: bool,
    /// Absolute paths that are refused with all below them, such as Tiro's own
    /// configuration directory. The usual places of keys are always refused.
    pub hidden: Vec<PathBuf>,
}

impl Reach {
    /// Whether a path is among what is never shown, also inside the workspace.
    #[must_use]
    pub fn hides(&self, path: &Path) -> bool {
        names_a_secret(path)
            || self
                .hidden
                .iter()
                .any(|hidden| path.starts_with(hidden) || path.starts_with(real_path(hidden)))
    }
}

/// A place on disk or in the editor that may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Absolute, without `.` and `..`: how an editor knows it.
    pub path: PathBuf,
    /// The same with links resolved, as far as it exists.
    pub real: PathBuf,
}

/// Whether a path goes through a place where keys are kept.
#[must_use]
pub fn names_a_secret(path: &Path) -> bool {
    let mut previous = OsStr::new("");
    for component in path.components() {
        let Component::Normal(name) = component else { continue };
        let is_secret = SECRET_NAMES.iter().any(|secret| name == *secret)
            || SECRET_PAIRS.iter().any(|(parent, secret)| previous == *parent && name == *secret);
        if is_secret {
            return true;
        }
        previous = name;
    }
    false
}

/// Finds what `path` means: absolute, or below the first root that has it, or
/// starting with the name of one of several workspace folders. A path that
/// exists nowhere is taken to be where its directory exists, or else below the
/// first root.
///
/// # Errors
/// For the model to read: when the path leads to where it may not look.
pub fn resolve(workspace: &dyn Workspace, path: &str, reach: &Reach) -> Result<Location, String> {
    let roots = workspace.roots();
    let asked = Path::new(path.trim());
    if asked.as_os_str().is_empty() || path.contains('\0') {
        return Err("the path is empty or no path; name a file of the workspace".to_owned());
    }
    let found = if asked.is_absolute() {
        normalized(asked)
    } else {
        let below = roots.iter().map(|root| root.join(asked));
        let named = roots.iter().filter_map(|root| Some(root.parent()?.join(asked)));
        let named = named.filter(|path| {
            roots.len() > 1 && roots.iter().any(|root| normalized(path).starts_with(root))
        });
        let candidates: Vec<PathBuf> = below.chain(named).map(|path| normalized(&path)).collect();
        let has_room = |path: &&PathBuf| path.parent().is_some_and(Path::is_dir);
        candidates
            .iter()
            .find(|candidate| exists(workspace, candidate))
            .or_else(|| candidates.iter().find(has_room))
            .or_else(|| candidates.first())
            .ok_or("there is no workspace folder to look in")?
            .clone()
    };
    let real = real_path(&found);
    if reach.hides(&found) || reach.hides(&real) {
        return Err(format!("{path} is where keys are kept, so it is neither read nor changed"));
    }
    if !reach.outside_ok && !roots.iter().any(|root| real.starts_with(root)) {
        return Err(format!(
            "{path} is outside the workspace and the sandbox policy does not let it be read; \
             stay below {}",
            roots.first().map_or_else(String::new, |root| root.display().to_string())
        ));
    }
    Ok(Location { path: found, real })
}

/// How a path is written for the model, so that every tool understands it:
/// relative to the first root, absolute elsewhere.
#[must_use]
pub fn display(roots: &[PathBuf], path: &Path) -> String {
    let relative = roots.first().and_then(|root| path.strip_prefix(root).ok());
    match relative {
        Some(relative) if relative.as_os_str().is_empty() => ".".to_owned(),
        Some(relative) => relative.display().to_string(),
        None => path.display().to_string(),
    }
}

fn exists(workspace: &dyn Workspace, path: &Path) -> bool {
    path.exists() || !matches!(workspace.read(path), Err(ReadError::NotFound(_)))
}

/// Without `.` and `..`, by name alone.
fn normalized(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                plain.push(component);
            }
        }
    }
    plain
}

/// Where a path leads, links followed by hand: also one that leads to where
/// nothing is yet, which a write would go through.
fn real_path(path: &Path) -> PathBuf {
    let mut rest: Vec<PathBuf> = pieces(path);
    let mut real = PathBuf::new();
    let mut links = 0;
    while let Some(piece) = rest.pop() {
        if piece.as_os_str() == ".." {
            real.pop();
            continue;
        }
        // A piece from the root replaces all before it.
        real.push(piece);
        // A circle ends as a path that cannot be opened.
        if links < MAX_LINKS
            && let Ok(target) = real.read_link()
        {
            links += 1;
            real.pop();
            rest.extend(pieces(&target));
        }
    }
    real
}

/// The components, the last one first.
fn pieces(path: &Path) -> Vec<PathBuf> {
    let components = path.components().filter(|component| *component != Component::CurDir);
    let mut pieces: Vec<PathBuf> =
        components.map(|component| PathBuf::from(component.as_os_str())).collect();
    pieces.reverse();
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::test_workspace::TestWorkspace;

    #[test]
    fn keys_are_known_by_their_places() {
        for (path, expected) in [
            ("/home/jo/.ssh/id_ed25519", true),
            ("~/.ssh", true),
            (".aws/credentials", true),
            ("/home/jo/.netrc", true),
            ("/home/jo/.docker/config.json", true),
            ("/home/jo/.config/gcloud/x.db", true),
            ("/home/jo/.config/gh/hosts.yml", true),
            ("/w/.docker/nginx.conf", false),
            ("/w/config.json", false),
            ("/w/src/ssh/.sshrc", false),
            ("/w/.cargo/config.toml", false),
            ("", false),
        ] {
            assert_eq!(names_a_secret(Path::new(path)), expected, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_to_where_nothing_is_yet() {
        let workspace = TestWorkspace::new(&[("src/a.rs", "")]);
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, workspace.path(name)).unwrap();
        };
        link("../nowhere", "out");
        link("src", "in");
        link("in/../../deep/er", "winding");
        link("circle", "circle");
        for (path, expected) in [
            ("src/a.rs", "/tmp/project/src/a.rs"),
            ("src/new/b.rs", "/tmp/project/src/new/b.rs"),
            ("in/new.rs", "/tmp/project/src/new.rs"),
            ("out", "/tmp/nowhere"),
            ("out/x", "/tmp/nowhere/x"),
            ("winding", "/tmp/deep/er"),
            ("circle/x", "/tmp/project/circle/x"),
        ] {
            let real = real_path(&workspace.path(path)).display().to_string();
            assert_eq!(workspace.without_place(&real), expected, "{path}");
        }
        let closed = resolve(&workspace, "out", &Reach::default());
        assert!(closed.is_err_and(|error| error.contains("outside the workspace")));
    }

    #[test]
    fn a_new_file_belongs_where_its_directory_is() {
        let mut workspace = TestWorkspace::new(&[("src/a.rs", ""), ("../second/lib/b.rs", "")]);
        workspace.roots.push(workspace.path("../second").canonicalize().unwrap());
        for (path, expected) in [
            ("src/new.rs", "/tmp/project/src/new.rs"),
            ("lib/new.rs", "/tmp/second/lib/new.rs"),
            ("second/lib/new.rs", "/tmp/second/lib/new.rs"),
            ("second/new.rs", "/tmp/second/new.rs"),
            ("new.rs", "/tmp/project/new.rs"),
            ("quite/new.rs", "/tmp/project/quite/new.rs"),
        ] {
            let found = resolve(&workspace, path, &Reach::default()).unwrap();
            assert_eq!(workspace.without_place(&found.real.display().to_string()), expected);
        }
    }

    #[test]
    fn paths_are_written_so_that_every_tool_finds_them() {
        let roots = [PathBuf::from("/w/one"), PathBuf::from("/w/two")];
        for (path, expected) in [
            ("/w/one/src/a.rs", "src/a.rs"),
            ("/w/one", "."),
            ("/w/two/a.rs", "/w/two/a.rs"),
            ("/w/onesie", "/w/onesie"),
        ] {
            assert_eq!(display(&roots, Path::new(path)), expected);
        }
    }
}
