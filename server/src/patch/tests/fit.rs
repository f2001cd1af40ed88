//! Where hunks go, and what the files are afterwards.

use expect_test::expect;

use super::*;

fn update(body: &str) -> String {
    envelope(&format!("*** Update File: x\n{body}"))
}

#[test]
fn matching_gets_looser_only_where_it_has_to() {
    // Trailing space, indentation, typographic punctuation: found, and the
    // context keeps what the file has.
    check(
        &[("x", "let a = 1;   \n\tlet b = \u{201c}two\u{201d};\nend\n")],
        &update("@@\n let a = 1;\n-let b = \"two\";\n+let b = 2;\n end\n"),
        &expect![[r#"
            update /w/x
              let a = 1;   
              	let b = 2;
              end
        "#]],
    );
    check(
        &[("x", "  y = 1\ny = 1\n")],
        &update("@@\n-y = 1\n+y = 2\n"),
        &expect![[r#"
            update /w/x
                y = 1
              y = 2
        "#]],
    );
}

const FUNCTIONS: &str = "fn a() {\n    one();\n    done();\n}\n\nfn b() {\n    two();\n    done();\n}\n\nfn c() {\n    done();\n    done();\n}\n";

#[test]
fn several_places_are_an_error_that_shows_them() {
    check(
        &[("x", FUNCTIONS)],
        &update("@@\n-    done();\n+    finished();\n"),
        &expect![[r#"
            does not fit: hunk 1 of x fits in 4 places; add context lines, or a line `@@ …` that names the enclosing definition:
              line 3:
                 2 |     one();
                 3 |     done();
                 4 | }
              line 8:
                 7 |     two();
                 8 |     done();
                 9 | }
              line 12:
                11 | fn c() {
                12 |     done();
                13 |     done();
              line 13:
                12 |     done();
                13 |     done();
                14 | }
        "#]],
    );
}

#[test]
fn the_scope_narrows_places_down() {
    check(
        &[("x", FUNCTIONS)],
        &update("@@ fn b() {\n-    done();\n+    finished();\n"),
        &expect![[r#"
            update /w/x
              fn a() {
                  one();
                  done();
              }
              
              fn b() {
                  two();
                  finished();
              }
              
              fn c() {
                  done();
                  done();
              }
        "#]],
    );
    check(
        &[("x", FUNCTIONS)],
        &update("@@ fn c\n-    done();\n+    finished();\n"),
        &expect![[r#"
            does not fit: hunk 1 of x fits in 2 places; add context lines, or a line `@@ …` that names the enclosing definition:
              line 12:
                11 | fn c() {
                12 |     done();
                13 |     done();
              line 13:
                12 |     done();
                13 |     done();
                14 | }
        "#]],
    );
    check(
        &[(
            "x",
            "class A:\n    def f(self):\n        pass\nclass B:\n    def f(self):\n        pass\n",
        )],
        &update("@@ class B:\n@@     def f(self):\n-        pass\n+        return 1\n"),
        &expect![[r#"
            update /w/x
              class A:
                  def f(self):
                      pass
              class B:
                  def f(self):
                      return 1
        "#]],
    );
    check(
        &[("x", "[one]\nkey = 1\n[two]\nkey = 1\n[three]\nkey = 1\n")],
        &update("@@ [two]\n-key = 1\n+key = 2\n"),
        &expect![[r#"
            update /w/x
              [one]
              key = 1
              [two]
              key = 2
              [three]
              key = 1
        "#]],
    );
}

#[test]
fn the_order_of_hunks_narrows_places_down() {
    check(
        &[("x", "same\nmiddle\nsame\n")],
        &update("@@\n-same\n+first\n@@\n-middle\n+MIDDLE\n@@\n-same\n+last\n"),
        &expect![[r#"
            update /w/x
              first
              MIDDLE
              last
        "#]],
    );
    check(
        &[("x", "same\nsame\n")],
        &update("@@\n-same\n+1\n@@\n-same\n+2\n"),
        &expect![[r#"
            update /w/x
              1
              2
        "#]],
    );
}

#[test]
fn line_numbers_narrow_places_down() {
    let diff = |line: usize| format!("--- a/x\n+++ b/x\n@@ -{line} +{line} @@\n-same\n+other\n");
    let file = [("x", "same\n1\n2\nsame\n4\n5\n6\n7\nsame\n")];
    // Exactly there, or nearly there with everything else far away.
    check(
        &file,
        &diff(1),
        &expect![[r#"
            update /w/x
              other
              1
              2
              same
              4
              5
              6
              7
              same
        "#]],
    );
    check(
        &file,
        &diff(5),
        &expect![[r#"
            update /w/x
              same
              1
              2
              other
              4
              5
              6
              7
              same
        "#]],
    );
    check(
        &[("x", "same\n1\nsame\n")],
        &diff(2),
        &expect![[r#"
            does not fit: hunk 1 of x fits in 2 places; add context lines, or a line `@@ …` that names the enclosing definition:
              line 1:
                 1 | same
                 2 | 1
              line 3:
                 2 | 1
                 3 | same
        "#]],
    );
}

#[test]
fn hunks_in_another_order_fit_where_each_has_one_place() {
    check(
        &[("x", "a\nb\nc\n")],
        &update("@@\n-c\n+C\n@@\n-a\n+A\n"),
        &expect![[r#"
            update /w/x
              A
              b
              C
        "#]],
    );
    check(
        &[("x", "a\nb\nc\n")],
        &update("@@\n-b\n+B\n@@\n-b\n+D\n"),
        &expect![[r#"
            does not fit: hunk 2 of x fits only where or before an earlier hunk of the patch does (line 2): write the hunks in the order of the file, each place once
        "#]],
    );
}

#[test]
fn hunks_may_share_context_and_build_on_each_other() {
    check(
        &[("x", "a\nb\nc\n")],
        &update("@@\n-a\n+A\n b\n@@\n b\n-c\n+C\n"),
        &expect![[r#"
            update /w/x
              A
              b
              C
        "#]],
    );
    check(
        &[("x", "a\nb\n")],
        &update("@@\n a\n+new\n@@\n new\n+newer\n"),
        &expect![[r#"
            update /w/x
              a
              new
              newer
              b
        "#]],
    );
}

#[test]
fn a_pure_addition_goes_behind_its_scope_or_to_the_end() {
    let file = [("x", "fn a() {\n    1\n}\nfn b() {\n    1\n}\n")];
    check(
        &file,
        &update("@@ fn b() {\n+    log();\n"),
        &expect![[r#"
            update /w/x
              fn a() {
                  1
              }
              fn b() {
                  log();
                  1
              }
        "#]],
    );
    check(
        &[("x", "a")],
        &update("@@\n+b\n"),
        &expect![[r#"
            update /w/x
              a
              b<no newline>
        "#]],
    );
    check(
        &[("x", "")],
        &update("+b\n"),
        &expect![[r#"
            update /w/x
              b
        "#]],
    );
    check(
        &file,
        &update("@@ fn missing() {\n+    log();\n"),
        &expect![[r#"
            does not fit: hunk 1 of x does not fit. looked for:
                   | fn missing() {
            the nearest lines of the file:
                 1 | fn a() {
                 2 |     1
                 3 | }
        "#]],
    );
    check(
        &[("x", "a\nb\nc\n")],
        "--- a/x\n+++ b/x\n@@ -2,0 +3 @@\n+new\n",
        &expect![[r#"
            update /w/x
              a
              b
              new
              c
        "#]],
    );
}

#[test]
fn the_end_of_the_file_is_a_place() {
    check(
        &[("x", "end\nmiddle\nend\n")],
        &update("@@\n-end\n+END\n*** End of File\n"),
        &expect![[r#"
            update /w/x
              end
              middle
              END
        "#]],
    );
}

#[test]
fn what_does_not_fit_shows_the_nearest_lines() {
    check(
        &[("x", "use std::fs;\n\nfn main() {\n    let answer = 42;\n    print(answer);\n}\n")],
        &update("@@\n fn main() {\n-    let answer = 41;\n+    let answer = 43;\n"),
        &expect![[r#"
            does not fit: hunk 1 of x does not fit. looked for:
                   | fn main() {
                   |     let answer = 41;
            the nearest lines of the file:
                 1 | use std::fs;
                 2 | 
                 3 | fn main() {
                 4 |     let answer = 42;
                 5 |     print(answer);
                 6 | }
        "#]],
    );
    check(
        &[("x", "")],
        &update("@@\n-a\n+b\n"),
        &expect![[r#"
            does not fit: hunk 1 of x does not fit. looked for:
                   | a
            the file is empty
        "#]],
    );
}

#[test]
fn an_error_about_a_large_patch_stays_small() {
    let lines: String = (0..5000).map(|line| format!("-{line} {}\n", "x".repeat(400))).collect();
    let file: String = (0..5000).map(|line| format!("{line}\n")).collect();
    let text = outcome(&[("x", &file)], &update(&format!("@@\n{lines}")));
    assert!(text.contains("… and 4984 more lines") && text.len() < 5000, "{}", text.len());
}

#[test]
fn line_endings_marks_and_missing_newlines_stay() {
    check(
        &[("x", "\u{feff}one\r\ntwo\r\nthree")],
        &update("@@\n-one\n+1\n two\n-three\n+3\n+4\n"),
        &expect![[r#"
            update /w/x
              <BOM>1<CR>
              two<CR>
              3<CR>
              4<no newline>
        "#]],
    );
    // Mixed: new lines get what most lines have, the others keep what they have.
    check(
        &[("x", "a\r\nb\nc\r\nd\r\n")],
        &update("@@\n b\n+new\n c\n"),
        &expect![[r#"
            update /w/x
              a<CR>
              b
              new<CR>
              c<CR>
              d<CR>
        "#]],
    );
    check(
        &[("x", "a")],
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n",
        &expect![[r#"
            update /w/x
              b
        "#]],
    );
    check(
        &[("x", "a\n")],
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n",
        &expect![[r#"
            update /w/x
              b<no newline>
        "#]],
    );
}

#[test]
fn a_line_ending_that_a_diff_states_is_meant() {
    check(
        &[("x", "a\r\nb\n")],
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\r\n-b\n+a\n+b\r\n",
        &expect![[r#"
            update /w/x
              a
              b<CR>
        "#]],
    );
}

#[test]
fn an_empty_line_too_many_at_the_end_of_a_hunk_is_forgiven() {
    check(
        &[("x", "a\nb\n")],
        &update("@@\n-a\n+A\n b\n\n"),
        &expect![[r#"
            update /w/x
              A
              b
        "#]],
    );
}

#[test]
fn sections_for_one_file_add_up() {
    check(
        &[("x", "a\nb\n")],
        &envelope("*** Update File: x\n@@\n-a\n+A\n*** Update File: x\n@@\n A\n-b\n+B\n"),
        &expect![[r#"
            update /w/x
              A
              B
        "#]],
    );
    check(
        &[("x", "a\n")],
        &envelope("*** Delete File: x\n*** Add File: x\n+new\n"),
        &expect![[r#"
            update /w/x
              new
        "#]],
    );
    check(
        &[],
        &envelope("*** Add File: x\n+a\n*** Update File: x\n*** Move to: y\n@@\n-a\n+b\n"),
        &expect![[r#"
            add /w/y
              b
        "#]],
    );
}

#[test]
fn moves_chain_and_swap() {
    let files = [("a", "A\n"), ("b", "B\n")];
    let git = |from: &str, to: &str| {
        format!(
            "diff --git a/{from} b/{to}\nsimilarity index 100%\nrename from {from}\nrename to {to}\n"
        )
    };
    check(
        &files,
        &(git("a", "b") + &git("b", "a")),
        &expect![[r#"
            /w/b -> /w/a
              B
            /w/a -> /w/b
              A
        "#]],
    );
    check(
        &files,
        &(git("a", "b") + &git("b", "c")),
        &expect![[r#"
            /w/a -> /w/b
              A
            /w/b -> /w/c
              B
        "#]],
    );
    check(
        &files,
        &envelope("*** Delete File: b\n*** Update File: a\n*** Move to: b\n@@\n-A\n+AB\n"),
        &expect![[r#"
            delete /w/b
            /w/a -> /w/b
              AB
        "#]],
    );
    // One path has one update: the file is rewritten, its old text is new elsewhere.
    check(
        &files,
        &envelope("*** Update File: a\n*** Move to: c\n*** Add File: a\n+new\n"),
        &expect![[r#"
            update /w/a
              new
            add /w/c
              A
        "#]],
    );
}

#[test]
fn files_that_are_or_are_not_there() {
    let files = [("x", "a\n")];
    for (patch, expected) in [
        (
            "*** Add File: x\n+b\n",
            expect![
                "does not fit: x exists already, so it cannot be added: update it, or delete it earlier in the patch\n"
            ],
        ),
        (
            "*** Delete File: y\n",
            expect!["does not fit: y does not exist, so it cannot be deleted\n"],
        ),
        (
            "*** Update File: y\n@@\n-a\n+b\n",
            expect!["does not fit: y does not exist, so it cannot be updated\n"],
        ),
        (
            "*** Add File: y\n+y\n*** Update File: y\n*** Move to: x\n@@\n-y\n+z\n",
            expect![
                "does not fit: x exists already, so it cannot be added: update it, or delete it earlier in the patch\n"
            ],
        ),
        (
            "*** Update File: x\n@@\n-a\n+a\n",
            expect!["does not fit: the patch changes nothing: every file already is as it says\n"],
        ),
        (
            "*** Add File: y\n+y\n*** Delete File: y\n",
            expect!["does not fit: the patch changes nothing: every file already is as it says\n"],
        ),
    ] {
        check(&files, &envelope(patch), &expected);
    }
}

#[test]
fn a_deleted_file_has_to_be_what_the_diff_says() {
    check(
        &[("x", "something else\n")],
        "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
        &expect![[r#"
            does not fit: hunk 1 of x does not fit. looked for:
                   | a
            the nearest lines of the file:
                 1 | something else
        "#]],
    );
}
