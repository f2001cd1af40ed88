//! What the model gets to read, as text.

use expect_test::{Expect, expect};

use super::*;
use crate::tools::test_workspace::TestWorkspace;

fn project() -> TestWorkspace {
    let mut workspace = TestWorkspace::new(&[
        (".gitignore", "target\n"),
        (".github/ci.yml", "on: push\n"),
        (".git/config", "[core]\n"),
        ("src/main.rs", "fn main() {\n    run();\n}\n"),
        ("src/windows.rs", "\u{feff}one\r\ntwo\r\n"),
        ("src/empty.rs", ""),
        ("src/open.rs", "saved\n"),
        ("tests/main.rs", "// tests\n"),
        ("target/main.rs", "// built\n"),
        (".ssh/id_rsa", "key\n"),
        ("../outside.txt", "outside\n"),
    ])
    .open("src/open.rs", "unsaved\n")
    .open("src/new.rs", "only in the editor\n");
    workspace.write("src/latin.rs", b"caf\xe9");
    workspace.write("src/binary", b"a\0b");
    workspace
}

fn read(workspace: &TestWorkspace, path: &str, lines: (usize, usize), reach: &Reach) -> String {
    let line = |number: usize| (number > 0).then_some(number);
    let args =
        ReadFileArgs { path: path.to_owned(), start_line: line(lines.0), end_line: line(lines.1) };
    let text = match read_file(workspace, &args, reach) {
        Ok(text) => text,
        Err(error) => format!("error: {error}"),
    };
    workspace.without_place(&text)
}

/// The answer to a path and lines, 0 for none.
fn check(path: &str, lines: (usize, usize), expected: &Expect) {
    expected.assert_eq(&read(&project(), path, lines, &Reach::default()));
}

