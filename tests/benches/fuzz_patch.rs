//! Looks for a text that breaks the readers of patches. `TIRO_FUZZ_SECONDS` says how
//! long (60), `TIRO_FUZZ_SEED` shows one input again. Ends with an error at the
//! first that breaks something.
#![expect(clippy::disallowed_methods, reason = "how long to run is a variable")]
#![expect(clippy::print_stdout, reason = "says how much was looked at")]

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use tiro::patch::{self, Change, FileUpdate, FileVersions, PatchError, ReadFailure, Replaced};
use tiro_tests::fuzz::{Chance, Fuzz};

/// Patches of every form.
const CORPUS: &[&str] = &[
    "*** Begin Patch\n*** Update File: x\n@@ fn a() {\n-    one\n+    two\n three\n*** End of File\n*** End Patch\n",
    "*** Begin Patch\n*** Add File: n\n+a\n+b\n*** Delete File: y\n*** Update File: x\n*** Move to: z\n@@\n a\n-b\n+c\n*** End Patch\n",
    "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@ fn a() {\n a\n-b\n+c\n d\n@@ -9,0 +10 @@\n+e\n\\ No newline at end of file\n",
    "diff --git a/x b/z\nsimilarity index 90%\nrename from x\nrename to z\nindex 1..2 100644\n--- a/x\n+++ b/z\n@@ -2 +2 @@\n-b\n+c\n",
    "diff --git a/x b/x\nold mode 100644\nnew mode 100755\ndiff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+a\n",
    "diff --git \"a/\\303\\251\" \"b/\\303\\251\"\ndeleted file mode 100644\n--- \"a/\\303\\251\"\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
    "diff -ruN a/x b/x\n--- a/x\t1970-01-01 00:00:00.000000000 +0000\n+++ b/x\t2026-01-01 00:00:00.5 +0100\n@@ -0,0 +1 @@\n+a\n",
];

/// What the formats are made of.
const WORDS: &[&str] = &[
    "\n",
    "\r\n",
    " ",
    "-",
    "+",
    "@@",
    "@@ ",
    "@@ -1,2 +1,2 @@\n",
    "@@ -0,0 +1 @@\n",
    "--- a/x\n",
    "+++ b/x\n",
    "+++ b/y\n",
    "/dev/null",
    "*** Begin Patch\n",
    "*** End Patch\n",
    "*** Update File: x\n",
    "*** Move to: y\n",
    "*** Delete File: x\n",
    "*** Add File: z\n",
    "*** End of File\n",
    "\\ No newline at end of file\n",
    "diff --git a/x b/x\n",
    "rename from x\nrename to y\n",
    "copy from x\ncopy to y\n",
    "new mode 100755\n",
    "\"\\303\"",
    "\u{feff}",
    "é𝄞",
    "\0",
    "\t",
    "a",
    "b",
    " a\n",
    "-a\n",
    "+b\n",
    " b\n",
    "18446744073709551616",
    "-",
    ",",
    "```\n",
    "EOF\n",
];

/// What files are made of.
const LINES: &[&str] = &[
    "a\n",
    "b\n",
    "c\n",
    "\n",
    "    one\n",
    "\tone\n",
    "three\n",
    "fn a() {\n",
    "}\n",
    "a\r\n",
    "b\r\n",
    "\u{feff}",
    "é𝄞\n",
    "- d\n",
    "+ e\n",
    "@@ f\n",
    "-- g\n",
    "\\ h\n",
    "no newline",
    "\r",
];

fn main() {
    let seconds = env::var("TIRO_FUZZ_SECONDS").ok();
    let seed = env::var("TIRO_FUZZ_SEED").ok();
    let fuzz = Fuzz::new(seconds.as_deref(), seed.as_deref());
    println!("fuzzing the readers of patches for {:?} from seed {}", fuzz.time, fuzz.seed);
    let mut fitted = 0_u64;
    let inputs = fuzz.run(|chance| {
        let files = [chance.text(LINES, 24), chance.text(LINES, 6)];
        fitted += u64::from(any_text(chance, &files));
        written_diff(chance, &files[0]);
    });
    println!("{inputs} inputs, {fitted} of them patches that fitted; nothing broke");
}

