//! seccomp: the system calls a command cannot make. Filters that allow by
//! default are stacked, one action each; the kernel takes the strictest answer.
//! Called by `helper` as the last thing before the command is executed.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, sock_filter,
};

mod calls;
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
    let error = |number: i32| SeccompAction::Errno(number.unsigned_abs());
    let mut programs = vec![
        other_abis(),
        program(calls::unknown(), error(libc::ENOSYS))?,
        program(denied, error(libc::EPERM))?,
    ];
    if !own_ipc {
        programs.push(program(calls::attributes(), error(libc::EOPNOTSUPP))?);
    }
    Ok(programs)
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

/// Kills a process that uses the x32 numbers of `x86_64`: the same calls under
/// numbers that no other filter looks at. Other architectures' numbers are
/// killed by the check that seccompiler puts in front of each of its filters.
/// -1 is no x32 number: a tracer writes it to skip a call.
fn other_abis() -> BpfProgram {
    const LOAD_NUMBER: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    const X32: u32 = 0x4000_0000;
    let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    vec![
        step(LOAD_NUMBER, 0, 0, 0),
        step(EQUAL, 1, 0, u32::MAX),
        step(AT_LEAST, 1, 0, X32),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
        step(RETURN, 0, 0, libc::SECCOMP_RET_KILL_PROCESS),
    ]
}
