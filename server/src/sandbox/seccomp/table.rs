//! The filter for calls that are refused whatever their arguments: one step each,
//! reached through few others. The kernel translates a filter and tries it out
//! for every number each time one is put in force, so its length is start-up
//! time; what compares arguments is in `conditions`.

use seccompiler::{BpfProgram, sock_filter};

pub(super) const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
pub(super) const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const MORE: u16 = (libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K) as u16;
pub(super) const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
/// Where the kernel puts the number of the call, and of the architecture.
pub(super) const NUMBER: u32 = 0;
pub(super) const ARCHITECTURE: u32 = 4;
/// The first of the x32 numbers of `x86_64`.
const X32: u32 = 0x4000_0000;
/// Calls between two places where a filter can leave a part out.
const CHUNK: usize = 12;

#[cfg(target_arch = "x86_64")]
pub(super) const OWN: Option<u32> = Some(0xc000_003e);
#[cfg(target_arch = "aarch64")]
pub(super) const OWN: Option<u32> = Some(0xc000_00b7);
#[cfg(target_arch = "riscv64")]
pub(super) const OWN: Option<u32> = Some(0xc000_00f3);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
pub(super) const OWN: Option<u32> = None;

/// A filter that answers each of `calls` with its error number and allows all
/// others. It kills a process that uses another architecture's numbers, or the
/// x32 numbers of `x86_64`: the same calls under numbers that no other filter
/// looks at. -1 is no x32 number: a tracer writes it to skip a call.
pub(super) fn program(calls: &[(i64, i32)]) -> Result<BpfProgram, String> {
    let own = OWN.ok_or("the numbers of this architecture's system calls are not known")?;
    let mut calls: Vec<(u32, i32)> = calls
        .iter()
        .map(|(call, error)| u32::try_from(*call).map(|call| (call, *error)))
        .collect::<Result<_, _>>()
        .map_err(|_| "a system call has no valid number".to_owned())?;
    calls.sort_unstable();
    let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let give = |answer| step(RETURN, 0, 0, answer);
    let refuse = |error: i32| give(libc::SECCOMP_RET_ERRNO | error.unsigned_abs());
    let (allow, kill) = (give(libc::SECCOMP_RET_ALLOW), give(libc::SECCOMP_RET_KILL_PROCESS));
    let mut program = vec![
        step(LOAD, 0, 0, ARCHITECTURE),
        step(EQUAL, 1, 0, own),
        kill.clone(),
        step(LOAD, 0, 0, NUMBER),
        step(MORE, 0, 3, X32 - 1),
        step(EQUAL, 0, 1, u32::MAX),
        allow.clone(),
        kill,
    ];
    for chunk in calls.chunks(CHUNK) {
        let last = chunk.last().map_or(0, |(call, _)| *call);
        let mut errors: Vec<i32> = chunk.iter().map(|(_, error)| *error).collect();
        errors.sort_unstable();
        errors.dedup();
        // The comparisons, what is given for none of them, and the errors.
        let length = chunk.len() + 1 + errors.len();
        let far = |distance: usize| u8::try_from(distance).map_err(|error| error.to_string());
        program.push(step(MORE, far(length)?, 0, last));
        for (index, (call, error)) in chunk.iter().enumerate() {
            let place = errors.iter().take_while(|other| *other != error).count();
            let distance = far(chunk.len() - index + place)?;
            program.push(step(EQUAL, distance, 0, *call));
        }
        program.push(allow.clone());
        program.extend(errors.into_iter().map(refuse));
    }
    program.push(allow);
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_about_as_long_as_its_table() {
        let calls: Vec<(i64, i32)> = (0..100).map(|call| (call * 3, libc::EPERM)).collect();
        let length = program(&calls).expect("valid").len();
        assert!(length < 150, "{length}");
        program(&[(-1, 1)]).expect_err("no number");
    }
}
