//! Context that is not what it was, and indentation that is another.

use expect_test::expect;
use proptest::prelude::*;

use super::*;

fn update(body: &str) -> String {
    envelope(&format!("*** Update File: x\n{body}"))
}

const FILE: &str = "use std::fs;\n\nfn load(path: &Path) -> String {\n    let text = fs::read(path);\n    check(&text);\n    text.trim().to_owned()\n}\n\nfn main() {}\n";

#[test]
fn outer_context_may_have_changed() {
    // Another argument in the second line, and the last line is not there.
    let patch = " fn load(path: &str) -> String {\n     let text = fs::read(path);\n-    check(&text);\n+    verify(&text);\n     text.trim().to_owned()\n }\n";
    let expected = expect![[r#"
        update /w/x
          use std::fs;
          
          fn load(path: &Path) -> String {
              let text = fs::read(path);
              verify(&text);
              text.trim().to_owned()
          }
          
          fn main() {}
    "#]];
    check(&[("x", FILE)], &update(&format!("@@\n{patch}")), &expected);
    check(&[("x", FILE)], &format!("--- a/x\n+++ b/x\n@@ -40,5 +40,5 @@\n{patch}"), &expected);
    check(&[("x", FILE)], &update(&format!("@@\n{patch} // the end\n")), &expected);
}

#[test]
fn what_goes_has_to_be_there() {
    check(
        &[("x", FILE)],
        &update(
            "@@\n fn load(path: &Path) -> String {\n     let text = fs::read(path);\n-    check(text);\n+    verify(&text);\n     text.trim().to_owned()\n }\n",
        ),
        &expect![[r#"
            does not fit: hunk 1 of x does not fit. looked for:
                   | fn load(path: &Path) -> String {
                   |     let text = fs::read(path);
                   |     check(text);
                   |     text.trim().to_owned()
                   | }
            the nearest lines of the file:
                 1 | use std::fs;
                 2 | 
                 3 | fn load(path: &Path) -> String {
                 4 |     let text = fs::read(path);
                 5 |     check(&text);
                 6 |     text.trim().to_owned()
                 7 | }
                 8 | 
                 9 | fn main() {}
        "#]],
    );
}

#[test]
fn the_line_next_to_a_change_has_to_be_there() {
    check(
        &[("x", FILE)],
        &update(
            "@@\n fn load(path: &Path) -> String {\n     let text = fs::read(path);\n     log(path);\n+    verify(&text);\n     check(&text);\n     text.trim().to_owned()\n",
        ),
        &expect![[r#"
            does not fit: hunk 1 of x does not fit. looked for:
                   | fn load(path: &Path) -> String {
                   |     let text = fs::read(path);
                   |     log(path);
                   |     check(&text);
                   |     text.trim().to_owned()
            the nearest lines of the file:
                 1 | use std::fs;
                 2 | 
                 3 | fn load(path: &Path) -> String {
                 4 |     let text = fs::read(path);
                 5 |     check(&text);
                 6 |     text.trim().to_owned()
                 7 | }
                 8 | 
        "#]],
    );
}

#[test]
fn a_twin_is_not_taken_for_the_place() {
    let twins: String = (1..4)
        .map(|at| {
            format!("fn part_{at}() {{\n    begin({at});\n    shared();\n    finish({at});\n}}\n")
        })
        .collect();
    check(
        &[("x", &twins)],
        &update(
            "@@\n fn part_7() {\n     begin(7);\n-    shared();\n+    own();\n     finish(7);\n }\n",
        ),
        &expect![[r#"
            does not fit: hunk 1 of x does not fit. looked for:
                   | fn part_7() {
                   |     begin(7);
                   |     shared();
                   |     finish(7);
                   | }
            the nearest lines of the file:
                 1 | fn part_1() {
                 2 |     begin(1);
                 3 |     shared();
                 4 |     finish(1);
                 5 | }
                 6 | fn part_2() {
                 7 |     begin(2);
        "#]],
    );
}

#[test]
fn lines_are_indented_as_the_file_is() {
    let spaces = "@@\n fn a() {\n-    one();\n+    if one() {\n+        two();\n+    }\n }\n";
    for (file, expected) in [
        (
            "fn a() {\n\tone();\n}\n",
            expect![[r#"
            update /w/x
              fn a() {
              	if one() {
              		two();
              	}
              }
        "#]],
        ),
        (
            "    fn a() {\n        one();\n    }\n",
            expect![[r#"
            update /w/x
                  fn a() {
                      if one() {
                          two();
                      }
                  }
        "#]],
        ),
    ] {
        check(&[("x", file)], &update(spaces), &expected);
    }
    let tabs = "@@\n fn a() {\n-\tone();\n+\tif one() {\n+\t\ttwo();\n+\t}\n }\n";
    check(
        &[("x", "fn a() {\n  one();\n}\n")],
        &update(tabs),
        &expect![[r#"
        update /w/x
          fn a() {
            if one() {
              two();
            }
          }
    "#]],
    );
    check(
        &[("x", "\tfn a() {\n\t\tone();\n\t}\n")],
        &update("@@\n-  one();\n+two();\n+three();\n"),
        &expect![[r#"
            update /w/x
              	fn a() {
              two();
              three();
              	}
        "#]],
    );
}

/// A line of a block, out of few: blocks are like each other.
fn block() -> impl Strategy<Value = Vec<String>> {
    let line = prop::sample::select(vec![
        "    let value = read(0);",
        "    let value = read(1);",
        "    write(value, 10);",
        "    check(&value);",
        "    finish(value)",
        "}",
        "",
    ]);
    (0..4_usize, prop::collection::vec(line, 5..8)).prop_map(|(name, body)| {
        let head = format!("fn item_{name}() {{");
        std::iter::once(head).chain(body.into_iter().map(str::to_owned)).collect()
    })
}

#[derive(Debug, Clone)]
enum Damage {
    Change(prop::sample::Index),
    Replace(prop::sample::Index),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        at().prop_map(Damage::Change),
        at().prop_map(Damage::Replace),
        at().prop_map(Damage::Remove),
        at().prop_map(Damage::Insert),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// Up to two lines around the place have changed since the file was read:
    /// the hunk goes where it was meant, or nowhere.
    #[test]
    fn a_changed_file_is_changed_at_the_right_place_or_not_at_all(
        blocks in prop::collection::vec(block(), 3..9),
        place in any::<prop::sample::Index>(),
        context in 1..4_usize,
        damages in prop::collection::vec(damage(), 1..3),
        hint in any::<bool>(),
    ) {
        let mut lines: Vec<String> = blocks.concat();
        let at = place.index(lines.len());
        let first = at.saturating_sub(context);
        let end = (at + 1 + context).min(lines.len());
        let header = if hint { format!("@@ -{0} +{0} @@", first + 1) } else { "@@".to_owned() };
        let mut hunk = format!("{header}\n");
        for (index, line) in lines.iter().enumerate().take(end).skip(first) {
            hunk.push_str(&if index == at { format!("-{line}\n+NEW\n") } else { format!(" {line}\n") });
        }
        // The place that is meant is marked while the lines around it change.
        let meant = lines[at].clone();
        lines[at] = "\0".to_owned();
        for damage in damages {
            let near: Vec<usize> =
                (first..end.min(lines.len())).filter(|index| lines[*index] != "\0").collect();
            if near.is_empty() { continue; }
            let pick = |index: prop::sample::Index| near[index.index(near.len())];
            match damage {
                Damage::Change(index) => lines[pick(index)].push_str(" // x"),
                Damage::Replace(index) => lines[pick(index)] = "    something_else();".to_owned(),
                Damage::Remove(index) => { lines.remove(pick(index)); }
                Damage::Insert(index) => lines.insert(pick(index), "    in_between();".to_owned()),
            }
        }
        let text = |place: &str| lines.iter().map(|line| {
            format!("{}\n", if line == "\0" { place } else { line })
        }).collect::<String>();
        let (file, wanted) = (text(&meant), text("NEW"));
        let patch = parse(&update(&hunk)).unwrap();
        // A place where every line is as the hunk has it is a better one.
        let old: Vec<&str> = hunk.lines().skip(1).filter(|line| !line.starts_with('+')).map(|line| &line[1..]).collect();
        let all: Vec<&str> = file.lines().collect();
        prop_assume!(!all.windows(old.len()).any(|lines| lines == old));
        // The empty line too many that is forgiven is no context.
        prop_assume!(old.last().is_some_and(|line| !line.is_empty()));
        if let Ok(updates) = resolve_in(&[("x", &file)], &patch)
            && let Change::Update { result, .. } = &updates[0].change
        {
            prop_assert_eq!(result.trim_start(), wanted.trim_start(), "{}\n{}", hunk, file);
        }
    }

    /// The line that goes is gone: nothing like it elsewhere is taken.
    #[test]
    fn a_place_that_is_gone_is_not_found_elsewhere(
        blocks in prop::collection::vec(block(), 3..9),
        place in any::<prop::sample::Index>(),
    ) {
        let mut lines: Vec<String> = blocks.concat();
        let at = place.index(lines.len());
        let first = at.saturating_sub(3);
        let end = (at + 4).min(lines.len());
        let mut hunk = String::from("@@\n");
        for (index, line) in lines.iter().enumerate().take(end).skip(first) {
            hunk.push_str(&if index == at { format!("-{line}\n+NEW\n") } else { format!(" {line}\n") });
        }
        let old: Vec<String> = lines[first..end].to_vec();
        lines[at] = "    quite_another_thing();".to_owned();
        prop_assume!(!lines.windows(old.len()).any(|lines| lines == old));
        prop_assume!(old.last().is_some_and(|line| !line.is_empty()));
        let file = lines.join("\n");
        let patch = parse(&update(&hunk)).unwrap();
        prop_assert!(resolve_in(&[("x", &file)], &patch).is_err(), "{}\n{}", hunk, file);
    }
}