#[test]
fn a_file_comes_with_its_path_and_lines() {
    check(
        "src/main.rs",
        (0, 0),
        &expect![[r#"
        src/main.rs (lines 1-3 of 3)
        fn main() {
            run();
        }
    "#]],
    );
    check(
        "./src/../src/main.rs",
        (2, 2),
        &expect![[r#"
        src/main.rs (lines 2-2 of 3)
            run();
    "#]],
    );
    check(
        "src/main.rs",
        (2, 99),
        &expect![[r#"
        src/main.rs (lines 2-3 of 3)
            run();
        }
    "#]],
    );
    check(
        "src/empty.rs",
        (0, 0),
        &expect![[r#"
        src/empty.rs (empty)
    "#]],
    );
    check(
        "src/windows.rs",
        (0, 0),
        &expect![[r#"
        src/windows.rs (lines 1-2 of 2)
        one
        two
    "#]],
    );
}

#[test]
fn unsaved_text_stands_over_the_disk() {
    check(
        "src/open.rs",
        (0, 0),
        &expect![[r#"
        src/open.rs (lines 1-1 of 1, unsaved in the editor)
        unsaved
    "#]],
    );
    check(
        "src/new.rs",
        (0, 0),
        &expect![[r#"
        src/new.rs (lines 1-1 of 1, unsaved in the editor)
        only in the editor
    "#]],
    );
}

#[test]
fn a_wrong_range_is_explained() {
    check(
        "src/main.rs",
        (9, 0),
        &expect!["error: src/main.rs has 3 lines; start_line 9 is past its end"],
    );
    check("src/main.rs", (3, 2), &expect!["error: end_line 2 is before start_line 3"]);
}

#[test]
fn what_is_not_text_is_refused() {
    check(
        "src/latin.rs",
        (0, 0),
        &expect![
            "error: /tmp/project/src/latin.rs is not UTF-8 text, so it cannot be read or edited as text"
        ],
    );
    check("src/binary", (0, 0), &expect!["error: src/binary is not text: it has NUL bytes"]);
}

#[test]
fn a_missing_file_brings_similar_names() {
    check(
        "main.rs",
        (0, 0),
        &expect![
            "error: main.rs does not exist; did you mean src/main.rs, tests/main.rs, src/latin.rs?"
        ],
    );
    check(
        "src/mian.rs",
        (0, 0),
        &expect!["error: src/mian.rs does not exist; did you mean src/main.rs, tests/main.rs?"],
    );
    check(
        "quite-different.txt",
        (0, 0),
        &expect!["error: quite-different.txt does not exist; look for it with search"],
    );
    check(
        "",
        (0, 0),
        &expect!["error: the path is empty or no path; name a file of the workspace"],
    );
}

#[test]
fn a_directory_is_listed_without_what_is_ignored() {
    check(
        ".",
        (0, 0),
        &expect![[r#"
        . (directory, 4 entries, ignored files left out)
        .github/
        .gitignore
        src/
        tests/
    "#]],
    );
    check(
        "src/",
        (0, 0),
        &expect![[r#"
            src (directory, 7 entries, ignored files left out)
            binary
            empty.rs
            latin.rs
            main.rs
            open.rs
            windows.rs
            new.rs (not saved yet)
        "#]],
    );
}

#[test]
fn outside_the_workspace_needs_the_policy() {
    let workspace = project();
    let open = Reach { outside_ok: true, hidden: vec![] };
    let mut found = String::new();
    for path in ["../outside.txt", "/nonexistent/x"] {
        for reach in [&Reach::default(), &open] {
            found += &format!("{}\n", read(&workspace, path, (0, 0), reach).trim_end());
        }
    }
    expect![[r#"
        error: ../outside.txt is outside the workspace and the sandbox policy does not let it be read; stay below /tmp/project
        /tmp/outside.txt (lines 1-1 of 1)
        outside
        error: /nonexistent/x is outside the workspace and the sandbox policy does not let it be read; stay below /tmp/project
        error: /nonexistent/x does not exist; look for it with search
    "#]].assert_eq(&found);
}

#[test]
fn keys_are_never_read() {
    let workspace = project();
    let hidden = Reach { outside_ok: true, hidden: vec![workspace.path("tests")] };
    let mut found = String::new();
    for path in [".ssh/id_rsa", "tests/main.rs", "src/../tests", ".", "nothing/main.rs"] {
        found += &format!("{}\n", read(&workspace, path, (0, 0), &hidden).trim_end());
    }
    expect![[r#"
        error: .ssh/id_rsa is where keys are kept, so it is neither read nor changed
        error: tests/main.rs is where keys are kept, so it is neither read nor changed
        error: src/../tests is where keys are kept, so it is neither read nor changed
        . (directory, 3 entries, ignored files left out)
        .github/
        .gitignore
        src/
        error: nothing/main.rs does not exist; did you mean src/main.rs, src/latin.rs?
    "#]]
    .assert_eq(&found);
}

#[cfg(unix)]
#[test]
fn links_are_followed_before_anything_is_decided() {
    let workspace = project();
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(workspace.path(target), workspace.path(name)).unwrap();
    };
    link("../outside.txt", "src/out");
    link("src/main.rs", "src/in.rs");
    link(".ssh/id_rsa", "src/key");
    let mut found = String::new();
    for path in ["src/out", "src/in.rs", "src/key"] {
        found += &format!("{}\n", read(&workspace, path, (1, 1), &Reach::default()).trim_end());
    }
    expect![[r#"
        error: src/out is outside the workspace and the sandbox policy does not let it be read; stay below /tmp/project
        src/in.rs (lines 1-1 of 3)
        fn main() {
        error: src/key is where keys are kept, so it is neither read nor changed
    "#]].assert_eq(&found);
}

#[test]
fn every_root_is_looked_in() {
    let mut workspace = project();
    workspace.write("../second/src/only_here.rs", b"second\n");
    workspace.write("../second/src/main.rs", b"second\n");
    let second = workspace.roots[0].parent().unwrap().join("second");
    workspace.roots.push(second);
    let mut found = String::new();
    for path in ["src/only_here.rs", "src/main.rs", "second/src/main.rs", "second", "third/x"] {
        found += &format!("{}\n", read(&workspace, path, (1, 1), &Reach::default()).trim_end());
    }
    expect![[r#"
        /tmp/second/src/only_here.rs (lines 1-1 of 1)
        second
        src/main.rs (lines 1-1 of 3)
        fn main() {
        /tmp/second/src/main.rs (lines 1-1 of 1)
        second
        /tmp/second (directory, 1 entry, ignored files left out)
        src/
        error: third/x does not exist; look for it with search
    "#]]
    .assert_eq(&found);
}

#[test]
fn long_files_come_in_pieces() {
    let many = "line\n".repeat(MAX_LINES + 5);
    let wide = format!("{}\n{}\nend\n", "é".repeat(3000), "x".repeat(9));
    let workspace = TestWorkspace::new(&[("many", &many), ("wide", &wide)]);
    let many = read(&workspace, "many", (0, 0), &Reach::default());
    let ends: Vec<&str> = many.lines().filter(|line| *line != "line").collect();
    expect![[r#"
        many (lines 1-2000 of 2005)
        [lines 2001-2005 are left out: read on with start_line 2001]"#]]
    .assert_eq(&ends.join("\n"));
    assert_eq!(many.lines().count(), MAX_LINES + 2);
    let rest = read(&workspace, "many", (MAX_LINES + 1, 0), &Reach::default());
    assert_eq!(rest.lines().count(), 6);
    let wide = read(&workspace, "wide", (0, 0), &Reach::default());
    expect![[r#"
        wide (lines 1-3 of 3)
        (2000 é) [2000 more bytes in this line]
        xxxxxxxxx
        end
    "#]]
    .assert_eq(wide.trim_matches('é').replace(&"é".repeat(2000), "(2000 é)").as_str());
    let bytes = format!("{}\n", "y".repeat(1000)).repeat(100);
    let workspace = TestWorkspace::new(&[("bytes", &bytes)]);
    let shown = read(&workspace, "bytes", (0, 0), &Reach::default());
    assert!(shown.len() < MAX_BYTES + 200, "{}", shown.len());
    expect!["[lines 66-100 are left out: read on with start_line 66]"]
        .assert_eq(shown.lines().last().unwrap());
}

#[test]
fn numbers_are_taken_in_every_form_that_models_write() {
    for (json, expected) in [
        (r#"{"path": "a"}"#, Some((None, None))),
        (r#"{"path": "a", "start_line": null, "end_line": -1}"#, Some((None, None))),
        (r#"{"path": "a", "start_line": "5", "end_line": 9.0}"#, Some((Some(5), Some(9)))),
        (r#"{"path": "a", "start_line": 1, "more": true}"#, Some((Some(1), None))),
        (r#"{"path": "a", "start_line": "five"}"#, None),
        (r#"{"path": "a", "start_line": [1]}"#, None),
        (r#"{"start_line": 1}"#, None),
    ] {
        let args = serde_json::from_str::<ReadFileArgs>(json);
        let lines = args.ok().map(|args| (args.start_line, args.end_line));
        assert_eq!(lines, expected, "{json}");
    }
}
