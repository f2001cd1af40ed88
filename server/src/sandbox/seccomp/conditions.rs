//! The filter for calls that are refused for some arguments only. Written here
//! and not by a library, as one step can ask for any of several bits: a third of
//! the length, which is start-up time (see `table`).

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, sock_filter};

use super::{
    Argument, Rules, Test,
    table::{ARCHITECTURE, EQUAL, LOAD, NUMBER, OWN, RETURN},
};

const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
const ANY: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
/// Where the kernel puts the low half of the first argument; eight bytes further
/// that of the next. All architectures with filters here have it first.
const ARGUMENTS: u32 = 16;

/// When a step leads to the next alternative instead of the next step.
enum Leaves {
    Never,
    IfFalse,
    IfTrue,
}

/// A filter that answers a call with `error` where any alternative of its rules
/// has all its arguments as they are described, and allows all others. The rules
/// of a call that is named more than once are alternatives. It kills a process
/// that uses another architecture's numbers.
pub(super) fn program(rules: Rules, error: i32) -> Result<BpfProgram, String> {
    let own = OWN.ok_or("the numbers of this architecture's system calls are not known")?;
    let give = |answer| step(RETURN, 0, 0, answer);
    let (allow, refuse) =
        (give(libc::SECCOMP_RET_ALLOW), give(libc::SECCOMP_RET_ERRNO | error.unsigned_abs()));
    let mut by_call: BTreeMap<u32, Vec<Vec<Argument>>> = BTreeMap::new();
    for (call, alternatives) in rules {
        let call = u32::try_from(call).map_err(|_| "a system call has no valid number")?;
        by_call.entry(call).or_default().extend(alternatives);
    }
    let mut program = vec![
        step(LOAD, 0, 0, ARCHITECTURE),
        step(EQUAL, 1, 0, own),
        give(libc::SECCOMP_RET_KILL_PROCESS),
        step(LOAD, 0, 0, NUMBER),
    ];
    for (call, alternatives) in by_call {
        let mut part = Vec::new();
        let mut loaded = None;
        for alternative in &alternatives {
            part.extend(steps(alternative, &mut loaded)?);
            part.push(refuse.clone());
        }
        part.push(allow.clone());
        program.push(step(EQUAL, 0, far(part.len())?, call));
        program.append(&mut part);
    }
    program.push(allow);
    Ok(program)
}

/// The steps after which all of `arguments` are as described; otherwise they lead
/// over the one step that follows them. `loaded` is the argument that is already
/// there to be compared, and then the one that is on every way out.
fn steps(arguments: &[Argument], loaded: &mut Option<u8>) -> Result<BpfProgram, String> {
    let mut plan = Vec::new();
    for Argument(index, test) in arguments {
        if *loaded != Some(*index) {
            plan.push((LOAD, ARGUMENTS + 8 * u32::from(*index), Leaves::Never));
        }
        *loaded = Some(*index);
        match *test {
            Test::Is(value) => plan.push((EQUAL, value, Leaves::IfFalse)),
            Test::Not(value) => plan.push((EQUAL, value, Leaves::IfTrue)),
            Test::Any(bits) => plan.push((ANY, bits, Leaves::IfFalse)),
            Test::Masked(bits, value) => {
                plan.push((AND, bits, Leaves::Never));
                plan.push((EQUAL, value, Leaves::IfFalse));
                *loaded = None;
            }
        }
    }
    // The ways out of several comparisons differ in what is loaded.
    if arguments.len() > 1 {
        *loaded = None;
    }
    let length = plan.len();
    let placed = plan.into_iter().enumerate().map(|(at, (code, value, leaves))| {
        let out = far(length - at)?;
        Ok(match leaves {
            Leaves::Never => step(code, 0, 0, value),
            Leaves::IfFalse => step(code, 0, out, value),
            Leaves::IfTrue => step(code, out, 0, value),
        })
    });
    placed.collect()
}

fn step(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

fn far(distance: usize) -> Result<u8, String> {
    u8::try_from(distance).map_err(|_| "a system call has too many conditions".to_owned())
}
