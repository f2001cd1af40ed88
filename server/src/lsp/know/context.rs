//! What the editor knows beside the texts: which files are open, where the person
//! is, what other servers find wrong. Clients that say so are asked when a task
//! begins, for a short time, and the model is told in a few lines.

use std::{fmt::Write, path::Path, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use lsp_types::{Diagnostic, DiagnosticSeverity, Position, Range, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use tiro_protocol::{InputItem, Op, Submission};
use tokio::time::timeout;

use super::super::{convert, front::Front, outbox::Reply, prompt::short};
use crate::{session::NOT_SAID, workspace::Workspace};

/// How long a task waits for an editor that does not answer.
const PATIENCE: Duration = Duration::from_millis(500);

/// What of it the model is told at most.
const FILES: usize = 20;
const SELECTED_LINES: usize = 60;
const SELECTED_CHARACTERS: usize = 4_000;
const DIAGNOSTICS: usize = 30;
const QUICKFIX: usize = 20;
const MESSAGE_CHARACTERS: usize = 200;

/// The answer to `tiro/context`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Context {
    open_files: Vec<Uri>,
    active_file: Option<Uri>,
    cursor: Option<Position>,
    selection: Option<Range>,
    /// The branch of the version control that is checked out.
    branch: Option<String>,
    /// What has another shape is left out.
    quickfix: Vec<Value>,
}

/// An entry of the person's list of places.
#[derive(Debug, Deserialize)]
struct Quickfix {
    uri: Uri,
    range: Range,
    text: String,
}

/// A part of the answer to `tiro/diagnostics`.
#[derive(Debug, Deserialize)]
struct OfFile {
    uri: Uri,
    diagnostics: Vec<Diagnostic>,
}

/// Asks the client, where this begins a task and the client answers that. What
/// comes of it goes with what the person said.
pub(crate) fn ask(
    front: &Arc<Front>,
    submission: &Submission,
) -> Option<BoxFuture<'static, Option<InputItem>>> {
    let options = &front.profile()?.options;
    let begins = matches!(submission.op, Op::UserInput { .. })
        && !front.tasks.is_running()
        && !front.know.is_asked();
    if !begins || !(options.context || options.diagnostics) {
        return None;
    }
    let request =
        |wanted: bool, method| wanted.then(|| front.outbox.request_method(method, json!({})));
    let context = request(options.context, "tiro/context");
    let diagnostics = request(options.diagnostics, "tiro/diagnostics");
    let front = front.clone();
    let gathered = async move {
        let (context, diagnostics) = tokio::join!(answer(context), answer(diagnostics));
        let text = tell(&front, &context, &diagnostics);
        (!text.is_empty()).then(|| InputItem::Text {
            text: format!(
                "{NOT_SAID}Not said by the person: what the editor shows.\n{text}</editor>\n"
            ),
        })
    };
    Some(gathered.boxed())
}

/// What a client answers in time; null otherwise.
async fn answer(reply: Option<Reply>) -> Value {
    match reply {
        Some(reply) => timeout(PATIENCE, reply).await.ok().and_then(Result::ok).unwrap_or_default(),
        None => Value::Null,
    }
}

fn tell(front: &Front, context: &Value, diagnostics: &Value) -> String {
    let roots = front.editor().map(|editor| editor.roots()).unwrap_or_default();
    let name = |uri: &Uri| {
        let path = convert::canonical(&convert::path_from_uri(uri)?);
        let below = roots.iter().find_map(|root| path.strip_prefix(root).ok());
        Some(one_line(&below.unwrap_or(&path).to_string_lossy()))
    };
    let text = |uri: &Uri| {
        let path = convert::path_from_uri(uri)?;
        Some(front.editor()?.read(Path::new(&path)).ok()?.text.to_string())
    };
    let mut told = String::new();
    // What has another shape than it should have is left out.
    if let Ok(context) = Context::deserialize(context) {
        tell_context(&mut told, &context, name, text);
    }
    if let Ok(files) = Vec::<OfFile>::deserialize(diagnostics) {
        tell_diagnostics(&mut told, &files, name);
    }
    told
}

