//! Patches that a model hands to its shell: `apply_patch` as a command, or as
//! a script with a here document. They never reach a shell; the session
//! applies them like any other patch. Pure.

use tree_sitter::Node;

use super::bash;

/// A patch found in a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellPatch {
    /// Where the script went first, as it wrote it; relative to the command's
    /// own directory.
    pub workdir: Option<String>,
    /// The patch as it stands in the command. Nothing in it is expanded, also
    /// where the delimiter of the here document is not quoted: a `$` in code
    /// means itself.
    pub patch: String,
}

/// The patch of a command that does nothing besides applying one.
#[must_use]
pub fn patch_in_command(command: &[String]) -> Option<ShellPatch> {
    match command {
        [program, patch] if is_apply_patch(program) => {
            Some(ShellPatch { workdir: None, patch: patch.clone() })
        }
        _ => patch_in_script(bash::inline_script(command)?),
    }
}

fn is_apply_patch(program: &str) -> bool {
    matches!(program, "apply_patch" | "applypatch")
}

fn patch_in_script(script: &str) -> Option<ShellPatch> {
    let tree = bash::parse(script)?;
    let statement = sole_statement(tree.root_node())?;
    if statement.kind() != "redirected_statement" {
        return None;
    }
    let [body, redirect] = bash::children(statement).try_into().ok()?;
    let (workdir, apply) = match body.kind() {
        "list" => {
            let [change, and, apply] = bash::children(body).try_into().ok()?;
            if and.kind() != "&&" {
                return None;
            }
            (Some(directory(change, script)?), apply)
        }
        _ => (None, body),
    };
    let words = bash::words(apply, script)?;
    let [program] = words.as_slice() else { return None };
    if !is_apply_patch(&program.text) {
        return None;
    }
    Some(ShellPatch { workdir, patch: here_document(redirect, script)? })
}

