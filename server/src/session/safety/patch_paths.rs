//! Where a patch would write, measured against where it may. Pure: the paths
//! are resolved by whoever calls, links included.

use std::path::{Component, Path, PathBuf};

use crate::tools::location;

/// Directories of the system, below which no root is ever offered.
const SYSTEM: [&str; 11] =
    ["bin", "boot", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "usr"];

/// What a person has to be asked before a patch is applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatchAssessment {
    /// The paths outside every writable root, in the order given, once each.
    /// Empty: the patch stays where it may write.
    pub outside: Vec<PathBuf>,
    /// One directory that covers all of them and is narrow enough to be
    /// granted for the session; none when there is no such directory.
    pub grant_root: Option<PathBuf>,
}

/// Sorts the paths of a patch, sources and targets alike. All are absolute and
/// free of links; one that is not absolute, or still has `..`, counts as outside.
#[must_use]
pub fn assess_patch(paths: &[PathBuf], writable_roots: &[PathBuf]) -> PatchAssessment {
    let mut outside: Vec<PathBuf> = Vec::new();
    for path in paths {
        let inside = is_plain(path) && writable_roots.iter().any(|root| path.starts_with(root));
        if !inside && !outside.contains(path) {
            outside.push(path.clone());
        }
    }
    let grant_root = common_directory(&outside).filter(|directory| may_be_granted(directory));
    PatchAssessment { outside, grant_root }
}

fn is_plain(path: &Path) -> bool {
    path.is_absolute() && !path.components().any(|component| component == Component::ParentDir)
}

fn common_directory(paths: &[PathBuf]) -> Option<PathBuf> {
    let (first, rest) = paths.split_first()?;
    let mut common = first.parent()?;
    if !paths.iter().all(|path| is_plain(path)) {
        return None;
    }
    while !rest.iter().all(|path| path.parent().is_some_and(|parent| parent.starts_with(common))) {
        common = common.parent()?;
    }
    Some(common.to_path_buf())
}

/// Neither the whole disk, nor a whole home directory, nor the system, nor a
/// place for keys.
fn may_be_granted(directory: &Path) -> bool {
    let names: Vec<_> = directory
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy()),
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => None,
        })
        .collect();
    match names.as_slice() {
        [] | [_] => false,
        [top, ..] if SYSTEM.contains(&top.as_ref()) => false,
        [top, _] if matches!(top.as_ref(), "home" | "Users") => false,
        _ => !location::names_a_secret(directory),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(paths: &[&str], expected: &Expect) {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let roots = [PathBuf::from("/w/project"), PathBuf::from("/srv/extra")];
        let found = assess_patch(&paths, &roots);
        let mut text: Vec<String> =
            found.outside.iter().map(|path| format!("outside {}", path.display())).collect();
        text.push(match found.grant_root {
            Some(root) => format!("grant {}", root.display()),
            None => "no grant".to_owned(),
        });
        expected.assert_eq(&text.join("\n"));
    }

    #[test]
    fn paths_in_writable_roots_need_nothing() {
        check(&["/w/project/a.rs", "/srv/extra/deep/b.rs", "/w/project"], &expect!["no grant"]);
    }

    #[test]
    fn a_root_covers_all_outside_paths() {
        check(
            &["/w/other/src/a.rs", "/w/project/b.rs", "/w/other/tests/c.rs", "/w/other/src/a.rs"],
            &expect![[r"
                outside /w/other/src/a.rs
                outside /w/other/tests/c.rs
                grant /w/other"]],
        );
        check(
            &["/w/project-two/a.rs"],
            &expect![[r"
                outside /w/project-two/a.rs
                grant /w/project-two"]],
        );
        check(
            &["/home/jo/notes/a.md"],
            &expect![[r"
                outside /home/jo/notes/a.md
                grant /home/jo/notes"]],
        );
    }

    #[test]
    fn a_root_that_is_too_wide_is_not_offered() {
        for (paths, why) in [
            (&["/a.rs"][..], "the whole disk"),
            (&["/w/a.rs"], "a top directory"),
            (&["/w/one/a.rs", "/v/two/b.rs"], "the whole disk"),
            (&["/home/jo/.bashrc"], "a home directory"),
            (&["/Users/jo/.zshrc"], "a home directory"),
            (&["/home/jo/a/x", "/home/jo/b/y"], "a home directory"),
            (&["/home/jo/a/x", "/home/ann/b/y"], "all home directories"),
            (&["/root/.profile"], "a home directory"),
            (&["/etc/nginx/conf.d/site.conf"], "the system"),
            (&["/usr/local/bin/tool"], "the system"),
            (&["/home/jo/.ssh/authorized_keys"], "keys"),
            (&["relative/a.rs"], "not absolute"),
            (&["/w/other/../../etc/x"], "not resolved"),
        ] {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            let found = assess_patch(&paths, &[PathBuf::from("/w/project")]);
            assert_eq!(found.outside, paths, "{why}");
            assert_eq!(found.grant_root, None, "{why}");
        }
    }

    #[test]
    fn what_is_not_resolved_is_outside() {
        check(
            &["/w/project/../../etc/passwd"],
            &expect![[r"
                outside /w/project/../../etc/passwd
                no grant"]],
        );
    }
}
