//! What the filters answer, by running them as the kernel does.

use super::*;

/// What the kernel would do with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Allowed,
    Refused(i32),
    Killed,
}
use Answer::{Allowed, Killed, Refused};

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;
#[cfg(target_arch = "riscv64")]
const ARCHITECTURE: u32 = 0xc000_00f3;

/// Runs one filter over the words of a call, as the kernel's interpreter does.
fn run(program: &BpfProgram, words: &[u32; 16]) -> u32 {
    let (mut at, mut value) = (0, 0);
    loop {
        let step = &program[at];
        at += 1;
        let jump = |holds: bool| usize::from(if holds { step.jt } else { step.jf });
        match step.code {
            0x20 => value = words[step.k as usize / 4],
            0x54 => value &= step.k,
            0x05 => at += step.k as usize,
            0x15 => at += jump(value == step.k),
            0x25 => at += jump(value > step.k),
            0x35 => at += jump(value >= step.k),
            0x45 => at += jump(value & step.k != 0),
            0x06 => return step.k,
            code => panic!("an instruction {code:#x} that this test does not know"),
        }
    }
}

fn answer(network: bool, architecture: u32, call: i64, arguments: &[u64]) -> Answer {
    let mut words = [0; 16];
    words[0] = u32::try_from(call & 0xffff_ffff).expect("32 bits");
    words[1] = architecture;
    for (index, argument) in arguments.iter().enumerate() {
        words[4 + index * 2] = (argument & 0xffff_ffff) as u32;
        words[5 + index * 2] = (argument >> 32) as u32;
    }
    let sockets = if network { Sockets::Network } else { Sockets::Pairs };
    let programs = programs(sockets, false).expect("the tables are valid");
    // Killing is stricter than an error, and that than allowing.
    let results: Vec<u32> = programs.iter().map(|program| run(program, &words)).collect();
    if results.contains(&libc::SECCOMP_RET_KILL_PROCESS) {
        return Killed;
    }
    let error = results.iter().find(|result| **result & 0xffff_0000 == libc::SECCOMP_RET_ERRNO);
    error.map_or(Allowed, |result| Refused((result & 0xffff).cast_signed()))
}

fn check(call: i64, arguments: &[u64], expected: &Answer) {
    for network in [false, true] {
        let answered = answer(network, ARCHITECTURE, call, arguments);
        assert_eq!(&answered, expected, "call {call} {arguments:x?}, network {network}");
    }
}

const EPERM: Answer = Refused(libc::EPERM);
const ENOSYS: Answer = Refused(libc::ENOSYS);

/// What the rules of a call say about its arguments, word for word.
fn by_rules(rules: &Rules, call: i64, arguments: &[u64; 6]) -> Answer {
    let holds = |Argument(index, test): &Argument| {
        let value = (arguments[usize::from(*index)] & 0xffff_ffff) as u32;
        match *test {
            Test::Is(wanted) => value == wanted,
            Test::Not(wanted) => value != wanted,
            Test::Any(bits) => value & bits != 0,
            Test::Masked(bits, wanted) => value & bits == wanted,
        }
    };
    let mut alternatives = rules.iter().filter(|(other, _)| *other == call).flat_map(|(_, a)| a);
    if alternatives.any(|alternative| alternative.iter().all(holds)) { EPERM } else { Allowed }
}

#[test]
fn conditions_are_compiled_to_what_they_say() {
    for network in [false, true] {
        let mut rules = calls::with_arguments();
        rules.extend(calls::shared_with_the_host());
        rules.extend(calls::sockets(network));
        rules.retain(|(_, conditions)| !conditions.is_empty());
        let values = |test: &Test| match *test {
            Test::Is(value) | Test::Not(value) => vec![value, value ^ 1, 0],
            Test::Any(bits) => vec![bits, bits & bits.wrapping_neg(), !bits, 0],
            Test::Masked(bits, value) => vec![value, value | !bits, value ^ 1],
        };
        for (call, alternatives) in &rules {
            let all = rules.iter().filter(|(other, _)| other == call).flat_map(|(_, a)| a);
            let mut wanted = vec![Vec::new(); 6];
            for Argument(index, test) in all.flatten() {
                wanted[usize::from(*index)].extend(values(test));
            }
            assert!(!alternatives.is_empty());
            let wanted: Vec<Vec<u32>> = wanted
                .into_iter()
                .map(|words| if words.is_empty() { vec![0] } else { words })
                .collect();
            let mut every = vec![Vec::new()];
            for words in &wanted {
                let longer = |before: &Vec<u64>| {
                    let before = before.clone();
                    let with = move |word: &u32| [before.clone(), vec![u64::from(*word)]].concat();
                    words.iter().map(with).collect::<Vec<_>>()
                };
                every = every.iter().flat_map(longer).collect();
            }
            for arguments in every {
                let arguments: [u64; 6] = arguments.try_into().expect("six");
                let expected = by_rules(&rules, *call, &arguments);
                let answered = answer(network, ARCHITECTURE, *call, &arguments);
                assert_eq!(answered, expected, "call {call} {arguments:x?}, network {network}");
            }
        }
    }
}

