//! What a command sees of the file system: everything read-only, the writable
//! roots as they are, and its own `/proc`, `/dev`, `/dev/shm` and `/run`.
//!
//! All that is to stay writable is opened first, then `/` becomes read-only with
//! everything below it, then what was opened is put back in its place, outer
//! before inner. Called by `helper` in the namespaces, before Landlock.

use std::{
    io,
    os::fd::{AsFd as _, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, Mode, OFlags, mkdirat, openat, symlinkat},
    mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MountPropagationFlags,
        MoveMountFlags, OpenTreeFlags, UnmountFlags, fsconfig_create, fsconfig_set_flag,
        fsconfig_set_string, fsmount, fsopen, mount, mount_change, move_mount, open_tree, unmount,
    },
};

use super::{Limits, kernel::restrict_mount, namespaces};

/// What of the host's `/run` a command needs: name resolution, and systems that
/// keep their programs there.
const RUN: [&str; 6] = [
    "/run/systemd/resolve",
    "/run/NetworkManager/resolv.conf",
    "/run/resolvconf",
    "/run/current-system",
    "/run/booted-system",
    "/run/opengl-driver",
];

/// Devices that hold nothing, and the terminal, which is one of the command's own.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// What else is found in `/dev`: target and name.
const LINKS: [(&str, &str); 5] = [
    ("pts/ptmx", "ptmx"),
    ("/proc/self/fd", "fd"),
    ("/proc/self/fd/0", "stdin"),
    ("/proc/self/fd/1", "stdout"),
    ("/proc/self/fd/2", "stderr"),
];

/// A view of a directory in which changes go elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Overlay {
    /// What is shown, and stays as it is.
    pub(super) lower: PathBuf,
    /// Takes the changes: an empty directory, or that of an earlier command, and an
    /// empty directory beside it for the kernel. None: memory, for one command.
    pub(super) layer: Option<(PathBuf, PathBuf)>,
}

/// What is mounted. All paths are absolute and free of links, and exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Stay writable; none: everything does.
    pub(super) writable: Option<Vec<PathBuf>>,
    /// Shown with changes going elsewhere.
    pub(super) overlay: Option<Overlay>,
    /// Shown as they are, read-only, within the overlay or what is hidden.
    pub(super) shown: Vec<PathBuf>,
    /// Read-only, also within what is writable.
    pub(super) read_only: Vec<PathBuf>,
    /// As they are, but cannot be renamed or removed.
    pub(super) pinned: Vec<PathBuf>,
    /// Shown empty.
    pub(super) hidden: Vec<PathBuf>,
    /// Processes and threads; none: the usual limit.
    pub(super) tasks: Option<u64>,
}

/// A mount that is not in its place yet.
struct Attachment {
    place: PathBuf,
    /// Of those for the same place, the last is seen.
    layer: Layer,
    mount: OwnedFd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    System,
    Overlay,
    Shown,
    Hidden,
    Writable,
    Pinned,
    ReadOnly,
}

/// Builds the view. Must be called in a mount namespace of the command's own.
/// Gives the sentence why there is no overlay, if one was wanted and cannot be.
///
/// # Errors
/// When the system does not let this user mount what is needed.
pub(super) fn build(plan: &Plan) -> Result<Option<String>, String> {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).map_err(|error| at("mounts")(error.into()))?;
    let mut attachments = Vec::new();
    let without_overlay = from_plan(plan, &mut attachments)?;
    system(plan, &mut attachments).map_err(at("/dev"))?;
    if plan.writable.is_some() && Path::new("/run").is_dir() {
        run(plan, &mut attachments).map_err(at("/run"))?;
    }

    processes().map_err(at("/proc"))?;
    namespaces::limit_tasks(plan.tasks.unwrap_or(Limits::default().tasks));
    let root = open_tree(CWD, "/", OpenTreeFlags::OPEN_TREE_CLOEXEC);
    let root = root.map_err(|error| at("/")(error.into()))?;
    let mut attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    if plan.writable.is_some() {
        attributes |= MountAttrFlags::MOUNT_ATTR_RDONLY;
    }
    restrict_mount(root.as_fd(), attributes, true).map_err(at("/"))?;
    attachments.sort_by_key(|attachment| (attachment.place.components().count(), attachment.layer));
    for Attachment { place, mount, .. } in &attachments {
        let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
        move_mount(mount, "", CWD, place, flags)
            .map_err(|error| at(place.display())(error.into()))?;
    }
    Ok(without_overlay)
}

