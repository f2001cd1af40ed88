//! A workspace in a temporary directory, made from text, with a home of its own:
//! nothing of the person who runs the tests gets in, and nothing gets out.
#![expect(clippy::disallowed_methods, reason = "a test makes and reads the files it is about")]

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{model::Wire, process::Start, uri};

/// The directories of one test.
#[derive(Debug)]
pub struct Project {
    _directory: TempDir,
    base: PathBuf,
    work: PathBuf,
    environment: Vec<(OsString, OsString)>,
}

impl Project {
    /// Writes the given files (path relative to the root, content).
    ///
    /// # Panics
    /// When the temporary directory cannot be written to.
    #[must_use]
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self::below(&std::env::temp_dir(), files)
    }

    /// The same in a directory of one's choice, where the length of paths is to be known:
    /// the project's own has a name of eleven letters there.
    ///
    /// # Panics
    /// When it cannot be written to.
    #[must_use]
    pub fn below(parent: &Path, files: &[(&str, &str)]) -> Self {
        let mut builder = tempfile::Builder::new();
        let directory = builder.prefix("tiro-").tempdir_in(parent).expect("a temp dir");
        let base = fs::canonicalize(directory.path()).expect("the temp dir exists");
        for name in ["work", "home", "outside", "tiro", "state"] {
            fs::create_dir(base.join(name)).expect("the temp dir is empty");
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let environment = vec![
            ("PATH".into(), path),
            ("HOME".into(), base.join("home").into()),
            ("TIRO_HOME".into(), base.join("tiro").into()),
            ("XDG_STATE_HOME".into(), base.join("state").into()),
            ("XDG_CONFIG_HOME".into(), base.join("home/.config").into()),
            ("XDG_CACHE_HOME".into(), base.join("home/.cache").into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("NO_PROXY".into(), "*".into()),
        ];
        let work = base.join("work");
        let project = Self { _directory: directory, base, work, environment };
        for (path, content) in files {
            project.write(path, content.as_bytes());
        }
        project
    }

    /// Configures the scripted model at `base_url`, with `top` among the top keys of
    /// the user's config file and `provider` among those of the provider.
    #[must_use]
    pub fn configured(self, base_url: &str, wire: Wire, top: &str, provider: &str) -> Self {
        let wire = wire.name();
        self.config(&format!(
            "model = \"scripted\"\nmodel_provider = \"scripted\"\n{top}\n\n\
             [model_providers.scripted]\nbase_url = \"{base_url}\"\nwire_api = \"{wire}\"\n{provider}\n"
        ));
        self
    }

    /// Writes the user's config file.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn config(&self, text: &str) {
        fs::write(self.base.join("tiro/config.toml"), text).expect("the config can be written");
    }

    /// Sets one more environment variable of the program.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The whole environment of the program.
    #[must_use]
    pub fn environment(&self) -> &[(OsString, OsString)] {
        &self.environment
    }

    /// How to start `program` here.
    #[must_use]
    pub fn start<'a>(&'a self, program: &'a Path, arguments: &'a [&'a str]) -> Start<'a> {
        Start { program, arguments, environment: &self.environment, directory: self.root() }
    }

    /// The workspace root: absolute and canonical.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.work
    }

    /// The texts of the files in which sessions are kept.
    #[must_use]
    pub fn sessions(&self) -> Vec<String> {
        let below = |directory: PathBuf| fs::read_dir(directory).into_iter().flatten().flatten();
        let workspaces = below(self.base.join("state/tiro/sessions"));
        let files = workspaces.flat_map(|workspace| below(workspace.path()));
        files.filter_map(|file| fs::read_to_string(file.path()).ok()).collect()
    }

    /// Makes that no session can be kept, as on a disk that cannot be written.
    ///
    /// # Panics
    /// When there is one already.
    pub fn blocks_sessions(&self) {
        fs::create_dir_all(self.base.join("state/tiro")).expect("a directory");
        fs::write(self.base.join("state/tiro/sessions"), "in the way").expect("written");
    }

    /// A directory beside the workspace: outside of what the agent may touch.
    #[must_use]
    pub fn outside(&self) -> PathBuf {
        self.base.join("outside")
    }

    /// The absolute path of a file of the project.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// The URI of a file of the project.
    #[must_use]
    pub fn uri(&self, relative: &str) -> String {
        uri::from_path(&self.path(relative), "")
    }

    /// Writes a file and the directories above it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, relative: &str, content: &[u8]) {
        let path = self.path(relative);
        let parent = path.parent().expect("a file is in a directory");
        fs::create_dir_all(parent).expect("a directory can be made");
        fs::write(path, content).expect("a file can be written");
    }

    /// Removes a file of the project.
    ///
    /// # Panics
    /// When it cannot be removed.
    pub fn remove(&self, relative: &str) {
        let path = self.path(relative);
        fs::remove_file(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// The text of a file on disk.
    ///
    /// # Panics
    /// When it is not there or not UTF-8.
    #[must_use]
    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative))
            .unwrap_or_else(|error| panic!("cannot read {relative}: {error}"))
    }

    /// Whether a file is there.
    #[must_use]
    pub fn has(&self, relative: &str) -> bool {
        self.path(relative).exists()
    }
}