#[test]
fn filters_are_short_as_the_kernel_translates_them_each_time() {
    let lengths: Vec<usize> =
        programs(Sockets::Pairs, false).expect("valid").iter().map(Vec::len).collect();
    assert!(lengths[0] < 150 && lengths[1] < 170, "{lengths:?}");
}

#[test]
fn ordinary_calls_are_allowed() {
    for call in [
        libc::SYS_read,
        libc::SYS_execve,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_sendto,
        libc::SYS_shutdown,
        libc::SYS_getsockopt,
        libc::SYS_memfd_create,
        libc::SYS_seccomp,
        libc::SYS_renameat2,
    ] {
        check(call, &[0; 6], &Allowed);
    }
}

#[test]
fn other_numberings_are_killed() {
    const I386: u32 = 0x4000_0003;
    assert_eq!(answer(true, I386, libc::SYS_read, &[]), Killed);
    assert_eq!(answer(true, ARCHITECTURE, libc::SYS_read | 0x4000_0000, &[]), Killed);
    // A tracer's way to skip a call.
    assert_eq!(answer(true, ARCHITECTURE, -1, &[]), Allowed);
}

#[test]
fn calls_that_hide_their_arguments_do_not_exist() {
    check(libc::SYS_clone3, &[], &ENOSYS);
    check(libc::SYS_openat2, &[], &ENOSYS);
    check(libc::SYS_io_uring_setup, &[], &ENOSYS);
    check(452, &[], &ENOSYS);
}

#[test]
fn the_kernel_and_the_machine_are_out_of_reach() {
    for call in [libc::SYS_mount, libc::SYS_bpf, libc::SYS_setns, libc::SYS_keyctl, 467] {
        check(call, &[0; 6], &EPERM);
        check(call, &[u64::MAX; 6], &EPERM);
    }
}

#[test]
fn processes_are_made_but_no_namespaces() {
    let flag = |flag: libc::c_int| u64::from(flag.unsigned_abs());
    check(libc::SYS_clone, &[flag(libc::SIGCHLD | libc::CLONE_VM | libc::CLONE_VFORK)], &Allowed);
    check(libc::SYS_clone, &[flag(libc::SIGCHLD | libc::CLONE_NEWUSER)], &EPERM);
    check(libc::SYS_clone, &[flag(libc::CLONE_NEWNET | libc::CLONE_NEWNS)], &EPERM);
    check(libc::SYS_unshare, &[flag(libc::CLONE_FILES)], &Allowed);
    check(libc::SYS_unshare, &[flag(libc::CLONE_NEWPID)], &EPERM);
    check(libc::SYS_unshare, &[0x80], &EPERM);
}

#[test]
fn no_file_gets_its_owners_rights() {
    let create = u64::from((libc::O_CREAT | libc::O_WRONLY).unsigned_abs());
    check(libc::SYS_fchmod, &[3, 0o755], &Allowed);
    check(libc::SYS_fchmod, &[3, 0o4755], &EPERM);
    check(libc::SYS_fchmodat, &[3, 0, 0o2755], &EPERM);
    check(libc::SYS_fchmodat, &[3, 0, 0o1777], &Allowed);
    check(libc::SYS_openat, &[3, 0, create, 0o644], &Allowed);
    check(libc::SYS_openat, &[3, 0, create, 0o4755], &EPERM);
    check(libc::SYS_openat, &[3, 0, u64::from(libc::O_TMPFILE.unsigned_abs()), 0o2755], &EPERM);
    // The mode means nothing unless a file is made, and may be anything then.
    check(libc::SYS_openat, &[3, 0, 0, u64::MAX], &Allowed);
    check(libc::SYS_mknodat, &[3, 0, 0o4755], &EPERM);
}

#[test]
fn terminals_take_no_input_and_inodes_no_flags() {
    check(libc::SYS_ioctl, &[0, libc::TIOCGWINSZ], &Allowed);
    check(libc::SYS_ioctl, &[0, 0x5412], &EPERM);
    // The kernel looks at the low half only.
    check(libc::SYS_ioctl, &[0, 0xffff_ffff_0000_5412], &EPERM);
    check(libc::SYS_ioctl, &[0, 0x4008_6602], &EPERM);
    check(libc::SYS_ioctl, &[0, 0x8008_6601], &Allowed);
}

