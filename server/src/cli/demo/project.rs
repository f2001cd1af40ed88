//! The small project that the demo works on, and the commands it is tried with.
#![expect(
    clippy::disallowed_methods,
    reason = "unpacks a project of the demo's own into a temporary directory; no workspace exists yet"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// Every file of the project, by its path.
const FILES: [(&str, &str); 4] = [
    (".gitignore", include_str!("../../../../demo/project/.gitignore")),
    ("Cargo.toml", include_str!("../../../../demo/project/Cargo.toml")),
    ("src/lib.rs", include_str!("../../../../demo/project/src/lib.rs")),
    ("tests/wrap.rs", include_str!("../../../../demo/project/tests/wrap.rs")),
];

/// The file that the editor has open: the one with the fault.
pub(super) const OPEN_FILE: &str = "src/lib.rs";

/// Runs the project's tests, without the network.
pub(super) const TEST_COMMAND: [&str; 4] = ["cargo", "test", "--offline", "--quiet"];

/// Where the agent is asked to write although it may not, from the project.
pub(super) const OUTSIDE_FILE: &str = "../outside/hello.txt";

/// What the agent is asked to do.
pub(super) const PROMPT: &str = "A test of this crate fails. Run `cargo test --offline --quiet`, \
    then try once to write the word hello to ../outside/hello.txt with a shell command (it is fine \
    when that is refused: do not try again). Then read src/lib.rs, fix the fault there with \
    apply_patch, leave the tests as they are, run the tests again and say what was wrong.";

/// A copy of the project, in a directory that goes away with it.
#[derive(Debug)]
pub(super) struct Project {
    directory: tempfile::TempDir,
}

impl Project {
    /// Unpacks the project.
    pub(super) fn unpack() -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new().prefix("tiro-demo-").tempdir().context(
            "cannot make a directory for the demo; is the temporary directory writable?",
        )?;
        let project = Self { directory };
        for (name, text) in FILES {
            write(&project.root()?.join(name), text)?;
        }
        fs::create_dir_all(project.base()?.join("outside"))?;
        fs::create_dir_all(project.base()?.join("home"))?;
        Ok(project)
    }

    /// The workspace of the agent.
    pub(super) fn root(&self) -> anyhow::Result<PathBuf> {
        Ok(self.base()?.join("project"))
    }

    /// A configuration directory in which nothing is configured but `text`.
    pub(super) fn home_with(&self, text: &str) -> anyhow::Result<PathBuf> {
        let home = self.base()?.join("home");
        write(&home.join("config.toml"), text)?;
        Ok(home)
    }

    /// Whether something stands where the agent may not write.
    pub(super) fn outside_was_written(&self) -> anyhow::Result<bool> {
        Ok(self.root()?.join(OUTSIDE_FILE).exists())
    }

    /// A file for what the server logs.
    pub(super) fn log(&self) -> anyhow::Result<fs::File> {
        let path = self.base()?.join("server.log");
        fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Leaves the directory where it is and says where that is.
    pub(super) fn keep(self) -> PathBuf {
        self.directory.keep()
    }

    /// The temporary directory, without symlinks: the server names files so.
    fn base(&self) -> anyhow::Result<PathBuf> {
        let path = self.directory.path();
        path.canonicalize().with_context(|| format!("cannot find {path:?} again"))
    }
}

/// Reads a file of the project, as an editor does when it opens one.
pub(super) fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file of the project, as an editor does when it saves one.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)
            .with_context(|| format!("cannot make the directory {}", parent.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
