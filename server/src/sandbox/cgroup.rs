//! A control group of a command's own, which bounds the memory of all its
//! processes together. Only where the system lets this user make one: version 2,
//! delegated. Made by the keeper, entered by the command.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::temporary::{self, Lock};

const PREFIX: &str = "tiro-run-";
const FILES: &str = "/sys/fs/cgroup";

/// One group, which is removed with this value and what is left in it ended.
#[derive(Debug)]
pub(super) struct Group {
    path: PathBuf,
    /// Held while it is in use; see `temporary`.
    _lock: Option<std::os::fd::OwnedFd>,
}

impl Group {
    /// A new group that holds `memory` bytes and `tasks` processes and threads.
    ///
    /// # Errors
    /// The sentence why there can be none.
    pub(super) fn new(memory: u64, tasks: u64) -> Result<Self, String> {
        let place = place()?;
        sweep_in(&place);
        let group = Self::made_in(&place)?;
        group.set("memory.max", &memory.to_string())?;
        // Swapping would only make it slow, and one of its processes is no use alone.
        let _ = group.set("memory.swap.max", "0");
        let _ = group.set("memory.oom.group", "1");
        // Without this controller the other limit on tasks is still there.
        let _ = group.set("pids.max", &tasks.to_string());
        Ok(group)
    }

    /// Another keeper may sweep it up before it is locked.
    fn made_in(place: &Path) -> Result<Self, String> {
        const TRIES: usize = 100;
        for _ in 0..TRIES {
            let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place);
            let path = made.map_err(|error| at(place, &error))?.keep();
            match lock(&path) {
                Lock::Held(lock) => return Ok(Self { path, _lock: Some(lock) }),
                Lock::Impossible => return Ok(Self { path, _lock: None }),
                Lock::Taken => {}
            }
        }
        Err(format!("{}: others keep removing it", place.display()))
    }

    /// Whether the kernel ended processes in it for want of memory.
    pub(super) fn ran_out(&self) -> bool {
        killed(&read(self.path.join("memory.events")))
    }

    /// Puts the calling process into it, and with it all that come of it.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(super) fn enter(&self) -> Result<(), String> {
        self.set("cgroup.procs", "0")
    }

    fn set(&self, name: &str, value: &str) -> Result<(), String> {
        let path = self.path.join(name);
        write(&path, value).map_err(|error| at(&path, &error))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Whether a group could be made here; else the sentence why not.
pub(super) fn probe() -> Result<(), String> {
    let place = place()?;
    let can = Group::made_in(&place)?.path.join("memory.max").exists();
    can.then_some(()).ok_or_else(|| format!("{}: no memory controller", place.display()))
}

/// A directory below which groups with a memory limit can be made: this
/// process's own, or the one above when the kernel lets no group with processes
/// in it have others with limits.
fn place() -> Result<PathBuf, String> {
    let own = own(&read("/proc/self/cgroup"), &read("/proc/self/mountinfo"))
        .ok_or("no control groups of version 2 are mounted")?;
    let mut reason = String::new();
    for place in own.ancestors().take(2).filter(|place| place.starts_with(FILES)) {
        match usable(place) {
            Ok(()) => return Ok(place.to_path_buf()),
            Err(problem) => reason = problem,
        }
    }
    Err(reason)
}

fn usable(place: &Path) -> Result<(), String> {
    let has = |name: &str| {
        let path = place.join(name);
        read(&path).split_whitespace().any(|controller| controller == "memory")
    };
    if !has("cgroup.controllers") {
        return Err(format!("{} has no memory controller", place.display()));
    }
    // Making a group needs the one, moving a process into it the other.
    for path in [place.to_path_buf(), place.join("cgroup.procs")] {
        rustix::fs::access(&path, rustix::fs::Access::WRITE_OK)
            .map_err(|error| at(&path, &error.into()))?;
    }
    if !has("cgroup.subtree_control") {
        let control = place.join("cgroup.subtree_control");
        write(&control, "+memory").map_err(|error| at(&control, &error))?;
        let _ = write(&control, "+pids");
    }
    Ok(())
}

/// Whether `memory.events` tells of processes that were ended.
fn killed(events: &str) -> bool {
    let count = events.lines().find_map(|line| line.strip_prefix("oom_kill "));
    count.is_some_and(|count| count.trim() != "0")
}

/// The directory of this process's group in version 2: its line in
/// `/proc/self/cgroup` below where `mountinfo` has the hierarchy.
fn own(groups: &str, mounts: &str) -> Option<PathBuf> {
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mounted = mounts.lines().find_map(|line| {
        let (mount, system) = line.split_once(" - ")?;
        let fields: Vec<&str> = mount.split_whitespace().collect();
        let (root, place) = (fields.get(3)?, fields.get(4)?);
        system.starts_with("cgroup2 ").then(|| (root.to_string(), PathBuf::from(place)))
    })?;
    // In a container the hierarchy may be mounted from somewhere below its root.
    let below = Path::new(group).strip_prefix(&mounted.0).ok()?;
    let outside = below.components().any(|part| part == std::path::Component::ParentDir);
    (!outside).then(|| mounted.1.join(below))
}

/// Removes the groups of keepers that were killed.
fn sweep_in(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if let Lock::Held(_lock) = if ours { lock(&entry.path()) } else { Lock::Taken } {
            remove(&entry.path());
        }
    }
}