#[test]
fn only_its_own_limits_can_be_changed() {
    check(libc::SYS_prlimit64, &[0, 7], &Allowed);
    check(libc::SYS_prlimit64, &[1, 7], &EPERM);
    check(libc::SYS_setpriority, &[0, 0, 5], &Allowed);
    check(libc::SYS_setpriority, &[0, 1, 5], &EPERM);
    check(libc::SYS_setpriority, &[2, 0, 5], &EPERM);
    check(libc::SYS_sched_setaffinity, &[0], &Allowed);
    check(libc::SYS_sched_setaffinity, &[1], &EPERM);
    check(libc::SYS_shmget, &[0; 6], &EPERM);
}

#[test]
fn sockets_follow_the_network_and_pairs_are_always_there() {
    let number = |number: libc::c_int| u64::from(number.unsigned_abs());
    let socket = |network, domain, kind, protocol| {
        let arguments = [number(domain), number(kind), protocol];
        answer(network, ARCHITECTURE, libc::SYS_socket, &arguments)
    };
    let nonblocking = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    for domain in [libc::AF_INET, libc::AF_INET6] {
        assert_eq!(socket(false, domain, nonblocking, 0), EPERM);
        assert_eq!(socket(true, domain, nonblocking, 0), Allowed);
        assert_eq!(socket(true, domain, libc::SOCK_DGRAM, 0), Allowed);
        assert_eq!(socket(true, domain, 10, 0), EPERM);
    }
    assert_eq!(socket(true, libc::AF_NETLINK, libc::SOCK_RAW, 0), Allowed);
    assert_eq!(socket(true, libc::AF_NETLINK, libc::SOCK_RAW, 9), EPERM);
    for domain in [libc::AF_UNIX, libc::AF_VSOCK, libc::AF_PACKET, libc::AF_BLUETOOTH] {
        assert_eq!(socket(true, domain, libc::SOCK_STREAM, 0), EPERM);
    }
    let pair = |domain, kind| [number(domain), number(kind)];
    check(libc::SYS_socketpair, &pair(libc::AF_UNIX, nonblocking), &Allowed);
    check(libc::SYS_socketpair, &pair(libc::AF_UNIX, libc::SOCK_SEQPACKET), &Allowed);
    check(
        libc::SYS_socketpair,
        &pair(libc::AF_UNIX, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC),
        &EPERM,
    );
    check(libc::SYS_socketpair, &pair(libc::AF_UNIX, libc::SOCK_RAW), &EPERM);
    check(libc::SYS_socketpair, &pair(libc::AF_TIPC, libc::SOCK_STREAM), &EPERM);
}

#[test]
fn no_call_is_in_both_an_unconditional_and_a_conditional_rule() {
    // An empty list of rules means always; adding a rule to it would mean less.
    let mut all = calls::never();
    all.extend(calls::with_arguments());
    all.extend(calls::shared_with_the_host());
    all.extend(calls::sockets(false));
    for (call, rules) in &all {
        let same = all.iter().filter(|(other, _)| other == call);
        let unconditional = same.clone().filter(|(_, rules)| rules.is_empty()).count();
        assert!(!(rules.is_empty() && same.count() > unconditional), "call {call}");
    }
}

#[test]
fn attributes_of_files_cannot_be_set_where_no_mount_keeps_them() {
    check(libc::SYS_setxattr, &[0, 0, 0, 0, 0], &Refused(libc::EOPNOTSUPP));
    check(libc::SYS_fremovexattr, &[3, 0], &Refused(libc::EOPNOTSUPP));
    check(libc::SYS_getxattr, &[0, 0, 0, 0], &Allowed);
}

#[test]
fn every_call_has_the_answer_of_its_table() {
    let tables = [
        (calls::never(), EPERM),
        (calls::unknown(), ENOSYS),
        (calls::attributes(), Refused(libc::EOPNOTSUPP)),
        (calls::shared_with_the_host(), EPERM),
        (calls::sockets(false), EPERM),
        (calls::with_arguments(), Allowed),
        (calls::sockets(true), Allowed),
    ];
    let in_tables = |call: i64| {
        let always = |(rules, answer): &(Rules, Answer)| {
            let named = rules.iter().any(|(other, conditions)| {
                *other == call && (conditions.is_empty() || *answer == Allowed)
            });
            named.then_some(*answer)
        };
        tables.iter().find_map(always)
    };
    for call in 0..512 {
        match in_tables(call) {
            // What depends on arguments has tests of its own.
            Some(Allowed) => {}
            Some(answer) if call != libc::SYS_socket => check(call, &[0; 6], &answer),
            Some(_) | None => {
                let expected = answer(false, ARCHITECTURE, call, &[0; 6]);
                assert!(call == libc::SYS_socket || expected == Allowed, "call {call}");
            }
        }
    }
}