/// What went wrong, and with what.
fn at(what: impl std::fmt::Display) -> impl FnOnce(io::Error) -> String {
    move |error| format!("{what}: {error}")
}

fn from_plan(plan: &Plan, attachments: &mut Vec<Attachment>) -> Result<Option<String>, String> {
    let harmless = MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOSUID;
    let fixed = harmless | MountAttrFlags::MOUNT_ATTR_RDONLY;
    let copies = [
        (Layer::Shown, fixed, plan.shown.as_slice()),
        (Layer::Writable, harmless, plan.writable.as_deref().unwrap_or_default()),
        (Layer::Pinned, harmless, plan.pinned.as_slice()),
        (Layer::ReadOnly, fixed, plan.read_only.as_slice()),
    ];
    for (layer, attributes, paths) in copies {
        for path in paths {
            let mount = copy(path).map_err(at(path.display()))?;
            restrict_mount(mount.as_fd(), attributes, true).map_err(at(path.display()))?;
            attachments.push(Attachment { place: path.clone(), layer, mount });
        }
    }
    for path in &plan.hidden {
        let mount = if path.is_dir() { blank(path, plan) } else { copy(Path::new("/dev/null")) };
        let mount = mount.map_err(at(path.display()))?;
        attachments.push(Attachment { place: path.clone(), layer: Layer::Hidden, mount });
    }
    let Some(overlay) = &plan.overlay else { return Ok(None) };
    let mount = match &overlay.layer {
        // Not every file system can be a layer, such as that of a container.
        Some((upper, work)) => {
            layered(&overlay.lower, upper, work).or_else(|_| layered_in_memory(&overlay.lower))
        }
        None => layered_in_memory(&overlay.lower),
    };
    match mount {
        Ok(mount) => {
            let place = overlay.lower.clone();
            attachments.push(Attachment { place, layer: Layer::Overlay, mount });
            Ok(None)
        }
        Err(error) => Ok(Some(format!("{}: {error}", overlay.lower.display()))),
    }
}

/// A mount of what is at `path` and below, with its own flags, not in any place yet.
fn copy(path: &Path) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_SYMLINK_NOFOLLOW
        | OpenTreeFlags::AT_RECURSIVE;
    Ok(open_tree(CWD, path, flags)?)
}

