//! The process environment, read once at the start and passed on from there.

use std::{collections::BTreeMap, path::PathBuf};

/// The environment variables and the home directory of the person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
}

impl Environment {
    /// That of this process. Variables that are not UTF-8 are left out.
    #[must_use]
    pub fn from_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { variables, home: std::env::home_dir().filter(|home| home.is_absolute()) }
    }

    /// One made of `pairs` alone, for tests; `HOME` is the home directory.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables: BTreeMap<String, String> =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let home = variables.get("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        Self { variables, home }
    }

    /// The value of a variable. An empty one counts as absent.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All variables, by name.
    pub fn vars(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The person's home directory.
    #[must_use]
    pub fn home(&self) -> Option<&PathBuf> {
        self.home.as_ref()
    }

    /// Directory of the user's configuration: `$TIRO_HOME`, else `tiro/` in the
    /// platform's configuration directory.
    #[must_use]
    pub fn tiro_home(&self) -> PathBuf {
        self.directory("TIRO_HOME", "XDG_CONFIG_HOME", "APPDATA", ".config")
    }

    /// Directory for what Tiro keeps between runs: `$TIRO_STATE_HOME`, else
    /// `tiro/` in the platform's directory for state.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.directory("TIRO_STATE_HOME", "XDG_STATE_HOME", "LOCALAPPDATA", ".local/state")
    }

    fn directory(&self, own: &str, xdg: &str, windows: &str, below_home: &str) -> PathBuf {
        if let Some(directory) = self.var(own) {
            return PathBuf::from(directory);
        }
        let platform = if cfg!(windows) { windows } else { xdg };
        let absolute = self.var(platform).map(PathBuf::from).filter(|path| path.is_absolute());
        if let Some(directory) = absolute {
            return directory.join("tiro");
        }
        let below_home =
            if cfg!(target_os = "macos") { "Library/Application Support" } else { below_home };
        // Without a home there are no user files; a relative name keeps this total.
        self.home.clone().unwrap_or_default().join(below_home).join("tiro")
    }
}

impl std::fmt::Debug for Environment {
    // Names only: values may be secrets.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.variables.keys()).finish()
    }
}
