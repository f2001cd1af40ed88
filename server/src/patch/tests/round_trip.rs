//! Properties: what is written down reads back, and nothing panics.

use expect_test::expect;
use proptest::prelude::*;
use tiro_protocol::FileChange;

use super::*;

fn text() -> impl Strategy<Value = String> {
    let line =
        prop::sample::select(vec!["", "a", "b", "  c", "é𝄞", "- d", "+ e", "@@ f", "-- g", "\\ h"]);
    let ending = prop::sample::select(vec!["\n", "\r\n"]);
    let lines = prop::collection::vec(line, 0..12);
    (lines, ending, any::<bool>(), any::<bool>()).prop_map(|(lines, ending, mark, newline)| {
        let mut text = String::from(if mark { "\u{feff}" } else { "" });
        text.push_str(&lines.join(ending));
        if newline && !lines.is_empty() {
            text.push_str(ending);
        }
        text
    })
}

fn update(before: &str, after: &str) -> FileUpdate {
    let change = Change::update(Arc::from(before), after.to_owned(), None);
    FileUpdate::new(PathBuf::from("/w/x"), change)
}

fn after(updates: Vec<FileUpdate>) -> String {
    match updates.into_iter().next().map(|update| update.change) {
        Some(Change::Update { result, .. }) => result.to_string(),
        other => panic!("{other:?}"),
    }
}

/// The text that comes of the replacements alone.
fn spliced(base: &str, result: &str, replaced: &[Replaced]) -> String {
    let mut text = String::new();
    let mut at = 0;
    for Replaced { old, new } in replaced {
        for (text, span) in [(base, old), (result, new)] {
            let lines = text[..span.bytes.start].matches('\n').count();
            assert_eq!(lines, span.lines.start, "{replaced:?}");
            let count = text[span.bytes.clone()].split_inclusive('\n').count();
            assert_eq!(count, span.lines.len(), "{replaced:?}");
        }
        text.push_str(&base[at..old.bytes.start]);
        text.push_str(&result[new.bytes.clone()]);
        at = old.bytes.end;
    }
    text + &base[at..]
}

/// A replacement that begins where another ends, or that changes nothing.
fn between_is_apart(replaced: &[Replaced]) -> Option<&Replaced> {
    let touches = replaced.windows(2).find(|pair| pair[0].old.bytes.end >= pair[1].old.bytes.start);
    let empty = |it: &&Replaced| it.old.bytes.is_empty() && it.new.bytes.is_empty();
    touches.map(|pair| &pair[1]).or_else(|| replaced.iter().find(empty))
}

proptest! {
    #[test]
    fn a_written_diff_leads_to_the_same_text(before in text(), after_text in text()) {
        prop_assume!(before != after_text);
        let changes = file_changes(&[update(&before, &after_text)]);
        let FileChange::Update { unified_diff, .. } = &changes[Path::new("/w/x")] else {
            panic!("{changes:?}")
        };
        let patch = format!("--- a/x\n+++ b/x\n{unified_diff}");
        let patch = parse(&patch).map_err(|error| TestCaseError::fail(format!("{error}\n{patch}")))?;
        let updates = resolve_in(&[("x", &before)], &patch)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{unified_diff}")))?;
        let Change::Update { result, replaced, .. } = &updates[0].change else { panic!("{updates:?}") };
        prop_assert_eq!(&*spliced(&before, result, replaced), &**result);
        prop_assert_eq!(&between_is_apart(replaced), &None);
        prop_assert_eq!(after(updates), after_text);
    }

    #[test]
    fn nothing_panics(text in "[-+ @*\\\\\"#\r\nab0,/]{0,80}|(?s).{0,80}", file in text()) {
        let patches = [
            text.clone(),
            envelope(&text),
            envelope(&format!("*** Update File: x\n{text}\n")),
            format!("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n{text}"),
            format!("diff --git {text}\n--- {text}\n+++ {text}\n@@ -{text} @@\n"),
        ];
        for patch in patches {
            outcome(&[("x", &file)], &patch);
        }
        prop_assert!(chunks(&text).len() <= text.len());
    }

    #[test]
    fn an_envelope_changes_only_the_lines_it_names(file in text(), at in any::<prop::sample::Index>()) {
        let lines: Vec<&str> = file.split_inclusive('\n').collect();
        prop_assume!(!file.trim_start_matches('\u{feff}').is_empty());
        let line = at.index(lines.len());
        let bare = |text: &str| text.trim_end_matches(['\r', '\n']).trim_start_matches('\u{feff}').to_owned();
        let mut body = String::from("@@\n");
        for (index, text) in lines.iter().enumerate() {
            let text = bare(text);
            body.push_str(&if index == line { format!("-{text}\n+new\n") } else { format!(" {text}\n") });
        }
        let updates = resolve_in(&[("x", &file)], &parse(&envelope(&format!("*** Update File: x\n{body}"))).unwrap()).unwrap();
        let result = after(updates);
        let new: Vec<&str> = result.split_inclusive('\n').collect();
        prop_assert_eq!(new.len(), lines.len());
        for (index, (old, new)) in lines.iter().zip(new).enumerate() {
            if index == line {
                prop_assert_eq!(bare(new), "new");
                prop_assert_eq!(new.ends_with("\r\n"), old.ends_with("\r\n"));
                prop_assert_eq!(new.starts_with('\u{feff}'), old.starts_with('\u{feff}'));
            } else {
                prop_assert_eq!(*old, new);
            }
        }
    }
}