fn lock(group: &Path) -> Lock {
    temporary::lock(rustix::fs::CWD, group.as_os_str())
}

fn remove(group: &Path) {
    const TRIES: u32 = 1000;
    let _ = write(&group.join("cgroup.kill"), "1");
    for _ in 0..TRIES {
        match fs::remove_dir(group) {
            // Its processes are being killed.
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => std::thread::yield_now(),
            _ => return,
        }
    }
}

fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn read(path: impl AsRef<Path>) -> String {
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel, not of the project")]
    fs::read_to_string(path).unwrap_or_default()
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel, not of the project")]
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_group_is_found_wherever_the_hierarchy_is_mounted() {
        let unified = "30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n";
        let hybrid = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
            41 31 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let container = "30 23 0:26 /box/one /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
        let check = |groups: &str, mounts: &str, expected: Option<&str>| {
            assert_eq!(own(groups, mounts), expected.map(PathBuf::from), "{groups} {mounts}");
        };
        check("0::/a.slice/b\n", unified, Some("/sys/fs/cgroup/a.slice/b"));
        check("9:cpu:/x\n0::/\n", hybrid, Some("/sys/fs/cgroup/unified/"));
        check("0::/box/one/c\n", container, Some("/sys/fs/cgroup/c"));
        check("0::/other\n", container, None);
        check("0::/box/one/../two\n", container, None);
        check("9:cpu:/x\n", hybrid, None);
        check("0::/a\n", "23 1 0:1 / / rw - ext4 /dev/vda rw\n", None);
    }

    #[test]
    fn what_was_ended_for_want_of_memory_is_known() {
        assert!(killed("low 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 1\n"));
        assert!(!killed("low 0\nmax 12\noom 0\noom_kill 0\noom_group_kill 0\n"));
        assert!(!killed(""));
    }

    #[test]
    fn a_place_without_the_controller_says_so() {
        let place = tempfile::tempdir().expect("room");
        let problem = usable(place.path()).expect_err("no group");
        assert!(problem.ends_with("has no memory controller"), "{problem}");
    }

    #[test]
    fn a_group_can_be_made_or_there_is_a_reason() {
        match (probe(), Group::new(64 << 20, 50)) {
            (Ok(()), Ok(group)) => {
                let path = group.path.clone();
                assert_eq!(read(path.join("memory.max")).trim(), "67108864");
                drop(group);
                assert!(!path.exists());
            }
            (Err(reason), Err(same)) => assert!(!reason.is_empty() && !same.is_empty()),
            (probed, made) => panic!("{probed:?}, but {made:?}"),
        }
    }
}
