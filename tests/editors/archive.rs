//! The archive of a release: what is in it, and that a person who unpacks it as the
//! documentation says has the program and the plugin, by each way to install plugins.

#![expect(clippy::disallowed_methods, reason = "an archive is made of files")]

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use expect_test::expect;
use tempfile::TempDir;
use tiro_tests::{
    binary,
    model::{Model, Turn, Wire},
    process::{Start, run},
    project::Project,
};

use crate::job::Editor;

/// Runs a program that has to succeed, and gives what it writes.
fn done(start: &Start<'_>) -> String {
    let output = run(start, "").unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}:\n{text}\n{problem}", start.arguments);
    text
}

/// Packs a program as `make archive` does, and gives where the archive is.
fn pack(project: &Project, program: &Path, into: &Path, umask: &str) -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../release/archive");
    let shell = format!("umask {umask} && exec \"$0\" --level 1 \"$1\" of-a-test \"$2\"");
    let arguments = ["-c", &shell, script, program.to_str().unwrap(), into.to_str().unwrap()];
    PathBuf::from(done(&project.start(Path::new("/bin/sh"), &arguments)).trim())
}

/// A program that does nothing but say its version.
fn says_version(project: &Project, version: &str) -> PathBuf {
    project.write("tiro", format!("#!/bin/sh\necho tiro {version}\n").as_bytes());
    done(&project.start(Path::new("chmod"), &["+x", "tiro"]));
    project.path("tiro")
}

fn list(project: &Project, archive: &Path) -> Vec<String> {
    let arguments = ["-tzf", archive.to_str().unwrap()];
    let text = done(&project.start(Path::new("tar"), &arguments));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn is_the_same_each_time() {
    let project = Project::new(&[]).with_variable("SOURCE_DATE_EPOCH", "1700000000");
    let program = says_version(&project, env!("CARGO_PKG_VERSION"));
    let [first, second] = [("first", "022"), ("second", "077")]
        .map(|(name, umask)| pack(&project, &program, &project.path(name), umask));
    assert!(first != second && fs::read(first).unwrap() == fs::read(second).unwrap());
}

#[test]
fn lies_as_below_a_prefix() {
    let project = Project::new(&[]).with_variable("SOURCE_DATE_EPOCH", "1700000000");
    let program = says_version(&project, env!("CARGO_PKG_VERSION"));
    let archive = pack(&project, &program, &project.path("out"), "022");
    let top = format!("tiro-{}-of-a-test/", env!("CARGO_PKG_VERSION"));
    let files = list(&project, &archive);
    let mut shown: Vec<_> = files.iter().map(|file| file.strip_prefix(&top).unwrap()).collect();
    // Of folders with many files only some are named here.
    shown.retain(|file| !file.ends_with('/') && !file.contains("/docs/"));
    shown.retain(|file| !file.contains("lua/tiro/") || file.ends_with("version.lua"));
    expect![[r#"
        bin/tiro
        share/doc/tiro/ARCHITECTURE.md
        share/doc/tiro/CHANGELOG.md
        share/doc/tiro/CONTRIBUTING.md
        share/doc/tiro/LICENSE-APACHE
        share/doc/tiro/LICENSE-MIT
        share/doc/tiro/README.md
        share/doc/tiro/editors/neovim/README.md
        share/nvim/site/pack/tiro/opt/tiro/LICENSE-APACHE
        share/nvim/site/pack/tiro/opt/tiro/LICENSE-MIT
        share/nvim/site/pack/tiro/opt/tiro/doc/tags
        share/nvim/site/pack/tiro/opt/tiro/doc/tiro.txt
        share/nvim/site/pack/tiro/opt/tiro/lsp/tiro.lua
        share/nvim/site/pack/tiro/opt/tiro/lua/tiro.lua
        share/nvim/site/pack/tiro/opt/tiro/lua/tiro/version.lua
        share/nvim/site/pack/tiro/opt/tiro/plugin/tiro.lua
        share/tiro/tiro.nvim.bundle
    "#]]
    .assert_eq(&(shown.join("\n") + "\n"));

    // The links of the first page lead somewhere.
    let readme = include_str!("../../README.md");
    for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let file = format!("{top}share/doc/tiro/{link}");
        assert!(files.contains(&file), "README.md links to {link}, which is not there");
    }
}

#[test]
fn of_another_version_is_not_made() {
    let project = Project::new(&[]);
    let program = says_version(&project, "9.9.9");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../release/archive");
    let arguments = [program.to_str().unwrap(), "of-a-test", "."];
    let output = run(&project.start(Path::new(script), &arguments), "").unwrap();
    assert!(!output.status.success());
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(
        problem.contains("the versions differ: ") && problem.contains("has 9.9.9"),
        "{problem}"
    );
}

/// The archive with the program under test, unpacked once for all tests, which leave
/// it as it is: below `.local`, as the documentation says.
fn unpacked() -> &'static Path {
    static UNPACKED: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = UNPACKED.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        let base = directory.path().canonicalize().unwrap();
        let project = Project::new(&[]).with_variable("SOURCE_DATE_EPOCH", "1700000000");
        let archive = pack(&project, binary::tiro(), &base, "022");
        let local = base.join(".local");
        fs::create_dir(&local).unwrap();
        let [archive, into] = [&archive, &local].map(|path| path.to_str().unwrap());
        let arguments = ["-xzf", archive, "-C", into, "--strip-components", "1"];
        done(&project.start(Path::new("tar"), &arguments));
        (directory, local)
    });
    path
}

