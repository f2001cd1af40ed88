//! The environment of a command: an allow-list, as keys and tokens are found
//! under any name. Pure.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::Path,
};

/// Who and where the user is, and how programs show text.
const GENERAL: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "CI",
];

/// Where tools keep themselves and what they build with: paths and flags only.
const TOOLS: [&str; 52] = [
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_DATA_DIRS",
    "XDG_CONFIG_DIRS",
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "RUST_SRC_PATH",
    "GOPATH",
    "GOROOT",
    "GOCACHE",
    "GOMODCACHE",
    "GOFLAGS",
    "GOTOOLCHAIN",
    "JAVA_HOME",
    "GRADLE_USER_HOME",
    "MAVEN_HOME",
    "ANDROID_HOME",
    "NVM_DIR",
    "NODE_PATH",
    "NODE_ENV",
    "COREPACK_HOME",
    "PNPM_HOME",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYENV_ROOT",
    "PYTHONPATH",
    "PYTHONHASHSEED",
    "GEM_HOME",
    "GEM_PATH",
    "BUNDLE_PATH",
    "RBENV_ROOT",
    "PERL5LIB",
    "CC",
    "CXX",
    "AR",
    "LD",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "MAKEFLAGS",
    "PKG_CONFIG_PATH",
    "LD_LIBRARY_PATH",
    "NIX_PROFILES",
];

/// Names without secrets that git reads; `GIT_CONFIG_VALUE_n` and the askpass
/// programs are left out on purpose.
const GIT: [&str; 8] = [
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_DATE",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
];

/// Passed with the network only, and only without a user name in them.
const PROXIES: [&str; 8] = [
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// Where programs are looked for when nobody says so.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What of `source` a command gets. `named` are variables that were asked for
/// one by one; `temp` becomes `TMPDIR`.
pub(super) fn allowed(
    source: impl IntoIterator<Item = (OsString, OsString)>,
    named: &[OsString],
    network: bool,
    temp: Option<&Path>,
) -> BTreeMap<OsString, OsString> {
    let mut allowed: BTreeMap<_, _> = source
        .into_iter()
        .filter(|(name, value)| named.contains(name) || is_allowed(name, value, network))
        .collect();
    allowed.entry("PATH".into()).or_insert_with(|| DEFAULT_PATH.into());
    if let Some(temp) = temp {
        allowed.insert("TMPDIR".into(), temp.into());
    }
    allowed
}

/// Whether a variable may be passed although nobody asked for it.
fn is_allowed(name: &OsStr, value: &OsStr, network: bool) -> bool {
    let Some(name) = name.to_str() else { return false };
    let listed = |list: &[&str]| list.contains(&name);
    if listed(&PROXIES) {
        // `http://user:password@proxy` is a secret.
        return network && !value.as_encoded_bytes().contains(&b'@');
    }
    name.starts_with("LC_") || listed(&GENERAL) || listed(&TOOLS) || listed(&GIT)
}

/// Whether setting `name` for the command would run code in the helper itself,
/// before anything is restricted.
#[must_use]
pub(super) fn reaches_the_helper(name: &str) -> bool {
    name.starts_with("LD_") || name.starts_with("DYLD_") || name == "GLIBC_TUNABLES"
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(source: &str, named: &[&str], network: bool, expected: &Expect) {
        let source = source.lines().filter_map(|line| line.split_once('='));
        let source = source.map(|(name, value)| (name.into(), value.into()));
        let named: Vec<OsString> = named.iter().map(OsString::from).collect();
        let environment = allowed(source, &named, network, Some(Path::new("/t")));
        let lines: Vec<String> = environment
            .iter()
            .map(|(name, value)| format!("{}={}", name.display(), value.display()))
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn keys_and_tokens_stay_behind() {
        check(
            "PATH=/bin\nHOME=/h\nLC_ALL=C\nOPENAI_API_KEY=sk\nGITHUB_TOKEN=g\nAWS_SECRET_ACCESS_KEY=a\n\
             SSH_AUTH_SOCK=/s\nDBUS_SESSION_BUS_ADDRESS=d\nTMPDIR=/elsewhere\nLD_PRELOAD=/x.so\nBASH_ENV=/x\nlc_all=x",
            &[],
            false,
            &expect![["HOME=/h\nLC_ALL=C\nPATH=/bin\nTMPDIR=/t"]],
        );
    }

    #[test]
    fn what_was_asked_for_by_name_is_passed() {
        check(
            "PATH=/bin\nFOO=1\nBAR=2",
            &["FOO"],
            false,
            &expect![["FOO=1\nPATH=/bin\nTMPDIR=/t"]],
        );
    }

    #[test]
    fn proxies_come_with_the_network_and_without_a_password() {
        let source = "PATH=/bin\nhttp_proxy=http://p:1\nhttps_proxy=http://u:w@p:1";
        check(source, &[], false, &expect![["PATH=/bin\nTMPDIR=/t"]]);
        check(source, &[], true, &expect![["PATH=/bin\nTMPDIR=/t\nhttp_proxy=http://p:1"]]);
    }

    #[test]
    fn there_is_always_a_path() {
        check(
            "",
            &[],
            false,
            &expect![[
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nTMPDIR=/t"
            ]],
        );
    }

    #[test]
    fn no_listed_name_sounds_like_a_secret() {
        let secret = ["KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL", "AUTH_"];
        for name in GENERAL.iter().chain(&TOOLS).chain(&GIT).chain(&PROXIES) {
            let git_author = name.starts_with("GIT_AUTHOR");
            assert!(git_author || !secret.iter().any(|word| name.contains(word)), "{name}");
        }
    }
}