fn tell_context(
    told: &mut String,
    context: &Context,
    name: impl Fn(&Uri) -> Option<String>,
    text: impl Fn(&Uri) -> Option<String>,
) {
    let open: Vec<String> = context.open_files.iter().filter_map(&name).take(FILES).collect();
    if !open.is_empty() {
        let _ = writeln!(told, "Open files: {}", open.join(", "));
    }
    if let Some(branch) = context.branch.as_deref().map(one_line).filter(|it| !it.is_empty()) {
        let _ = writeln!(told, "The branch is {}.", short(&branch, MESSAGE_CHARACTERS));
    }
    tell_place(told, context, &name, text);
    let entries = context.quickfix.iter().filter_map(|it| Quickfix::deserialize(it).ok());
    let places: Vec<String> = entries
        .filter_map(|Quickfix { uri, range, text }| {
            let text = short(&one_line(&text), MESSAGE_CHARACTERS);
            Some(format!("- {}:{}: {text}\n", name(&uri)?, range.start.line.saturating_add(1)))
        })
        .collect();
    if !places.is_empty() {
        told.push_str("The person's quickfix list:\n");
        told.extend(places.iter().take(QUICKFIX).map(String::as_str));
    }
    if places.len() > QUICKFIX {
        let _ = writeln!(told, "- and {} more", places.len() - QUICKFIX);
    }
}

/// Where the person is, and what is selected.
fn tell_place(
    told: &mut String,
    context: &Context,
    name: impl Fn(&Uri) -> Option<String>,
    text: impl Fn(&Uri) -> Option<String>,
) {
    let Some((uri, file)) = context.active_file.as_ref().and_then(|uri| Some((uri, name(uri)?)))
    else {
        return;
    };
    match context.cursor {
        Some(at) => {
            let _ = writeln!(told, "The cursor is in {file}, line {}.", at.line.saturating_add(1));
        }
        None => {
            let _ = writeln!(told, "The person is in {file}.");
        }
    }
    let Some(selection) = context.selection.filter(|range| range.start != range.end) else {
        return;
    };
    let (first, last) = (selection.start.line, last_line(selection));
    let _ = writeln!(told, "Selected are its lines {} to {}:", first + 1, last + 1);
    let text = text(uri).unwrap_or_default();
    let lines = usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX).saturating_add(1);
    let selected = text.lines().skip(first as usize).take(lines.min(SELECTED_LINES));
    let selected: String = selected.map(|line| format!("  {line}\n")).collect();
    let mut shown: String = selected.chars().take(SELECTED_CHARACTERS).collect();
    if shown.len() < selected.len() || lines > SELECTED_LINES {
        shown = format!("{}\n  …\n", shown.trim_end_matches('\n'));
    }
    told.push_str(&shown);
}

/// A selection that ends where a line begins has nothing of that line.
fn last_line(selection: Range) -> u32 {
    let Range { start, end } = selection;
    let none_of_it = end.character == 0 && end.line > start.line;
    if none_of_it { end.line - 1 } else { end.line.max(start.line) }
}

