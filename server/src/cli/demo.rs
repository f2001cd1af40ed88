//! `tiro demo`: a whole task, through the real LSP front, on a small project
//! with a failing test.
//!
//! The demo is an editor: it starts this very binary as `tiro lsp`, opens a file,
//! asks, applies the edits that come back and shows what happens. The provider is
//! the one that the server finds; where there is none, a built-in script plays the
//! model, and everything else stays real.

mod client;
mod editor;
mod project;
mod screen;
mod script;
mod scripted_model;
mod session;

use std::{path::Path, process::ExitCode};

use anyhow::{Context, bail};

use crate::config::Environment;
use project::{PROMPT, Project, TEST_COMMAND};
use screen::Screen;
use scripted_model::ScriptedModel;
use session::{Session, Start};

/// Run a whole task on a small project with a failing test. The exit code is 0
/// when its tests pass at the end.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DemoArguments {
    /// Use the built-in model even where a provider is found; also
    /// TIRO_DEMO_SCRIPTED=1.
    #[arg(long)]
    scripted: bool,
    /// Keep the project and the server's log.
    #[arg(long)]
    keep: bool,
}

/// Runs the demo. It succeeds when the project's tests pass at the end and
/// nothing was written outside of the workspace.
///
/// # Errors
/// When the server cannot be started, ends early or speaks nonsense.
pub fn run(arguments: &DemoArguments, environment: &Environment) -> anyhow::Result<ExitCode> {
    let mut screen = Screen::new(environment.var("NO_COLOR").is_some());
    let program = std::env::current_exe().context("cannot find the binary that runs")?;
    let wanted = environment.var("TIRO_DEMO_SCRIPTED").is_some_and(|value| value != "0");

    let project = Project::unpack()?;
    let outcome = demonstrate(&program, &project, arguments.scripted || wanted, &mut screen);
    if arguments.keep || outcome.is_err() {
        let place = project.keep();
        screen.note(&format!("the project and the server's log stay in {}", place.display()));
    }
    Ok(if outcome? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn demonstrate(
    program: &Path,
    project: &Project,
    scripted: bool,
    screen: &mut Screen,
) -> anyhow::Result<bool> {
    screen.say(&format!("a small crate with a failing test: {}", project.root()?.display()));
    let found = if scripted { None } else { with_provider(program, project, screen)? };
    match found {
        Some(session) => work(program, project, session, screen),
        None => {
            // Answers until the work is done.
            let model = ScriptedModel::start()?;
            let home = project.home_with(&model.config())?;
            let mut session = Session::start(program, project, Some(&home))?;
            if let Start::NoModel(why) = session.model(screen)? {
                bail!("the server does not take the built-in model: {why}");
            }
            let why = if scripted { "as asked" } else { "no provider was found" };
            screen.say(&format!("model: a built-in script ({why}); all the rest is real"));
            work(program, project, session, screen)
        }
    }
}

/// A session with the provider that the server finds, if it finds one.
fn with_provider(
    program: &Path,
    project: &Project,
    screen: &mut Screen,
) -> anyhow::Result<Option<Session>> {
    let mut session = Session::start(program, project, None)?;
    match session.model(screen)? {
        Start::Model(name) => {
            screen.say(&format!("model: {name}"));
            Ok(Some(session))
        }
        Start::NoModel(why) => {
            screen.note(&why);
            session.end()?;
            Ok(None)
        }
    }
}

/// The task, and then a look at what it left behind.
fn work(
    program: &Path,
    project: &Project,
    mut session: Session,
    screen: &mut Screen,
) -> anyhow::Result<bool> {
    screen.say(&format!("asked: {PROMPT}"));
    let seen = session.ask(PROMPT, screen)?;
    session.end()?;

    screen.blank();
    let root = project.root()?;
    let (passed, output) = client::run_sandboxed(program, &root, &TEST_COMMAND)?;
    let result = output.lines().find(|line| line.starts_with("test result:"));
    if passed {
        let edits = if seen.edits == 1 { "1 edit" } else { &format!("{} edits", seen.edits) };
        screen.good(&format!(
            "the tests pass, after {edits} in the editor ({})",
            result.unwrap_or("no test result")
        ));
    } else {
        screen.bad(&format!("the tests do not pass: {}", result.unwrap_or(output.trim())));
    }
    let written = project.outside_was_written()?;
    if written {
        screen.bad("a command wrote outside of the workspace");
    } else {
        screen.good("nothing was written outside of the workspace");
    }
    Ok(passed && !written)
}
