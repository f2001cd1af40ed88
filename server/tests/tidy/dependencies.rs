//! What stands below a crate, read from the lock file.

use std::collections::{BTreeMap, BTreeSet};

use crate::Violation;

/// Crates that bring a runtime, a network or an editor protocol.
const RUNTIMES: &[&str] =
    &["tokio", "async-std", "smol", "hyper", "reqwest", "genai", "tower-lsp-server", "ls-types"];

/// Whether nothing below `root`, in any configuration, is one of [`RUNTIMES`].
pub(crate) fn without_runtime(lock: &str, root: &str) -> Vec<Violation> {
    let packages = packages(lock);
    assert!(packages.contains_key(root), "the lock file has no {root}");
    let mut seen = BTreeSet::new();
    let mut open = vec![root];
    while let Some(name) = open.pop() {
        if seen.insert(name) {
            open.extend(packages.get(name).into_iter().flat_map(|(_, below)| below));
        }
    }
    RUNTIMES
        .iter()
        .filter(|runtime| seen.contains(*runtime))
        .map(|runtime| Violation {
            file: "Cargo.lock".to_owned(),
            line: packages[runtime].0,
            what: format!("`{root}` stands on `{runtime}`: the protocol has no IO and no runtime"),
        })
        .collect()
}

/// Name to line and direct dependencies. Versions of one name count as one.
fn packages(lock: &str) -> BTreeMap<&str, (usize, Vec<&str>)> {
    let mut packages: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    let mut current = "";
    for (number, line) in lock.lines().enumerate() {
        if let Some(name) = line.strip_prefix("name = \"") {
            current = name.trim_end_matches('"');
            packages.entry(current).or_insert((number + 1, Vec::new()));
        } else if let Some(entry) = line.strip_prefix(" \"")
            && let Some((_, below)) = packages.get_mut(current)
        {
            below.extend(entry.trim_end_matches(['"', ',']).split(' ').next());
        }
    }
    packages
}

#[test]
fn a_runtime_further_down_is_found() {
    let lock = "[[package]]\nname = \"top\"\ndependencies = [\n \"middle 1.0\",\n]\n[[package]]\nname = \"middle\"\ndependencies = [\n \"tokio\",\n]\n[[package]]\nname = \"tokio\"\n";
    let found: Vec<String> = without_runtime(lock, "top").iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        ["Cargo.lock:12: `top` stands on `tokio`: the protocol has no IO and no runtime"]
    );
    assert!(without_runtime(&lock.replace("\"tokio\",", "\"serde\","), "top").is_empty());
}