fn tell_diagnostics(told: &mut String, files: &[OfFile], name: impl Fn(&Uri) -> Option<String>) {
    let of_file = |file: &OfFile| {
        let name = name(&file.uri).unwrap_or_default();
        let others = file.diagnostics.iter().filter(|it| it.source.as_deref() != Some("tiro"));
        others.map(move |it| (name.clone(), it.clone())).collect::<Vec<_>>()
    };
    let mut all: Vec<(String, Diagnostic)> = files.iter().flat_map(of_file).collect();
    // Errors first; where a client does not say, it is as bad as an error.
    let severity = |it: &Diagnostic| it.severity.unwrap_or(DiagnosticSeverity::ERROR);
    all.sort_by_key(|(_, it)| severity(it));
    if all.is_empty() {
        return;
    }
    told.push_str("What other tools find wrong:\n");
    for (file, it) in all.iter().take(DIAGNOSTICS) {
        let kind = match severity(it) {
            DiagnosticSeverity::ERROR => "error",
            DiagnosticSeverity::WARNING => "warning",
            DiagnosticSeverity::INFORMATION => "information",
            _ => "hint",
        };
        let source = it.source.as_deref().map(|source| format!(" ({})", one_line(source)));
        let _ = writeln!(
            told,
            "- {file}:{}: {kind}: {}{}",
            it.range.start.line.saturating_add(1),
            short(&one_line(&it.message), MESSAGE_CHARACTERS),
            source.unwrap_or_default()
        );
    }
    if all.len() > DIAGNOSTICS {
        let _ = writeln!(told, "- and {} more", all.len() - DIAGNOSTICS);
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(uri: &Uri) -> Option<String> {
        uri.as_str().strip_prefix("file:///w/").map(str::to_owned)
    }

    fn context(context: &Value) -> String {
        let mut told = String::new();
        let context = Context::deserialize(context).expect("the shape");
        tell_context(&mut told, &context, name, |_| {
            Some((1..=100).map(|number| format!("line {number}\n")).collect())
        });
        told
    }

    #[test]
    fn files_cursor_and_selection_are_told_in_lines() {
        let at = |line, character| json!({"line": line, "character": character});
        let told = context(&json!({
            "openFiles": ["file:///w/a.rs", "untitled:1", "file:///w/b.rs"],
            "activeFile": "file:///w/a.rs",
            "branch": "fix/wrap\n",
            "cursor": at(2, 0),
            "selection": {"start": at(0, 3), "end": at(2, 0)},
        }));
        expect_test::expect![[r"
            Open files: a.rs, b.rs
            The branch is fix/wrap.
            The cursor is in a.rs, line 3.
            Selected are its lines 1 to 2:
              line 1
              line 2
        "]]
        .assert_eq(&told);
        let long = json!({"activeFile": "file:///w/a.rs",
            "selection": {"start": at(0, 0), "end": at(90, 0)}});
        assert!(context(&long).ends_with("  line 60\n  …\n"), "{}", context(&long));
        assert_eq!(context(&json!({})), "");
        assert_eq!(context(&json!({"branch": " "})), "");
    }

    #[test]
    fn the_quickfix_list_is_told_up_to_a_number() {
        let start = json!({"line": 4, "character": 0});
        let entry = |text: &str| json!({"uri": "file:///w/a.rs", "range": {"start": start, "end": start}, "text": text});
        let told = context(&json!({"quickfix": [entry("unused\n  import"), {"text": "no place"}]}));
        assert_eq!(told, "The person's quickfix list:\n- a.rs:5: unused import\n");
        let many: Vec<Value> = (0..25).map(|number| entry(&number.to_string())).collect();
        let told = context(&json!({"quickfix": many}));
        assert!(told.ends_with("- a.rs:5: 19\n- and 5 more\n"), "{told}");
    }

    #[test]
    fn diagnostics_of_others_are_told_errors_first() {
        let start = json!({"line": 4, "character": 0});
        let diagnostic = |severity: Value, source: &str, message: &str| {
            json!({"range": {"start": start, "end": start}, "severity": severity,
                "source": source, "message": message})
        };
        let files = json!([{"uri": "file:///w/a.rs", "diagnostics": [
            diagnostic(json!(2), "clippy", "unused\n  variable"),
            diagnostic(json!(1), "rustc", "mismatched types"),
            diagnostic(json!(1), "tiro", "a hunk of ours"),
        ]}]);
        let mut told = String::new();
        let files = Vec::<OfFile>::deserialize(files).expect("the shape");
        tell_diagnostics(&mut told, &files, name);
        expect_test::expect![[r"
            What other tools find wrong:
            - a.rs:5: error: mismatched types (rustc)
            - a.rs:5: warning: unused variable (clippy)
        "]]
        .assert_eq(&told);
        told.clear();
        tell_diagnostics(&mut told, &[], name);
        assert_eq!(told, "");
    }
}