/// The one statement of a program; what stands after it may only be space.
fn sole_statement(program: Node<'_>) -> Option<Node<'_>> {
    let (first, rest) =
        bash::children(program).split_first().map(|(first, rest)| (*first, rest.to_vec()))?;
    rest.iter().all(|node| matches!(node.kind(), "\n" | ";")).then_some(first)
}

/// The directory of `cd DIRECTORY`.
fn directory(change: Node<'_>, script: &str) -> Option<String> {
    let words = bash::words(change, script)?;
    match words.as_slice() {
        [cd, directory]
            if cd.text == "cd"
                && !directory.pattern
                && !directory.home
                && !directory.text.is_empty()
                && !directory.text.starts_with('-') =>
        {
            Some(directory.text.clone())
        }
        _ => None,
    }
}

/// The lines between the delimiters; `<<-` takes leading tabs away.
fn here_document(redirect: Node<'_>, script: &str) -> Option<String> {
    if redirect.kind() != "heredoc_redirect" {
        return None;
    }
    let parts = bash::children(redirect);
    let known = ["<<", "<<-", "heredoc_start", "\n", "heredoc_body", "heredoc_end"];
    if !parts.iter().all(|part| known.contains(&part.kind())) {
        return None;
    }
    let part = |kind: &str| parts.iter().find(|part| part.kind() == kind);
    let start = part("heredoc_start")?;
    let end = part("heredoc_end")?.start_byte();
    let after_start = script.get(start.end_byte()..end)?;
    let (line, body) = after_start.split_once('\n')?;
    if !line.trim().is_empty() {
        return None;
    }
    if part("<<-").is_some() {
        let lines = body.split_inclusive('\n').map(|line| line.trim_start_matches('\t'));
        return Some(lines.collect());
    }
    Some(body.to_owned())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn find(words: &[&str]) -> Option<ShellPatch> {
        let command: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        patch_in_command(&command)
    }

    fn check(script: &str, expected: &Expect) {
        let found = find(&["bash", "-lc", script]);
        assert_eq!(find(&["sh", "-c", script]), found);
        let text = match found {
            Some(ShellPatch { workdir, patch }) => format!("in {workdir:?}\n{patch}"),
            None => "no patch".to_owned(),
        };
        expected.assert_eq(&text);
    }

    const BODY: &str = "*** Begin Patch\n*** Add File: a\n+x = $y `z` \\n\n*** End Patch\n";

    #[test]
    fn the_command_itself_is_found() {
        for program in ["apply_patch", "applypatch"] {
            let found = find(&[program, BODY]);
            assert_eq!(found, Some(ShellPatch { workdir: None, patch: BODY.to_owned() }));
        }
        assert_eq!(find(&["apply_patch"]), None);
        assert_eq!(find(&["apply_patch", BODY, "more"]), None);
        assert_eq!(find(&["./apply_patch", BODY]), None);
    }

    #[test]
    fn here_documents_are_found_with_their_text_as_it_is() {
        for delimiter in ["'EOF'", "\"EOF\"", "EOF", "\\EOF"] {
            for newline in ["", "\n", "\n\n"] {
                let script = format!("apply_patch <<{delimiter}\n{BODY}EOF{newline}");
                let found = find(&["bash", "-lc", &script]);
                assert_eq!(found.map(|it| it.patch).as_deref(), Some(BODY), "{script}");
            }
        }
        check(
            "applypatch << 'PATCH'\n*** Begin Patch\nEOF\n*** End Patch\nPATCH\n",
            &expect![[r#"
                in None
                *** Begin Patch
                EOF
                *** End Patch
            "#]],
        );
        check(
            "apply_patch <<-EOF\n\t*** Begin Patch\n\t+\tx\n\t*** End Patch\n\tEOF\n",
            &expect![[r#"
                in None
                *** Begin Patch
                +	x
                *** End Patch
            "#]],
        );
    }

    #[test]
    fn a_directory_before_it_is_found() {
        check(
            "cd src && apply_patch <<'EOF'\n*** End Patch\nEOF\n",
            &expect![[r#"
            in Some("src")
            *** End Patch
        "#]],
        );
        check(
            "cd 'two words' &&\napply_patch <<'EOF'\n*** End Patch\nEOF\n",
            &expect![[r#"
            in Some("two words")
            *** End Patch
        "#]],
        );
    }

    #[test]
    fn anything_more_is_left_to_the_shell() {
        for script in [
            "ls",
            "apply_patch",
            "apply_patch < file",
            "apply_patch --help <<'EOF'\nx\nEOF\n",
            "cat <<'EOF'\nx\nEOF\n",
            "apply_patch <<'EOF'\nx\nEOF\nrm a",
            "apply_patch <<'EOF' && rm a\nx\nEOF\n",
            "apply_patch <<'EOF' | rm a\nx\nEOF\n",
            "apply_patch <<'EOF' > out\nx\nEOF\n",
            "rm a; apply_patch <<'EOF'\nx\nEOF\n",
            "rm a && apply_patch <<'EOF'\nx\nEOF\n",
            "cd a && rm b && apply_patch <<'EOF'\nx\nEOF\n",
            "cd a || apply_patch <<'EOF'\nx\nEOF\n",
            "cd a; apply_patch <<'EOF'\nx\nEOF\n",
            "cd $HOME && apply_patch <<'EOF'\nx\nEOF\n",
            "cd ~ && apply_patch <<'EOF'\nx\nEOF\n",
            "cd - && apply_patch <<'EOF'\nx\nEOF\n",
            "cd && apply_patch <<'EOF'\nx\nEOF\n",
            "A=b apply_patch <<'EOF'\nx\nEOF\n",
            "(apply_patch <<'EOF'\nx\nEOF\n)",
            "apply_patch <<'EOF' &\nx\nEOF\n",
            "apply_patch <<< x",
        ] {
            check(script, &expect!["no patch"]);
        }
    }
}
