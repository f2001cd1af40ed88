//! A terminal of one program, kept by tmux and spoken with in its control mode: each
//! command has one answer, and tmux says when something was drawn. The server of tmux
//! is the test's own; it ends with the program, with the test, or when the test's
//! process is gone.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::Path,
    process::ChildStdout,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use tiro_tests::{
    log::{DEADLINE, Log, NotSeen},
    process::{Process, Start},
    project::Project,
};

/// Options of the server: there is no other configuration.
const OPTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/editors/terminal/tmux.conf");

/// A running tmux. Dropped, it ends with all that runs in it.
pub(crate) struct Tmux {
    process: Process,
    said: Log<Said>,
    commands: AtomicUsize,
}

#[derive(Debug, Clone)]
enum Said {
    /// The program drew something.
    Drawn,
    /// The answer to a command, in its order.
    Answer(Result<Vec<String>, Vec<String>>),
}

/// What the terminal shows, and where the cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Capture {
    pub(crate) lines: Vec<String>,
    /// Line and column, from 1.
    pub(crate) cursor: (usize, usize),
}

impl Tmux {
    /// Starts a program in a terminal of its own, in the project's directory.
    ///
    /// # Panics
    /// When tmux cannot be started.
    pub(crate) fn start(tmux: &Path, project: &Project, program: &[&OsStr]) -> Self {
        let name = |text: &OsStr| text.to_str().expect("a path of these tests").to_owned();
        let mut arguments: Vec<String> =
            ["-L", "tiro", "-f", OPTIONS, "-C", "new-session", "-x", "100", "-y", "30"]
                .map(str::to_owned)
                .to_vec();
        // What tmux itself needs to find is not for the program.
        arguments.extend(["env", "-u", "LD_LIBRARY_PATH"].map(str::to_owned));
        arguments.extend(program.iter().map(|part| name(part)));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // The socket is in the project's own directories, and goes with them.
        let mut environment = project.environment().to_vec();
        environment.push(("TMUX_TMPDIR".into(), project.outside().into()));
        let start = Start {
            program: tmux,
            arguments: &arguments,
            environment: &environment,
            directory: project.root(),
        };
        let said = Log::default();
        let heard = said.clone();
        let process = Process::start(&start, move |output, _| listen(output, &heard));
        Self { process, said, commands: AtomicUsize::new(0) }
    }

    /// Gives tmux commands, which it does in one go, and returns the lines of each answer.
    ///
    /// # Panics
    /// When tmux refuses, or has ended.
    fn commands<const COUNT: usize>(&self, lines: [&str; COUNT]) -> [Vec<String>; COUNT] {
        let first = self.commands.fetch_add(COUNT, Ordering::Relaxed);
        let line = lines.join(" ; ");
        self.process.input().write(format!("{line}\n").into_bytes());
        std::array::from_fn(|at| {
            let answer = self.said.wait_for(DEADLINE, |said| {
                let answers = said.iter().filter_map(|said| match said {
                    Said::Answer(answer) => Some(answer),
                    Said::Drawn => None,
                });
                answers.clone().nth(first + at).cloned()
            });
            match answer {
                Ok(Ok(lines)) => lines,
                Ok(Err(why)) => panic!("tmux refuses {line:?}: {}", why.join("\n")),
                Err(why) => panic!("no answer to {line:?}: {why:?}\n{}", self.process.stderr()),
            }
        })
    }

    /// Presses keys by their names: `Enter`, `Escape`, `C-c`.
    pub(crate) fn keys(&self, names: &str) {
        self.commands([&format!("send-keys {names}")]);
    }

    /// Types a text.
    pub(crate) fn types(&self, text: &str) {
        let text = text.replace('\'', "'\\''");
        self.commands([&format!("send-keys -l -- '{text}'")]);
    }

    /// What is shown now.
    pub(crate) fn capture(&self) -> Capture {
        let [lines, at] =
            self.commands(["capture-pane -p", "display-message -p '#{cursor_y} #{cursor_x}'"]);
        let at = at.concat();
        let mut numbers = at.split(' ').map(str::parse::<usize>);
        let (Some(Ok(line)), Some(Ok(column))) = (numbers.next(), numbers.next()) else {
            panic!("no cursor: {at:?}");
        };
        Capture { lines, cursor: (line + 1, column + 1) }
    }

    /// The lines that are shown now, with their colours as escape sequences.
    pub(crate) fn colours(&self) -> Vec<String> {
        let [lines] = self.commands(["capture-pane -p -e"]);
        lines
    }

    /// Looks at the terminal each time that something was drawn, until `find` finds
    /// something.
    ///
    /// # Errors
    /// The last thing that was shown, when nothing was found in time.
    pub(crate) fn look<R>(
        &self,
        deadline: Duration,
        mut find: impl FnMut(&Capture) -> Option<R>,
    ) -> Result<R, Capture> {
        let end = Instant::now() + deadline;
        loop {
            let seen = self.said.read(<[Said]>::len);
            let capture = self.capture();
            if let Some(found) = find(&capture) {
                return Ok(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            let drawn = self.said.wait_for(left, |said| {
                said[seen..].iter().any(|said| matches!(said, Said::Drawn)).then_some(())
            });
            if drawn == Err(NotSeen::Deadline) {
                return Err(capture);
            }
        }
    }

    /// Ends tmux and what runs in it, if it does.
    pub(crate) fn end(&self) {
        // Not by `commands`, which panics: a test may be failing already.
        self.process.input().write(b"kill-server\n".to_vec());
        let _ = self.process.wait(Duration::from_secs(10));
    }

    /// Waits until the program has ended, and tmux with it.
    ///
    /// # Errors
    /// When it goes on at the deadline.
    pub(crate) fn ended(&self) -> Result<(), NotSeen> {
        self.process.wait(DEADLINE).map(drop)
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads what the control mode says: `%output` and its like, and between `%begin` and
/// `%end` or `%error` what a command answers.
fn listen(output: ChildStdout, said: &Log<Said>) {
    let mut output = BufReader::new(output);
    let mut answer: Option<Vec<String>> = None;
    let mut bytes = Vec::new();
    // A letter may be cut in two by what is drawn.
    while matches!(output.read_until(b'\n', &mut bytes), Ok(read) if read > 0) {
        let line = String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned();
        bytes.clear();
        // The last field says whether a command of ours is answered.
        let ours = line.ends_with(" 1");
        match (&mut answer, line.split(' ').next()) {
            (None, Some("%begin")) => answer = Some(Vec::new()),
            (None, Some("%output")) => said.push(Said::Drawn),
            (Some(_), Some(end @ ("%end" | "%error"))) => {
                let lines = answer.take().unwrap_or_default();
                if ours {
                    said.push(Said::Answer(if end == "%end" { Ok(lines) } else { Err(lines) }));
                }
            }
            (Some(lines), _) => lines.push(line),
            (None, _) => {}
        }
    }
    said.end();
}
