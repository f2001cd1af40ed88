//! What is a patch and what is not.

use expect_test::expect;

use super::*;

#[test]
fn every_section_of_the_envelope() {
    check(
        &[("old.rs", "a\nb\nc\n"), ("gone.rs", "x\n"), ("from.rs", "one\n")],
        &envelope(
            "*** Add File: new/file.rs\n+fn main() {}\n+\n*** Delete File: gone.rs\n\
             *** Update File: old.rs\n@@\n a\n-b\n+B\n c\n\
             *** Update File: from.rs\n*** Move to: to.rs\n@@\n-one\n+two\n",
        ),
        &expect![[r#"
            add /w/new/file.rs
              fn main() {}
              
            delete /w/gone.rs
            update /w/old.rs
              a
              B
              c
            /w/from.rs -> /w/to.rs
              two
        "#]],
    );
}

#[test]
fn what_stands_around_an_envelope_is_ignored() {
    let patch = envelope("*** Add File: a\n+1\n");
    let expected = expect![[r#"
        add /w/a
          1
    "#]];
    for around in [
        format!("```patch\n{patch}```\n"),
        format!("apply_patch <<'EOF'\n{patch}EOF\n"),
        format!("\n\n  \n{}", patch.trim_end()),
        patch.replace('\n', "\r\n"),
        envelope(&format!("{}+1\n", "--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n")),
    ] {
        check(&[], &around, &expected);
    }
}

#[test]
fn what_is_no_patch_says_what_to_write() {
    for (patch, expected) in [
        (
            "",
            expect!["not a patch: the patch is empty: it names no file to add, update or delete\n"],
        ),
        (
            "*** Begin Patch\n*** End Patch",
            expect!["not a patch: the patch is empty: it names no file to add, update or delete\n"],
        ),
        (
            "please change a to b",
            expect![
                "not a patch: this is not a patch: begin it with `*** Begin Patch` and end it with `*** End Patch`, or write a unified diff with `--- a/PATH` and `+++ b/PATH`\n"
            ],
        ),
        (
            "*** Begin Patch\n*** Update File: a\n@@\n-a\n+b\n",
            expect![
                "not a patch: line 5 of the patch: the patch has no `*** End Patch`: it was cut off; write it again as a whole\n"
            ],
        ),
        (
            &envelope("*** Update File: a\n"),
            expect!["not a patch: line 3 of the patch: the update of a has no lines to change\n"],
        ),
        (
            &envelope("*** Update File: a\n@@\n context\n"),
            expect![
                "not a patch: line 3 of the patch: this hunk changes nothing: it has no `+` and no `-` line\n"
            ],
        ),
        (
            &envelope("*** Update File: a\n@@\n-a\nb\n"),
            expect![
                "not a patch: line 5 of the patch: a line of a hunk begins with a space (context), `-` (taken out) or `+` (put in)\n"
            ],
        ),
        (
            &envelope("*** Update File:\n@@\n-a\n"),
            expect![
                "not a patch: line 2 of the patch: `*** Update File:` needs a path behind it\n"
            ],
        ),
        (
            &envelope("*** Add File: a\nno plus\n"),
            expect![
                "not a patch: line 3 of the patch: every line of an added file begins with `+`\n"
            ],
        ),
        (
            &envelope("*** Rename File: a\n"),
            expect![
                "not a patch: line 2 of the patch: expected `*** Add File: PATH`, `*** Delete File: PATH` or `*** Update File: PATH`\n"
            ],
        ),
        (
            "diff --git a/x.png b/x.png\nindex 1..2 100644\nGIT binary patch\nliteral 3\n",
            expect![
                "not a patch: line 3 of the patch: the diff of b/x.png: binary files cannot be patched, only text; use a command for them\n"
            ],
        ),
        (
            "--- a/x\n+++ b/x\n@@ oops @@\n-a\n",
            expect!["not a patch: line 3 of the patch: expected `@@ -LINE,COUNT +LINE,COUNT @@`\n"],
        ),
        (
            "--- a/x\n+++ b/x\n",
            expect!["not a patch: line 1 of the patch: the diff of x has no hunks\n"],
        ),
    ] {
        check(&[("a", "a\n")], patch, &expected);
    }
}

#[test]
fn a_git_diff_with_everything() {
    check(
        &[("mode.sh", "a\n"), ("old name.txt", "1\n2\n"), ("gone", "bye\n"), ("src", "s\n")],
        "From 0123456\nSubject: something\n---\n\
         diff --git a/mode.sh b/mode.sh\nold mode 100644\nnew mode 100755\nindex 1..2\n--- a/mode.sh\n+++ b/mode.sh\n@@ -1 +1 @@\n-a\n+b\n\
         diff --git a/old name.txt b/new name.txt\nsimilarity index 50%\nrename from old name.txt\nrename to new name.txt\n--- a/old name.txt\t\n+++ b/new name.txt\t\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n\
         diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-bye\n\
         diff --git a/empty b/empty\nnew file mode 100644\nindex 0000000..e69de29\n\
         diff --git a/src b/copy\ncopy from src\ncopy to copy\n--- a/src\n+++ b/copy\n@@ -1 +1,2 @@\n s\n+t\n\
         diff --git \"a/\\303\\251\" \"b/\\303\\251\"\nnew file mode 100644\n--- /dev/null\n+++ \"b/\\303\\251\"\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n-- \n2.39\n",
        &expect![[r#"
            executable: true
            update /w/mode.sh
              b
            /w/old name.txt -> /w/new name.txt
              1
              3
            delete /w/gone
            add /w/empty
            add /w/copy
              s
              t
            add /w/é
              x<no newline>
        "#]],
    );
}

#[test]
fn a_change_of_mode_alone_is_nothing_and_no_mistake() {
    let mode = "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n";
    check(
        &[("x", "a\n"), ("y", "b\n")],
        &format!("{mode}diff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-b\n+B\n"),
        &expect![[r#"
            executable: true
            update /w/x
              a
            update /w/y
              B
        "#]],
    );
    check(
        &[("x", "a\n")],
        mode,
        &expect![[r#"
            executable: true
            update /w/x
              a
        "#]],
    );
}

#[test]
fn wrong_counts_are_tolerated() {
    let file = [("x", "a\nb\nc\nd\ne\n")];
    for counts in ["-1,5 +1,5", "-1,9 +1,9", "-1,1 +1,1", "-1 +1"] {
        check(
            &file,
            &format!("--- a/x\n+++ b/x\n@@ {counts} @@\n a\n-b\n+B\n c\n d\n-e\n+E\n--- a/y\n+++ b/y\n@@ -0,0 +1 @@\n+y\n")
                .replace("--- a/y", "--- /dev/null"),
            &expect![[r#"
                update /w/x
                  a
                  B
                  c
                  d
                  E
                add /w/y
                  y
            "#]],
        );
    }
}

#[test]
fn lines_that_look_like_headers_are_lines_where_the_counts_say_so() {
    check(
        &[("x", "-- a\nb\n")],
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a\n+++ b\n b\n",
        &expect![[r#"
            update /w/x
              ++ b
              b
        "#]],
    );
}

#[test]
fn a_diff_without_prefixes_keeps_its_paths() {
    check(
        &[("src/x", "a\n")],
        "--- src/x\t2026-01-01\n+++ src/x\t2026-01-02\n@@ -1 +1 @@\n-a\n+b\n",
        &expect![[r#"
            update /w/src/x
              b
        "#]],
    );
}

#[test]
fn the_paths_of_a_patch() {
    let patch =
        envelope("*** Update File: a\n*** Move to: ../b\n@@\n-x\n+y\n*** Delete File: /c\n");
    let patch = parse(&patch).unwrap();
    let paths: Vec<&Path> = patch.paths().collect();
    assert_eq!(paths, [Path::new("a"), Path::new("../b"), Path::new("/c")]);
}
