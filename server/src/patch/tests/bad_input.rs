//! What is wrong with a patch is said, file by file, with what to do.

use expect_test::expect;

use super::*;

const FILES: Files<'_> = &[("x", "a\nb\nc\nd\n"), ("y", "1\n")];

fn diff(body: &str) -> String {
    format!("--- a/x\n+++ b/x\n{body}")
}

#[test]
fn diffs_that_cannot_be_applied() {
    for (patch, expected) in [
        (diff(""), expect![[r#"
            not a patch: line 1 of the patch: the diff of x has no hunks
        "#]]),
        (diff("@@ nonsense @@\n-a\n+b\n"), expect![[r#"
            not a patch: line 3 of the patch: expected `@@ -LINE,COUNT +LINE,COUNT @@`
        "#]]),
        (diff("@@ -1 +1 @@\n a\n"), expect![[r#"
            not a patch: line 3 of the patch: this hunk changes nothing: it has no `+` and no `-` line
        "#]]),
        (diff("@@ -1 +1 @@\n-a\0\n+b\n"), expect![[r#"
            not a patch: line 4 of the patch: it has a NUL byte: binary files cannot be patched
        "#]]),
        (diff("@@@ -1 -1 +1 @@@\n--a\n++b\n"), expect![[r#"
            not a patch: line 3 of the patch: this is the combined diff of a merge; write the changes against one version
        "#]]),
        ("diff --cc x\nindex 1,2..3\n".to_owned(), expect![[r#"
            not a patch: this is the combined diff of a merge; write the changes against one version
        "#]]),
        ("Binary files a/x and b/x differ\n".to_owned(), expect![[r#"
            not a patch: binary files cannot be patched, only text; use a command for them
        "#]]),
        (diff("@@ -1 +1 @@\n-a\n+A\nBinary files a/i.png and b/i.png differ\n"), expect![[r#"
            not a patch: line 6 of the patch: binary files cannot be patched, only text; use a command for them
        "#]]),
        (
            "diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZ\n".to_owned(),
            expect![[r#"
                not a patch: line 3 of the patch: the diff of b/x: binary files cannot be patched, only text; use a command for them
            "#]],
        ),
        (
            "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+x\n".to_owned(),
            expect![[r#"
                not a patch: line 2 of the patch: symbolic links cannot be patched; use a command for them
            "#]],
        ),
        (
            "diff --git a/m b/m\nindex 1234567..89abcde 160000\n--- a/m\n+++ b/m\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n".to_owned(),
            expect![[r#"
                not a patch: line 2 of the patch: submodules cannot be patched; use a command for them
            "#]],
        ),
        ("--- \n+++ \n@@ -1 +1 @@\n-a\n+b\n".to_owned(), expect![[r#"
            not a patch: line 1 of the patch: this file of the diff has no name: add `--- a/PATH` and `+++ b/PATH`
        "#]]),
        ("--- /dev/null\n+++ /dev/null\n@@ -0,0 +1 @@\n+b\n".to_owned(), expect![[r#"
            not a patch: line 1 of the patch: this file of the diff has no name: add `--- a/PATH` and `+++ b/PATH`
        "#]]),
        (diff("@@ -99999999999999999999999,0 +1 @@\n+new\n"), expect![[r#"
            does not fit: hunk 1 of x adds lines behind line 4294967295, but the file is shorter; add context lines
        "#]]),
        (diff("@@ -2 +2 @@\n-b\n+B\n@@ -2 +2 @@\n-b\n+B\n"), expect![[r#"
            does not fit: hunk 2 of x fits only where or before an earlier hunk of the patch does (line 2): write the hunks in the order of the file, each place once
        "#]]),
        (diff("@@ -1,2 +1,2 @@\n-a\n-b\n+A\n@@ -2,2 +2 @@\n-b\n-c\n+C\n"), expect![[r#"
            does not fit: hunk 2 of x fits only where or before an earlier hunk of the patch does (line 2): write the hunks in the order of the file, each place once
        "#]]),
        ("*** Begin Patch\n*** Update File: x\n@@\n-a\n+b\n".to_owned(), expect![[r#"
            not a patch: line 5 of the patch: the patch has no `*** End Patch`: it was cut off; write it again as a whole
        "#]]),
        (envelope("*** Update File: \n@@\n-a\n+b\n"), expect![[r#"
            not a patch: line 2 of the patch: `*** Update File:` needs a path behind it
        "#]]),
        (envelope("*** Update File: x\nfree text\n"), expect![[r#"
            not a patch: line 3 of the patch: a line of a hunk begins with a space (context), `-` (taken out) or `+` (put in)
        "#]]),
    ] {
        check(FILES, &patch, &expected);
    }
}

#[test]
fn diffs_that_are_odd_and_fit_all_the_same() {
    let hunk = "@@ -1,2 +1,2 @@\n-a\n+A\n b\n";
    for patch in [
        diff(hunk),
        diff(hunk).replace('\n', "\r\n"),
        format!("Here it is:\n```diff\n{}```\nDone.\n", diff(hunk)),
        format!("patch -p1 <<'EOF'\n{}EOF\n", diff(hunk)),
        envelope(&diff(hunk)),
        format!("--- a/x\t2026-01-01 10:00:00.000000000 +0000\n+++ b/x\t2026-01-02\n{hunk}"),
        format!("--- \"a/\\170\"\n+++ \"b/\\170\"\n{hunk}"),
        diff("@@ -18446744073709551616,2 +1,99999999999999999999 @@\n-a\n+A\n b\n"),
        diff("@@ -1,9 +1,9 @@\n-a\n+A\n b\n"),
        diff("\\ No newline at end of file\n@@ -1,2 +1,2 @@\n-a\n+A\n b\n").replacen(
            "\\ No newline at end of file\n",
            "",
            1,
        ),
        diff("@@ -1,2 +1,2 @@\n\\ No newline at end of file\n-a\n+A\n b\n"),
    ] {
        check(
            FILES,
            &patch,
            &expect![[r#"
                update /w/x
                  A
                  b
                  c
                  d
            "#]],
        );
    }
}

#[test]
fn diff_says_by_the_time_that_there_is_no_file() {
    let stamp = "1970-01-01 00:00:00.000000000 +0000";
    let new_york = "1969-12-31 19:00:00.000000000 -0500";
    check(
        FILES,
        &format!(
            "diff -urN a/n b/n\n--- a/n\t{stamp}\n+++ b/n\t2026-01-01 10:00:00.1 +0000\n@@ -0,0 +1 @@\n+n\n\
             diff -urN a/y b/y\n--- a/y\t2026-01-01 10:00:00.1 +0000\n+++ b/y\t{new_york}\n@@ -1 +0,0 @@\n-1\n"
        ),
        &expect![[r#"
            add /w/n
              n
            delete /w/y
        "#]],
    );
}

#[test]
fn long_lines_and_deep_scopes() {
    let long = "x".repeat(1 << 20);
    let file = format!("{long}\nb\n");
    let patch = envelope(&format!("*** Update File: x\n@@\n {long}\n-b\n+B\n"));
    let Ok(updates) = resolve_in(&[("x", &file)], &parse(&patch).unwrap()) else { panic!() };
    let Change::Update { result, .. } = &updates[0].change else { panic!() };
    assert_eq!(**result, format!("{long}\nB\n"));
    let wrong = outcome(&[("x", &file)], &patch.replace("-b", "-c"));
    assert!(wrong.contains("does not fit") && wrong.len() < 2000, "{}", wrong.len());
    let scopes = "@@ a\n".repeat(20_000);
    check(
        FILES,
        &envelope(&format!("*** Update File: x\n{scopes}-b\n+B\n")),
        &expect![[r#"
            update /w/x
              a
              B
              c
              d
        "#]],
    );
}

#[test]
fn what_is_there_already_is_said_to_be() {
    check(
        FILES,
        &diff("@@ -1,3 +1,3 @@\n a\n-old\n+b\n c\n"),
        &expect![[r#"
        does not fit: hunk 1 of x is already applied: what it leads to is at line 1, and the lines it starts from are nowhere; leave it out
    "#]],
    );
    // Whatever the white space at the ends, and where the second hunk of two is there.
    check(
        FILES,
        &envelope("*** Update File: x\n@@\n-a\n+A\n@@\n-gone\n+c  \n d\n"),
        &expect![[r#"
        does not fit: hunk 2 of x is already applied: what it leads to is at line 3, and the lines it starts from are nowhere; leave it out
    "#]],
    );
    // A line alone can be there for another reason.
    check(
        FILES,
        &diff("@@ -1 +1 @@\n-x\n+b\n"),
        &expect![[r#"
        does not fit: hunk 1 of x does not fit. looked for:
               | x
        the nearest lines of the file:
             1 | a
             2 | b
             3 | c
    "#]],
    );
    // Lines that went.
    check(
        FILES,
        &diff("@@ -2,3 +2,2 @@\n b\n-x\n c\n"),
        &expect![[r#"
        does not fit: hunk 1 of x is already applied: what it leads to is at line 2, and the lines it starts from are nowhere; leave it out
    "#]],
    );
    // Only what the hunk keeps is there: that says nothing.
    check(
        FILES,
        &diff("@@ -2,3 +2,2 @@\n b\n-x\n-y\n"),
        &expect![[r#"
        does not fit: hunk 1 of x does not fit. looked for:
               | b
               | x
               | y
        the nearest lines of the file:
             1 | a
             2 | b
             3 | c
             4 | d
    "#]],
    );
}

/// To git a lone carriage return is a character like any other.
#[test]
fn carriage_returns_alone_do_not_end_lines() {
    let files: Files<'_> = &[("x", "a\rb\rc\r")];
    check(
        files,
        &diff("@@ -1 +1 @@\n-b\n+B\n"),
        &expect![[r#"
        does not fit: hunk 1 of x does not fit: only carriage returns end the lines of this file, so it is one line for a patch; change its line endings with a command first
    "#]],
    );
    check(
        files,
        &diff(
            "@@ -1 +1 @@\n-a\rb\rc\r\n\\ No newline at end of file\n+a\rB\rc\r\n\\ No newline at end of file\n",
        ),
        &expect![[r#"
            update /w/x
              a<CR>B<CR>c<CR><no newline>
        "#]],
    );
    // Between other endings they stay where they are.
    check(
        &[("x", "a\rb\nc\n")],
        &diff("@@ -2 +2 @@\n-c\n+C\n"),
        &expect![[r#"
        update /w/x
          a<CR>b
          C
    "#]],
    );
}

/// Found by fuzzing.
#[test]
fn blank_lines_and_marks_in_odd_places() {
    // Of the empty lines only those at the end may be too many.
    check(
        &[("x", "one\ntwo\n")],
        &envelope("*** Update File: x\n@@\n two\n+new\n \n+more\n \n"),
        &expect![[r#"
            does not fit: hunk 1 of x does not fit. looked for:
                   | two
                   | 
                   | 
            the nearest lines of the file:
                 1 | one
                 2 | two
        "#]],
    );
    // The second mark is a character of the line, and not before its indentation.
    check(
        &[("x", "\u{feff}\u{feff}    one\nf\n")],
        &diff("@@ -1,2 +1,3 @@\n-\u{feff}\u{feff}    one\n+\u{feff}\u{feff}    two\n+ne\n f\n"),
        &expect![[r#"
            update /w/x
              <BOM><BOM>    two
              ne
              f
        "#]],
    );
}
