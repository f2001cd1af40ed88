//! The words in which the model is told of a place in a file and of what is
//! wanted there. Pure; every wording of an action and of a comment is here.

use std::fmt::Write;

use crate::lsp::comments::Kind;

/// Bytes of a text that are told; the model can read the rest itself.
const TEXT_CAP: usize = 16 << 10;

/// Problems that are told.
const PROBLEMS: usize = 20;

/// Bytes of the message of one.
const MESSAGE_CAP: usize = 2_000;

/// A place in a file that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// Relative to its workspace folder, else absolute.
    pub(crate) file: String,
    /// As the client names it.
    pub(crate) language: String,
    /// 1-based, first and last, of what is meant.
    pub(crate) lines: (u32, u32),
    /// What is selected, or the lines around the cursor.
    pub(crate) text: String,
    /// The 1-based first line of the text, where it has more than what is meant.
    pub(crate) around: Option<u32>,
    /// Whether the disk may have another text.
    pub(crate) unsaved: bool,
}

/// What another server says about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// 1-based.
    pub(crate) line: u32,
    /// Such as `error`.
    pub(crate) severity: &'static str,
    /// Who says it, and the code of it, where known.
    pub(crate) source: String,
    pub(crate) message: String,
}

/// What a person wants at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// In their own words.
    Own(String),
    Explain,
    WriteTest,
    Fix,
}

/// What the model is told: the place, what is said about it, what is wanted.
pub(crate) fn request(excerpt: &Excerpt, problems: &[Problem], wish: &Wish) -> String {
    let mut told = place(excerpt);
    if !problems.is_empty() {
        told.push_str("\nThe editor shows there:\n");
        problems.iter().take(PROBLEMS).for_each(|it| told.push_str(&problem(it)));
        if problems.len() > PROBLEMS {
            let _ = writeln!(told, "- and {} more", problems.len() - PROBLEMS);
        }
    }
    told.push('\n');
    told.push_str(match wish {
        Wish::Own(words) => words.trim(),
        Wish::Explain => {
            "Explain this: what it does, how, and what one has to know to change it. Look at what \
             it uses and who uses it. Change nothing."
        }
        Wish::WriteTest => {
            "Write a test for this, in the place and in the way that this project has its tests, \
             and run it. Do not change what is tested; if the test shows a fault, say so."
        }
        Wish::Fix => {
            "Fix what the editor shows there, at its cause, and change no more than that needs. \
             Check that it is gone, as far as the project's own tools can tell."
        }
    });
    told
}

/// The place, with its text as code in Markdown.
pub(super) fn place(excerpt: &Excerpt) -> String {
    let Excerpt { file, lines: (first, last), .. } = excerpt;
    let lines =
        if first == last { format!("line {first}") } else { format!("lines {first}-{last}") };
    let mut told = format!("This is about {file}, {lines}");
    if !excerpt.language.is_empty() {
        let _ = write!(told, " ({})", excerpt.language);
    }
    if excerpt.unsaved {
        told.push_str(", which has changes that are not saved");
    }
    if let Some(line) = excerpt.around {
        let _ = write!(told, ". From line {line} on it says");
    }
    told.push_str(":\n\n");
    told.push_str(&fenced(&excerpt.text, &excerpt.language));
    told
}

/// The text as code in Markdown, with a fence that is not in it.
fn fenced(text: &str, language: &str) -> String {
    let (text, left_out) = capped(text, TEXT_CAP);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    let language: String =
        language.chars().filter(|it| !it.is_whitespace() && *it != '`').collect();
    let mut code = format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches(['\n', '\r']));
    if left_out > 0 {
        let _ =
            writeln!(code, "({left_out} more bytes are left out here; read the file for them.)");
    }
    code
}

fn problem(problem: &Problem) -> String {
    let Problem { line, severity, source, message } = problem;
    let (message, left_out) = capped(message.trim(), MESSAGE_CAP);
    let message = message.replace('\n', "\n  ");
    let from = if source.is_empty() { String::new() } else { format!(" of {source}") };
    let more = if left_out > 0 { " …" } else { "" };
    format!("- line {line}, {severity}{from}: {message}{more}\n")
}

/// As much of a text as fits, and how many bytes are left out.
fn capped(text: &str, cap: usize) -> (&str, usize) {
    let mut end = text.len().min(cap);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (&text[..end], text.len() - end)
}

/// A comment for the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Where it stands, with the lines around it.
    pub(crate) excerpt: Excerpt,
    pub(crate) kind: Kind,
    /// What it says, without its marks.
    pub(crate) words: String,
}

