//! Landlock: which files a command may read, write and execute, which ports it
//! may use, and that it can signal nothing outside. Called by `helper`, last
//! but one before the command.
//!
//! Rules only ever add rights: nothing inside a writable root can be taken away
//! here, and chmod, chown, times and extended attributes are not covered.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath,
    PathFd, Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetStatus,
    Scope, make_bitflags,
};

use super::policy::{DEVICES, Readable, Restrictions, Writable};

/// The oldest version with which a command is run: the first that covers truncation.
pub(super) const REQUIRED: ABI = ABI::V3;
/// The newest version whose rights are asked for.
const NEWEST: ABI = ABI::V9;

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{Execute | ReadFile | ReadDir});
/// What also applies to a file that is no directory.
const FILE: BitFlags<AccessFs> =
    make_bitflags!(AccessFs::{Execute | ReadFile | WriteFile | Truncate});

/// Puts the rules in force for this process and all that come of it.
///
/// # Errors
/// When the kernel cannot enforce what is required, or a root is not there.
pub(super) fn restrict(restrictions: &Restrictions) -> Result<(), String> {
    let mut rules = ruleset(restrictions.network).map_err(|error| {
        format!(
            "this kernel cannot restrict file access ({error}): Linux 6.2 with Landlock is needed"
        )
    })?;
    match &restrictions.readable {
        Readable::Everything => rules = allow(rules, Path::new("/"), READ)?,
        Readable::Below(paths) => {
            for path in paths.iter().filter(|path| path.exists()) {
                rules = allow(rules, path, READ)?;
            }
        }
    }
    for device in DEVICES.iter().map(Path::new).filter(|device| device.exists()) {
        let access = make_bitflags!(AccessFs::{ReadFile | WriteFile | Truncate});
        rules = allow(rules, device, access)?;
    }
    match &restrictions.writable {
        Writable::Everything => rules = allow(rules, Path::new("/"), writing())?,
        Writable::Below(roots) => {
            for root in roots {
                let problem = match std::fs::metadata(root) {
                    Ok(found) if found.is_dir() => None,
                    Ok(_) => Some("it is not a directory".to_owned()),
                    Err(error) => Some(error.to_string()),
                };
                if let Some(problem) = problem {
                    return Err(format!(
                        "the writable root `{}` cannot be granted: {problem}: create it or leave \
                         it out",
                        root.display()
                    ));
                }
                rules = allow(rules, root, writing())?;
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

fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, String> {
    let file = PathFd::new(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let access = if path.is_dir() { access } else { access & FILE };
    rules
        .add_rule(PathBeneath::new(file, access))
        .map_err(|error| format!("`{}`: {error}", path.display()))
}