#[test]
fn the_hunks_that_a_person_sees() {
    let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12";
    let after = "1\n2\n3\nfour\n5\n6\n7\n8\n9\n10\n11\n12\n";
    let changes = file_changes(&[update(before, after)]);
    let FileChange::Update { unified_diff, .. } = &changes[Path::new("/w/x")] else { panic!() };
    expect![[r#"
        @@ -1,7 +1,7 @@
         1
         2
         3
        -4
        +four
         5
         6
         7
        @@ -9,4 +9,4 @@
         9
         10
         11
        -12
        \ No newline at end of file
        +12
    "#]]
    .assert_eq(unified_diff);
}

#[test]
fn chunks_are_runs_of_changed_lines() {
    let diff = hunks_of("a\nb\nc\nd\n", "A\nb\nc\nnew\nd\n");
    expect![[r#"
        [
            Chunk {
                orig_index: 1,
                deleted_lines: [
                    "a",
                ],
                inserted_lines: [
                    "A",
                ],
            },
            Chunk {
                orig_index: 4,
                deleted_lines: [],
                inserted_lines: [
                    "new",
                ],
            },
        ]
    "#]]
    .assert_debug_eq(&chunks(&diff));
    let into_nothing = chunks(&hunks_of("", "x\n"));
    assert_eq!(into_nothing[0].orig_index, 1);
}

fn hunks_of(before: &str, after: &str) -> String {
    hunks(before, after)
}

#[test]
fn one_diff_of_many_files() {
    let file = |path: &'static str, before: Option<&'static str>, after: Option<&'static str>| {
        FileVersions { path: Path::new(path), before, after }
    };
    let diff = unified_diff(
        Path::new("/w"),
        &[
            file("/w/same", Some("a"), Some("a")),
            file("/w/src/my file", Some("a\n"), Some("b\n")),
            file("/w/new", None, Some("n")),
            file("/w/empty", None, Some("")),
            file("/w/gone", Some("g\n"), None),
            file("/w/a\"b", Some("1\n"), Some("2\n")),
        ],
    );
    expect![[r#"
        diff --git a/src/my file b/src/my file
        --- a/src/my file	
        +++ b/src/my file	
        @@ -1 +1 @@
        -a
        +b
        diff --git a/new b/new
        new file mode 100644
        --- /dev/null
        +++ b/new
        @@ -0,0 +1 @@
        +n
        \ No newline at end of file
        diff --git a/empty b/empty
        new file mode 100644
        diff --git a/gone b/gone
        deleted file mode 100644
        --- a/gone
        +++ /dev/null
        @@ -1 +0,0 @@
        -g
        diff --git "a/a\"b" "b/a\"b"
        --- "a/a\"b"
        +++ "b/a\"b"
        @@ -1 +1 @@
        -1
        +2
    "#]]
    .assert_eq(&diff);
}
