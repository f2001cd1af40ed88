//! seccomp: the system calls a command cannot make. Two filters that allow by
//! default are stacked, one by number and one by arguments; the kernel takes the
//! stricter answer.
//! Called by `helper` as the last thing before the command is executed.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

mod calls;
mod table;
#[cfg(test)]
mod tests;

/// A rule's condition: argument number, comparison, value. All compared
/// arguments are 32 bits wide to the kernel, unless they say so.
struct Argument(u8, SeccompCmpOp, u64);

/// Calls and, for each, the rules of which any one matches; none: always.
type Rules = Vec<(i64, Vec<Vec<Argument>>)>;

/// Which sockets may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sockets {
    /// Only pairs, which have no address.
    Pairs,
    /// Those of the network as well: it is granted, or is the command's own.
    Network,
}

/// Puts the filters in force for this process and all that come of it.
///
/// `own_ipc` is whether namespaces keep the IPC, the processes and the mounts of
/// the command apart.
///
/// # Errors
/// When the architecture is not known or the kernel refuses a filter.
pub(super) fn restrict(sockets: Sockets, own_ipc: bool) -> Result<(), String> {
    for program in programs(sockets, own_ipc)? {
        seccompiler::apply_filter(&program)
            .map_err(|error| format!("the kernel did not take the system call filter: {error}"))?;
    }
    Ok(())
}

fn programs(sockets: Sockets, own_ipc: bool) -> Result<Vec<BpfProgram>, String> {
    let mut denied = calls::never();
    denied.extend(calls::with_arguments());
    if !own_ipc {
        denied.extend(calls::shared_with_the_host());
    }
    denied.extend(calls::sockets(sockets == Sockets::Network));
    let (always, sometimes): (Rules, Rules) =
        denied.into_iter().partition(|(_, conditions)| conditions.is_empty());
    let mut table = answered(&always, libc::EPERM);
    table.extend(answered(&calls::unknown(), libc::ENOSYS));
    if !own_ipc {
        table.extend(answered(&calls::attributes(), libc::EOPNOTSUPP));
    }
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    Ok(vec![table::program(&table)?, program(sometimes, refused)?])
}

fn answered(calls: &Rules, error: i32) -> Vec<(i64, i32)> {
    calls.iter().map(|(call, _)| (*call, error)).collect()
}

fn program(rules: Rules, action: SeccompAction) -> Result<BpfProgram, String> {
    let architecture =
        TargetArch::try_from(std::env::consts::ARCH).map_err(|error| describe(&error))?;
    let mut by_call: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for (call, alternatives) in rules {
        let compiled = by_call.entry(call).or_default();
        for conditions in alternatives {
            let conditions: Result<Vec<_>, _> = conditions
                .into_iter()
                .map(|Argument(index, comparison, value)| {
                    SeccompCondition::new(index, Length::Dword, comparison, value)
                })
                .collect();
            compiled.push(
                SeccompRule::new(conditions.map_err(|error| describe(&error))?)
                    .map_err(|error| describe(&error))?,
            );
        }
    }
    SeccompFilter::new(by_call, SeccompAction::Allow, action, architecture)
        .and_then(BpfProgram::try_from)
        .map_err(|error| describe(&error))
}

fn describe(error: &seccompiler::BackendError) -> String {
    format!("the system call filter could not be built: {error}")
}