fn made(kind: &str, options: &[(&str, &str)], attributes: MountAttrFlags) -> io::Result<OwnedFd> {
    let system = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (name, value) in options {
        fsconfig_set_string(&system, *name, *value)?;
    }
    fsconfig_create(&system)?;
    Ok(fsmount(&system, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?)
}

/// A directory that is empty, but for the places of what is mounted below it,
/// and stays so.
fn blank(path: &Path, plan: &Plan) -> io::Result<OwnedFd> {
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID
        | MountAttrFlags::MOUNT_ATTR_NODEV
        | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let mount = made("tmpfs", &[("mode", "0755"), ("size", "1m")], attributes)?;
    make_places(&mount, path, plan)?;
    restrict_mount(mount.as_fd(), MountAttrFlags::MOUNT_ATTR_RDONLY, false)?;
    Ok(mount)
}

/// Makes the directories and files on which parts of `plan` that lie below
/// `path` are mounted.
fn make_places(mount: &OwnedFd, path: &Path, plan: &Plan) -> io::Result<()> {
    let below = plan.writable.iter().flatten().chain(&plan.shown);
    for (place, target) in
        below.filter_map(|target| Some((target.strip_prefix(path).ok()?, target)))
    {
        make_place(mount, place, target.is_dir())?;
    }
    Ok(())
}

fn make_place(mount: &OwnedFd, place: &Path, directory: bool) -> io::Result<()> {
    let mut made = PathBuf::new();
    for name in if directory { Some(place) } else { place.parent() }.into_iter().flatten() {
        made.push(name);
        match mkdirat(mount, &made, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if !directory {
        let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
        openat(mount, place, flags, Mode::from_raw_mode(0o644))?;
    }
    Ok(())
}

fn layered(lower: &Path, upper: &Path, work: &Path) -> io::Result<OwnedFd> {
    let system = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC)?;
    // A colon would separate layers.
    let lower = lower.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
    let lower = lower.replace('\\', "\\\\").replace(':', "\\:");
    fsconfig_set_string(&system, "lowerdir", lower)?;
    fsconfig_set_string(&system, "upperdir", upper)?;
    fsconfig_set_string(&system, "workdir", work)?;
    // Without the rights of the host's root there are no other attributes.
    fsconfig_set_flag(&system, "userxattr")?;
    fsconfig_create(&system)?;
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    Ok(fsmount(&system, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?)
}

/// A layer that costs a tenth of one on a disk, and needs no removal. It must
/// have a path for a moment: that of `/proc`, which is mounted anew afterwards.
fn layered_in_memory(lower: &Path) -> io::Result<OwnedFd> {
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    let memory = made("tmpfs", &[("mode", "0700"), ("size", "25%")], attributes)?;
    for name in ["upper", "work"] {
        make_place(&memory, Path::new(name), true)?;
    }
    move_mount(&memory, "", CWD, "/proc", MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?;
    let mount = layered(lower, Path::new("/proc/upper"), Path::new("/proc/work"));
    unmount("/proc", UnmountFlags::DETACH)?;
    mount
}

/// Only the command's own processes.
fn processes() -> io::Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    Ok(mount("proc", "/proc", "proc", flags, None)?)
}

/// `/dev` with the names that programs rely on and nothing behind other names:
/// terminals of the command's own, and memory that it shares with nobody.
fn system(plan: &Plan, attachments: &mut Vec<Attachment>) -> io::Result<()> {
    let mut add = |place: &str, mount| {
        attachments.push(Attachment { place: place.into(), layer: Layer::System, mount });
    };
    let quiet = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let dev = made("tmpfs", &[("mode", "0755"), ("size", "64k")], quiet)?;
    for name in ["pts", "shm"] {
        make_place(&dev, Path::new(name), true)?;
    }
    for name in DEVICES {
        make_place(&dev, Path::new(name), false)?;
        let device = format!("/dev/{name}");
        add(&device, copy(Path::new(&device))?);
    }
    for (target, name) in LINKS {
        symlinkat(target, &dev, name)?;
    }
    restrict_mount(dev.as_fd(), MountAttrFlags::MOUNT_ATTR_RDONLY, false)?;
    add("/dev", dev);
    add("/dev/pts", made("devpts", &[("ptmxmode", "0666"), ("mode", "0620")], quiet)?);
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    let shared = made("tmpfs", &[("mode", "1777"), ("size", "25%")], attributes)?;
    make_places(&shared, Path::new("/dev/shm"), plan)?;
    add("/dev/shm", shared);
    Ok(())
}

/// A `/run` without the sockets of the host's daemons.
fn run(plan: &Plan, attachments: &mut Vec<Attachment>) -> io::Result<()> {
    let kept: Vec<PathBuf> =
        RUN.iter().map(PathBuf::from).filter(|path| path.symlink_metadata().is_ok()).collect();
    let mut with_kept = plan.clone();
    for path in kept {
        // A link is followed: what it names lies outside `/run`.
        if path.is_symlink() {
            continue;
        }
        attachments.push(Attachment {
            mount: copy(&path)?,
            place: path.clone(),
            layer: Layer::Shown,
        });
        with_kept.shown.push(path);
    }
    let mount = blank(Path::new("/run"), &with_kept)?;
    attachments.push(Attachment { place: "/run".into(), layer: Layer::System, mount });
    Ok(())
}
