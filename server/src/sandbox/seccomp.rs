//! seccomp: the system calls a command cannot make. Two filters that allow by
//! default are stacked, one by number and one by arguments; the kernel takes the
//! stricter answer.
//! Called by `helper` as the last thing before the command is executed.

use seccompiler::BpfProgram;

mod calls;
mod conditions;
mod table;
#[cfg(test)]
mod tests;

/// A rule's condition: argument number and how it is. All compared arguments are
/// 32 bits wide to the kernel.
struct Argument(u8, Test);

enum Test {
    Is(u32),
    Not(u32),
    /// At least one of these bits is set.
    Any(u32),
    /// The first bits are as in the second.
    Masked(u32, u32),
}

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
    Ok(vec![table::program(&table)?, conditions::program(sometimes, libc::EPERM)?])
}

fn answered(calls: &Rules, error: i32) -> Vec<(i64, i32)> {
    calls.iter().map(|(call, _)| (*call, error)).collect()
}
