//! Whether namespaces can be had here, by having them: what the system's
//! settings say is not the whole truth. Called by `status`.

use std::{os::fd::OwnedFd, path::Path};

use rustix::io::{read, write};

use super::{
    home, keeper,
    kernel::{self, Alone, Forked},
    mounts::{self, Overlay, Plan},
    namespaces,
};

/// How the answer is written where another process asks.
const YES: &str = "yes";
const NO_COPY: &str = "no copy: ";

/// Ok: namespaces can be had; with a sentence: but no copy of the home
/// directory. Err: the sentence why not.
pub(super) type Answer = Result<Option<String>, String>;

/// Asks the system. A process with several threads cannot fork, so it asks by
/// starting `tiro sandbox --probe`.
pub(super) fn probe() -> Answer {
    if let Ok(alone) = kernel::only_thread() {
        return here(alone);
    }
    #[expect(clippy::disallowed_methods, reason = "this module is part of what starts processes")]
    let output = std::process::Command::new("/proc/self/exe").args(["sandbox", "--probe"]).output();
    let output = output.map_err(|error| error.to_string())?;
    parse(&String::from_utf8_lossy(&output.stdout))
}

/// One line for the process that asked.
pub(super) fn words(answer: &Answer) -> String {
    match answer {
        Ok(None) => YES.to_owned(),
        Ok(Some(reason)) => format!("{NO_COPY}{reason}"),
        Err(reason) => reason.clone(),
    }
}

fn parse(words: &str) -> Answer {
    match words.trim_end() {
        YES => Ok(None),
        "" => Err("the probe gave no answer".to_owned()),
        words => match words.strip_prefix(NO_COPY) {
            Some(reason) => Ok(Some(reason.to_owned())),
            None => Err(words.to_owned()),
        },
    }
}

fn here(alone: Alone) -> Answer {
    let pipe = || rustix::pipe::pipe().map_err(|error| error.to_string());
    let ((gone, held), (answer, told)) = (pipe()?, pipe()?);
    match kernel::fork_into_namespaces(alone).map_err(|error| kernel::why_not(&error))? {
        Forked::Parent(process) => {
            drop((gone, told));
            let mapped = namespaces::map_ids(process)
                .and_then(|()| Ok(write(&held, b"go").map(drop)?))
                .map_err(|error| format!("user ids: {error}"));
            drop(held);
            // Its exit status says nothing that the answer does not.
            let _ = keeper::wait_for(process);
            mapped?;
            let mut said = [0; 512];
            let length = read(&answer, &mut said).unwrap_or(0);
            parse(&String::from_utf8_lossy(&said[..length]))
        }
        Forked::Child => {
            drop((held, answer));
            let code = try_out(&gone, &told);
            std::process::exit(code)
        }
    }
}

fn try_out(gone: &OwnedFd, told: &OwnedFd) -> i32 {
    let mut word = [0; 2];
    if read(gone, &mut word) != Ok(word.len()) {
        return 1;
    }
    let home = home::directory(std::env::var_os("HOME").as_deref().map(Path::new));
    let overlay = home.map(|lower| Overlay { lower, layer: None });
    let plan = Plan { writable: Some(Vec::new()), overlay, ..Plan::default() };
    let answer = namespaces::enter(false)
        .map_err(|error| error.to_string())
        .and_then(|()| mounts::build(&plan));
    match write(told, words(&answer).as_bytes()) {
        Ok(_) => 0,
        Err(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_being_written() {
        for answer in [Ok(None), Ok(Some("x: y".to_owned())), Err("z".to_owned())] {
            assert_eq!(parse(&words(&answer)), answer);
        }
        parse("").expect_err("no answer is no yes");
    }
}
