//! Just enough of bash's grammar to say what a script does without running it:
//! words that mean exactly what they spell. Pure; `shell_patch` and the
//! session's `safety` build on it. What is not certain is not a word.

use tree_sitter::{Node, Parser, Tree};

/// Scripts longer than this are not looked into, in bytes.
const MAX_SCRIPT: usize = 256 * 1024;

/// One word of a command, after quoting is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What the program gets, if `pattern` is false.
    pub text: String,
    /// Whether the shell replaces it by the names of files that match.
    pub pattern: bool,
    /// Whether it starts with an unquoted `~`, which the shell replaces.
    pub home: bool,
}

/// The script of `bash -lc SCRIPT`, `bash -c SCRIPT` and `sh -c SCRIPT`.
#[must_use]
pub fn inline_script(command: &[String]) -> Option<&str> {
    match command {
        [shell, flag, script]
            if matches!(
                (shell.as_str(), flag.as_str()),
                ("bash", "-lc" | "-c") | ("sh", "-c" | "-lc")
            ) =>
        {
            Some(script)
        }
        _ => None,
    }
}

/// The syntax tree of a script without an error in it.
#[must_use]
pub fn parse(script: &str) -> Option<Tree> {
    if script.len() > MAX_SCRIPT || script.contains('\0') {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let tree = parser.parse(script, None)?;
    (!tree.root_node().has_error()).then_some(tree)
}

/// The words of a `command` node: the program and its arguments. None when it
/// has anything besides plain words, such as an assignment, an expansion or a
/// redirection.
#[must_use]
pub fn words(command: Node<'_>, script: &str) -> Option<Vec<Word>> {
    if command.kind() != "command" {
        return None;
    }
    let mut words = Vec::new();
    let mut end = None;
    for child in children(command) {
        // The parser takes more for space than bash does, now and then even the
        // line end that separates two commands, so the space is looked at here.
        let space = script.get(end.unwrap_or(child.start_byte())..child.start_byte())?;
        let separated = end.is_none() || !space.is_empty();
        if !separated || !space.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
            return None;
        }
        end = Some(child.end_byte());
        let node = match child.kind() {
            "command_name" if words.is_empty() => only_child(child)?,
            _ if words.is_empty() => return None,
            _ => child,
        };
        words.push(word(node, script)?);
    }
    (!words.is_empty()).then_some(words)
}

/// All children of a node, punctuation and comments too.
#[must_use]
pub fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.children(&mut node.walk()).collect()
}

fn only_child(node: Node<'_>) -> Option<Node<'_>> {
    match children(node).as_slice() {
        [child] => Some(*child),
        _ => None,
    }
}

/// What a literal spells; none for anything that the shell computes.
#[must_use]
pub fn word(node: Node<'_>, script: &str) -> Option<Word> {
    let mut word = Word { text: String::new(), pattern: false, home: false };
    let pieces = if node.kind() == "concatenation" { children(node) } else { vec![node] };
    let mut end = node.start_byte();
    for piece in pieces {
        if piece.start_byte() != end {
            return None;
        }
        end = piece.end_byte();
        let source = script.get(piece.byte_range())?;
        match piece.kind() {
            "word" | "number" | "[" | "]" => bare(source, &mut word)?,
            "raw_string" => {
                word.text.push_str(source.strip_prefix('\'')?.strip_suffix('\'')?);
            }
            "string" => double_quoted(source, &mut word.text)?,
            _ => return None,
        }
    }
    (end == node.end_byte()).then_some(word)
}

/// A piece without quotes. Only characters that bash takes as they are: no
/// braces, which it expands, and nothing that is an operator anywhere.
fn bare(source: &str, word: &mut Word) -> Option<()> {
    word.home |= word.text.is_empty() && source.starts_with('~');
    let mut characters = source.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let escaped = characters.next()?;
                if escaped.is_control() {
                    return None;
                }
                word.text.push(escaped);
                continue;
            }
            '*' | '?' | '[' => word.pattern = true,
            '_' | '-' | '.' | '/' | ':' | '=' | '@' | '%' | '+' | ',' | '~' | '^' | ']' | '!'
            | '#' => {}
            other if other.is_alphanumeric() => {}
            _ => return None,
        }
        word.text.push(character);
    }
    Some(())
}

/// A double-quoted piece, with its quotes, without expansions.
fn double_quoted(source: &str, text: &mut String) -> Option<()> {
    let inner = source.strip_prefix('"')?.strip_suffix('"')?;
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '$' | '`' | '"' => return None,
            '\\' => match characters.next()? {
                escaped @ ('$' | '`' | '"' | '\\') => text.push(escaped),
                '\n' => return None,
                other => text.extend(['\\', other]),
            },
            _ => text.push(character),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// The words of a script that is one command.
    fn check(script: &str, expected: &Expect) {
        let found = parse(script).and_then(|tree| {
            let root = tree.root_node();
            words(only_child(root)?, script)
        });
        let text = match found {
            Some(words) => words
                .iter()
                .map(|word| {
                    let pattern = if word.pattern { " pattern" } else { "" };
                    let home = if word.home { " home" } else { "" };
                    format!("{:?}{pattern}{home}", word.text)
                })
                .collect::<Vec<_>>()
                .join("\n"),
            None => "not plain".to_owned(),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn quoting_is_removed() {
        check(
            r#"echo a 'b c' "d \"e\" \n" f'g'"h" \*.rs 5 a=b"#,
            &expect![[r#"
            "echo"
            "a"
            "b c"
            "d \"e\" \\n"
            "fgh"
            "*.rs"
            "5"
            "a=b""#]],
        );
    }

    #[test]
    fn what_the_shell_replaces_is_marked() {
        check(
            "ls *.rs a[0-9] ~/x '~' \\* HEAD~3",
            &expect![[r#"
            "ls"
            "*.rs" pattern
            "a[0-9]" pattern
            "~/x" home
            "~"
            "*"
            "HEAD~3""#]],
        );
    }

    #[test]
    fn what_the_shell_computes_is_no_word() {
        for script in ["echo $a", "echo \"$a\"", "echo `a`", "echo {a,b}", "a=b echo", "echo >b"] {
            check(script, &expect!["not plain"]);
        }
    }

    #[test]
    fn space_that_bash_does_not_know_is_not_skipped() {
        check("echo a\u{b}b", &expect!["not plain"]);
        check("echo \\\n a", &expect!["not plain"]);
    }

    #[test]
    fn only_inline_scripts_are_found() {
        let argv = |words: &[&str]| -> Vec<String> { words.iter().map(|&it| it.into()).collect() };
        assert_eq!(inline_script(&argv(&["bash", "-lc", "ls"])), Some("ls"));
        assert_eq!(inline_script(&argv(&["sh", "-c", "ls"])), Some("ls"));
        assert_eq!(inline_script(&argv(&["bash", "ls"])), None);
        assert_eq!(inline_script(&argv(&["bash", "-c", "ls", "x"])), None);
        assert_eq!(inline_script(&argv(&["python3", "-c", "ls"])), None);
    }
}
