//! Where a path really leads: `..`, absolute paths and links are followed by
//! hand, also where nothing exists yet, so that what is asked about and checked
//! is the place that is written.

use std::{
    collections::VecDeque,
    ffi::OsString,
    io,
    path::{Component, Path, PathBuf},
};

/// Links that are followed before it counts as a circle, as in the kernel.
const MAX_LINKS: usize = 40;

/// Why it is not known where a path leads.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// Nothing was named.
    #[error("the path is empty")]
    Empty,
    /// Links that lead to each other.
    #[error("{} leads in a circle of symbolic links", .0.display())]
    Circle(PathBuf),
    /// The system does not let us look.
    #[error("cannot find out where {} leads: {source}", .path.display())]
    Io {
        /// Absolute path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The absolute path without links that `path` means, seen from `base` (which is
/// absolute). The rest of a path that does not exist is taken as it is spelled.
/// The result may be anywhere: see [`is_within`].
pub fn resolve(base: &Path, path: &Path) -> Result<PathBuf, PathError> {
    if path.as_os_str().is_empty() {
        return Err(PathError::Empty);
    }
    let asked = base.join(path);
    let mut rest: VecDeque<Step> = steps(&asked).collect();
    let mut real = PathBuf::from("/");
    let mut links = 0;
    while let Some(step) = rest.pop_front() {
        let name = match step {
            Step::Root => {
                real = PathBuf::from("/");
                continue;
            }
            Step::Up => {
                real.pop();
                continue;
            }
            Step::Down(name) => name,
        };
        real.push(name);
        match link_target(&real) {
            Ok(None) => {}
            Ok(Some(target)) => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(PathError::Circle(asked));
                }
                real.pop();
                for step in steps(&target).collect::<Vec<_>>().into_iter().rev() {
                    rest.push_front(step);
                }
            }
            Err(source) => return Err(PathError::Io { path: real, source }),
        }
    }
    Ok(real)
}

/// Whether a path that was resolved is one of the roots or below one.
#[must_use]
pub fn is_within(path: &Path, roots: &[PathBuf]) -> bool {
    roots.iter().any(|root| path.starts_with(root))
}

enum Step {
    Root,
    Up,
    Down(OsString),
}

fn steps(path: &Path) -> impl Iterator<Item = Step> {
    path.components().filter_map(|component| match component {
        Component::RootDir | Component::Prefix(_) => Some(Step::Root),
        Component::CurDir => None,
        Component::ParentDir => Some(Step::Up),
        Component::Normal(name) => Some(Step::Down(name.to_owned())),
    })
}

/// None when it is no link or not there.
fn link_target(path: &Path) -> io::Result<Option<PathBuf>> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => path.read_link().map(Some),
        Ok(_) => Ok(None),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
