//! tiro.nvim as a person sees it: a real Neovim in a terminal, keys typed, and whole
//! screens compared with `tests/editors/terminal/*.txt`. `UPDATE_EXPECT=1` writes them
//! anew; words that have to be on a screen are named where it is waited for, whatever
//! the texts say.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use expect_test::expect_file;
use tiro_tests::{
    binary,
    log::DEADLINE,
    model::{Model, Turn, Wire},
    process::{Start, run},
    project::Project,
};

use crate::job::{ASKING, Editor, PLUGIN};

mod ask;
mod processes;
mod review;
mod screen;
mod session;
mod tmux;

use tmux::{Capture, Tmux};

/// How long nothing changes on a screen that is written down.
const STILL: Duration = Duration::from_millis(700);

/// Neovim with the plugin in a terminal, on a file of a project of its own.
struct Terminal {
    // Dropped first: what runs in the project ends before its directories go.
    tmux: Tmux,
    model: Model,
    project: Project,
}

/// Every scene in the usual Neovim and in the newest: a test each. The oldest shows fences
/// that later ones hide.
macro_rules! scenes {
    ($($file:ident: $($scene:ident)*;)*) => {
        mod the_usual {
            $($(#[test]
            fn $scene() {
                super::$file::$scene(crate::job::Editor::Plugin);
            })*)*
        }
        mod the_newest {
            $($(#[test]
            fn $scene() {
                super::$file::$scene(crate::job::Editor::PluginInNewest);
            })*)*
        }
    };
}

scenes! {
    ask: ask_and_approve deny interrupt a_question_does_not_take_the_cursor;
    review: review restore;
    session: resume crash quit_in_the_middle_of_a_command;
}

/// Versions of Neovim that show the same. What is the newest is for Debian to say, and
/// one that nobody has looked at may show something else.
const KNOWN: [&str; 2] = ["NVIM v0.11.", "NVIM v0.12."];

/// A Neovim whose screens are known; the usual one writes them anew.
fn known(editor: Editor) -> Option<PathBuf> {
    let nvim = editor.program()?;
    if !matches!(editor, Editor::PluginInNewest) {
        return Some(nvim);
    }
    let root = Path::new("/");
    let start =
        Start { program: &nvim, arguments: &["--version"], environment: &[], directory: root };
    let version = String::from_utf8(run(&start, "").unwrap().stdout).unwrap();
    let is_known = KNOWN.iter().any(|known| version.starts_with(known));
    if !is_known || env::var_os("UPDATE_EXPECT").is_some() {
        eprintln!("SKIPPED: screens are not compared in {}", version.lines().next()?);
        return None;
    }
    Some(nvim)
}

/// What a person puts into `init.lua`: the plugin, and the keys and the status line that
/// `:help tiro` shows. What Neovim shows by itself differs between its versions.
fn set_up() -> String {
    let help = include_str!("../../editors/neovim/doc/tiro.txt");
    let shown = ["    vim.keymap.set(", "    vim.o.statusline ="].map(|begin| {
        let lines: Vec<&str> = help.lines().filter(|line| line.starts_with(begin)).collect();
        assert!(!lines.is_empty(), "the help shows {begin:?}");
        lines.join("\n")
    });
    let plugin = format!("vim.opt.runtimepath:prepend('{PLUGIN}')");
    format!("{plugin}\n{}\nvim.o.ruler = false\n", shown.join("\n"))
}

impl Terminal {
    /// Opens the first of the files; the model answers in turn. None when Neovim or tmux
    /// is not there.
    fn open(
        editor: Editor,
        files: &[(&str, &str)],
        script: impl IntoIterator<Item = Turn>,
    ) -> Option<Self> {
        let nvim = known(editor)?;
        let tmux = crate::editor("tmux", "TIRO_TMUX", "tmux/tmux")?;
        let model = Model::start(script);
        // Screens show its path.
        let project = Project::below(Path::new("/tmp"), files).configured(
            &model.base_url(),
            Wire::Chat,
            ASKING,
            "",
        );
        let git = project.start(Path::new("git"), &["init", "--quiet"]);
        assert!(run(&git, "").unwrap().status.success(), "git init");
        let init = project.outside().join("init.lua");
        fs::write(&init, set_up()).unwrap();
        let bin = binary::tiro().parent().expect("a file is in a directory");
        let path = env::var("PATH").unwrap_or_default();
        let project = project.with_variable("PATH", &format!("{}:{path}", bin.display()));
        let program = [
            nvim.as_os_str(),
            "--clean".as_ref(),
            "-u".as_ref(),
            init.as_ref(),
            files[0].0.as_ref(),
        ];
        let terminal = Self { tmux: Tmux::start(&tmux, &project, &program), model, project };
        terminal.sees(files[0].1.lines().next().unwrap_or_default());
        Some(terminal)
    }

    /// Presses keys by their names: `Enter`, `Escape`, `C-c`.
    fn keys(&self, names: &str) {
        self.tmux.keys(names);
    }

    /// Types a text.
    fn types(&self, text: &str) {
        self.tmux.types(text);
    }

    /// Types a command, in Normal mode.
    fn runs(&self, command: &str) {
        self.types(&format!(":{command}"));
        self.keys("Enter");
    }

    /// Waits until these words are on the screen.
    fn sees(&self, words: &str) {
        self.waits(words, |text| text.contains(words).then_some(()));
    }

    /// Waits until the screen is the one in `terminal/NAME.txt`, on which these words are.
    fn shows(&self, name: &str, words: &str) {
        let path = format!("{}/editors/terminal/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let file = expect_file![path];
        if env::var_os("UPDATE_EXPECT").is_some() {
            return file.assert_eq(&self.still(words));
        }
        let expected = file.data();
        assert!(expected.contains(words), "{name}.txt has no {words:?}:\n{expected}");
        let same = |capture: &Capture| (self.text(capture) == expected).then_some(());
        if let Err(last) = self.tmux.look(DEADLINE, same) {
            file.assert_eq(&self.text(&last));
        }
    }

    /// The colours in which the first line is shown that begins so, as escape sequences.
    fn colours_of(&self, line: &str) -> String {
        screen::colours_of(&self.tmux.colours(), line).unwrap_or_else(|| panic!("no line {line:?}"))
    }

    /// The screen with these words, once it has stayed as it is.
    fn still(&self, words: &str) -> String {
        let mut now = self.waits(words, |text| text.contains(words).then(|| text.to_owned()));
        let other = |now: &str| {
            let changed = |capture: &Capture| Some(self.text(capture)).filter(|text| text != now);
            self.tmux.look(STILL, changed).ok()
        };
        while let Some(next) = other(&now) {
            now = next;
        }
        assert!(now.contains(words), "{words:?} was there and is gone:\n{now}");
        now
    }

    fn waits<R>(&self, what: &str, mut find: impl FnMut(&str) -> Option<R>) -> R {
        self.tmux.look(DEADLINE, |capture| find(&self.text(capture))).unwrap_or_else(|last| {
            panic!("waited in vain for {what:?}; the terminal shows:\n{}", self.text(&last))
        })
    }

    fn text(&self, capture: &Capture) -> String {
        screen::text(&self.project, capture)
    }

    /// Leaves Neovim, whatever goes on: nothing that was started in the project is left,
    /// and the model was asked for all that it had to say.
    fn quits(self) {
        self.runs("qall!");
        assert_eq!(self.tmux.ended(), Ok(()), "Neovim goes on");
        processes::none_left(&self.project);
        self.model.finish();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux.end();
        processes::end_all(&self.project);
    }
}