fn resolve(text: &str, files: &[String; 2]) -> Option<Result<Vec<FileUpdate>, PatchError>> {
    let patch = patch::parse(text).ok()?;
    assert!(patch.paths().next().is_some());
    let mut read = |path: &Path| match path.to_str() {
        Some("/w/x") => Ok(Arc::from(files[0].as_str())),
        Some("/w/y") => Ok(Arc::from(files[1].as_str())),
        _ => Err(ReadFailure::NotFound),
    };
    Some(patch::resolve(&patch, &mut read, &mut |path| Ok(Path::new("/w").join(path))))
}

/// Whatever is written: nothing panics, errors are short, what fits is consistent.
fn any_text(chance: &mut Chance, files: &[String; 2]) -> bool {
    let text = match chance.number(0..3) {
        0 => chance.text(WORDS, 24),
        1 => {
            let text = CORPUS[chance.number(0..CORPUS.len())];
            chance.mutated(text, WORDS)
        }
        // For the very file, so that it fits more often than not.
        _ => {
            let after = chance.mutated(&files[0], LINES);
            let diff = diff("/w/x", &files[0], &after);
            if chance.one_in(2) { chance.mutated(&diff, WORDS) } else { diff }
        }
    };
    let updates = match resolve(&text, files) {
        None => return false,
        Some(Err(error)) => {
            let error = error.to_string();
            assert!(!error.is_empty() && error.len() < 200_000, "{text}");
            return false;
        }
        Some(Ok(updates)) => updates,
    };
    let mut paths: Vec<&PathBuf> = updates.iter().map(|update| &update.path).collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), updates.len(), "{text}");
    for change in updates.iter().map(|update| &update.change) {
        if let Change::Update { base, result, replaced, .. } = change {
            assert_eq!(spliced(base, result, replaced), **result, "{text}");
        }
    }
    for change in patch::file_changes(&updates).values() {
        if let tiro_protocol::FileChange::Update { unified_diff, .. } = change {
            assert!(patch::chunks(unified_diff).len() <= unified_diff.len());
        }
    }
    true
}

/// What is written as a diff is read back and gives the same text.
fn written_diff(chance: &mut Chance, before: &str) {
    let after = chance.mutated(before, LINES);
    if before == after || before.contains('\0') || after.contains('\0') {
        return;
    }
    let diff = diff("/w/x", before, &after);
    let files = [before.to_owned(), String::new()];
    match resolve(&diff, &files) {
        Some(Ok(updates)) => match updates.as_slice() {
            [FileUpdate { change: Change::Update { result, .. }, .. }] => {
                // An inserted line ends as the file's do where the diff cannot say how.
                let plain = |text: &str| text.replace("\r\n", "\n");
                match before.contains('\r') {
                    true => assert_eq!(plain(result), plain(&after), "{diff}"),
                    false => assert_eq!(**result, after, "{diff}"),
                }
            }
            other => panic!("{other:?}\n{diff}"),
        },
        other => panic!("{other:?}\n{diff}"),
    }
}

fn diff(path: &str, before: &str, after: &str) -> String {
    let path = Path::new(path);
    let versions = FileVersions { path, before: Some(before), after: Some(after) };
    patch::unified_diff(Path::new("/w"), &[versions])
}

fn spliced(base: &str, result: &str, replaced: &[Replaced]) -> String {
    let mut text = String::new();
    let mut at = 0;
    for Replaced { old, new } in replaced {
        text.push_str(&base[at..old.bytes.start]);
        text.push_str(&result[new.bytes.clone()]);
        at = old.bytes.end;
    }
    text + &base[at..]
}
