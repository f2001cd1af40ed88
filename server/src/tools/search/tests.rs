//! What a search answers, as text.

use expect_test::{Expect, expect};

use super::*;
use crate::tools::test_workspace::TestWorkspace;

fn project() -> TestWorkspace {
    let mut workspace = TestWorkspace::new(&[
        (".gitignore", "target/\n*.log\n"),
        (".ignore", "vendor\n"),
        (".git/config", "needle\n"),
        (".hidden/a.rs", "needle\n"),
        ("target/built.rs", "needle\n"),
        ("vendor/dep.rs", "needle\n"),
        ("a.log", "needle\n"),
        ("src/one.rs", "first\nlet needle = 1;\nthird\nfourth\nfifth\nneedle();\n"),
        ("src/two.rs", "Needle\r\nneedle (x)\r\n"),
        ("src/open.rs", "needle on disk\n"),
        ("docs/guide.md", "a needle in hay\n"),
        ("docs/none.md", "hay\n"),
        ("../outside.rs", "needle\n"),
    ])
    .open("src/open.rs", "fn unsaved() {}\nneedle in the editor\n")
    .open("src/fresh.rs", "needle in a new file\n")
    .open("target/fresh.rs", "needle in an ignored new file\n");
    workspace.write("src/binary.rs", b"needle\0");
    workspace.write("src/latin.rs", b"needle caf\xe9");
    workspace.write("src/large.rs", "needle\n".repeat(200_000).as_bytes());
    workspace
}

fn run(workspace: &TestWorkspace, args: &str, reach: &Reach) -> String {
    let args: SearchArgs = serde_json::from_str(args).unwrap();
    let text = match search(workspace, &args, reach, &CancellationToken::new()) {
        Ok(text) => text,
        Err(error) => format!("error: {error}"),
    };
    workspace.without_place(&text)
}

/// The answer to arguments in the model's own JSON.
fn check(args: &str, expected: &Expect) {
    expected.assert_eq(&run(&project(), args, &Reach::default()));
}