/// What the model is told about comments that are taken up together.
pub(crate) fn comments(wanted: &[Wanted]) -> String {
    let mut told = match wanted.len() {
        1 => "I left a comment for you in the code.\n".to_owned(),
        many => format!("I left {many} comments for you in the code; they belong together.\n"),
    };
    for (at, Wanted { excerpt, kind, words }) in wanted.iter().enumerate() {
        let what = match kind {
            Kind::Do => "Do",
            Kind::Answer => "Answer",
        };
        let words = words.replace('\n', "\n> ");
        let _ = write!(told, "\n{}. {what}:\n\n> {words}\n\n{}", at + 1, place(excerpt));
    }
    let has = |wish| wanted.iter().any(|it| it.kind == wish);
    if has(Kind::Do) {
        told.push_str(
            "\nA comment that ends in AI! is an order. Carry it out where it stands, and take the \
             whole comment out in the same patch; leave every other comment alone.",
        );
    }
    if has(Kind::Answer) {
        told.push_str(
            "\nA comment that ends in AI? is a question. Answer it in words and change nothing for \
             it; the comment itself goes away without you.",
        );
    }
    told
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn excerpt(lines: (u32, u32), text: &str) -> Excerpt {
        Excerpt {
            file: "src/lib.rs".into(),
            language: "rust".into(),
            lines,
            text: text.into(),
            around: None,
            unsaved: false,
        }
    }

    #[test]
    fn a_selection_comes_with_its_place_and_the_wish_last() {
        expect![[r"
            This is about src/lib.rs, lines 3-4 (rust):

            ```rust
            fn a() {
            }
            ```

            Explain this: what it does, how, and what one has to know to change it. Look at what it uses and who uses it. Change nothing."]]
        .assert_eq(&request(&excerpt((3, 4), "fn a() {\n}\n"), &[], &Wish::Explain));
    }

    #[test]
    fn a_line_comes_with_those_around_it_and_with_what_the_editor_shows() {
        let excerpt = Excerpt {
            around: Some(2),
            unsaved: true,
            ..excerpt((3, 3), "let a = 1;\nlet b = ;\nlet c = 2;")
        };
        let problem = Problem {
            line: 3,
            severity: "error",
            source: "rustc E1".into(),
            message: "expected expression\nfound `;`".into(),
        };
        expect![[r"
            This is about src/lib.rs, line 3 (rust), which has changes that are not saved. From line 2 on it says:

            ```rust
            let a = 1;
            let b = ;
            let c = 2;
            ```

            The editor shows there:
            - line 3, error of rustc E1: expected expression
              found `;`

            Fix what the editor shows there, at its cause, and change no more than that needs. Check that it is gone, as far as the project's own tools can tell."]]
        .assert_eq(&request(&excerpt, &[problem], &Wish::Fix));
    }

    #[test]
    fn long_texts_are_cut_and_fences_in_them_stay_within() {
        let long = "é`````\n".repeat(4000);
        let told = request(&excerpt((1, 4000), &long), &[], &Wish::Own(" why? ".into()));
        assert!(told.len() < TEXT_CAP + 500);
        assert!(told.contains("\n``````rust\né`````\n"), "{}", &told[..200]);
        assert!(told.contains("more bytes are left out here"));
        assert!(told.ends_with("\nwhy?"));
    }

    #[test]
    fn comments_are_told_in_order_with_what_becomes_of_them() {
        let wanted =
            |kind, words: &str| Wanted { excerpt: excerpt((1, 1), "x"), kind, words: words.into() };
        let both = [wanted(Kind::Do, "make it\nfast"), wanted(Kind::Answer, "why is it slow")];
        expect![[r"
            I left 2 comments for you in the code; they belong together.

            1. Do:

            > make it
            > fast

            This is about src/lib.rs, line 1 (rust):

            ```rust
            x
            ```

            2. Answer:

            > why is it slow

            This is about src/lib.rs, line 1 (rust):

            ```rust
            x
            ```

            A comment that ends in AI! is an order. Carry it out where it stands, and take the whole comment out in the same patch; leave every other comment alone.
            A comment that ends in AI? is a question. Answer it in words and change nothing for it; the comment itself goes away without you."]]
        .assert_eq(&comments(&both));
        let one = comments(&both[1..]);
        assert!(one.starts_with("I left a comment") && !one.contains("AI!"), "{one}");
    }
}
