//! What the built-in model says, from what its tool calls brought back. Pure.
//!
//! The script knows where the fault is; it does not know whether its calls did
//! what they should. So every turn looks at the results and stops, saying so, when
//! they are not what the next step needs.

use serde_json::{Value, json};

use super::project::{OPEN_FILE, OUTSIDE_FILE, TEST_COMMAND};

const FAULTY: &str = "        let needed = line.chars().count() + word.chars().count();";
const FIXED: &str = "        let needed = line.chars().count() + 1 + word.chars().count();";

/// One answer of the model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    /// What it says.
    pub(super) text: String,
    /// The tool it wants called, and the arguments.
    pub(super) call: Option<(&'static str, Value)>,
}

/// The answer that follows the tool results so far.
pub(super) fn answer(results: &[String]) -> Answer {
    let last = results.last().map_or("", String::as_str);
    match results.len() {
        0 => call("I run the tests first.", "shell", json!({ "command": TEST_COMMAND })),
        1 => after_first_tests(last),
        2 => after_writing_outside(last),
        3 => after_reading(last),
        4 => call(
            "The patch is through; I run the tests again to see whether it helps.",
            "shell",
            json!({ "command": TEST_COMMAND }),
        ),
        _ => say(&summary(results)),
    }
}

fn after_first_tests(result: &str) -> Answer {
    if !result.contains("test result: FAILED") {
        return stop("I expected a failing test, but this is what came back", result);
    }
    let what = match (line_after(result, "left:"), line_after(result, "right:")) {
        (Some(got), Some(wanted)) => format!(": it gets {got} where {wanted} is due"),
        _ => String::new(),
    };
    let test = failing_test(result).unwrap_or("a test");
    let script = format!("echo hello > {OUTSIDE_FILE} && wc -c {OUTSIDE_FILE}");
    call(
        &format!(
            "`{test}` fails{what}. Before I look for the fault, I try to write outside the \
             workspace, as I was asked to."
        ),
        "shell",
        json!({ "command": ["sh", "-c", script] }),
    )
}

fn after_writing_outside(result: &str) -> Answer {
    // `wc` prints this only when the file is there.
    let outcome = if was_written(result) {
        "That was written: nothing keeps me inside the workspace here."
    } else {
        "That did not go through, as it should be."
    };
    call(&format!("{outcome} Now the code."), "read_file", json!({ "path": OPEN_FILE }))
}

fn after_reading(result: &str) -> Answer {
    if !result.contains(FAULTY.trim()) {
        return stop("The file does not have the line that I know to be wrong", result);
    }
    let patch = format!(
        "*** Begin Patch\n*** Update File: {OPEN_FILE}\n@@\n     for word in text.split_whitespace() {{\n-{FAULTY}\n+{FIXED}\n         if !line.is_empty() && needed > width {{\n*** End Patch"
    );
    call(
        "`needed` leaves out the space that joins the word to the line, so a line can become one \
         character too wide.",
        "apply_patch",
        json!({ "input": patch }),
    )
}

fn summary(results: &[String]) -> String {
    let tests = results.last().map_or("", String::as_str);
    if !tests.contains("test result: ok") || tests.contains("test result: FAILED") {
        return format!(
            "The tests still do not pass. The patch gave:\n\n{}\n\nand the tests gave:\n\n{tests}",
            results.get(3).map_or("", String::as_str),
        );
    }
    let outside = if results.get(1).is_some_and(|result| was_written(result)) {
        "Writing outside the workspace was possible, which it should not be."
    } else {
        "Writing outside the workspace did not go through."
    };
    format!(
        "All tests pass now. The width of a line was computed without the space before its last \
         word; `needed` counts it now. {outside}"
    )
}

fn was_written(result: &str) -> bool {
    result.contains(&format!("6 {OUTSIDE_FILE}"))
}

/// The name in `thread 'NAME' (…) panicked at …`.
fn failing_test(result: &str) -> Option<&str> {
    let line = result.lines().find(|line| line.contains("panicked at"))?;
    line.split('\'').nth(1)
}

fn line_after<'a>(result: &'a str, label: &str) -> Option<&'a str> {
    result.lines().find_map(|line| line.trim_start().strip_prefix(label)).map(str::trim)
}

fn call(text: &str, name: &'static str, arguments: Value) -> Answer {
    Answer { text: text.to_owned(), call: Some((name, arguments)) }
}

fn say(text: &str) -> Answer {
    Answer { text: text.to_owned(), call: None }
}

fn stop(why: &str, result: &str) -> Answer {
    say(&format!("{why}, so I stop here:\n\n{result}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILING: &str = "thread 'no_line_is_wider' (7) panicked at tests/wrap.rs:17:5:\nassertion failed\n  left: [\"a\"]\n right: [\"b\"]\ntest result: FAILED. 3 passed; 1 failed";
    const PASSING: &str = "test result: ok. 4 passed; 0 failed";

    fn after(results: &[&str]) -> Answer {
        answer(&results.iter().map(|&result| result.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn it_names_the_test_that_fails() {
        let text = after(&[FAILING]).text;
        assert!(text.starts_with("`no_line_is_wider` fails: it gets [\"a\"] where [\"b\"] is due"));
    }

    #[test]
    fn it_stops_when_no_test_fails_or_the_command_does_not_run() {
        for result in [PASSING, "sandbox: not available", ""] {
            let answer = after(&[result]);
            assert_eq!(answer.call, None);
            assert!(
                answer.text.contains("expected a failing test") && answer.text.contains(result)
            );
        }
    }

    #[test]
    fn it_stops_when_the_code_is_not_what_it_knows() {
        assert_eq!(after(&[FAILING, "denied", "fn other() {}"]).call, None);
    }

    #[test]
    fn its_patch_changes_the_line_of_the_shipped_project() {
        let code = include_str!("../../../../demo/project/src/lib.rs");
        let (name, arguments) = after(&[FAILING, "denied", code]).call.expect("it patches");
        assert_eq!(name, "apply_patch");
        let patch = arguments["input"].as_str().expect("text");
        let old: Vec<&str> = patch
            .lines()
            .filter_map(|line| line.strip_prefix(' ').or_else(|| line.strip_prefix('-')))
            .collect();
        assert!(code.contains(&old.join("\n")), "{patch}");
    }

    #[test]
    fn it_claims_only_what_it_saw() {
        let denied = "exit code 2: cannot create ../outside/hello.txt: Permission denied";
        let through = ["", denied, "", "done"].map(str::to_owned).to_vec();
        let with = |tests: &str| answer(&[through.clone(), vec![tests.to_owned()]].concat()).text;
        assert!(with(PASSING).contains("All tests pass now"));
        assert!(with(PASSING).contains("outside the workspace did not go through"));
        assert!(with(FAILING).contains("still do not pass"));
        assert!(with("interrupted").contains("still do not pass"));
        let written = after(&["", "6 ../outside/hello.txt", "", "", PASSING]).text;
        assert!(written.contains("was possible"), "{written}");
        assert!(after(&[FAILING, "6 ../outside/hello.txt\n"]).text.starts_with("That was written"));
    }
}