/// Where the archive has the plugin, below a prefix.
const PLUGIN: &str = "share/nvim/site/pack/tiro/opt/tiro";

/// Whether the person has the program on their PATH.
enum Program {
    OnThePath,
    BesideThePlugin,
}

/// A person whose `init.lua` is this uses the plugin, which is `at` below their home.
fn used(editor: Editor, program: &Program, init: &str, at: &str, prepare: impl FnOnce(&Project)) {
    let Some(nvim) = editor.program() else { return };
    let model = Model::start([Turn::say("It adds.")]);
    let project = Project::new(&[("add.sh", "echo $(($1 + $2))\n"), (".git/HEAD", "")]);
    let project = project.configured(&model.base_url(), Wire::Chat, "", "");
    let (local, home) = (unpacked(), home(&project));
    symlink(local, home.join(".local")).unwrap();
    fs::create_dir_all(home.join(".config/nvim")).unwrap();
    fs::write(home.join(".config/nvim/init.lua"), init).unwrap();
    prepare(&project);

    let path = env::var_os("PATH").unwrap_or_default();
    let mut path: Vec<_> = env::split_paths(&path).collect();
    path.retain(|directory| !directory.join("tiro").exists());
    if let Program::OnThePath = program {
        path.push(local.join("bin"));
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/editors/archive/used.lua");
    let project = project
        .with_variable("PATH", env::join_paths(path).unwrap().to_str().unwrap())
        .with_variable("TERM", "dumb")
        .with_variable("TIRO_AT", home.join(at).to_str().unwrap())
        .with_variable("TIRO_PROGRAM", local.join("bin/tiro").to_str().unwrap());
    done(&project.start(&nvim, &["--headless", "-c", &format!("luafile {script}")]));
    model.finish();
}

fn home(project: &Project) -> PathBuf {
    project.root().parent().unwrap().join("home")
}

fn packadd(editor: Editor) {
    let at = format!(".local/{PLUGIN}");
    used(editor, &Program::BesideThePlugin, "vim.cmd.packadd('tiro')", &at, |_| {});
}

#[test]
fn packadd_in_the_usual() {
    packadd(Editor::Plugin);
}

#[test]
fn packadd_in_the_oldest() {
    packadd(Editor::PluginInOldest);
}

#[test]
fn packadd_in_the_newest() {
    packadd(Editor::PluginInNewest);
}

/// A copy of the plugin, where Neovim loads all that it finds.
#[test]
fn start() {
    let at = ".config/nvim/pack/tiro/start/tiro";
    used(Editor::Plugin, &Program::OnThePath, "", at, |project| {
        let start = home(project).join(at);
        fs::create_dir_all(start.parent().unwrap()).unwrap();
        let [from, to] = [unpacked().join(PLUGIN), start];
        let arguments = ["-r", from.to_str().unwrap(), to.to_str().unwrap()];
        done(&project.start(Path::new("cp"), &arguments));
    });
}

/// What lazy.nvim does with `dir`: Neovim loads no plugin by itself, the folder comes
/// to the runtime path and its `plugin/` is sourced.
#[test]
fn a_manager_that_sources_it() {
    let init = "vim.go.loadplugins = false\n\
        local dir = vim.fn.expand('~/.local/share/nvim/site/pack/tiro/opt/tiro')\n\
        vim.opt.runtimepath:prepend(dir)\n\
        vim.cmd.source(dir .. '/plugin/tiro.lua')";
    let at = format!(".local/{PLUGIN}");
    used(Editor::Plugin, &Program::BesideThePlugin, init, &at, |_| {});
}

/// As its help says, but for the place where it puts plugins: the archive is shared here.
#[test]
fn vim_pack() {
    let init = "vim.env.XDG_DATA_HOME = vim.fn.expand('~/data')\n\
        vim.opt.packpath:prepend(vim.fn.expand('~/data/nvim/site'))\n\
        local src = vim.fn.expand('~/.local/share/tiro/tiro.nvim.bundle')\n\
        vim.pack.add({ { src = src, name = 'tiro.nvim' } }, { confirm = false })";
    let at = "data/nvim/site/pack/core/opt/tiro.nvim";
    used(Editor::PluginInNewest, &Program::OnThePath, init, at, |_| {});
}