#[test]
fn lines_come_with_path_and_number() {
    check(
        r#"{"pattern": "needle"}"#,
        &expect![[r#"
        docs/guide.md:1: a needle in hay
        src/one.rs:2: let needle = 1;
        src/one.rs:6: needle();
        src/open.rs:2: needle in the editor
        src/two.rs:2: needle (x)
        src/fresh.rs:1: needle in a new file
        [6 matching lines in 5 files; unsaved in the editor: src/open.rs, src/fresh.rs]
    "#]],
    );
}

#[test]
fn nothing_found_says_how_much_was_looked_at() {
    check(
        r#"{"pattern": "nowhere"}"#,
        &expect![[r#"
        [no match for "nowhere" in 6 files]
    "#]],
    );
}

#[test]
fn path_and_glob_narrow_the_search() {
    check(
        r#"{"pattern": "needle", "path": "docs"}"#,
        &expect![[r#"
        docs/guide.md:1: a needle in hay
        [1 matching line in 1 file]
    "#]],
    );
    check(
        r#"{"pattern": "needle", "path": "src/two.rs"}"#,
        &expect![[r#"
        src/two.rs:2: needle (x)
        [1 matching line in 1 file]
    "#]],
    );
    check(
        r#"{"pattern": "needle", "path": "src/fresh.rs", "glob": ""}"#,
        &expect![[r#"
        src/fresh.rs:1: needle in a new file
        [1 matching line in 1 file; unsaved in the editor: src/fresh.rs]
    "#]],
    );
    check(
        r#"{"pattern": "needle", "glob": "*.md"}"#,
        &expect![[r#"
        docs/guide.md:1: a needle in hay
        [1 matching line in 1 file]
    "#]],
    );
    check(
        r#"{"pattern": "needle", "glob": "!*.rs"}"#,
        &expect![[r#"
        docs/guide.md:1: a needle in hay
        [1 matching line in 1 file]
    "#]],
    );
    check(
        r#"{"pattern": "needle", "path": "src", "glob": "src/t*.{rs,ts}"}"#,
        &expect![[r#"
        src/two.rs:2: needle (x)
        [1 matching line in 1 file]
    "#]],
    );
    check(
        r#"{"pattern": "needle", "path": "src", "glob": "/t*.rs"}"#,
        &expect![[r#"
        src/two.rs:2: needle (x)
        [1 matching line in 1 file]
    "#]],
    );
}

#[test]
fn a_glob_does_not_bring_back_what_is_ignored() {
    check(
        r#"{"pattern": "needle", "glob": "*.log"}"#,
        &expect![[r#"
        [no match for "needle" in 0 files]
    "#]],
    );
    check(
        r#"{"glob": "target/**"}"#,
        &expect![[r#"
        [no file fits]
    "#]],
    );
}

#[test]
fn case_is_kept_unless_told() {
    check(
        r#"{"pattern": "^needle", "path": "src/two.rs", "case_sensitive": false}"#,
        &expect![[r#"
            src/two.rs:1: Needle
            src/two.rs:2: needle (x)
            [2 matching lines in 1 file]
        "#]],
    );
    check(
        r#"{"pattern": "\\(x\\)$", "path": "src/two.rs"}"#,
        &expect![[r#"
        src/two.rs:2: needle (x)
        [1 matching line in 1 file]
    "#]],
    );
}

#[test]
fn context_is_shown_around_matches() {
    check(
        r#"{"pattern": "needle", "path": "src/one.rs", "context": 1}"#,
        &expect![[r#"
        src/one.rs-1- first
        src/one.rs:2: let needle = 1;
        src/one.rs-3- third
        --
        src/one.rs-5- fifth
        src/one.rs:6: needle();
        [2 matching lines in 1 file]
    "#]],
    );
    check(
        r#"{"pattern": "needle", "path": "src/one.rs", "context": 99}"#,
        &expect![[r#"
        src/one.rs-1- first
        src/one.rs:2: let needle = 1;
        src/one.rs-3- third
        src/one.rs-4- fourth
        src/one.rs-5- fifth
        src/one.rs:6: needle();
        [2 matching lines in 1 file]
    "#]],
    );
}

#[test]
fn what_is_left_out_is_counted() {
    check(
        r#"{"pattern": "needle", "max_results": "2", "context": 0}"#,
        &expect![[r#"
        docs/guide.md:1: a needle in hay
        src/one.rs:2: let needle = 1;
        [6 matching lines in 5 files, 4 not shown: narrow the pattern, path or glob]
    "#]],
    );
    check(
        r#"{"max_results": 1}"#,
        &expect![[r#"
        docs/guide.md
        [8 files, 7 not shown: narrow the pattern, path or glob]
    "#]],
    );
}

#[test]
fn names_are_listed_without_a_pattern() {
    check(
        r#"{"glob": "*.rs"}"#,
        &expect![[r#"
        src/binary.rs
        src/latin.rs
        src/one.rs
        src/open.rs
        src/two.rs
        src/fresh.rs
        [6 files]
    "#]],
    );
    check(
        r#"{"pattern": "", "path": "docs"}"#,
        &expect![[r#"
        docs/guide.md
        docs/none.md
        [2 files]
    "#]],
    );
    check(
        r#"{"glob": "*.zig"}"#,
        &expect![[r#"
        [no file fits]
    "#]],
    );
}

#[test]
fn what_cannot_be_used_is_explained() {
    check(
        r#"{"pattern": "foo(bar"}"#,
        &expect![[
            r#"error: the pattern cannot be used as a regular expression: unclosed group; to find it as it stands, write foo\(bar"#
        ]],
    );
    check(
        r#"{"pattern": "(((a{1000}){1000}){1000})"}"#,
        &expect![[
            r#"error: the pattern cannot be used as a regular expression: Compiled regex exceeds size limit of 4194304 bytes; to find it as it stands, write \(\(\(a\{1000\}\)\{1000\}\)\{1000\}\)"#
        ]],
    );
    check(
        r#"{"pattern": "x", "glob": "a[b"}"#,
        &expect![[
            r#"error: the glob "a[b" cannot be used: error parsing glob 'a[b': unclosed character class; missing ']'"#
        ]],
    );
    check(
        r#"{"pattern": "x", "path": "nowhere"}"#,
        &expect!["error: nowhere does not exist; leave path out to search everywhere"],
    );
    check(
        r#"{"pattern": "x", "path": "../outside.rs"}"#,
        &expect![
            "error: ../outside.rs is outside the workspace and the sandbox policy does not let it be read; stay below /tmp/project"
        ],
    );
    check(
        r#"{"pattern": "x", "path": "~/.ssh"}"#,
        &expect!["error: ~/.ssh is where keys are kept, so it is neither read nor changed"],
    );
}

#[test]
fn several_roots_are_searched_once_each() {
    let mut workspace = project();
    workspace.write("../second/b.rs", b"needle\n");
    let base = workspace.roots[0].parent().unwrap().to_path_buf();
    workspace.roots = vec![workspace.path("docs"), workspace.roots[0].clone(), base.join("second")];
    let found =
        run(&workspace, r#"{"pattern": "needle", "glob": "{guide.md,b.rs}"}"#, &Reach::default());
    expect![[r#"
        guide.md:1: a needle in hay
        /tmp/second/b.rs:1: needle
        [2 matching lines in 2 files]
    "#]]
    .assert_eq(&found);
    let found = run(&workspace, r#"{"pattern": "needle", "path": "second"}"#, &Reach::default());
    expect![[r#"
        /tmp/second/b.rs:1: needle
        [1 matching line in 1 file]
    "#]]
    .assert_eq(&found);
}

#[test]
fn hidden_places_are_left_out_outside_the_workspace_too() {
    let workspace = project();
    let place = workspace.roots[0].parent().unwrap().to_path_buf();
    let reach = Reach { outside_ok: true, hidden: vec![workspace.roots[0].clone()] };
    let args = format!(r#"{{"pattern": "needle", "path": {:?}}}"#, place.display().to_string());
    expect![[r#"
        /tmp/outside.rs:1: needle
        [1 matching line in 1 file]
    "#]]
    .assert_eq(&run(&workspace, &args, &reach));
}

#[test]
fn a_cancelled_search_ends_and_says_so() {
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let args = SearchArgs { pattern: "needle".to_owned(), ..SearchArgs::default() };
    let found = search(&project(), &args, &Reach::default(), &cancelled);
    expect![[r#"
        [no match for "needle" in 0 files; stopped before the end, so there may be more]
    "#]]
    .assert_eq(&found.unwrap());
}

#[test]
fn wide_lines_and_many_matches_are_bounded() {
    let wide = format!("{}needle\n", "é".repeat(5000)).repeat(3);
    let many = format!("needle {}\n", "x".repeat(300)).repeat(1000);
    let workspace = TestWorkspace::new(&[("wide", &wide), ("many", &many)]);
    let args = r#"{"pattern": "needle", "max_results": 100000}"#;
    let found = run(&workspace, args, &Reach::default());
    assert!(found.len() < 66 * 1024, "{}", found.len());
    expect!["[1003 matching lines in 2 files, 796 not shown: narrow the pattern, path or glob]"]
        .assert_eq(found.lines().last().unwrap());
    let found = run(&workspace, r#"{"pattern": "needle", "path": "wide"}"#, &Reach::default());
    assert!(found.lines().all(|line| line.len() < 500), "{found}");
}
