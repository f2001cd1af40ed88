//! One job in one real editor: a project, a scripted model, the set-up that the
//! documentation shows, and a script that does in the editor what a person would.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use tiro_tests::{
    binary,
    log::DEADLINE,
    model::{Gate, Model, Turn, Wire},
    process::{Process, run},
    project::Project,
};

/// The plugin for Neovim.
pub(crate) const PLUGIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../editors/neovim");

/// Where the jobs are done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Editor {
    /// Neovim without any plugin.
    Neovim,
    /// Emacs with eglot.
    Emacs,
    /// Neovim with tiro.nvim.
    Plugin,
    /// The same in the oldest Neovim that it takes.
    PluginInOldest,
    /// The same in the newest that there is.
    PluginInNewest,
    /// Kakoune with kakoune-lsp.
    Kakoune,
}

impl Editor {
    /// Where it is; None when it is missing, which is said.
    pub(crate) fn program(self) -> Option<PathBuf> {
        match self {
            Self::Neovim | Self::Plugin => crate::editor("Neovim", "TIRO_NVIM", "nvim/bin/nvim"),
            Self::PluginInOldest => {
                crate::editor("Neovim 0.10", "TIRO_NVIM_OLD", "nvim-trixie/nvim")
            }
            Self::PluginInNewest => {
                crate::editor_or_why_not("new Neovim", "TIRO_NVIM_NEW", "nvim-testing/nvim").ok()
            }
            Self::Emacs => crate::editor("Emacs", "TIRO_EMACS", "emacs/emacs"),
            Self::Kakoune => crate::editor("Kakoune", "TIRO_KAKOUNE", "kakoune/kak"),
        }
    }

    /// What the page of this editor says first: the snippets of this language, up
    /// to the first heading.
    fn set_up(self) -> String {
        let (page, language) = match self {
            Self::Neovim => (include_str!("../../docs/editors/neovim.md"), "lua"),
            Self::Emacs => (include_str!("../../docs/editors/emacs.md"), "elisp"),
            Self::Plugin | Self::PluginInOldest | Self::PluginInNewest => return String::new(),
            Self::Kakoune => (include_str!("../../docs/editors/kakoune.md"), "kak"),
        };
        let first = page.split("\n## ").next().unwrap_or_default();
        let fence = format!("```{language}\n");
        let snippets = first.split(&fence).skip(1);
        let code: Vec<_> = snippets.filter_map(|rest| rest.split("```").next()).collect();
        assert!(!code.is_empty(), "the page of {self:?} begins with its set-up");
        code.join("\n")
    }
}

/// What is prepared for an editor.
pub(crate) struct Job {
    pub(crate) project: Project,
    pub(crate) model: Model,
    /// What the script wrote, by line.
    pub(crate) said: Vec<String>,
    gates: Vec<(&'static str, Gate)>,
}

/// Asks about every command that does more than read, and about every patch.
pub(crate) const ASKING: &str = "approval_policy = \"unless-allow-listed\"\n\
    sandbox_permissions = [\"disk-full-read-access\", \"disk-write-cwd\"]";

impl Job {
    /// A project under Git with these files, and a model that answers in turn.
    pub(crate) fn new(files: &[(&str, &str)], script: impl IntoIterator<Item = Turn>) -> Self {
        let model = Model::start(script);
        let project = Project::new(files).configured(&model.base_url(), Wire::Chat, ASKING, "");
        let init = project.start(Path::new("git"), &["init", "--quiet"]);
        assert!(run(&init, "").unwrap().status.success(), "git init");
        Self { project, model, said: Vec::new(), gates: Vec::new() }
    }

    /// Opens the gate when the editor says that it reached this point.
    pub(crate) fn gate(mut self, point: &'static str, gate: &Gate) -> Self {
        self.gates.push((point, gate.clone()));
        self
    }

    /// Has the editor run the script of this name. None when it is not there.
    pub(crate) fn done_in(self, editor: Editor, name: &str) -> Option<Self> {
        let program = editor.program()?;
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors");
        let outside = self.project.outside();
        let set_up = outside.join("set-up");
        #[expect(clippy::disallowed_methods, reason = "what a person copies from the page")]
        std::fs::write(&set_up, editor.set_up()).unwrap();

        let bin = binary::tiro().parent().expect("a file is in a directory");
        let path = [bin.as_os_str(), &env::var_os("PATH").unwrap_or_default()].map(PathBuf::from);
        let path = format!("{}:{}", path[0].display(), path[1].display());
        let Self { project, model, gates, .. } = self;
        let project = project
            .with_variable("PATH", &path)
            .with_variable("TERM", "dumb")
            .with_variable("TIRO_SET_UP", set_up.to_str().unwrap())
            .with_variable("TIRO_OUTSIDE", outside.to_str().unwrap())
            .with_variable("TIRO_SCRIPTS", scripts.join("plugin").to_str().unwrap())
            .with_variable("TIRO_PLUGIN", PLUGIN);
        // Kakoune has no script of its own: a shell types into it.
        let (program, project) = match editor {
            Editor::Kakoune => {
                let kakoune = program.to_str().expect("a path of this project");
                (PathBuf::from("/bin/sh"), project.with_variable("TIRO_KAK", kakoune))
            }
            _ => (program, project),
        };
        let script = |file: String| scripts.join(file).to_str().unwrap().to_owned();
        let arguments = match editor {
            Editor::Neovim => {
                vec![
                    "--headless".into(),
                    "--clean".into(),
                    "-l".into(),
                    script(format!("neovim/{name}.lua")),
                ]
            }
            // With -l there would be no screen to draw on.
            Editor::Plugin | Editor::PluginInOldest | Editor::PluginInNewest => vec![
                "--headless".into(),
                "--clean".into(),
                "-c".into(),
                format!("luafile {}", script(format!("plugin/{name}.lua"))),
            ],
            Editor::Emacs => vec![
                "--batch".into(),
                "-q".into(),
                "-l".into(),
                script("emacs/person.el".to_owned()),
                "-l".into(),
                script(format!("emacs/{name}.el")),
            ],
            Editor::Kakoune => vec![script(format!("kakoune/{name}.sh"))],
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();

        let said = tiro_tests::log::Log::default();
        let heard = said.clone();
        let process = Process::start(&project.start(&program, &arguments), move |output, _| {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                for (_, gate) in gates.iter().filter(|(point, _)| line.trim() == *point) {
                    gate.open();
                }
                heard.push(line);
            }
        });
        // The script has deadlines of its own, which say more.
        let ended = process.wait(DEADLINE * 3);
        let said = said.read(<[String]>::to_vec);
        let all = said.join("\n");
        assert!(
            ended.is_ok_and(|status| status.success()),
            "{editor:?} {name}: {ended:?}\n{all}\n{}",
            process.stderr()
        );
        Some(Self { project, model, said, gates: Vec::new() })
    }
}
