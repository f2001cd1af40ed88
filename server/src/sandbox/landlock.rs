//! Landlock: which files a command may read, write and execute, which ports it
//! may use, and that it can signal nothing outside. Called by `helper`, last
//! but one before the command.
//!
//! Rules only ever add rights: nothing inside a writable root can be taken away
//! here, and chmod, chown, times and extended attributes are not covered.

use std::{
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath,
    Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
    make_bitflags,
};
use rustix::{
    fs::{FileType, Mode, OFlags},
    io::Errno,
};

use super::{
    kernel,
    policy::{DEVICES, Readable, Restrictions, Writable},
};

/// The oldest version with which a command is run: the first that covers truncation.
pub(super) const REQUIRED: ABI = ABI::V3;
/// The newest version whose rights are asked for.
const NEWEST: ABI = ABI::V9;

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{Execute | ReadFile | ReadDir});
/// What also applies to a file that is no directory.
const FILE: BitFlags<AccessFs> =
    make_bitflags!(AccessFs::{Execute | ReadFile | WriteFile | Truncate | IoctlDev});

/// What namespaces and mounts change about the rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    /// The network is the command's own, so that its ports need no rules.
    pub(super) own_network: bool,
    /// `/dev` is the command's own, with its terminals.
    pub(super) own_devices: bool,
    /// Written as well: what no one else sees.
    pub(super) writable: Vec<PathBuf>,
    /// Not read, where nothing is mounted over them.
    pub(super) unreadable: Vec<PathBuf>,
}

/// Puts the rules in force for this process and all that come of it.
///
/// # Errors
/// When the kernel cannot enforce what is required, or a root is not there.
pub(super) fn restrict(restrictions: &Restrictions, around: &Around) -> Result<(), String> {
    let free = restrictions.network || around.own_network;
    let mut rules = ruleset(free).map_err(|error| match kernel::landlock_abi() {
        0 => "Landlock is not there: Linux 6.2 or newer is needed, started with landlock in `lsm=`"
            .to_owned(),
        abi @ 1..=2 => {
            format!("this kernel has Landlock ABI {abi} and 3 is needed: Linux 6.2 or newer")
        }
        _ => format!("this kernel cannot restrict file access: {error}"),
    })?;
    match &restrictions.readable {
        Readable::Everything => {
            rules = allow_all_but(rules, Path::new("/"), &around.unreadable)?;
        }
        Readable::Below(paths) => {
            for path in paths {
                rules = allow(rules, path, READ)?;
            }
        }
    }
    for device in DEVICES {
        let access = make_bitflags!(AccessFs::{ReadFile | WriteFile | Truncate});
        rules = allow(rules, Path::new(device), access)?;
    }
    if around.own_devices {
        for terminals in ["/dev/pts", "/dev/tty"] {
            let access =
                make_bitflags!(AccessFs::{ReadFile | ReadDir | WriteFile | Truncate | IoctlDev});
            rules = allow(rules, Path::new(terminals), access)?;
        }
    }
    for path in &around.writable {
        rules = allow(rules, path, writing())?;
    }
    match &restrictions.writable {
        Writable::Everything => rules = allow(rules, Path::new("/"), writing())?,
        Writable::Below(roots) => {
            for root in roots {
                let granted = match open(root) {
                    Ok((file, true)) => add(rules, root, file, writing()),
                    Ok((_, false)) => Err(not_granted(root, &"it is not a directory")),
                    Err(error) => Err(not_granted(root, &error)),
                };
                rules = granted?;
            }
        }
    }
    let status = rules.restrict_self().map_err(|error| error.to_string())?;
    match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced if status.no_new_privs => {
            Ok(())
        }
        _ => Err("the kernel did not put the Landlock rules in force".to_owned()),
    }
}

/// Everything a writable root gives: all but making devices, talking to them,
/// and reaching sockets that others listen on.
fn writing() -> BitFlags<AccessFs> {
    let kept_back = make_bitflags!(AccessFs::{MakeChar | MakeBlock | IoctlDev | ResolveUnix});
    AccessFs::from_all(NEWEST) & !kept_back
}

fn ruleset(network: bool) -> Result<RulesetCreated, landlock::RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(REQUIRED))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?;
    if !network {
        rules = rules.handle_access(AccessNet::from_all(NEWEST))?;
    }
    rules.create()
}

/// Allows to read everything below `directory` but `unreadable`. Rules only add
/// rights, so all that lies beside them is listed: the names can be seen, and
/// what is made beside them later cannot be read.
fn allow_all_but(
    mut rules: RulesetCreated,
    directory: &Path,
    unreadable: &[PathBuf],
) -> Result<RulesetCreated, String> {
    if unreadable.iter().any(|path| path == directory) {
        return Ok(rules);
    }
    if !unreadable.iter().any(|path| path.starts_with(directory)) {
        return allow(rules, directory, READ);
    }
    if directory.parent().is_none() {
        rules = allow(rules, directory, make_bitflags!(AccessFs::{ReadDir}))?;
    }
    let Ok(entries) = std::fs::read_dir(directory) else { return Ok(rules) };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| !kind.is_symlink()) {
            rules = allow_all_but(rules, &entry.path(), unreadable)?;
        }
    }
    Ok(rules)
}

/// Allows it where there is such a path.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, String> {
    match open(path) {
        Ok((file, true)) => add(rules, path, file, access),
        Ok((file, false)) => add(rules, path, file, access & FILE),
        // Without a rule there is no access.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::LOOP) => Ok(rules),
        Err(error) => Err(format!("`{}`: {error}", path.display())),
    }
}

/// What a path names, with links followed, and whether that is a directory.
fn open(path: &Path) -> rustix::io::Result<(OwnedFd, bool)> {
    let file = rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let kind = FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode);
    Ok((file, kind == FileType::Directory))
}

fn add(
    rules: RulesetCreated,
    path: &Path,
    file: OwnedFd,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, String> {
    rules
        .add_rule(PathBeneath::new(file, access))
        .map_err(|error| format!("`{}`: {error}", path.display()))
}

fn not_granted(root: &Path, problem: &dyn std::fmt::Display) -> String {
    format!(
        "the writable root `{}` cannot be granted: {problem}: create it or leave it out",
        root.display()
    )
}
