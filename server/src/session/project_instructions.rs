//! What a project tells agents: its `AGENTS.md` files, from the repository's
//! root down to each workspace folder, the more general first.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::workspace::Workspace;

/// The file that is looked for in each directory.
const NAME: &str = "AGENTS.md";
/// Bytes of all files together.
const MAX_BYTES: usize = 32 * 1024;

/// All instruction files, each below a heading with its path; none when there
/// is no such file. A text that is unsaved in the editor counts.
#[must_use]
pub fn project_instructions(workspace: &dyn Workspace) -> Option<String> {
    let mut text = String::new();
    let mut left_out: Vec<String> = Vec::new();
    for file in instruction_files(&workspace.roots()) {
        let Some(instructions) = read(workspace, &file) else { continue };
        let path = file.path.display();
        let instructions = instructions.trim_start_matches('\u{feff}').trim();
        if instructions.is_empty() {
            continue;
        }
        let heading = format!("# {path}\n\n");
        let room = MAX_BYTES.saturating_sub(text.len() + heading.len() + 2);
        let end = (0..=room.min(instructions.len()))
            .rev()
            .find(|&end| instructions.is_char_boundary(end));
        let (kept, rest) = instructions.split_at(end.unwrap_or(0));
        if !rest.is_empty() {
            left_out.push(path.to_string());
        }
        if !kept.is_empty() {
            text.extend([&heading, kept, "\n\n"]);
        }
    }
    if !left_out.is_empty() {
        let files = left_out.join(", ");
        let note = format!(
            "[the instructions are cut at {} KiB; not or not wholly here: {files}; use read_file for the rest]",
            MAX_BYTES / 1024
        );
        text.push_str(&note);
    }
    let text = text.trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A place where instructions may be, and the directory it must not lead out of.
struct Candidate {
    path: PathBuf,
    repository: PathBuf,
}

fn instruction_files(roots: &[PathBuf]) -> Vec<Candidate> {
    let mut files: Vec<Candidate> = Vec::new();
    for root in roots {
        let repository = repository_of(root);
        let mut directories: Vec<&Path> =
            root.ancestors().take_while(|directory| directory.starts_with(repository)).collect();
        directories.reverse();
        for directory in directories {
            let path = directory.join(NAME);
            if !files.iter().any(|file| file.path == path) {
                files.push(Candidate { path, repository: repository.to_path_buf() });
            }
        }
    }
    files
}

/// The nearest directory with a `.git`, at or above the root; the root itself
/// when there is none.
fn repository_of(root: &Path) -> &Path {
    root.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(root)
}

/// The text, unless a link leads out of the repository: what a file elsewhere
/// says is not for the model to read unasked.
fn read(workspace: &dyn Workspace, file: &Candidate) -> Option<Arc<str>> {
    let real = file.path.canonicalize().unwrap_or_else(|_| file.path.clone());
    let repository = file.repository.canonicalize().unwrap_or_else(|_| file.repository.clone());
    if !real.starts_with(repository) {
        return None;
    }
    // The editor knows the file by its name, the disk by where a link leads.
    let open = workspace.read(&file.path).ok().filter(|file| file.version.is_some());
    open.or_else(|| workspace.read(&real).ok()).map(|file| file.text)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::tools::test_workspace::TestWorkspace;

    fn check(workspace: &TestWorkspace, expected: &Expect) {
        let text = project_instructions(workspace).unwrap_or_else(|| "nothing".to_owned());
        expected.assert_eq(&workspace.without_place(&text));
    }

    #[test]
    fn without_a_file_there_are_none() {
        check(&TestWorkspace::new(&[]), &expect!["nothing"]);
        check(&TestWorkspace::new(&[("AGENTS.md", " \n")]), &expect!["nothing"]);
        check(&TestWorkspace::new(&[("sub/AGENTS.md", "below")]), &expect!["nothing"]);
    }

    #[test]
    fn files_are_read_from_the_repository_down() {
        let mut workspace = TestWorkspace::new(&[
            ("../AGENTS.md", "above the repository"),
            (".git/HEAD", ""),
            ("AGENTS.md", "\u{feff}general\r\n"),
            ("crates/AGENTS.md", "crates\n"),
            ("crates/one/AGENTS.md", "one\n"),
            ("crates/two/AGENTS.md", "two\n"),
        ]);
        workspace.roots = vec![workspace.path("crates/one"), workspace.path("crates/two")];
        check(
            &workspace,
            &expect![[r#"
                # /tmp/project/AGENTS.md

                general

                # /tmp/project/crates/AGENTS.md

                crates

                # /tmp/project/crates/one/AGENTS.md

                one

                # /tmp/project/crates/two/AGENTS.md

                two"#]],
        );
    }

    #[test]
    fn without_a_repository_only_the_root_counts() {
        let files = [("../AGENTS.md", "above"), ("AGENTS.md", "here")];
        check(
            &TestWorkspace::new(&files),
            &expect![[r#"
            # /tmp/project/AGENTS.md

            here"#]],
        );
    }

    #[test]
    fn unsaved_text_counts() {
        let workspace = TestWorkspace::new(&[("AGENTS.md", "saved")]).open("AGENTS.md", "unsaved");
        check(
            &workspace,
            &expect![[r#"
            # /tmp/project/AGENTS.md

            unsaved"#]],
        );
        check(
            &TestWorkspace::new(&[]).open("AGENTS.md", "only in the editor"),
            &expect![[r#"
            # /tmp/project/AGENTS.md

            only in the editor"#]],
        );
    }

    #[test]
    fn long_instructions_are_cut_and_say_so() {
        let long = "é".repeat(MAX_BYTES);
        let mut workspace = TestWorkspace::new(&[
            (".git/HEAD", ""),
            ("AGENTS.md", &long),
            ("sub/AGENTS.md", "below"),
        ]);
        workspace.roots = vec![workspace.path("sub")];
        let text = project_instructions(&workspace).unwrap();
        assert!(text.len() < MAX_BYTES + 1024, "{}", text.len());
        let text = workspace.without_place(&text);
        expect![[r#"
            # /tmp/project/AGENTS.md



            [the instructions are cut at 32 KiB; not or not wholly here: /tmp/project/AGENTS.md, /tmp/project/sub/AGENTS.md; use read_file for the rest]"#]].assert_eq(&text.replace('é', ""));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_repository_is_followed() {
        let workspace = TestWorkspace::new(&[("CLAUDE.md", "shared")]);
        std::os::unix::fs::symlink("CLAUDE.md", workspace.path("AGENTS.md")).unwrap();
        check(
            &workspace,
            &expect![[r#"
            # /tmp/project/AGENTS.md

            shared"#]],
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_repository_is_not_followed() {
        let workspace = TestWorkspace::new(&[("../secret", "secret")]);
        let (target, link) = (workspace.path("../secret"), workspace.path("AGENTS.md"));
        std::os::unix::fs::symlink(target, link).unwrap();
        check(&workspace, &expect!["nothing"]);
    }
}
