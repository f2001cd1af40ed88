//! Which folder would have to be writable for a write that was stopped: small
//! enough that a person can say yes to it. Pure, but for what it asks of `Files`.

use std::path::{Path, PathBuf};

use super::Files;

/// What is in there is the kernel's, and no folder.
const OF_THE_KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// The workspace folder that `target` lies in, else the repository, else the
/// nearest directory above it that exists; `target` is resolved. None where
/// that would be the whole disk, the home directory or something hidden.
pub(super) fn that_suffices(target: &Path, files: &Files<'_>) -> Option<PathBuf> {
    let above = || target.ancestors().skip(1);
    let workspace = files.roots.iter().find(|root| target.starts_with(root));
    let repository = above().find(|path| (files.is_repository)(path) && sensible(path, files));
    let nearest = || above().find(|path| (files.is_directory)(path));
    let found = workspace.map(PathBuf::as_path).or(repository).or_else(nearest);
    found.filter(|folder| sensible(folder, files)).map(Path::to_path_buf)
}

fn sensible(folder: &Path, files: &Files<'_>) -> bool {
    folder.parent().is_some()
        && !files.home.is_some_and(|home| home.starts_with(folder))
        && !files.hidden.iter().any(|hidden| folder.starts_with(hidden))
        && !OF_THE_KERNEL.iter().any(|kernel| folder.starts_with(kernel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_neither_more_than_it_must_be_nor_what_must_stay_closed() {
        let directories =
            ["/", "/srv", "/srv/x", "/home", "/home/u", "/home/u/.ssh", "/home/u/notes", "/proc"];
        let files = Files {
            resolve: &Path::to_path_buf,
            user_may_write: &|_| true,
            host_listens: &|_| false,
            is_directory: &|path| directories.iter().any(|known| path == Path::new(known)),
            is_repository: &|path| path == Path::new("/srv/repo") || path == Path::new("/home/u"),
            roots: &["/w".into()],
            home: Some(Path::new("/home/u")),
            hidden: &["/home/u/.ssh".into()],
        };
        let folder = |target: &str| {
            let folder = that_suffices(Path::new(target), &files);
            folder.map_or("none".to_owned(), |folder| folder.display().to_string())
        };
        assert_eq!(folder("/srv/x/file"), "/srv/x");
        assert_eq!(folder("/srv/x/not/there/file"), "/srv/x");
        assert_eq!(folder("/srv/repo/deep/down/file"), "/srv/repo");
        assert_eq!(folder("/w/deep/file"), "/w");
        assert_eq!(folder("/home/u/notes/file"), "/home/u/notes");
        for closed in ["/file", "/home/file", "/home/u/file", "/home/u/.ssh/id", "/proc/sys/x"] {
            assert_eq!(folder(closed), "none", "{closed}");
        }
    }
}
