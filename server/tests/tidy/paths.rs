//! The paths that code names: `a::b::c`, with the groups of a `use` spread out.

/// One path, from its first segment to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPath {
    /// 1-based, of the first segment.
    pub(crate) line: usize,
    /// Such as `["crate", "model", "ToolCall"]`.
    pub(crate) segments: Vec<String>,
}

impl NamedPath {
    /// Whether the path begins so, in whole segments: `std::fs`.
    pub(crate) fn starts_with(&self, prefix: &str) -> bool {
        let mut segments = self.segments.iter();
        prefix.split("::").all(|wanted| segments.next().is_some_and(|segment| segment == wanted))
    }

    /// As it would be written.
    pub(crate) fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// All paths in blanked code, single words included.
pub(crate) fn named_paths(code: &str) -> Vec<NamedPath> {
    let tokens = tokens(code);
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_word(tokens[at].1) {
            path(&tokens, &mut at, &[], &mut paths);
        } else {
            at += 1;
        }
    }
    paths
}

type Token<'a> = (usize, &'a str);

/// Words, `::`, and every other letter by itself.
fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push((number + 1, &rest[..length]));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads one path, or all paths of a group, from the word at `at`.
fn path(tokens: &[Token<'_>], at: &mut usize, prefix: &[String], paths: &mut Vec<NamedPath>) {
    let line = tokens[*at].0;
    let mut segments = prefix.to_vec();
    loop {
        segments.push(tokens[*at].1.to_owned());
        *at += 1;
        if tokens.get(*at).is_none_or(|token| token.1 != "::") {
            break;
        }
        match tokens.get(*at + 1).map(|token| token.1) {
            Some("{") => {
                *at += 2;
                group(tokens, at, &segments, paths);
                return;
            }
            Some(next) if is_word(next) => *at += 1,
            _ => break,
        }
    }
    paths.push(NamedPath { line, segments });
}

fn group(tokens: &[Token<'_>], at: &mut usize, prefix: &[String], paths: &mut Vec<NamedPath>) {
    while let Some(&(_, token)) = tokens.get(*at) {
        if token == "}" {
            *at += 1;
            return;
        }
        match token {
            "as" => *at += 2,
            word if is_word(word) => path(tokens, at, prefix, paths),
            _ => *at += 1,
        }
    }
}

#[test]
fn groups_are_spread_out() {
    let code = "use crate::{\n  model::{ModelItem, UserPart as Part},\n  tools,\n};\nstd::fs::read::<T>(x)";
    let named: Vec<String> =
        named_paths(code).iter().map(|path| format!("{} {}", path.line, path.text())).collect();
    assert_eq!(
        named,
        [
            "1 use",
            "2 crate::model::ModelItem",
            "2 crate::model::UserPart",
            "3 crate::tools",
            "5 std::fs::read",
            "5 T",
            "5 x",
        ]
    );
}
