//! Finding paths and addresses in lines of error output.

use std::path::{Path, PathBuf};

/// The paths a refusal names: what is quoted, what looks like a path, or the
/// word in front of the refusal (`tee: NAME: Permission denied`).
pub(super) fn named<'line>(line: &'line str, refusals: &[&str]) -> Vec<&'line str> {
    let found = quoted_or_absolute(line);
    if !found.is_empty() {
        return found;
    }
    let parts: Vec<&str> = line.split(": ").map(str::trim).collect();
    let refusal = parts.iter().position(|part| {
        let part = part.to_lowercase();
        refusals.iter().any(|words| part.contains(words))
    });
    // At least a program and a name come before it; a name has no spaces, or
    // only those of a verb, as in `cannot create NAME`.
    let Some(name) = refusal.filter(|index| *index >= 2).and_then(|index| parts.get(index - 1))
    else {
        return Vec::new();
    };
    let name = name.rsplit(' ').next().unwrap_or(name);
    if name.is_empty() || name.chars().all(|character| character.is_ascii_digit()) {
        return Vec::new();
    }
    vec![name]
}

/// What stands in quotes of any kind, then the words that have a slash in them:
/// an apostrophe (`couldn't`) looks like a quote.
pub(super) fn quoted_or_absolute(line: &str) -> Vec<&str> {
    const QUOTES: [(char, char); 5] =
        [('\'', '\''), ('"', '"'), ('`', '`'), ('‘', '’'), ('`', '\'')];
    let mut quoted = Vec::new();
    for (open, close) in QUOTES {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once(open) {
            let Some((inside, after)) = after.split_once(close) else { break };
            let a_path = !inside.is_empty() && !inside.contains(": ") && !inside.contains("://");
            if a_path && inside.len() < 4096 {
                quoted.push(inside);
            }
            rest = after;
        }
    }
    let edges: &[char] = &[':', ',', ';', '(', ')', '[', ']', '<', '>', '\'', '"', '`', '‘', '’'];
    let words = line.split_whitespace().map(|word| word.trim_matches(edges));
    let mut words: Vec<&str> =
        words.filter(|word| word.contains('/') && !word.contains("://")).collect();
    // The program that speaks comes first; what it speaks of comes after.
    if words.len() > 1 && line.trim_start().starts_with(words[0]) {
        words.remove(0);
    }
    words.retain(|word| !quoted.contains(word));
    quoted.extend(words);
    quoted
}

/// The address that a line about the network names.
pub(super) fn address(line: &str) -> Option<&str> {
    let edges: &[char] = &['\'', '"', '`', ':', ',', ';', '(', ')', '<', '>', '‘', '’'];
    let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(edges)).collect();
    if let Some(url) = words.iter().find(|word| word.contains("://")) {
        return Some(url);
    }
    let told = ["host", "hostname", "lookup", "address", "resolving", "eai_again", "eperm", "to"];
    let follows = words.windows(2).filter_map(|pair| match pair {
        [word, next] if told.contains(&word.to_lowercase().as_str()) => Some(*next),
        _ => None,
    });
    let an_address = |word: &&str| word.contains('.') && !word.contains('/') && word.len() > 3;
    follows.into_iter().find(an_address)
}

/// The numbers in a line that can be ports.
pub(super) fn numbers(line: &str) -> Vec<u16> {
    let digits = line.split(|character: char| !character.is_ascii_digit());
    digits.filter_map(|digits| digits.parse().ok()).filter(|port| *port != 0).collect()
}

/// Whether some program accepts TCP connections at `port`, where the kernel tells.
pub(super) fn host_listens(port: u16) -> bool {
    const LISTENING: &str = "0A";
    let listed = |table: &str| {
        #[expect(clippy::disallowed_methods, reason = "a file of the kernel, not of the project")]
        let table = std::fs::read_to_string(table).unwrap_or_default();
        let wanted = format!(":{port:04X}");
        table.lines().any(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let address = fields.next().is_some_and(|address| address.ends_with(&wanted));
            address && fields.nth(1) == Some(LISTENING)
        })
    };
    ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().any(listed)
}

/// `path` with links followed, as far as it exists.
pub(super) fn resolve(path: &Path) -> PathBuf {
    let mut missing = Vec::new();
    let mut existing = path;
    loop {
        if let Ok(mut resolved) = existing.canonicalize() {
            resolved.extend(missing.iter().rev());
            return resolved;
        }
        let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else {
            return path.to_path_buf();
        };
        missing.push(name);
        existing = parent;
    }
}

/// Whether this process's user may write `path`, or make it.
pub(super) fn user_may_write(path: &Path) -> bool {
    let existing = path.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok());
    existing
        .is_some_and(|existing| rustix::fs::access(existing, rustix::fs::Access::WRITE_OK).is_ok())
}
